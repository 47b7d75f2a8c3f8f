"""Checks what documents promise: links resolve, generated pages are current, nothing is missing.

Also looks through every file of the repository for places that exist on one machine only and for
addresses of package registries, which would tie the project to them.
"""

from __future__ import annotations

import re
import subprocess
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path

from tools.generate_docs import PAGES

ROOT = Path(__file__).resolve().parent.parent
# Written so that this file does not find itself.
_MACHINE = "|".join(("wo" + "rk", "fa" + "rm", "ro" + "ot", "ho" + "me"))
MACHINE_PATH = re.compile(rf"(?:^|[^A-Za-z0-9_./%>-])/(?:{_MACHINE})/[A-Za-z0-9_.]")
# In halves, so that this file names none of them itself.
_REGISTRY_WORDS = (
    "files.python" + "hosted",
    "registry.npm" + "js",
    "pypi" + ".org/simple",
    "index-url",
)
REGISTRY = re.compile("|".join(re.escape(word) for word in _REGISTRY_WORDS))
LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)|!\[[^\]]*\]\(([^)\s]+)\)")
FENCE = re.compile(r"^```.*?^```", re.M | re.S)
# Files of libraries that stand here as they were published.
FOREIGN = ("frontend/LICENSES/", "courtwatch/static/")
# `--no-emit-index-url` in the Makefile is what keeps the address out.
SPARED = ("Makefile", "tools/check_docs.py")


def tracked(*patterns: str) -> list[Path]:
    """Return the files that git tracks, or would."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", *patterns],
        cwd=ROOT,
        capture_output=True,
        check=True,
    ).stdout
    names = sorted(set(listed.decode().split("\0")) - {""})
    return [ROOT / name for name in names if (ROOT / name).is_file()]


def broken_links() -> Iterator[str]:
    """Yield each link of a document that leads to no file or no heading."""
    for page in tracked("*.md"):
        if str(page.relative_to(ROOT)).startswith(FOREIGN):
            continue
        text = FENCE.sub("", page.read_text(encoding="utf-8"))
        for number, line in enumerate(text.splitlines(), 1):
            for found in LINK.finditer(line):
                link = found[1] or found[2]
                if re.match(r"[a-z]+:", link):
                    continue
                name, _, heading = link.partition("#")
                target = (page.parent / name).resolve() if name else page
                place = f"{page.relative_to(ROOT)}, line {number}"
                if not target.exists():
                    yield f"{place}: {link} leads to no file"
                elif heading and target.suffix == ".md" and heading not in headings(target):
                    yield f"{place}: {link} leads to no heading of {name or 'this page'}"


def headings(page: Path) -> set[str]:
    """Return the anchors of a page's headings, as GitHub makes them."""
    text = FENCE.sub("", page.read_text(encoding="utf-8"))
    found = re.findall(r"^#+ (.+)$", text, re.M)
    return {re.sub(r"[^\w\- ]", "", each.lower()).strip().replace(" ", "-") for each in found}


def stale_pages() -> Iterator[str]:
    """Yield each generated page that is not what `make docs` would write."""
    for name, page in PAGES.items():
        path = ROOT / "docs" / name
        if not path.is_file() or path.read_text(encoding="utf-8") != page():
            yield f"docs/{name} is not current: run make docs"


def unexplained_dependencies() -> Iterator[str]:
    """Yield each direct dependency without its line in docs/dependencies.md, and the reverse."""
    explained = set(
        re.findall(r"^\| `([^`]+)` \|", (ROOT / "docs/dependencies.md").read_text("utf-8"), re.M)
    )
    named = set()
    for file in sorted((ROOT / "requirements").glob("*.in")):
        for line in file.read_text(encoding="utf-8").splitlines():
            text = line.split("#")[0].strip()
            if text and not text.startswith("-"):
                named.add(re.split(r"[=<>~!; ]", text)[0])
    for name in sorted(named - explained):
        yield f"docs/dependencies.md: {name} has no line that says why it is there"
    for name in sorted(explained - named):
        yield f"docs/dependencies.md: {name} is explained, but not in requirements/"


def places_of_one_machine() -> Iterator[str]:
    """Yield each line that names a directory of one machine or a package registry."""
    for path in tracked():
        name = str(path.relative_to(ROOT))
        if name in SPARED or name.startswith(FOREIGN) or path.suffix in (".svg", ".mo", ".csv"):
            continue
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        for number, line in enumerate(text.splitlines(), 1):
            if MACHINE_PATH.search(line):
                yield f"{name}, line {number}: a path of one machine"
            if REGISTRY.search(line):
                yield f"{name}, line {number}: the address of a package registry"


def unlocked() -> Iterator[str]:
    """Yield what is wrong with the lock files: a package without hash, or an address."""
    for path in sorted((ROOT / "requirements").glob("*.txt")):
        name, text = path.name, path.read_text(encoding="utf-8")
        for entry in re.split(r"\n(?=[A-Za-z])", text):
            if "==" in entry and "--hash=sha256:" not in entry:
                yield f"requirements/{name}: {entry.split()[0]} has no hash"
        if re.search(r"https?://|file://|^--", text, re.M):
            yield f"requirements/{name}: names an address or an option"


CHECKS = (
    broken_links,
    stale_pages,
    unexplained_dependencies,
    places_of_one_machine,
    unlocked,
)


def main(arguments: list[str]) -> int:
    """Print every finding; return 1 if there is one."""
    checks = (unlocked,) if "--lock-only" in arguments else CHECKS
    found = [finding for check in checks for finding in check()]
    for finding in found:
        print(finding)
    return 1 if found else 0


if __name__ == "__main__":
    warnings.filterwarnings("ignore", "pkg_resources is deprecated", UserWarning)
    sys.exit(main(sys.argv[1:]))
