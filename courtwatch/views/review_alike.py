"""One act for entries to review that have the same cause: shown first, then carried out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pyramid.httpexceptions import HTTPNotFound
from pyramid.request import Request
from pyramid.view import view_config

from courtwatch.commands.parsing import Invalid
from courtwatch.services import review as services
from courtwatch.services.alike import AT_ONCE, Alike, Key, alike, resolve_alike
from courtwatch.services.labels import step_label
from courtwatch.services.messages import _
from courtwatch.services.resolutions import resolutions
from courtwatch.services.review import EntryToReview
from courtwatch.services.work import Work
from courtwatch.views.case_words import when
from courtwatch.views.forms import submit
from courtwatch.views.review import named_entry
from courtwatch.views.review_words import after_words, way_words
from courtwatch.web.page import Option


class _AlikePage:
    """The entries with the cause of one, and the way that was chosen for all of them."""

    def __init__(self, request: Request) -> None:
        self.request = request
        self.event, self.case, self.prosecution = named_entry(request)
        self.entry = services.entry_to_review(request.dbsession, self.event.id, self.prosecution)
        if self.event.batch_id is None:
            raise HTTPNotFound()
        self.way = str(request.params.get("way") or "")

    def show(self, errors: Mapping[str, Any]) -> dict[str, Any]:
        """Return what the template shows."""
        entry, request = self.entry, self.request
        found = alike(request.dbsession, entry, self.way) if entry is not None else []
        sent = request.method == "POST"
        ticked = request.POST.getall("entry") if sent else [_written(one.key) for one in found]
        return {
            "page_title": _("Entries with the same cause"),
            "case": self.case,
            "event": self.event,
            "step": step_label(entry.machine.procedure, self.event.step) if entry else None,
            "why": entry.why.why if entry is not None else None,
            "ways": _ways(entry) if entry is not None else [],
            "way": self.way,
            "values": {"entry": ticked, "way": self.way},
            "entries": self._options(found),
            "at_once": AT_ONCE,
            "errors": errors,
            "banner": request.banner_for(self.case.jurisdiction.invented),
        }

    def _options(self, found: list[Alike]) -> list[Option]:
        session = self.request.dbsession
        accused = services.called(session, {one.entry.prosecution_id for one in found})
        cases = services.cases_by_key(session, [one.entry.event.case_id for one in found])
        return [
            Option(
                _written(one.key),
                " · ".join(
                    [
                        cases[one.entry.event.case_id].public_code,
                        accused[one.entry.prosecution_id][1],
                        when(
                            one.entry.event.occurred_from,
                            one.entry.event.occurred_to,
                            one.entry.event.precision,
                        ),
                    ]
                ),
                after_words(one.entry, one.way),
            )
            for one in found
        ]

    def chosen(self) -> set[Key]:
        """Read which entries were ticked. Raises Invalid for what is no entry."""
        try:
            pairs = [value.split("-") for value in self.request.POST.getall("entry")]
            return {(int(event), int(prosecution)) for event, prosecution in pairs}
        except ValueError:
            raise Invalid({"entry": _("Choose entries from the list")}) from None


def _written(key: Key) -> str:
    return f"{key[0]}-{key[1]}"


def _ways(entry: EntryToReview) -> list[Option]:
    return [
        Option(way.key, way_words(entry, way), after_words(entry, way))
        for way in resolutions(entry)
    ]


@view_config(
    route_name="review_alike",
    request_method="GET",
    renderer="review/alike.jinja2",
    permission="record:review:view",
)
def show_alike(request: Request) -> dict[str, Any]:
    """Show for which entries a way would hold, and what would be so then. Writes nothing."""
    return _AlikePage(request).show({})


@view_config(
    route_name="review_alike",
    request_method="POST",
    renderer="review/alike.jinja2",
    permission="record:entry:resolve",
)
def resolve_those(request: Request) -> Any:
    """Give the ticked entries their place: one act, all of them or none."""
    page = _AlikePage(request)

    def act(work: Work, chosen: set[Key]) -> str:
        if page.entry is None:
            raise Invalid({"": _("This entry was already corrected, or has its place now")})
        resolve_alike(work, page.entry, page.way, chosen)
        return str(request.route_path("review"))

    return submit(
        request,
        "entries:resolved",
        page.chosen,
        act,
        lambda errors: page.show(errors),
        _("The entries were reviewed. What was there before stays visible in each case."),
        changes=None,  # each is tried again, and the whole is refused where one holds no longer
    )
