"""A procedure file's tree -> the parts of a procedure.

Types, names and references inside one part are checked here as they are read; how the parts fit
together is the business of `workflows.checks`. Nothing stops at the first problem.
"""

from __future__ import annotations

from datetime import date

from workflows.elements import (
    BUILT_IN_STEPS,
    EVENT_CODES,
    INSTITUTION_KINDS,
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
from workflows.fields import Fields, Problems, meant
from workflows.guards import GUARDS
from workflows.procedure import Procedure
from workflows.reader import Item, Source

KINDS = ("live", "suspended", "terminal")
LEVELS = (1, 2, 3)
"""Levels of courts and of the offices beside them: first instance, appeal, supreme."""


class Builder:
    """Reads the sections of one file in the order in which they refer to each other.

    `lines` maps (section, name) and (section, name, field) to lines, for later messages.
    """

    def __init__(self, source: Source) -> None:
        self.source = source
        self.problems = Problems(source.name, source.problems)
        self.lines: dict[tuple[str, ...], int] = {}
        self.top = Fields(source.root, "the file", self.problems)
        self.actors: dict[str, Actor] = {}
        self.stages: dict[str, Stage] = {}
        self.groups: dict[str, tuple[str, ...]] = {}
        self.used_groups: set[str] = set()
        self.custody: dict[str, CustodyState] = {}
        self.dispositions: dict[str, Disposition] = {}
        self.outcomes: dict[str, Outcome] = {}
        self.steps: dict[str, Step] = {}
        self.limits: dict[str, TimeLimit] = {}
        self.offence_classes: tuple[str, ...] = ()
        self.age_bands: tuple[str, ...] = ()

    def build(self) -> Procedure:
        """The procedure as far as it could be read; the problems are in `self.problems`."""
        top = self.top
        name = top.string("procedure")
        version = top.integer("version")
        jurisdiction = top.string("jurisdiction")
        valid_from = top.day("valid_from")
        title = top.text("title")
        khmer_reviewed = top.boolean("khmer_reviewed")
        top.text("note", required=False)
        self.offence_classes = top.strings("offence_classes", required=False)
        self.age_bands = top.strings("age_bands", required=False)
        self._actors()
        self._stages()
        initial = self._custody()
        self._dispositions()
        self._outcomes()
        self._steps()
        self._limits()
        top.done()
        return Procedure(
            name=name,
            version=version,
            jurisdiction=jurisdiction,
            title=title or Text(name),
            valid_from=valid_from or date.min,
            khmer_reviewed=khmer_reviewed,
            stages=tuple(self.stages.values()),
            steps=tuple(self.steps.values()),
            dispositions=tuple(self.dispositions.values()),
            outcomes=tuple(self.outcomes.values()),
            actors=tuple(self.actors.values()),
            custody=tuple(self.custody.values()),
            custody_initial=initial,
            offence_classes=self.offence_classes,
            age_bands=self.age_bands,
            time_limits=tuple(self.limits.values()),
            text=self.source.text,
            sha256=self.source.sha256,
        )

    def line(self, *key: str) -> int:
        """The line of a part, or of one of its fields."""
        return self.lines.get(key) or self.lines.get(key[:2]) or self.top.line

    def line_of_section(self, name: str) -> int:
        """The line of a whole section."""
        return self.top.line_of(name)

    def _part(self, section: str, word: str, name: str, item: Item) -> Fields:
        fields = Fields(item, f"{word} {name!r}", self.problems)
        self.lines[(section, name)] = item.line
        if isinstance(item.value, dict):
            for key, value in item.value.items():
                self.lines[(section, name, key)] = value.line
        return fields

    def _actors(self) -> None:
        for name, item in self.top.children("actors"):
            fields = self._part("actors", "actor", name, item)
            kind = fields.string("institution", required=False)
            if kind and kind not in INSTITUTION_KINDS:
                self.problems.add(
                    fields.line_of("institution"),
                    f"actor {name!r} belongs to an institution of kind {kind!r}, which no "
                    f"institution can be; {meant(kind, INSTITUTION_KINDS)}, or leave it "
                    f"out for persons and for the law itself",
                )
            level = fields.integer("level", required=False)
            if level and (level not in LEVELS or kind not in ("court", "prosecution")):
                self.problems.add(
                    fields.line_of("level"),
                    f"actor {name!r} has the level {level}, which no institution has; a court or "
                    f"prosecution office is of level 1 (first instance), 2 (appeal) or "
                    f"3 (supreme), others have none",
                )
            self.actors[name] = Actor(name, fields.label(), kind or None, level or None)
            fields.done()

    def _stages(self) -> None:
        for order, (name, item) in enumerate(self.top.children("stages")):
            fields = self._part("stages", "stage", name, item)
            if name == START:
                self.problems.add(item.line, f"{START!r} is reserved and can't name a stage")
            kind = fields.string("kind", allowed=KINDS) or "live"
            phase = fields.string("phase", allowed=[phase.value for phase in Phase])
            first = not fields.has("first_instance") or fields.boolean("first_instance")
            label = fields.label()
            if kind == "terminal" and not fields.has("exits"):
                self.problems.add(
                    item.line,
                    f"terminal stage {name!r} declares no exits; name the steps that lead out of "
                    f"it (reopening, appeal, opposition, remittal) or write 'exits: []'",
                )
            if kind != "terminal" and fields.has("exits"):
                self.problems.add(
                    fields.line_of("exits"), f"'exits' is for terminal stages, {name!r} is {kind}"
                )
            exits = fields.strings("exits", required=False)
            fields.done()
            self.stages[name] = Stage(
                name=name,
                label=label,
                order=order,
                phase=Phase(phase) if phase else Phase.PROCEEDING,
                live=kind != "terminal",
                terminal=kind == "terminal",
                suspended=kind == "suspended",
                first_instance=first,
                exits=exits,
            )
        for name, item in self.top.children("groups", required=False):
            self.lines[("groups", name)] = item.line
            holder = Fields(Item({"stages": item}, item.line), f"group {name!r}", self.problems)
            if name in self.stages:
                self.problems.add(item.line, f"group {name!r} has the name of a stage")
            self.groups[name] = holder.strings("stages", allowed=self.stages, meaning="stage")

    def _custody(self) -> str:
        section = self.top.fields("custody", "the custody track")
        if section is None:
            return ""
        for name, item in section.children("states"):
            fields = self._part("custody", "custody state", name, item)
            self.custody[name] = CustodyState(name, fields.label(), fields.boolean("detained"))
            fields.done()
        initial = section.string("initial", allowed=self.custody)
        section.done()
        return initial

    def _dispositions(self) -> None:
        for name, item in self.top.children("dispositions"):
            fields = self._part("dispositions", "disposition", name, item)
            counts_as = fields.string("counts_as", allowed=[kind.value for kind in CountsAs])
            self.dispositions[name] = Disposition(
                name=name,
                label=fields.label(),
                counts_as=CountsAs(counts_as) if counts_as else CountsAs.NONE,
                ended_by=self._actor(fields, "ended_by", required=False),
                conviction=fields.boolean("conviction"),
            )
            fields.done()

    def _outcomes(self) -> None:
        for name, item in self.top.children("outcomes"):
            fields = self._part("outcomes", "outcome", name, item)
            given = fields.string("group", allowed=[group.value for group in OutcomeGroup])
            group = OutcomeGroup(given) if given else OutcomeGroup.OUTSIDE_CONTROL
            self.outcomes[name] = Outcome(
                name=name,
                label=fields.label(),
                group=group,
                event_code=EVENT_CODES[group],
                ended_by=self._actor(fields, "ended_by", required=False),
                dispositions=fields.strings(
                    "dispositions", allowed=self.dispositions, meaning="disposition"
                ),
            )
            fields.done()

    def _actor(self, fields: Fields, key: str, required: bool = True) -> str | None:
        return fields.string(key, required=required, allowed=self.actors) or None

    def _places(self, fields: Fields, key: str, track: Track) -> tuple[str, ...]:
        """Names of stages or custody states; a group stands for its stages."""
        if track is Track.CUSTODY:
            return fields.strings(key, allowed=self.custody, meaning="custody state")
        known = {START: None, **dict.fromkeys(self.stages), **dict.fromkeys(self.groups)}
        named = fields.strings(key, allowed=known, meaning="stage")
        places: dict[str, None] = {}
        for name in named:
            if name in self.groups:
                self.used_groups.add(name)
            places.update(dict.fromkeys(self.groups.get(name, (name,))))
        return tuple(places)

    def _target(self, fields: Fields, track: Track) -> str:
        if track is Track.CUSTODY:
            return fields.string("to", allowed=self.custody)
        target = fields.string("to")
        if target in ("stay", STAY):
            return STAY
        if target and target not in self.stages:
            self.problems.add(
                fields.line_of("to"),
                f"unknown stage {target!r} in 'to' of {fields.what}; "
                f"{meant(target, ['stay', *self.stages])}",
            )
            return ""
        return target

    def _moves(self, fields: Fields, track: Track) -> tuple[tuple[str, str], ...]:
        """Pairs of source and target, from 'from' and 'to' or from the list 'moves'."""
        parts = [fields]
        if fields.has("moves"):
            entries = fields.items("moves")
            parts = [Fields(entry, f"a move of {fields.what}", self.problems) for entry in entries]
        moves: dict[str, str] = {}
        for part in parts:
            sources = self._places(part, "from", track)
            target = self._target(part, track)
            for source in sources:
                if source in moves:
                    self.problems.add(
                        part.line_of("from"),
                        f"{fields.what} leads from {source!r} to two stages; it can lead to one",
                    )
                elif target:
                    moves[source] = source if target == STAY else target
            if part is not fields:
                part.done()
        if not moves and not fields.has("from") and not fields.has("moves"):
            self.problems.add(fields.line, f"{fields.what} starts nowhere; fill in 'from'")
        return tuple(moves.items())

    def _steps(self) -> None:
        for order, (name, item) in enumerate(self.top.children("steps")):
            fields = self._part("steps", "step", name, item)
            if name in BUILT_IN_STEPS:
                self.problems.add(item.line, f"{name!r} is built in and can't be declared")
            self.steps[name] = self._step(name, order, fields)
            fields.done()

    def _step(self, name: str, order: int, fields: Fields) -> Step:
        tracks = [track.value for track in Track]
        track = Track(fields.string("track", required=False, allowed=tracks) or "main")
        moves = self._moves(fields, track)
        targets = [target for _, target in moves]
        stays = bool(moves) and all(source == target for source, target in moves)
        fixed = fields.string("disposition", required=False, allowed=self.dispositions)
        return Step(
            name=name,
            label=fields.label(),
            order=order,
            track=track,
            actor=self._actor(fields, "actor") or "",
            article=fields.string("article"),
            verified=fields.boolean("verified", required=True),
            sources=tuple(source for source, _ in moves),
            target=STAY if stays else next(iter(targets), ""),
            moves=moves,
            requires=fields.strings("requires", False, REQUIREMENTS, "requirement"),
            optional=fields.strings("optional", False, REQUIREMENTS, "requirement"),
            disposition=fixed or None,
            dispositions=fields.strings("dispositions", False, self.dispositions, "disposition"),
            modes=fields.strings("modes", False, MODES, "mode"),
            guards=fields.strings("guards", False, GUARDS, "guard"),
            files_charges=fields.boolean("files_charges"),
            reopens=any(
                source in self.stages
                and self.stages[source].terminal
                and target in self.stages
                and self.stages[target].live
                and self.stages[target].first_instance
                for source, target in moves
            ),
            sets_aside=fields.boolean("sets_aside"),
            sets_custody=fields.string("sets_custody", False, self.custody) or None,
            milestone=fields.string("milestone", False, MILESTONES) or None,
            note=fields.text("note", required=False),
        )

    def _limits(self) -> None:
        for name, item in self.top.children("time_limits", required=False):
            fields = self._part("time_limits", "time limit", name, item)
            unit = fields.string("unit", allowed=[unit.value for unit in Unit])
            trigger = fields.string("trigger", required=False)
            if trigger not in self.steps:
                self.problems.add(
                    fields.line_of("trigger"),
                    f"time limit {name!r} has no trigger: "
                    + (f"there is no step {trigger!r}" if trigger else "name the step")
                    + f" that starts the clock; {meant(trigger, self.steps, 'steps are')}",
                )
            self.limits[name] = TimeLimit(
                name=name,
                label=fields.label(),
                article=fields.string("article"),
                length=fields.integer("length"),
                unit=Unit(unit) if unit else Unit.DAYS,
                trigger=trigger,
                satisfied_by=fields.strings("satisfied_by", True, self.steps, "step"),
                offence_class=fields.string("offence_class", False, ("any", *self.offence_classes))
                or "any",
                age_band=fields.string("age_band", False, ("any", *self.age_bands)) or "any",
                extends=fields.string("extends", required=False) or None,
                verified=fields.boolean("verified", required=True),
                valid_from=fields.day("valid_from", required=False),
                custody=fields.strings("custody", False, self.custody, "custody state"),
                restarts=fields.boolean("restarts"),
                lapses=fields.boolean("lapses"),
            )
            fields.done()
