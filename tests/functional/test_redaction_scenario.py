"""A victim's name stands wherever somebody can type; after the redactions it stands nowhere.

One story on one database: planted in every column that can hold words, indexed, corrected, edited,
searched for; then taken out through the real forms and looked for, byte for byte, in every file
below the data directory and in all that any person can open, at every past moment.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from datetime import date
from typing import Any

from sqlalchemy import func, select

from courtwatch.commands.steps import NamedCharge, SentenceGiven
from courtwatch.models import (
    Answer,
    Base,
    Case,
    CaseNumber,
    Charge,
    ChecklistVersion,
    Coverage,
    ExternalKey,
    Hearing,
    Institution,
    Job,
    Note,
    Observation,
    Person,
    PersonName,
    Question,
    Redaction,
    Revision,
    Sentence,
    Victim,
    history_table,
)
from courtwatch.models.history import REVISION_KEY
from courtwatch.models.vocabulary import HearingStatus, NoteTier, ShareLevel
from courtwatch.services.people import stored_name_key
from courtwatch.services.redactable import REDACTABLE
from courtwatch.services.work import Work, take_revision
from courtwatch.worker import Worker
from tests.functional.imported import batch_of
from tests.functional.scene import NOW, MadeCase, actor_of, hearing, make_case, note, step
from tests.functional.site import Site
from tests.functional.test_corrections import correct, events
from tests.functional.test_redaction import take_out
from tests.functional.test_search import search

NAME = "Zzyzxqa"
KEY = stored_name_key(NAME)
READERS = ("chan", "mony", "rith", "rada", "anan", "reak")
FILES = ("csv", "json")
FILED = select(Charge).where(Charge.kind == "filed")


def work_off(site: Site) -> None:
    """Let the worker write the index, purge it and empty the log of the database."""
    worker = Worker(site.engine, site.settings)
    worker.run_once()
    worker.close()


def plant(site: Site) -> MadeCase:
    """Write the name into every column of words, most of them with a past that holds it too."""
    made = make_case(
        site, share=ShareLevel.FULL, name=f"Sok {NAME}", number=f"12/{NAME}", stage="trial"
    )
    note(site, made, f"She is {NAME}, a child.", NoteTier.NETWORK, user="chan")
    step(site, made, "convict", date(2025, 5, 1), **_ends(site, made))
    code = hearing(site, made, date(2025, 4, 1), HearingStatus.HELD)
    batch = batch_of(site)
    with site.writing() as session:
        work = Work(session, actor_of(session, "chan", site), "import:published", NOW)
        case = session.get_one(Case, made.id)
        session.scalars(select(Sentence)).one().length_as_given = f"2 y for {NAME}"
        work.add(Victim(case_id=case.id, pseudonym=f"Little {NAME}"))
        list_ = ChecklistVersion(name="trial", version=1, sha256="0" * 64)
        session.add(list_)
        session.flush()
        question = Question(
            checklist_version_id=list_.id, code="Q1", part="a", position=1, text_en="Was it open?"
        )
        session.add(question)
        seen = work.add(
            Observation(
                public_code="O-SCENARIO1",
                hearing_id=session.scalars(select(Hearing.id)).one(),
                organisation_id=work.organisation_id,
            )
        )
        work.add(
            Answer(
                observation_id=seen.id, question_id=question.id, value="yes", note=f"{NAME} wept"
            )
        )
        court = session.scalars(select(Institution).where(Institution.code == "KH-12-CFI")).one()
        session.add(
            Coverage(
                organisation_id=work.organisation_id,
                institution_id=court.id,
                contact=f"ask for {NAME}",
                remark=f"Mondays, for {NAME}",
            )
        )
        for kind, key in (("case", f"12/{NAME}"), ("accused", f"{NAME}, Sok | 1")):
            session.add(
                ExternalKey(source="book", kind=kind, key=key, row_id=case.id, batch_id=batch)
            )
    assert code
    edit(site, f"of {NAME}, ")
    return made


def _ends(site: Site, made: MadeCase) -> dict[str, Any]:
    with site.reading() as session:
        charge = session.scalars(FILED).one().id
    return {
        "charges": (NamedCharge(charge=charge, disposition="convicted_as_charged"),),
        "mode": "adversarial",
        "sentence": SentenceGiven(kind="imprisonment", length_days=730),
    }


def edit(site: Site, before: str) -> None:
    """Change every row that has a history twin, in a revision of its own: twins hold the name."""
    for round_ in (1, 2):
        with site.writing() as session:
            session.info[REVISION_KEY] = take_revision(session.connection(), "edited", NOW)
            session.scalars(FILED).one().as_given = f"{before}sold, {round_}"
            session.scalars(select(Person)).one().pseudonym = f"{before}{round_}"
            session.scalars(select(Victim)).one().withdrawn = round_ == 1
            session.scalars(select(Answer)).one().value = "no" if round_ == 1 else "yes"


def bodies(site: Site, made: MadeCase) -> Iterator[tuple[str, str]]:
    """Yield all that people can open of it: pages, past pages, files, results, archives."""
    with site.reading() as session:
        moments = [*session.scalars(select(Revision.id).order_by(Revision.id)), None]
    for who in READERS:
        browser = site.sign_in(who)
        # Every moment for whom all is shown; the others read the same rows, and see less of them.
        for at in moments if who == "chan" else moments[-2:]:
            past = f"?as_known_at={at}" if at else ""
            path = f"/cases/{made.code}{past}"
            yield f"{who} {path}", browser.get(path, status="*").text
            path = f"/cases/{made.code}.json{past}"
            yield f"{who} {path}", browser.get(path, status="*").text
        for path in (
            "/", "/cases", "/review", "/integrity", "/coverage?jurisdiction=KH",
            *(f"/cases.{one}" for one in FILES),
        ):  # fmt: skip
            yield f"{who} {path}", browser.get(path, status="*").text
        found = search(browser, "Sok OR child OR sold")
        yield f"{who} results", found.text
        code = found.request.path.rsplit("/", 1)[1]
        for one in FILES:
            yield f"{who} results.{one}", browser.get(f"/search/{code}.{one}", status="*").text
        archive = browser.get("/organisation/download", status="*")
        if archive.content_type == "application/zip":
            packed = zipfile.ZipFile(io.BytesIO(archive.body))
            for name in packed.namelist():
                yield f"{who} {name}", packed.read(name).decode("utf-8-sig")


def holding(site: Site, made: MadeCase) -> set[str]:
    """Return where the name is to be read."""
    return {where for where, body in bodies(site, made) if NAME.lower() in body.lower()}


def files_with(site: Site, words: str) -> set[str]:
    """Return the files below the data directory that hold words, whatever the case of letters."""
    sought = words.lower().encode()
    return {
        str(path.relative_to(site.settings.data_directory))
        for path in site.settings.data_directory.rglob("*")
        if path.is_file() and sought in path.read_bytes().lower()
    }


def columns_with(site: Site) -> set[tuple[str, str]]:
    """Return every column of every table that holds the name, read as the database reads it."""
    found = set()
    with site.reading() as session:
        for table in Base.metadata.sorted_tables:
            for row in session.execute(select(table)).mappings():
                found |= {
                    (table.name, column.name)
                    for column in table.columns
                    if NAME.lower() in str(row[column.name]).lower()
                }
    return found


def words_of(site: Site) -> dict[str, int]:
    """Return which row is to lose the name, by kind."""
    models: dict[str, Any] = {
        "note": Note, "name": PersonName, "number": CaseNumber,
        "answer": Answer, "victim": Victim, "accused": Person, "contact": Coverage,
        "remark": Coverage,
    }  # fmt: skip
    with site.reading() as session:
        rows = {kind: session.scalars(select(model)).one().id for kind, model in models.items()}
        held = session.scalars(select(Sentence.id).where(Sentence.rev_to.is_(None))).one()
        filed = session.scalars(FILED).one().id
    return rows | {"sentence": held, "charge": filed}


def test_a_name_in_every_column_of_words_is_gone_from_everywhere(site: Site, caplog: Any) -> None:
    """Row, past, free pages, log, index, pages of every past, files, jobs, typed searches."""
    made = plant(site)
    chan = site.sign_in("chan")
    assert correct(chan, events(site, "convict")[0].id, "wrong_date", occurred__day="2")
    work_off(site)
    for who in ("chan", "rith", "reak"):
        search(site.sign_in(who), f"name:{NAME}")
    search(chan, f"{NAME} hearing")

    # It is everywhere: what follows can fail.
    covered = {(what.table.name, what.column) for what in REDACTABLE.values()}
    # Of no case: test_court_replies and test_snapshots take words out of them.
    covered -= {
        ("court_reply", "text"),
        ("report_snapshot", "title"),
        ("report_snapshot", "remark"),
    }
    twins = {
        (history_table(what.table).name, what.column)
        for what in REDACTABLE.values()
        if what.table.name in ("charge", "person", "victim", "answer")
    }
    derived = {("external_key", "key"), ("saved_search", "query"), ("case_number", "normalised")}
    assert columns_with(site) == covered | twins | derived
    assert any(name.startswith("index") for name in files_with(site, NAME))
    assert KEY in _keys(site)
    before = holding(site, made)
    for who in ("chan", "mony", "rith"):
        for place in (f"/cases/{made.code}", f"/cases/{made.code}.json", "/cases.csv", "results"):
            assert f"{who} {place}" in before, (who, place, sorted(before))
    assert "chan notes.csv" in before, before
    assert f"chan /cases/{made.code}?as_known_at={_last(site)}" in before
    assert not [where for where in before if where.startswith("reak")], before

    rows = words_of(site)
    assert set(rows) == set(REDACTABLE) - {"reply", "snapshottitle", "snapshotremark"}
    for kind, row in rows.items():
        assert take_out(chan, kind, row, NAME).status_int == 303, kind
    work_off(site)

    assert columns_with(site) == set()
    assert holding(site, made) == set()
    assert files_with(site, NAME) == set()
    assert files_with(site, KEY) == set()
    assert NAME.lower() not in caplog.text.lower()
    found = search(chan, f"name:{NAME}")
    assert "/cases/" + made.code not in found.text
    with site.reading() as session:
        assert session.scalars(select(Job.id)).all() == []

    # What stays: who, when, why and of what kind; of the words nothing.
    with site.reading() as session:
        left = session.scalars(select(Redaction)).all()
        said = {(one.table_name, one.column_name, one.row_id) for one in left}
        assert said == {
            (REDACTABLE[kind].table.name, REDACTABLE[kind].column, row)
            for kind, row in rows.items()
        }
        assert {(one.reason, one.user_id) for one in left} == {
            ("victim_identity", site.users["chan"])
        }
        kinds = set(
            session.scalars(
                select(Revision.kind).where(Revision.id.in_([one.revision_id for one in left]))
            )
        )
        assert kinds == {"words:redacted"}
    page = chan.get(f"/cases/{made.code}")
    assert "It could identify a victim" in page.text
    history = " ".join(page.html.select_one("#history ~ details").text.split())
    assert "Lotus Legal Aid · chan" in history
    for what in (
        "a note", "a name", "a case number", "a charge", "a sentence", "an answer",
        "a victim’s pseudonym", "an accused’s pseudonym",
    ):  # fmt: skip
        told = f"Words taken out of {what}: it could identify a victim"
        assert told in history, what
    others = site.sign_in("rith").get(f"/cases/{made.code}").text
    assert "Words taken out of a note" in others
    assert "Words taken out of an answer" not in others, "they may not know that it was observed"
    assert "Words taken out" not in site.sign_in("reak").get(f"/cases/{made.code}").text


def _keys(site: Site) -> str:
    with site.reading() as session:
        return " ".join(session.scalars(select(PersonName.key)))


def _last(site: Site) -> int:
    with site.reading() as session:
        return session.scalar(select(func.max(Revision.id))) or 0
