"""The reference tables: what they hold, and how wrong ones are refused."""

from __future__ import annotations

import itertools
import shutil
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from courtwatch.seed import TABLES, ReasonPurpose, SeedError, TerritoryBasis, read

DATA = read()


@pytest.fixture
def tables(tmp_path: Path) -> Path:
    """A copy of the tables that a test may spoil."""
    return Path(shutil.copytree(TABLES, tmp_path / "tables"))


def spoil(tables: Path, name: str, old: str, new: str) -> int:
    """Replace text in one table; return the line it stands on."""
    path = tables / name
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    return text[: text.index(old)].count("\n") + 1


def problems(tables: Path) -> list[str]:
    """Read spoilt tables and return the messages."""
    with pytest.raises(SeedError) as caught:
        read(tables)
    return [str(problem) for problem in caught.value.problems]


class TestContent:
    def test_has_25_first_instance_courts_4_appeal_courts_and_the_supreme_court(self):
        """The thirty courts of Cambodia, each with a Khmer and an English name."""
        courts = [row for row in DATA.institutions if row.kind == "court"]
        assert [sum(row.level == level for row in courts) for level in (1, 2, 3)] == [25, 4, 1]
        assert all(row.name_km and row.name_en for row in courts)

    def test_every_court_has_its_prosecution_office_as_an_agency_of_its_own(self):
        """Hold-files attach to the prosecutor, non-suits to the court."""
        courts = {row.code for row in DATA.institutions if row.kind == "court"}
        attached = [row.attached_to for row in DATA.institutions if row.kind == "prosecution"]
        assert len(attached) == len(set(attached))
        assert set(attached) == courts

    def test_every_province_has_police_under_its_name(self):
        """A provincial commissariat and gendarmerie beside each court of first instance."""
        regions = {r.iso for r in DATA.institutions if r.kind == "court" and r.level == 1}
        for ending in ("-POL", "-GEN"):
            named = {r.iso for r in DATA.institutions if r.code.endswith(ending) and r.level == 1}
            assert named == regions

    def test_appeal_territory_in_force_is_unbroken_and_never_double(self):
        """On every day each court of first instance has exactly one court of appeal."""
        for court in (r for r in DATA.institutions if r.kind == "court" and r.level == 1):
            rows = sorted(
                (t for t in DATA.territories
                 if t.institution == court.code and t.basis is TerritoryBasis.IN_FORCE),
                key=lambda t: (t.valid_from is not None, t.valid_from),
            )  # fmt: skip
            assert rows[0].valid_from is None
            assert rows[-1].valid_to is None
            for earlier, later in itertools.pairwise(rows):
                assert earlier.valid_to == later.valid_from

    def test_conflicting_territory_is_unverified_and_names_the_other_source(self):
        """Where decree and opening list differ, the row in force says so."""
        found = [t for t in DATA.territories if t.basis is TerritoryBasis.IN_FORCE
                 and "decrees" in t.source]  # fmt: skip
        assert {t.institution[:5] for t in found} == {
            "KH-04", "KH-05", "KH-14", "KH-20", "KH-21", "KH-23"
        }  # fmt: skip
        assert not any(t.verified for t in found)

    def test_has_48_reasons_in_10_groups_with_definitions_in_both_languages(self):
        """The list of reasons is complete and explained."""
        reasons = DATA.reasons_for(ReasonPurpose.TERMINATION)
        assert len(reasons) == 48
        assert len({reason.group.code for reason in reasons}) == 10
        assert all(r.definition_en and r.definition_km and r.name_km for r in reasons)
        assert len({r.definition_en for r in reasons}) == 48

    def test_only_settlement_and_integrity_are_restricted(self):
        """The ST and TI groups, and nothing else, are restricted."""
        assert {r.group.code for r in DATA.reasons if r.restricted} == {"ST", "TI"}

    def test_definitions_and_civil_provisions_are_not_chargeable(self):
        """Articles 8, 13, 44-47 and 49 cannot be charged; article 10 can."""
        refused = {row.article for row in DATA.offences if not row.chargeable}
        assert refused == {"8", "13", "44-47", "49"}

    def test_trafficking_flag_marks_articles_9_to_21(self):
        """The retention metric counts these articles."""
        flagged = {int(row.article) for row in DATA.offences if row.trafficking}
        assert flagged == {9, 10, 11, 12, 14, 15, 16, 17, 18, 19, 20, 21}

    @pytest.mark.parametrize(
        ("form", "code"),
        [("sexual", "02041"), ("forced_labour", "02042"), ("organ_removal", "02043"),
         ("forced_marriage", "02044"), ("unknown", "0204"), (None, "0204")],
    )  # fmt: skip
    def test_form_of_exploitation_splits_the_trafficking_class(self, form, code):
        """Arts 10-19 do not separate the ICCS classes; the charge's form does."""
        offence = next(row for row in DATA.offences if row.article == "10")
        assert DATA.iccs_of(offence, form) == code

    def test_form_of_exploitation_leaves_other_offences_alone(self):
        """Procurement stays in its own class."""
        offence = next(row for row in DATA.offences if row.article == "25")
        assert DATA.iccs_of(offence, "forced_labour") == "0302"

    def test_khmer_names_are_written_in_khmer(self):
        """No name_km is English left over."""
        names = [row.name_km for row in DATA.institutions]
        names += [row.name_km for row in DATA.offences]
        names += [row.name_km for row in DATA.reasons]
        names += [row.name_km for row in DATA.iccs]
        assert all(any("\u1780" <= char <= "\u17ff" for char in name) for name in names)


class TestRefusals:
    def test_names_file_line_and_allowed_words(self, tables):
        """An unknown word is refused with what is allowed."""
        line = spoil(tables, "institutions.csv", "KH-02-CFI,KH,court", "KH-02-CFI,KH,tribunal")
        assert problems(tables) == [
            f"institutions.csv:{line}: column 'kind' says 'tribunal'; "
            "allowed: 'police', 'prosecution', 'court'"
        ]

    def test_names_a_code_that_no_table_has(self, tables):
        """A reference into nothing is refused."""
        line = spoil(tables, "institution_territory.csv", "KH-02-CFI,KH-CA-BTB", "KH-02-CFI,KH-XX")
        assert problems(tables) == [
            f"institution_territory.csv:{line}: column 'appeal' names 'KH-XX', "
            "which no row of its own table has"
        ]

    def test_refuses_the_same_code_twice(self, tables):
        """A key stands once."""
        spoil(tables, "reasons.csv", "\nEV2,", "\nEV1,")
        (message,) = problems(tables)
        assert message.startswith("reasons.csv:3:")
        assert "second time" in message

    def test_says_which_columns_are_missing_and_unknown(self, tables):
        """A wrong heading is named column by column."""
        spoil(tables, "account_sources.csv", "code,rank", "code,weight")
        assert problems(tables) == [
            "account_sources.csv:1: columns missing: rank; columns not known: weight"
        ]

    def test_names_the_line_of_a_short_row(self, tables):
        """A row with too few fields is refused."""
        line = spoil(tables, "exploitation.csv", "begging,Begging,", "begging,")
        assert problems(tables) == [f"exploitation.csv:{line}: has 3 fields; the heading has 4"]

    def test_reports_all_problems_at_once(self, tables):
        """One run names every mistake."""
        spoil(tables, "jurisdictions.csv", "America/Chicago", "America/Gotham")
        spoil(tables, "offences.csv", ",misdemeanour,", ",crime,")
        files = {message.split(":")[0] for message in problems(tables)}
        assert files == {"jurisdictions.csv", "offences.csv"}

    def test_refuses_a_file_that_is_not_utf8(self, tables):
        """Encoding is named with the line."""
        path = tables / "account_sources.csv"
        path.write_bytes(path.read_bytes() + b"x,7,\xe9,x\n")
        assert problems(tables) == ["account_sources.csv:8: is not UTF-8; save it as UTF-8"]

    def test_refuses_a_missing_file(self, tables):
        """A file that is not there is named."""
        (tables / "reasons.csv").unlink()
        assert problems(tables)[0].startswith("reasons.csv:1: cannot be read")

    @given(st.text(alphabet="0123456789-.eEx ", max_size=6))
    def test_never_takes_a_coordinate_from_off_the_globe(self, text):
        """Whatever is typed as a latitude is read into range or refused."""
        from courtwatch.seed.fields import Fields

        fields = Fields("f.csv", 2, {"lat": text}, [])
        value = fields.number("lat", -90, 90)
        assert (value is None) == (bool(fields.problems) or not text.strip())
        assert value is None or -90 <= value <= 90
