"""The house rules about imports hold, and the reader of imports is not blind."""

import pytest

from tools.import_rules import all_imports, read_imports, violations


def test_no_module_breaks_an_import_rule() -> None:
    """docs/architecture.md: dependencies point one way."""
    imports = all_imports()
    assert imports
    found = violations(imports)
    assert not found, "\n".join(found)


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("workflows.machine", "import sqlalchemy"),
        ("workflows.machine", "from courtwatch import models"),
        ("workflows.machine", "from search_index.index import open_index"),
        ("search_index.index", "from workflows import procedure"),
        ("search_index.index", "import sqlalchemy"),
        ("courtwatch.statistics.survival", "from courtwatch.models import Case"),
        ("courtwatch.statistics.survival", "from ..models import Case"),
        ("courtwatch.statistics.disclosure", "from scipy import optimize"),
        ("courtwatch.models.case", "from courtwatch.services import work"),
        ("courtwatch.models.case", "import pyramid.request"),
        ("courtwatch.services.record", "from pyramid.request import Request"),
        ("courtwatch.services.record", "def f():\n    import transaction"),
        ("courtwatch.views.cases", "from sqlalchemy import select"),
        ("courtwatch.views.cases", "import whoosh.index"),
        ("courtwatch.reports.ends", "from search_index import index"),
        ("courtwatch.reports.ends", "import scipy.stats"),
        ("courtwatch.migrations.versions.x", "from courtwatch.models import Base"),
        ("courtwatch.commands.steps", "from courtwatch.services.work import Work"),
    ],
)
def test_refuses_what_points_the_wrong_way(module: str, source: str) -> None:
    """Each rule refuses at least one import that it is there for."""
    assert violations(list(read_imports(source, module)))


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("workflows.machine", "import json\nfrom transitions import Machine"),
        ("workflows.machine", "from ruamel.yaml import YAML\nfrom . import errors"),
        ("search_index.index", "from whoosh import fields\nimport numpy\nimport re"),
        ("courtwatch.statistics.disclosure", "def f():\n    from scipy.optimize import linprog"),
        ("courtwatch.models.case", "from sqlalchemy.orm import Mapped"),
        ("courtwatch.services.record", "from courtwatch.models import Case\nimport workflows"),
        ("courtwatch.views.cases", "from courtwatch.services import open_case"),
        ("courtwatch.reports.ends", "import sqlalchemy"),
    ],
)
def test_allows_what_points_the_right_way(module: str, source: str) -> None:
    """The rules leave room for what each package is for."""
    assert violations(list(read_imports(source, module))) == []
