"""Are these two entries the same person? Scores pairs of names and contacts, and says why.

The method is Fellegi and Sunter's ("A theory for record linkage", JASA 64, 1969): each feature agrees to some
level, each level is worth some bits of evidence, the sum with the prior odds is a probability. Distances
between names are rapidfuzz's (Damerau–Levenshtein). Candidate pairs come from keys that true duplicates share
(blocking), so that a million entries do not make a billion comparisons.
"""

import math
import unicodedata
from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from itertools import combinations

from rapidfuzz.distance import OSA

LETTERS = {"œ": "oe", "æ": "ae", "ß": "ss", "ø": "o", "ł": "l"}
PARTICLES = frozenset({"d", "da", "de", "del", "des", "di", "do", "du", "van", "von"})
"""Words that people leave out; articles stay: Latour is de La Tour."""


class Level(IntEnum):
    """How far one feature agrees, from worst to best. ``UNKNOWN``: one of the two says nothing."""

    DIFFERENT = 0
    UNKNOWN = 1
    PARTLY = 2
    NEAR = 3
    SAME = 4


@dataclass(frozen=True, kw_only=True)
class Entry:
    """What is compared. Any text may be empty; ``phones`` and ``emails`` in one normalised form each."""

    given: str = ""
    family: str = ""
    place: str = ""
    postal_code: str = ""
    emails: frozenset[str] = frozenset()
    phones: frozenset[str] = frozenset()


@dataclass(frozen=True, kw_only=True)
class Features:
    """How far two entries agree. ``swapped``: family and given name stand in each other's place."""

    family: Level
    given: Level
    place: Level
    email: Level
    phone: Level
    swapped: bool = False


Bits = tuple[float, float, float, float, float]


@dataclass(frozen=True, kw_only=True)
class Weights:
    """Bits of evidence of each level (different, unknown, partly, near, same); they may never fall.

    Estimated for a campaign of some thousands to some hundred thousand people in France: a family name is
    shared by about one pair in 2,000, a given name by one in 120, a commune by one in 300 of a département.
    """

    family: Bits = (-7.0, 0.0, 3.0, 6.5, 10.0)
    given: Bits = (-6.0, 0.0, 1.5, 5.0, 6.5)
    place: Bits = (-2.5, 0.0, 2.5, 4.0, 6.0)
    email: Bits = (-0.5, 0.0, 2.0, 7.0, 18.0)
    phone: Bits = (-1.0, 0.0, 0.5, 4.0, 12.0)
    swapped: float = -1.0
    prior: float = -14.0

    def __post_init__(self) -> None:
        for name in ("family", "given", "place", "email", "phone"):
            bits: Bits = getattr(self, name)
            if list(bits) != sorted(bits) or bits[Level.UNKNOWN] != 0:
                raise ValueError(f"{name}: weights must rise with the level, and know nothing of the unknown")
        if self.swapped > 0:
            raise ValueError("swapped names are no better evidence than names in their place")


DEFAULT = Weights()
"""Weights used where nothing else is said."""


@dataclass(frozen=True, kw_only=True)
class Pair:
    """Two keys of the given entries, the smaller first, with the probability that they are one person."""

    first: Hashable
    second: Hashable
    score: float
    features: Features


def folded(text: str) -> str:
    """Lower case, no accents, words separated by single blanks."""
    plain = "".join(LETTERS.get(letter, letter) for letter in text.casefold())
    letters = (c for c in unicodedata.normalize("NFKD", plain) if not unicodedata.combining(c))
    return " ".join("".join(c if c.isalnum() else " " for c in letters).split())


def name_level(one: str, other: str) -> Level:
    """Same letters; one letter apart; one contained in the other (a compound name, an initial); or none."""
    words, others = _words(one), _words(other)
    if not words or not others:
        return Level.UNKNOWN
    joined, joined_other = "".join(words), "".join(others)
    if joined == joined_other:
        return Level.SAME
    if _one_letter_apart(joined, joined_other):
        return Level.NEAR
    return Level.PARTLY if _contained(words, others) else Level.DIFFERENT


def _words(text: str) -> tuple[str, ...]:
    words = folded(text).split()
    return tuple(word for word in words if word not in PARTICLES) or tuple(words)


def _one_letter_apart(one: str, other: str) -> bool:
    # A change in a very short name makes another name: Léa, Léo; Lin, Lim.
    longest = max(len(one), len(other))
    return longest >= 4 and OSA.distance(one, other) <= (1 if longest < 9 else 2)


def _contained(words: Sequence[str], others: Sequence[str]) -> bool:
    short, long = sorted((words, others), key=lambda name: (len(name), len("".join(name)), name))
    if set(short) <= set(long):
        return True
    return all(len(part) == 1 for part in short) and all(
        whole.startswith(part) for part, whole in zip(short, long, strict=False)
    )


def email_level(one: frozenset[str], other: frozenset[str]) -> Level:
    """An address in common; the same name before the @ on two services; one letter apart; or none."""
    if not one or not other:
        return Level.UNKNOWN
    if one & other:
        return Level.SAME
    pairs = [(a, b) for a in one for b in other]
    if any(_mailbox(a) == _mailbox(b) and len(_mailbox(a)) >= 5 for a, b in pairs):
        return Level.NEAR
    near = any(_domain(a) == _domain(b) and _one_letter_apart(_mailbox(a), _mailbox(b)) for a, b in pairs)
    return Level.PARTLY if near else Level.DIFFERENT


def _mailbox(address: str) -> str:
    """The part before the @ without its extension, dots and signs, which people leave out."""
    local = address.casefold().partition("@")[0].partition("+")[0]
    return "".join(letter for letter in local if letter.isalnum())


def _domain(address: str) -> str:
    return address.casefold().partition("@")[2]


def phone_level(one: frozenset[str], other: frozenset[str]) -> Level:
    """A number in common, or one wrong or swapped digit."""
    if not one or not other:
        return Level.UNKNOWN
    if one & other:
        return Level.SAME
    return Level.NEAR if any(OSA.distance(a, b) == 1 for a in one for b in other) else Level.DIFFERENT


def place_level(one: Entry, other: Entry) -> Level:
    """Same commune and code; one of the two; or neither."""
    commune, code = _equal(one.place, other.place), _equal(one.postal_code, other.postal_code)
    if commune is None and code is None:
        return Level.UNKNOWN
    if commune:
        return Level.SAME if code is not False else Level.NEAR
    return Level.PARTLY if code else Level.DIFFERENT


def _equal(one: str, other: str) -> bool | None:
    return one == other if one and other else None


def compare(one: Entry, other: Entry, *, weights: Weights = DEFAULT) -> Features:
    """How far two entries agree; names are tried in each other's place too, and the better reading counts."""
    straight = _features(one, other, name_level(one.family, other.family), name_level(one.given, other.given))
    family, given = name_level(one.family, other.given), name_level(one.given, other.family)
    # The worse of the two for both: whichever entry comes first, the answer is the same.
    crossed = _features(one, other, min(family, given), min(family, given), swapped=True)
    return crossed if bits(crossed, weights=weights) > bits(straight, weights=weights) else straight


def _features(one: Entry, other: Entry, family: Level, given: Level, *, swapped: bool = False) -> Features:
    return Features(
        family=family,
        given=given,
        place=place_level(one, other),
        email=email_level(one.emails, other.emails),
        phone=phone_level(one.phones, other.phones),
        swapped=swapped,
    )


def bits(features: Features, *, weights: Weights = DEFAULT) -> float:
    """The evidence in bits, before the prior."""
    return (
        weights.family[features.family]
        + weights.given[features.given]
        + weights.place[features.place]
        + weights.email[features.email]
        + weights.phone[features.phone]
        + (weights.swapped if features.swapped else 0.0)
    )


def score(features: Features, *, weights: Weights = DEFAULT) -> float:
    """The probability, 0 to 1, that the two are one person."""
    total = bits(features, weights=weights) + weights.prior
    return 1 / (1 + math.exp2(-max(-500.0, min(500.0, total))))


def keys(entry: Entry) -> frozenset[tuple[str, ...]]:
    """What true duplicates share at least one of: an address, a number, or names with a place or a sound."""
    family, given = "".join(_words(entry.family)), "".join(_words(entry.given))
    found: set[tuple[str, ...]] = {("email", address) for address in entry.emails}
    found |= {("phone", number) for number in entry.phones}
    found |= {("mailbox", _mailbox(a)) for a in entry.emails if len(_mailbox(a)) >= 5}
    if family and given:
        found.add(("names", *sorted((family, given))))
        found |= {("sound", *sorted((_sound(family), _sound(given))))}
        for place in filter(None, (entry.place, entry.postal_code)):
            found |= {
                ("family", family, place),
                ("given", given, family[:1], place),
                ("given", family, place),
            }
    return frozenset(found)


def _sound(name: str) -> str:
    """The consonants in order, doubles once: vowels and doubled letters are what people misspell."""
    kept = [name[:1]]
    for letter in name[1:].replace("ph", "f").replace("h", "").replace("y", "i"):
        if letter not in "aeiou" and letter != kept[-1]:
            kept.append(letter)
    return "".join(kept)


@dataclass(frozen=True, kw_only=True)
class Search:
    """How widely to look. A block larger than ``largest_block`` says nothing and is left out."""

    threshold: float = 0.5
    largest_block: int = 200
    weights: Weights = field(default=DEFAULT)

    def __post_init__(self) -> None:
        if not 0 < self.threshold < 1 or self.largest_block < 2:
            raise ValueError("threshold between 0 and 1, blocks of at least two")


def blocks(entries: Mapping[Hashable, Entry]) -> Iterator[list[Hashable]]:
    """Groups of keys that share something, each in the order of the entries."""
    found: dict[tuple[str, ...], list[Hashable]] = defaultdict(list)
    for id_, entry in entries.items():
        for key in keys(entry):
            found[key].append(id_)
    return (block for block in found.values() if len(block) > 1)


def pairs_in(
    block: Sequence[Hashable], entries: Mapping[Hashable, Entry], *, search: Search
) -> Iterator[Pair]:
    """The pairs of a block that reach the threshold."""
    if len(block) > search.largest_block:
        return
    for one, other in combinations(block, 2):
        features = compare(entries[one], entries[other], weights=search.weights)
        reached = score(features, weights=search.weights)
        if reached >= search.threshold:
            first, second = sorted((one, other), key=str)
            yield Pair(first=first, second=second, score=reached, features=features)


def duplicates(entries: Mapping[Hashable, Entry], *, search: Search | None = None) -> list[Pair]:
    """Every pair that shares a key and reaches the threshold, once, the surest first."""
    chosen = search or Search()
    found: dict[tuple[Hashable, Hashable], Pair] = {}
    for block in blocks(entries):
        found |= {(pair.first, pair.second): pair for pair in pairs_in(block, entries, search=chosen)}
    return surest_first(found.values())


def surest_first(pairs: Iterable[Pair]) -> list[Pair]:
    """In falling order of score; equal ones by their keys, so that the order never depends on chance."""
    return sorted(pairs, key=lambda pair: (-pair.score, str(pair.first), str(pair.second)))
