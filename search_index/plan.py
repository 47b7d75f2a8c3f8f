"""Query tree -> what an engine has to look up.

The plan consists of a few operations every engine can do: look up a term, a beginning, a near
spelling or an exact value, combine them, and verify candidates on the body of the document.
"""

from __future__ import annotations

from itertools import pairwise

from search_index import khmer
from search_index import query as q
from search_index.analysis import NUMBER_SECTION, OF_EVERY_COURT, PREFIXES, SECTIONS, pairs
from search_index.articles import articles
from search_index.documents import FACETS
from search_index.khmer_words import segment
from search_index.names import initial_key, name_beginnings, pair_key, word_keys
from search_index.numbers import (
    compact_number,
    is_number_label,
    looks_like_number,
    number_parts,
    number_readings,
)
from search_index.operations import (
    Both,
    Days,
    Either,
    Every,
    Nothing,
    Plan,
    Term,
    TermFuzzy,
    TermPrefix,
    Value,
    Verified,
    Without,
    all_of,
    any_of,
    fits,
    fold_code,
    narrowed,
)
from search_index.patterns import (
    ClusterPattern,
    FuzzyPattern,
    NearPattern,
    NumberPattern,
    PhrasePattern,
    PlacePattern,
    PrefixPattern,
    StemPattern,
)
from search_index.romanise import romanise
from search_index.sounds import coarse_sound
from search_index.tokens import Token, fold_word, groups, render, stem, tokenise


def plan(node: q.Node) -> Plan:
    """What to look up for a query tree."""
    if isinstance(node, q.And):
        return _conjunction(node)
    if isinstance(node, q.Or):
        return Either(tuple(plan(child) for child in node.children))
    if isinstance(node, q.Not):
        return Without(plan(node.child))
    if isinstance(node, q.Everything):
        return Every()
    if isinstance(node, q.Range):
        return Days(node.field, node.low, node.high)
    if isinstance(node, q.Word):
        return any_of([*_values(node.field, node.text), _word(node.text, node.field)])
    if isinstance(node, q.Phrase):
        return any_of([*_values(node.field, node.text), _phrase(node)])
    if isinstance(node, q.Prefix):
        found = _values(node.field, node.text, is_prefix=True)
        return any_of([*found, _prefix(node.text, node.field)])
    return _fuzzy(node)


def _conjunction(node: q.And) -> Plan:
    """All children; what neighbours mean together may stand for each of them.

    ``Srey Mom`` is also one name, ``re arrest`` one word, ``article 247`` an article by whatever
    word, the label of ``No. 123/2023`` need not be there.
    """
    made = [plan(child) for child in node.children]
    together: list[list[Plan]] = [[] for _ in made]
    for at, (first, second) in enumerate(pairwise(node.children)):
        if isinstance(first, q.Word) and isinstance(second, q.Word):
            found = _neighbours(first, second)
            together[at] += found
            together[at + 1] += found
    for at, child in enumerate(node.children):
        if isinstance(child, q.Word):
            together[at] += _alone_in(child, node.children, at)
    return Both(tuple(any_of([each, *found]) for each, found in zip(made, together, strict=True)))


def _neighbours(first: q.Word, second: q.Word) -> list[Plan]:
    """What two words mean as one; the field of the first may hold for both (court:Siem Reap)."""
    if second.field not in (None, first.field):
        return []
    found: list[Plan] = []
    if first.field is None and looks_like_number(second.text):
        found += _articles(f"{first.text} {second.text}")
    if not (first.text.isalpha() and second.text.isalpha()):
        return found
    if first.field in (None, "name") and (key := pair_key(first.text, second.text)):
        found.append(Term(f"n{key}", 0.4))
    if first.text.isascii() and second.text.isascii():
        joined = fold_word(first.text + second.text)
        if first.field in (None, "court") and (key := coarse_sound(joined)):
            found.append(_place(key, section_of(first.field)))
        if first.field is None and fold_word(first.text) in PREFIXES:
            found += [Term(f"e{joined}"), Term(f"s{stem(joined)}", 0.6)]
    return found


def _alone_in(word: q.Word, children: tuple[q.Node, ...], at: int) -> list[Plan]:
    """What may stand for a word because of others: an initial, the label of a number."""
    if word.field in (None, "name") and (key := initial_key(word.text)):
        return [Term(f"n{key}", 0.2)]
    if word.field in (None, "number") and is_number_label(word.text):
        for following in children[at + 1 :]:
            if not isinstance(following, q.Word):
                break
            if looks_like_number(following.text):
                return [_number(following.text)]
            if not is_number_label(following.text):
                break
    return []


def _articles(text: str) -> list[Plan]:
    """Documents that name an article, however it is written; of a named law only that one's."""
    named = [tuple(token.text for token in group) for group in groups(tokenise(text))]
    found = list(dict.fromkeys(articles(named)))
    by_law = [article for article in found if not article[0].isdigit()]
    return [Term(f"a{article}", 1.0) for article in by_law or found]


def _values(field: str | None, text: str, *, is_prefix: bool = False) -> list[Plan]:
    return [Value(field, text, is_prefix)] if field in FACETS else []


def section_of(field: str | None) -> str | None:
    """Letter of the body section for a field; ``None`` means anywhere, ``""`` that there is
    none (a field of codes only)."""
    return None if field is None else SECTIONS.get(field, "")


def _word(text: str, field: str | None) -> Plan:
    """A word typed without quotes; it can analyse to several tokens (``re-arrest``, Khmer)."""
    section = section_of(field)
    if section == "":
        return Nothing()
    made = [_group(list(group), section, exact=False) for group in groups(tokenise(text))]
    plans = [all_of(made)]
    if looks_like_number(text):
        if section in (None, "#"):
            plans.append(_number(text))
        if section is None:
            plans += _articles(text)
    return any_of(plans)


def _group(group: list[Token], section: str | None, *, exact: bool) -> Plan:
    words = tuple(token.text for token in group)
    if group[0].is_khmer:
        return _khmer(words, section, exact=exact)
    if len(words) == 1:
        return _english(words[0], section, exact=exact)
    together = Verified(
        all_of([Term(f"e{word}") for word in words]), PhrasePattern(render(group), section)
    )
    joined = "".join(words)
    plans: list[Plan] = [together, Term(f"e{joined}", 2.0)]
    if not exact:
        plans.append(Term(f"s{stem(joined)}", 0.6))
    if section is not None:
        # The body holds the words of a compound apart.
        apart = PhrasePattern(joined, section)
        plans[1:] = [Verified(made, apart) for made in plans[1:]]
    return any_of(plans)


def _in_section(made: Plan, section: str | None, words: str) -> Plan:
    return made if section is None else Verified(made, PhrasePattern(words, section))


def _english(word: str, section: str | None, *, exact: bool) -> Plan:
    plain = _in_section(Term(f"e{word}"), section, word)
    if exact:
        return plain
    plans: list[Plan] = [plain]
    root = stem(word)
    stems: list[Plan] = [Term(f"s{root}", 0.6)]
    if root != word:
        stems.append(Term(f"e{root}", 0.6))
    if word.isalpha() and word.isascii():
        made = any_of(stems)
        plans.append(made if section is None else Verified(made, StemPattern(root, section)))
    if word.isalpha():
        if section in (None, "N"):
            plans.extend(Term(f"n{key}", 0.5) for key in word_keys(word))
        if section in (None, "U") and len(word) > 2 and (key := coarse_sound(word)):
            plans.append(_place(key, section))
    return any_of(plans)


def _place(key: str, section: str | None) -> Plan:
    made = Term(f"p{key}", 0.3)
    return made if section is None else Verified(made, PlacePattern(key))


def _khmer(run: tuple[str, ...], section: str | None, *, exact: bool) -> Plan:
    """A Khmer string anywhere in running text; as a whole word it counts more.

    Typed without spaces several words can stand in one run: documents that have them apart
    follow after those that have them together.
    """
    text = "".join(run)
    pattern = ClusterPattern(text, section)
    if len(run) == 1:
        candidates: Plan = TermPrefix(f"k{run[0]}|", 0.2)
    else:
        candidates = all_of([Term(pair, 0.3 / len(run)) for pair in list(pairs(run))[:-1]])
    together: Plan = Verified(candidates, pattern) if len(run) > 2 or section else candidates
    whole: Plan = Term(f"w{text}", 2.0)
    plans = [together, whole if section is None else Verified(whole, pattern)]
    if section in (None, "N") and not exact and 1 < len(run) < 8:
        keys = sorted({key for spelled in romanise(text) for key in word_keys(spelled)})
        plans.extend(Term(f"n{key}", 0.4) for key in keys)
    if not exact and len(run) > 3:
        words = segment(run)
        split = [tuple(c for _, _, c in khmer.clusters(word)) for word in words]
        if len(split) > 1 and all(len(part) > 1 for part in split):
            plans.append(all_of([_khmer(part, section, exact=True) for part in split]))
    return any_of(plans)


def _number(text: str) -> Plan:
    """A case number as given, in its one spelling, in part, or with the year in two digits."""
    plans: list[Plan] = [Term(f"={compact_number(text)}")]
    for parts, boost in number_readings(text):
        terms: list[Plan] = [Term(f"#{part}", boost) for part in parts]
        if len(parts) == 1:
            plans.extend(terms)
        elif parts:
            plans.append(Verified(Both(tuple(terms)), NumberPattern("-".join(parts))))
    return any_of(plans)


def _phrase(node: q.Phrase) -> Plan:
    section = section_of(node.field)
    if section == "":
        return Nothing()
    tokens = tokenise(node.text)
    if not tokens:
        return Nothing()
    made = [_candidates(group) for group in groups(tokens)]
    if node.slop is not None:
        units = tuple(render(group) for group in groups(tokens))
        if not any(token.is_khmer for token in tokens):
            units = tuple(token.text for token in tokens)
        return Verified(all_of(made), NearPattern(units, node.slop, section))
    if len(tokens) == 1 and section is None:
        return _group(tokens, None, exact=True)
    found: Plan = Verified(all_of(made), PhrasePattern(render(tokens), section))
    if section in (None, "#") and looks_like_number(node.text):
        return any_of([found, _number(node.text)])
    if section == "U" and all(token.text.isalpha() and token.text.isascii() for token in tokens):
        return any_of([found, *_court([token.text for token in tokens])])
    return found


def _court(words: list[str]) -> list[Plan]:
    """A court by how its name sounds: a value of several words has to be quoted."""
    telling = [word for word in words if word not in OF_EVERY_COURT and len(word) > 2]
    found: list[Plan] = [all_of([_place(coarse_sound(word), "U") for word in telling])]
    if len(words) == 2:
        found.append(_place(coarse_sound("".join(words)), "U"))
    return found


def _candidates(group: list[Token]) -> Plan:
    """Documents that have all parts of a group somewhere."""
    words = tuple(token.text for token in group)
    if not group[0].is_khmer:
        return all_of([Term(f"e{word}") for word in words])
    if len(words) == 1:
        return TermPrefix(f"k{words[0]}|", 0.2)
    return all_of([Term(pair, 0.3 / len(words)) for pair in list(pairs(words))[:-1]])


def _prefix(text: str, field: str | None) -> Plan:
    section = section_of(field)
    tokens = tokenise(text)
    if section == "" or not tokens:
        return Nothing()
    if section == "N" and len(tokens) == 1 and (begun := name_beginnings(tokens[0].text)):
        # As a whole name is found in other romanisations, so is its beginning.
        return any_of([TermPrefix(f"n{key}") for key in sorted(begun)])
    if any(token.is_khmer for token in tokens):
        return any_of([_word(text, field), *_khmer_beginning(text, section)])
    last = tokens[-1].text
    before: list[Plan] = [Term(f"e{token.text}") for token in tokens[:-1]]
    made = all_of([*before, TermPrefix(f"e{last}")])
    if len(tokens) > 1 or section is not None:
        made = Verified(made, PrefixPattern(render(tokens), section))
    plans = [made]
    if len(tokens) > 1 and section is None:
        plans.append(TermPrefix(f"e{''.join(token.text for token in tokens)}"))
    if section in (None, "#") and looks_like_number(text):
        plans.append(TermPrefix(f"={compact_number(text)}"))
        parts = number_parts(text)
        if len(parts) == 1:
            plans.append(TermPrefix(f"#{parts[0]}"))
        elif parts:
            whole: list[Plan] = [Term(f"#{part}") for part in parts[:-1]]
            found = Both((*whole, TermPrefix(f"#{parts[-1]}")))
            plans.append(Verified(found, NumberPattern("-".join(parts), open_end=True)))
    return any_of(plans)


def _khmer_beginning(text: str, section: str | None) -> list[Plan]:
    """Names in Latin letters that begin as this Khmer text is written there."""
    if section != "N":
        return []
    keys = sorted({f"n*{key}" for spelled in romanise(text) if (key := coarse_sound(spelled))})
    return [TermPrefix(key, 0.3) for key in keys if len(key) > 3]


def _fuzzy(node: q.Fuzzy) -> Plan:
    section = section_of(node.field)
    tokens = tokenise(node.text)
    if section == "" or not tokens:
        return Nothing()
    if len(tokens) > 1 or tokens[0].is_khmer:
        return _word(node.text, node.field)
    word = fold_word(node.text)
    made: Plan = any_of([Term(f"e{word}"), TermFuzzy(word, node.distance)])
    if section is not None:
        made = Verified(made, FuzzyPattern(word, node.distance, section))
    if section in (None, "N"):
        return any_of([made, *(Term(f"n{key}", 0.5) for key in word_keys(word))])
    return made


__all__ = [
    "NUMBER_SECTION",
    "Both",
    "Days",
    "Either",
    "Every",
    "Nothing",
    "Plan",
    "Term",
    "TermFuzzy",
    "TermPrefix",
    "Value",
    "Verified",
    "Without",
    "fits",
    "fold_code",
    "narrowed",
    "plan",
]
