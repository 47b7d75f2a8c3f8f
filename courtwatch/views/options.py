"""The choices of forms: from reference data, from the procedure, from closed words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import groupby
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from courtwatch.models import Institution, Jurisdiction, Offence, Reason
from courtwatch.models.vocabulary import InstitutionKind
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
    found = session.scalars(select(Jurisdiction).order_by(Jurisdiction.name_en))
    return [Option(str(j.id), j.name(lang)) for j in found]


def institutions(
    session: Session,
    jurisdiction_id: int,
    lang: str,
    kind: InstitutionKind | str | None = InstitutionKind.COURT,
    level: int | None = None,
) -> list[Option]:
    """Return the institutions of one kind and level, in order of level and name."""
    query = select(Institution).where(Institution.jurisdiction_id == jurisdiction_id)
    if kind is not None:
        query = query.where(Institution.kind == kind)
    if level is not None:
        query = query.where(Institution.level == level)
    found = session.scalars(query.order_by(Institution.level, Institution.name_en))
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
    found = session.scalars(
        select(Offence)
        .where(Offence.jurisdiction_id == jurisdiction_id, Offence.chargeable.is_(True))
        .order_by(Offence.trafficking.desc(), Offence.id)
    )
    return [
        Option(str(o.id), f"{o.article} – {o.name(lang)}", "" if o.verified else _("unverified"))
        for o in found
    ]


def reasons(
    session: Session, lang: str, purpose: str = "termination", restricted: bool = True
) -> list[OptionGroup]:
    """Return the reasons by group, each with its definition."""
    query = select(Reason).where(Reason.purpose == purpose)
    if not restricted:
        query = query.where(Reason.restricted.is_(False))
    found = session.scalars(query.order_by(Reason.position, Reason.id)).all()
    groups = []
    for (name_en, name_km), members in groupby(
        found, key=lambda r: (r.group_name_en, r.group_name_km)
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
