"""Segments: any boolean of criteria over a set of numbered persons, counted exactly.

Persons are dense numbers, each value of a criterion is one compressed bitmap of those numbers (Roaring:
Lemire et al., "Consistently faster and smaller compressed bitmaps with Roaring", 2016). Nothing here knows
what a criterion means, reads a clock or a file.
"""

from amiral.cores.segments.evaluate import Step, at_least, explain, select, split
from amiral.cores.segments.expression import (
    EVERYBODY,
    AtLeast,
    Between,
    Every,
    Expression,
    Having,
    Not,
    Some,
    canonical,
)
from amiral.cores.segments.index import Index
from amiral.cores.segments.numbers import Numbers

__all__ = [
    "EVERYBODY",
    "AtLeast",
    "Between",
    "Every",
    "Expression",
    "Having",
    "Index",
    "Not",
    "Numbers",
    "Some",
    "Step",
    "at_least",
    "canonical",
    "explain",
    "select",
    "split",
]
