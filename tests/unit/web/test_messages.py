"""The catalogues: compiled, whole for the frame of every page, placeholders kept."""

from __future__ import annotations

import re

import pytest
from pyramid.i18n import TranslationStringFactory

from courtwatch.reports.comparison import COVARIATES
from courtwatch.services.messages import in_language, listed
from tools import i18n

_ = TranslationStringFactory("courtwatch")
CATALOG = i18n.read_catalog("km")


def test_khmer_is_declared_unreviewed():
    """Whoever opens the file reads it first; the pages say it too."""
    assert "UNREVIEWED" in i18n.po_path("km").read_text("utf-8")[:400]


def test_compiled_form_is_the_text_form():
    """The server reads what people edit."""
    assert i18n.po_path("km").with_suffix(".mo").read_bytes() == i18n.mo_bytes(CATALOG)


def test_placeholders_survive_translation():
    """A lost placeholder would drop a date or fail the page."""
    assert i18n.broken(CATALOG) == []


def test_a_lost_placeholder_is_found():
    """The check above can fail."""
    catalog = i18n.Catalog(locale="km")
    catalog.add("Page ${n}", "ទំព័រ")
    assert len(i18n.broken(catalog)) == 1


def test_the_frame_of_every_page_is_in_khmer():
    """Layout, form macros, error pages and dates have no English left."""
    frame = ("templates/layout", "templates/components", "templates/errors", "courtwatch/web/")
    missing = [
        message.id
        for message in i18n.missing(CATALOG)
        if any(part in name for name, _line in message.locations for part in frame)
    ]
    assert missing == []


@pytest.mark.parametrize("template", ["errors/404.jinja2", "errors/500.jinja2"])
def test_a_khmer_page_says_that_its_translation_is_unreviewed(page, template):
    """The warning is in Khmer itself, and only there."""
    assert "មិនទាន់" in page(template, lang="km").footer.text
    assert len(page(template, lang="en").footer.find_all("p")) == 1


def test_values_of_a_message_are_in_its_language():
    """A word that is filled into a Khmer sentence is Khmer, as deep as it stands."""
    inner = _("In the order of ${origin}", mapping={"origin": _("the formal charge")})
    outer = _("${what} (r${revision})", mapping={"what": inner, "revision": "2"})
    assert in_language(outer, "en") == "In the order of the formal charge (r2)"
    assert not re.search("[a-qs-z]", in_language(outer, "km"))


def test_no_khmer_sentence_has_a_semicolon():
    """Khmer ends the sentence, or leaves a blank."""
    texts = [str(message.string) for message in CATALOG if message.id]
    assert [text for text in texts if ";" in re.sub(r"&[a-z]+;", "", text)] == []


def test_a_list_is_set_apart_as_its_language_does():
    """Khmer knows no semicolon: a blank stands between two, and a word before the last."""
    english, khmer = (in_language(listed(COVARIATES), code) for code in ("en", "km"))
    assert english.count("; ") == len(COVARIATES) - 1
    assert "; and custody on the day of the charge" in english
    assert ";" not in khmer
    last = in_language(COVARIATES[-1], "km")
    assert khmer.endswith(f" និង{last}")
    assert listed(["one"]) == "one"
    with pytest.raises(ValueError, match="nothing"):
        listed([])


def test_words_of_a_page_are_quoted_as_the_page_has_them():
    """A note that explains “not marked” by other words than the mark's explains nothing."""
    said = {str(each.id).lower(): each.string for each in CATALOG if each.string}
    otherwise = []
    for message in CATALOG:
        for quoted in re.findall("“([^”$]+)”", str(message.id)):
            words = said.get(quoted.lower())
            quoting = re.findall("[“«]([^”»]+)[”»]", str(message.string))
            # “about” is part of how a day is written, elsewhere a head.
            if words is not None and quoted != "about" and words not in quoting:
                otherwise.append((quoted, words, quoting))
    assert otherwise == []
