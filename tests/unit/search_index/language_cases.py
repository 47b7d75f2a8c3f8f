"""Documents and questions by which the language of a search engine is judged.

Each pair is (query, cases expected), in the order of relevance where it is a tuple.
"""

from __future__ import annotations

from dataclasses import replace

from search_index import CaseDocument

_COURTS = {
    3: ("Kampong Cham Provincial Court", "សាលាដំបូងខេត្តកំពង់ចាម"),
    17: ("Siem Reap Provincial Court", "សាលាដំបូងខេត្តសៀមរាប"),
    18: (
        "Preah Sihanouk Provincial Court",
        "សាលាដំបូងខេត្តព្រះសីហនុ",
        "Sihanoukville Provincial Court",
        "Kampong Som Provincial Court",
    ),
    11: ("Mondulkiri Provincial Court", "សាលាដំបូងខេត្តមណ្ឌលគិរី"),
    25: ("Tboung Khmum Provincial Court", "សាលាដំបូងខេត្តត្បូងឃ្មុំ"),
}


def _case(number: int, court: int = 0, **more: tuple[str, ...]) -> CaseDocument:
    names = _COURTS.get(court, ())
    code = (f"KH-{court:02d}-CFI",) if court else ()
    made = CaseDocument(number, "coded", code=f"q{number}", court=code, court_names=names)
    return replace(made, **more)  # type: ignore[arg-type]


DOCUMENTS = (
    _case(1, texts=("សាលាតុលាការបានបើកទ្វារ",)),  # court inside court house
    _case(2, texts=("តុលាការបានសម្រេចដោះលែងជនជាប់ចោទ",)),
    _case(3, texts=("ជនរងគ្រោះត្រូវបានបង្ខំឱ្យធ្វើការ នៅក្នុងផ្ទះ។",)),
    _case(4, texts=("ព្រះរាជអាជ្ញាបានចោទប្រកាន់ពីបទជួញដូរមនុស្ស តាមមាត្រា ១០",)),
    _case(5, texts=("ចៅក្រមស៊ើបសួរ លើកពេលសវនាការទៅថ្ងៃទី ១៥ ខែមីនា ឆ្នាំ២០២៣",)),
    _case(6, texts=("The police took her to តុលាការកំពូល after the raid.",)),
    _case(7, texts=("កណ្ដាល",)),
    _case(8, texts=("កណ្តុរ",)),
    _case(9, texts=("គាត់ញ៉ាំបាយនៅទីនោះ",)),
    _case(10, texts=("លេខៈ ១២ ឈ្មោះៈ អនាមិក",)),
    _case(11, texts=("ផ្សេងៗ ស្ត្រីម្នាក់",)),
    _case(20, texts=("Charged under art. 247 of the Penal Code.",)),
    _case(21, texts=("Article 248 was read out; see articles 250 to 252.",)),
    _case(22, texts=("Time limit of CPC 208, and art. 208-1.",)),
    _case(23, texts=("តាមមាត្រា ២៤៧ នៃក្រមព្រហ្មទណ្ឌ",)),
    _case(24, texts=("The suspect was re-arrested.",)),
    _case(25, texts=("The suspect was rearrested.",)),
    _case(26, texts=("Police had to re arrest the suspect.",)),
    _case(27, texts=("An N.G.O. lawyer of the U.S. embassy, Mr O'Brien.",)),
    _case(28, texts=("The NGO asked; the witness didn\u2019t come, said Đức Nguyễn.",)),
    _case(29, texts=("There were 247 pages in the file of the prosecution.",)),
    _case(30, numbers=("0123/2023",)),
    _case(31, numbers=("លេខ ១២៣/២០២៣ ក.ព",)),
    _case(32, numbers=("77/KP/21",)),
    _case(33, numbers=("CR-2022-000451",)),
    _case(34, numbers=("No. 0009/05",)),
    _case(40, names=("Sok Vuthy", "សុខ វុទ្ធី")),
    _case(41, names=("Sokh Vutthy",)),
    _case(42, names=("Chea Sreymom",)),
    _case(43, names=("Chhea Srey Mom",)),
    _case(44, names=("Keum Nguon",)),
    _case(45, names=("ហៀង ចាន់",)),
    _case(46, names=("Rithy Ouk",)),
    _case(47, names=("Rith Uk",)),
    _case(48, names=("S. Phally",)),
    _case(50, 3),
    _case(51, 17),
    _case(52, 18),
    _case(53, 11),
    _case(54, 25),
)

QUESTIONS: tuple[tuple[str, set[int] | tuple[int, ...]], ...] = (
    # Articles of law
    ("art. 247", {20, 23}),
    ("art.247", {20, 23}),
    ("Art 247", {20, 23}),
    ("article 247", {20, 23}),
    ("articles 247", {20, 23}),
    ("មាត្រា ២៤៧", {20, 23}),
    ("មាត្រា២៤៧", {20, 23}),
    ("មាត្រា 247", {20, 23}),
    ("article 251", {21}),
    ("art. 250-251", {21}),
    ("CPC 208", {22}),
    ("CPC208", {22}),
    ("art. 208-1", {22}),
    ("article 208-1", {22}),
    ("មាត្រា ២០៨-១", {22}),
    ("PC 208", set()),
    ("article 10", {4}),
    ("247", {20, 23, 29}),
    # Words written together, with a hyphen, or apart
    ("re-arrest", {24, 25, 26}),
    ("rearrest", {24, 25, 26}),
    ("re arrest", {24, 25, 26}),
    ('"re-arrested"', {24}),
    # Points, apostrophes, accents, stems
    ("NGO", {27, 28}),
    ("N.G.O.", {27, 28}),
    ("U.S.", {27}),
    ("US embassy", {27}),
    ("O'Brien", {27}),
    ("O’Brien", {27}),
    ("didn't", {28}),
    ("Duc Nguyen", {28}),
    ("prosecutions", {29}),
    ('"prosecutions"', set()),
    # Case numbers
    ("123/2023", {30, 31}),
    ("0123/2023", {30, 31}),
    ("១២៣/២០២៣", {30, 31}),
    ("លេខ ១២៣/២០២៣", {30, 31}),
    ("សំណុំរឿងលេខ ០១២៣/២០២៣", {30, 31}),
    ("No. 123/2023", {30, 31}),
    ("case no. 123/2023", {30, 31}),
    ("123/23", {30, 31}),
    ("123 2023", {30, 31}),
    ("123/2023 ក.ព", {31}),
    ("77/2021", {32}),
    ("77/21", {32}),
    ("77/KP/2021", {32}),
    ("77kp21", {32}),
    ("9/2005", {34}),
    ("number:9", {34}),
    ("CR-22-451", {33}),
    ("2022-451", {33}),
    ("cr2022*", {33}),
    ("123/2024", set()),
    # Names
    ("Sok Vuthy", (40, 41)),
    ("Sokh Vutthy", (41, 40)),
    ("Vuthy Sok", {40, 41}),
    ("សុខ វុទ្ធី", (40, 41)),
    ("Sreymom Chea", (42, 43)),
    ("Srey Mom", (43, 42)),
    ("ស្រីមុំ", {42, 43}),
    ("Kim", {44}),
    ("Ngoun", {44}),
    ("Heang", {45}),
    ("Heng Chann", {45}),
    ("name:Rithy", {46}),
    ("name:Rith", {47}),
    ("Ouk", (46, 47)),
    ("S. Vuthy", {40, 41}),
    ("V. Sokh", {40, 41}),
    ("Phaly", {48}),
    ("name:Rotha", set()),
    # Courts
    ("court:Kompong Cham", {50}),
    ("Kompong Cham court", {50}),
    ("court:កំពង់ចាម", {50}),
    ("court:Siemreap", {51}),
    ("court:(Siem Reab)", {51}),
    ("court:Sihanoukville", {52}),
    ('court:"Kampong Som"', {52}),
    ("court:(Kompong Som)", {52}),
    ("court:Mondul Kiri", {53}),
    ("court:Mondolkiri", {53}),
    ("court:(Tbong Khmom)", {54}),
    ("court:ត្បូងឃ្មុំ", {54}),
    ("court:Kandal", set()),
)
