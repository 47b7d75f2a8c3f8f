"""What `pshell development.ini` offers: a session on the database, and the tables."""

from __future__ import annotations

from typing import Any

from courtwatch import models
from courtwatch.models.engine import make_session_factory


def setup(env: dict[str, Any]) -> None:
    """Add `session` (reads; commit yourself to write), `models` and `settings` to the shell."""
    registry = env["registry"]
    env["settings"] = registry["courtwatch.settings"]
    env["session"] = make_session_factory(registry["courtwatch.engine"])()
    env["models"] = models
