"""Getting to the fixed point of a slow iteration in fewer rounds (Anderson, J. ACM 12(4), 1965)."""

import numpy as np

from .compiled import Floats, dot, jit

_RIDGE = 1e-12


class Extrapolation:
    """Remembers the last rounds of ``x -> G(x)`` and proposes where to go from there."""

    def __init__(self, memory: int) -> None:
        self.memory = memory
        self.moves: list[Floats] = []  # differences of G(x) - x between rounds
        self.images: list[Floats] = []  # differences of G(x)
        self.last: tuple[Floats, Floats] | None = None

    @property
    def empty(self) -> bool:
        """Whether the next proposal is a plain round."""
        return not self.moves

    def next(self, x: Floats, image: Floats) -> Floats:
        """The point whose move, were moves linear between the rounds remembered, would be the least."""
        move = image - x
        if self.last is not None:
            self.moves = [*self.moves, move - self.last[0]][-self.memory :]
            self.images = [*self.images, image - self.last[1]][-self.memory :]
        self.last = move, image
        if not self.moves:
            return image
        for amount, difference in zip(_least_squares(np.stack(self.moves), move), self.images, strict=True):
            image = image - amount * difference
        return image


@jit
def _least_squares(rows: Floats, target: Floats) -> Floats:
    """Amounts of the rows whose sum is nearest to the target, a little ridged; sums in a fixed order."""
    size = len(rows)
    matrix, right = np.empty((size, size)), np.empty(size)
    for i in range(size):
        right[i] = dot(rows[i], target)
        for j in range(size):
            matrix[i, j] = dot(rows[i], rows[j])
    for i in range(size):
        matrix[i, i] += _RIDGE * matrix[i, i] + 1e-300
    for i in range(size):
        for j in range(i + 1, size):
            share = matrix[j, i] / matrix[i, i]
            right[j] -= share * right[i]
            for k in range(i, size):
                matrix[j, k] -= share * matrix[i, k]
    for i in range(size - 1, -1, -1):
        for k in range(i + 1, size):
            right[i] -= matrix[i, k] * right[k]
        right[i] /= matrix[i, i]
    return right
