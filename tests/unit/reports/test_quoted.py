"""Words of somebody else keep their language among words in the reader's."""

from __future__ import annotations

from functools import partial

from markupsafe import Markup
from pyramid.i18n import TranslationStringFactory

from courtwatch.reports.quoted import Quoted, with_language
from courtwatch.reports.replies import ANSWERED
from courtwatch.reports.words import plain

_ = TranslationStringFactory("courtwatch")
KHMER = Quoted("សំណុំរឿង <b>", "km")


def test_a_quotation_says_its_language():
    assert with_language(KHMER, plain) == '<span lang="km">សំណុំរឿង &lt;b&gt;</span>'


def test_so_it_does_within_a_message():
    """What stands around it is in the reader's language, and nothing in either is markup."""
    label = _(ANSWERED, mapping={"day": "<2025>", "text": KHMER})
    assert with_language(label, plain) == (
        "The institution answered (&lt;2025&gt;): "
        '“<span lang="km">សំណុំរឿង &lt;b&gt;</span>”'
    )
    khmer = with_language(label, partial(plain, language="km"))
    assert '<span lang="km">' in khmer
    assert "The institution" not in khmer


def test_what_quotes_nothing_is_text():
    """A page escapes it as it escapes all text."""
    for label in ("a <b>", _("Not known"), None):
        found = with_language(label, plain)
        assert not isinstance(found, Markup)
        assert found == plain(label)


def test_files_have_the_words_alone():
    assert plain(_(ANSWERED, mapping={"day": "2025-03-09", "text": KHMER})).endswith(
        "“សំណុំរឿង <b>”"
    )
    assert plain(KHMER, "en") == KHMER.en
