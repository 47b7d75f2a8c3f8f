"""Response headers that hold for every page, added by one tween.

The content security policy allows nothing inline: no script, no style element, no ``style``
attribute. A page that needs more is wrong.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from pyramid.config import Configurator
from pyramid.registry import Registry
from pyramid.request import Request
from pyramid.response import Response
from pyramid.tweens import INGRESS

CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'self'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self'",
        "font-src 'self'",
        "connect-src 'self'",
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    )
)

HASHED_NAME = re.compile(r"\.[0-9a-f]{10}\.\w+\Z")
KEEP_FOR_EVER = "public, max-age=31536000, immutable"

HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Robots-Tag": "noindex, nofollow",
}


def headers_tween_factory(
    handler: Callable[[Request], Response], registry: Registry
) -> Callable[[Request], Response]:
    """Make the tween. It sees error pages too, because it wraps the exception view."""

    def headers_tween(request: Request) -> Response:
        response = handler(request)
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        # A page is kept by no cache unless its view said otherwise: asking here who is signed
        # in would read the session after its transaction has ended.
        if "Cache-Control" not in response.headers:
            response.headers["Cache-Control"] = "no-store"
        elif request.path_info.startswith("/static/"):
            hashed = HASHED_NAME.search(request.path_info) and response.status_int in (200, 304)
            response.headers["Cache-Control"] = KEEP_FOR_EVER if hashed else "no-cache"
        if response.content_type == "text/html":
            response.vary = tuple(sorted({*(response.vary or ()), "Accept-Language", "Cookie"}))
        return response

    return headers_tween


def includeme(config: Configurator) -> None:
    """Add the tween outermost, so that nothing answers without these headers, and packing."""
    config.include("courtwatch.web.compression")
    config.add_tween("courtwatch.web.headers.headers_tween_factory", under=INGRESS)
