"""Cutting a canvass into leaflet rounds: a round is a turf, a side of a street is a door of it.

The letter boxes of a side are its dwellings. What is known of the side besides (numbers, line, how to get
there) is in ``Door.leg``; ``queries.legs`` reads it.
"""

from collections import Counter
from collections.abc import Callable
from typing import Any

import numpy as np
from django.utils.translation import gettext as _

from amiral.cores import walk
from amiral.cores.walk import rounds
from amiral.kit.errors import Refused
from amiral.rooms.field.contracts import BAG_LEAST, BAG_MOST, PACES, CanvassKind
from amiral.rooms.field.models import Canvass, Door, Turf
from amiral.rooms.territory.contracts import AddressColumns

ASIDE_M = 5.0
"""So far beside the middle of its street a side is drawn."""


class BadBag(Refused):
    """A bag that nobody carries."""

    def __init__(self) -> None:
        super().__init__(
            _("A bag holds between %(least)d and %(most)d leaflets: change the number.")
            % {"least": BAG_LEAST, "most": BAG_MOST}
        )


class NoStreetsHere(Refused):
    """Rounds follow streets."""

    def __init__(self) -> None:
        super().__init__(
            _(
                "Leaflet rounds follow streets, and none are imported around these addresses: import the"
                " streets on the Data page, or choose a leaflet drop by doors."
            )
        )


class RoundsStayWhole(Refused):
    """A plan of rounds is not changed side by side."""

    def __init__(self) -> None:
        super().__init__(
            _(
                "Leaflet rounds are not changed by hand: the walk would be broken."
                " Cut them again with another size of bag, other minutes or another seed."
            )
        )


def check_bag(bag: int) -> None:
    """Raises ``BadBag``."""
    if not BAG_LEAST <= bag <= BAG_MOST:
        raise BadBag


def planned_rounds(
    *, canvass: Canvass, problem: walk.Problem, progress: Callable[[int, int], None]
) -> rounds.Rounds:
    """The rounds of a canvass. Raises ``NoStreetsHere``; ``progress`` may raise to stop."""
    try:
        return rounds.leaflet_rounds(
            problem=problem, parameters=_parameters(canvass), seed=canvass.seed, progress=progress
        )
    except (rounds.NoStreets, rounds.NoBoxes):
        raise NoStreetsHere from None


def _parameters(canvass: Canvass) -> rounds.RoundParameters:
    """Sides without an address are not walked: the streets reach farther than the canvass."""
    pace = PACES[CanvassKind(canvass.kind)]
    return rounds.RoundParameters(
        bag=canvass.bag,
        minutes=canvass.minutes,
        seconds_per_address=60 * pace.minutes_per_address,
        seconds_per_box=60 * pace.minutes_per_dwelling,
        estimate=rounds.Estimate.NEVER,
    )


def report_of(problem: walk.Problem, answer: rounds.Rounds, most: int) -> dict[str, Any]:
    """Figures with the names that the report of a plan by doors has, and those of the bags."""
    whole = rounds.round_report(problem=problem, rounds=answer)
    asked = answer.parameters.minutes
    within = [abs(one.minutes - asked) <= 0.10 * asked for one in answer.rounds]
    doors = sum(len(one.steps) for one in answer.rounds)
    return {
        "doors": doors,
        "turfs": len(answer.rounds),
        "metres": whole["metres"],
        "metres_per_door": round(answer.metres / doors, 3),
        "minutes": whole["minutes"],
        "balance_cv": whole["minutes_cv"],
        "within_10_percent": round(sum(within) / len(within), 4),
        "mode": "network",
        "seed": answer.seed,
        "asked_minutes": asked,
        "straight_turfs": 0,
        "boxes": whole["boxes"],
        "addresses": whole["addresses"],
        "bag": answer.parameters.bag,
        "fullest_bag": whole["fullest_bag"],
        "metres_per_box": whole["metres_per_box"],
        "empty_share": whole["empty_share"],
        "ratio_to_bound": whole["ratio_to_bound"],
        "same_address": answer.merged,
        "unreachable_count": len(answer.unserved),
        "unreachable": [
            {"label": _label(problem, one.door), "reason": str(one.reason)} for one in answer.unserved[:most]
        ],
        "far_count": len(answer.far),
        "far": [
            {"label": _label(problem, one.door), "distance_m": round(one.distance_m)}
            for one in answer.far[:most]
        ],
    }


def _label(problem: walk.Problem, door: int) -> str:
    return problem.doors.label(door) or problem.doors.ids[door]


def rows_of(
    canvass: Canvass, addresses: AddressColumns, answer: rounds.Rounds
) -> list[tuple[Turf, list[Door]]]:
    """Rows to write: each round with its sides in walking order."""
    usual = Counter(addresses.commune_codes).most_common(1)[0][0]
    made = []
    for one in answer.rounds:
        turf = Turf(
            canvass=canvass,
            number=one.number,
            minutes=one.minutes,
            metres=one.metres,
            connected=one.connected,
            walk={"type": "LineString", "coordinates": one.line.tolist()},
        )
        sides = [
            _side(turf, position, addresses, step, answer.pieces, usual)
            for position, step in enumerate(one.steps, start=1)
        ]
        made.append((turf, sides))
    return made


def _side(
    turf: Turf,
    position: int,
    addresses: AddressColumns,
    step: rounds.Step,
    pieces: tuple[rounds.Piece, ...],
    usual: str,
) -> Door:
    line = _beside(step)
    middle = line[len(line) // 2] if len(line) > 2 else line.mean(axis=0)
    codes = Counter(addresses.commune_codes[i] for i in step.doors)
    numbers = step.first if step.first == step.last else f"{step.first}–{step.last}"
    label = ", ".join(part for part in (step.street, numbers) if part)
    return Door(
        turf=turf,
        position=position,
        address_id=_id(step, pieces),
        label=label[:200],
        number=numbers[:20],
        street=step.street[:160],
        commune_code=codes.most_common(1)[0][0] if codes else usual,
        longitude=round(float(middle[0]), 7),
        latitude=round(float(middle[1]), 7),
        dwellings=step.boxes,
        leg=_leg(step, line),
    )


def _beside(step: rounds.Step) -> "np.ndarray":
    """The line on its side of the street; in the middle where both sides are done in one pass."""
    if step.side == rounds.Side.BOTH:
        return np.round(step.line, 7)
    return rounds.aside(step.line, ASIDE_M if step.side == rounds.Side.LEFT else -ASIDE_M)


def _id(step: rounds.Step, pieces: tuple[rounds.Piece, ...]) -> str:
    """The same for the same side of the same piece of street, however the rounds are cut."""
    first = pieces[step.walked[0].piece]
    (west, south), (east, north) = first.line[0], first.line[-1]
    ends = f"{west:.5f},{south:.5f},{east:.5f},{north:.5f}"
    return f"{first.side}:{ends}:{first.part}"[:80]


def _leg(step: rounds.Step, line: "np.ndarray") -> dict[str, Any]:
    """What ``queries.legs.Leg`` reads: metres straight on along its own street are told behind the turn."""
    way, turn, ahead = list(step.way), step.turn, 0.0
    if way and way[-1].street == step.street and turn == rounds.Turn.STRAIGHT:
        own = way.pop()
        turn, ahead = own.turn, own.metres
    return {
        "turn": str(turn),
        "way": [[one.street, round(one.metres), str(one.turn)] for one in way],
        "ahead": round(ahead),
        "crosses": step.crosses,
        "side": str(step.side),
        "parity": str(step.parity),
        "first": step.first,
        "last": step.last,
        "from": step.begins_at,
        "to": step.ends_at,
        "metres": round(step.metres),
        "addresses": step.addresses,
        "part": step.part,
        "parts": step.parts,
        "line": line.tolist(),
    }
