from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from search_index.plan import plan
from search_index.query import (
    FIELD_ALIASES,
    FIELDS,
    MAX_LENGTH,
    And,
    Everything,
    Fuzzy,
    Node,
    Not,
    Or,
    Phrase,
    Prefix,
    ProblemCode,
    Range,
    Word,
    day_bounds,
    leaves,
    parse,
)


def strip(node: Node) -> object:
    """The tree as nested tuples without positions, easy to compare."""
    match node:
        case And(children):
            return ("and", *map(strip, children))
        case Or(children):
            return ("or", *map(strip, children))
        case Not(child):
            return ("not", strip(child))
        case Word(text, field):
            return f"{field}:{text}" if field else text
        case Phrase(text, field, slop):
            return ("phrase", text, field, slop)
        case Prefix(text, field):
            return ("prefix", text, field)
        case Fuzzy(text, distance, field):
            return ("fuzzy", text, distance, field)
        case Range(field, low, high):
            return ("range", field, low, high)
        case Everything():
            return "all"
    raise AssertionError(node)


class TestParse:
    @pytest.mark.parametrize(
        ("text", "tree"),
        [
            ("", "all"),
            ("   ", "all"),
            ("*", "all"),
            ("theft", "theft"),
            ("theft weapon", ("and", "theft", "weapon")),
            ("theft AND weapon", ("and", "theft", "weapon")),
            ("theft and weapon", ("and", "theft", "and", "weapon")),
            ("a OR b c", ("or", "a", ("and", "b", "c"))),
            ("(a OR b) c", ("and", ("or", "a", "b"), "c")),
            ("a -b", ("and", "a", ("not", "b"))),
            ("a NOT b", ("and", "a", ("not", "b"))),
            ("-(a b)", ("not", ("and", "a", "b"))),
            ("re-arrest", "re-arrest"),
            ('"hold the file"', ("phrase", "hold the file", None, None)),
            ("“hold the file”", ("phrase", "hold the file", None, None)),
            ("«hold the file»", ("phrase", "hold the file", None, None)),
            ('"judge delay"~3', ("phrase", "judge delay", None, 3)),
            ('"judge delay"~', ("phrase", "judge delay", None, 5)),
            ("traffick*", ("prefix", "traffick", None)),
            ("vuthy~", ("fuzzy", "vuthy", 1, None)),
            ("vuthy~2", ("fuzzy", "vuthy", 2, None)),
            ("court:kandal", "court:kandal"),
            ("Court:kandal", "court:kandal"),
            ("accused:sok", "name:sok"),
            ('court:"Phnom Penh"', ("phrase", "Phnom Penh", "court", None)),
            ("court:(a OR b)", ("or", "court:a", "court:b")),
            ("-stage:closed", ("not", "stage:closed")),
            ("registered:[2020 TO 2021-06]", ("range", "registered", 20200000, 20210699)),
            ("registered:[* TO 2021]", ("range", "registered", None, 20211299)),
            ("registered:[2020 TO]", ("range", "registered", 20200000, None)),
            ("registered:{2020 TO 2022}", ("range", "registered", 20201300, 20219999)),
            ("registered:[2020 TO 2022-03}", ("range", "registered", 20200000, 20220299)),
            ("registered:{2020-01-31 TO *]", ("range", "registered", 20200132, None)),
            ("registered:{2020 TO 2020]", ("or",)),
            ("year:{2020 TO 2022}", ("range", "year", 20210000, 20219999)),
            ("year:>2020", ("range", "year", 20210000, None)),
            ("year:<2020", ("range", "year", None, 20199999)),
            ("registered:>2024", ("range", "registered", 20241300, None)),
            ("registered:>=2024-03", ("range", "registered", 20240300, None)),
            ("registered:<= 31/03/2024", ("range", "registered", None, 20240331)),
            ("registered:<២០២៤", ("range", "registered", None, 20239999)),
            ("registered:≥2024", ("range", "registered", 20240000, None)),
            ("registered:=2024", ("range", "registered", 20240000, 20241299)),
            ("registered:2020..2021-06", ("range", "registered", 20200000, 20210699)),
            ("registered:..2021", ("range", "registered", None, 20211299)),
            ('registered:"2023-05"', ("range", "registered", 20230500, 20230599)),
            ("registered:2023-*", ("range", "registered", 20230000, 20231299)),
            ("registered:05/2023", ("range", "registered", 20230500, 20230599)),
            ("registered:*", ("range", "registered", None, None)),
            (
                "registered:(2020 OR 2022)",
                (
                    "or",
                    ("range", "registered", 20200000, 20201299),
                    ("range", "registered", 20220000, 20221299),
                ),
            ),
            ("reason:*", ("prefix", "", "reason")),
            ("-outcome:*", ("not", ("prefix", "", "outcome"))),
            ("overdue:(detention OR act)", ("or", "overdue:detention", "overdue:act")),
            # A backslash takes the meaning from what follows
            (r"\-word", "-word"),
            (r"\AND", "AND"),
            (r"a \OR b", ("and", "a", "OR", "b")),
            (r"court\:kandal", "court:kandal"),
            (r"\(a b\)", ("and", "(a", "b)")),
            (r"traffick\*", "traffick*"),
            (r"vuthy\~2", "vuthy~2"),
            (r'"the \"house\""', ("phrase", 'the "house"', None, None)),
            (r"Phnom\ Penh", "Phnom Penh"),
            ("a\\", "a\\"),
            # Signs of other keyboards and of word processors
            ("a –b", ("and", "a", ("not", "b"))),
            ("a —b", ("and", "a", ("not", "b"))),
            ("a – b", ("and", "a", "b")),
            ("（a　OR　b）", ("or", "a", "b")),
            ("court：kandal", "court:kandal"),
            ("＂hold　file＂～３", ("phrase", "hold file", None, 3)),
            ("registered：［２０２０　TO　２０２１］", ("range", "registered", 20200000, 20211299)),
            ("traffick＊", ("prefix", "traffick", None)),
            ("„hold the file“", ("phrase", "hold the file", None, None)),
            ("a && b", ("and", "a", "b")),
            ("a || b", ("or", "a", "b")),
            ("a & b | c", ("or", ("and", "a", "b"), "c")),
            ("last_event:2023-05-31", ("range", "last_event", 20230531, 20230531)),
            ("http://example.org", "http://example.org"),
            ("តុលាការ", "តុលាការ"),
            ("តុលាការ -ជួញដូរ", ("and", "តុលាការ", ("not", "ជួញដូរ"))),
        ],
    )
    def test_understands(self, text: str, tree: object) -> None:
        """Understands."""
        parsed = parse(text)
        assert strip(parsed.tree) == tree
        assert parsed.problem is None

    @pytest.mark.parametrize(
        ("text", "code", "position", "tree"),
        [
            ('a "b c', ProblemCode.OPEN_QUOTE, 2, ("and", "a", ("phrase", "b c", None, None))),
            ("a (b", ProblemCode.OPEN_PARENTHESIS, 2, ("and", "a", "b")),
            ("a) b", ProblemCode.CLOSE_PARENTHESIS, 1, ("and", "a", "b")),
            ("a OR", ProblemCode.LONELY_OPERATOR, 2, "a"),
            ("AND a", ProblemCode.LONELY_OPERATOR, 0, "a"),
            ("a AND AND b", ProblemCode.LONELY_OPERATOR, 6, ("and", "a", "b")),
            ("a NOT", ProblemCode.LONELY_OPERATOR, 2, "a"),
            ("a colour:red", ProblemCode.UNKNOWN_FIELD, 2, ("and", "a", "red")),
            ("court: a", ProblemCode.EMPTY_FIELD, 0, "a"),
            ("a registered:soon", ProblemCode.BAD_DATE, 13, "a"),
            ("a registered:[x TO 2020]", ProblemCode.BAD_DATE, 13, "a"),
            ("a registered:[2020", ProblemCode.OPEN_RANGE, 13, "a"),
            ("a registered:[2020]", ProblemCode.BAD_RANGE, 13, None),
            ("a court:[a TO b]", ProblemCode.RANGE_FIELD, 2, "a"),
            ("a registered:[2023-02-30 TO *]", ProblemCode.BAD_DATE, 13, "a"),
            ("a registered:>", ProblemCode.BAD_DATE, 13, "a"),
            ("a registered:>soon", ProblemCode.BAD_DATE, 13, "a"),
            ("a court:>b", ProblemCode.RANGE_FIELD, 2, "a"),
            (
                "a registered:[2022 TO 2020]",
                ProblemCode.BACKWARD_RANGE,
                13,
                ("and", "a", ("range", "registered", 20200000, 20221299)),
            ),
            (
                "a registered:{2022 TO 2020]",
                ProblemCode.BACKWARD_RANGE,
                13,
                ("and", "a", ("range", "registered", 20200000, 20219999)),
            ),
            ("a vuthy~9", ProblemCode.TOO_FAR, 2, ("and", "a", ("fuzzy", "vuthy", 2, None))),
            ('"a b"~900', ProblemCode.TOO_FAR, 5, ("phrase", "a b", None, 100)),
            ('"hold fil*"', ProblemCode.QUOTED_STAR, 0, ("phrase", "hold fil*", None, None)),
            ("a name:*", ProblemCode.LONELY_STAR, 7, "a"),
            ("a overdue:soon", ProblemCode.BAD_VALUE, 10, ("and", "a", "overdue:soon")),
            ("a ||", ProblemCode.LONELY_OPERATOR, 2, "a"),
            ("tr*king", ProblemCode.INNER_STAR, 0, ("prefix", "tr", None)),
            ("*king", ProblemCode.INNER_STAR, 0, "king"),
            ("-", ProblemCode.NO_WORDS, 0, ("or",)),
            ("x" * (MAX_LENGTH + 1), ProblemCode.TOO_LONG, MAX_LENGTH, "x" * MAX_LENGTH),
        ],
    )
    def test_says_where_it_is_wrong_and_keeps_the_rest(
        self, text: str, code: ProblemCode, position: int, tree: object
    ) -> None:
        """Says where it is wrong and keeps the rest."""
        parsed = parse(text)
        assert parsed.problem is not None
        assert (parsed.problem.code, parsed.problem.position) == (code, position)
        assert len(parsed.problem.message) > 15
        if tree is not None:
            assert strip(parsed.tree) == tree

    @pytest.mark.parametrize(
        ("text", "marked"),
        [
            ("a colour:red b", ["colour:"]),
            ("a registered:[x TO 2020] b", ["[x TO 2020]"]),
            ("a registered:soon b", ["soon"]),
            ('a "b c', ['"b c']),
            ("a (b", ["("]),
            ("a OR", ["OR"]),
            ("a ) b ) c", [")", ")"]),
            ("x:a y:b tr*king", ["x:", "y:", "tr*king"]),
            ("court： a", ["court："]),
            (r"\- tr*k\*ing", [r"tr*k\*ing"]),
        ],
    )
    def test_says_what_part_of_the_query_is_meant(self, text: str, marked: list[str]) -> None:
        """Every problem, from left to right, with the piece of the text that a page can mark."""
        problems = parse(text).problems
        assert [text[p.position : p.position + p.length] for p in problems] == marked

    def test_of_many_problems_the_first_few_are_told(self) -> None:
        assert len(parse("x:a " * 50).problems) == 5

    def test_an_unknown_field_is_answered_with_those_that_exist(self) -> None:
        """An unknown field is answered with those that exist."""
        problem = parse("colour:red").problem
        assert problem is not None
        for field in FIELDS:
            assert field in problem.message

    def test_depth_and_number_of_words_are_limited(self) -> None:
        """Depth and number of words are limited."""
        deep = parse("(" * 400 + "a" + ")" * 400)
        assert deep.problem is not None
        assert deep.problem.code is ProblemCode.TOO_LONG
        wide = parse(" ".join(["ab"] * 300))
        assert wide.problem is not None
        assert len(leaves(wide.tree)) <= 120

    @settings(max_examples=2000, deadline=None)
    @given(
        st.one_of(
            st.text(max_size=60),
            st.lists(
                st.sampled_from(
                    [
                        "(",
                        ")",
                        '"',
                        "~",
                        "*",
                        ":",
                        "[",
                        "]",
                        " TO ",
                        "-",
                        "AND",
                        " OR ",
                        "NOT ",
                        " ",
                        "a",
                        "registered:",
                        "court:",
                        "២០២៣",
                        "តុលាការ",
                        "\u17d2",
                        "\u200b",
                        "12/2020",
                        "\\",
                        "（",
                        "{",
                        "}",
                        ">",
                        "..",
                        "|",
                        "overdue:",
                        "󰀨",
                    ]
                ),
                max_size=25,
            ).map("".join),
        )
    )
    def test_no_text_raises(self, text: str) -> None:
        """No text raises."""
        parsed = parse(text)
        plan(parsed.tree)
        for problem in parsed.problems:
            assert 0 <= problem.position <= problem.position + problem.length <= len(text)
        for leaf in leaves(parsed.tree, positive_only=False):
            assert getattr(leaf, "field", None) in (None, *FIELD_ALIASES.values())

    def test_leaves_leave_out_what_must_be_absent(self) -> None:
        """Leaves leave out what must be absent."""
        tree = parse("a -b (c OR NOT d)").tree
        assert [strip(leaf) for leaf in leaves(tree)] == ["a", "c"]


class TestDayBounds:
    @pytest.mark.parametrize(
        ("text", "bounds"),
        [
            ("2023", (20230000, 20231299)),
            ("2023-05", (20230500, 20230599)),
            ("2023-5", (20230500, 20230599)),
            ("2023-05-31", (20230531, 20230531)),
            ("20230531", (20230531, 20230531)),
            ("31/05/2023", (20230531, 20230531)),
            ("31.5.2023", (20230531, 20230531)),
            ("២០២៣-០៥", (20230500, 20230599)),
            ("05/2023", (20230500, 20230599)),
            ("៣១/៥/២០២៣", (20230531, 20230531)),
            ("2024-02-29", (20240229, 20240229)),
            ("2023-02-29", None),
            ("31/4/2023", None),
            ("0000", None),
            ("23", None),
            ("2023-13", None),
            ("2023-00", None),
            ("2023-05-32", None),
            ("yesterday", None),
            ("", None),
            ("1-2-3-4", None),
        ],
    )
    def test_reads_days_months_and_years(self, text: str, bounds: tuple[int, int] | None) -> None:
        """Reads days months and years."""
        assert day_bounds(text) == bounds
