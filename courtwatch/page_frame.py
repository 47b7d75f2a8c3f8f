"""What stands around every page: the menu, who is signed in, what the page must say of itself."""

from __future__ import annotations

from pyramid.config import Configurator
from pyramid.i18n import TranslationStringFactory
from pyramid.request import Request

from courtwatch.security.permissions import allows
from courtwatch.web.page import Banner, NavItem, User

_ = TranslationStringFactory("courtwatch")

SEARCH = (
    "search",
    "search_results",
    "search_help",
    "saved_searches",
    "saved_search",
    "saved_search_rename",
    "saved_search_delete",
)
# label, route, permission, routes that belong to it
MENU = (
    (_("Home"), "home", "app:page:view", ("home",)),
    (
        _("Cases"),
        "cases",
        "record:case:list",
        (
            "cases",
            "open_case",
            "case",
            "hearing",
            "event",
            "step_choose",
            "step_record",
            "access_request",
            "worklist",
            "review",
            "review_entry",
            "duplicates",
            "case_alike",
            "case_merge",
        ),
    ),
    (_("Deadlines"), "deadlines", "record:deadline:view", ("deadlines",)),
    (_("Search"), "search", "search:record:use", SEARCH),
    (_("Reports"), "reports", "report:figure:view", ("reports", "report")),
    (_("Coverage"), "coverage", "coverage:entry:view", ("coverage",)),
)


def _nav(request: Request) -> tuple[NavItem, ...]:
    """Return the menu: only what this person may open."""
    route = request.matched_route.name if getattr(request, "matched_route", None) else ""
    return tuple(
        NavItem(label, request.route_path(name), route in belongs)
        for label, name, permission, belongs in MENU
        if allows(request.identity, permission)
    )


def _header_user(request: Request) -> User | None:
    identity = request.identity
    if identity is None:
        return None
    return User(
        name=identity.display_name,
        organisation=identity.organisation_name(request.locale_name),
        sign_out_href=request.route_path("sign_out"),
    )


def _banner(request: Request) -> Banner:
    """Return the banner of a page that shows no jurisdiction's data of its own."""
    identity = request.identity
    return request.banner_for(identity is not None and identity.invented)  # type: ignore[no-any-return]


def _banner_for(request: Request, invented: bool) -> Banner:
    """Return the banner of a page whose data are invented, or not."""
    return Banner(demonstration=invented, open_serving=request.settings_.open_serving)


def includeme(config: Configurator) -> None:
    """Give requests what `courtwatch.web.jinja` hands to the layout."""
    config.add_request_method(_nav, "nav", reify=True)
    config.add_request_method(_header_user, "header_user", reify=True)
    config.add_request_method(_banner, "banner", reify=True)
    config.add_request_method(_banner_for, "banner_for")
