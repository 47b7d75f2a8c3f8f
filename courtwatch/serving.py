"""Who is served: this machine only, unless a setting says otherwise.

Before the security work has passed, a Courtwatch that listens on a network by oversight would
show case files to whoever finds it. Two walls hold that: the application refuses to start under
a server section that listens beyond loopback (here), and, since other servers than pserve take
their address from elsewhere, it refuses each request that comes from, or is addressed to, another
machine (`courtwatch.security.loopback`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import plaster

from courtwatch.security.loopback import is_loopback
from courtwatch.settings import PREFIX, SECTION, Settings, SettingsError

SWITCH = f"{PREFIX}serve_beyond_loopback"
_SERVER = "server:"
# waitress listens on every address when it is told none.
_DEFAULT_HOST = "every address"


def check_listen(global_config: Mapping[str, str], settings: Settings) -> None:
    """Refuse to start under a server that listens beyond loopback without the setting for it.

    `global_config` is what paste hands to `main`; its `__file__` names the ini file. Without one
    (a test, a script) nothing listens and nothing is checked.

    Raises SettingsError.
    """
    path = global_config.get("__file__")
    if settings.serve_beyond_loopback or not path:
        return
    loader = plaster.get_loader(path, protocols=["wsgi"])
    defaults = {key: value for key, value in global_config.items() if isinstance(value, str)}
    for section in loader.get_sections():
        if not section.startswith(_SERVER):
            continue
        server = loader.get_settings(section, defaults)
        for where in _listens(server):
            if not is_loopback(where.strip("[]")):
                raise SettingsError(
                    f"{path}, section [{section}]: listens on {where}, which other machines can "
                    f"reach. Until the security work has passed, Courtwatch serves this machine "
                    f"only: listen on 127.0.0.1, or set {SWITCH} = true in [{SECTION}] (every "
                    "page then says so in a banner)."
                )


def _listens(server: Mapping[str, str]) -> Iterator[str]:
    """Yield the hosts that a server section names (waitress, gunicorn and granian words)."""
    named = False
    for key in ("listen", "bind"):
        for item in server.get(key, "").replace(",", " ").split():
            named = True
            if not item.startswith("unix:"):
                yield item.rsplit(":", 1)[0] if ":" in item else item
    if server.get("unix_socket"):
        return
    host = server.get("host", "" if named else _DEFAULT_HOST).strip()
    if host or not named:
        yield host or _DEFAULT_HOST
