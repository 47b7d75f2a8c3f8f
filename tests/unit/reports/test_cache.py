"""Reports and their pages are kept for some seconds, for who asks the same and for nobody else."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from functools import partial

from courtwatch.reports.cache import PAGES, ReportMemory
from courtwatch.reports.model import ScopeKind
from courtwatch.reports.queries import Reader
from courtwatch.reports.registry import Ask, make
from tests.unit.reports.asked import KH, build
from tests.unit.reports.scene import NOW


class TestMemory:
    def test_keeps_a_report_for_its_seconds_and_says_as_of_when(self, record):
        """The second reader within a minute sees the first one's moment; later it is made anew."""
        memory = ReportMemory(60)
        reader, ask = Reader(record.actor("lotus")), Ask(KH)
        first = make(record.session, "ends", ask, reader, NOW, memory)
        soon = make(record.session, "ends", ask, reader, NOW + timedelta(seconds=59), memory)
        late = make(record.session, "ends", ask, reader, NOW + timedelta(seconds=61), memory)
        assert soon is first
        assert late.provenance.made_at == NOW + timedelta(seconds=61)

    def test_never_crosses_readers_scopes_or_revisions(self, record):
        """What one organisation may see is never handed to another."""
        memory = ReportMemory(60)
        asks = [
            (Reader(record.actor("lotus")), Ask(KH)),
            (Reader(record.actor("river")), Ask(KH)),
            (Reader(record.actor("lotus")), Ask(KH, scope=ScopeKind.OWN)),
            (Reader(record.actor("lotus")), Ask(KH.with_(cohort="2023"))),
        ]
        found = [make(record.session, "ends", ask, who, NOW, memory) for who, ask in asks]
        assert len({id(report) for report in found}) == len(asks)
        assert record.work().revision_id == 2
        again = make(record.session, "ends", Ask(KH), asks[0][0], NOW, memory)
        assert again.provenance.known_at.revision == 2

    def note(self, made, report):
        """Remember that a report was made."""
        made.append(report.name)
        return report

    def test_forgets_the_oldest_and_keeps_nothing_at_zero_seconds(self, record):
        """Memory is bounded."""
        memory = ReportMemory(60, size=2)
        made: list[str] = []
        for key in ("a", "b", "c", "a"):
            memory.get(key, NOW, partial(self.note, made, replace(build(record, "ends"), name=key)))
        assert made == ["a", "b", "c", "a"]
        off = ReportMemory(0)
        first = off.get("k", NOW, lambda: build(record, "ends"))
        assert off.get("k", NOW, lambda: build(record, "ends")) is not first

    def write(self, made, key):
        """Remember that a page was written."""
        made.append(key)
        return f"ទំព័រ {key}"

    def test_a_page_is_written_once_for_a_report_that_is_kept(self, record):
        """Of another report, address or language it is written anew; few pages are kept."""
        memory = ReportMemory(60)
        report = memory.get("k", NOW, lambda: build(record, "ends"))
        other = replace(report)
        made: list[str] = []

        def page(of, key):
            return memory.page(of, key, partial(self.write, made, key))

        assert [page(report, key) for key in ("a", "b", "a")] == ["ទំព័រ a", "ទំព័រ b", "ទំព័រ a"]
        assert made == ["a", "b"]
        page(other, "a")
        assert made == ["a", "b", "a"]
        for number in range(PAGES):
            page(report, str(number))
        page(report, "a")
        assert made[-1] == "a"
