"""From what was read to a problem of the walking planner."""

import numpy as np

from amiral.cores.walk import Doors, Problem, Streets, WayKind
from amiral.cores.walk.dwellings import Homes

from .drafts import AddressTable
from .streets import StreetNetwork

KINDS: dict[str, WayKind] = {
    "steps": WayKind.STEPS,
    "service": WayKind.SERVICE,
    "residential": WayKind.RESIDENTIAL,
    "living_street": WayKind.RESIDENTIAL,
    "unclassified": WayKind.RESIDENTIAL,
    "road": WayKind.RESIDENTIAL,
    "tertiary": WayKind.TERTIARY,
    "tertiary_link": WayKind.TERTIARY,
    "secondary": WayKind.SECONDARY,
    "secondary_link": WayKind.SECONDARY,
    "primary": WayKind.PRIMARY,
    "primary_link": WayKind.PRIMARY,
    "trunk": WayKind.PRIMARY,
    "trunk_link": WayKind.PRIMARY,
}
"""What a ``highway`` of OpenStreetMap is for a walker; all others are footways."""


def problem_from(
    *, addresses: AddressTable, streets: StreetNetwork | None = None, homes: Homes | None = None
) -> Problem:
    """The planner's problem: one door per address; ``homes`` are what its buildings tell (``homes_of``)."""
    doors = Doors(
        ids=addresses.ids,
        lon=addresses.lon,
        lat=addresses.lat,
        numbers=addresses.numbers,
        suffixes=addresses.suffixes,
        streets=addresses.streets,
        dwellings=addresses.dwellings if homes is None else homes.dwellings,
        floors=None if homes is None else homes.floors,
        lift=None if homes is None else homes.lift,
        origins=None if homes is None else homes.origins,
    )
    return Problem(doors=doors, streets=None if streets is None else _streets(streets))


def _streets(network: StreetNetwork) -> Streets:
    return Streets(
        node_lon=network.node_lon,
        node_lat=network.node_lat,
        way_start=network.way_start,
        way_nodes=network.way_nodes,
        way_kind=np.array([KINDS.get(kind, WayKind.FOOT) for kind in network.highway], np.int64),
        way_names=network.names,
        way_addressable=~network.elevated,
        node_height=network.node_height,
        node_marks=network.node_marks,
        obstacles=network.obstacles,
    )
