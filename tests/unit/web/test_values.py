"""Filters and dates: what a figure and a date look like on every page."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup
from pyramid.i18n import TranslationString

from courtwatch.web import dates, jinja
from workflows.procedure import Text


class TestNumbers:
    @pytest.mark.parametrize(
        ("value", "shown"), [(36190, "36,190"), (0, "0"), (None, "–"), (float("nan"), "–")]
    )
    def test_whole_numbers(self, value, shown):
        """Thousands are parted by a comma; unknown is a dash, never 0 or 'nan'."""
        assert jinja.whole_number(value) == shown

    @pytest.mark.parametrize("lang", ["en", "km"])
    def test_figures_do_not_change_with_the_language(self, show, lang):
        """The same digits and marks in Khmer: 1,234 is never 1.234 or ១.២៣៤."""
        html = show("{{ 1234.5|decimal(1) }} {{ 1234|whole_number }} {{ 0.1234|percent }}", lang)
        assert html.text == "1,234.5 1,234 12.3 %"

    @given(st.floats(-1e300, 1e300) | st.sampled_from([float("nan"), float("inf"), -float("inf")]))
    def test_nothing_ever_reads_nan(self, value):
        """Whatever a report computes, a page shows a number or a dash."""
        for shown in (jinja.percent(value), jinja.decimal(value)):
            assert "nan" not in shown
            assert "inf" not in shown


class TestFields:
    def test_values_come_from_forms_and_from_records(self):
        """A posted MultiDict, a dict of values, nothing at all."""
        assert jinja.value_of(None, "a") == ""
        assert jinja.value_of({"a": None}, "a") == ""
        assert jinja.value_of({"a": 0}, "a") == "0"
        assert jinja.value_of({"a": date(2026, 3, 1)}, "a") == "2026-03-01"
        assert jinja.values_of({"a": ["1", 2]}, "a") == {"1", "2"}
        assert jinja.values_of({"a": "12"}, "a") == {"12"}
        assert jinja.values_of({}, "a") == frozenset()

    def test_hits_are_marked_and_all_text_escaped(self):
        """Highlights come from the record: hostile text stays text inside a mark too."""
        shown = jinja.fragments([("<b>", False), ("<i>", True)])
        assert shown == Markup("&lt;b&gt;<mark>&lt;i&gt;</mark>")

    def test_procedure_labels_come_in_the_readers_language(self, show):
        """A label of a procedure is printed by the same filter as any other."""
        label = Text(en="charged", km="ត្រូវបានចោទប្រកាន់")
        assert show("{{ label|tr }}", "km", label=label).text == "ត្រូវបានចោទប្រកាន់"
        assert show("{{ label|tr }}", "en", label=label).text == "charged"


class TestMessages:
    @pytest.mark.parametrize(
        ("source", "shown"),
        [
            ("{{ _('95 % interval') }}", "95 % interval"),
            ("{{ _('95 %% interval') }}", "95 % interval"),
            ("{% trans %}95 % interval{% endtrans %}", "95 % interval"),
            ("{% trans n=3 %}{{ n }} at 5 %{% endtrans %}", "3 at 5 %"),
            ("{{ _('%(n)s days', n=3) }}", "3 days"),
            ("{{ _('%(n)s', n='<b>') }}", "<b>"),
            ("{% trans n=2 %}one{% pluralize %}{{ n }} of 5 %{% endtrans %}", "2 of 5 %"),
        ],
    )
    def test_per_cent_signs_and_variables(self, show, source, shown):
        """A lone per cent sign is text; variables are put in and escaped."""
        assert show(source).text == shown

    def test_labels_keep_their_own_variables(self, show):
        """A TranslationString with a mapping is filled by Pyramid, also through ``_``."""
        label = TranslationString("${n} days", domain="courtwatch", mapping={"n": 3})
        assert show("{{ _(label) }} {{ label|tr }}", label=label).text == "3 days 3 days"

    def test_what_a_person_typed_stays_text_inside_a_message(self, show):
        """A mapping is not escaped by Pyramid: the page must do it, whichever way it is printed."""
        label = TranslationString("by ${who}", domain="courtwatch", mapping={"who": "<b>x</b>"})
        html = show("{{ _(label) }} {{ label|tr }} {{ page.tag(label) }}", label=label)
        assert html.find("b") is None
        assert html.text.count("<b>x</b>") == 3


class TestDates:
    @pytest.mark.parametrize(
        ("first", "last", "shown"),
        [
            (date(2026, 11, 3), date(2026, 11, 3), "3 November 2026"),
            (date(2026, 11, 1), date(2026, 11, 30), "November 2026"),
            (date(2024, 2, 1), date(2024, 2, 29), "February 2024"),
            (date(2025, 1, 1), date(2025, 12, 31), "2025"),
            (
                date(2026, 11, 3),
                date(2026, 11, 5),
                "between 3 November 2026 and 5 November 2026",
            ),
            (None, date(2026, 11, 5), "on or before 5 November 2026"),
            (date(2026, 11, 5), None, "on or after 5 November 2026"),
            (None, None, "not known"),
        ],
    )
    def test_precision_is_what_is_known(self, first, last, shown):
        """A month reads as a month: no invented first day."""
        assert dates.format_partial(first, last) == shown

    def test_about(self):
        """'About' stands before whatever precision there is."""
        assert dates.format_partial(date(2025, 1, 1), date(2025, 12, 31), True) == "about 2025"

    @given(st.dates(date(1950, 1, 1)), st.integers(0, 800))
    def test_any_interval_reads_as_something(self, first, length):
        """Every interval has words, and they hold its year."""
        try:
            last = first + timedelta(days=length)
        except OverflowError:
            last = date.max
        assert str(first.year) in dates.format_partial(first, last)

    def test_refuses_a_reversed_interval(self):
        """Impossible dates are an error of the program, not a sentence on a page."""
        with pytest.raises(ValueError, match="after last day"):
            dates.format_partial(date(2026, 2, 1), date(2026, 1, 1))

    def test_moments_say_their_zone(self):
        """A recorded moment is shown where the reader is; a naive one is refused."""
        moment = datetime(2026, 11, 23, 20, 30, tzinfo=UTC)
        assert dates.format_moment(moment) == "23 November 2026, 20:30 UTC"
        assert dates.format_moment(moment, "Asia/Phnom_Penh") == "24 November 2026, 03:30 +07"
        with pytest.raises(ValueError, match="time zone"):
            dates.format_moment(datetime(2026, 1, 1))  # noqa: DTZ001
