"""Who sees what of a case: the rules, without a page around them."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from courtwatch.models.vocabulary import (
    AgeBand,
    NoteTier,
    OrganisationKind,
    Role,
    ShareLevel,
    YesNoUnknown,
)
from courtwatch.security.visibility import (
    Level,
    Viewer,
    audience_sights,
    audiences,
    level_of,
    sight_of,
    viewer_of,
)
from courtwatch.services.work import SYSTEM, Actor

OWNER, OTHER, THIRD = 1, 2, 3


def actor(role=Role.MONITOR, kind=OrganisationKind.NGO, organisation=OTHER):
    return Actor(7, organisation, role, kind)


ACTORS = st.builds(
    Actor,
    st.just(7),
    st.sampled_from([OWNER, OTHER, THIRD]),
    st.sampled_from(Role),
    st.sampled_from(OrganisationKind),
)
SHARES = st.sampled_from(ShareLevel)
SCOPES = st.sets(st.sampled_from(["coded", "full"]))
ORDER = list(Level)


class TestLevel:
    @pytest.mark.parametrize(
        ("share", "expected"),
        [
            (ShareLevel.PRIVATE, (Level.OWN, Level.EXISTS, Level.NONE, Level.NONE)),
            (ShareLevel.COUNTED, (Level.OWN, Level.EXISTS, Level.NONE, Level.NONE)),
            (ShareLevel.CODED, (Level.OWN, Level.CODED, Level.OFFICIAL, Level.CODED)),
            (ShareLevel.FULL, (Level.OWN, Level.NETWORK, Level.OFFICIAL, Level.CODED)),
        ],
    )
    def test_of_owner_other_ngo_ministry_and_researcher(self, share, expected):
        """The table of the design, row by row."""
        readers = (
            actor(organisation=OWNER),
            actor(),
            actor(Role.ANALYST, OrganisationKind.MINISTRY),
            actor(Role.RESEARCHER, OrganisationKind.RESEARCH),
        )
        assert tuple(level_of(reader, OWNER, share) for reader in readers) == expected

    @given(ACTORS, SHARES, SCOPES)
    def test_never_falls_when_a_case_is_shared_further_or_granted(self, reader, share, scopes):
        """More sharing never shows less."""
        level = ORDER.index(level_of(reader, OWNER, share, scopes))
        further = list(ShareLevel)[list(ShareLevel).index(share) :]
        assert all(ORDER.index(level_of(reader, OWNER, s, scopes)) >= level for s in further)
        assert ORDER.index(level_of(reader, OWNER, share, scopes | {"full"})) >= level

    @given(SHARES, SCOPES, st.sampled_from(OrganisationKind))
    def test_of_whoever_runs_the_system_is_none(self, share, scopes, kind):
        """Administrators, operators and the system itself read no case."""
        assert level_of(actor(Role.ADMINISTRATOR, kind, OWNER), OWNER, share, scopes) is Level.NONE
        operator = actor(Role.MONITOR, OrganisationKind.OPERATOR, OWNER)
        assert level_of(operator, OWNER, share, scopes) is Level.NONE
        assert level_of(SYSTEM, OWNER, share, scopes) is Level.NONE
        assert level_of(None, OWNER, share, scopes) is Level.NONE

    def test_of_a_researcher_in_an_ngo_is_coded_even_of_its_own_cases(self):
        """The role promises data that name nobody."""
        reader = actor(Role.RESEARCHER, OrganisationKind.NGO, OWNER)
        assert level_of(reader, OWNER, ShareLevel.FULL) is Level.CODED
        assert level_of(reader, OWNER, ShareLevel.PRIVATE) is Level.NONE


class TestName:
    def sight(self, level_reader, share=ShareLevel.FULL):
        return sight_of(level_reader, level_of(level_reader, OWNER, share), OWNER, share)

    @given(
        ACTORS,
        SHARES,
        SCOPES,
        st.sampled_from(AgeBand),
        st.sampled_from(YesNoUnknown),
        st.booleans(),
    )
    def test_of_a_child_or_a_childs_relative_stays_with_its_organisation(
        self, reader, share, scopes, band, related, children
    ):
        """Outside, a juvenile and whoever may be a child victim's relative are pseudonyms."""
        level = level_of(reader, OWNER, share, scopes)
        sight = sight_of(reader, level, OWNER, share)
        shown = sight.name(band, related, children)
        if level is Level.OWN:
            assert shown
        hidden = (
            level not in (Level.NETWORK, Level.OFFICIAL)
            or band.minor
            or related is YesNoUnknown.YES
            or (children and related is YesNoUnknown.UNKNOWN)
        )
        if level is not Level.OWN and hidden:
            assert not shown

    def test_reaches_the_ministry_only_of_known_adults_in_cases_shared_in_full(self):
        """An unknown age may be a child's."""
        ministry = actor(Role.ANALYST, OrganisationKind.MINISTRY)
        full, coded = self.sight(ministry), self.sight(ministry, ShareLevel.CODED)
        assert full.name(AgeBand.FROM_25, YesNoUnknown.NO)
        assert not full.name(AgeBand.UNKNOWN, YesNoUnknown.NO)
        assert not coded.name(AgeBand.FROM_25, YesNoUnknown.NO)


class TestOtherFields:
    @given(
        ACTORS, SHARES, SCOPES, st.sampled_from(NoteTier), st.sampled_from([OWNER, OTHER, THIRD])
    )
    def test_free_text_enters_no_wider_audience(self, reader, share, scopes, tier, writer):
        """A note of an organisation is its own; the network's leave the network never."""
        sight = sight_of(reader, level_of(reader, OWNER, share, scopes), OWNER, share)
        if sight.note(tier, writer):
            assert viewer_of(reader) is Viewer.NETWORK
            assert tier is NoteTier.NETWORK or writer == reader.organisation_id

    @given(ACTORS, SHARES, SCOPES, st.booleans(), st.sampled_from([OWNER, OTHER, THIRD]))
    def test_assessed_reasons_and_monitors_stay_with_their_organisation(
        self, reader, share, scopes, restricted, writer
    ):
        """Nobody else reads who was there and what they concluded."""
        sight = sight_of(reader, level_of(reader, OWNER, share, scopes), OWNER, share)
        if sight.assessed(writer, restricted) or sight.monitor(writer):
            assert writer == reader.organisation_id
            assert viewer_of(reader) is Viewer.NETWORK

    @given(ACTORS, SHARES, SCOPES)
    def test_ministry_and_researchers_read_no_organisation_and_no_correction(
        self, reader, share, scopes
    ):
        """To them each organisation is a monitoring organisation."""
        sight = sight_of(reader, level_of(reader, OWNER, share, scopes), OWNER, share)
        if viewer_of(reader) is not Viewer.NETWORK:
            assert not sight.organisations
            assert not sight.corrections
            assert not sight.record_text


class TestAudiences:
    @given(
        ACTORS,
        SHARES,
        st.lists(st.tuples(st.sampled_from([OTHER, THIRD]), st.sampled_from(["coded", "full"]))),
    )
    def test_give_each_reader_one_document_that_shows_what_their_page_shows(
        self, reader, share, grants
    ):
        """The search finds a case once, at the level of its page, or not at all."""
        sights = audience_sights(OWNER, share, grants)
        mine = audiences(reader)
        matching = [
            sight for audience, (sight, fuller) in sights.items()
            if audience in mine and not fuller & mine
        ]  # fmt: skip
        scopes = {scope for grantee, scope in grants if grantee == reader.organisation_id}
        level = level_of(reader, OWNER, share, scopes)
        assert [sight.level for sight in matching] == ([level] if level.listed else [])

    def test_of_a_private_case_is_its_organisation_alone(self):
        """No document for anybody else exists to be found."""
        assert set(audience_sights(OWNER, ShareLevel.PRIVATE)) == {"org:1"}
        assert set(audience_sights(OWNER, ShareLevel.COUNTED)) == {"org:1"}

    def test_read_nothing_of_their_own_in_a_shared_document(self):
        """The document of many organisations holds no note that belongs to one of them."""
        sights = audience_sights(OWNER, ShareLevel.FULL)
        for audience, writer in product(("network", "coded", "official"), (OWNER, OTHER)):
            assert not sights[audience][0].note(NoteTier.ORGANISATION, writer)
            assert not sights[audience][0].assessed(writer, restricted=False)
