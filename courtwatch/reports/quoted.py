"""Words of somebody else: in the language in which they were written, whoever reads them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from markupsafe import Markup, escape
from pyramid.i18n import TranslationString

from courtwatch.reports.model import Label

_MARKS = "\ue000{}\ue001"
"""Stands for a quotation while the words around it are translated: private use, in no text."""


@dataclass(frozen=True)
class Quoted:
    """A text that is in no catalogue, and its language (`en`, `km`)."""

    en: str
    language: str

    def get(self, _language: str) -> str:
        """Return the text, the same for every reader."""
        return self.en

    def __str__(self) -> str:
        return self.en


def with_language(
    label: Label, say: Callable[[Label], str], write: Callable[[str], str] = str
) -> str:
    """Return a label as HTML in which a quotation says its language, or as text without one.

    A screen reader reads Khmer out by the rules of Khmer, and a browser breaks its lines by them.
    ``write`` is what else is done with text before it is printed.
    """
    if isinstance(label, Quoted):
        return _tagged(label, write)
    values = label.mapping if isinstance(label, TranslationString) else None
    quoted = {n: value for n, value in (values or {}).items() if isinstance(value, Quoted)}
    if not quoted:
        return say(label)
    marks = {name: _MARKS.format(place) for place, name in enumerate(quoted)}
    html = escape(write(say(TranslationString(label, mapping={**(values or {}), **marks}))))
    for name, mark in marks.items():
        html = html.replace(mark, _tagged(quoted[name], write))
    return html


def _tagged(quoted: Quoted, write: Callable[[str], str]) -> Markup:
    return Markup('<span lang="{}">{}</span>').format(quoted.language, write(quoted.en))
