"""Static files under hashed names: an asset never changes, so a browser keeps it for a year.

``frontend/build.mjs`` writes ``static/manifest.json``: logical name -> file name with a content
hash. Templates write ``{{ asset('courtwatch.css') }}``.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from pyramid.config import Configurator
from pyramid.request import Request

STATIC_DIRECTORY = Path(__file__).resolve().parent.parent / "static"
MANIFEST = STATIC_DIRECTORY / "manifest.json"
YEAR = 365 * 24 * 3600


class AssetError(LookupError):
    """An asset is not in the manifest, or the manifest cannot be read."""


def read_manifest(path: Path = MANIFEST) -> Mapping[str, str]:
    """Read the manifest: logical name -> file name below the static directory.

    Raises AssetError, naming the file, when it is missing, is no JSON, or names a file that
    is not there: a half-built front end is found when the server starts, not by a reader.
    """
    try:
        manifest = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise AssetError(
            f"{path}: cannot read the list of static files ({error}); run 'npm ci && npm run"
            " build' in frontend/ to make it"
        ) from error
    missing = sorted(name for name in manifest.values() if not (path.parent / name).is_file())
    if missing:
        raise AssetError(
            f"{path}: names files that do not exist: {', '.join(missing)}; run 'npm run build'"
            " in frontend/"
        )
    return MappingProxyType(manifest)


def asset_url(request: Request, name: str) -> str:
    """Path of an asset by its logical name. Raises AssetError for an unknown name."""
    manifest: Mapping[str, str] = request.registry["courtwatch.assets"]
    if name not in manifest:
        raise AssetError(f"no asset named {name!r}; there are: {', '.join(sorted(manifest))}")
    path: str = request.static_path(f"courtwatch:static/{manifest[name]}")
    return path


def includeme(config: Configurator) -> None:
    """Serve ``/static/``, with precompressed twins, and offer ``request.asset(name)``."""
    config.registry["courtwatch.assets"] = read_manifest()
    config.add_static_view(
        "static",
        "courtwatch:static",
        cache_max_age=YEAR,
        content_encodings=["br", "gzip"],
    )
    config.add_request_method(asset_url, "asset")
