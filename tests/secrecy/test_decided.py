"""A new column or a new route fails until somebody has decided who reads it."""

from __future__ import annotations

from courtwatch.security.confidentiality import EXEMPT, decided
from tests.secrecy.conftest import Walk
from tests.secrecy.plants import text_columns
from tests.secrecy.walk import NOT_WALKED, WALKED, routes_with_views


class TestNothingIsForgotten:
    """The tables of who reads what and of what is walked are whole."""

    def test_every_text_column_of_the_database_is_decided_about(self) -> None:
        columns, decisions = set(text_columns()), {*decided(), *EXEMPT}
        assert not columns - decisions, "say who reads them: courtwatch/security/confidentiality.py"
        assert not decisions - columns, "these columns are no more"
        assert not set(decided()) & set(EXEMPT), "both kept from somebody and exempt"

    def test_every_column_that_is_kept_from_somebody_holds_a_secret(self, record: Walk) -> None:
        derived = {"person_name.key", "case_number.normalised"}
        assert {plant.column for plant in record.plants} == set(decided()) - derived

    def test_every_route_is_walked(self, record: Walk) -> None:
        routes = set(routes_with_views(record.world.site.app))
        assert not routes - {*WALKED, *NOT_WALKED}, "say how they are walked: tests/secrecy/walk.py"
        assert not {*WALKED, *NOT_WALKED} - routes, "these routes are no more"
