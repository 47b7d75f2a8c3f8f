"""CSV files as people send them: read, or refused with line and byte."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from courtwatch.exchange.errors import MissingColumns, UnreadableFile
from courtwatch.exchange.reading import RawTable, read_csv


def write(path: Path, content: bytes) -> Path:
    """Write a file and return its path."""
    path.write_bytes(content)
    return path


def cells(table: RawTable) -> list[list[str]]:
    """Return the cells of all rows."""
    return [list(row.cells) for row in table.rows]


class TestEncodings:
    def test_skips_a_byte_order_mark_and_says_so(self, tmp_path: Path) -> None:
        """Excel writes one; it is no part of the first heading."""
        table = read_csv(write(tmp_path / "a.csv", b"\xef\xbb\xbfid,name\n1,x\n"))
        assert table.headings == ("id", "name")
        assert "byte-order mark" in table.notes[0]

    def test_reads_windows_1252_when_it_is_not_utf_8(self, tmp_path: Path) -> None:
        """Old exports are; the fallback is told, not silent."""
        table = read_csv(write(tmp_path / "a.csv", "id,name\n1,Ren\u00e9\n".encode("cp1252")))
        assert cells(table) == [["1", "Ren\u00e9"]]
        assert "Windows-1252" in table.notes[0]

    def test_names_line_and_byte_of_what_is_neither(self, tmp_path: Path) -> None:
        """0x81 is a byte of no character in Windows-1252."""
        path = write(tmp_path / "a.csv", b"id,name\n1,ok\n2,x\x81y\n")
        with pytest.raises(UnreadableFile, match=r"line 3, byte 4.*0x81.*CSV UTF-8"):
            read_csv(path)

    def test_insists_on_the_encoding_that_a_mapping_names(self, tmp_path: Path) -> None:
        """No fallback where the mapping says UTF-8."""
        path = write(tmp_path / "a.csv", b"id,name\n1,Ren\xe9\n")
        with pytest.raises(UnreadableFile, match=r"line 2, byte 6.*0xE9"):
            read_csv(path, encoding="utf-8")

    def test_finds_a_bad_byte_behind_the_first_megabyte(self, tmp_path: Path) -> None:
        """The file is read in pieces; the line is still the right one."""
        path = write(tmp_path / "a.csv", b"id,name\n" + b"1,abcdef\n" * 130_000 + b"2,\x81\n")
        with pytest.raises(UnreadableFile, match=r"line 130002, byte 3"):
            read_csv(path)

    @pytest.mark.parametrize(
        ("content", "words"),
        [
            (b"id,name\n1,a\x00b\n", r"line 2, byte 4 .*NUL"),
            ("id,name\n1,x\n".encode("utf-16"), "UTF-16"),
            (b"PK\x03\x04rest", "workbook"),
            (b"", "empty"),
            ("id,name\n1,\u1780".encode()[:-1], "line 2, byte 3 .*ends inside"),
            ("id,name\n1,\u1780\n2,".encode() + b"\xe9x\n", "line 3, byte 3 .*0xE9"),
        ],
    )
    def test_refuses_what_is_no_text(self, tmp_path: Path, content: bytes, words: str) -> None:
        """Binary content and cut files are named for what they are."""
        with pytest.raises(UnreadableFile, match=words):
            read_csv(write(tmp_path / "a.csv", content))

    def test_says_when_the_file_is_not_there(self, tmp_path: Path) -> None:
        """The path is in the message."""
        with pytest.raises(UnreadableFile, match="absent.csv"):
            read_csv(tmp_path / "absent.csv")


class TestLinesAndQuotes:
    @pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"])
    def test_understands_all_line_ends(self, tmp_path: Path, end: bytes) -> None:
        """CR alone comes from old Macintosh software."""
        table = read_csv(write(tmp_path / "a.csv", end.join([b"id,name", b"1,x", b"2,y", b""])))
        assert cells(table) == [["1", "x"], ["2", "y"]]
        assert bool(table.notes) is (end == b"\r")

    def test_finds_the_delimiter(self, tmp_path: Path) -> None:
        """Form exports use semicolons."""
        table = read_csv(write(tmp_path / "a.csv", b'"id";"name, given"\n"1";"x"\n'))
        assert table.headings == ("id", "name, given")

    def test_names_the_record_whose_quote_is_never_closed(self, tmp_path: Path) -> None:
        """Not the last line of the file, where the parser noticed."""
        path = write(tmp_path / "a.csv", b'id,name\n1,x\n2,"open\n3,y\n4,z\n')
        with pytest.raises(UnreadableFile, match=r"line 3: .*never closed"):
            list(read_csv(path).rows)

    def test_names_broken_quoting_inside_a_cell(self, tmp_path: Path) -> None:
        """A quotation mark inside quotes has to be doubled."""
        path = write(tmp_path / "a.csv", b'id,name\n1,"a"b"\n')
        with pytest.raises(UnreadableFile, match=r"line 2: broken quoting"):
            list(read_csv(path).rows)

    def test_refuses_a_quote_that_swallowed_lines(self, tmp_path: Path) -> None:
        """Closed by a later quote: the record has too few cells and several lines."""
        path = write(tmp_path / "a.csv", b'id,name,x\n1,"open,2\n3,y"\n')
        with pytest.raises(UnreadableFile, match=r"line 2: the record has"):
            list(read_csv(path).rows)

    def test_hands_on_a_row_with_too_few_cells(self, tmp_path: Path) -> None:
        """One bad row is a reject, not the end of the file."""
        rows = list(read_csv(write(tmp_path / "a.csv", b"id,name\n1\n2,y\n")).rows)
        assert rows[0].problem == "has 1 cells, the heading has 2"
        assert rows[1].problem is None

    @given(
        st.lists(
            st.lists(
                st.text(
                    st.characters(exclude_categories=["Cs"], exclude_characters="\x00\r"),
                    min_size=1,
                ),
                min_size=2,
                max_size=2,
            ),
            max_size=8,
        )
    )
    @settings(max_examples=60, deadline=None)
    def test_reads_back_what_csv_writes(
        self, tmp_path_factory: pytest.TempPathFactory, rows: list[list[str]]
    ) -> None:
        """Whatever stands in the cells: quotes, commas, line breaks, Khmer."""
        import csv

        path = tmp_path_factory.mktemp("csv") / "a.csv"
        with path.open("w", newline="", encoding="utf-8") as stream:
            writer = csv.writer(stream)
            writer.writerow(["id", "name"])
            writer.writerows(rows)
        assert cells(read_csv(path)) == rows


class TestHeadings:
    def test_names_a_column_that_is_there_twice(self, tmp_path: Path) -> None:
        """And where."""
        with pytest.raises(MissingColumns, match="'id' in columns 1, 3"):
            read_csv(write(tmp_path / "a.csv", b"id,name,id\n1,x,2\n"))

    def test_names_every_missing_column_and_what_comes_close(self, tmp_path: Path) -> None:
        """All at once, so that it is repaired at once."""
        table = read_csv(write(tmp_path / "a.csv", b"case_nr,other\n1,x\n"))
        with pytest.raises(MissingColumns, match=r"lacks 2 .*case_no.*'case_nr'.*arrest_date"):
            table.positions({"a": ("case_no",), "b": ("arrest_date",)})

    def test_finds_a_field_by_the_end_of_its_group_path(self, tmp_path: Path) -> None:
        """KoBo writes group/field, or only the field, as one chooses."""
        table = read_csv(write(tmp_path / "a.csv", b"accused/age,Case  ID\n30,1\n"))
        assert table.positions({"age": ("age",), "case": ("case id",)}) == {"age": 0, "case": 1}
