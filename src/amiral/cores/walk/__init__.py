"""Walking plans: from addresses and streets to turfs of equal minutes, each with a short walk.

Problem, algorithm, stopping rule and result are four things::

    from amiral.cores.walk import EFFORTS, Doors, Parameters, Problem, feature_collection, plan, report

    problem = Problem(doors=Doors(...), streets=None)  # or Streets(...)
    answer = plan(
        problem=problem,
        parameters=Parameters(minutes=120),
        seed=0,
        stop=EFFORTS["normal"],
        progress=lambda done, total: None,  # raise here to interrupt
    )
    feature_collection(problem=problem, plan=answer)  # GeoJSON, one feature per turf
    report(problem=problem, plan=answer)  # figures

``amiral.kit.readers`` makes a ``Problem`` from files. No Django, no clock, no files here; the same seed gives
the same plan. docs/walking.md explains the method and defines every figure.
"""

from .edit import BadBoundary, begun_at, halves, inside, merged, moved, nearest_turf, placed
from .evaluate import BadTurfs, evaluate
from .geojson import collection_texts, feature_collection, report
from .meeting import check_reach
from .parameters import CROSSING_S, BadParameter, Parameters, minutes_per_door
from .plan import Progress, around_doors, plan
from .problem import Doors, NodeMark, Obstacles, Origin, Problem, Streets, WayKind
from .replan import Changes, changes, replan
from .result import REASONS, FarDoor, Mode, Plan, Reason, Turf, Unreachable
from .stopping import EFFORTS, Stop
from .tour import Tour, tour, tour_feature, tour_report

__all__ = [
    "CROSSING_S",
    "EFFORTS",
    "REASONS",
    "BadBoundary",
    "BadParameter",
    "BadTurfs",
    "Changes",
    "Doors",
    "FarDoor",
    "Mode",
    "NodeMark",
    "Obstacles",
    "Origin",
    "Parameters",
    "Plan",
    "Problem",
    "Progress",
    "Reason",
    "Stop",
    "Streets",
    "Tour",
    "Turf",
    "Unreachable",
    "WayKind",
    "around_doors",
    "begun_at",
    "changes",
    "check_reach",
    "collection_texts",
    "evaluate",
    "feature_collection",
    "halves",
    "inside",
    "merged",
    "minutes_per_door",
    "moved",
    "nearest_turf",
    "placed",
    "plan",
    "replan",
    "report",
    "tour",
    "tour_feature",
    "tour_report",
]
