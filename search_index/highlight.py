"""Marks in a text what a query found there. The text comes from the database, not the index.

Cuts fall between words and between Khmer clusters only, so no sign is ever parted from its base.
Only the places where a word can be are read (see :meth:`search_index.markers.Asked.regions`), and
what is shown around them.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence

from search_index import khmer
from search_index.markers import Asked, Words, asked
from search_index.tokens import Token, ascii_spans, has_token, tokenise

Fragment = tuple[str, bool]
Mark = tuple[int, int, int]
"""First character, the one after the last, and that with a sign that is shown with it."""
ELLIPSIS = "\u2026"
_PIECES = 1000
_REST = 20
_BACK = 24
"""So far before the end of a passage the word that ends it is looked for."""


def _marks(text: str, wanted: Asked) -> list[Mark]:
    """Words that the query finds, in order."""
    regions = wanted.regions(text)
    if regions is None:
        return _marked(tokenise(text), wanted)
    found: set[Mark] = set()
    known = wanted.known
    for start, end in regions:
        piece = text[start:end]
        marks = known.get(piece)
        if marks is None:
            if len(known) > _PIECES:
                known.clear()
            marks = known[piece] = _marked(tokenise(piece), wanted)
        found.update((start + first, start + last, start + shown) for first, last, shown in marks)
    return sorted(found)


def _marked(tokens: Sequence[Token], wanted: Asked) -> list[Mark]:
    words = Words(tokens)
    places = {
        at
        for marker in wanted.markers
        for first, end in marker.spans(words)
        for at in range(first, end)
    }
    return [
        (tokens[at].start, tokens[at].end, tokens[at + _goes_on(tokens, at)].end)
        for at in sorted(places)
    ]


def highlight(text: str, query: str, *, field: str | None = None) -> list[Fragment]:
    """``text`` in pieces, each with whether the query found it there.

    Joined, the pieces are ``text`` again. ``field`` says which field the text is (``name``,
    ``court``, ``text``, ...), so that ``name:sok`` marks names only and other spellings of a name
    are marked in names.
    """
    return _fragments(text, _marks(text, asked(query, field)), 0, len(text))


def _fragments(text: str, marks: Sequence[Mark], start: int, end: int) -> list[Fragment]:
    pieces: list[Fragment] = []
    at = start
    for first, last in _runs(text, [m for m in marks if m[0] >= start and m[1] <= end], end):
        if first > at:
            pieces.append((text[at:first], False))
        pieces.append((text[first:last], True))
        at = last
    if at < end:
        pieces.append((text[at:end], False))
    return pieces


def _runs(text: str, marks: Sequence[Mark], end: int) -> Iterator[tuple[int, int]]:
    """Neighbouring marks as one, if only a blank or a sign parts them."""
    run: tuple[int, int] | None = None
    before = 0
    for first, last, shown in marks:
        if run is not None and text[before:first].strip(" -\u200b/."):
            yield run
            run = None
        run = (run[0] if run else first, shown if shown <= end else last)
        before = last
    if run is not None:
        yield run


def _goes_on(tokens: Sequence[Token], at: int) -> bool:
    """True if a sign follows that is a token of its own and still is shown with this one."""
    return (
        at + 1 < len(tokens)
        and tokens[at + 1].text == khmer.YUUKALEAPINTU
        and tokens[at + 1].start == tokens[at].end
    )


def snippets(
    text: str, query: str, *, width: int = 160, most: int = 2, field: str | None = None
) -> list[list[Fragment]]:
    """Up to ``most`` passages of about ``width`` characters around what the query found.

    Empty when it found nothing here. An ellipsis stands where a passage was cut out.
    """
    marks = _marks(text, asked(query, field))
    passages: list[tuple[int, int]] = []
    for mark in marks:
        if passages and mark[1] <= passages[-1][1]:
            continue
        if len(passages) == most:
            break
        passages.append(_window(text, mark, width, passages[-1][1] if passages else 0))
    return [_cut(text, marks, start, end) for start, end in passages]


def _window(text: str, mark: Mark, width: int, earliest: int) -> tuple[int, int]:
    """Borders of a passage around a mark, between tokens."""
    centre = (mark[0] + mark[1]) // 2
    wanted = max(earliest, centre - width // 2)
    left = text.rfind(" ", 0, min(wanted, mark[0])) + 1
    if text.isascii():
        return _ascii_window(text, mark, width, wanted, earliest)
    right = text.find(" ", max(mark[0] + width, mark[1]))
    right = len(text) if right < 0 else right
    tokens = tokenise(text[left:right])
    followed = {at for at in range(len(tokens)) if _goes_on(tokens, at)}
    places = [(token.start + left, token.end + left) for token in tokens]
    mine = bisect_left(places, (mark[0], 0))
    # Not within a token, and a sign not parted from what it is shown with.
    first = min(bisect_left(places, (wanted, 0)), mine)
    if first and first - 1 in followed:
        first -= 1
    start = places[first][0]
    if first == 0 and not has_token(text, 0, left):
        start = _from_the_beginning(start, width, earliest)
    last = mine
    while last + 1 < len(places) and places[last + 1][1] <= start + width:
        last += 1
    if last in followed:
        last += 1
    end = places[last][1]
    if (
        last + 1 == len(places)
        and len(text) - end < _REST
        and not has_token(text, right, len(text))
    ):
        end = len(text)
    return start, end


def _from_the_beginning(start: int, width: int, earliest: int) -> int:
    """Where a passage begins before which there is no word."""
    if start - earliest >= width // 2:
        return min(start, earliest)
    return earliest if earliest == 0 else start


def _ascii_window(text: str, mark: Mark, width: int, wanted: int, earliest: int) -> tuple[int, int]:
    """The same where no sign follows a word: only the words at both borders are read."""
    lower = text.lower()
    left = text.rfind(" ", 0, min(wanted, mark[0])) + 1
    is_first = True
    start = mark[0]
    for first, _ in ascii_spans(lower, left):
        if first >= wanted or first >= mark[0]:
            start = first
            break
        is_first = False
    if is_first and not has_token(text, 0, left):
        start = _from_the_beginning(start, width, earliest)
    end, border = mark[1], start + width
    near = text.rfind(" ", mark[1], max(border - _BACK, 0))
    for origin in (near, mark[0]) if near >= 0 else (mark[0],):
        for _, last in ascii_spans(lower, origin):
            if last > border:
                break
            end = max(end, last)
        if end > mark[1]:
            break
    if len(text) - end < _REST and not has_token(text, end, len(text)):
        end = len(text)
    return start, end


def _cut(text: str, marks: Sequence[Mark], start: int, end: int) -> list[Fragment]:
    pieces = _fragments(text, marks, start, end)
    if start > 0:
        pieces.insert(0, (ELLIPSIS, False))
    if end < len(text):
        pieces.append((ELLIPSIS, False))
    return pieces
