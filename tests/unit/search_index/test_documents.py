"""What gets indexed says whether it is still the same."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

import pytest

from search_index import CaseDocument


@pytest.mark.parametrize("name", [field.name for field in fields(CaseDocument)])
def test_a_fingerprint_differs_with_every_field(name: str) -> None:
    """Whatever a reader could find or see of a document, a change of it shows."""
    before = CaseDocument(1, "coded")
    old = getattr(before, name)
    new = (
        ("x", *old)
        if isinstance(old, tuple)
        else f"{old}x"
        if isinstance(old, str)
        else (old or 0) + 1
    )
    change: dict[str, Any] = {name: new}
    after = replace(before, **change)
    assert after.fingerprint() != before.fingerprint()
    assert 0 <= after.fingerprint() < 2**63


def test_values_do_not_run_into_each_other() -> None:
    """Two texts are not one."""
    one, two = CaseDocument(1, "coded", texts=("a b",)), CaseDocument(1, "coded", texts=("a", "b"))
    assert one.fingerprint() != two.fingerprint()
