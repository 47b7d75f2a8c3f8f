"""The choices of forms: from reference data, from the procedure, from closed words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import groupby
from typing import Any

from sqlalchemy.orm import Session

from courtwatch.models import Offence, Reason
from courtwatch.models.vocabulary import InstitutionKind
from courtwatch.services import choices
from courtwatch.services.messages import _
from courtwatch.web.page import Option, OptionGroup
from workflows.elements import START, Actor
from workflows.procedure import Procedure


def words(labels: Mapping[Any, Any], hints: Mapping[Any, Any] | None = None) -> list[Option]:
    """Return one choice per closed word."""
    return [
        Option(str(value), label, (hints or {}).get(value, "")) for value, label in labels.items()
    ]


def jurisdictions(session: Session, lang: str) -> list[Option]:
    """Return the jurisdictions, in order of name."""
    return [Option(str(j.id), j.name(lang)) for j in choices.jurisdictions(session)]


def institutions(
    session: Session,
    jurisdiction_id: int,
    lang: str,
    kind: InstitutionKind | str | None = InstitutionKind.COURT,
    level: int | None = None,
) -> list[Option]:
    """Return the institutions of one kind and level, in order of level and name."""
    found = choices.institutions(session, jurisdiction_id, kind, level)
    return [Option(str(i.id), i.name(lang)) for i in found]


def institutions_of(
    session: Session, jurisdiction_id: int, lang: str, actor: Actor
) -> list[Option]:
    """Return the institutions that can be this actor; none where a person or the law acts."""
    if actor.institution_kind is None:
        return []
    fitting = institutions(session, jurisdiction_id, lang, actor.institution_kind, actor.level)
    return fitting or institutions(session, jurisdiction_id, lang, actor.institution_kind)


def offences(session: Session, jurisdiction_id: int, lang: str) -> list[Option]:
    """Return the chargeable offences with their articles, trafficking first."""
    return [
        Option(str(o.id), offence_words(o, lang))
        for o in choices.offences(session, jurisdiction_id)
    ]


def offence_words(offence: Offence, lang: str) -> str:
    """Return an offence as 'article – name'."""
    return f"{offence.article} – {offence.name(lang)}"


def reasons(session: Session, lang: str, purpose: str = "termination") -> list[OptionGroup]:
    """Return the reasons by group, each with its definition."""
    groups = []
    for (name_en, name_km), members in groupby(
        choices.reasons(session, purpose), key=lambda r: (r.group_name_en, r.group_name_km)
    ):
        options = tuple(
            Option(str(r.id), f"{r.code} {r.name(lang)}", definition(r, lang)) for r in members
        )
        groups.append(OptionGroup((name_km if lang == "km" else None) or name_en, options))
    return groups


def definition(reason: Reason, lang: str) -> str:
    """Return a reason's definition in the reader's language."""
    return (reason.definition_km if lang == "km" else None) or reason.definition_en or ""


def stages(procedure: Procedure, lang: str) -> list[Option]:
    """Return the stages at which a case can be met, in order; the beginning first."""
    begin = Option(START, _("At the beginning: I will record the steps from the first one"))
    return [
        begin,
        *(
            Option(s.name, s.label.get(lang))
            for s in sorted(procedure.stages, key=lambda s: s.order)
            if s.live
        ),
    ]


def dispositions(procedure: Procedure, names: Iterable[str], lang: str) -> list[Option]:
    """Return how a charge can end by a step."""
    return [Option(name, procedure.disposition(name).label.get(lang)) for name in names]
