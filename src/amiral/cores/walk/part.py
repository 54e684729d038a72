"""Doors that can be walked together, and the ground under them."""

from dataclasses import dataclass

from .meeting import Meeting
from .problem import Ints
from .space import Space


@dataclass(frozen=True)
class Part:
    """Doors (indices of the problem) that can be walked together, and their ground."""

    doors: Ints
    space: Space
    meeting: Meeting | None = None
