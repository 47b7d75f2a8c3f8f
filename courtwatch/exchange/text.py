"""Making words of different hands comparable: spaces, invisible characters, Khmer digits."""

from __future__ import annotations

import re
import unicodedata

_KHMER_DIGITS = str.maketrans("០១២៣៤៥៦៧៨៩", "0123456789")
_INVISIBLE = dict.fromkeys(map(ord, "\u200b\u200c\u200d\u2060\ufeff\u00ad"))
_SPACES = re.compile(r"\s+")


def western_digits(text: str) -> str:
    """Return `text` with Khmer digits written as 0-9."""
    return text if text.isascii() else text.translate(_KHMER_DIGITS)


def tidy(text: str) -> str:
    """Return `text` composed (NFC), without invisible characters, with single inner spaces."""
    if text.isascii():
        if "  " not in text and text.isprintable():
            return text.strip()
        return _SPACES.sub(" ", text).strip()
    text = unicodedata.normalize("NFC", text).translate(_INVISIBLE)
    return _SPACES.sub(" ", text).strip()


def folded(text: str) -> str:
    """Return the form under which two spellings of one word are the same word."""
    return western_digits(tidy(text)).casefold()
