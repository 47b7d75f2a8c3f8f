"""An organisation takes its own data away."""

from __future__ import annotations

import csv
import io
import zipfile
from datetime import date

from sqlalchemy import update

from courtwatch.models import Case, Note, Organisation
from courtwatch.models.vocabulary import AgeBand, HearingStatus, NoteTier, ShareLevel
from courtwatch.services.work import Work
from tests.functional.scene import NOW, actor_of, hearing, make_case, note, step, victim


def _files(browser):
    archive = zipfile.ZipFile(io.BytesIO(browser.get("/organisation/download").body))
    return {
        name.removesuffix(".csv"): list(
            csv.DictReader(io.StringIO(archive.read(name).decode("utf-8-sig")))
        )
        for name in archive.namelist()
        if name.endswith(".csv")
    }, archive.read("README.txt").decode()


class TestOwnData:
    def test_holds_everything_of_ones_own_and_nothing_that_others_wrote(self, site):
        """Cases, people, charges, events, reasons, hearings, notes; of others nothing."""
        made = make_case(site, name="Sok Dara", number="5/2025", share=ShareLevel.FULL)
        step(site, made, "receive_complaint", date(2025, 2, 1))
        step(site, made, "hold_file", date(2025, 3, 1), stated=("EV1",), assessed="ST1")
        hearing(site, made, date(2025, 2, 10), HearingStatus.HELD, user="rith")
        victim(site, made, AgeBand.FROM_18)
        note(site, made, "our note", NoteTier.ORGANISATION)
        note(site, made, "their note", NoteTier.ORGANISATION, user="rith")
        make_case(site, user="rith", name="Not Ours")
        files, about = _files(site.sign_in("chan"))
        assert {row["valid_to"] for row in files["names"]} == {""}
        assert [row["case"] for row in files["cases"]] == [made.code]
        assert [row["name"] for row in files["names"]] == ["Sok Dara"]
        assert [row["number"] for row in files["case_numbers"]] == ["5/2025"]
        assert [row["step"] for row in files["events"]] == ["receive_complaint", "hold_file"]
        assert [row["reason"] for row in files["reasons_stated"]] == ["EV1"]
        assert [row["reason"] for row in files["reasons_assessed"]] == ["ST1"]
        assert [row["text"] for row in files["notes"]] == ["our note"]
        assert len(files["victims"]) == 1
        assert files["hearings"] == [], "they entered it"
        assert "Lotus Legal Aid" in about
        theirs, _about = _files(site.sign_in("rada"))
        assert [row["text"] for row in theirs["notes"]] == ["their note"]
        assert len(theirs["hearings"]) == 1, "the hearing they entered in another's case"
        assert theirs["reasons_assessed"] == []

    def test_holds_what_was_entered_in_the_shared_case_of_another(self, site):
        """Each takes its own entries of one case away, and none of the other's."""
        made = make_case(site, name="Sok Dara", number="5/2025", share=ShareLevel.FULL)
        victim(site, made, AgeBand.FROM_18)
        victim(site, made, AgeBand.FROM_25, user="rith")
        step(site, made, "receive_complaint", date(2025, 2, 1), user="rith")
        step(site, made, "hold_file", date(2025, 3, 1), user="rith", stated=("EV1",),
             assessed="TI1")  # fmt: skip
        theirs, _about = _files(site.sign_in("rada"))
        assert [row["age_band"] for row in theirs["victims"]] == [AgeBand.FROM_25.value]
        assert [row["case"] for row in theirs["victims"]] == [made.code]
        assert [row["step"] for row in theirs["events"]] == ["receive_complaint", "hold_file"]
        assert {row["prosecution"] for row in theirs["event_targets"]} == {made.prosecutions[0]}
        assert {row["offence"] for row in theirs["event_targets"]} == {"KH-TIPSE-10"}
        assert len(theirs["event_accounts"]) == 2
        assert [row["reason"] for row in theirs["reasons_stated"]] == ["EV1"]
        assert [row["reason"] for row in theirs["reasons_assessed"]] == ["TI1"]
        for name in ("cases", "names", "case_numbers", "charges", "accused", "notes"):
            assert theirs[name] == [], name
        ours, _about = _files(site.sign_in("chan"))
        assert [row["age_band"] for row in ours["victims"]] == [AgeBand.FROM_18.value]
        assert len(ours["charges"]) == len(ours["accused"]) == len(ours["case_prosecutions"]) == 1
        assert ours["reasons_assessed"] == ours["reasons_stated"] == []
        assert {"receive_complaint", "hold_file"}.isdisjoint(row["step"] for row in ours["events"])

    def test_gives_the_past_of_what_was_changed(self, site):
        """A row that was edited is there as it was and as it is; the revisions say when."""
        made = make_case(site, share=ShareLevel.FULL)
        with site.writing() as session:
            work = Work(session, actor_of(session, "mony", site), "case:shared", NOW)
            work.add(Note(case_id=made.id, organisation_id=work.organisation_id, text="=1+1",
                          tier=NoteTier.ORGANISATION, rev_from=work.revision_id))  # fmt: skip
            session.get_one(Case, made.id).share_level = ShareLevel.CODED
        files, _about = _files(site.sign_in("chan"))
        before, after = sorted(files["cases"], key=lambda row: int(row["valid_from"]))
        assert (before["share_level"], after["share_level"]) == ("full", "coded")
        assert before["valid_to"] == after["valid_from"]
        assert after["valid_to"] == ""
        assert {before["valid_from"], after["valid_from"]} <= {
            row["revision"] for row in files["revisions"]
        }
        assert [row["text"] for row in files["notes"]] == ["'=1+1"], "no formula runs"

    def test_says_whether_the_data_are_invented(self, site):
        """In the name of the file and in its README; nothing of the kind for a real record."""
        for invented in (True, False):
            with site.writing() as session:
                session.execute(update(Organisation).values(invented=invented))
            browser = site.sign_in("chan")
            _data, about = _files(browser)
            name = browser.get("/organisation/download").content_disposition
            assert ("Invented data" in about) is invented
            assert ("-invented-data.zip" in name) is invented

    def test_joins_on_its_codes(self, site):
        """Every event's charge and prosecution is a row of the other files."""
        made = make_case(site, name="Sok Dara")
        step(site, made, "receive_complaint", date(2025, 2, 1))
        files, _about = _files(site.sign_in("chan"))
        charges = {row["charge"] for row in files["charges"]}
        accused = {row["prosecution"] for row in files["accused"]}
        assert files["event_targets"]
        for row in files["event_targets"]:
            assert row["charge"] in charges
            assert row["prosecution"] in accused

    def test_is_for_coordinators_only(self, site):
        """A stolen phone of a monitor does not carry the whole record away."""
        for user in ("mony", "anan", "reak", "admin"):
            site.sign_in(user).get("/organisation/download", status=403)
