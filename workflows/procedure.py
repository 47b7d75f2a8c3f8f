"""A jurisdiction's criminal procedure: stages, steps, ends of charges, outcomes, time limits.

`load` reads a bundled procedure by name or any file by path; `loads` reads text. Both return a
frozen `Procedure` or raise `ProcedureError`, which lists every problem with its line.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Protocol, TypeVar

from workflows.elements import (
    BUILT_IN_STEPS,
    CHECKED_UNCHANGED,
    EVENT_CODES,
    FIRST_SEEN,
    MILESTONES,
    MODES,
    REQUIREMENTS,
    START,
    STAY,
    Actor,
    CountsAs,
    CustodyState,
    Disposition,
    Outcome,
    OutcomeGroup,
    Phase,
    Stage,
    Step,
    Text,
    TimeLimit,
    Track,
    Unit,
)
from workflows.errors import Problem, ProcedureError

__all__ = [
    "BUILT_IN_STEPS",
    "CHECKED_UNCHANGED",
    "EVENT_CODES",
    "FIRST_SEEN",
    "MILESTONES",
    "MODES",
    "REQUIREMENTS",
    "START",
    "STAY",
    "Actor",
    "CountsAs",
    "CustodyState",
    "Disposition",
    "Outcome",
    "OutcomeGroup",
    "Phase",
    "Problem",
    "Procedure",
    "ProcedureError",
    "Stage",
    "Step",
    "Text",
    "TimeLimit",
    "Track",
    "Unit",
    "load",
    "loads",
    "names",
]

BUNDLED = Path(__file__).parent / "procedures"


class _Named(Protocol):
    @property
    def name(self) -> str: ...


N = TypeVar("N", bound=_Named)


def _by_name(items: Iterable[N]) -> dict[str, N]:
    return {item.name: item for item in items}


@dataclass(frozen=True)
class Procedure:
    """One version of one procedure. Tuples keep the declared order, which carries meaning:
    stages from early to late, steps as they usually follow, outcomes from strongest to weakest.
    """

    name: str
    version: int
    jurisdiction: str
    title: Text
    valid_from: date
    khmer_reviewed: bool
    stages: tuple[Stage, ...]
    steps: tuple[Step, ...]
    dispositions: tuple[Disposition, ...]
    outcomes: tuple[Outcome, ...]
    actors: tuple[Actor, ...]
    custody: tuple[CustodyState, ...]
    custody_initial: str
    offence_classes: tuple[str, ...]
    age_bands: tuple[str, ...]
    time_limits: tuple[TimeLimit, ...]
    text: str = field(repr=False)
    sha256: str
    _index: Mapping[str, Mapping[str, object]] = field(
        init=False, repr=False, compare=False, default_factory=dict
    )

    def __post_init__(self) -> None:
        object.__setattr__(
            self,
            "_index",
            {
                "stage": _by_name(self.stages),
                "step": _by_name(self.steps),
                "disposition": _by_name(self.dispositions),
                "outcome": _by_name(self.outcomes),
                "actor": _by_name(self.actors),
                "custody state": _by_name(self.custody),
                "time limit": _by_name(self.time_limits),
            },
        )

    def __hash__(self) -> int:
        return hash((self.name, self.version, self.sha256))

    def _find(self, kind: str, name: str) -> object:
        known = self._index[kind]
        try:
            return known[name]
        except KeyError:
            raise KeyError(
                f"{self.name} has no {kind} {name!r}; allowed are: {', '.join(known)}"
            ) from None

    def stage(self, name: str) -> Stage:
        """The stage of this name. Raises KeyError saying which names there are."""
        found = self._find("stage", name)
        assert isinstance(found, Stage)
        return found

    def step(self, name: str) -> Step:
        """The step of this name, of either track. Built-in steps are not declared here."""
        found = self._find("step", name)
        assert isinstance(found, Step)
        return found

    def disposition(self, name: str) -> Disposition:
        """The disposition of this name. Raises KeyError saying which names there are."""
        found = self._find("disposition", name)
        assert isinstance(found, Disposition)
        return found

    def outcome(self, name: str) -> Outcome:
        """The outcome of this name. Raises KeyError saying which names there are."""
        found = self._find("outcome", name)
        assert isinstance(found, Outcome)
        return found

    def actor(self, name: str) -> Actor:
        """The actor of this name. Raises KeyError saying which names there are."""
        found = self._find("actor", name)
        assert isinstance(found, Actor)
        return found

    def custody_state(self, name: str) -> CustodyState:
        """The custody state of this name. Raises KeyError saying which names there are."""
        found = self._find("custody state", name)
        assert isinstance(found, CustodyState)
        return found

    def time_limit(self, name: str) -> TimeLimit:
        """The time limit of this name. Raises KeyError saying which names there are."""
        found = self._find("time limit", name)
        assert isinstance(found, TimeLimit)
        return found

    @cached_property
    def judged_stages(self) -> frozenset[str]:
        """The stages that only a judgment leads to: from the first that one leads to on, all but
        those at which something else ends a charge."""
        judged: set[str] = set()
        ended: set[str] = set()
        for step in self.steps:
            for name in step.possible_dispositions:
                judges = self.disposition(name).counts_as is CountsAs.JUDGMENT
                (judged if judges else ended).update(target for _, target in step.moves)
        first = min((self.stage(name).order for name in judged), default=len(self.stages))
        return frozenset(
            stage.name for stage in self.stages if stage.order >= first and stage.name not in ended
        )

    @cached_property
    def detained(self) -> frozenset[str]:
        """The states of custody in which somebody is held."""
        return frozenset(state.name for state in self.custody if state.detained)

    def outcome_of(self, disposition: str) -> Outcome:
        """The outcome that a charge's disposition leads to under the roll-up rule."""
        for outcome in self.outcomes:
            if disposition in outcome.dispositions:
                return outcome
        raise KeyError(f"{self.name} has no outcome for the disposition {disposition!r}")


def names() -> tuple[str, ...]:
    """The procedures that come with the software, in order of name."""
    return tuple(sorted(path.stem for path in BUNDLED.glob("*.yaml")))


@lru_cache(maxsize=64)
def _cached(text: str, source: str, published: bool) -> Procedure:
    from workflows.checks import SOUND, USABLE, check
    from workflows.reader import read

    return check(read(text, source), USABLE if published else SOUND)


def loads(text: str, source: str, published: bool = True) -> Procedure:
    """Read a procedure from YAML text; `source` names it in messages.

    published: the text of a version that is in use. It was checked when it was published, and
    rules that came later do not take it away from the cases that keep it. Raises ProcedureError
    with every problem found.
    """
    return _cached(text, source, published)


def load(name_or_path: str | Path) -> Procedure:
    """Read a bundled procedure by name ('cambodia') or any procedure file by its path.

    A file is checked by every rule there is.

    Raises ProcedureError when the file is faulty, missing or not UTF-8.
    """
    given = str(name_or_path)
    path = BUNDLED / f"{given}.yaml" if given in names() else Path(name_or_path)
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise ProcedureError(
            [Problem(str(path), line, "not UTF-8 text; save the file in the encoding UTF-8")]
        ) from error
    except OSError as error:
        raise ProcedureError(
            [
                Problem(
                    given,
                    1,
                    f"can't be read ({error.strerror}); bundled procedures are: "
                    f"{', '.join(names())}",
                )
            ]
        ) from error
    return loads(text, path.name if path.parent == BUNDLED else str(path), published=False)
