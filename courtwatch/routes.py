"""Every address of Courtwatch, in one table. The first that fits answers.

Addresses carry codes, never names: `{case}`, `{prosecution}` and `{hearing}` are public codes.
The language switch and the static files bring their own routes (`courtwatch.web`).
"""

from __future__ import annotations

from pyramid.config import Configurator

FORMAT = r"{format:csv|json}"
REPORT_FORMAT = r"{format:csv|json|txt|xlsx|pdf}"
EVENT = r"{event:\d{1,18}}"

ROUTES = (
    ("home", "/"),
    ("sign_in", "/sign-in"),
    ("sign_out", "/sign-out"),
    # Fixed words first, so that no code can hide them.
    ("cases_download", f"/cases.{FORMAT}"),
    ("charges_download", f"/charges.{FORMAT}"),
    ("cases", "/cases"),
    ("open_case", "/cases/new"),
    ("access_request", "/cases/find"),
    ("case_go", "/cases/go"),
    ("case_suggestions", "/cases/suggestions"),
    ("case_data", r"/cases/{case:[^/.]+}.json"),
    ("case", "/cases/{case}"),
    ("accused_add", "/cases/{case}/accused/new"),
    ("victim_add", "/cases/{case}/victims/new"),
    ("checked", "/cases/{case}/checked"),
    ("judgment_add", "/cases/{case}/judgment"),
    ("hearing_add", "/cases/{case}/hearings/new"),
    ("case_share", "/cases/{case}/share"),
    ("note_add", "/cases/{case}/notes/new"),
    ("case_number_add", "/cases/{case}/numbers/new"),
    ("case_alike", "/cases/{case}/alike"),
    ("case_merge", "/cases/{case}/merge/{other}"),
    ("case_apart", "/cases/{case}/apart/{other}"),
    ("case_not_same", "/cases/{case}/not-the-same/{other}"),
    ("case_not_same_back", "/cases/{case}/not-the-same/{other}/take-back"),
    ("duplicates", "/duplicates"),
    ("charge_add", "/prosecutions/{prosecution}/charges/new"),
    ("accused_move", "/prosecutions/{prosecution}/move"),
    ("step_choose", "/prosecutions/{prosecution}/steps"),
    ("step_record", "/prosecutions/{prosecution}/steps/{step}"),
    ("hearing", "/hearings/{hearing}"),
    ("hearing_outcome", "/hearings/{hearing}/outcome"),
    ("hearing_correct", "/hearings/{hearing}/correct"),
    ("event", f"/events/{EVENT}"),
    ("event_correct", f"/events/{EVENT}/correct"),
    ("event_account", f"/events/{EVENT}/account"),
    ("event_choose", f"/events/{EVENT}/choose"),
    ("deadlines_download", f"/deadlines.{FORMAT}"),
    ("deadlines", "/deadlines"),
    ("worklist_download", f"/worklist.{FORMAT}"),
    ("worklist", "/worklist"),
    ("review", "/review"),
    ("review_entry", f"/review/{EVENT}/" + "{prosecution}"),
    ("review_alike", f"/review/{EVENT}/" + "{prosecution}/alike"),
    ("redact", r"/redact/{kind:[a-z]+}/{row:\d{1,18}}"),
    ("search", "/search"),
    ("search_help", "/search/help"),
    ("saved_searches", "/searches"),
    ("saved_search_seen", "/searches/{code}/seen"),
    ("saved_search_rename", "/searches/{code}/rename"),
    ("saved_search_delete", "/searches/{code}/delete"),
    ("saved_search", "/searches/{code}"),
    ("search_download", r"/search/{code:[^/.]+}." + FORMAT),
    ("search_results", "/search/{code}"),
    ("reports", "/reports"),
    ("snapshots", "/reports/frozen"),
    ("snapshot_figures", r"/reports/frozen/{code:[^/.]+}.figures.json"),
    ("snapshot_download", r"/reports/frozen/{code:[^/.]+}." + REPORT_FORMAT),
    ("snapshot_today", r"/reports/frozen/{code:[^/.]+}/today"),
    ("snapshot", "/reports/frozen/{code:[^/.]+}"),
    ("reference_totals_download", "/reports/official-totals." + FORMAT),
    ("reference_totals", "/reports/official-totals"),
    ("report_freeze", "/reports/{report}/freeze"),
    ("report_download", r"/reports/{report:[^/.]+}." + REPORT_FORMAT),
    ("report", "/reports/{report}"),
    ("court_ask", r"/reports/institutions/{decision:[a-z_]+}/{institution}"),
    ("court_inquiry", "/court-inquiries/{code}"),
    ("integrity", "/integrity"),
    ("integrity_download", r"/integrity/{kind:[a-z_]+}." + FORMAT),
    ("integrity_kind", r"/integrity/{kind:[a-z_]+}"),
    ("coverage", "/coverage"),
    ("my_data", "/organisation/download"),
    ("procedures", "/procedures"),
    ("procedure", "/procedures/{name}"),
)


def includeme(config: Configurator) -> None:
    """Add the routes."""
    for name, pattern in ROUTES:
        config.add_route(name, pattern)
