"""Rounds as GeoJSON and as a report: plain dictionaries, ready for ``json.dumps``."""

from typing import Any

import numpy as np

from amiral.cores.sentences import Figure, Sentence
from amiral.cores.walk.problem import Floats, Problem
from amiral.cores.walk.result import DECIMALS

from .drawing import number_of
from .parameters import Estimate
from .result import LEFT_OUT, Piece, Round, Rounds, Step


def round_features(*, problem: Problem, rounds: Rounds) -> dict[str, Any]:
    """One feature per round: the walked line (RFC 7946), and the lines of the list in walking order."""
    return {
        "type": "FeatureCollection",
        "features": [_feature(problem, rounds, one) for one in rounds.rounds],
    }


def round_report(*, problem: Problem, rounds: Rounds) -> dict[str, Any]:
    """The figures of the rounds. ``seconds`` and ``peak_mb`` are added by whoever holds a clock."""
    boxes, metres = rounds.boxes, rounds.metres
    minutes = [one.minutes for one in rounds.rounds]
    return {
        "rounds": len(rounds.rounds),
        "boxes": boxes,
        "estimated_boxes": rounds.estimated_boxes,
        "addresses": sum(one.addresses for one in rounds.pieces if not one.estimated and one.part == 1),
        "sides": len(rounds.pieces),
        "metres": round(metres, 2),
        "metres_per_box": round(metres / boxes, 3),
        "served_metres": round(sum(one.served_m for one in rounds.rounds), 2),
        "empty_metres": round(rounds.empty_m, 2),
        "empty_share": round(rounds.empty_m / metres, 4) if metres else 0.0,
        "minutes": round(sum(minutes), 2),
        "longest_minutes": round(max(minutes), 2),
        "fullest_bag": max(one.boxes for one in rounds.rounds),
        "boxes_cv": _spread([float(one.boxes) for one in rounds.rounds]),
        "minutes_cv": _spread(minutes),
        "connected": sum(one.connected for one in rounds.rounds),
        "bound_metres": round(rounds.bound_m, 2),
        "ratio_to_bound": round(metres / rounds.bound_m, 4) if rounds.bound_m > 0 else None,
        "merged": rounds.merged,
        "notes": _notes(rounds),
        "unserved": [
            {
                "id": problem.doors.ids[one.door],
                "reason": str(one.reason),
                "sentence": Sentence(LEFT_OUT[one.reason]),
            }
            for one in rounds.unserved
        ],
        "far": [{"id": problem.doors.ids[one.door], "distance_m": one.distance_m} for one in rounds.far],
        "seed": rounds.seed,
        "trials_per_side": rounds.stop.trials_per_door,
        "parameters": rounds.parameters.as_dict(),
    }


def _feature(problem: Problem, rounds: Rounds, one: Round) -> dict[str, Any]:
    return {
        "type": "Feature",
        "geometry": {"type": "LineString", "coordinates": one.line.tolist()},
        "properties": {
            "round": one.number,
            "boxes": one.boxes,
            "addresses": one.addresses,
            "metres": round(one.metres, 2),
            "served_metres": round(one.served_m, 2),
            "minutes": round(one.minutes, 2),
            "crossing_seconds": round(one.crossing_s, 1),
            "connected": one.connected,
            "lines": [_step(problem, rounds.pieces, step) for step in one.steps],
        },
    }


def _step(problem: Problem, pieces: tuple[Piece, ...], step: Step) -> dict[str, Any]:
    return {
        "way": [
            {"turn": str(way.turn), "street": way.street, "metres": round(way.metres, 1)} for way in step.way
        ],
        "turn": str(step.turn),
        "crosses": step.crosses,
        "street": step.street,
        "side": str(step.side),
        "parity": str(step.parity),
        "first": step.first,
        "last": step.last,
        "from": step.begins_at,
        "to": step.ends_at,
        "boxes": step.boxes,
        "addresses": step.addresses,
        "estimated": step.estimated,
        "part": step.part,
        "parts": step.parts,
        "metres": round(step.metres, 1),
        "pieces": [{"piece": one.piece, "backwards": one.backwards} for one in step.walked],
        "stops": [_stop(problem, door) for door in step.doors],
        "line": _coordinates(step.line),
    }


def _stop(problem: Problem, door: int) -> dict[str, Any]:
    doors = problem.doors
    return {
        "id": doors.ids[door],
        "number": number_of(doors, door),
        "street": doors.streets[door],
        "dwellings": int(doors.dwellings[door]),
    }


def _coordinates(line: Floats) -> list[list[float]]:
    rounded: list[list[float]] = np.round(line, DECIMALS).tolist()
    return rounded


def _notes(rounds: Rounds) -> list[str]:
    notes, estimated = list[str](), rounds.estimated_boxes
    if estimated:
        notes.append(
            Sentence(
                "%(count)s of %(boxes)s boxes are estimated by the length of streets, "
                "%(each)s for 100 m of a side: count them on the spot.",
                count=estimated,
                boxes=rounds.boxes,
                each=Figure(f"{rounds.parameters.boxes_per_100m:g}"),
            )
        )
    elif rounds.parameters.estimate != Estimate.MISSING:
        notes.append(Sentence("Sides of streets without a known address are not walked."))
    if rounds.apart_m:
        notes.append(
            Sentence(
                "%(metres)s m of streets that hang on nothing were left out.", metres=f"{rounds.apart_m:.0f}"
            )
        )
    if rounds.far:
        notes.append(
            Sentence(
                "%(count)s addresses stand far from any known way; they are listed under far.",
                count=len(rounds.far),
            )
        )
    if rounds.unserved:
        notes.append(
            Sentence(
                "%(count)s addresses are in no round; they are listed under unserved.",
                count=len(rounds.unserved),
            )
        )
    return notes


def _spread(values: list[float]) -> float:
    """Standard deviation over the mean (population formula)."""
    mean = sum(values) / len(values)
    deviation = (sum((value - mean) ** 2 for value in values) / len(values)) ** 0.5
    return round(deviation / mean, 4) if mean else 0.0
