"""Addresses as people type them: the number, the street, the town; and which street of a commune is meant."""

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from rapidfuzz import process
from rapidfuzz.distance import OSA

from amiral.cores.names.comparing import Asked, Spelt, slips
from amiral.cores.names.spelling import PARTICLES, plain_words

SLIP = 1 / 30
NEAREST = 12
OTHER_KIND, NO_KIND = 1.0, 0.3
"""Slips of taking a road for a boulevard, and of writing neither."""

KINDS = {
    "r": "rue", "rue": "rue", "rues": "rue",
    "av": "avenue", "ave": "avenue", "aven": "avenue", "avenue": "avenue",
    "bd": "boulevard", "bld": "boulevard", "blvd": "boulevard", "bvd": "boulevard", "boul": "boulevard",
    "boulevard": "boulevard",
    "pl": "place", "place": "place", "plce": "place", "all": "allee", "al": "allee", "allee": "allee",
    "allees": "allee", "imp": "impasse", "impasse": "impasse", "ch": "chemin", "che": "chemin",
    "chem": "chemin", "chemin": "chemin", "rte": "route", "route": "route", "sq": "square",
    "square": "square", "fg": "faubourg", "fbg": "faubourg", "faub": "faubourg", "faubourg": "faubourg",
    "crs": "cours", "cours": "cours", "pass": "passage", "pas": "passage", "psg": "passage",
    "passage": "passage", "qu": "quai", "quai": "quai", "res": "residence", "residence": "residence",
    "lot": "lotissement", "lotissement": "lotissement", "villa": "villa", "vla": "villa", "cite": "cite",
    "cour": "cour", "esp": "esplanade", "esplanade": "esplanade", "prom": "promenade",
    "promenade": "promenade", "rpt": "rond point", "mte": "montee", "montee": "montee", "sentier": "sentier",
    "sente": "sente", "ruelle": "ruelle", "rle": "ruelle", "traverse": "traverse", "trav": "traverse",
    "venelle": "venelle", "mail": "mail", "voie": "voie", "parvis": "parvis", "galerie": "galerie",
    "hameau": "hameau", "ham": "hameau", "clos": "clos", "port": "port", "pont": "pont",
    "quartier": "quartier",
}  # fmt: skip
"""How kinds of streets are written, to one word each."""

_TITLES = {
    "gal": "general", "gen": "general", "gl": "general", "dr": "docteur", "doct": "docteur",
    "prof": "professeur", "pr": "professeur", "pdt": "president", "pres": "president", "mal": "marechal",
    "mar": "marechal", "cdt": "commandant", "comdt": "commandant", "col": "colonel", "cne": "capitaine",
    "cap": "capitaine", "capt": "capitaine", "lt": "lieutenant", "sgt": "sergent", "mgr": "monseigneur",
    "ier": "1er", "premier": "1er", "deux": "2", "trois": "3", "quatre": "4", "cinq": "5", "six": "6",
    "sept": "7", "huit": "8", "neuf": "9", "onze": "11", "douze": "12", "treize": "13", "quatorze": "14",
    "quinze": "15", "seize": "16", "fbg": "faubourg", "fg": "faubourg", "rep": "republique",
}  # fmt: skip
_NUMBER = re.compile(r"(\d{1,4})(bis|ter|quater|quinquies|[a-z])?\Z")
_SURE_SUFFIXES = frozenset({"bis", "ter", "quater", "quinquies"})
_SUFFIX = re.compile(r"(?:bis|ter|quater|quinquies|[a-z])\Z")
_BOX = frozenset({"bp", "cs", "tsa"})
_POSTAL = re.compile(r"(?<![0-9])(?:F-?)?([0-9]{2} ?[0-9]{3})(?![0-9])")
_SAME_SUFFIX = {"b": "bis", "t": "ter", "q": "quater"}


@dataclass(frozen=True, slots=True)
class AddressText:
    """A typed address taken apart: (number, suffix, words of the street) in the ways it may be read.

    ``number`` is 0 without one. ``postal_code`` and ``city`` are what stood behind the street.
    """

    readings: tuple[tuple[int, str, tuple[str, ...]], ...]
    postal_code: str
    city: str


def parse_address(text: str) -> AddressText:
    """Takes ``12 bis, r. de la Paix 75002 Paris`` apart."""
    text = text[:200]
    code = city = ""
    found = list(_POSTAL.finditer(text))
    if found and found[-1].start():
        code, city = found[-1][1].replace(" ", ""), text[found[-1].end() :].strip(" ,;-")
        text = text[: found[-1].start()]
    elif "," in text.rstrip(" ,"):
        before, after = text.rstrip(" ,").rsplit(",", 1)
        words = plain_words(after)
        is_town = bool(words) and words[0] not in KINDS and not any(map(str.isdigit, after))
        if is_town and any(len(word) >= 3 and word.isalpha() for word in plain_words(before)):
            text, city = before, after.strip()
    return AddressText(_readings(_without_box(plain_words(text))), code, city)


def _without_box(words: list[str]) -> list[str]:
    for place, word in enumerate(words[:-1]):
        if word in _BOX and words[place + 1].isdigit():
            return words[:place] + words[place + 2 :]
    return words


def _readings(words: list[str]) -> tuple[tuple[int, str, tuple[str, ...]], ...]:
    """The number in front of the kind of street, else in front of all, else behind; else none."""
    found: list[tuple[int, str, tuple[str, ...]]] = []
    for place in sorted(range(len(words)), key=lambda one: not _before_kind(words, one)):
        match = _NUMBER.match(words[place])
        if match and (place == 0 or _before_kind(words, place)):
            suffix, rest = match[2] or "", words[place + 1 :]
            if not suffix and len(rest) > 1 and _is_suffix(rest[0], rest[1]):
                suffix, rest = rest[0], rest[1:]
            while rest and rest[0].isdigit() and len(rest) > 1:  # 12-14 rue …
                rest = rest[1:]
            found.append((int(match[1]), suffix, tuple(rest)))
    last = _NUMBER.match(words[-1]) if len(words) > 2 else None
    if last and not found and len(last[1]) < 4:
        found.append((int(last[1]), last[2] or "", tuple(words[:-1])))
    return (*found, (0, "", tuple(words)))


def _is_suffix(word: str, after: str) -> bool:
    """``12 d rue Arago`` has one, ``12 d'Arago`` and ``12 r. Arago`` have none."""
    if word in _SURE_SUFFIXES:
        return True
    if after in KINDS and (word not in KINDS or len(word) == 1):
        return len(word) <= 3 and word not in PARTICLES - {"d", "l", "s", "a"}
    return len(word) == 1 and word.isalpha() and word not in KINDS and word not in PARTICLES


def _before_kind(words: list[str], place: int) -> bool:
    behind = words[place + 1 : place + 4]
    kinds = [number for number, word in enumerate(behind) if KINDS.get(word) == word or word in KINDS]
    between = behind[: kinds[0]] if kinds else ["?"]
    return all(_SUFFIX.match(word) or word.isdigit() for word in between)


def street_words(words: Sequence[str]) -> tuple[str, tuple[str, ...]]:
    """(kind, words of the name) of a street, abbreviations in full and particles left out."""
    kind = KINDS.get(words[0], "") if len(words) > 1 else ""
    rest = [_TITLES.get(word, word) for word in (words[1:] if kind else words)]
    name = [word for word in rest if word not in PARTICLES] or rest
    return kind, tuple(name)


def _nearly_kind(words: Sequence[str]) -> str:
    """The kind of street that a first word with a slip in it is meant for, if it is for one."""
    if len(words) < 2 or not 3 <= len(words[0]) <= 11:
        return ""
    near = process.extractOne(words[0], _FULL_KINDS, scorer=OSA.distance, score_cutoff=1)
    return str(near[0]) if near and (len(words[0]) > 4 or words[0][0] == near[0][0]) else ""


_FULL_KINDS = tuple(sorted({kind for kind in KINDS.values() if " " not in kind}))


def same_suffix(one: str, other: str) -> bool:
    """``b`` may be written for ``bis``; otherwise suffixes are alike or they are not."""
    one, other = one.lower(), other.lower()
    return one == other or _SAME_SUFFIX.get(one, one) == _SAME_SUFFIX.get(other, other)


class Streets:
    """The streets of a place by their names; immutable."""

    def __init__(self, names: Sequence[str]) -> None:
        self._kinds: list[str] = []
        self._names: list[Spelt] = []
        self._exact: dict[tuple[str, str], list[int]] = defaultdict(list)
        self._by_key: dict[str, list[int]] = defaultdict(list)
        self._by_word: dict[str, list[int]] = defaultdict(list)
        for number, name in enumerate(names):
            kind, words = street_words(plain_words(name) or ["?"])
            self._kinds.append(kind)
            self._names.append(Spelt(words))
            self._exact[kind, "".join(words)].append(number)
            self._by_key["".join(words)].append(number)
            for word in set(words):
                self._by_word[word].append(number)
        self._keys = list(self._by_key)

    def find(self, words: Sequence[str], limit: int) -> list[tuple[int, float]]:
        """Streets with a score in (0, 1], best first: how like it the text is, and how alone."""
        if not words:
            return []
        kind, name = street_words(list(words))
        exact = self._exact.get((kind, "".join(name)))
        if exact and kind:
            return [(number, round(1.0 / len(exact), 3)) for number in exact[:limit]]
        if not kind and (near := _nearly_kind(words)):
            return self.find([near, *words[1:]], limit)
        asked = Asked(name)
        costs = {
            number: cost
            for number in self._near(asked)
            if (cost := self._cost(asked, kind, number)) <= 1.0 + 0.2 * len(asked.key)
        }
        total = sum(SLIP**cost for cost in costs.values())
        scores = {
            number: (1.0 - cost / (len(asked.key) + 3)) * SLIP**cost / total for number, cost in costs.items()
        }
        ranked = sorted(scores.items(), key=lambda pair: (-pair[1], pair[0]))
        return [(number, round(score, 3)) for number, score in ranked[:limit]]

    def _near(self, asked: Asked) -> set[int]:
        close = process.extract(
            asked.key, self._keys, scorer=OSA.normalized_similarity, limit=NEAREST, score_cutoff=0.55
        )
        found = {number for key, _score, _place in close for number in self._by_key[key]}
        for word in asked.core:
            if len(word) >= 4:
                found.update(self._by_word.get(word, ()))
        return found

    def _cost(self, asked: Asked, kind: str, number: int) -> float:
        own = self._kinds[number]
        cost = slips(asked, self._names[number])
        if kind == own:
            return cost
        return cost + (OTHER_KIND if kind and own else NO_KIND)


@lru_cache(maxsize=50_000)
def _street_key(street: str) -> str:
    kind, name = street_words(plain_words(street))
    return " ".join((kind, *name)).strip()


def address_key(commune_code: str, number: str, street: str) -> str:
    """One text for an address, however two files write it: ``71270|rue barre|12bis``.

    Empty where the commune, the street or the number is missing: then nothing says that two are the same.
    ``12 B`` and ``12 bis`` have one key, since files write either for the other.
    """
    match = _NUMBER.match("".join(plain_words(number)))
    key = _street_key(street)
    if not (match and commune_code and key):
        return ""
    suffix = _SAME_SUFFIX.get(match[2] or "", match[2] or "")
    return f"{commune_code}|{key}|{int(match[1])}{suffix}"
