"""The secret of an installation and what it signs."""

from __future__ import annotations

from courtwatch.security.keys import FILE_NAME, read_or_make, sign, signed
from courtwatch.security.loopback import is_loopback


class TestSecret:
    def test_is_made_once_and_readable_by_its_owner_only(self, tmp_path):
        """A second start finds the first one's secret."""
        first = read_or_make(tmp_path / "var")
        assert read_or_make(tmp_path / "var") == first
        assert len(first) == 64
        assert (tmp_path / "var" / FILE_NAME).stat().st_mode & 0o777 == 0o600
        assert [p.name for p in (tmp_path / "var").iterdir()] == [FILE_NAME]

    def test_signs_for_one_purpose_only(self):
        """A signature of one kind of cookie is worth nothing on another."""
        signature = sign(b"secret", "session", "text")
        assert signed(b"secret", "session", "text", signature)
        assert not signed(b"secret", "other", "text", signature)
        assert not signed(b"secret", "session", "texts", signature)
        assert not signed(b"other", "session", "text", signature)


def test_knows_what_means_this_machine():
    """Addresses and names of this machine, in both families."""
    for host in ("localhost", "LOCALHOST", "127.0.0.1", "127.8.8.8", "::1"):
        assert is_loopback(host)
    for host in ("0.0.0.0", "192.0.2.1", "courtwatch.example", "", "::", "localhost.example"):
        assert not is_loopback(host)
