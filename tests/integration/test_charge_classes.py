"""The classes of statistics, section 1, under two procedures: from entries to what reports count.

Each story is written through the services; each country's report has to say of all of them
together what each of them is.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import select

from courtwatch.models import Jurisdiction, Offence
from courtwatch.models.engine import begin_writing
from courtwatch.reports.context import Reader
from courtwatch.reports.model import Unit
from courtwatch.reports.registry import Ask, make
from courtwatch.services.fact_filters import FactFilters
from tests.functional.site import NOW, make_settings
from tests.integration.test_charge_fates import Story
from tests.integration.test_worker import Office

COOK = "US-IL-COOK"


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """An office with no case yet."""
    made = Office(make_settings(tmp_path_factory.mktemp("office")))
    yield made
    made.engine.dispose()


@pytest.fixture(scope="module")
def cook(office: Office) -> int:
    """Cook County, with two offences: a register brings its own."""
    with office.sessions() as session:
        begin_writing(session)
        key = session.scalars(select(Jurisdiction.id).where(Jurisdiction.code == COOK)).one()
        for article, trafficking in (("10", True), ("14", False)):
            session.add(
                Offence(
                    jurisdiction_id=key,
                    code=f"{COOK}-{article}",
                    law="720 ILCS 5",
                    article=article,
                    offence_class="felony",
                    name_en=f"Offence {article}",
                    trafficking=trafficking,
                )
            )
        session.commit()
    return key


def counted(office: Office, country: str, unit: Unit) -> tuple[int, int, int]:
    """Return what is counted, what ended without judgment, and what by a judgment or without."""
    with office.sessions() as session:
        ask = Ask(FactFilters().with_(jurisdiction=country), unit=unit)
        report = make(session, "ends", ask, Reader(office.actor), NOW)
        heads = {head.key: head.figure for head in report.headlines}
        assert report.provenance.n is not None
        return report.provenance.n, int(heads["ended"].value or 0), heads["share"].denominator or 0


def test_cambodia(office: Office) -> None:
    """Two co-accused with different fates, and an end of each class."""
    mixed = Story(office, "prosecutor_review")
    mixed.step("submit_to_investigation")
    mixed.step("charge", **mixed.filing(mixed.trafficking, mixed.lesser))
    other = Story(office, "investigation", beside=mixed)
    other.step("charge", **other.filing(other.trafficking))
    other.step("order_non_suit", reason_stated=(other.reason,))
    mixed.step("indict")
    mixed.step("open_trial")
    first, second = mixed.charges
    mixed.step("convict", (first, "convicted_as_charged"), mode="adversarial")
    mixed.step("acquit", (second, None), mode="adversarial")
    assert mixed.told() == ("convicted", 1, False, False, 2)
    assert other.told() == ("non_suit", 2, False, False, 1)

    dead = Story(office, "trial")
    dead.step("extinguish", (dead.charges[0], "extinct_death"))
    assert dead.told() == ("died", 3, False, False, 1)
    late = Story(office, "trial")
    late.step("extinguish", (late.charges[0], "extinct_limitation"))
    assert late.told()[1] == 2, "time that ran out is an omission of the authority"
    severed = Story(office, "trial")
    severed.step("sever_charges", (severed.charges[0], None))
    assert severed.told()[1] == 3
    replaced = Story(office, "trial")
    filing = replaced.filing(replaced.lesser, replaces=replaced.charges[0])
    replaced.step("replace_indictment", **filing)
    replaced.step("open_trial")
    replaced.step("acquit", mode="adversarial")
    assert replaced.told() == ("acquitted", 1, False, False, 1)
    Story(office, "trial")

    assert counted(office, "KH", Unit.PROSECUTION) == (7, 2, 4)
    # Charges: two of the mixed verdict, one of each other; not the superseded, not the allegations.
    assert counted(office, "KH", Unit.CHARGE) == (8, 2, 5)


def test_illinois(office: Office, cook: int) -> None:
    """The same classes where counts are dropped for other counts, and an indictment supersedes."""
    plea = Story(office, "charged", cook)
    plea.step("indict", **plea.filing(plea.lesser))
    complaint, count = plea.charges
    plea.step("plead_guilty", (count, "plea_guilty"))
    plea.step("drop_for_other", (complaint, "plea_other_count"))
    assert plea.told() == ("convicted", 1, False, False, 2)
    superseded = Story(office, "charged", cook)
    filing = superseded.filing(superseded.lesser, replaces=superseded.charges[0])
    superseded.step("indict", **filing)
    superseded.step("find_not_guilty", (superseded.charges[-1], "finding_not_guilty"))
    assert superseded.told() == ("acquitted", 1, False, False, 1)
    apart = Story(office, "charged", cook)
    apart.step("drop_for_other", (apart.charges[0], "superseded_by_indictment"))
    assert apart.told()[:3] == ("goes_on_elsewhere", 3, False)
    apart.step("re_indict", **apart.filing(apart.lesser))
    assert apart.told()[:4] == (None, 0, True, False), "it went on: no end, not reopened"
    dropped = Story(office, "charged", cook)
    dropped.step("drop")
    assert dropped.told()[:3] == ("nolle_prosequi", 2, False)
    dead = Story(office, "charged", cook)
    dead.step("abate")
    assert dead.told()[:3] == ("died", 3, False)

    assert counted(office, COOK, Unit.PROSECUTION) == (5, 1, 3)
    # Two of the plea and of the one superseded apart; only the plea, the acquittal and the
    # dropped one ended by a judgment or without one.
    assert counted(office, COOK, Unit.CHARGE) == (7, 1, 3)
