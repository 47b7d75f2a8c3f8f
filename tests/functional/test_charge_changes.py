"""Which charge became which: on the form, on the page, to whom, and in the past."""

from __future__ import annotations

import csv
import io
from datetime import date
from typing import Any

import pytest
from sqlalchemy import func, select

from courtwatch.commands.parsing import When
from courtwatch.commands.steps import NamedCharge
from courtwatch.models import Case, Charge, Offence, Prosecution, Revision
from courtwatch.models.vocabulary import Precision, ShareLevel
from courtwatch.services.case_page import CasePage
from courtwatch.services.case_view import case_page
from courtwatch.services.work import Work
from tests.functional.scene import NOW, actor_of, key, make_case, step
from tests.functional.test_merging import merge_as, two_records
from tests.functional.test_record import record_form

OLD_WORDS = "selling people over the border"


class Changed:
    """An accused on trial whose charge was requalified, then replaced by a new indictment."""

    def __init__(self, site: Any) -> None:
        self.site = site
        self.made = make_case(site, share=ShareLevel.FULL, name="Sok Dara", stage="trial")
        with site.writing() as session:
            work = Work(session, actor_of(session, "mony", site), "charge:worded", NOW)
            charge = session.scalars(select(Charge).where(Charge.kind == "filed")).one()
            work.edit(charge).as_given = OLD_WORDS
            self.charge = charge.id
            self.first = charge.offence_id
            self.other = key(session, Offence, "KH-TIPSE-12")
            self.third = key(session, Offence, "KH-TIPSE-14")
        self.requalify()
        self.requalified_at = self.last_revision()
        self.browser = site.sign_in("mony")
        self.path = f"/prosecutions/{self.made.prosecutions[0]}/steps/replace_indictment"
        self.form = record_form(self.browser.get(self.path))
        self.form["occurred-year"], self.form["occurred-month"] = "2025", "4"
        self.form["occurred-day"] = "2"
        self.form["offence-1"] = str(self.third)

    def requalify(self) -> None:
        """The court requalifies the charge."""
        named = (NamedCharge(charge=self.charge, to_offence=self.other),)
        step(self.site, self.made, "requalify_at_trial", date(2025, 3, 1), charges=named)

    def last_revision(self) -> int:
        """Return the last revision."""
        with self.site.reading() as session:
            return session.scalar(select(func.max(Revision.id))) or 0

    def page(self, user: str) -> Any:
        """Return the page as this user sees it."""
        return self.site.sign_in(user).get(f"/cases/{self.made.code}")

    def rows(self, page: Any) -> list[list[str]]:
        """Return the cells of the table of changes."""
        tables = [t for t in page.html.select("table") if "How the charges changed" in t.caption]
        return [
            [" ".join(cell.get_text(" ").split()) for cell in row.select("th, td")]
            for table in tables
            for row in table.select("tbody tr")
        ]


def plain(value: Any) -> str:
    """Return a value of JSON as CSV says it."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "" if value is None else str(value)


@pytest.fixture
def changed(site: Any) -> Changed:
    """Give the accused, with the form of the new indictment filled in but for what it replaces."""
    return Changed(site)


def test_the_page_tells_what_became_of_a_charge(changed: Changed) -> None:
    """Both changes with old words, day, step and authority; the old charge stands nowhere."""
    changed.form["replaces-1"] = str(changed.charge)
    changed.form.submit(status=303)
    page = changed.page("mony")
    first, second = changed.rows(page)
    assert first[0] == second[0] == "2"
    assert OLD_WORDS in first[1]
    assert "the same charge goes on" in first[2]
    assert "Requalified by the court 1 March 2025 · Trial court" in first[3]
    before, after = first[2].removesuffix(" the same charge goes on"), second[1]
    assert after.startswith(before)
    assert "a new charge, 3, in its place" in second[2]
    assert "2 April 2025" in second[3]
    assert "Superseded by charge 3" in page
    assert "in place of:" in page
    for link in page.html.select("table a[href^='#event-']"):
        assert page.html.select(f"[id='{link['href'][1:]}']"), "the entry is on the page"
    with changed.site.reading() as session:
        kinds = select(Charge.kind, Charge.parent_id).order_by(Charge.id.desc())
        assert session.execute(kinds).first() == ("amended", changed.charge)


def test_who_may_not_read_the_record_sees_the_change_without_its_words(changed: Changed) -> None:
    """A researcher gets offences, steps and days; the words as given stay with the record."""
    found = changed.rows(changed.page("reak"))
    assert len(found) == 1
    assert "Requalified by the court" in found[0][3]
    assert OLD_WORDS not in changed.page("reak")
    changed.site.sign_in("admin").get(f"/cases/{changed.made.code}", status=403)


def test_a_past_page_knows_only_the_changes_of_its_moment(changed: Changed) -> None:
    """As known before the new indictment: one change, and the charge still under way."""
    changed.form["replaces-1"] = str(changed.charge)
    changed.form.submit(status=303)
    with changed.site.reading() as session:
        case = session.get_one(Case, changed.made.id)
        actor = actor_of(session, "mony", changed.site)
        now = case_page(session, actor, case)
        then = case_page(session, actor, case, changed.requalified_at)
        first = case_page(session, actor, case, changed.requalified_at - 1)
    pages = [page for page in (now, then, first) if isinstance(page, CasePage)]
    told = [
        ([change.by for change in page.accused[0].changes], page.accused[0].charges[1].by)
        for page in pages
    ]
    assert told == [([None, 3], 3), ([None], None), ([], None)]


def test_beside_the_others_unless_somebody_says_in_whose_place(changed: Changed) -> None:
    """Nothing is guessed: without a choice the new charge stands beside the old one."""
    changed.form.submit(status=303)
    page = changed.page("mony")
    assert len(changed.rows(page)) == 1
    assert "Superseded by charge" not in page


def test_a_download_of_charges_says_which_became_which(changed: Changed) -> None:
    """By the names on the page, in CSV as in JSON; words as given only for who reads them."""
    changed.form["replaces-1"] = str(changed.charge)
    changed.form.submit(status=303)
    browser = changed.site.sign_in("mony")
    rows = list(csv.DictReader(io.StringIO(browser.get("/charges.csv").text.lstrip("\ufeff"))))
    code = changed.made.prosecutions[0]
    told = {
        row["charge"]: (
            row["kind"], row["offence_filed"], row["offence"], row["changes"], row["replaces"],
            row["replaced_by"], row["counted"], row["event_code"], row["as_given"],
        )
        for row in rows
    }  # fmt: skip
    requalified = "2025-03-01 requalify_at_trial: KH-TIPSE-10 > KH-TIPSE-12"
    assert told == {
        f"{code}/1": ("alleged", "KH-TIPSE-10", "KH-TIPSE-10", "", "", "", "no", "", ""),
        f"{code}/2": (
            "filed", "KH-TIPSE-10", "KH-TIPSE-12", requalified, "", f"{code}/3", "no", "",
            OLD_WORDS,
        ),
        f"{code}/3": (
            "amended", "KH-TIPSE-14", "KH-TIPSE-14", "", f"{code}/2", "", "yes", "0", "",
        ),
    }  # fmt: skip
    data = browser.get("/charges.json").json
    assert [{k: plain(v) for k, v in row.items()} for row in data["rows"]] == rows
    assert OLD_WORDS not in changed.site.sign_in("reak").get("/charges.json").text
    assert [r["charge"] for r in browser.get("/charges.json?event_code=1").json["rows"]] == []
    page = browser.get("/cases?event_code=0")
    assert page.click("Charges, CSV").status_int == 200


def test_a_month_is_no_day_in_the_download(changed: Changed) -> None:
    """An end that is known to a month says so beside its first day."""
    month = When(date(2025, 5, 1), date(2025, 5, 31), Precision.MONTH)
    step(changed.site, changed.made, "acquit", date(2025, 5, 1), occurred=month, mode="adversarial")
    rows = changed.browser.get("/charges.json").json["rows"]
    assert [(r["disposed_on"], r["event_code"], r["inexact_days"]) for r in rows] == [
        (None, None, None),
        ("2025-05-01", 1, "disposed_on=2025-05"),
    ]


def test_a_form_names_a_charge_by_what_it_became(changed: Changed) -> None:
    """A verdict is about the requalified offence; a new indictment moves no former charge."""
    with changed.site.reading() as session:
        now, filed = (session.get_one(Offence, k).name_en for k in (changed.other, changed.first))
    path = changed.path.replace("replace_indictment", "requalify_at_trial")
    for page in (
        changed.browser.get(path),
        changed.browser.get(f"/cases/{changed.made.code}/judgment"),
    ):
        legends = " ".join(one.get_text() for one in page.html.select("main form legend"))
        assert now in legends, legends
        assert filed not in legends, legends
    assert "charge" not in changed.form.fields


def test_nonsense_is_refused_at_its_field(changed: Changed) -> None:
    """A key that is no charge of this accused, and no key at all."""
    for wrong in ("999999", "x"):
        changed.form["replaces-1"].force_value(wrong)
        page = changed.form.submit(status=400)
        assert page.html.select_one("#replaces-1-error"), wrong
        assert "Choose a filed charge that is under way" in page
    with changed.site.reading() as session:
        assert session.scalar(select(func.count()).select_from(Prosecution)) == 1
        assert session.scalar(select(func.count()).select_from(Charge)) == 2


def test_words_of_a_merged_record_stay_with_it(site: Any) -> None:
    """Whoever keeps one record reads its words in the download, and not those of the other."""
    kept, other = two_records(site)
    filing = ("KH-TIPSE-14",)
    step(site, other, "replace_indictment", date(2025, 6, 1), "rith", new_charges=filing)
    with site.writing() as session:
        work = Work(session, actor_of(session, "mony", site), "charge:worded", NOW)
        for charge in session.scalars(select(Charge)):
            code = charge.prosecution.public_code
            work.edit(charge).as_given = f"words of {code}"
    merge_as(site, "chan", kept, other)
    rows = site.sign_in("mony").get("/charges.json").json["rows"]
    own, theirs = (one.prosecutions[0] for one in (kept, other))
    told = {(row["charge"].split("/")[0], row["as_given"]) for row in rows}
    assert told == {(own, f"words of {own}"), (theirs, None)}
    assert {row["prosecution"] for row in rows} == {own}
