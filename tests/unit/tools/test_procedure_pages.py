"""The page of a procedure says everything that its file says of the law."""

from __future__ import annotations

import re

import pytest

from tools.procedure_pages import page, pages
from workflows.diagram import mermaid
from workflows.procedure import load, names


def rows(text: str, heading: str) -> list[list[str]]:
    """Return the cells of the table under a heading."""
    section = text.split(f"\n## {heading}\n")[1].split("\n## ")[0]
    table = [line for line in section.splitlines() if line.startswith("|")][2:]
    return [[c.strip() for c in re.split(r"(?<!\\)\|", line)[1:-1]] for line in table]


def test_every_bundled_procedure_has_its_page():
    """A new country's page is written and held without another line."""
    assert set(pages()) == {f"procedures/{name}.md" for name in names()}


@pytest.mark.parametrize("name", names())
def test_tells_stages_steps_ends_outcomes_and_limits_in_order(name):
    """Row by row, in the order of the file, which carries meaning."""
    law = load(name)
    text = page(law)
    assert [row[2] for row in rows(text, "Stages")] == [f"`{s.name}`" for s in law.stages]
    steps = [*rows(text, "Steps"), *rows(text, "Steps of custody")]
    in_file = sorted(law.steps, key=lambda step: step.track == "custody")
    assert [row[1] for row in steps] == [f"`{step.name}`" for step in in_file]
    for row, step in zip(steps, in_file, strict=True):
        assert row[2] == law.actor(step.actor).label.en
        assert row[3] == " ".join(step.article.split()).replace("|", "\\|")
        assert row[4] == ("yes" if step.verified else "**no**")
    ends = rows(text, "How a charge can end")
    assert [row[1] for row in ends] == [f"`{each.name}`" for each in law.dispositions]
    assert [row[4] for row in ends] == [law.outcome_of(d.name).label.en for d in law.dispositions]
    outcomes = rows(text, "Outcomes, from strongest to weakest")
    assert [row[2] for row in outcomes] == [f"`{each.name}`" for each in law.outcomes]
    if law.time_limits:
        limits = rows(text, "Time limits")
        assert [row[0] for row in limits] == [limit.label.en for limit in law.time_limits]
        assert [row[2] == "yes" for row in limits] == [limit.verified for limit in law.time_limits]
    assert mermaid(law) in text


@pytest.mark.parametrize("name", names())
def test_says_how_much_is_not_verified(name):
    """The number is that of the rows that say so."""
    law = load(name)
    text = page(law)
    unverified = sum(not step.verified for step in law.steps)
    assert f"{unverified} steps have" in text
