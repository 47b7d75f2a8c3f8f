"""What can go wrong, said to people: which file, which line, what is allowed, what to do."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from workflows.elements import Text


@dataclass(frozen=True, order=True)
class Problem:
    """One fault of a procedure file; `line` counts from 1."""

    file: str
    line: int
    message: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.message}"


class ProcedureError(ValueError):
    """A procedure file that can't be used; it lists every problem found, one per line."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems: tuple[Problem, ...] = tuple(sorted(set(problems)))
        super().__init__("\n".join(str(problem) for problem in self.problems))


class StepRefused(Exception):
    """A step that the procedure does not permit at this point.

    `why` is a sentence for people in the languages of the procedure; `permitted` names the steps
    that are possible instead.
    """

    def __init__(self, step: str, stage: str, why: Text, permitted: tuple[str, ...]) -> None:
        self.step = step
        self.stage = stage
        self.why = why
        self.permitted = permitted
        super().__init__(why.en)
