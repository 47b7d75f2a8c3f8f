"""Custody on the day of the charge: a fact, a filter, and a covariate of comparisons."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest
from sqlalchemy import update

from courtwatch.models import Event, ProsecutionFact
from courtwatch.services import facts
from courtwatch.services.fact_filters import FactFilters
from tests.unit.reports.scene import COURT_X, OFFICE_A, Act, received
from tests.unit.reports.test_comparison import compare
from tests.unit.reports.test_overview import counts_of


@pytest.fixture
def charged(scene):
    """Give prosecutions by the custody in which they were charged."""

    def one(*before, after=()):
        return scene.prosecution(
            received(date(2024, 1, 2)),
            Act("submit_to_investigation", date(2024, 1, 3), OFFICE_A, new=True),
            *before,
            Act("charge", date(2024, 1, 4), COURT_X),
            *after,
        )

    place = Act("place_in_police_custody", date(2024, 1, 2))
    scene.found = {
        "police_custody": one(place, after=(Act("bail", date(2024, 3, 1), COURT_X),)),
        "detained": one(place, after=(Act("detain", date(2024, 1, 4), COURT_X),)),
        "unknown": one(),
        "never": scene.prosecution(received(date(2024, 1, 2)), place),
    }
    scene.publish()
    return scene


def custody(scene, name):
    """Return what the fact that holds says."""
    return (
        scene.session.query(ProsecutionFact.custody_at_charge)
        .filter_by(prosecution_id=scene.found[name], rev_to=None)
        .scalar()
    )


class TestFact:
    def test_is_what_the_day_of_the_charge_left_whatever_came_later(self, charged):
        found = {name: custody(charged, name) for name in charged.found}
        assert found == {
            "police_custody": "police_custody", "detained": "detained", "unknown": "unknown",
            "never": None,
        }  # fmt: skip

    def test_is_not_known_where_custody_changed_within_a_vague_day_of_the_charge(self, charged):
        key = charged.found["police_custody"]
        charge = charged.session.query(Event).filter_by(step="charge").order_by(Event.id).first()
        charged.session.execute(
            update(Event)
            .where(Event.id == charge.id)
            .values(occurred_to=date(2024, 3, 31), precision="month")
        )
        facts.refresh(charged.work(), [key])
        assert custody(charged, "police_custody") == "unknown"
        before = (
            charged.session.query(ProsecutionFact.custody_at_charge)
            .filter(ProsecutionFact.prosecution_id == key, ProsecutionFact.rev_to.is_not(None))
            .scalar()
        )
        assert before == "police_custody", "the past keeps what was known then"

    def test_is_a_filter_by_the_same_word(self, charged):
        def listed(*values):
            pairs = [("jurisdiction", "KH"), *(("custody_at_charge", value) for value in values)]
            return counts_of(charged, FactFilters.parse(pairs))

        assert listed("detained") == 1
        assert listed("detained", "police_custody") == 2
        assert listed("unknown") == 2, "not known, or not charged"


class TestCovariate:
    def test_counts_from_the_charge_on_and_not_before(self, charged):
        """Who decides before the charge is not adjusted by what the charge brought."""
        comparison = compare(charged)
        assert len(set(comparison.arm("non_suit").covariates[:, 4].tolist())) == 3
        assert np.unique(comparison.arm("held").covariates[:, 4]).tolist() == [0]
