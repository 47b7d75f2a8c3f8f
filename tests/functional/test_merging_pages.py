"""The pages of two records of one case: through the browser, for each role."""

from __future__ import annotations

import copy
import re
from datetime import UTC, date, datetime, timedelta
from typing import Any, cast

import pytest
from sqlalchemy import select

from courtwatch.models import CaseLink, Charge, Event, Prosecution, Revision
from courtwatch.models.vocabulary import (
    AccountSource,
    AgeBand,
    HearingStatus,
    NoteTier,
    PairKind,
    ShareLevel,
)
from courtwatch.services.integrity import links
from courtwatch.services.merging import take_apart
from courtwatch.services.work import Work
from tests.functional.scene import MadeCase, actor_of, hearing, make_case, note
from tests.functional.site import Site
from tests.functional.test_merging import (
    JUDGED,
    acquit,
    differences,
    facts_of,
    merge_as,
    proposed,
    two_records,
)
from tests.functional.test_record import record_form

ROLES = ("mony", "chan", "rith", "rada", "anan", "reak")
LOTUS_NOTE, RIVER_NOTE = "Lotus saw the file", "River spoke with the clerk"


def text_of(page: Any) -> str:
    """Return what a page says, without what changes from one showing to the next."""
    main = copy.copy(page.html.find("main"))
    for tag in main.find_all("input"):
        tag.decompose()
    return re.sub(r"\s+", " ", main.get_text(" "))


@pytest.fixture
def records(site: Site) -> tuple[MadeCase, MadeCase]:
    """Give two records: acquitted on two days, one hearing in both and one more in the other."""
    kept, other = two_records(site)
    acquit(site, kept, JUDGED, source=AccountSource.TOLD)
    acquit(site, other, date(2025, 6, 4), "rith")
    hearing(site, kept, date(2025, 5, 5), HearingStatus.SCHEDULED)
    hearing(site, other, date(2025, 5, 5), HearingStatus.HELD, "rith")
    hearing(site, other, date(2025, 5, 9), HearingStatus.HELD, "rith")
    note(site, kept, LOTUS_NOTE, NoteTier.ORGANISATION)
    note(site, other, RIVER_NOTE, NoteTier.ORGANISATION, "rith")
    return kept, other


class TestTheForm:
    def test_merges_what_was_proposed_and_shows_one_case(
        self, site: Site, records: tuple[MadeCase, MadeCase]
    ) -> None:
        """From the list of what looks alike to the page of one case, and apart again."""
        kept, other = records
        chan = site.sign_in("chan")
        before = {name: site.sign_in(name).get(f"/cases/{kept.code}") for name in ROLES}
        assert other.code in text_of(chan.get("/duplicates"))
        page = chan.get("/duplicates").click(kept.code)
        form = record_form(page)
        selects = [name for name in form.fields if name and re.match(r"(event|hearing)-\d", name)]
        assert sum(bool(form[name].value) for name in selects) == 3
        form.submit(status=400)  # it has to be said why
        form = record_form(page)
        form["why"] = "Both name file 12 of the court"
        shown = form.submit(status=303).follow()
        said = text_of(shown)
        assert f"Merged from {other.code}" in said
        assert "Both name file 12 of the court" in said
        assert said.count("Acquitted") >= 1
        events = shown.html.select("[id^=event-]")
        assert len(events) == 2  # first seen and acquitted, each once
        assert "4 June 2025" in said
        assert "2 June 2025" in said
        assert len(shown.html.select("span[id^=hearing-]")) == 2
        assert len(facts_of(site, kept, other)) == 1
        led = chan.get(f"/cases/{other.code}", status=303)
        assert led.location.endswith(f"/cases/{kept.code}#merged")
        rada = site.sign_in("rada")
        form = record_form(rada.get(f"/cases/{kept.code}").click("Take apart"))
        form.submit(status=303)
        assert len(facts_of(site, kept, other)) == 2
        for name in ROLES:
            now = site.sign_in(name).get(f"/cases/{kept.code}")
            assert _without_history(now) == _without_history(before[name]), name
        chan.get(f"/cases/{other.code}", status=200)

    def test_shows_each_reader_what_they_may_see_of_each_record(
        self, site: Site, records: tuple[MadeCase, MadeCase]
    ) -> None:
        """Notes stay with their organisation; researchers and the ministry learn of no names."""
        kept, other = records
        merge_as(site, "chan", kept, other, why="One file, says Lotus")
        pages = {name: text_of(site.sign_in(name).get(f"/cases/{kept.code}")) for name in ROLES}
        for name in ROLES:
            lotus, river = name in ("mony", "chan"), name in ("rith", "rada")
            assert (LOTUS_NOTE in pages[name]) is lotus, name
            assert (RIVER_NOTE in pages[name]) is river, name
            assert ("One file, says Lotus" in pages[name]) is (lotus or river), name
            assert ("Take apart" in pages[name]) is (name in ("chan", "rada")), name
            assert f"Merged from {other.code}" in pages[name]
        assert "Dara" not in pages["reak"]
        assert "River" not in pages["reak"] + pages["anan"]
        site.sign_in("admin").get(f"/cases/{other.code}", status=(403, 404))
        for name in ("anan", "reak", "admin"):
            site.sign_in(name).get("/duplicates", status=403)

    def test_a_child_in_one_record_is_not_named_by_the_other(self, site: Site) -> None:
        """Lotus does not know the age and River does: others read the name in neither."""
        kept = make_case(site, "mony", ShareLevel.FULL, name="Sok Dara", stage="trial")
        child = make_case(
            site, "mony", ShareLevel.FULL, name="Sok Dara", stage="trial", age_band=AgeBand.FROM_14
        )
        assert "Dara" in text_of(site.sign_in("rith").get(f"/cases/{kept.code}"))
        merge_as(site, "mony", kept, child)
        assert "Dara" not in text_of(site.sign_in("rith").get(f"/cases/{kept.code}"))
        assert "Dara" in text_of(site.sign_in("mony").get(f"/cases/{kept.code}"))

    def test_a_case_that_may_not_be_read_is_not_there(self, site: Site) -> None:
        kept, other = two_records(site, ShareLevel.PRIVATE)
        chan = site.sign_in("chan")
        assert other.code not in text_of(chan.get("/duplicates"))
        chan.get(f"/cases/{kept.code}/merge/{other.code}", status=404)
        chan.get(f"/cases/{kept.code}/not-the-same/{other.code}", status=404)
        page = chan.get(f"/cases/{kept.code}/alike", status=200)
        form = page.forms[next(key for key in page.forms if "other" in page.forms[key].fields)]
        form["other"] = other.code
        assert "no such case" in text_of(form.submit(status=400))


def _without_history(page: Any) -> str:
    """Return what a case page says, but for when it was looked at and what was written since."""
    return text_of(page).split("History")[0]


class TestWhileMerged:
    def test_the_merged_record_rests(self, site: Site, records: tuple[MadeCase, MadeCase]) -> None:
        """What would change it leads to the case that holds; an old form is refused."""
        kept, other = records
        rith = site.sign_in("rith")
        form = record_form(rith.get(f"/cases/{other.code}/notes/new"))
        merge_as(site, "chan", kept, other)
        with site.reading() as session:
            event = session.scalars(
                select(Event.id).where(Event.case_id == other.id, Event.step == "acquit")
            ).one()
            code = session.scalars(
                select(Prosecution.public_code).where(Prosecution.merged_into_id.is_not(None))
            ).one()
        for path in (
            f"/events/{event}/correct",
            f"/prosecutions/{code}/steps",
            f"/cases/{other.code}/hearings/new",
        ):
            assert rith.get(path, status=303).location.endswith(f"/cases/{kept.code}")
        form["text"] = "Too late"
        assert kept.code in form.submit(status=409).text

    def test_what_the_past_showed_is_shown_still(
        self, site: Site, records: tuple[MadeCase, MadeCase]
    ) -> None:
        """Before the merge the old page, during it one page, whatever was done since."""
        kept, other = records
        rith = site.sign_in("rith")
        alone = _without_history(rith.get(f"/cases/{other.code}"))
        merge_as(site, "chan", kept, other)
        together = _without_history(rith.get(f"/cases/{kept.code}"))
        with site.reading() as session:
            last = session.scalars(select(Revision.id).order_by(Revision.id.desc())).first() or 0
        record_form(site.sign_in("chan").get(f"/cases/{kept.code}/apart/{other.code}")).submit(
            status=303
        )
        then = text_of(rith.get(f"/cases/{other.code}?as_known_at={last - 1}"))
        assert RIVER_NOTE in then
        assert RIVER_NOTE in alone
        led = rith.get(f"/cases/{other.code}?as_known_at={last}", status=303)
        during = text_of(led.follow())
        assert f"Merged from {other.code}" in during
        assert f"Merged from {other.code}" in together
        assert "Take apart" not in during
        path = f"/cases/{other.code}.json?as_known_at="
        assert rith.get(f"{path}{last - 1}").json["merged"] == []
        file = rith.get(f"{path}{last}", status=303).follow().json
        assert (file["case"], file["merged"][0]["case"]) == (kept.code, other.code)

    def test_a_past_view_tells_nobody_of_a_record_that_is_private_now(
        self, site: Site, records: tuple[MadeCase, MadeCase]
    ) -> None:
        """River makes its record private: the merge ends, and is in no past that others read."""
        kept, other = records
        merge_as(site, "chan", kept, other, why="River has it as well")
        with site.reading() as session:
            last = session.scalars(select(Revision.id).order_by(Revision.id.desc())).first() or 0
        rada = site.sign_in("rada")
        form = record_form(rada.get(f"/cases/{kept.code}").click("Change how far it is shared"))
        form["share_level"] = "private"
        form.submit(status=303)
        for name in ROLES:
            browser = site.sign_in(name)
            for query in ("", f"?as_known_at={last}"):
                said = text_of(browser.get(f"/cases/{kept.code}{query}")).split("History")[0]
                theirs = bool(query) and name in ("rith", "rada")
                for secret in (other.code, "4 June 2025", RIVER_NOTE, "River has it as well"):
                    assert (secret in said) is theirs, (name, query, secret)
                file = browser.get(f"/cases/{kept.code}.json{query}").text
                for secret in (other.code, "2025-06-04", RIVER_NOTE, "River has it as well"):
                    assert (secret in file) is theirs, (name, query, secret)


class TestNotTheSame:
    def test_is_remembered_and_taken_back(
        self, site: Site, records: tuple[MadeCase, MadeCase]
    ) -> None:
        kept, other = records
        mony = site.sign_in("mony")
        page = mony.get(f"/cases/{kept.code}/alike").click(kept.code)
        form = record_form(page.click("They are not the same case"))
        form.submit(status=400)
        form = record_form(page.click("They are not the same case"))
        form["why"] = "Two men of one name"
        alike = form.submit(status=303).follow()
        assert "No case that you may read looks like this one" in text_of(alike)
        assert "Two men of one name" in text_of(alike)
        assert "No two cases look alike" in text_of(site.sign_in("rith").get("/duplicates"))
        theirs = text_of(site.sign_in("rith").get(f"/cases/{other.code}/alike"))
        assert kept.code in theirs
        assert "Two men" not in theirs
        record_form(alike.click("Take this back")).submit(status=303)
        assert other.code in text_of(mony.get("/duplicates"))


class TestPairs:
    def test_a_pair_that_is_undone_by_hand_stays_apart(
        self, site: Site, records: tuple[MadeCase, MadeCase]
    ) -> None:
        """The form asks again where two acquittals can't both count, and merges when told to."""
        kept, other = records
        pairs = proposed(site, "chan", kept, other)
        acquittal = max(pair.merged for pair in pairs if pair.kind is PairKind.EVENT)
        page = site.sign_in("chan").get(f"/cases/{kept.code}/merge/{other.code}")
        form = record_form(page)
        form[f"event-{acquittal}"] = ""
        form["why"] = "One file"
        again = form.submit(status=400)
        assert "would have no legal place" in text_of(again)
        form = record_form(again)
        assert form[f"event-{acquittal}"].value == ""
        form["accept"] = True
        shown = form.submit(status=303).follow()
        assert "Entries to review" in text_of(shown)
        assert facts_of(site, kept)[0].unresolved == 1
        chan = site.sign_in("chan")
        assert other.code in chan.get("/review", status=200).text
        for link in shown.html.select("a[href*='/review/']"):
            # An entry of the record that rests is put right after taking the merge apart.
            chan.get(link["href"], status=(200, 303))


class TestEntriesMadeWhileMerged:
    def test_about_a_charge_of_the_other_record_are_listed_for_review_afterwards(
        self, site: Site
    ) -> None:
        """The case stays readable and nothing differs from what is derived."""
        kept, other = two_records(site)
        pairs = proposed(site, "chan", kept, other)
        with site.reading() as session:
            filed = {c.id for c in session.scalars(select(Charge).where(Charge.kind == "filed"))}
        apart = tuple(
            pair for pair in pairs if pair.kind is not PairKind.CHARGE or pair.kept not in filed
        )
        link = merge_as(site, "chan", kept, other, pairs=apart, accept=True)
        acquit(site, kept, JUDGED)
        assert differences(site) == []
        shown = text_of(site.sign_in("mony").get(f"/cases/{kept.code}"))
        assert shown.count("Acquitted") >= 2
        assert "target_of_another_prosecution" not in _faults(site)
        with site.writing() as session:
            work = Work(session, actor_of(session, "chan", site), "case:apart")
            take_apart(work, session.get_one(CaseLink, link))
        assert differences(site) == []
        assert [fact.case_id for fact in facts_of(site, kept, other)] == [kept.id, other.id]
        again = text_of(site.sign_in("mony").get(f"/cases/{kept.code}"))
        assert "Entries to review" in again
        assert "target_of_another_prosecution" in _faults(site)


def _faults(site: Site) -> set[str]:
    """Return whether the check finds targets whose charge is another prosecution's."""
    with site.reading() as session:
        (kind,) = (one for one in links.KINDS if one.code == "target_of_another_prosecution")
        assert kind.find is not None
        queries = kind.find(cast("Any", None))  # this kind asks nothing of the context
        return {kind.code for query in queries if session.execute(query).first() is not None}


class TestHome:
    def test_a_hearing_that_one_record_tells_of_waits_for_both_organisations(
        self, site: Site
    ) -> None:
        """Each reads it at the case that stays; of accused, only those of its own record."""
        kept, other = two_records(site)
        soon = datetime.now(UTC).date() + timedelta(days=3)
        for made, user in ((kept, "mony"), (other, "rith")):
            hearing(site, made, soon, HearingStatus.SCHEDULED, user)
        hearing(site, other, soon + timedelta(days=1), HearingStatus.SCHEDULED, "rith")
        merge_as(site, "chan", kept, other)
        for user, named in (("mony", True), ("rith", False)):
            (table,) = site.sign_in(user).get("/").html.select("main table")
            rows = [row.text for row in table.select("tbody tr")]
            assert len(rows) == 2
            assert all(kept.code in row and other.code not in row for row in rows)
            assert ["Sok Dara" in row for row in rows] == [named, named]
