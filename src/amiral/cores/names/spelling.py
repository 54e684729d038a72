"""One spelling for all the ways in which a French place name is typed, and the ways in which one is.

Everything here is a pure function of a text. A *key* is a name without spaces, so that hyphens, missing and
superfluous spaces are no difference at all.
"""

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

MOST_LETTERS = 120
"""Longer texts are cut: the longest French name has 45 letters."""

ARTICLES = frozenset({"le", "la", "les", "l"})
PARTICLES = ARTICLES | frozenset(
    {"a", "au", "aux", "d", "de", "des", "du", "en", "et", "es", "sous", "sur", "s", "ss"}
)
"""Words that people leave out or exchange; what is left of a name without them is its skeleton."""

CITIES_OF_DISTRICTS = frozenset({"paris", "lyon", "marseille"})

_LIGATURES = str.maketrans({"œ": "oe", "æ": "ae", "ß": "ss", "ø": "o", "ł": "l"})
_SCANNED = str.maketrans({"0": "o", "1": "l", "5": "s", "8": "b", "6": "g"})
_SUR, _SOUS = re.compile(r"\bs\s*/\s*"), re.compile(r"\bss\s*/\s*")
_SIGNS = re.compile(r"[^a-z0-9]+")
_LEADING = ARTICLES | frozenset({"a", "au", "aux"})
_WORDS = {
    "st": "saint",
    "ste": "sainte",
    "sts": "saints",
    "stes": "saintes",
    "lez": "les",
    "mt": "mont",
    "mts": "monts",
    "gd": "grand",
    "gde": "grande",
    "gds": "grands",
    "gdes": "grandes",
    "vx": "vieux",
}
_POSTAL = re.compile(r"\d{5}\Z")
_DEPARTEMENT = re.compile(r"(?:\d{1,3}|2[ab])\Z")
_NUMBER = re.compile(r"0?(\d{1,2})(?:er|ere|e|em|eme|ieme|nd|nde|d)?\Z")
_ROMAN = re.compile(r"(x{0,2}(?:ix|iv|v?i{0,3}))(?:er|ere|e|eme|ieme|nd)?\Z")
_GLUED = re.compile(r"(paris|lyon|marseille)(\d{1,2}(?:er|e|eme|ieme)?)\Z")
_DISTRICT_WORDS = frozenset({"arrondissement", "arrdt", "arr", "ardt", "eme", "er", "e", "ieme"})
_CEDEX = frozenset({"cedex", "cdx", "cedx"})
_SHORT = (("sainte", "ste"), ("saint", "st"))


@dataclass(frozen=True, slots=True)
class Typed:
    """What somebody typed for a place, taken apart.

    ``key`` has no leading article, ``full`` has it. ``district``: the arrondissement of Paris, Lyon or
    Marseille, 0 without. ``departement``: a trailing number that may name one (``Saint-Denis 93``).
    """

    words: tuple[str, ...]
    key: str
    full: str
    skeleton: str
    postal_code: str
    departement: str
    district: int
    cedex: bool


def normalise(text: str) -> str:
    """Lower case, no accent, ligature or sign, no article around, abbreviations in full.

    ``"L'Haÿ-les-Roses"`` and ``"HAY LES ROSES"`` give ``"hay les roses"``, ``"Havre (Le)"`` gives
    ``"havre"``. Doing it twice changes nothing.
    """
    return " ".join(_bare(_expanded(_plain(text))))


def plain_words(text: str) -> list[str]:
    """The words of a text in small letters without accents, ``Saint`` and its like in full."""
    return _expanded(_plain(text))


def _plain(text: str) -> list[str]:
    lower = text[:MOST_LETTERS].casefold()
    if not lower.isascii():
        lower = unicodedata.normalize("NFKD", lower.translate(_LIGATURES))
        lower = "".join([char for char in lower if not unicodedata.combining(char)])
    if "/" in lower:
        lower = _SUR.sub("sur ", _SOUS.sub("sous ", lower))
    return [_letters(word) for word in _SIGNS.sub(" ", lower).split()]


def _letters(word: str) -> str:
    """Digits inside a word of letters are what a scanner made of letters: ``b0rdeaux``."""
    if word.isalpha() or not word[0].isalpha() or not word[-1].isalpha():
        return word
    return word.translate(_SCANNED)


def _expanded(words: list[str]) -> list[str]:
    found: list[str] = []
    last = len(words) - 1
    for place, word in enumerate(words):
        if word == "nd" or (word == "d" and found and found[-1] == "n"):
            found[-1:] = [*(found[-1:] if word == "nd" else []), "notre", "dame"]
        elif word in {"s", "ss"} and 0 < place < last:
            found.append("sur" if word == "s" else "sous")
        else:
            found.append(_WORDS.get(word, word))
    return found


def _bare(words: list[str]) -> list[str]:
    start, end = 0, len(words)
    while end - start > 1 and words[start] in _LEADING:
        start += 1
    while end - start > 1 and words[end - 1] in ARTICLES:
        end -= 1
    return words[start:end]


def _with_article(words: list[str]) -> list[str]:
    """``Havre (Le)`` as ``le havre``."""
    if len(words) > 1 and words[-1] in ARTICLES:
        return [words[-1], *words[:-1]]
    return words


@lru_cache(maxsize=65_536)
def parse(text: str) -> Typed:
    """Takes ``71000 Mâcon``, ``Mâcon (71)``, ``Paris XIe``, ``Lyon cedex 03`` apart."""
    words = _plain(text)
    code = next((word for word in words if _POSTAL.match(word)), "")
    if code:
        words = [word for word in words if not _POSTAL.match(word) and word not in {"f", "fr"}]
    cedex = next((place for place, word in enumerate(words) if place and word in _CEDEX), 0)
    words, district = _district(words[:cedex] if cedex else words)
    hint = ""
    if not district and len(words) > 1 and _DEPARTEMENT.match(words[-1]):
        hint = words.pop().upper().zfill(2)
    expanded = _expanded(words)
    bare = _bare(expanded)
    return Typed(
        words=tuple(bare),
        key="".join(bare),
        full="".join(_with_article(expanded)),
        skeleton="".join(skeleton(bare)),
        postal_code=code,
        departement=hint,
        district=district,
        cedex=bool(cedex),
    )


def _district(words: list[str]) -> tuple[list[str], int]:
    glued = _GLUED.match(words[0]) if words else None
    if glued:
        words = [glued[1], glued[2], *words[1:]]
    if len(words) < 2 or words[0] not in CITIES_OF_DISTRICTS:
        return words, 0
    number = _ordinal(words[1])
    rest = [word for word in words[2:] if word not in _DISTRICT_WORDS]
    return (words[:1], number) if number and not rest else (words, 0)


def _ordinal(word: str) -> int:
    digits = _NUMBER.match(word)
    if digits:
        return int(digits[1])
    roman = _ROMAN.match(word)
    return _of_roman(roman[1]) if roman and roman[1] else 0


def _of_roman(text: str) -> int:
    values = [{"i": 1, "v": 5, "x": 10}[char] for char in text]
    return sum(-one if one < after else one for one, after in zip(values, [*values[1:], 0], strict=True))


def skeleton(words: list[str]) -> list[str]:
    """The words without particles; all of them when nothing else is there."""
    return [word for word in words if word not in PARTICLES] or words


def spellings(name: str) -> tuple[tuple[str, ...], ...]:
    """The keys under which a name is found: as it is, without article, and as it is abbreviated.

    Three levels, best first; a key stands in its best level only.
    """
    expanded = _expanded(_plain(name))
    bare = _bare(expanded)
    full, key = "".join(_with_article(expanded)), "".join(bare)
    others = {"".join(skeleton(bare)), "".join(word for word in bare if word != "sur")}
    others |= {"".join("s" if word == "sur" else word for word in bare)}
    others |= {key.replace(long, short) for key in (key, *others) for long, short in _SHORT}
    return (full,), (() if key == full else (key,)), tuple(sorted(others - {full, key}))


def abbreviates(asked: tuple[str, ...], name: tuple[str, ...]) -> bool:
    """Whether each word that was typed shortens one of the name, in order, and the first shortens the first.

    A word is shortened by keeping its first letter and some of the others in order: ``pce`` for
    ``provence``, ``bns`` for ``bains``. Both come without particles, which may be left out on either side.
    """
    if len(asked) > len(name) or not _shortens(asked[0], name[0]) or not any(map(_shorter, asked, name)):
        return False
    place = 1
    for word in asked[1:]:
        while place < len(name) and not _shortens(word, name[place]):
            place += 1
        if place == len(name):
            return False
        place += 1
    return True


def _shorter(word: str, whole: str) -> bool:
    return len(word) >= 3 and whole.startswith(word[:3])


def _shortens(word: str, whole: str) -> bool:
    if word[0] != whole[0] or len(word) > len(whole):
        return False
    letters = iter(whole)
    return all(letter in letters for letter in word)
