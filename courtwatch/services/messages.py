"""The marker for words that people read: services raise them, pages translate them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from pyramid.i18n import Localizer, TranslationString, TranslationStringFactory, make_localizer

_ = TranslationStringFactory("courtwatch")

LIST_GOES_ON = _("${before}; ${next}")
LIST_ENDS = _("${before}; and ${next}")


def in_english(words: str) -> str:
    """Return a message's English, its values filled in: for logs and the command line."""
    if not isinstance(words, TranslationString):
        return words
    return str(with_values_in(words, TranslationString.interpolate).interpolate())


def in_language(words: str, language: str) -> str:
    """Return a message in a language, its values filled in, where no request asks: in files.

    What nobody has translated yet reads English, as on a page.
    """
    if language == "en" or not isinstance(words, TranslationString):
        return in_english(words)
    translate = _localizer(language).translate
    return str(translate(with_values_in(words, translate)))


def listed(labels: Sequence[str]) -> str:
    """Return labels as one message, set apart as the reader's language sets a list apart.

    Each may hold commas. Raises ValueError where there is none.
    """
    if not labels:
        raise ValueError("a list of nothing says nothing")
    said, *rest = labels
    for place, each in enumerate(rest, 1):
        pair = {"before": said, "next": each}
        said = _(LIST_ENDS if place == len(rest) else LIST_GOES_ON, mapping=pair)
    return said


def with_values_in(words: TranslationString, translate: Callable[[Any], str]) -> TranslationString:
    """Return a message whose values are in the reader's language too, where they are messages.

    gettext fills in a value as it is: a sentence would keep an English word in its middle.
    """
    mapping = words.mapping
    if not mapping or not any(isinstance(value, TranslationString) for value in mapping.values()):
        return words
    told = {
        name: translate(with_values_in(value, translate))
        if isinstance(value, TranslationString)
        else value
        for name, value in mapping.items()
    }
    return TranslationString(words, mapping=told)


@lru_cache
def _localizer(language: str) -> Localizer:
    return make_localizer(language, [str(Path(__file__).parents[1] / "locale")])


class Told(ValueError):
    """An error with words for people: pages translate `words`, str() of it reads English."""

    def __init__(self, words: str) -> None:
        super().__init__(in_english(words))
        self.words = words
