"""The marker for words that people read: services raise them, pages translate them."""

from __future__ import annotations

from pyramid.i18n import TranslationString, TranslationStringFactory

_ = TranslationStringFactory("courtwatch")


def in_english(words: str) -> str:
    """Return a message's English, its values filled in: for logs and the command line."""
    return words.interpolate() if isinstance(words, TranslationString) else words


class Told(ValueError):
    """An error with words for people: pages translate `words`, str() of it reads English."""

    def __init__(self, words: str) -> None:
        super().__init__(in_english(words))
        self.words = words
