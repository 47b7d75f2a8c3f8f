"""The texts that search_bench asks about, and what an honest answer would be.

Every case is made from the seed and its own number, so that any number of them can be streamed in
bounded memory, one after the other or one alone. Words follow Zipf's law over 60,000 invented
ones; every seventh case (15 %) also has Khmer running text, which is written without spaces.

The truth is worked out by scanning the texts, without an index: words as written (no stemming),
and a Khmer word wherever it stands between whole clusters.
"""

from __future__ import annotations

import random
import re
import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import accumulate, pairwise
from pathlib import Path

from search_index import CaseDocument

VOCABULARY = 60_000
KHMER_SHARE = 0.15
_KHMER = (
    "តុលាការ បានសម្រេច លើករណី ជួញដូរ មនុស្ស ខេត្ត កណ្ដាល ចៅក្រម ព្រះរាជអាជ្ញា ជនជាប់ចោទ ដោះលែង "
    "សវនាការ មេធាវី សាក្សី ជនរងគ្រោះ ប៉ូលិស ឃាត់ខ្លួន ឃុំខ្លួន បណ្ដឹង សំណុំរឿង ច្បាប់ មាត្រា "
    "ពលកម្ម ក្មេង ស្ត្រី ព្រំដែន រាជធានី ភ្នំពេញ បាត់ដំបង សៀមរាប លិខិត ចម្លើយ ពិរុទ្ធ ពន្ធនាគារ "
    "សំណង លើកពេល អវត្តមាន យុត្តិធម៌ ស៊ើបអង្កេត ចោទប្រកាន់ សាលដីកា សាលក្រម ឧទ្ធរណ៍ អង្គការ"
)
KHMER_WORDS: Sequence[str] = tuple(_KHMER.split())
COURTS = tuple(f"KH-{number:02d}" for number in range(1, 26))
STAGES = ("trial", "closed", "charged")
FIRST_YEAR, LAST_YEAR = 2010, 2025
_SYLLABLES = tuple(first + second for first in "bdfgklmnprstv" for second in "aeiou")
OWN = 20
"""One case in so many has a second, fuller document for the asker's own organisation."""

CLASSES: dict[str, tuple[int, int]] = {
    "common term": (0, 60),
    "rare term": (30_000, 60_000),
    "two-term AND": (5, 80),
    "phrase": (0, 25),
    "prefix": (500, 8000),
    "fuzzy": (500, 8000),
    "date range": (0, 0),
    "two facets": (0, 80),
    "date sort": (0, 80),
    "highlighting": (20, 400),
    "Khmer word": (0, 0),
}
"""Class of query, and the ranks in the vocabulary from which its words are taken."""


@dataclass(frozen=True)
class Question:
    """One query of a class. ``low`` and ``high`` are months yyyymm of a date range."""

    kind: str
    word: str = ""
    other: str = ""
    low: int = 0
    high: int = 0

    @property
    def days(self) -> tuple[int, int]:
        """First and last yyyymmdd of the range."""
        return self.low * 100, self.high * 100 + 99


def written(question: Question) -> str:
    """A question as a person types it in this project's language."""
    match question.kind:
        case "two-term AND":
            return f"{question.word} {question.other}"
        case "phrase":
            return f'"{question.word} {question.other}"'
        case "prefix":
            return f"{question.word[:4]}*"
        case "fuzzy":
            return f"{question.word}~"
        case "date range":
            low, high = (f"{m // 100}-{m % 100:02d}" for m in (question.low, question.high))
            return f"registered:[{low} TO {high}]"
    return question.word


@cache
def vocabulary(seed: int) -> Sequence[str]:
    """Distinct words, the most frequent first."""
    chance = random.Random(seed)
    words: dict[str, None] = {}
    while len(words) < VOCABULARY:
        pairs = chance.choices(_SYLLABLES, k=chance.randint(2, 4))
        words["".join(pairs) + chance.choice("bdfgklmnprtv")] = None
    return tuple(words)


class Corpus:
    """``size`` case documents. The same seed gives the same ones."""

    def __init__(self, size: int, seed: int) -> None:
        self.size = size
        self.seed = seed
        self.words = vocabulary(seed)
        self._weights = list(accumulate(1 / (rank + 1) for rank in range(VOCABULARY)))

    def document(self, number: int) -> CaseDocument:
        """Case ``number`` as everybody finds it."""
        chance = random.Random(self.seed * 1_000_003 + number)
        length = chance.randint(120, 200)
        text = " ".join(chance.choices(self.words, cum_weights=self._weights, k=length))
        if chance.random() < KHMER_SHARE:
            running = "".join(chance.choices(KHMER_WORDS, k=10))
            text = f"{text} {running}"
        year, month = chance.randint(FIRST_YEAR, LAST_YEAR), chance.randint(1, 12)
        day = chance.randint(1, 28)
        return CaseDocument(
            number,
            "network",
            hidden_for=("org:7",) if number % OWN == 0 else (),
            code=f"c{number:06d}",
            court=(chance.choice(COURTS),),
            stage=chance.choice(STAGES),
            year=year,
            registered=year * 10000 + month * 100 + day,
            last_event=(year + 1) * 10000 + chance.randint(1, 12) * 100 + chance.randint(1, 28),
            texts=(text,),
        )

    def documents(self) -> Iterator[CaseDocument]:
        """Every case once, one at a time."""
        return map(self.document, range(self.size))

    def questions(self, kind: str, count: int) -> list[Question]:
        """``count`` queries of a class, no two with the same words (if there are so many)."""
        chance = random.Random(f"{self.seed} {kind}")
        if kind == "Khmer word":
            words = chance.sample(KHMER_WORDS, k=len(KHMER_WORDS))
            return [Question(kind, words[n % len(words)]) for n in range(count)]
        asked: dict[object, Question] = {}
        for _ in range(count * 200):
            made = self._question(kind, chance)
            asked.setdefault(_same(made), made)
            if len(asked) == count:
                break
        found = list(asked.values())
        return [found[n % len(found)] for n in range(count)]

    def _question(self, kind: str, chance: random.Random) -> Question:
        if kind == "date range":
            start = chance.randrange((LAST_YEAR - FIRST_YEAR - 2) * 12)
            end = start + chance.randint(12, 24)
            low, high = ((FIRST_YEAR + m // 12) * 100 + m % 12 + 1 for m in (start, end))
            return Question(kind, low=low, high=high)
        first, last = CLASSES[kind]
        word, other = (self.words[n] for n in chance.sample(range(first, last), k=2))
        return Question(kind, word, other)


def _same(question: Question) -> object:
    """What no other question of the class may share."""
    if question.kind == "prefix":
        return question.word[:4]
    if question.kind == "two-term AND":
        return frozenset((question.word, question.other))
    if question.kind == "phrase":
        return question.word, question.other
    return question.word, question.low, question.high


def khmer_pattern(word: str) -> re.Pattern[str]:
    """A Khmer word that neither begins nor ends within a cluster."""
    return re.compile(f"(?<!\u17d2){re.escape(word)}(?![\u17b6-\u17d3\u17dd])")


def near_words(words: Iterable[str], asked: str) -> frozenset[str]:
    """Words at most one letter from ``asked``: missing, too many, wrong, or two swapped."""
    letters = "abcdefghijklmnopqrstuvwxyz"
    cuts = [(asked[:n], asked[n:]) for n in range(len(asked) + 1)]
    near = {asked}
    for left, right in cuts:
        near.update(left + letter + right for letter in letters)
        if right:
            near.add(left + right[1:])
            near.update(left + letter + right[1:] for letter in letters)
        if len(right) > 1:
            near.add(left + right[1] + right[0] + right[2:])
    return frozenset(near.intersection(words))


class Truth:
    """Counts by a scan of the texts how many cases each question should find."""

    def __init__(self, corpus: Corpus, questions: Iterable[Question]) -> None:
        self._corpus = corpus
        self.found = dict.fromkeys(questions, 0)
        self._single: dict[str, set[Question]] = defaultdict(set)
        self._phrases: dict[tuple[str, str], Question] = {}
        self._prefixes: dict[str, Question] = {}
        self._both: list[Question] = []
        self._days: list[Question] = []
        self._khmer: list[tuple[Question, re.Pattern[str]]] = []
        for question in self.found:
            self._sort_in(question)

    def _sort_in(self, question: Question) -> None:
        """Put a question where a text is looked up."""
        match question.kind:
            case "phrase":
                self._phrases[question.word, question.other] = question
            case "prefix":
                self._prefixes[question.word[:4]] = question
            case "two-term AND":
                self._both.append(question)
            case "date range":
                self._days.append(question)
            case "Khmer word":
                self._khmer.append((question, khmer_pattern(question.word)))
            case "fuzzy":
                for word in near_words(self._corpus.words, question.word):
                    self._single[word].add(question)
            case _:
                self._single[question.word].add(question)

    def scan(self) -> dict[Question, int]:
        """Read every text once."""
        for document in self._corpus.documents():
            for question in self._met(document):
                self.found[question] += 1
        return self.found

    def _met(self, document: CaseDocument) -> set[Question]:
        text = document.texts[0]
        words = text.split()
        held = set(words)
        met: set[Question] = set()
        for word in held & self._single.keys():
            met |= self._single[word]
        met.update(self._phrases[pair] for pair in self._phrases.keys() & set(pairwise(words)))
        begun = self._prefixes.keys() & {word[:4] for word in held}
        met.update(self._prefixes[start] for start in begun)
        met.update(q for q in self._both if q.word in held and q.other in held)
        day = document.registered or 0
        met.update(q for q in self._days if q.days[0] <= day <= q.days[1])
        if not text.isascii():
            met.update(q for q, pattern in self._khmer if pattern.search(text))
        return met


class TextStore:
    """The texts as the application has them: in a database, read by case when a page shows them."""

    def __init__(self, path: Path) -> None:
        self._base = sqlite3.connect(path)

    def fill(self, corpus: Corpus) -> None:
        """Write every text."""
        self._base.execute("CREATE TABLE IF NOT EXISTS note(case_id INTEGER PRIMARY KEY, text)")
        with self._base:
            self._base.executemany(
                "REPLACE INTO note VALUES (?, ?)",
                ((document.case_id, document.texts[0]) for document in corpus.documents()),
            )

    def of(self, case_ids: Sequence[int]) -> dict[int, str]:
        """Texts of a page of cases."""
        marks = ",".join("?" * len(case_ids))
        query = f"SELECT case_id, text FROM note WHERE case_id IN ({marks})"
        return dict(self._base.execute(query, case_ids))

    def close(self) -> None:
        """Close the database."""
        self._base.close()
