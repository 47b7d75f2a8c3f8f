"""A procedure as a Mermaid state diagram: text that many tools draw, and that diffs well."""

from __future__ import annotations

from workflows.elements import START, Track
from workflows.procedure import Procedure


def _words(text: str) -> str:
    """Words that can stand in a Mermaid label: no quotes, colons or semicolons."""
    for sign, other in (('"', "'"), (":", " -"), (";", ","), ("#", " ")):
        text = text.replace(sign, other)
    return text


def mermaid(procedure: Procedure, lang: str = "en", track: Track = Track.MAIN) -> str:
    """The diagram of one track. Steps that share source and target share an arrow.

    Ended stages have an end arrow, suspended ones a note; steps that move nothing are left out.
    """
    lines = ["stateDiagram-v2", f"  %% {procedure.name}, version {procedure.version}"]
    if track is Track.CUSTODY:
        names = [(state.name, state.label.get(lang)) for state in procedure.custody]
        ends: list[str] = []
    else:
        names = [(stage.name, stage.label.get(lang)) for stage in procedure.stages]
        ends = [stage.name for stage in procedure.stages if stage.terminal]
    lines.extend(f'  state "{_words(label)}" as {name}' for name, label in names)
    arrows: dict[tuple[str, str], list[str]] = {}
    for step in procedure.steps:
        if step.track is not track:
            continue
        for source, target in step.moves:
            if source != target:
                arrows.setdefault((source, target), []).append(step.label.get(lang))
    if track is Track.CUSTODY:
        lines.append(f"  [*] --> {procedure.custody_initial}")
    for (source, target), labels in arrows.items():
        begin = "[*]" if source == START else source
        lines.append(f"  {begin} --> {target}: {_words(' / '.join(labels))}")
    lines.extend(f"  {name} --> [*]" for name in ends)
    return "\n".join(lines) + "\n"
