"""Names of places, written so that every way people type them meets: one pure function and its parts.

Kept beside the common files because both the loading of the referential and the search need the same
spelling, and a change of one without the other would silently lose places.
"""

import re
import unicodedata
from dataclasses import dataclass

_LIGATURES = str.maketrans({"œ": "oe", "æ": "ae", "ß": "ss"})
_ARTICLES = frozenset({"le", "la", "les", "l"})
_WORDS = {"st": "saint", "ste": "sainte", "sts": "saints", "stes": "saintes", "lez": "les"}
_SUR, _SOUS = re.compile(r"\bs\s*/\s*"), re.compile(r"\bss\s*/\s*")
_DISTRICT = re.compile(r"\d{1,2}(?:er|e|eme|ieme|nd|nde)\Z")
_POSTAL = re.compile(r"\d{5}\Z")
_DEPARTEMENT = re.compile(r"(?:\d{1,3}|2[ab])\Z")


def normalise(text: str) -> str:
    """Lower case, no accent, no ligature, no punctuation, no leading article, ``saint`` in full.

    ``"L'Haÿ-les-Roses"`` and ``"HAY LES ROSES"`` give ``"hay les roses"``; ``"St-Étienne"`` gives
    ``"saint etienne"``. Doing it twice changes nothing.
    """
    return " ".join(_without_article([_WORDS.get(word, word) for word in _plain(text).split()]))


def _plain(text: str) -> str:
    lower = text.casefold().translate(_LIGATURES)
    spelt = _SUR.sub("sur ", _SOUS.sub("sous ", lower))
    bare = (char for char in unicodedata.normalize("NFKD", spelt) if not unicodedata.combining(char))
    return re.sub(r"[^a-z0-9]+", " ", "".join(bare))


def _without_article(words: list[str]) -> list[str]:
    while len(words) > 1 and words[0] in _ARTICLES:
        words = words[1:]
    return words


@dataclass(frozen=True, kw_only=True)
class PlaceQuery:
    """What somebody typed to find a commune, taken apart.

    ``departement_hint`` is a trailing number that may name a département (``Saint-Denis 93``) or a district
    (``Paris 11``); the search tries the first and forgets it when nothing answers.
    """

    words: tuple[str, ...]
    postal_code: str
    departement_hint: str

    @property
    def name(self) -> str:
        return " ".join(self.words)


def parse_place(text: str) -> PlaceQuery:
    """Takes ``71000 Mâcon``, ``Mâcon (71)``, ``Paris 11e``, ``Lyon cedex 03`` apart."""
    words = normalise(text[:200]).split()
    postal_code = next((word for word in words if _POSTAL.match(word)), "")
    words = [word for word in words if not _POSTAL.match(word)]
    if "cedex" in words[1:]:
        words = words[: words.index("cedex")]
    words = [word for word in words if word != "arrondissement"] if len(words) > 1 else words
    while len(words) > 1 and _DISTRICT.match(words[-1]):
        words.pop()
    hint = words.pop() if len(words) > 1 and _DEPARTEMENT.match(words[-1]) else ""
    return PlaceQuery(
        words=tuple(normalise(" ".join(words)).split()), postal_code=postal_code, departement_hint=hint
    )
