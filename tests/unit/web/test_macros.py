"""Every macro, with errors and with hostile text, checked on the parsed HTML."""

from __future__ import annotations

import re

import pytest
from bs4 import BeautifulSoup
from hypothesis import given
from hypothesis import strategies as st
from pyramid.i18n import TranslationString
from webob.multidict import MultiDict

from courtwatch.web.page import (
    Action,
    Cell,
    Colour,
    Column,
    Facet,
    FacetValue,
    Option,
    OptionGroup,
    Pagination,
    SummaryRow,
    TimelineEntry,
    options,
)

EVIL = "<script>alert('x')</script>\"&"
CHOICES = (
    OptionGroup("Settlement", (Option("ST1", "Paid", hint="or promised"), Option("ST2", EVIL))),
    Option("UN1", "No reason given"),
)
VALUES = MultiDict(
    [("court", "ST2"), ("reason", "UN1"), ("charges", "ST1"), ("charges", "ST2"), ("number", EVIL)]
)
ERRORS = {
    "number": "Enter the number",
    "court": "Choose a court",
    "reason": TranslationString("Choose a reason"),
    "charges": ["Tick a charge", "Tick no more than two"],
    "note": "Write a note",
    "sure": "Tick the box",
    "file": "Choose a file",
    "on": "Enter the date",
    "on-day": "There is no day 31 in June",
    "on-year": "Enter the year",
    "on-hour": "Enter the hour",
    "": "Nothing was saved",
}
FORM = """
{{ forms.error_summary(errors) }}
<form method="post">{{ forms.hidden_fields('token', 'uuid-1') }}
{{ forms.text_input('number', 'Number', values, errors, hint='As is', width=10, suffix='/26') }}
{{ forms.password_input('password', 'Password', errors) }}
{{ forms.select('court', 'Court', choices, values, errors, blank='Choose', hint='One') }}
{{ forms.radios('reason', 'Reason', choices, values, errors, hint='Stated') }}
{{ forms.checkboxes('charges', 'Charges', choices, values, errors, small=true) }}
{{ forms.checkbox('sure', 'Sure', values, errors, hint='Really') }}
{{ forms.textarea('note', 'Note', values, errors, maxlength=10) }}
{{ forms.file_input('file', 'File', errors, accept='.csv') }}
{{ forms.partial_date('on', 'When?', values, errors, hour=true) }}
{{ forms.button('Save') }}</form>
"""


def check_references(html: BeautifulSoup) -> None:
    """Ids are unique; labels, descriptions and links to anchors reach something."""
    ids = [element["id"] for element in html.find_all(id=True)]
    assert len(ids) == len(set(ids)), sorted(ids)
    for label in html.find_all("label"):
        assert label["for"] in ids
    for element in html.select("[aria-describedby]"):
        assert set(str(element["aria-describedby"]).split()) <= set(ids)
    for link in html.find_all("a", href=re.compile("^#")):
        assert link["href"][1:] in ids


class TestForm:
    def test_every_reference_reaches_its_target(self, show):
        """With every field in error: unique ids, labels, descriptions, summary links."""
        html = show(FORM, values=VALUES, errors=ERRORS, choices=CHOICES)
        check_references(html)
        assert html.find("script") is None

    def test_summary_links_land_on_inputs(self, show):
        """A link of the summary goes to something that can take the cursor."""
        html = show(FORM, values=VALUES, errors=ERRORS, choices=CHOICES)
        links = html.select(".govuk-error-summary a")
        assert len(links) == len(ERRORS)  # two messages at charges, none linked for ''
        for link in links:
            target = html.find(id=link["href"][1:])
            assert target.name in ("input", "select", "textarea")

    def test_field_repeats_the_words_of_the_summary(self, show):
        """The same words on top and at the field; the field's are announced with it."""
        html = show(FORM, values=VALUES, errors=ERRORS, choices=CHOICES)
        at_fields = [p.get_text(" ", strip=True) for p in html.select("p.govuk-error-message")]
        for field, message in ERRORS.items():
            if not field:
                continue
            for words in message if isinstance(message, list) else [str(message)]:
                assert f"Error: {words}" in at_fields

    def test_summary_takes_the_focus_without_a_script(self, show):
        """It can be focused and asks for it; without errors there is no summary."""
        html = show("{{ forms.error_summary(errors) }}", errors={"a": "x"})
        summary = html.select_one(".govuk-error-summary")
        assert summary.has_attr("autofocus")
        assert summary["tabindex"] == "-1"
        assert show("{{ forms.error_summary(errors) }}", errors={}).find() is None

    def test_input_is_kept(self, show):
        """What was typed, chosen and ticked is there again, hostile text included."""
        html = show(FORM, values=VALUES, errors=ERRORS, choices=CHOICES)
        assert html.find("input", id="number")["value"] == EVIL
        assert [option["value"] for option in html.select("option[selected]")] == ["ST2"]
        assert [radio["value"] for radio in html.select("input[type=radio][checked]")] == ["UN1"]
        ticked = html.select("input[name=charges][checked]")
        assert [box["value"] for box in ticked] == ["ST1", "ST2"]

    @pytest.mark.parametrize("text", ["a", "\n\na\n", EVIL, "ក្រុម", ""])
    def test_textarea_keeps_text_to_the_letter(self, show, text):
        """Also leading line breaks: HTML drops exactly the one after the tag."""
        html = show("{{ forms.textarea('note', 'Note', values, {}) }}", values={"note": text})
        assert html.textarea.text.removeprefix("\n") == text

    def test_password_is_never_printed_back(self, show):
        """A page that comes back with an error holds no password."""
        html = show(
            "{{ forms.password_input('password', 'Password', errors) }}", errors={"password": "x"}
        )
        assert html.find("input")["value"] == ""
        assert html.find("input")["type"] == "password"

    def test_partial_date_posts_its_parts(self, show):
        """Day, month and year are text with a numeric keyboard; wrong parts are marked."""
        html = show(
            "{{ forms.partial_date('on', 'When?', values, errors) }}",
            values={"on-day": "", "on-year": "2026", "on-about": "1"},
            errors={"on-month": "Enter the month"},
        )
        inputs = {entry["name"]: entry for entry in html.find_all("input")}
        assert list(inputs) == ["on-day", "on-month", "on-year", "on-about"]
        assert inputs["on-year"]["value"] == "2026"
        assert inputs["on-month"]["aria-invalid"] == "true"
        assert not inputs["on-year"].has_attr("aria-invalid")
        assert inputs["on-about"].has_attr("checked")

    def test_hidden_fields_carry_token_and_submission(self, show):
        """Every form that writes can be recognised when it is sent twice."""
        html = show(FORM, values={}, errors={}, choices=CHOICES)
        assert html.find("input", attrs={"name": "csrf_token"})["value"] == "token"
        assert html.find("input", attrs={"name": "submission"})["value"] == "uuid-1"


class TestTable:
    COLUMNS = (Column("Court"), Column("n", numeric=True, href="/s", sorted="ascending"))

    def test_cells_carry_their_heading_for_the_phone(self, show):
        """Folded rows show the heading of each cell, and keep their roles."""
        html = show(
            "{{ page.table('Courts', columns, rows) }}",
            columns=self.COLUMNS,
            rows=[
                (Cell(EVIL, "/courts/1", hint="hint"), 12),
                ("Kep", Cell("x", colour=Colour.RED)),
            ],
        )
        assert {cell["data-label"] for cell in html.select("td")} == {"n"}
        assert {cell["data-label"] for cell in html.select("tbody th")} == {"Court"}
        assert html.select_one("tbody a").text == EVIL
        assert html.select_one("tbody a")["href"] == "/courts/1"
        assert html.select_one(".govuk-tag--red").text.strip() == "x"
        assert html.select_one("th[aria-sort]")["aria-sort"] == "ascending"
        assert html.table["role"] == "table"
        assert all(
            cell["role"] in ("cell", "rowheader") for cell in html.select("tbody td, tbody th")
        )

    def test_wide_tables_scroll_in_a_box_the_keyboard_reaches(self, show):
        """The page itself never scrolls sideways."""
        html = show("{{ page.table('Rates', columns, [], stack=false) }}", columns=self.COLUMNS)
        box = html.select_one(".cw-scroll")
        assert box["tabindex"] == "0"
        assert box["aria-label"] == "Rates"

    def test_says_when_it_is_empty(self, show):
        """Words instead of a heading over nothing."""
        html = show(
            "{{ page.table('x', columns, [], empty='No court yet') }}", columns=self.COLUMNS
        )
        assert html.text.strip() == "No court yet"
        assert html.table is None


class TestRecordMacros:
    def test_timeline_keeps_what_was_corrected(self, show):
        """A voided entry is struck through, says so in words, and why."""
        entry = TimelineEntry(
            "3 November 2026",
            "Non-suit",
            facts=(("By", EVIL),),
            sources=("Court document",),
            note=EVIL,
            voided=True,
            void_reason="Typed in the wrong case",
            actions=(Action("Correct", "/x", "non-suit"),),
            anchor="event-7",
        )
        html = show("{{ page.timeline([entry]) }}", entry=entry)
        assert html.find("del").text == "Non-suit"
        assert "no longer counts" in html.text
        assert "Typed in the wrong case" in html.text
        assert html.find(id="event-7") is not None
        assert html.text.count("alert('x')") == 2
        assert html.find("script") is None

    def test_summary_list_shows_lines_and_actions(self, show):
        """Several values come one a line; an action says what it changes to who can't see."""
        row = SummaryRow("Court", ["Kep", EVIL], (Action("Change", "/x", "court"),), hint="dated")
        html = show("{{ page.summary_list([row], 'Accused 1') }}", row=row)
        assert [line.text for line in html.dd.find_all("div", class_=False)] == ["Kep", EVIL]
        assert html.find("a").text == "Change (court)"

    def test_facets_add_and_remove(self, show):
        """An active value says that its link removes it."""
        group = Facet(
            "court",
            "Court",
            (FacetValue("Kep", 1234, "/a"), FacetValue("Kandal", None, "/b", active=True)),
        )
        html = show("{{ page.facets([group]) }}", group=group)
        assert "1,234" in html.text
        links = html.find_all("a")
        assert "remove this filter" not in links[0].text
        assert "remove this filter" in links[1].text

    @given(st.integers(1, 40), st.integers(0, 2000), st.integers(1, 60))
    def test_pagination_offers_each_page_once_in_order(self, page, total, per_page):
        """Numbers ascend, hold first, last and current; a gap hides two or more."""
        state = Pagination(min(page, max(1, -(-total // per_page))), per_page, total, str)
        numbers = list(state.numbers())
        shown = [number for number in numbers if number is not None]
        assert shown == sorted(set(shown))
        assert {1, state.pages, state.page} <= set(shown)
        for position, number in enumerate(numbers):
            if number is None:
                before, after = numbers[position - 1], numbers[position + 1]
                assert before is not None
                assert after is not None
                assert after - before > 2
        assert 0 <= state.first <= state.last <= total

    def test_pagination_marks_the_current_page(self, show):
        """One page is current; the ends have no way on; a single page shows nothing."""
        state = Pagination(1, 10, 35, lambda n: f"/cases?page={n}")
        html = show("{{ page.pagination(state) }}{{ page.result_count(state) }}", state=state)
        assert html.select_one("[aria-current=page]").text == "1"
        assert html.find("a", rel="prev") is None
        assert html.find("a", rel="next")["href"] == "/cases?page=2"
        assert "Showing 1 to 10 of 35" in html.text
        single = Pagination(1, 10, 5, str)
        assert show("{{ page.pagination(state) }}", state=single).find() is None

    def test_the_rest_escapes_what_it_is_given(self, show):
        """Every remaining macro prints hostile text as text."""
        html = show(
            """
            {{ page.tag(evil) }}{{ page.warning(evil) }}{{ page.back_link('/x', evil) }}
            {{ page.breadcrumbs([action]) }}{{ page.download_links([action]) }}
            {{ page.stat('1', evil, hint=evil) }}
            {% call page.inset() %}{{ evil }}{% endcall %}
            {% call page.details(evil) %}{{ evil }}{% endcall %}
            {% call page.notification('warning', evil) %}{{ evil }}{% endcall %}
            {% call page.figure_box(evil) %}{{ evil }}{% endcall %}
            {% call page.filters('/x', evil, '/x') %}{{ evil }}{% endcall %}
            {% call forms.button_group() %}{{ forms.button(evil, 'warning', 'b', evil) }}
            {{ forms.link_button(evil, '/x') }}{% endcall %}
            {% call forms.fieldset(evil, evil) %}{{ evil }}{% endcall %}
            """,
            evil=EVIL,
            action=Action(EVIL, "/x", EVIL),
        )
        assert html.find("script") is None
        assert html.text.count("alert('x')") >= 20


@pytest.mark.parametrize("pairs", [[("a", "A"), ("b", "B")], []])
def test_options_from_pairs(pairs):
    """A view builds choices from what a service gives."""
    assert [(option.value, option.label) for option in options(pairs)] == pairs
