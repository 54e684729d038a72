"""Street names as people write them, made comparable; numbers with what follows them, in their order."""

import re
import unicodedata

import numpy as np

from .problem import Ints

SHORT: dict[str, str] = {
    # French ways
    "r": "rue", "av": "avenue", "ave": "avenue", "bd": "boulevard", "bld": "boulevard", "blvd": "boulevard",
    "bvd": "boulevard", "boul": "boulevard", "pl": "place", "imp": "impasse", "ch": "chemin",
    "che": "chemin", "chem": "chemin", "rte": "route", "all": "allee", "sq": "square", "fg": "faubourg",
    "fbg": "faubourg", "crs": "cours", "pass": "passage", "qu": "quai", "res": "residence",
    "lot": "lotissement", "ham": "hameau", "vc": "voie communale", "cr": "chemin rural",
    "rpt": "rond point", "esp": "esplanade",
    # French people
    "ste": "sainte", "gal": "general", "gen": "general", "mal": "marechal", "dr": "docteur",
    "pr": "professeur", "prof": "professeur", "cdt": "commandant", "col": "colonel", "cne": "capitaine",
    "cap": "capitaine", "lt": "lieutenant", "sgt": "sergent", "pdt": "president", "mgr": "monseigneur",
    "nd": "notre dame",
    # English and German
    "rd": "road", "ln": "lane", "sqr": "square", "str": "strasse", "pk": "park", "hwy": "highway",
}  # fmt: skip
"""Words that are written short; ``st`` is none of them, because it is a saint first and a street last."""
_GERMAN = re.compile(r"(?<=\w{2})str$")
_ORDER = {"bis": 1, "ter": 2, "quater": 3, "quinquies": 4, "sexies": 5}
_LATER = 30  # after every letter


def plain(name: str) -> str:
    """Lower case, no accents, signs or short words: ``Av. de l'Échiquier`` is ``avenue de l echiquier``."""
    apart = unicodedata.normalize("NFKD", name.casefold())
    kept = "".join(c if c.isalnum() else " " for c in apart if not unicodedata.combining(c))
    words = kept.split()
    return " ".join(_long(word, place, len(words)) for place, word in enumerate(words))


def _long(word: str, place: int, count: int) -> str:
    if word == "st":
        return "saint" if place < count - 1 else "street"
    if word == "r" and place > 0:  # ``Résidence R`` is no street
        return word
    return SHORT.get(word) or _GERMAN.sub("strasse", word)


def street_numbers(names: tuple[str, ...]) -> tuple[Ints, dict[str, int]]:
    """A number per distinct plain name (-1: none), the same in any order of the doors; and the numbers."""
    plains = {name: plain(name) for name in set(names)}
    known = {text: number for number, text in enumerate(sorted(set(plains.values()) - {""}))}
    return np.array([known.get(plains[name], -1) for name in names], np.int64), known


def suffix_ranks(suffixes: tuple[str, ...]) -> Ints:
    """The order of doors of one number: none, ``bis``, ``ter``…, or ``a``, ``b``…, then whatever else."""
    ranks = {suffix: _rank(suffix) for suffix in set(suffixes)}
    return np.array([ranks[suffix] for suffix in suffixes], np.int64)


def _rank(suffix: str) -> int:
    word = suffix.strip(" -–/.").casefold()
    if not word:
        return 0
    if word in _ORDER:
        return _ORDER[word]
    return 1 + ord(word) - ord("a") if len(word) == 1 and "a" <= word <= "z" else _LATER
