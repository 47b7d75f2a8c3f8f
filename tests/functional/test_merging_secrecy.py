"""Lists and search after a merge: the right to a name stays with the record that has it."""

from __future__ import annotations

import csv
import io
from datetime import date

from courtwatch.models import CaseLink
from courtwatch.models.vocabulary import AgeBand, NoteTier, ShareLevel
from courtwatch.services.index_documents import documents_of
from courtwatch.services.merging import take_apart
from courtwatch.services.work import Work
from tests.functional.scene import MadeCase, actor_of, make_case, note
from tests.functional.site import Site
from tests.functional.test_merging import acquit, merge_as, proposed, two_records

ROLES = ("mony", "chan", "rith", "rada", "anan", "reak")


def documents(site: Site, *cases: MadeCase) -> dict[tuple[int, str], tuple[str, ...]]:
    """Return what each audience may find these cases by, by case and audience."""
    with site.reading() as session:
        return {
            (one.case_id, one.audience): (*one.names, *one.numbers, *one.texts)
            for one in documents_of(session.connection(), [made.id for made in cases])
        }


def listed(site: Site, user: str) -> str:
    """Return the list of cases as a user downloads it."""
    return str(site.sign_in(user).get("/cases.csv").text)


class TestNames:
    def test_of_a_child_that_only_the_other_organisation_may_read(self, site: Site) -> None:
        """River alone knows of a second accused, a child: listed in the kept case, not named."""
        kept = make_case(site, "mony", ShareLevel.FULL, name="Sok Dara", stage="trial")
        other = make_case(
            site, "rith", ShareLevel.FULL, name="Chan Sopheap", stage="trial",
            age_band=AgeBand.FROM_14,
        )  # fmt: skip
        merge_as(site, "chan", kept, other, pairs=())
        river = site.organisations["river"]
        for user in ROLES:
            assert ("Sopheap" in listed(site, user)) is (user in ("rith", "rada")), user
            assert ("Dara" in listed(site, user)) is (user in ("mony", "chan", "rith", "rada"))
            page = site.sign_in(user).get(f"/cases/{kept.code}").text
            assert ("Sopheap" in page) is (user in ("rith", "rada")), user
        found = documents(site, kept, other)
        assert {case_id for case_id, _audience in found} == {kept.id}
        assert {a for (_c, a), words in found.items() if "Chan Sopheap" in words} == {
            f"org:{river}"
        }

    def test_of_one_accused_whom_one_record_knows_to_be_a_child(self, site: Site) -> None:
        kept = make_case(site, "mony", ShareLevel.FULL, name="Sok Dara", stage="trial")
        child = make_case(
            site, "rith", ShareLevel.FULL, name="Sok Dara", stage="trial",
            age_band=AgeBand.FROM_14,
        )  # fmt: skip
        assert any("Dara" in " ".join(words) for words in documents(site, kept).values())
        merge_as(site, "chan", kept, child)
        owners = {f"org:{site.organisations[name]}" for name in ("lotus", "river")}
        for (_case, audience), words in documents(site, kept, child).items():
            assert ("Dara" in " ".join(words)) is (audience in owners), audience
        for user in ROLES:
            keeps_one = user in ("mony", "chan", "rith", "rada")
            assert ("Dara" in listed(site, user)) is keeps_one, user


class TestSearch:
    def test_finds_the_kept_case_by_what_the_other_record_says(self, site: Site) -> None:
        """Number, name and notes of the merged record, each for whom it was before."""
        kept = make_case(
            site, "mony", ShareLevel.FULL, name="Sok Dara", number="12/2025", stage="trial"
        )
        other = make_case(
            site, "rith", ShareLevel.FULL, name="SOK Darra", number="77/2025", stage="trial"
        )
        note(site, other, "For the network", NoteTier.NETWORK, "rith")
        note(site, other, "For River alone", NoteTier.ORGANISATION, "rith")
        before = documents(site, kept, other)
        link = merge_as(site, "chan", kept, other, pairs=proposed(site, "chan", kept, other))
        found = documents(site, kept, other)
        assert {case_id for case_id, _audience in found} == {kept.id}
        river = f"org:{site.organisations['river']}"
        network = found[kept.id, "network"]
        for words in ("77/2025", "SOK Darra", "For the network", other.code):
            assert words in network
        assert "For River alone" not in network
        assert "For River alone" in found[kept.id, river]
        assert "77/2025" not in found[kept.id, "coded"]
        with site.writing() as session:
            work = Work(session, actor_of(session, "rada", site), "case:apart")
            take_apart(work, session.get_one(CaseLink, link))
        assert documents(site, kept, other) == before


class TestCounts:
    def test_of_the_list_are_of_one_case(self, site: Site) -> None:
        kept, other = two_records(site)
        acquit(site, kept, date(2025, 6, 2))
        acquit(site, other, date(2025, 6, 2), "rith")
        for user in ROLES:
            assert len(rows_of(site, user)) == 2, user
        merge_as(site, "chan", kept, other)
        for user in ROLES:
            assert [row["case"] for row in rows_of(site, user)] == [kept.code], user


def rows_of(site: Site, user: str) -> list[dict[str, str]]:
    """Return the rows of the list of cases as a user downloads it."""
    return list(csv.DictReader(io.StringIO(listed(site, user).lstrip("\ufeff"))))
