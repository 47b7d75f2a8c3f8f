"""Every reader asks for everything: no word that they may not read is in what they are sent.

And nothing that they are sent is other than it would be if the record did not hold those words.
"""

from __future__ import annotations

import difflib
from collections import defaultdict

import pytest

from courtwatch.security.confidentiality import Who
from tests.secrecy.conftest import LEADS, Walk
from tests.secrecy.plants import Plant
from tests.secrecy.twins import GROUPS
from tests.secrecy.walk import WALKED, WHOLE, Addresses, Answered, comparable
from tests.secrecy.world import TAKEN_OUT


class TestEveryRoute:
    """What the walk says of a route rests on its having answered."""

    if WHOLE:

        def test_each_route_answers_somebody(self, walk: Walk) -> None:
            """Of a route at which nobody is answered the walk says nothing."""
            answered = {
                one.path.split("?")[0]
                for (_name, one), got in walk.answers.items()
                if got.status < 400
            }
            all_ = Addresses(walk.world)
            silent = {
                route for route, paths in WALKED.items()
                if not {path.split("?")[0] for path in paths(all_)} & answered
            }  # fmt: skip
            assert silent == set()

    def test_no_page_breaks(self, walk: Walk) -> None:
        broken = {
            (name, one.path): got.status
            for answers in (walk.answers, walk.twins)
            for (name, one), got in answers.items()
            if got.status >= 500
        }
        assert broken == {}


def owners(walk: Walk) -> dict[str, list[Plant]]:
    """Return what each word was planted as."""
    found: dict[str, list[Plant]] = defaultdict(list)
    for plant in walk.plants:
        for word in plant.words:
            found[word].append(plant)
    return found


class TestSecrets:
    """In the raw bytes of what is sent, as they are and with every escape undone."""

    def test_nobody_is_sent_a_word_that_they_may_not_read(self, walk: Walk) -> None:
        planted = owners(walk)
        leaks: dict[tuple[str, str, str], set[object]] = defaultdict(set)
        for (name, one), got in walk.answers.items():
            for word in got.secrets - one.said:
                plants = planted.get(word, ())
                if not any(name in plant.readers() for plant in plants):
                    what: set[object] = {(p.column, p.context.case) for p in plants} or {word}
                    leaks[name, one.method, one.path] |= what
        assert dict(leaks) == {}

    def test_the_word_that_was_taken_out_is_nowhere(self, walk: Walk) -> None:
        assert [
            (name, one.path)
            for (name, one), got in walk.answers.items()
            if TAKEN_OUT in got.secrets
        ] == []

    def test_who_may_read_a_word_is_sent_it(self, walk: Walk) -> None:
        """The control: a secret that its own organisation never finds was hidden from nobody."""
        sent: dict[str, set[str]] = defaultdict(set)
        for (name, one), got in walk.answers.items():
            sent[name] |= got.secrets - one.said
        expected: dict[tuple[str, str], set[str]] = defaultdict(set)
        for plant in walk.plants:
            for name in plant.readers() & set(LEADS):
                expected[plant.column, name] |= set(plant.words)
        missing = {key for key, words in expected.items() if not words & sent[key[1]]}
        assert missing <= UNSENT


UNSENT = {
    *((f"saved_search.{what}", name) for what in ("code", "name", "query") for name in LEADS[:-1]),
    *(
        (f"organisation.{what}", name)
        for what in ("code", "name_km", "contact")
        for name in ("admin", "anan", "reak")
    ),
    *(("organisation.name_km", name) for name in ("chan", "rada", "dila", "anan", "reak")),
    *(("user.name", name) for name in ("anan", "reak", "admin", "dila")),
    ("court_reply.text", "anan"),  # in the report on institutions, which only a whole walk asks for
}
"""What no page shows to those who might read it: a person's searches are named by their own pages
only, and names in Khmer stand on pages in Khmer."""


class TestTwins:
    """The answers are those of a record that never held what the reader may not see."""

    @pytest.mark.parametrize("group", GROUPS, ids=lambda group: group.name)
    def test_nothing_is_otherwise(self, walk: Walk, group: object) -> None:
        others = {}
        for (name, one), got in walk.twins.items():
            if name in group.readers:  # type: ignore[attr-defined]
                first, second = comparable(walk.answers[name, one]), comparable(got)
                if first != second:
                    others[name, one.method, one.path] = difference(walk.answers[name, one], got)
        assert others == {}


def difference(one: Answered, other: Answered) -> str:
    """Return the first lines in which two answers differ."""
    if one.status != other.status:
        return f"{one.status} and {other.status}"
    lines = difflib.unified_diff(
        str(comparable(one)[1:]).split("\\n"), str(comparable(other)[1:]).split("\\n"), n=0
    )
    return "\n".join(list(lines)[2:12])[:1200]


class TestHeadersAndLogs:
    """What stands around a page."""

    def test_no_cache_keeps_a_page_and_no_other_site_learns_its_address(self, walk: Walk) -> None:
        for (name, one), got in walk.answers.items():
            assert "Cache-Control: no-store" in got.headers, (name, one.path)
            assert "Referrer-Policy: no-referrer" in got.headers, (name, one.path)
            assert "ETag" not in got.headers, (name, one.path)

    def test_no_header_carries_a_word_of_the_record(self, walk: Walk) -> None:
        """File names, redirects and cookies: codes of cases at most."""
        organisation = {
            word for plant in walk.plants if plant.who is Who.ORGANISATION for word in plant.words
        }
        for (name, one), got in walk.answers.items():
            found = Answered(got.status, got.headers, b"").secrets - one.said - organisation
            assert not {word for word in found if "-" not in word}, (name, one.path, found)

    def test_no_log_carries_a_word_of_the_record_nor_a_typed_query(self, walk: Walk) -> None:
        found = Answered(200, "\n".join(walk.log), b"").secrets
        assert {word for word in found if "-" not in word} == set()
