"""Invented names of accused: Khmer-style parts that no family bears, in Latin and Khmer script.

Family names are made-up words, so that no combination is the name of a known person.
"""

from __future__ import annotations

from dataclasses import dataclass
from random import Random


@dataclass(frozen=True)
class InventedName:
    """A name in both scripts, family name first, as written in Khmer."""

    latin: str
    khmer: str


FAMILIES: tuple[tuple[str, str], ...] = (
    ("Themra", "ថេមរ៉ា"), ("Kosei", "កូសី"), ("Vorlak", "វ័រឡាក់"), ("Phanut", "ផានុត"),
    ("Chomrun", "ជំរុន"), ("Daravuth", "តារ៉ាវុធ"), ("Smaun", "ស្មោន"), ("Kravann", "ក្រវ៉ាន់"),
    ("Loeung", "ឡឹង"), ("Monivel", "មុនីវ៉ែល"), ("Neakry", "នាគរី"), ("Oknarin", "អុកណារិន"),
    ("Prumvat", "ព្រំវ៉ាត"), ("Rumdet", "រំដែត"), ("Samphear", "សំភារ"), ("Tepvan", "ទេពវ៉ាន់"),
    ("Uthean", "អ៊ូធាន"), ("Vimol", "វីមុល"), ("Yothin", "យ៉ូធីន"), ("Angkun", "អង្គុន"),
    ("Bantheay", "ប៉ាន់ធាយ"), ("Chhaleng", "ឆាលែង"), ("Dontrei", "ដុនត្រី"), ("Kampun", "កំពុន"),
    ("Khlaing", "ឃ្លាំង"), ("Lveavon", "ល្វាវ៉ុន"), ("Meakhon", "មាឃន"), ("Phkavin", "ផ្កាវិន"),
    ("Roneam", "រ៉ូនាម"), ("Slarith", "ស្លារិត"), ("Svayran", "ស្វាយរ៉ន"), ("Tralun", "ត្រាលន់"),
    ("Thnaotin", "ថ្នោតិន"), ("Vealron", "វាលរ៉ុន"), ("Kdamsei", "ក្តាមសី"), ("Puthrin", "ពុធរីន"),
    ("Sdaeung", "ស្តើង"), ("Khmoven", "ខ្មូវ៉ែន"), ("Ansung", "អាន់ស៊ុង"), ("Rolous", "រលួស"),
)  # fmt: skip

FIRSTS: tuple[tuple[str, str], ...] = (
    ("So", "សុ"), ("Vi", "វិ"), ("Cham", "ចំ"), ("Ra", "រ៉ា"), ("Nea", "នា"), ("Bu", "ប៊ុ"),
    ("Da", "ដា"), ("Ki", "គី"), ("Leak", "លក្ខ"), ("Mo", "ម៉ូ"), ("Pi", "ពី"), ("Sam", "សំ"),
    ("Tha", "ថា"), ("Vann", "វណ្ណ"), ("Chan", "ចាន់"), ("Ri", "រី"), ("Kun", "គន្ធ"), ("Me", "មេ"),
)  # fmt: skip

LASTS_MALE: tuple[tuple[str, str], ...] = (
    ("rith", "រិទ្ធ"), ("phal", "ផល"), ("vuth", "វុធ"), ("bol", "បុល"), ("dara", "តារា"),
    ("nath", "ណាត"), ("sak", "សក្តិ"), ("heng", "ហេង"), ("mony", "មុនី"), ("roth", "រដ្ឋ"),
)  # fmt: skip

LASTS_FEMALE: tuple[tuple[str, str], ...] = (
    ("leap", "លាភ"), ("pheap", "ភាព"), ("nary", "ណារី"), ("vy", "វី"), ("thida", "ធីតា"),
    ("lin", "លីន"), ("mealea", "មាលា"), ("rany", "រ៉ានី"), ("chenda", "ចិន្តា"), ("neang", "នាង"),
)  # fmt: skip

_SPELLINGS = (
    ("ph", "p"), ("th", "t"), ("ea", "ia"), ("ou", "u"), ("kh", "k"), ("ei", "ey"), ("ch", "chh"),
    ("v", "w"), ("oe", "eu"), ("y", "i"), ("n", "nn"),
)  # fmt: skip


def invent_name(rng: Random, female: bool) -> InventedName:
    """Draw a name in both scripts."""
    family = rng.choice(FAMILIES)
    first = rng.choice(FIRSTS)
    last = rng.choice(LASTS_FEMALE if female else LASTS_MALE)
    return InventedName(f"{family[0]} {first[0]}{last[0]}", f"{family[1]} {first[1]}{last[1]}")


def spell_differently(rng: Random, latin: str) -> str:
    """Return the name as somebody else would romanise it: one or two spellings, at times turned."""
    spelt = latin
    fitting = [pair for pair in _SPELLINGS if pair[0] in latin.casefold()]
    for old, new in rng.sample(fitting, min(len(fitting), rng.choice((1, 1, 2)))):
        head, tail = spelt[0], spelt[1:]
        spelt = head + tail.replace(old, new, 1)
    if rng.random() < 0.25:
        family, _, given = spelt.partition(" ")
        spelt = f"{given} {family}"
    return spelt
