"""The map of permissions."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import courtwatch
from courtwatch.models.vocabulary import OrganisationKind, Role
from courtwatch.security.identity import Identity
from courtwatch.security.permissions import DEFAULT, PERMISSIONS, UnknownPermission, allows

VIEWS = Path(courtwatch.__file__).parent / "views"


def identity(role, kind):
    return Identity(1, "0" * 64, 1, "n", "N", "en", role, 1, kind, "o", "O", None, False)


MONITOR = identity(Role.MONITOR, OrganisationKind.NGO)
ADMINISTRATOR = identity(Role.ADMINISTRATOR, OrganisationKind.OPERATOR)


class TestPermissions:
    def test_names_read_scope_resource_action(self):
        """Every name has three parts."""
        assert all(re.fullmatch(r"[a-z]+:[a-z]+:[a-z]+", name) for name in PERMISSIONS)

    def test_nobody_has_any_before_signing_in(self):
        """Not even the default one."""
        assert not any(allows(None, name) for name in PERMISSIONS)

    def test_a_mistyped_permission_fails(self):
        """It neither opens nor locks a page."""
        with pytest.raises(UnknownPermission, match="record:cases:view"):
            allows(MONITOR, "record:cases:view")

    def test_whoever_runs_the_system_has_none_on_the_record(self):
        """Administrators run it and see no case, whatever organisation they belong to."""
        for kind in OrganisationKind:
            admin = identity(Role.ADMINISTRATOR, kind)
            held = {name for name in PERMISSIONS if allows(admin, name)}
            assert not any(
                name.startswith(("record:", "search:", "organisation:")) for name in held
            )

    def test_only_monitoring_organisations_write(self):
        """Analysts and researchers read; so do monitors of no NGO."""
        writing = [
            name for name in PERMISSIONS
            if name.startswith("record:") and name.split(":")[2] not in ("list", "view", "download")
        ]  # fmt: skip
        assert len(writing) > 10
        for role in Role:
            for kind in OrganisationKind:
                person = identity(role, kind)
                may = role in (Role.MONITOR, Role.COORDINATOR) and kind is OrganisationKind.NGO
                assert may or not any(allows(person, name) for name in writing)
        assert allows(MONITOR, DEFAULT)
        assert not allows(MONITOR, "record:case:share")

    def test_every_permission_of_a_view_is_in_the_map_and_every_one_of_the_map_is_used(self):
        """The map has no dead entry and the views no mistyped one."""
        source = "".join(p.read_text() for p in VIEWS.rglob("*.py"))
        source += (VIEWS.parent / "page_frame.py").read_text()
        used = set(re.findall(r'"([a-z]+:[a-z]+:[a-z]+)"', source)) | {DEFAULT}
        assert set(re.findall(r'permission="([^"]+)"', source)) <= set(PERMISSIONS)
        assert set(PERMISSIONS) <= used
