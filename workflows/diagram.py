"""A procedure as a Mermaid diagram: text that many tools draw, and that diffs well.

A flowchart rather than a `stateDiagram-v2`, which allows no arrow between stages of two groups and
knows no shapes. The shapes are those of the web page: round, hexagon (suspended), double (ended).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from workflows.elements import START, Stage, Step, Text, Track
from workflows.overview import Overview, Part, arrange
from workflows.procedure import Procedure

_AFTER = Text("After the first judgment", "ក្រោយសាលក្រមលើកដំបូង")
_COMMON = Text("Ends possible from many stages", "ទីបញ្ចប់ដែលអាចមានពីដំណាក់កាលច្រើន")
_ALSO = Text("may also end as", "ក៏អាចបញ្ចប់ជា")
_BEGIN = Text("The beginning", "ការចាប់ផ្ដើម")
_PHASES = {
    "proceeding": Text("Proceeding", "នីតិវិធី"),
    "suspected": Text("Suspected", "ជនសង្ស័យ"),
    "charged": Text("Charged", "ជនត្រូវចោទ"),
    "accused": Text("Accused", "ជនជាប់ចោទ"),
    "convicted": Text("Convicted", "ទណ្ឌិត"),
    "closed": Text("Closed", "បានបិទ"),
}


def mermaid(procedure: Procedure, lang: str = "en", track: Track = Track.MAIN) -> str:
    """The diagram of one track. Steps that share source and target share an arrow.

    Stages are grouped by phase. An end that many stages share has no arrows of its own: its letter
    stands in every stage from which it is possible. Steps that move nothing are left out.
    """
    lines = ["flowchart TB", f"  %% {procedure.name}, version {procedure.version}"]
    if track is Track.CUSTODY:
        lines.extend(_custody(procedure, lang))
    else:
        lines.extend(_main(arrange(procedure), lang))
    return "\n".join(lines) + "\n"


def _main(plan: Overview, lang: str) -> Iterator[str]:
    yield "  %% round: under way; hexagon: suspended; double: ended"
    for number, part in enumerate(plan.parts):
        title = _AFTER if part.phase is None else _PHASES[part.phase]
        yield f'  subgraph part_{number}["{_words(title.get(lang))}"]'
        yield from (f"    {line}" for line in _part(plan, part, lang))
        yield "  end"
    if plan.common:
        yield f'  subgraph ends["{_COMMON.get(lang)}"]'
        yield from (f"    {_node(plan, stage, lang)}" for stage in plan.common)
        yield "  end"
    for place, exits in plan.exits.items():
        for exit_ in plan.own_exits(place):
            yield f"  {_id(place)} -->{_label(exit_.steps, lang)} {_id(exit_.target)}"
        if place == START and len(plan.own_exits(place)) < len(exits):
            for exit_ in plan.common_exits(place):
                yield f"  {_id(place)} -->{_label(exit_.steps, lang)} {_id(exit_.target)}"


def _part(plan: Overview, part: Part, lang: str) -> Iterator[str]:
    for row in part.rows:
        if row.place == START:
            yield f'{_id(START)}(("{_BEGIN.get(lang)}"))'
        else:
            yield _node(plan, plan.procedure.stage(row.place), lang)
        for stage in (*row.suspended, *row.ends):
            yield _node(plan, stage, lang)


def _node(plan: Overview, stage: Stage, lang: str) -> str:
    # "1. x" would begin a list in the Markdown of newer versions.
    words = f"{plan.marks[stage.name]} · {_words(stage.label.get(lang))}"
    letters = ", ".join(plan.marks[exit_.target] for exit_ in plan.common_exits(stage.name))
    if letters:
        words += f"<br/>({_ALSO.get(lang)} {letters})"
    if stage.terminal:
        return f'{_id(stage.name)}[["{words}"]]'
    if stage.suspended:
        return f'{_id(stage.name)}{{{{"{words}"}}}}'
    return f'{_id(stage.name)}("{words}")'


def _custody(procedure: Procedure, lang: str) -> Iterator[str]:
    yield "  %% double: locked up"
    for state in procedure.custody:
        words = _words(state.label.get(lang))
        shape = f'[["{words}"]]' if state.detained else f'("{words}")'
        yield f"  {_id(state.name)}{shape}"
    yield f'  {_id(START)}(("{_BEGIN.get(lang)}"))'
    yield f"  {_id(START)} --> {_id(procedure.custody_initial)}"
    arrows: dict[tuple[str, str], list[Step]] = {}
    for step in procedure.steps:
        if step.track is Track.CUSTODY:
            for source, target in step.moves:
                if source != target:
                    arrows.setdefault((source, target), []).append(step)
    for (source, target), steps in arrows.items():
        yield f"  {_id(source)} -->{_label(steps, lang)} {_id(target)}"


def _id(name: str) -> str:
    """A name that can't be taken for a word of the language, such as `end`."""
    return f"s_{name}"


def _label(steps: Iterable[Step], lang: str) -> str:
    words = dict.fromkeys(_words(step.label.get(lang)) for step in steps)
    return f'|"{" / ".join(words)}"|'


def _words(text: str) -> str:
    """Words that can stand between quotes in Mermaid, which knows HTML's entities."""
    for sign, other in (
        ("#", "#35;"), ('"', "#quot;"), ("<", "#lt;"), (">", "#gt;"), ("`", "'"), ("\n", " "),
    ):  # fmt: skip
        text = text.replace(sign, other)
    return text
