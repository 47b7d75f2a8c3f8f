"""What can go wrong on the way in, told to a person: what, where, what is allowed, what to do."""

from __future__ import annotations

from dataclasses import dataclass


class ExchangeError(Exception):
    """Base of errors whose message can be shown as it is; `exit_code`: bad input (cli docs)."""

    exit_code = 3


class UnreadableFile(ExchangeError):
    """A file cannot be read as what it claims to be. Nothing of it was taken."""


class MissingColumns(UnreadableFile):
    """A table lacks columns that the mapping needs, or names a column twice."""


@dataclass(frozen=True, slots=True)
class MappingProblem:
    """One fault of a mapping file. `line` counts from 1."""

    file: str
    line: int
    message: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.message}"


class MappingError(ExchangeError):
    """A mapping file is wrong; every fault that was found is listed."""

    def __init__(self, problems: list[MappingProblem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in problems))


class ImportFailed(ExchangeError):
    """An import stopped. The message says why and that nothing of it counts."""
