"""What reports take from procedures: who never came to a day from which time counts."""

import pytest

from courtwatch.reports.law import Law
from courtwatch.reports.model import Origin
from workflows.elements import Phase
from workflows.procedure import load, names


@pytest.mark.parametrize("name", names())
@pytest.mark.parametrize("origin", Origin)
class TestBefore:
    def test_nobody_who_was_judged_is_among_them(self, name, origin):
        """So that no count asks it apart; that they come to these stages is a test of replay."""
        law = Law([load(name)])
        assert law.judged_stages
        assert not law.before(origin) & law.judged_stages

    def test_who_never_was_registered_was_never_charged(self, name, origin):
        """The later the origin, the more have not come to it."""
        law = Law([load(name)])
        later = list(Origin)[list(Origin).index(origin) :]
        assert all(law.before(origin) <= law.before(each) for each in later)
        assert not law.before(origin) & law.reached(Phase.CHARGED)
