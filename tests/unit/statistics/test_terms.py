"""The codes of the statistics are those that facts are counted by."""

from courtwatch.statistics import terms
from workflows import event_codes


def test_both_call_the_same_by_the_same_number():
    """Reports hand facts to the statistics as they are."""
    names = ("OPEN", "JUDGMENT", "WITHOUT", "OUTSIDE")
    assert [getattr(terms, name) for name in names] == list(event_codes.ALL)
    assert [getattr(event_codes, name) for name in names] == list(event_codes.ALL)
