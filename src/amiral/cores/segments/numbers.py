"""Dense numbers for ids of 128 bits: 16 bytes each, found in lots."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Words = NDArray[np.uint64]
NOBODY = -1


class Numbers:
    """The ids it begins with are numbered in their order, later ones as they come."""

    def __init__(self, ids: Sequence[str]) -> None:
        """``ids``: 32 hexadecimal digits each, in order, each once."""
        self._high, self._low = _words(ids)
        self._alive = np.ones(len(self._high), dtype=np.bool_)
        self._later: dict[str, int] = {}
        self._texts: list[str] = []

    def __len__(self) -> int:
        return len(self._high) + len(self._texts)

    def find(self, ids: Sequence[str]) -> NDArray[np.int64]:
        """The number of each, ``NOBODY`` for those without one."""
        found = self._find_first(ids)
        if self._later:
            for place in np.flatnonzero(found == NOBODY).tolist():
                found[place] = self._later.get(ids[place], NOBODY)
        return found

    def _find_first(self, ids: Sequence[str]) -> NDArray[np.int64]:
        if not len(self._high) or not ids:
            return np.full(len(ids), NOBODY, dtype=np.int64)
        high, low = _words(ids)
        place = np.searchsorted(self._high, high)
        last = len(self._high) - 1
        # Ids made in one instant share their first half: step on until the second half meets.
        while True:
            here = np.minimum(place, last)
            behind = (self._high[here] == high) & (self._low[here] < low) & (place <= last)
            if not behind.any():
                break
            place = place + behind
        same = (self._high[here] == high) & (self._low[here] == low)
        return np.where(same & (place <= last) & self._alive[here], here, NOBODY).astype(np.int64)

    def give(self, ids: Sequence[str]) -> NDArray[np.int64]:
        """The number of each; those without one get the next ones."""
        found = self.find(ids)
        for place in np.flatnonzero(found == NOBODY).tolist():
            found[place] = self._later.setdefault(ids[place], len(self))
            if found[place] == len(self):
                self._texts.append(ids[place])
        return found

    def ids(self, numbers: Sequence[int]) -> list[str]:
        """The ids of known numbers, 32 hexadecimal digits each."""
        first = len(self._high)
        return [
            f"{int(self._high[number]):016x}{int(self._low[number]):016x}"
            if number < first
            else self._texts[number - first]
            for number in numbers
        ]

    def forget(self, numbers: Sequence[int]) -> None:
        """The ids of these numbers are gone; the numbers are never given again."""
        first = len(self._high)
        for number in numbers:
            if number >= first:
                self._later.pop(self._texts[number - first], None)
                self._texts[number - first] = ""
            else:
                # The first half keeps its place in the order; without the second it names nobody.
                self._low[number] = self._low[number - 1] if self._twin(number) else 0
                self._alive[number] = False

    def _twin(self, number: int) -> bool:
        """Whether the one before shares the first half, so that the second halves must stay in order."""
        return bool(number and self._high[number - 1] == self._high[number])

    def size_bytes(self) -> int:
        """What the ids take."""
        return self._high.nbytes + self._low.nbytes + self._alive.nbytes + 150 * len(self._texts)


def _words(ids: Sequence[str]) -> tuple[Words, Words]:
    both = np.frombuffer(bytes.fromhex("".join(ids)), dtype=">u8").astype(np.uint64)
    return both[0::2].copy(), both[1::2].copy()
