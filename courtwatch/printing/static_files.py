"""The only files that a printed page may read: our own static ones, by their logical names."""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files

SCHEME = "static:"


class RefusedAddress(LookupError):
    """A printed page names something that is no static file of ours."""


@cache
def _names() -> dict[str, str]:
    manifest: dict[str, str] = json.loads(
        files("courtwatch").joinpath("static/manifest.json").read_text("utf-8")
    )
    return manifest


def read_static(address: str) -> bytes:
    """Return the bytes of `static:NAME`. Raises RefusedAddress for every other address.

    A name is looked up in the manifest and never joined to a path, so that none leads elsewhere.
    """
    name = address.removeprefix(SCHEME)
    if not address.startswith(SCHEME) or name not in _names():
        raise RefusedAddress(f"a PDF reads static files of Courtwatch only, not {address}")
    return files("courtwatch").joinpath("static", _names()[name]).read_bytes()
