"""Case numbers: written in many ways, found in each of them and in part.

A Cambodian file carries numbers such as ``លេខ ០១២៣/២០២៣ ក.ព``, ``No. 0123/2023`` or
``CR-2023-000123``: Khmer or Latin digits, with or without a label, with leading zeros or not.
"""

from __future__ import annotations

import re
import unicodedata

_DIGITS = {0x17E0 + n: str(n) for n in range(10)}
_PARTS = re.compile(r"[0-9]+|[^\W\d_]+(?:[\u1780-\u17d3\u17dd]*)|[\u1780-\u17d3\u17dd]+")
_LATIN_LABEL = re.compile(
    r"^\s*(?:(?:criminal|penal|court|police|case|file|dossier|docket|affaire)\s+)*"
    r"(?:(?:case|file|dossier|docket|number|num|nr|no|n)(?![^\W\d_])|[#№°])[\s.:º°#]*",
    re.IGNORECASE,
)
_KHMER_LABEL = re.compile(r"^\s*(?:(?:សំណុំរឿង|រឿងក្តី|រឿងក្ដី|សំណុំ|រឿង|ដីកា|ព្រហ្មទណ្ឌ)\s*)*លេខ\s*[:៖.]?\s*")
_INVISIBLE = dict.fromkeys([0x200B, 0x200C, 0x200D, 0x2060, 0xFEFF, 0x00AD])


def latin_digits(text: str) -> str:
    """``text`` with Khmer digits as 0-9."""
    return text.translate(_DIGITS)


def normalise_case_number(text: str) -> str:
    """The one spelling of a case number, for comparing two of them.

    Khmer digits become Latin ones, a label in front (``No.``, ``Case No``, ``លេខ``,
    ``សំណុំរឿងលេខ``) is dropped, letters are lower case, separators become ``-`` and leading zeros
    of each run of digits go. ``លេខ ០១២៣/២០២៣`` and ``No. 123-2023`` both give ``123-2023``.
    A text without letter or digit gives an empty string.
    """
    plain = unicodedata.normalize("NFKC", text.translate(_INVISIBLE)).translate(_DIGITS)
    stripped = _LATIN_LABEL.sub("", _KHMER_LABEL.sub("", plain))
    parts = _PARTS.findall(stripped.casefold()) or _PARTS.findall(plain.casefold())
    return "-".join(_trim(part) for part in parts)


def _trim(part: str) -> str:
    if part.isdigit():
        return part.lstrip("0") or "0"
    return part


def number_parts(text: str) -> tuple[str, ...]:
    """Parts of the normalised number: ``CR-2023-000123`` gives ``("cr", "2023", "123")``."""
    normal = normalise_case_number(text)
    return tuple(normal.split("-")) if normal else ()


def compact_number(text: str) -> str:
    """Letters and digits as given, without separators, zeros kept: ``cr2023000123``.

    Finds a number typed without its separators, and by its beginning.
    """
    plain = unicodedata.normalize("NFKC", text.translate(_INVISIBLE)).translate(_DIGITS)
    return "".join(_PARTS.findall(plain.casefold()))


def looks_like_number(text: str) -> bool:
    """True for something a person could mean as a case number: it holds a digit."""
    return any(ch.isdigit() for ch in text)


def is_number_label(text: str) -> bool:
    """True for a word that only says that a number follows: ``No.``, ``Case``, ``លេខ``."""
    return bool(text) and not looks_like_number(text) and normalise_case_number(f"{text} 1") == "1"


def number_readings(text: str) -> list[tuple[tuple[str, ...], float]]:
    """Parts of a number, and with a year in four digits for two or the other way, with weights."""
    parts = number_parts(text)
    readings = [(parts, 1.0)]
    if sum(part.isdigit() for part in parts) > 1:
        for at, part in enumerate(parts):
            if year := _other_year(part):
                readings.append(((*parts[:at], year, *parts[at + 1 :]), 0.5))
    return readings


def _other_year(part: str) -> str:
    """``2023`` for ``23`` and the other way; years from 1970 to 2069."""
    if not part.isascii() or not part.isdigit() or len(part) not in (1, 2, 4):
        return ""
    number = int(part)
    if len(part) == 4:
        return _trim(part[2:]) if 1970 <= number <= 2069 else ""
    return str(number + (2000 if number < 70 else 1900))
