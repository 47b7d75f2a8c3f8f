"""Invented rows in the shape of the Cook County register, dirty in the ways that it is."""

import csv
from collections.abc import Iterable
from pathlib import Path

_INTAKE = (
    "case_id,case_participant_id,received_date,offense_category,participant_status,"
    "age_at_incident,gender,race,incident_begin_date,incident_end_date,law_enforcement_agency,"
    "unit,incident_city,arrest_date,felony_review_date,felony_review_result,"
    "update_offense_category"
)
INTAKE = _INTAKE.split(",")
_SHARED = (
    "age_at_incident,gender,race,incident_begin_date,incident_end_date,arrest_date,"
    "law_enforcement_agency,unit,incident_city,received_date,arraignment_date,"
    "updated_offense_category,charge_count"
)
INITIATION = (
    "case_id,case_participant_id,offense_category,primary_charge,charge_id,charge_version_id,"
    f"charge_offense_title,chapter,act,section,class,aoic,event,event_date,{_SHARED}"
).split(",")
_ENDED = (
    "case_id,case_participant_id,offense_category,primary_charge,charge_id,charge_version_id,"
    "disposition_charged_offense_title,disposition_charged_chapter,disposition_charged_act,"
    "disposition_charged_section,disposition_charged_class,disposition_charged_aoic,"
    "disposition_date,charge_disposition,charge_disposition_reason"
)
DISPOSITIONS = f"{_ENDED},judge,court_name,court_facility,{_SHARED}".split(",")
SENTENCING = (
    f"{_ENDED},sentence_phase,sentence_date,sentence_judge,sentence_type,current_sentence,"
    "commitment_type,commitment_term,commitment_unit,court_name,court_facility,"
    f"length_of_case_in_days,{_SHARED}"
).split(",")

LAW = {"chapter": "720", "act": "5", "section": "19-1(a)", "class": "2", "aoic": "1110000"}
LESSER = {**LAW, "section": "16-1(a)", "class": "4", "aoic": "0900000"}


class Register:
    """Rows of the four tables; `write` makes the files."""

    def __init__(self) -> None:
        self.tables: dict[str, list[dict[str, str]]] = {
            "intake": [], "initiation": [], "dispositions": [], "sentencing": []
        }  # fmt: skip

    def accused(self, case: str, who: str, **more: str) -> None:
        """Add an intake row: arrested on 4 January, received on the 5th, four hours ahead."""
        row = {
            "case_id": case, "case_participant_id": who, "received_date": "2019-01-05 04:00:00",
            "offense_category": "Burglary", "participant_status": "Approved",
            "age_at_incident": "25", "gender": "Male", "race": "Unknown",
            "incident_begin_date": "2019-01-04 04:00:00", "law_enforcement_agency": "CHICAGO PD",
            "arrest_date": "2019-01-05 02:30:00", "felony_review_date": "2019-01-05 04:00:00",
            "felony_review_result": "Approved",
        }  # fmt: skip
        self.tables["intake"].append({**row, **more})

    def charge(self, case: str, who: str, charge: str, **more: str) -> None:
        """Add an initiation row: a preliminary hearing on 20 January, arraigned on 1 February."""
        row = {
            "case_id": case, "case_participant_id": who, "charge_id": charge,
            "charge_version_id": f"v{charge}", "charge_offense_title": "BURGLARY", **LAW,
            "event": "Preliminary Hearing", "event_date": "2019-01-20 00:00:00",
            "arrest_date": "2019-01-04 22:30:00", "received_date": "2019-01-05 00:00:00",
            "arraignment_date": "2019-02-01 00:00:00", "charge_count": "1",
        }  # fmt: skip
        self.tables["initiation"].append({**row, **more})

    def end(self, case: str, who: str, charge: str, how: str, why: str = "", **more: str) -> None:
        """Add a disposition row, on 3 June in the other date format."""
        row = self._ended(case, who, charge, how, why) | {
            "judge": "Somebody", "court_name": "District 1 - Chicago",
            "court_facility": "26TH Street",
        }  # fmt: skip
        self.tables["dispositions"].append({**row, **more})

    def sentence(self, case: str, who: str, charge: str, **more: str) -> None:
        """Add a sentencing row: two years of probation."""
        row = self._ended(case, who, charge, "Plea Of Guilty", "") | {
            "sentence_phase": "Original Sentencing", "sentence_date": "6/3/2019 12:00:00 AM",
            "sentence_judge": "Somebody", "sentence_type": "Probation",
            "current_sentence": "true", "commitment_type": "Probation", "commitment_term": "2",
            "commitment_unit": "Year(s)", "court_name": "District 1 - Chicago",
            "court_facility": "26TH Street",
        }  # fmt: skip
        self.tables["sentencing"].append({**row, **more})

    def _ended(self, case: str, who: str, charge: str, how: str, why: str) -> dict[str, str]:
        law = {f"disposition_charged_{key}": value for key, value in LAW.items()}
        return {
            "case_id": case, "case_participant_id": who, "charge_id": charge,
            "charge_version_id": f"v{charge}", "disposition_charged_offense_title": "BURGLARY",
            **law, "disposition_date": "6/3/2019 12:00:00 AM", "charge_disposition": how,
            "charge_disposition_reason": why, "arrest_date": "2019-01-04 22:30:00",
        }  # fmt: skip

    def write(self, directory: Path) -> Path:
        """Write the four files."""
        directory.mkdir(exist_ok=True)
        headings = {
            "intake": INTAKE, "initiation": INITIATION, "dispositions": DISPOSITIONS,
            "sentencing": SENTENCING,
        }  # fmt: skip
        for name, rows in self.tables.items():
            write_csv(directory / f"{name}.csv", headings[name], rows)
        return directory


def write_csv(path: Path, headings: list[str], rows: Iterable[dict[str, str]]) -> None:
    """Write rows, blank where a row has no cell."""
    with path.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.DictWriter(stream, headings, restval="")
        writer.writeheader()
        writer.writerows(rows)


def small_register() -> Register:
    """Return a register with one prosecution for each thing that has to be told apart."""
    r = Register()
    # p1 and p2: co-accused who share a charge. p1 pleads to it, the other count is dropped for it.
    r.accused("c1", "p1")
    r.charge("c1", "p1", "k1")
    r.charge("c1", "p1", "k2", charge_count="2")
    r.end("c1", "p1", "k1", "Plea Of Guilty", charge_version_id="other",
          **{f"disposition_charged_{k}": v for k, v in LESSER.items()})
    r.end("c1", "p1", "k2", "Nolle Prosecution", "PG to Other Count/s")
    r.sentence("c1", "p1", "k1")
    r.accused("c1", "p2", gender="Female", age_at_incident="17")
    r.charge("c1", "p2", "k1")
    r.end("c1", "p2", "k1", "Nolle Prosecution")
    # p3 was never charged.
    r.accused("c2", "p3", participant_status="Rejected", felony_review_result="Rejected")
    # p4 completed diversion, p5 has only dropped counts that go on elsewhere.
    r.accused("c3", "p4")
    r.charge("c3", "p4", "k4")
    r.end("c3", "p4", "k4", "Nolle Prosecution", "DDPP Graduate")
    r.accused("c4", "p5")
    r.charge("c4", "p5", "k5")
    r.end("c4", "p5", "k5", "Superseded by Indictment")
    # p6 absconded: alive. p7: no probable cause. p8: open, the hearing lies behind the extract.
    r.accused("c5", "p6")
    r.charge("c5", "p6", "k6")
    r.end("c5", "p6", "k6", "BFW")
    r.accused("c6", "p7")
    r.charge("c6", "p7", "k7", arraignment_date="")
    r.end("c6", "p7", "k7", "FNPC", disposition_date="1/20/2019 12:00:00 AM",
          court_facility="Harrison & Kedzie (Area 4)")
    r.accused("c7", "p8", received_date="2019-12-02 04:00:00", felony_review_date="",
              felony_review_result="", arrest_date="", age_at_incident="137")
    r.charge("c7", "p8", "k8", event_date="2109-05-08 00:00:00", arraignment_date="")
    return r  # fmt: skip
