"""What the report on organisations says, and the keys of its tables."""

from __future__ import annotations

from pyramid.i18n import TranslationStringFactory

_ = TranslationStringFactory("courtwatch")

CREDITS, QUARTERS, PROVINCES, SEXES, AGES = "credits", "quarters", "provinces", "sexes", "ages"
DEFINITION = _(
    "Cases that the organisation supports: it keeps them, keeps a record that was merged into "
    "them, gave an account of an entry, or recorded a hearing. That it may read a case is no "
    "support. Cases of others count where they are shared or opened to it. Prosecutions, hearings "
    "and victims are those of these cases; filters choose prosecutions, and with them the cases."
)
EVERYBODY = _(
    "Cases of all organisations that are at least counted, each once. Hearings and victims are "
    "those of these cases; filters choose prosecutions, and with them the cases."
)
BOTH_NUMBERS = _(
    "A joint case is credited to each organisation that supports it, whole: so the credits of all "
    "organisations add up to more than there are cases. Counted once for all, it counts with the "
    "organisation that keeps it: these numbers add up. Say which of the two you quote."
)
TWO_DAYS = _(
    "By quarter: cases at the day on which their first accused was registered, prosecutions at "
    "their own, victims at that of their case, hearings at the day they were scheduled for, ends "
    "at the day they ended. A row is no cohort: what ended in it was mostly registered before."
)
MANY_COURTS = _(
    "By province a case whose accused are before several courts, and its victims, count in a row "
    "of their own; its prosecutions and hearings stand with their court."
)
VICTIMS = _(
    "Victims are counted without any name or pseudonym. One who is in two records of one case "
    "counts with the record that holds; one who is in two cases counts twice."
)
NO_VICTIMS = _("Victims are counted for your own organisation's cases only.")
NO_ORGANISATION = _(
    "Organisations are not named here: who monitors is shown to monitoring organisations only."
)
SMALL_CELLS = _(
    "${n} numbers here are 1 to 4. Such a number can point at one person, above all at a victim or "
    "a child. Before you pass this on, take them out or merge rows until none is below 5 (for "
    "children 10), with the totals by which they could be worked out."
)
ONE_ONLY = _("This report is about one organisation at a time. Choose one.")
NOT_YOURS = _(
    "What another organisation does is counted for coordinators only. Your own organisation's "
    "code is ${code}."
)
NOT_THERE = _("There is no organisation “${code}”.")
