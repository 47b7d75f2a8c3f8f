"""Which program counts: its version, and a digest of the code that figures are made of.

A version alone does not say it: code changes between two versions, and so do the libraries that
calculate. Whoever asks later why a figure differs has to know whether the same program counted.
"""

from __future__ import annotations

import hashlib
from importlib.metadata import version
from pathlib import Path

PACKAGE = Path(__file__).parents[1]
COUNTING = ("models", "reports", "security", "services", "statistics", "../workflows")
"""Where figures come from: what is read, who sees it, how facts are derived and counted."""
LIBRARIES = ("numpy", "scipy")
SIGN = "+"


def code_digest() -> str:
    """Return a short digest of all code that figures are made of, and of what calculates them."""
    digest = hashlib.sha256()
    for library in LIBRARIES:
        digest.update(f"{library} {version(library)}\n".encode())
    for folder in COUNTING:
        base = (PACKAGE / folder).resolve()
        for path in sorted(base.rglob("*.py")):
            digest.update(f"{base.name}/{path.relative_to(base).as_posix()}\n".encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


SOFTWARE = f"{version('courtwatch')}{SIGN}{code_digest()}"
"""The program of this process, as it was when it started."""


def same_version(then: str, now: str) -> bool:
    """Say whether two programs have the same version, whatever their code."""
    return then.partition(SIGN)[0] == now.partition(SIGN)[0]


def knows_code(program: str) -> bool:
    """Say whether the code of a program is known. It is not kept with what was frozen long ago."""
    return SIGN in program
