"""Which addresses a plan is about: each door once, without those that asked not to be visited.

OpenStreetMap writes the address of a building on each of its shops and entrances: in the centre of Helsinki
1,470 addresses are 618 doors. A volunteer must not find the same door twenty times in the list.
"""

from collections import defaultdict
from collections.abc import Set
from dataclasses import dataclass, replace
from math import cos, hypot, radians

import numpy as np

from amiral.rooms.territory.contracts import AddressColumns

SAME_DOOR_M = 60.0
"""Two addresses of the same commune, street and number that are nearer than this are one door."""
METRES_PER_DEGREE = 111_195.0


@dataclass(frozen=True, kw_only=True)
class Selection:
    """The doors to plan; ``merged`` addresses repeat one of them, ``wishes`` doors were left out."""

    addresses: AddressColumns
    merged: int
    wishes: int


def select(*, found: AddressColumns, wished: Set[str]) -> Selection:
    """One address for each door; a door where any of its addresses is in ``wished`` is left out."""
    doors = same_doors(found)
    members: dict[int, list[int]] = defaultdict(list)
    for address, door in enumerate(doors):
        members[door].append(address)
    kept = [
        door for door, addresses in members.items() if not any(found.ids[one] in wished for one in addresses)
    ]
    dwellings = np.array([found.dwellings[members[door]].max() for door in kept], dtype=np.int64)
    return Selection(
        addresses=replace(found.take(np.array(kept, dtype=np.int64)), dwellings=dwellings),
        merged=len(found) - len(members),
        wishes=len(members) - len(kept),
    )


def same_doors(addresses: AddressColumns) -> list[int]:
    """For each address the position of the first one at the same door: itself, unless it repeats another.

    An address without a number, a street or a position is never taken for another. Time grows with n times
    the number of places that carry the same street and number.
    """
    firsts: dict[tuple[str, str, int, str], list[int]] = defaultdict(list)
    doors = []
    for i in range(len(addresses)):
        same = firsts[_written(addresses, i)]
        door = next((first for first in same if _distance_m(addresses, first, i) < SAME_DOOR_M), i)
        if door == i:
            same.append(i)
        doors.append(door)
    return doors


def _written(addresses: AddressColumns, i: int) -> tuple[str, str, int, str]:
    """The address in words; unlike any other where the file says too little."""
    street, number = addresses.streets[i].casefold(), int(addresses.numbers[i])
    if not street or number <= 0:
        return addresses.ids[i], "", -1, ""
    return addresses.commune_codes[i], street, number, addresses.suffixes[i].casefold()


def _distance_m(addresses: AddressColumns, first: int, second: int) -> float:
    """Metres between two addresses; NaN, which is near to nothing, where one has no position."""
    width = METRES_PER_DEGREE * cos(radians(float(addresses.lat[first])))
    east_m = (float(addresses.lon[second]) - float(addresses.lon[first])) * width
    north_m = (float(addresses.lat[second]) - float(addresses.lat[first])) * METRES_PER_DEGREE
    return hypot(east_m, north_m)
