"""The reports there are: their addresses, titles, counting units and options."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from pyramid.i18n import TranslationStringFactory

from courtwatch.reports import (
    attrition,
    delay,
    dismissals,
    ends,
    institutions,
    offences,
    official,
    organisation,
    overview,
    reasons,
    scorecard,
    two_groups,
)
from courtwatch.reports.context import Body, Context
from courtwatch.reports.institution_words import ORDER
from courtwatch.reports.looking_ahead import BY_OUTCOME
from courtwatch.reports.model import Label, Unit
from courtwatch.reports.official import DURING, FORM
from courtwatch.reports.options import COHORTS, ORIGINS, Option
from courtwatch.reports.overview_flow import ACCOUNTS
from courtwatch.services.messages import Told

_ = TranslationStringFactory("courtwatch")

EVERY_UNIT = (Unit.PROSECUTION, Unit.CHARGE, Unit.CASE)


class ReportProblem(Told):
    """A report cannot be made as asked; the message says what is allowed."""

    exit_code = 3


@dataclass(frozen=True)
class Kind:
    """One report: its address, title, how it is built, and what it can be asked.

    `units` are what it can count, the usual one first; `options` its own questions; `refuses`
    the filters that it can't be asked with, which its form leaves out; `needs` those without which
    it can't be answered; `own_first`: it opens with the record of the reader's own organisation,
    where they have one.
    """

    name: str
    title: Label
    lead: Label
    build: Callable[[Context], Body]
    units: tuple[Unit, ...] = (Unit.PROSECUTION,)
    own_first: bool = False
    options: tuple[Option, ...] = ()
    refuses: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()


def _kinds(*kinds: Kind) -> Mapping[str, Kind]:
    return MappingProxyType({kind.name: kind for kind in kinds})


REPORTS = _kinds(
    Kind(
        "overview",
        _("National overview"),
        _("The whole pipeline: what comes in and goes out, what is pending, where, and how long."),
        overview.build,
        options=(COHORTS, ACCOUNTS),
    ),
    Kind(
        "ends",
        _("Ends without judgment"),
        _("Who ended prosecutions without a judgment, how, and with which reason."),
        ends.build,
        units=EVERY_UNIT,
    ),
    Kind(
        "institutions",
        _("Institutions"),
        _(
            "Which prosecution offices, investigating judges' courts and trial courts end more "
            "prosecutions without a judgment, or leave more unresolved, than the same prosecutions "
            "lead to expect."
        ),
        institutions.build,
        options=(ORDER,),
    ),
    Kind(
        "offences",
        _("Outcome by offence"),
        _("How prosecutions stand and ended, for each offence."),
        offences.build,
        units=EVERY_UNIT,
    ),
    Kind(
        "reasons",
        _("Reasons"),
        _("The reasons that decisions give for ending a prosecution without judgment."),
        reasons.build,
        units=EVERY_UNIT,
    ),
    Kind(
        "dismissals",
        _("Dismissals and other ends without judgment"),
        _("Their ground in law, by offence, court and year, allegations, and trafficking charges."),
        dismissals.build,
    ),
    Kind(
        "attrition",
        _("Attrition"),
        _("How far the prosecutions registered in the same year came, with what is still open."),
        attrition.build,
        options=(COHORTS,),
        refuses=BY_OUTCOME,
    ),
    Kind(
        "delay",
        _("Delay"),
        _("How long prosecutions take until a judgment or another end, with those still open."),
        delay.build,
        options=(ORIGINS,),
        refuses=BY_OUTCOME,
    ),
    Kind(
        "organisation",
        _("Organisation, for its donors"),
        _("Cases, hearings, victims and outcomes of one organisation; joint cases told apart."),
        organisation.build,
        own_first=True,
    ),
    Kind(
        "comparison",
        _("Comparison of two groups"),
        _("How much of a difference comes from other cases, and how much from other decisions."),
        two_groups.build,
        options=two_groups.OPTIONS,
        refuses=BY_OUTCOME,
    ),
    Kind(
        "scorecard",
        _("One court"),
        _("How prosecutions fare at one court, beside the country, with the cases to review."),
        scorecard.build,
        options=(ORIGINS,),
        refuses=BY_OUTCOME,
        needs=("court",),
    ),
    Kind(
        "official",
        _("Official tables"),
        _("The forms of UN-CTS, GLOTIP, the US TIP Report and the NCCT, and what is missing."),
        official.build,
        options=(FORM, DURING),
    ),
)


OPTION_LABELS: Mapping[str, Label] = MappingProxyType(
    {option.name: option.label for kind in REPORTS.values() for option in kind.options}
)


def kind_of(name: str) -> Kind:
    """Return a report's kind. Raises ReportProblem, naming those there are."""
    kind = REPORTS.get(name)
    if kind is None:
        raise ReportProblem(
            _(
                "There is no report “${name}”. There are: ${names}.",
                mapping={"name": name, "names": ", ".join(REPORTS)},
            )
        )
    return kind
