"""Street names as people write them, made comparable."""

import unicodedata

import numpy as np

from .problem import Ints


def plain(name: str) -> str:
    """Lower case, no accents, no punctuation: ``Rue de l'Échiquier`` is ``rue de l echiquier``."""
    apart = unicodedata.normalize("NFKD", name.casefold())
    kept = "".join(c if c.isalnum() else " " for c in apart if not unicodedata.combining(c))
    return " ".join(kept.split())


def street_numbers(names: tuple[str, ...]) -> tuple[Ints, dict[str, int]]:
    """A number per distinct plain name (-1: none), the same in any order of the doors; and the numbers."""
    plains = {name: plain(name) for name in set(names)}
    known = {text: number for number, text in enumerate(sorted(set(plains.values()) - {""}))}
    return np.array([known.get(plains[name], -1) for name in names], np.int64), known
