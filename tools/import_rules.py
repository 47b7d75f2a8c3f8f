"""The house rules about imports (docs/architecture.md), read from the source by `ast`.

`python -m tools.import_rules` prints what breaks a rule; tests/unit/test_imports.py holds them.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("courtwatch", "workflows", "search_index")
WEB = ("pyramid", "pyramid_jinja2", "pyramid_tm", "webob", "waitress", "plaster", "transaction")
# Marks text for translation; it sees no request.
MARKS = ("pyramid.i18n",)
STDLIB = frozenset(sys.stdlib_module_names)


@dataclass(frozen=True)
class Import:
    """One imported name: the importing module, the line, what is imported, and where it stands."""

    module: str
    line: int
    target: str
    when_called: bool


@dataclass(frozen=True)
class Rule:
    """What the modules under `package` may import, and why.

    With `only`, nothing else than these, the standard library and the package itself; `never`
    forbids; `lazily` allows inside functions alone; `despite` are parts of the forbidden that
    are allowed.
    """

    package: str
    why: str
    only: tuple[str, ...] | None = None
    never: tuple[str, ...] = ()
    lazily: tuple[str, ...] = ()
    despite: tuple[str, ...] = ()

    def refuses(self, found: Import) -> bool:
        """Return whether the import breaks this rule."""
        if not _under(found.module, self.package):
            return False
        if any(_under(found.target, each) for each in self.despite):
            return False
        if any(_under(found.target, each) for each in self.never):
            return True
        if not found.when_called and any(_under(found.target, each) for each in self.lazily):
            return True
        if self.only is None:
            return False
        top = found.target.split(".")[0]
        allowed = (self.package, *self.only)
        return top not in STDLIB and not any(_under(found.target, each) for each in allowed)


RULES: tuple[Rule, ...] = (
    Rule(
        "workflows",
        "the law as data is usable without database and web",
        only=("transitions", "ruamel.yaml"),
    ),
    Rule(
        "search_index",
        "search is usable without database and web, and knows nothing of who may see what",
        # rapidfuzz compares two strings and nothing else: names are re-ranked in it.
        only=("whoosh", "khmercut", "numpy", "tantivy", "rapidfuzz"),
    ),
    Rule(
        "courtwatch.statistics",
        "figures are functions of arrays: testable against published tables, fast to import",
        only=("numpy", "scipy"),
        lazily=("scipy.optimize",),
    ),
    Rule(
        "courtwatch.models",
        "tables know nothing of what is done with them",
        never=(*WEB, "search_index"),
        only=("courtwatch.models", "workflows", "sqlalchemy", "alembic"),
    ),
    Rule(
        "courtwatch.migrations.versions",
        "a migration must do the same in five years, whatever the models have become",
        only=("sqlalchemy", "alembic"),
    ),
    Rule(
        "courtwatch.services",
        "services never see a request: the command line and the import call them too",
        never=(
            *WEB, "courtwatch.views", "courtwatch.web", "courtwatch.requests",
            "courtwatch.routes", "courtwatch.cli",
        ),
        despite=MARKS,
    ),
    Rule(
        "courtwatch.commands",
        "a command is what HTML, JSON and imports have in common",
        never=(*WEB, "sqlalchemy", "courtwatch.services", "courtwatch.views", "courtwatch.web"),
        despite=MARKS,
    ),
    Rule(
        "courtwatch.reports",
        "reports read facts, never the index, and are printed by pages and command line alike",
        never=(*WEB, "search_index", "whoosh", "courtwatch.views", "courtwatch.web"),
        despite=MARKS,
    ),
    Rule(
        "courtwatch.charts",
        "a chart is a function of a report",
        never=(*WEB, "sqlalchemy", "courtwatch.models", "courtwatch.services", "courtwatch.views"),
        despite=MARKS,
    ),
    Rule(
        "courtwatch.exchange",
        "an import is run by the command line as well as by a page",
        never=(*WEB, "courtwatch.views", "courtwatch.web", "courtwatch.cli"),
        despite=MARKS,
    ),
    Rule(
        "courtwatch.views",
        "a view parses a command, calls one service and renders; it has no query of its own",
        never=("sqlalchemy", "courtwatch.cli"),
        # A type to name and an error to explain are no query.
        despite=("sqlalchemy.exc", "sqlalchemy.orm.Session"),
    ),
    Rule(
        "courtwatch",
        "the engine can be exchanged: it is known to search_index alone",
        never=("whoosh", "tantivy", "khmercut"),
    ),
    Rule(
        "courtwatch",
        "procedures are known through workflows alone",
        never=("transitions",),
    ),
    Rule(
        "courtwatch",
        "each takes a second to import (docs/statistics.md, 8); they may be oracles of tests",
        never=("pandas", "statsmodels", "lifelines", "scipy.stats"),
    ),
)


def _under(name: str, package: str) -> bool:
    return name == package or name.startswith(package + ".")


def module_name(path: Path, root: Path = ROOT) -> str:
    """Return the dotted name of the module in `path`."""
    parts = list(path.relative_to(root).with_suffix("").parts)
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def read_imports(source: str, module: str, is_package: bool = False) -> Iterator[Import]:
    """Yield each import in a module's source; `from a import b` counts as `a.b`."""
    for node, when_called in _walk(ast.parse(source, filename=module), False):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield Import(module, node.lineno, alias.name, when_called)
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                parents = module.split(".")
                keep = len(parents) - node.level + (1 if is_package else 0)
                base = ".".join([*parents[:keep], *([base] if base else [])])
            for alias in node.names:
                yield Import(module, node.lineno, f"{base}.{alias.name}", when_called)


def _walk(node: ast.AST, when_called: bool) -> Iterator[tuple[ast.AST, bool]]:
    for child in ast.iter_child_nodes(node):
        inner = when_called or isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef))
        yield child, inner
        yield from _walk(child, inner)


def all_imports(root: Path = ROOT) -> list[Import]:
    """Return every import of the three packages."""
    found: list[Import] = []
    for package in PACKAGES:
        for path in sorted((root / package).rglob("*.py")):
            module = module_name(path, root)
            source = path.read_text(encoding="utf-8")
            found.extend(read_imports(source, module, path.name == "__init__.py"))
    return found


def violations(imports: list[Import]) -> list[str]:
    """Return a line for each import that breaks a rule, saying which and why."""
    found = {
        f"{each.module}, line {each.line}: imports {each.target}; "
        f"{rule.package} must not: {rule.why}"
        for each in imports
        for rule in RULES
        if rule.refuses(each)
    }
    return sorted(found)


def main() -> int:
    """Print what breaks a rule; return 1 if anything does."""
    found = violations(all_imports())
    for line in found:
        print(line)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
