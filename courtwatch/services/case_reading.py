"""What all parts of a case page share: its rows, who reads them, and who wrote and told."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from courtwatch.models import Note, Redaction
from courtwatch.security.visibility import Level, Sight
from courtwatch.services.case_page import NoteShown, WordsShown, WriterShown
from courtwatch.services.case_rows import CaseRows
from courtwatch.services.labels import named
from workflows.elements import Text


class Reading:
    """A case as one reader reads it, now or at a past `revision`.

    `redacted_since` gathers the redactions, later than that revision, of words that were told.
    """

    def __init__(self, rows: CaseRows, sight: Sight, revision: int | None = None) -> None:
        self.rows = rows
        self.sight = sight
        self.revision = revision
        self.redacted_since: dict[tuple[str, int], Redaction] = {}
        self.procedure = rows.names.procedures[rows.case.procedure_version_id]
        self.ordinals = {p.id: number for number, p in enumerate(rows.prosecutions, 1)}
        self.notes: dict[tuple[str, int], list[NoteShown]] = defaultdict(list)
        self.free_notes: list[NoteShown] = []
        self._sort_notes()

    def may_name(self, person_id: int) -> bool:
        """Say whether the reader may read a name: by what is known of the people today."""
        known = self.rows.people_now[person_id]
        children = any(v.age_band.minor for v in self.rows.victims_now)
        return self.sight.name(known.age_band, known.related_to_child_victim, children)

    def words(self, kind: str, row: Any) -> WordsShown:
        """Say whether words of a row were taken out, and whether the reader may take some out."""
        redaction = self.rows.redactions.get((row.__tablename__, row.id))
        past = self.revision
        if redaction is not None and past is not None and redaction.revision_id > past:
            self.redacted_since[redaction.table_name, redaction.row_id] = redaction
        writer = getattr(row, "organisation_id", None)
        if writer is None and (entered := self.rows.revisions.get(row.rev_from)) is not None:
            writer = entered.organisation_id
        own = self.sight.organisation_id
        return WordsShown(
            kind=kind,
            row_id=row.id,
            may=self.sight.level is Level.OWN or (own is not None and writer == own),
            taken_out=(redaction.at, redaction.reason) if redaction is not None else None,
        )

    def writer(self, revision_id: int) -> WriterShown:
        """Say who wrote a revision, and when."""
        revision = self.rows.revisions.get(revision_id)
        if revision is None:
            return WriterShown(None, None, None)
        return WriterShown(
            at=revision.at,
            organisation=self.organisation(revision.organisation_id),
            person=self.person(revision.organisation_id, revision.user_id),
            system=revision.organisation_id is None,
        )

    def organisation(self, organisation_id: int | None) -> Text | None:
        """Return an organisation's name, where the reader may know it."""
        if organisation_id is None or not self.sight.organisations:
            return None
        return named(self.rows.names.organisations.get(organisation_id))

    def person(self, organisation_id: int | None, user_id: int | None) -> str | None:
        """Return the name of one of an organisation's people, where the reader may know it."""
        if organisation_id is None or user_id is None or not self.sight.monitor(organisation_id):
            return None
        user = self.rows.users.get(user_id)
        return None if user is None else user.display_name or user.name

    def _sort_notes(self) -> None:
        for note in self.rows.notes:
            shown = _note_shown(
                note,
                self.sight,
                self.rows.names.organisations.get(note.organisation_id),
                self.rows.users.get(note.user_id or 0),
                self.words("note", note),
            )
            if shown is None:
                continue
            if note.subject_kind and note.subject_id:
                self.notes[note.subject_kind, note.subject_id].append(shown)
            else:
                self.free_notes.append(shown)


def _note_shown(
    note: Note, sight: Sight, organisation: Any, user: Any, words: WordsShown
) -> NoteShown | None:
    """Return a note as the reader may see it, or None."""
    if not sight.note(note.tier, note.organisation_id):
        return None
    own = note.organisation_id == sight.organisation_id
    return NoteShown(
        id=note.id,
        text=note.text,
        language=note.language,
        tier=note.tier,
        redacted=note.redacted,
        organisation=Text(organisation.name_en, organisation.name_km) if organisation else None,
        person=(user.display_name or user.name) if own and user is not None else None,
        own=own,
        words=words,
    )
