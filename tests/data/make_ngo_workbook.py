"""Writes ngo_workbook.xlsx: invented people and cases, in the way that organisations keep them."""

from datetime import date
from pathlib import Path

from openpyxl import Workbook

HEADINGS = (
    "ល.រ", "លេខសំណុំរឿង", "តុលាការ", "ឈ្មោះ", "ឈ្មោះជាអក្សរឡាតាំង", "ភេទ", "អាយុ", "សញ្ជាតិ",
    "មាត្រា", "ទម្រង់ធ្វើអាជីវកម្ម", "ថ្ងៃចាប់ខ្លួន", "ថ្ងៃបញ្ជូនទៅអយ្យការ", "ថ្ងៃចោទប្រកាន់", "លទ្ធផល", "ថ្ងៃសម្រេច",
    "មូលហេតុក្នុងសេចក្តីសម្រេច", "មូលហេតុតាមការវាយតម្លៃ", "ទោសជាខែ", "កំណត់សម្គាល់",
)  # fmt: skip
PNH, SRP = "សាលាដំបូងរាជធានីភ្នំពេញ", "សាលាដំបូងខេត្តសៀមរាប"
ROWS: tuple[tuple[object, ...], ...] = (
    # A conviction, dates as cells, then a co-accused released by a non-suit, dates in Khmer words.
    (1, "០១២៣/២០២៣", PNH, "សុខ ដារ៉ា", "Sok Dara", "ប្រុស", 34, "ខ្មែរ", 10, "ផ្លូវភេទ",
     date(2023, 2, 3), date(2023, 2, 5), date(2023, 2, 6), "ផ្តន្ទាទោស",
     date(2023, 9, 14), None, None, 120, "បានមកស្តាប់សាលក្រម"),
    (2, "០១២៣/២០២៣", PNH, "ចាន់ សុភា", "Chan Sophea", "ស្រី", "២៨", "ខ្មែរ", "១០", "ផ្លូវភេទ",
     "៣ កុម្ភៈ ២០២៣", "៥ កុម្ភៈ ២០២៣", "៦ កុម្ភៈ ២០២៣", "លើកលែងចោទ", "២០ មិថុនា ២០២៣",
     "ខ្វះភស្តុតាង", "សំណងឯកជន", None, "គ្រួសារជនរងគ្រោះបានទទួលប្រាក់"),
    # Held by the prosecutor, dates as text, day first.
    (1, "លេខ ៤៥/២០២៤", SRP, "លី ហេង", "Ly Heng", "ប្រុស", 41, "ចិន", 12, "ពលកម្មបង្ខំ",
     "15/01/2024", "17/01/2024", None, "តម្កល់ទុកឥតចាត់ការ", "20/03/2024", "ជនរងគ្រោះដកពាក្យបណ្តឹង",
     None, None, None),
    # Still open; only the month of the arrest is known; the court is written in English.
    (1, "77/2024", "Phnom Penh Municipal Court", "មាស វិចិត្រ", None, "ប្រុស", None, None, 17, None,
     "05/2024", None, date(2024, 6, 2), "កំពុងស៊ើបសួរ", None, None, None, None, None),
    # A judgment in default against somebody met only at trial.
    (1, "88/2024", SRP, "ហួត សុខា", "Huot Sokha", "ស្រី", 52, "ខ្មែរ", 15, "ផ្លូវភេទ",
     None, None, None, "ផ្តន្ទាទោសកំបាំងមុខ", date(2024, 11, 4), None, None, 84, None),
)  # fmt: skip
HEARINGS: tuple[tuple[object, ...], ...] = (
    ("លេខសំណុំរឿង", "ថ្ងៃសវនាការ", "តុលាការ", "ស្ថានភាព", "មូលហេតុលើកពេល", "ថ្ងៃបន្ទាប់", "កំណត់សម្គាល់"),
    ("០១២៣/២០២៣", date(2023, 8, 10), PNH, "លើកពេល", "មេធាវីអវត្តមាន", date(2023, 9, 14), ""),
    ("០១២៣/២០២៣", date(2023, 9, 14), PNH, "បានបើក", None, None, "ជនរងគ្រោះអង្គុយជិតជនជាប់ចោទ"),
)


def build(path: Path) -> Path:
    """Write the workbook and return its path."""
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "សំណុំរឿង"
    sheet.append(["តារាងតាមដានសំណុំរឿង"])
    sheet.append([date(2024, 12, 31)])
    sheet.append([])
    sheet.append(HEADINGS)
    for row in ROWS:
        sheet.append(list(row))
    hearings = book.create_sheet("សវនាការ")
    for row in HEARINGS:
        hearings.append(list(row))
    book.save(path)
    return path


if __name__ == "__main__":
    build(Path(__file__).with_name("ngo_workbook.xlsx"))
