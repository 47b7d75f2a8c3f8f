"""Who is asking, what they may do, and what of the record they may see."""

from __future__ import annotations

from pyramid.config import Configurator

from courtwatch.security.permissions import DEFAULT


def includeme(config: Configurator) -> None:
    """Guard every view: signed in by default, and every POST by a token."""
    config.include("courtwatch.security.loopback")
    config.include("courtwatch.security.keys")
    config.include("courtwatch.security.flash")
    config.include("courtwatch.security.csrf")
    config.include("courtwatch.security.policy")
    config.set_default_permission(DEFAULT)
