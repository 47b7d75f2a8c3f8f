"""The invented country: its courts, offices and organisations. None of these names is a place."""

from __future__ import annotations

from dataclasses import dataclass

from courtwatch.models.vocabulary import OrganisationKind

JURISDICTION = "XD"
CURRENCY = "XTS"
"""ISO 4217 keeps this code for tests; no real money is meant."""


@dataclass(frozen=True)
class Province:
    """A province with its court of first instance, in order of number.

    `weight` is its share of the cases. `hold`, `non_suit` and `dismissal` multiply the usual rate
    at which its prosecutor, investigating judge and trial panel end prosecutions.
    """

    name_en: str
    name_km: str
    weight: float
    appeal: str
    hold: float = 1.0
    non_suit: float = 1.0
    dismissal: float = 1.0
    capital: bool = False

    @property
    def dies_here(self) -> bool:
        """Say whether prosecutions die here at least at twice the usual rate."""
        return max(self.hold, self.non_suit, self.dismissal) >= 2


PROVINCES: tuple[Province, ...] = (
    Province("Soriyapor", "សូរិយាពោរ", 18.0, "A", capital=True),
    Province("Meruvong", "មេរុវង្ស", 9.0, "B"),
    Province("Tevalin", "ទេវាលីន", 8.0, "B"),
    Province("Anukor", "អនុគរ", 6.0, "C", hold=6.0),
    Province("Phkaileak", "ផ្កាយលាក់", 6.0, "A"),
    Province("Chandravath", "ចន្ទ្រាវត្ត", 5.0, "D"),
    Province("Nokorpuk", "នគរពុក", 5.0, "D", non_suit=3.0),
    Province("Romyulvor", "រំយោលវរ", 4.5, "A"),
    Province("Kesarvor", "កេសរវ័រ", 4.0, "C"),
    Province("Mekhalin", "មេខលីន", 6.0, "B", dismissal=7.0),
    Province("Vichetra", "វិចេត្រា", 3.5, "A"),
    Province("Sothorika", "សុធារិកា", 3.5, "D"),
    Province("Bophapor", "បុប្ផាពោរ", 3.0, "C"),
    Province("Oudomkeovi", "ឧត្តមកែវី", 2.5, "B"),
    Province("Trasekvong", "ត្រសក់វង្ស", 2.5, "A", hold=2.0, non_suit=2.0),
    Province("Lumpungvor", "លំពង់វ័រ", 2.2, "D"),
    Province("Mealeavath", "មាលាវត្តី", 2.0, "C"),
    Province("Seihavongsa", "សីហវង្សា", 2.0, "A"),
    Province("Ravinphal", "រវីនផល", 1.8, "B"),
    Province("Kraseangtep", "ក្រសាំងទេព", 1.6, "D"),
    Province("Neakvorin", "នាគវរិន", 1.4, "C"),
    Province("Tonlevin", "ទន្លេវីន", 1.2, "A"),
    Province("Rithavor", "រិទ្ធាវ័រ", 1.0, "B"),
    Province("Sovannalin", "សុវណ្ណាលីន", 0.8, "D"),
    Province("Indravey", "ឥន្ទ្រាវ័យ", 0.5, "C"),
)

APPEAL_COURTS: dict[str, tuple[str, str]] = {
    "A": ("Soriyapor", "សូរិយាពោរ"),
    "B": ("Meruvong", "មេរុវង្ស"),
    "C": ("Anukor", "អនុគរ"),
    "D": ("Chandravath", "ចន្ទ្រាវត្ត"),
}


@dataclass(frozen=True)
class InventedOrganisation:
    """An organisation of the demonstration; `weight` is its share of the cases entered.

    `watches`: numbers of the provinces (from 1) whose courts it watches.
    """

    code: str
    kind: OrganisationKind
    name_en: str
    name_km: str
    weight: float = 0.0
    watches: tuple[int, ...] = ()


_NGO = OrganisationKind.NGO
# Nobody watches the courts of provinces 16, 20 and 24.
ORGANISATIONS: tuple[InventedOrganisation, ...] = (
    InventedOrganisation(
        "XD-LANTERN", _NGO, "Lantern Legal Aid", "ជំនួយច្បាប់ចង្កៀងគោម", 5.0, (1, 2, 5, 8)
    ),
    InventedOrganisation(
        "XD-RIVERBANK", _NGO, "Riverbank Children's Centre", "មណ្ឌលកុមារច្រាំងទន្លេ", 4.0, (1, 3, 7)
    ),
    InventedOrganisation(
        "XD-OPENDOOR", _NGO, "Open Door Court Monitors", "អ្នកអង្កេតតុលាការទ្វារបើក", 5.0,
        (1, 2, 3, 4, 10, 15),
    ),
    InventedOrganisation(
        "XD-KITE", _NGO, "Kite Migrant Workers' Network", "បណ្តាញពលករចំណាកស្រុកខ្លែងឯក", 2.5, (2, 9, 19)
    ),
    InventedOrganisation(
        "XD-LOTUSPOND", _NGO, "Lotus Pond Shelter", "ទីជម្រកស្រះឈូក", 2.0, (4, 13, 17)
    ),
    InventedOrganisation(
        "XD-STEPPING", _NGO, "Stepping Stone Women's Law Group", "ក្រុមច្បាប់ស្ត្រីជំហានថ្ម", 2.5,
        (6, 7, 12),
    ),
    InventedOrganisation(
        "XD-SUGARPALM", _NGO, "Sugar Palm Rural Defenders", "អ្នកការពារជនបទដើមត្នោត", 1.5,
        (11, 18, 22),
    ),
    InventedOrganisation(
        "XD-NORTHSTAR", _NGO, "North Star Trial Watch", "ឃ្លាំមើលសវនាការផ្កាយជើង", 2.5,
        (10, 14, 19, 23),
    ),
    InventedOrganisation(
        "XD-BRIDGE", _NGO, "Bridge Victim Support", "ស្ពានគាំទ្រជនរងគ្រោះ", 2.0, (1, 5, 21)
    ),
    InventedOrganisation(
        "XD-FERRY", _NGO, "Ferry Borderland Project", "គម្រោងព្រំដែនសាឡាង", 1.5, (3, 9, 25)
    ),
    InventedOrganisation(
        "XD-SEEDLING", _NGO, "Seedling Child Rights", "សិទ្ធិកុមារកូនសំណាប", 1.5, (6, 8, 15)
    ),
    InventedOrganisation(
        "XD-MINJUS", OrganisationKind.MINISTRY, "Ministry of Justice (invented)",
        "ក្រសួងយុត្តិធម៌ (ប្រឌិត)", 1.5, (1,),
    ),
    InventedOrganisation(
        "XD-SCHOOL", OrganisationKind.RESEARCH, "Soriyapor School of Court Studies",
        "សាលាសិក្សាតុលាការសូរិយាពោរ",
    ),
    InventedOrganisation(
        "XD-HOST", OrganisationKind.OPERATOR, "Demonstration Host", "អ្នកបម្រើការបង្ហាញ"
    ),
)  # fmt: skip
