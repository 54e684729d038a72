"""The options of ``amiral walk`` about the ground and the buildings."""

import argparse
from dataclasses import fields
from typing import Any

from amiral.config.command_language import told, with_default
from amiral.cores.sentences import Sentence
from amiral.cores.walk import CROSSING_S, BadParameter, Parameters, WayKind
from amiral.cores.walk.dwellings import DwellingRule, Homes
from amiral.kit.readers import AddressTable, StreetNetwork
from amiral.kit.readers.buildings import homes_of, read_buildings
from amiral.kit.readers.heights import read_heights, with_heights

GROUND: dict[str, str] = {
    "minutes_per_floor": "minutes up and down one floor of stairs",
    "minutes_per_lift": "minutes lost with a lift",
    "steps_factor": "a metre of steps over a metre of street",
    "marked_crossing": "share of the seconds of a crossing where it is marked",
    "island_crossing": "share of the seconds of a crossing where it has a refuge",
    "signal_wait_s": "seconds of waiting at lights, at most",
    "detour": "walked time over straight line between doors of different streets",
    "max_access_m": "metres to the nearest way from which a door is named far",
    "max_straight_m": "metres to the nearest way from which it is served by straight lines, apart",
    "max_gap_m": "metres between doors that are never put in one straight-line turf",
    "other_name_m": "metres that a way of another name must be nearer to be met",
    "no_name_m": "metres that a way without a name must be nearer",
    "fragment_m": "metres that a fragment must be nearer",
    "fragment_under_m": "metres below which a part of the network is a fragment",
    "obstacle_m": "metres that a way beyond a river or a railway must be nearer",
}
RULE: dict[str, str] = {
    "m2_per_flat": "square metres of gross floor of a home in a block",
    "house_under_m2": "ground in square metres below which a building of unknown kind is a house",
    "block_levels": "levels of a block of flats where the file does not tell",
    "open_levels": "levels of a larger building of unknown kind where the file does not tell",
    "shops_from_levels": "levels from which such a building has shops on the ground floor",
    "hall_over_m2": "ground in square metres from which such a building is taken for a hall",
    "lift_from_floors": "floors above the ground floor from which there is a lift",
    "near_m": "metres within which an address belongs to a building",
}


def add_ground_options(verb: argparse.ArgumentParser) -> None:
    """An option for every number of ``GROUND`` and ``RULE``, the crossings, heights and buildings."""
    ground = verb.add_argument_group(told("the ground"))
    for name, text in GROUND.items():
        _add(ground, name, getattr(Parameters(), name), text)
    usual = ", ".join(f"{kind.name.lower()} {s:g}" for kind, s in CROSSING_S.items() if s)
    crossing = Sentence(
        "seconds lost by crossing a kind of way; may be repeated (default %(usual)s)", usual=usual
    )
    ground.add_argument(
        "--crossing", action="append", default=[], metavar=told("KIND=SECONDS"),
        help=told(crossing),
    )  # fmt: skip
    ground.add_argument(
        "--heights",
        metavar=told("FILE"),
        help=told("CSV of heights: lon, lat, height or node, height (with --streets)"),
    )
    homes = verb.add_argument_group(told("the homes"))
    homes.add_argument(
        "--buildings", metavar=told("FILE"),
        help=told("extract whose buildings tell homes and floors where the addresses do not"),
    )  # fmt: skip
    for name, text in RULE.items():
        _add(homes, name, getattr(DwellingRule(), name), text)


def _add(group: Any, name: str, usual: float, text: str) -> None:
    flag = "--" + name.removesuffix("_m").removesuffix("_s").replace("_", "-")
    group.add_argument(
        flag, dest=name, type=type(usual), default=usual, metavar="N", help=with_default(text, usual)
    )


def ground_of(options: argparse.Namespace) -> dict[str, Any]:
    """What the options say of the ground, as arguments of ``Parameters``. Raises ``BadParameter``."""
    if options.heights and not options.streets:
        raise BadParameter(
            Sentence(
                "--heights %(file)s: heights are those of streets; give --streets too.", file=options.heights
            )
        )
    return {name: getattr(options, name) for name in GROUND} | {"crossing_s": _crossings(options.crossing)}


def _crossings(texts: list[str]) -> dict[WayKind, float]:
    crossings = dict(CROSSING_S)
    kinds = {kind.name.lower(): kind for kind in WayKind}
    for text in texts:
        name, _, seconds = text.partition("=")
        try:
            crossings[kinds[name.strip().lower()]] = float(seconds)
        except (KeyError, ValueError):
            known = ", ".join(kinds)
            raise BadParameter(
                Sentence(
                    "--crossing %(text)s: give KIND=SECONDS; the kinds are %(kinds)s.", text=text, kinds=known
                )
            ) from None
    return crossings


def rule_of(options: argparse.Namespace) -> DwellingRule:
    """The numbers by which homes are estimated. Raises ``BadParameter``."""
    return DwellingRule(**{one.name: getattr(options, one.name) for one in fields(DwellingRule)})


def raised(options: argparse.Namespace, streets: StreetNetwork) -> StreetNetwork:
    """The streets with the heights of the file that the options name, if any."""
    return with_heights(streets, read_heights(options.heights)) if options.heights else streets


def homes(options: argparse.Namespace, addresses: AddressTable) -> Homes | None:
    """Homes, floors and lifts of the addresses from the buildings of an extract; ``None`` without any."""
    rule = rule_of(options)
    if not options.buildings:
        return None
    buildings = read_buildings(options.buildings)
    if not len(buildings):
        return None
    return homes_of(
        lon=addresses.lon, lat=addresses.lat, told=addresses.dwellings, buildings=buildings, rule=rule
    )
