"""The forms of official statistics: what each counts, and what no record of ours tells."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from pyramid.i18n import TranslationStringFactory

from courtwatch.reports.model import Label
from courtwatch.services.reference_totals import Stage

_ = TranslationStringFactory("courtwatch")

UN_CTS, GLOTIP, US_TIP, NCCT = "un_cts", "glotip", "us_tip", "ncct"
FORMS: Mapping[str, Label] = MappingProxyType(
    {
        UN_CTS: _("UN-CTS: by stage, offence, sex and age"),
        GLOTIP: _("GLOTIP (UNODC): trafficking, by article and sex"),
        US_TIP: _("US TIP Report: trafficking, by form of exploitation"),
        NCCT: _("NCCT: half-year"),
    }
)
STAGES: Mapping[str, Label] = MappingProxyType(
    {
        Stage.REGISTRATION: _("Brought into formal contact (registered)"),
        Stage.CHARGE: _("Prosecuted (formally charged)"),
        Stage.CONVICTION: _("Convicted (first end at first instance)"),
    }
)
SEXES: Mapping[str, Label] = MappingProxyType(
    {
        "female": _("Female"), "male": _("Male"), "other": _("Other"), "unknown": _("Not known"),
    }
)  # fmt: skip
AGES: Mapping[str, Label] = MappingProxyType(
    {"adult": _("Adult"), "juvenile": _("Juvenile"), "unknown": _("Age not known")}
)
CLASSES: Mapping[str, Label] = MappingProxyType(
    {
        "0202": _("Acts against liberty"),
        "0204": _("Trafficking in persons, form of exploitation not known"),
        "02041": _("Trafficking in persons for sexual exploitation"),
        "02042": _("Trafficking in persons for forced labour or services"),
        "02043": _("Trafficking in persons for organ removal"),
        "02044": _("Trafficking in persons for other purposes"),
        "0301": _("Sexual violence"),
        "0302": _("Sexual exploitation"),
        "030221": _("Child pornography"),
        "030222": _("Child prostitution"),
    }
)
"""ICCS, version 1.0; a class without words here is named by its code."""
NO_CLASS = "no_class"
NOT_MAPPED = _("Offences without a class of ICCS on record")
FORM_CLASSES: Mapping[str, str] = MappingProxyType(
    {
        "sexual": "02041", "forced_labour": "02042", "domestic_servitude": "02042",
        "begging": "02042", "organ_removal": "02043", "forced_marriage": "02044",
        "surrogacy": "02044", "forced_criminality": "02044", "other": "02044", "unknown": "0204",
    }
)  # fmt: skip
"""The class that a form of exploitation gives to trafficking (the articles do not part them)."""
FORM_OF_CLASS: Mapping[str, str] = MappingProxyType(
    {"02041": "sex", "02042": "labour", "02043": "other", "02044": "other", "0204": "unspecified"}
)
TIP_COLUMNS: Mapping[str, Label] = MappingProxyType(
    {
        "sex": _("Sexual exploitation"),
        "labour": _("Labour exploitation"),
        "other": _("Other exploitation"),
        "unspecified": _("Unspecified"),
    }
)
GROUPS: Mapping[str, Label] = MappingProxyType(
    {
        "trafficking": _("Human trafficking"),
        "sexual": _("Sexual exploitation and violence"),
        "other": _("Other offences"),
        "unknown": _("Offence not known"),
    }
)

STAGE_RULE = _(
    "Counted in the period of the day on which it happened: registered, formally charged (also "
    "cited or brought to trial at once), found guilty at first instance, whether or not this was "
    "later upheld. A day that is not exact counts as its first possible one; without a known day "
    "of a stage a prosecution is in none of its figures."
)
OFFENCE_RULE = _(
    "Principal offence: a prosecution counts once, at the offence with the highest maximum penalty "
    "among its counted charges, after any requalification."
)
UNIT_RULE = _(
    "Prosecutions (one accused in one case), not persons: the record links no persons across "
    "cases, so somebody accused in two cases counts twice. Official forms ask for persons: these "
    "figures are upper limits of the persons on record."
)
AGE_RULE = _("Juvenile: under 18 at the time of the offence.")
TRAFFICKING_RULE = _(
    "Trafficking alone: offences that the table of offences marks as trafficking. Charged with "
    "trafficking and requalified: counted no more, but told in the list of what is missing."
)
PURPOSE_RULE = _(
    "Labour: forced labour or services, domestic servitude, begging. Other: removal of organs, "
    "forced marriage, surrogacy, forced criminality and others. Unspecified: not recorded."
)
ACTION_RULE = _(
    "Investigations are prosecutions registered in the year, prosecutions those formally charged, "
    "convictions those found guilty in it. One year's convictions can be of earlier prosecutions."
)
COURT_RULE = _(
    "Old: formally charged before the half-year. New: formally charged in it. Neither has those "
    "known to have ended before it; the first end counts, also of those reopened since. Who "
    "ended on a day that is not known is in no row: nobody can say whether it was "
    "before the half-year, in it or after it. How many they are stands beside."
)
CASES_RULE = _("A case with accused of several groups counts in each; the total counts it once.")

NO_DAY = _("Day not known, in no period: ${stage}")
NOT_REFERRED = _("not before the prosecution, so that there is no day to know")
NOT_RECORDED = _("not recorded in the facts that reports read")
MISSING: Mapping[str, tuple[tuple[str, Label], ...]] = MappingProxyType(
    {
        UN_CTS: (
            ("persons", _("Persons: no linkage of persons across cases")),
            ("cautioned", _("Suspected or cautioned without a case file")),
            ("citizenship", _("Citizenship of the accused")),
        ),
        GLOTIP: (
            ("persons", _("Persons: no linkage of persons across cases")),
            ("citizenship", _("Citizenship of those convicted")),
            ("victims", _("Victims, by sex, age, exploitation and citizenship")),
        ),
        US_TIP: (
            ("persons", _("Persons: no linkage of persons across cases")),
            ("sentences", _("Sentences")),
            ("investigations", _("Investigations by the police of which no case is on record")),
        ),
        NCCT: (
            ("persons", _("Persons: no linkage of persons across cases")),
            ("rescued", _("Victims and persons rescued")),
            ("sentences", _("Sentenced to prison: sentences")),
        ),
    }
)
REFUSED_PERIOD = _("${form} is of ${allowed}. Given: ${given}.")
YEARS_ALLOWED = "2024"
HALVES_ALLOWED = "2025-H1"
COVERAGE_UNKNOWN = _(
    "Coverage unknown: no official total of these stages, of this period and selection, is on "
    "record."
)
AT_LEAST = _("They count persons, we prosecutions: the gap in persons is at least this.")
ALL_OFFENCES = _(
    "A total on record for all offences stands beside ours of all offences. The tables above count "
    "trafficking alone: where the source did so too, ours are too many here and the gap is too "
    "small."
)
