"""The parser behind :func:`search_index.query.parse`: recursive descent over characters."""

from __future__ import annotations

import re

from search_index import query as q

_OPENING = '"\u201c\u201e\u00ab'
_CLOSING = '"\u201d\u201c\u00bb'
_BREAKS = f"(){_OPENING}{_CLOSING}"
_FIELD = re.compile(r"([A-Za-z][A-Za-z_]{0,30}):(?!//)")
_FUZZY = re.compile(r"(.+?)~(\d?)\Z", re.DOTALL)
_SLOP = re.compile(r"~(\d{0,3})")
_OPERATORS = ("AND", "OR", "NOT")
_RANGE = re.compile(r"\s*(.*?)\s+TO(?:\s+(.*?))?\s*\Z", re.DOTALL)
_LONELY = "{} needs words to join. Write, for example: theft {} robbery."


class Parser:
    """One use: ``Parser(text).run()``."""

    def __init__(self, text: str) -> None:
        self.problem: q.QueryProblem | None = None
        self.text = text
        if len(text) > q.MAX_LENGTH:
            self.text = text[: q.MAX_LENGTH]
            self._say(
                q.MAX_LENGTH,
                q.ProblemCode.TOO_LONG,
                f"The query is too long; only its first {q.MAX_LENGTH} characters were used.",
            )
        self.at = 0
        self.nodes = 0

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
            self._say(0, q.ProblemCode.NO_WORDS, "There is no word to search for.")
            found = q.Or(())
        return q.ParsedQuery(found or q.Everything(), self.problem)

    def _say(self, position: int, code: q.ProblemCode, message: str, value: str = "") -> None:
        if self.problem is None:
            self.problem = q.QueryProblem(position, message, code, value)

    def _skip(self) -> None:
        while self.at < len(self.text) and self.text[self.at].isspace():
            self.at += 1

    def _operator(self) -> str | None:
        """The operator at the current place, unread."""
        self._skip()
        for operator in _OPERATORS:
            end = self.at + len(operator)
            if self.text.startswith(operator, self.at) and (
                end == len(self.text) or self.text[end].isspace() or self.text[end] in '()"'
            ):
                return operator
        return None

    def _lonely(self, position: int, operator: str) -> None:
        shown = "OR" if operator == "OR" else operator
        message = _LONELY.format(operator, shown)
        if operator == "NOT":
            message = "NOT needs a word after it. Write, for example: theft NOT weapon."
        self._say(position, q.ProblemCode.LONELY_OPERATOR, message, operator)

    def _either(self, field: str | None, depth: int) -> q.Node | None:
        """a OR b OR c"""
        found: list[q.Node] = []
        waiting: int | None = None
        while True:
            node = self._all(field, depth)
            if node is not None:
                found.append(node)
                waiting = None
            if self._operator() != "OR":
                break
            if node is None:
                self._lonely(self.at, "OR")
            waiting = self.at
            self.at += 2
        if waiting is not None:
            self._lonely(waiting, "OR")
        if not found:
            return None
        return found[0] if len(found) == 1 else q.Or(tuple(found))

    def _all(self, field: str | None, depth: int) -> q.Node | None:
        """a b AND c"""
        found: list[q.Node] = []
        waiting: int | None = None
        while True:
            operator = self._operator()
            if self.at >= len(self.text) or self.text[self.at] == ")" or operator == "OR":
                break
            if operator == "AND":
                if not found or waiting is not None:
                    self._lonely(self.at, "AND")
                waiting = self.at
                self.at += 3
                continue
            node = self._one(field, depth)
            if node is not None:
                found.append(node)
                waiting = None
        if waiting is not None:
            self._lonely(waiting, "AND")
        return _join(found)

    def _one(self, field: str | None, depth: int) -> q.Node | None:
        """NOT a, -a, (a), "a", field:a, a"""
        start = self.at
        if self._operator() == "NOT":
            self.at += 3
            return self._negated(field, depth, start)
        ch = self.text[self.at]
        following = self.text[self.at + 1 : self.at + 2]
        if ch in "-\u2212!" and following and not following.isspace() and following not in "-)":
            self.at += 1
            return self._negated(field, depth, start)
        if ch == "(":
            return self._group(field, depth)
        if ch in _OPENING or ch in _CLOSING:
            return self._phrase(field)
        match = _FIELD.match(self.text, self.at)
        if match:
            return self._fielded(match, field, depth)
        return self._word(field)

    def _negated(self, field: str | None, depth: int, start: int) -> q.Node | None:
        self._skip()
        at_end = self.at >= len(self.text) or self.text[self.at] == ")"
        if at_end or self._operator() in ("AND", "OR") or depth > q.MAX_DEPTH:
            self._lonely(start, "NOT")
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
        if self.at < len(self.text) and self.text[self.at] == ")":
            self.at += 1
        else:
            self._say(
                start, q.ProblemCode.OPEN_PARENTHESIS, "This ( is not closed. Add the ) after it."
            )
        return node

    def _count(self, position: int) -> bool:
        self.nodes += 1
        if self.nodes > q.MAX_NODES:
            self._say(
                position,
                q.ProblemCode.TOO_LONG,
                f"The query has more than {q.MAX_NODES} words; the rest was left out.",
            )
            return False
        return True

    def _phrase(self, field: str | None) -> q.Node | None:
        start = self.at
        self.at += 1
        end = self.at
        while end < len(self.text) and self.text[end] not in _CLOSING:
            end += 1
        content = self.text[self.at : end].strip()
        if end >= len(self.text):
            self._say(start, q.ProblemCode.OPEN_QUOTE, 'This " is not closed. Add the second ".')
        self.at = end + 1
        slop: int | None = None
        match = _SLOP.match(self.text, self.at)
        if match:
            slop = min(int(match.group(1) or 5), 100)
            self.at = match.end()
        if not content or not self._count(start):
            return None
        return q.Phrase(content, field, slop, start)

    def _fielded(self, match: re.Match[str], outer: str | None, depth: int) -> q.Node | None:
        start, written = self.at, match.group(1)
        name = q.FIELD_ALIASES.get(written.lower())
        after = self.text[match.end() : match.end() + 1]
        if name is None:
            if after and not after.isspace():
                allowed = ", ".join(q.FIELDS)
                self._say(
                    start,
                    q.ProblemCode.UNKNOWN_FIELD,
                    f"There is no field {written!r}. Fields are: {allowed}.",
                    written,
                )
            self.at = match.end()
            return self._plain(written, outer, start)
        self.at = match.end()
        if not after or after.isspace() or after == ")":
            self._say(
                start,
                q.ProblemCode.EMPTY_FIELD,
                f"Nothing stands after {written}: - write the value without a space, "
                f'for example {written}:"...".',
                written,
            )
            return self._plain(written, outer, start)
        if after == "(":
            return self._group(name, depth)
        if after in "[{":
            return self._range(name, start)
        if after in _OPENING:
            return self._phrase(name)
        return self._word(name)

    def _range(self, field: str, start: int) -> q.Node | None:
        opening = self.at
        ends = [i for i in (self.text.find(c, opening) for c in "]}") if i >= 0]
        if not ends:
            self._say(
                opening,
                q.ProblemCode.OPEN_RANGE,
                "This [ is not closed. Write, for example: registered:[2020 TO 2021-06].",
            )
            self.at = len(self.text)
            return None
        end = min(ends)
        self.at = end + 1
        content = self.text[opening + 1 : end]
        if field not in q.RANGE_FIELDS:
            allowed = ", ".join(q.RANGE_FIELDS)
            self._say(
                start,
                q.ProblemCode.RANGE_FIELD,
                f"A range from-to works for {allowed}, not for {field}.",
                field,
            )
            return None
        match = _RANGE.match(" " + content)
        if not match:
            self._say(
                opening,
                q.ProblemCode.BAD_RANGE,
                "A range needs TO between its ends, for example: registered:[2020 TO 2021-06].",
                content,
            )
            return self._day(field, content, opening)
        low = self._bound(match.group(1), opening)
        high = self._bound(match.group(2) or "", opening)
        if low is None or high is None or not self._count(start):
            return None
        return q.Range(field, low[0], high[1], start)

    def _bound(self, text: str, position: int) -> tuple[int | None, int | None] | None:
        """Bounds of one end of a range; open ends are (None, None); None when it is no date."""
        if text.strip() in ("", "*"):
            return (None, None)
        bounds = q.day_bounds(text)
        if bounds is None:
            self._say(
                position,
                q.ProblemCode.BAD_DATE,
                f"{text.strip()!r} is not a date. Write 2023, 2023-05 or 2023-05-31.",
                text.strip(),
            )
        return bounds

    def _day(self, field: str, text: str, position: int) -> q.Node | None:
        bounds = self._bound(text, position)
        if bounds is None or not self._count(position):
            return None
        return q.Range(field, bounds[0], bounds[1], position)

    def _word(self, field: str | None) -> q.Node | None:
        start = self.at
        while self.at < len(self.text) and not (
            self.text[self.at].isspace() or self.text[self.at] in _BREAKS
        ):
            self.at += 1
        if self.at == start:  # a stray character that starts nothing
            self.at += 1
            return None
        return self._plain(self.text[start : self.at], field, start)

    def _plain(self, written: str, field: str | None, start: int) -> q.Node | None:
        if not any(ch.isalnum() or "\u1780" <= ch <= "\u17dd" for ch in written):
            return q.Everything() if written == "*" and field is None else None
        if not self._count(start):
            return None
        if field in q.RANGE_FIELDS:
            return self._day(field, written, start)
        fuzzy = _FUZZY.match(written)
        if fuzzy:
            distance = min(int(fuzzy.group(2) or 1), 2)
            return q.Fuzzy(fuzzy.group(1).replace("*", ""), distance, field, start)
        if "*" not in written:
            return q.Word(written, field, start)
        head = written.split("*", 1)[0]
        if written != head + "*":
            self._say(
                start,
                q.ProblemCode.INNER_STAR,
                "A * works at the end of a word only, for example: traffick*.",
                written,
            )
        if not any(ch.isalnum() or "\u1780" <= ch <= "\u17dd" for ch in head):
            rest = written.replace("*", "")
            return q.Word(rest, field, start) if rest else None
        return q.Prefix(head, field, start)


def _join(nodes: list[q.Node]) -> q.Node | None:
    if not nodes:
        return None
    return nodes[0] if len(nodes) == 1 else q.And(tuple(nodes))
