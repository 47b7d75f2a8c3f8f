"""The parser behind :func:`search_index.query.parse`: recursive descent over characters."""

from __future__ import annotations

import re

from search_index import query as q
from search_index.documents import FACETS, OVERDUE
from search_index.query_ranges import RangeReading, compares
from search_index.query_reading import CLOSING, OPENING, shown

_BREAKS = f"(){OPENING}{CLOSING}"
_FIELD = re.compile(r"([A-Za-z][A-Za-z_]{0,30}):(?!//)")
_FUZZY = re.compile(r"(.+?)~(\d{0,3})\Z", re.DOTALL)
_SLOP = re.compile(r"~(\d{0,4})")
_OPERATORS = {"AND": "AND", "OR": "OR", "NOT": "NOT"}
_SIGNS = {"&&": "AND", "||": "OR", "&": "AND", "|": "OR"}
_BEGIN_OPERATORS = frozenset(written[0] for written in (*_OPERATORS, *_SIGNS))
_MOST_SLOP = 100
_MOST_EDITS = 2


def _has_letters(text: str) -> bool:
    return any(ch.isalnum() or "\u1780" <= ch <= "\u17dd" for ch in text)


class Parser(RangeReading):
    """One use: ``Parser(text).run()``."""

    def run(self) -> q.ParsedQuery:
        """Read the whole query."""
        parts: list[q.Node] = []
        while True:
            node = self._either(None, 0)
            if node is not None:
                parts.append(node)
            self._skip()
            if self.at >= len(self.text):
                break
            # Only a closing parenthesis stops the reading before the end.
            self._say(
                self.at,
                q.ProblemCode.CLOSE_PARENTHESIS,
                "This ) closes nothing. Remove it, or write the ( that belongs to it.",
            )
            self.at += 1
        found = _join(parts)
        if found is None and self.text.strip():
            # Not even one word was understood: that must not show every case there is.
            found = q.Or(())
            if not self._problems:
                self._say(0, q.ProblemCode.NO_WORDS, "There is no word to search for.")
        return q.ParsedQuery(found or q.Everything(), self.problems)

    # -- operators -----------------------------------------------------------------------------

    def _operator(self) -> tuple[str, int] | None:
        """The operator at the current place, unread, and how many characters it has."""
        self._skip()
        if self._next() not in _BEGIN_OPERATORS:
            return None
        for written, operator in _OPERATORS.items():
            end = self.at + len(written)
            if self.text.startswith(written, self.at) and (
                end == len(self.text) or self.text[end].isspace() or self.text[end] in _BREAKS
            ):
                return operator, len(written)
        for written, operator in _SIGNS.items():
            end = self.at + len(written)
            if self.text.startswith(written, self.at) and (
                end == len(self.text) or self.text[end].isspace()
            ):
                return operator, len(written)
        return None

    def _is_operator(self, *names: str) -> bool:
        found = self._operator()
        return found is not None and found[0] in names

    def _lonely(self, position: int, operator: str, length: int) -> None:
        message = f"{operator} needs words to join. Write, for example: theft {operator} robbery."
        if operator == "NOT":
            message = "NOT needs a word after it. Write, for example: theft NOT weapon."
        self._say(position, q.ProblemCode.LONELY_OPERATOR, message, operator, length=length)

    def _either(self, field: str | None, depth: int) -> q.Node | None:
        """a OR b OR c"""
        found: list[q.Node] = []
        waiting: tuple[int, int] | None = None
        while True:
            node = self._all(field, depth)
            if node is not None:
                found.append(node)
                waiting = None
            operator = self._operator()
            if operator is None or operator[0] != "OR":
                break
            if node is None:
                self._lonely(self.at, "OR", operator[1])
            waiting = self.at, operator[1]
            self.at += operator[1]
        if waiting is not None:
            self._lonely(waiting[0], "OR", waiting[1])
        if not found:
            return None
        return found[0] if len(found) == 1 else q.Or(tuple(found))

    def _all(self, field: str | None, depth: int) -> q.Node | None:
        """a b AND c"""
        found: list[q.Node] = []
        waiting: tuple[int, int] | None = None
        while True:
            operator = self._operator()
            if self._next() in ("", ")") or self._is_operator("OR"):
                break
            if operator is not None and operator[0] == "AND":
                if not found or waiting is not None:
                    self._lonely(self.at, *operator)
                waiting = self.at, operator[1]
                self.at += operator[1]
                continue
            node = self._one(field, depth)
            if node is not None:
                found.append(node)
                waiting = None
        if waiting is not None:
            self._lonely(waiting[0], "AND", waiting[1])
        return _join(found)

    def _one(self, field: str | None, depth: int) -> q.Node | None:
        """NOT a, -a, (a), "a", field:a, a"""
        start = self.at
        if self._is_operator("NOT"):
            self.at += 3
            return self._negated(field, depth, start)
        ch, following = self._next(), self._next(2)[1:]
        if ch in "-!" and following and not following.isspace() and following not in "-)":
            self.at += 1
            return self._negated(field, depth, start)
        if ch == "(":
            return self._group(field, depth)
        if ch in OPENING or ch in CLOSING:
            return self._phrase(field)
        match = _FIELD.match(self.text, self.at)
        if match:
            return self._fielded(match, field, depth)
        return self._word(field)

    def _negated(self, field: str | None, depth: int, start: int) -> q.Node | None:
        sign = self.at - start
        self._skip()
        at_end = self._next() in ("", ")")
        if at_end or self._is_operator("AND", "OR") or depth > q.MAX_DEPTH:
            self._lonely(start, "NOT", sign)
            return None
        child = self._one(field, depth + 1)
        return q.Not(child) if child is not None else None

    def _group(self, field: str | None, depth: int) -> q.Node | None:
        start = self.at
        self.at += 1
        if depth >= q.MAX_DEPTH:
            self._say(start, q.ProblemCode.TOO_LONG, "Too many parentheses inside each other.")
            return None
        node = self._either(field, depth + 1)
        self._skip()
        if self._next() == ")":
            self.at += 1
        else:
            self._say(
                start,
                q.ProblemCode.OPEN_PARENTHESIS,
                "This ( is not closed. Add the ) after it.",
                length=1,
            )
        return node

    # -- phrases, fields, words ----------------------------------------------------------------

    def _phrase(self, field: str | None) -> q.Node | None:
        start = self.at
        self.at += 1
        content = self._until(CLOSING, spaces=False)
        if not self._next():
            self._say(start, q.ProblemCode.OPEN_QUOTE, 'This " is not closed. Add the second ".')
        self.at = min(self.at + 1, len(self.text))
        if field in q.RANGE_FIELDS:
            return self._day(field, content, start)
        if "*" in content and _has_letters(content):
            self._say(
                start,
                q.ProblemCode.QUOTED_STAR,
                "A * means nothing between quotation marks. Write the word outside, with its *.",
                content,
            )
        slop = self._slop()
        text = shown(content).strip()
        if not text or not self._count(start):
            return None
        return q.Phrase(text, field, slop, start)

    def _slop(self) -> int | None:
        match = _SLOP.match(self.text, self.at)
        if not match:
            return None
        start, self.at = self.at, match.end()
        slop = int(match.group(1) or 5)
        if slop > _MOST_SLOP:
            self._too_far(start, _MOST_SLOP, "words")
        return min(slop, _MOST_SLOP)

    def _too_far(self, position: int, most: int, what: str) -> None:
        message = f"At most {most} {what} are allowed here; {most} was used."
        self._say(position, q.ProblemCode.TOO_FAR, message, str(most))

    def _fielded(self, match: re.Match[str], outer: str | None, depth: int) -> q.Node | None:
        start, written = self.at, match.group(1)
        name = q.FIELD_ALIASES.get(written.lower())
        self.at = match.end()
        after = self._next()
        if name is None:
            if after and not after.isspace():
                allowed = ", ".join(q.FIELDS)
                self._say(
                    start,
                    q.ProblemCode.UNKNOWN_FIELD,
                    f"There is no field {written!r}. Fields are: {allowed}.",
                    written,
                )
                return None  # what stands after it is read as words
            return self._plain(written, outer, start)
        if not after or after.isspace() or after == ")":
            self._say(
                start,
                q.ProblemCode.EMPTY_FIELD,
                f"Nothing stands after {written}: - write the value without a space, "
                f'for example {written}:"...".',
                written,
            )
            return None
        if after == "(":
            return self._group(name, depth)
        if after in "[{":
            return self._range(name, start)
        if compares(self.text[self.at :]):
            return self._comparison(name, start)
        if after in OPENING:
            return self._phrase(name)
        return self._word(name)

    def _word(self, field: str | None) -> q.Node | None:
        start = self.at
        written = self._until(_BREAKS, spaces=True)
        if self.at == start:  # a stray character that starts nothing
            self.at += 1
            return None
        return self._plain(written, field, start)

    def _plain(self, written: str, field: str | None, start: int) -> q.Node | None:
        if field in q.RANGE_FIELDS and (_has_letters(written) or "*" in written):
            return self._day(field, written, start)
        if written == "*":
            return self._any(field, start)
        if not _has_letters(written) or not self._count(start):
            return None
        if field == "overdue":
            self._check_value(written, start)
        fuzzy = _FUZZY.match(written)
        if fuzzy:
            return self._fuzzy(fuzzy, field, start)
        if "*" not in written:
            return q.Word(shown(written), field, start)
        head = written.split("*", 1)[0]
        if written != head + "*":
            self._say(
                start,
                q.ProblemCode.INNER_STAR,
                "A * works at the end of a word only, for example: traffick*.",
                written,
            )
        if not _has_letters(head):
            rest = written.replace("*", "")
            return q.Word(shown(rest), field, start) if rest else None
        return q.Prefix(shown(head), field, start)

    def _any(self, field: str | None, start: int) -> q.Node | None:
        """``*`` for every document, ``reason:*`` for those with any value."""
        if field is None:
            return q.Everything()
        if field in FACETS:
            return q.Prefix("", field, start) if self._count(start) else None
        self._say(
            start,
            q.ProblemCode.LONELY_STAR,
            f"Write at least one letter before the *. A * alone works in {', '.join(FACETS)}.",
        )
        return None

    def _fuzzy(self, match: re.Match[str], field: str | None, start: int) -> q.Node:
        distance = int(match.group(2) or 1)
        if distance > _MOST_EDITS:
            self._too_far(start, _MOST_EDITS, "letters")
        word = shown(match.group(1).replace("*", ""))
        return q.Fuzzy(word, min(max(distance, 1), _MOST_EDITS), field, start)

    def _check_value(self, written: str, start: int) -> None:
        """The values of this field are the same in every procedure."""
        head = shown(written).rstrip("*").casefold()
        if not any(
            value == head or ("*" in written and value.startswith(head)) for value in OVERDUE
        ):
            allowed = ", ".join(OVERDUE)
            self._say(
                start, q.ProblemCode.BAD_VALUE, f"The field overdue has the values {allowed}.", head
            )


def _join(nodes: list[q.Node]) -> q.Node | None:
    if not nodes:
        return None
    return nodes[0] if len(nodes) == 1 else q.And(tuple(nodes))
