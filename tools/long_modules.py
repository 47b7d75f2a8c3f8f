"""Lists modules longer than a head holds: advice for the next change, never a failure."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FOLDERS = ("courtwatch", "workflows", "search_index", "tools", "tests", "benchmarks")
LINES = 450


def long_modules(root: Path = ROOT, lines: int = LINES) -> list[tuple[int, str]]:
    """Return (lines, path) of each module above `lines`, longest first."""
    found = [
        (len(path.read_text(encoding="utf-8").splitlines()), str(path.relative_to(root)))
        for folder in FOLDERS
        for path in (root / folder).rglob("*.py")
        if "migrations" not in path.parts
    ]
    return sorted((each for each in found if each[0] > lines), reverse=True)


if __name__ == "__main__":
    for count, path in long_modules():
        print(f"  {count} lines: {path} (about 400 fit in the head; split at a second reason)")
