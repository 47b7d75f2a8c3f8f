"""The marker for words that people read: services raise them, pages translate them."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from pyramid.i18n import Localizer, TranslationString, TranslationStringFactory, make_localizer

_ = TranslationStringFactory("courtwatch")


def in_english(words: str) -> str:
    """Return a message's English, its values filled in: for logs and the command line."""
    return words.interpolate() if isinstance(words, TranslationString) else words


def in_language(words: str, language: str) -> str:
    """Return a message in a language, its values filled in, where no request asks: in files.

    What nobody has translated yet reads English, as on a page.
    """
    if language == "en" or not isinstance(words, TranslationString):
        return in_english(words)
    return str(_localizer(language).translate(words))


@lru_cache
def _localizer(language: str) -> Localizer:
    return make_localizer(language, [str(Path(__file__).parents[1] / "locale")])


class Told(ValueError):
    """An error with words for people: pages translate `words`, str() of it reads English."""

    def __init__(self, words: str) -> None:
        super().__init__(in_english(words))
        self.words = words
