"""An organisation takes its own data away."""

from __future__ import annotations

import csv
import io
import zipfile
from datetime import date

from courtwatch.models.vocabulary import AgeBand, HearingStatus, NoteTier, ShareLevel
from tests.functional.scene import hearing, make_case, note, step, victim


def _files(browser):
    archive = zipfile.ZipFile(io.BytesIO(browser.get("/organisation/download").body))
    return {
        name.removesuffix(".csv"): list(
            csv.DictReader(io.StringIO(archive.read(name).decode("utf-8-sig")))
        )
        for name in archive.namelist()
        if name.endswith(".csv")
    }, archive.read("READ_ME.txt").decode()


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
        assert [row["case"] for row in files["cases"]] == [made.code]
        assert [row["name"] for row in files["names"]] == ["Sok Dara"]
        assert [row["number"] for row in files["case_numbers"]] == ["5/2025"]
        assert [row["step"] for row in files["events"]] == ["receive_complaint", "hold_file"]
        assert [row["reason"] for row in files["reasons_stated"]] == ["EV1"]
        assert [row["reason"] for row in files["reasons_assessed"]] == ["ST1"]
        assert [row["text"] for row in files["notes"]] == ["our note"]
        assert len(files["hearings"]) == len(files["victims"]) == 1
        assert "Lotus Legal Aid" in about
        theirs, _about = _files(site.sign_in("rada"))
        assert [row["text"] for row in theirs["notes"]] == ["their note"]
        assert len(theirs["hearings"]) == 1, "the hearing they entered in another's case"
        assert theirs["reasons_assessed"] == []

    def test_joins_on_its_codes(self, site):
        """Every event's charge and prosecution is a row of the other files."""
        made = make_case(site, name="Sok Dara")
        step(site, made, "receive_complaint", date(2025, 2, 1))
        files, _about = _files(site.sign_in("chan"))
        charges = {row["charge"] for row in files["charges"]}
        accused = {row["prosecution"] for row in files["accused"]}
        assert files["event_charges"]
        for row in files["event_charges"]:
            assert row["charge"] in charges
            assert row["prosecution"] in accused

    def test_is_for_coordinators_only(self, site):
        """A stolen phone of a monitor does not carry the whole record away."""
        for user in ("mony", "anan", "reak", "admin"):
            site.sign_in(user).get("/organisation/download", status=403)
