"""How many slips lead from a listed name to what somebody typed."""

from collections.abc import Iterable

from rapidfuzz.distance import OSA

from amiral.cores.names.sound import sight, sound
from amiral.cores.names.spelling import abbreviates, skeleton


class Spelt:
    """A listed name: ``keys`` are its spellings, the plainest first. Its sound and sight are asked late."""

    __slots__ = ("_heard", "_seen", "core", "key", "keys", "words")

    def __init__(self, words: tuple[str, ...], keys: Iterable[str] = ()) -> None:
        self.words, self.core, self.key = words, tuple(skeleton(list(words))), "".join(words)
        self.keys = (self.key, *(key for key in keys if key != self.key))
        self._heard = self._seen = ""

    @property
    def heard(self) -> str:
        if not self._heard:
            self._heard = sound(self.key)
        return self._heard

    @property
    def seen(self) -> str:
        if not self._seen:
            self._seen = sight(self.key)
        return self._seen


class Asked:
    """A typed text with what is compared of it, worked out once."""

    __slots__ = ("core", "heard", "key", "seen", "skeleton", "words", "wordset")

    def __init__(self, words: tuple[str, ...]) -> None:
        self.words, self.key = words, "".join(words)
        self.core = tuple(skeleton(list(words)))
        self.skeleton, self.wordset = "".join(self.core), frozenset(self.core)
        self.heard, self.seen = sound(self.key), sight(self.key)


def slips(asked: Asked, name: Spelt) -> float:
    """How many slips lead from a name to what was typed, by the cheapest way: fingers, ear, eye, haste."""
    key, distance = asked.key, OSA.distance
    best = float(min([distance(key, other) for other in name.keys]))
    if best <= 1.0:
        return best
    if asked.skeleton != key:
        best = min(best, 0.4 + min([distance(asked.skeleton, other) for other in name.keys]))
    if best <= 5.0 or len(key) > 12:  # further apart, neither ear nor eye brings them together
        apart = distance(asked.heard, name.heard)
        if apart <= len(name.heard) // 4:  # what sounds short sounds like too many others
            best = min(best, 0.6 + apart)
        if asked.seen != key or name.seen != name.key:
            best = min(best, 0.7 + distance(asked.seen, name.seen))
    return min(best, _hasty(asked, name))


def _hasty(asked: Asked, name: Spelt) -> float:
    """Cut, shortened or adorned: none of it is a slip of the fingers."""
    key, main = asked.key, name.key
    if main.startswith(key) and len(key) >= 3:
        return 0.8 + 0.04 * (len(main) - len(key))
    if key[0] == main[0] and abbreviates(asked.core, name.core):
        return 1.0
    if asked.wordset.isdisjoint(name.core):
        return 99.0
    if asked.wordset < set(name.core) and max(map(len, asked.core)) >= 4:
        return 1.1
    if asked.words[0] == name.words[0] and len(name.words[0]) >= 6 and len(name.words) > 1:
        return 2.0
    extra = len(asked.wordset) - len(name.core)
    if extra > 0 and asked.wordset.issuperset(name.core) and len("".join(name.core)) >= 3:
        return 1.2 + 0.8 * extra
    return 99.0


def unfinished(asked: Asked, name: Spelt) -> float:
    """The slips of a text that may go on: against the beginning of a name as long as it, or a word of it."""
    key = asked.key
    size = len(key)
    whole = slips(asked, name)
    cut = [
        OSA.distance(key, other[: size + shift]) + 0.2
        for other in (*name.keys, *tails(name.words))
        for shift in (-1, 0, 1)
        if len(other) > size + shift
    ]
    return min(whole, *cut) if cut else whole


def tails(words: tuple[str, ...]) -> list[str]:
    return ["".join(words[place:]) for place in range(1, len(words)) if len(words[place]) > 3]
