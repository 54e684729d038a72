"""A plan as GeoJSON and as a report: plain dictionaries, ready for ``json.dumps``."""

import json
from collections.abc import Iterator
from typing import Any

import numpy as np

from amiral.cores.sentences import Figure, Sentence

from .parameters import Parameters, minutes_per_door
from .problem import Doors, Floats, Ints, Origin, Problem
from .result import DECIMALS, REASONS, FarDoor, Plan, Turf, Unreachable

EVERY = slice(None)
MUCH_LONGER = 1.25
_ORIGINS = {int(origin): origin.name.lower() for origin in Origin}


def feature_collection(*, problem: Problem, plan: Plan) -> dict[str, Any]:
    """One feature per turf: the walked line (RFC 7946), and the stops in walking order."""
    return {
        "type": "FeatureCollection",
        "features": [_feature(problem, turf) for turf in plan.turfs],
    }


def collection_texts(*, problem: Problem, plan: Plan) -> Iterator[str]:
    """``feature_collection`` as JSON text in pieces, one for each turf: no more is held than one turf."""
    yield '{"type": "FeatureCollection", "features": ['
    for place, turf in enumerate(plan.turfs):
        yield ", " * (place > 0) + json.dumps(_feature(problem, turf), ensure_ascii=False, allow_nan=False)
    yield "]}\n"


def report(*, problem: Problem, plan: Plan) -> dict[str, Any]:
    """The figures of a plan. ``seconds`` and ``peak_mb`` are added by whoever holds a clock."""
    doors = plan.door_count
    return {
        "doors": doors,
        "turfs": len(plan.turfs),
        "metres": round(plan.metres, 2),
        "metres_per_door": round(plan.metres / doors, 3) if doors else 0.0,
        "minutes": round(sum(turf.minutes for turf in plan.turfs), 2),
        "balance_cv": round(plan.balance_cv, 4),
        "within_10_percent": _share_within(plan, 0.10),
        "connected": sum(turf.connected for turf in plan.turfs),
        "bound_metres": round(plan.bound_m, 2),
        "approach_metres": round(_approach_m(plan), 2),
        "ratio_to_bound": _ratio(plan.metres - _approach_m(plan), plan.bound_m),
        "ratio_to_order_bound": _ratio(
            plan.metres - _approach_m(plan), sum(turf.bound_m for turf in plan.turfs)
        ),
        "dwellings": _dwellings(problem.doors, plan.parameters),
        "mode": str(plan.mode),
        "notes": _notes(plan) + _lumps(problem, plan),
        "unreachable": [_unreachable(problem, one) for one in plan.unreachable],
        "far": [_far(problem, one) for one in plan.far],
        "seed": plan.seed,
        "trials_per_door": plan.stop.trials_per_door,
        "parameters": plan.parameters.as_dict(),
    }


def _feature(problem: Problem, turf: Turf) -> dict[str, Any]:
    return {
        "type": "Feature",
        "geometry": {"type": "LineString", "coordinates": turf.line.tolist()},
        "properties": {
            "turf": turf.number,
            "doors": len(turf.doors),
            "metres": round(turf.metres, 2),
            "minutes": round(turf.minutes, 2),
            "crossing_seconds": round(turf.crossing_s, 1),
            "climbing_seconds": round(turf.climb_s, 1),
            "straight": turf.straight,
            "connected": turf.connected,
            "approach_metres": round(turf.approach_m, 2),
            "team_size": turf.team_size,
            "cut_short": turf.short,
            "stops": _stops(problem.doors, turf),
        },
    }


def _stops(doors: Doors, turf: Turf) -> list[dict[str, Any]]:
    """By columns: what looks at all doors for each door takes hours for a million."""
    some = np.array(turf.doors, np.int64)
    told = origins_of(doors, some).tolist()
    lon, lat = _degrees(doors.lon[some]), _degrees(doors.lat[some])
    numbers, dwellings = doors.numbers[some].tolist(), doors.dwellings[some].tolist()
    floors = [0] * len(some) if doors.floors is None else doors.floors[some].tolist()
    lift = [False] * len(some) if doors.lift is None else doors.lift[some].tolist()
    return [
        {
            "id": doors.ids[door],
            "label": doors.label(door),
            "number": numbers[i],
            "suffix": doors.suffixes[door],
            "street": doors.streets[door],
            "lon": lon[i],
            "lat": lat[i],
            "dwellings": dwellings[i],
            "dwellings_from": _ORIGINS[told[i]],
            "floors": floors[i],
            "lift": lift[i],
        }
        for i, door in enumerate(turf.doors)
    ]


def origins_of(doors: Doors, some: Ints | slice = EVERY) -> Ints:
    """Where the dwellings of these doors come from (values of ``Origin``)."""
    if doors.origins is not None:
        return doors.origins[some]
    return np.where(doors.dwellings[some] > 0, int(Origin.TOLD), int(Origin.UNKNOWN))


def _dwellings(doors: Doors, parameters: Parameters) -> dict[str, float]:
    """How many homes there are, and how many doors know them from where."""
    origins = origins_of(doors)
    homes = np.where(doors.dwellings > 0, doors.dwellings, parameters.dwellings_per_address)
    counts = {origin.name.lower(): int((origins == origin).sum()) for origin in Origin}
    return {"homes": round(float(homes.sum()), 1), **counts}


def _degrees(values: Floats) -> list[float]:
    """Rounded as the lines are, so that a walk begins where its first stop stands."""
    rounded: list[float] = np.round(values, DECIMALS).tolist()
    return rounded


def _unreachable(problem: Problem, one: Unreachable) -> dict[str, Any]:
    return {
        "id": problem.doors.ids[one.door],
        "reason": str(one.reason),
        "sentence": Sentence(REASONS[one.reason]),
    }


def _far(problem: Problem, one: FarDoor) -> dict[str, Any]:
    metres = None if one.distance_m is None else round(one.distance_m, 1)
    return {"id": problem.doors.ids[one.door], "distance_m": metres}


def _approach_m(plan: Plan) -> float:
    return sum(turf.approach_m for turf in plan.turfs)


def _walk_notes(plan: Plan) -> list[str]:
    """What the longest walk that was allowed did to the turfs."""
    most = plan.parameters.max_walk_m
    if most is None:
        return []
    short = sum(turf.short for turf in plan.turfs)
    over = sum(turf.metres > most for turf in plan.turfs)
    notes = list[str]()
    if short:
        notes.append(
            Sentence(
                "%(count)s turfs were cut smaller, because nobody walks more than %(metres)s m.",
                count=short,
                metres=Figure(f"{most:g}"),
            )
        )
    if over:
        notes.append(
            Sentence(
                "%(count)s turfs are longer all the same: their doors, or the way there, are too far apart.",
                count=over,
            )
        )
    return notes


def _lumps(problem: Problem, plan: Plan) -> list[str]:
    """The addresses that no turf of the asked minutes can hold."""
    doors = np.array([door for turf in plan.turfs for door in turf.doors], np.int64)
    minutes = minutes_per_door(doors=problem.doors, parameters=plan.parameters)[doors]
    over = doors[minutes > plan.parameters.minutes].tolist()
    if not over:
        return []
    named = ", ".join(sorted(problem.doors.ids[door] for door in over)[:5])
    more = ", …" if len(over) > 5 else ""
    return [
        Sentence(
            "%(count)s addresses take longer than the asked %(minutes)s minutes all by themselves, "
            "by the number of their homes (%(ids)s): check it, or send several teams.",
            count=len(over),
            minutes=Figure(f"{plan.parameters.minutes:g}"),
            ids=named + more,
        )
    ]


def _notes(plan: Plan) -> list[str]:
    straight = sum(turf.straight for turf in plan.turfs)
    notes = list[str]()
    if straight:
        notes.append(
            Sentence(
                "%(count)s of %(turfs)s turfs were planned by straight lines between addresses, "
                "for want of a street network nearby; the real walk is longer.",
                count=straight,
                turfs=len(plan.turfs),
            )
        )
    if plan.far:
        notes.append(
            Sentence(
                "%(count)s addresses stand far from any known way; they are listed under far.",
                count=len(plan.far),
            )
        )
    long = sum(turf.minutes > MUCH_LONGER * plan.parameters.minutes for turf in plan.turfs)
    if long:
        notes.append(
            Sentence(
                "%(count)s turfs take over a quarter longer than asked: their doors, or the way there, "
                "are too far apart, or an address takes too long.",
                count=long,
            )
        )
    return notes + _walk_notes(plan)


def _share_within(plan: Plan, share: float) -> float:
    asked = plan.parameters.minutes
    good = sum(abs(turf.minutes - asked) <= share * asked for turf in plan.turfs)
    return round(good / len(plan.turfs), 4) if plan.turfs else 0.0


def _ratio(walked: float, bound: float) -> float | None:
    return round(walked / bound, 4) if bound > 0 else None
