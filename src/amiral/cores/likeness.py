"""How alike two short texts are, and where two versions of a text differ. Pure functions of text."""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum

ALIKE = 0.5
"""From here on a person is asked whether he means the same (chosen on the examples of the test)."""
_SMALL = frozenset(
    {
        *("a", "au", "aux", "avec", "ce", "ces", "d", "dans", "de", "des", "du", "elle", "en", "est", "et"),
        *(
            "il",
            "ils",
            "j",
            "je",
            "l",
            "la",
            "le",
            "les",
            "leur",
            "ma",
            "mais",
            "mes",
            "mon",
            "n",
            "ne",
            "nous",
        ),
        *("on", "ou", "par", "pas", "pour", "qu", "que", "qui", "s", "sa", "se", "ses", "son", "sur", "un"),
        *("une", "vos", "votre", "vous", "y", "faut"),
    }
)
"""Words of French that carry no meaning of their own."""


class Change(StrEnum):
    """What became of a piece of text."""

    KEPT = "kept"
    REMOVED = "removed"
    ADDED = "added"


@dataclass(frozen=True, kw_only=True)
class Piece:
    """A run of text, blanks included."""

    change: Change
    text: str


def grams(text: str) -> frozenset[str]:
    """Runs of three letters of the words that carry meaning, without accents or capitals."""
    words = re.findall(r"\w+", _plain(text))
    telling = [word for word in words if word not in _SMALL] or words
    padded = [f" {word} " for word in telling]
    return frozenset(word[at : at + 3] for word in padded for at in range(max(1, len(word) - 2)))


def likeness(one: str, other: str) -> float:
    """Dice's coefficient of the two sets of grams: 0 (nothing in common) to 1."""
    return _dice(grams(one), grams(other))


def nearest(
    text: str, others: Mapping[int, str], *, least: float = ALIKE, most: int = 5
) -> tuple[tuple[int, float], ...]:
    """Ids of the texts that are most alike, the best first, equal ones by id; O(characters of all)."""
    mine = grams(text)
    found = [(key, _dice(mine, grams(other))) for key, other in others.items()]
    near = [(key, score) for key, score in found if score >= least]
    return tuple(sorted(near, key=lambda pair: (-pair[1], pair[0]))[:most])


def comparison(before: str, after: str) -> tuple[Piece, ...]:
    """The words kept, removed and added between two texts, in reading order."""
    old, new = _words(before), _words(after)
    pieces: list[Piece] = []
    for tag, i1, i2, j1, j2 in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag == "equal":
            pieces.append(_piece(Change.KEPT, old[i1:i2]))
            continue
        pieces += [_piece(Change.REMOVED, old[i1:i2])] if i1 < i2 else []
        pieces += [_piece(Change.ADDED, new[j1:j2])] if j1 < j2 else []
    return tuple(pieces)


def _piece(change: Change, words: Iterable[str]) -> Piece:
    return Piece(change=change, text="".join(words))


def _words(text: str) -> list[str]:
    return re.findall(r"\s+|[^\W_]+|[\W_]", text)


def _plain(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text.casefold()).replace("œ", "oe").replace("æ", "ae")
    return "".join(char for char in plain if not unicodedata.combining(char))


def _dice(one: frozenset[str], other: frozenset[str]) -> float:
    return 2 * len(one & other) / (len(one) + len(other)) if one and other else float(one == other)
