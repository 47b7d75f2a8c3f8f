"""Notes of the invented monitors, on what happened in their case."""

from __future__ import annotations

from random import Random

from courtwatch.demo.behaviour import TERMINATING
from courtwatch.demo.country import Country
from courtwatch.demo.drafts import CaseDraft
from courtwatch.demo.phrases import NOTES, Topic
from courtwatch.demo.rows import Rows
from courtwatch.models.vocabulary import HearingStatus, NoteTier

WITH_NOTES = 0.4
KHMER = 0.5


class NoteWriter:
    """Writes notes in English or Khmer; an organisation keeps to what it saw."""

    def __init__(
        self, rng: Random, rows: Rows, country: Country, revision: int, batch: int
    ) -> None:
        self.rng = rng
        self.rows = rows
        self.country = country
        self.revision = revision
        self.batch = batch

    def write(self, case: CaseDraft, case_id: int, organisation: int) -> None:
        """Queue between no and three notes on a case."""
        if self.rng.random() >= WITH_NOTES:
            return
        topics = self._topics(case)
        for topic in self.rng.sample(topics, min(len(topics), self.rng.choice((1, 1, 2, 3)))):
            language = "km" if self.rng.random() < KHMER else "en"
            text = self.rng.choice(NOTES[topic, language]).format(
                pseudonym=self.rng.choice(case.victims).pseudonym if case.victims else "V1",
                count=self.rng.randrange(2, 12),
                hours=self.rng.randrange(2, 9),
                weeks=self.rng.randrange(2, 9),
            )
            # What is said of a settlement stays with the organisation that heard it.
            shared = topic is not Topic.SETTLEMENT and self.rng.random() < 0.4
            self.rows.add(
                "note",
                case_id=case_id,
                organisation_id=organisation,
                user_id=self.country.monitors.get(organisation),
                tier=NoteTier.NETWORK if shared else NoteTier.ORGANISATION,
                language=language,
                text=text,
                batch_id=self.batch,
                rev_from=self.revision,
            )

    def _topics(self, case: CaseDraft) -> list[Topic]:
        topics = [Topic.FILE]
        if case.victims:
            topics.append(Topic.VICTIM)
        if any(hearing.status is HearingStatus.HELD for hearing in case.hearings):
            topics.append(Topic.HEARING)
        if any(hearing.status is HearingStatus.ADJOURNED for hearing in case.hearings):
            topics.append(Topic.ADJOURNED)
        for event in case.events:
            for target in event.targets:
                if target.disposition in TERMINATING:
                    topics.append(Topic.ENDED)
                elif target.disposition is not None:
                    topics.append(Topic.JUDGMENT)
                if target.assessed is not None and target.assessed[0].startswith(("ST", "TI")):
                    topics.append(Topic.SETTLEMENT)
        return list(dict.fromkeys(topics))
