"""What courts answered about figures that were marked for review: beside the figure, and listed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from pyramid.i18n import TranslationStringFactory
from sqlalchemy import select

from courtwatch.models import CourtInquiry, CourtReply
from courtwatch.models.facts import holds_at
from courtwatch.reports.context import Context
from courtwatch.reports.figures import text_figure
from courtwatch.reports.model import (
    Column,
    ColumnKind,
    Figure,
    Label,
    Row,
    RowKind,
    ScopeKind,
    Table,
)
from courtwatch.reports.quoted import Quoted
from courtwatch.security.visibility import Viewer, reads_court_replies, viewer_of

_ = TranslationStringFactory("courtwatch")

ANSWERED = _("The institution answered (${day}): “${text}”")
ANSWERED_WITHHELD = _("The institution answered on ${day}; its words are not shown to you.")
WAITING = _("Sent its cases on ${day}; no answer yet.")
COUNTED = _("${what} (r${revision})")
EVERYTHING = _("everything on record")
NO_WORDS = _("not shown to you")
NO_ANSWER = _("no answer yet")
DEFINITION = _(
    "Institutions that were marked for review, were sent the cases behind the figure, and may "
    "answer. What they were asked about is the figure of then, counted with the filters that stand "
    "beside it. An answer is the institution's own account, printed as it was received; it changes "
    "no figure."
)


@dataclass(frozen=True)
class Replies:
    """The inquiries of a jurisdiction at a moment, with what was answered by then."""

    context: Context
    inquiries: tuple[tuple[CourtInquiry, CourtReply | None], ...]

    @property
    def reads(self) -> bool:
        """Say whether the reader is shown the words; the operator reads every row."""
        actor = self.context.reader.actor
        return actor is None or reads_court_replies(actor)

    def beside(self, decision: str, institution: int) -> Label:
        """Return what stands beside a figure: the latest answer, or that none has come.

        An answer is about what was counted then: beside a figure of other filters it would seem
        to answer what nobody asked. The table has them all.
        """
        mine = _asked_about(self.context.filters.pairs())
        for inquiry, reply in self.inquiries:
            if (inquiry.decision, inquiry.institution_id) != (decision, institution):
                continue
            if _asked_about(inquiry.filters) != mine:
                continue
            if reply is None:
                return _(WAITING, mapping={"day": inquiry.sent_on.isoformat()})
            said = {"day": reply.received_on.isoformat(), "text": _quoted(reply)}
            return _(ANSWERED if self.reads else ANSWERED_WITHHELD, mapping=said)
        return None

    def table(self) -> Table | None:
        """Return all of them as a table; None where nobody was asked."""
        if not self.inquiries:
            return None
        columns = (
            Column("about", _("About"), ColumnKind.TEXT),
            Column("counted", _("Counted"), ColumnKind.TEXT),
            Column("sent", _("Sent"), ColumnKind.TEXT),
            Column("cases", _("Cases behind it, open to the sender")),
            Column("received", _("Answered"), ColumnKind.TEXT),
            Column("reply", _("Answer"), ColumnKind.TEXT),
        )
        words = self.context.words.institutions
        rows = [
            Row(
                inquiry.public_code,
                words[inquiry.institution_id].name,
                self._figures(inquiry, reply),
                RowKind.DETAIL,
            )
            for inquiry, reply in self.inquiries
        ]
        rows.sort(key=lambda row: (row.label.en.casefold(), row.key))
        return Table(
            "replies", _("What institutions answered"), columns, tuple(rows), len(rows),
            DEFINITION, _("Institution"),
        )  # fmt: skip

    def _figures(self, inquiry: CourtInquiry, reply: CourtReply | None) -> tuple[Figure, ...]:
        counted, actor = counted_words(inquiry), self.context.reader.actor
        # How many there are follows from what the sender may open, which is the sender's business;
        # and whoever knows no organisations would be told by it which of them asked.
        own = actor is None or (
            viewer_of(actor) is Viewer.NETWORK
            and actor.organisation_id == inquiry.organisation_id
        )
        return (
            text_figure(self.context.law.outcome_label(inquiry.decision)),
            text_figure(_(COUNTED, mapping={"what": counted, "revision": str(inquiry.known_at)})),
            text_figure(inquiry.sent_on.isoformat()),
            Figure(inquiry.cases) if own else Figure(None, missing=NO_WORDS),
            text_figure(NO_ANSWER if reply is None else reply.received_on.isoformat()),
            text_figure(
                "–" if reply is None else _quoted(reply) if self.reads else NO_WORDS
            ),
        )  # fmt: skip


def _quoted(reply: CourtReply) -> Quoted:
    return Quoted(reply.text, reply.language)


_UNTOLD = ("known_at", "share_level", "organisation")


def _asked_about(pairs: Iterable[Sequence[str]]) -> frozenset[tuple[str, str]]:
    return frozenset((name, value) for name, value in pairs if name not in _UNTOLD)


def counted_words(inquiry: CourtInquiry) -> str:
    """Return what was counted, in the codes of filters; never whose cases they were."""
    named = [
        f"{name}={value}"
        for name, value in inquiry.filters
        if name != "jurisdiction" and name not in _UNTOLD
    ]
    return "; ".join(named) or EVERYTHING


def read_replies(context: Context, institution: int | None = None) -> Replies:
    """Read what was asked and answered by the report's moment, of one institution or of all.

    Nothing in a report of one's own cases: what a court was sent is about the shared record.
    """
    if context.scope.kind is ScopeKind.OWN:
        return Replies(context, ())
    at = None if context.known_at.latest else context.known_at.revision
    query = select(CourtInquiry).where(
        CourtInquiry.jurisdiction_id == context.jurisdiction.id, holds_at(CourtInquiry, at)
    )
    if institution is not None:
        query = query.where(CourtInquiry.institution_id == institution)
    inquiries = context.session.scalars(
        query.order_by(CourtInquiry.sent_on.desc(), CourtInquiry.id.desc())
    ).all()
    if not inquiries:
        return Replies(context, ())
    replies = context.session.scalars(
        select(CourtReply).where(
            CourtReply.inquiry_id.in_([each.id for each in inquiries]), holds_at(CourtReply, at)
        )
    )
    found: Mapping[int, CourtReply] = {reply.inquiry_id: reply for reply in replies}
    return Replies(context, tuple((each, found.get(each.id)) for each in inquiries))
