"""Whether this machine has what draws letters, and what to install if not."""

from __future__ import annotations

import ctypes
from functools import cache

from pyramid.i18n import TranslationStringFactory

from courtwatch.services.messages import Told

_ = TranslationStringFactory("courtwatch")

LIBRARIES = (
    ("libpango-1.0.so.0", "libpango-1.0-0"),
    ("libpangoft2-1.0.so.0", "libpangoft2-1.0-0"),
    ("libharfbuzz-subset.so.0", "libharfbuzz-subset0"),
)
"""(library, Debian's package): what WeasyPrint loads. Pango brings fonts with Latin letters."""


class PdfProblem(Told):
    """A PDF can't be made; the message says why, and what can be done instead."""

    exit_code = 3


@cache
def missing_packages() -> tuple[str, ...]:
    """Return Debian's packages that are missing here; nothing if PDFs can be made."""
    missing = []
    for library, package in LIBRARIES:
        try:
            ctypes.CDLL(library)
        except OSError:
            missing.append(package)
    return tuple(missing)


def what_to_install() -> PdfProblem | None:
    """Return the words to say where PDFs can't be made, with the exact command; else None."""
    missing = missing_packages()
    if not missing:
        return None
    return PdfProblem(
        _(
            "PDF needs Pango, which is not installed on this server. On Debian, as root: "
            "apt-get install ${packages}. Then start Courtwatch again. Everything else works "
            "without it; print the page instead.",
            mapping={"packages": " ".join(missing)},
        )
    )
