"""The text of a query as the parser reads it: a place in it, and what was wrong on the way."""

from __future__ import annotations

import string

from search_index import query as q

_FULL_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: 0x20}
"""Signs as keyboards for East Asian scripts type them; each stays one character."""
_DASHES = dict.fromkeys((0x2010, 0x2011, 0x2012, 0x2013, 0x2014, 0x2212), "-")
_HIDDEN = 0xF0000
_MOST_PROBLEMS = 5

OPENING = '"\u201c\u201e\u00ab'
CLOSING = '"\u201d\u201c\u00bb'


def shown(text: str) -> str:
    """A piece of a query with its escaped characters as they were typed."""
    if text.isascii():
        return text
    return "".join(
        chr(ord(ch) - _HIDDEN) if _HIDDEN < ord(ch) < _HIDDEN + 0x80 else ch for ch in text
    )


class Reading:
    """A cursor in the text of a query. Its place is always one of the text as it was typed."""

    def __init__(self, text: str) -> None:
        self._problems: list[q.QueryProblem] = []
        self.text = text[: q.MAX_LENGTH].translate(_FULL_WIDTH).translate(_DASHES)
        self.at = 0
        self.nodes = 0
        if len(text) > q.MAX_LENGTH:
            self._say(
                q.MAX_LENGTH,
                q.ProblemCode.TOO_LONG,
                f"The query is too long; only its first {q.MAX_LENGTH} characters were used.",
                length=len(text) - q.MAX_LENGTH,
            )

    @property
    def problems(self) -> tuple[q.QueryProblem, ...]:
        """What was wrong, from left to right; of many the first few."""
        found = sorted(self._problems, key=lambda problem: problem.position)
        return tuple(found[:_MOST_PROBLEMS])

    def _say(
        self,
        position: int,
        code: q.ProblemCode,
        message: str,
        value: str = "",
        *,
        length: int | None = None,
    ) -> None:
        """Note a problem; by default it concerns what was read from `position` to here."""
        if length is None:
            length = max(self.at - position, min(1, len(self.text) - position), 0)
        self._problems.append(q.QueryProblem(position, message, code, shown(value), length))

    def _skip(self) -> None:
        while self.at < len(self.text) and self.text[self.at].isspace():
            self.at += 1

    def _next(self, count: int = 1) -> str:
        """The next characters, unread; fewer at the end."""
        return self.text[self.at : self.at + count]

    def _until(self, ends: str, *, spaces: bool) -> str:
        """Read up to one of the characters in `ends` (or a space); a backslash hides the next."""
        read: list[str] = []
        while self.at < len(self.text):
            ch = self.text[self.at]
            if ch == "\\" and self.at + 1 < len(self.text):
                following = self.text[self.at + 1]
                hides = following in string.punctuation
                read.append(chr(_HIDDEN + ord(following)) if hides else following)
                self.at += 2
                continue
            if ch in ends or (spaces and ch.isspace()):
                break
            read.append(ch)
            self.at += 1
        return "".join(read)

    def _count(self, position: int) -> bool:
        """Count one more word; False when there are too many."""
        self.nodes += 1
        if self.nodes == q.MAX_NODES + 1:
            self._say(
                position,
                q.ProblemCode.TOO_LONG,
                f"The query has more than {q.MAX_NODES} words; the rest was left out.",
                length=len(self.text) - position,
            )
        return self.nodes <= q.MAX_NODES
