"""Leaflet rounds: each side of each street with letter boxes walked once, cut by the size of a bag.

    from amiral.cores.walk.rounds import RoundParameters, leaflet_rounds, round_features, round_report

    answer = leaflet_rounds(problem=problem, parameters=RoundParameters(bag=250, minutes=120), seed=0)
    round_features(problem=problem, rounds=answer)  # GeoJSON, one feature per round
    round_report(problem=problem, rounds=answer)  # figures

docs/rounds.md explains the method and defines every figure.
"""

from .drawing import aside, number_of
from .geojson import round_features, round_report
from .ground import NoBoxes, NoStreets
from .parameters import ZIGZAG, Estimate, RoundParameters
from .planning import leaflet_rounds
from .result import (
    LEFT_OUT,
    Far,
    LeftOut,
    Parity,
    Piece,
    Round,
    Rounds,
    Side,
    Step,
    Turn,
    Unserved,
    Walked,
    Way,
)

__all__ = [
    "LEFT_OUT",
    "ZIGZAG",
    "Estimate",
    "Far",
    "LeftOut",
    "NoBoxes",
    "NoStreets",
    "Parity",
    "Piece",
    "Round",
    "RoundParameters",
    "Rounds",
    "Side",
    "Step",
    "Turn",
    "Unserved",
    "Walked",
    "Way",
    "aside",
    "leaflet_rounds",
    "number_of",
    "round_features",
    "round_report",
]
