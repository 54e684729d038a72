"""How many homes a building holds, and how many floors there are to climb: a documented estimate.

Pure arithmetic over columns of buildings; who stands in which building is the caller's.
"""

from dataclasses import dataclass, fields

import numpy as np

from amiral.cores.sentences import Sentence

from .parameters import BadParameter
from .problem import Bools, Floats, Ints, Origin

HOUSES = frozenset(
    {"house", "detached", "semidetached_house", "semi", "terrace", "bungalow", "farm", "cabin", "cottage"}
    | {"villa", "chalet", "hut", "static_caravan", "houseboat", "ger", "trullo", "stilt_house"}
)
"""Kinds of ``building`` of one home per address."""
BLOCKS = frozenset({"apartments", "apartment", "flats", "dormitory", "tower"})
"""Kinds of several homes."""
OPEN = frozenset({"yes", "residential", "mixed", "mixed_use", "historic", "residential;yes", "building"})
"""Kinds that may be either; every other (a church, an office, a garage) is taken to hold no known number."""
FEW = 3  # homes from which floors are climbed: the stairs of a house are its people's


@dataclass(frozen=True, kw_only=True)
class DwellingRule:
    """The numbers of the estimate; docs/walking.md gives their sources."""

    m2_per_flat: float = 80.0  # of gross floor: 63 m2 of living space, walls and stairs
    house_under_m2: float = 150.0  # a building of unknown kind on less ground than this is one house
    block_levels: int = 4  # of a block of flats where the file does not tell
    open_levels: int = 3  # of a larger building of unknown kind where the file does not tell
    hall_over_m2: float = 1500.0  # of unknown kind and larger than this, it is no dwelling house
    shops_from_levels: int = 4  # of unknown kind and so many levels: shops or offices on the ground floor
    lift_from_floors: int = 5  # so many floors above the ground floor: there is a lift
    near_m: float = 8.0  # an address belongs to a building that is not farther than this

    def __post_init__(self) -> None:
        for one in fields(self):
            value = float(getattr(self, one.name))
            if not 0 < value <= 100_000:
                raise BadParameter(
                    Sentence(
                        "%(name)s must lie between 0 and 100,000; it is %(value)s.",
                        name=one.name,
                        value=f"{value:g}",
                    )
                )

    def as_dict(self) -> dict[str, float]:
        """All values, ready for JSON."""
        return {one.name: getattr(self, one.name) for one in fields(self)}


@dataclass(frozen=True, kw_only=True)
class Homes:
    """Columns as ``Doors`` takes them: homes (0: unknown), floors above the ground floor, lifts, origins."""

    dwellings: Ints
    floors: Ints
    lift: Bools
    origins: Ints

    def __len__(self) -> int:
        return len(self.dwellings)

    def corrected(self, dwellings: Ints) -> "Homes":
        """With what was counted at the door, where that is above 0."""
        found = dwellings > 0
        return Homes(
            dwellings=np.where(found, dwellings, self.dwellings),
            floors=self.floors,
            lift=self.lift,
            origins=np.where(found, int(Origin.CORRECTED), self.origins),
        )


def homes_in(
    *, kinds: tuple[str, ...], area_m2: Floats, levels: Ints, flats: Ints, rule: DwellingRule
) -> Homes:
    """Of each building; ``levels`` above ground (the ground floor is one) and ``flats``: 0 is unknown.

    A block holds its floor area / ``m2_per_flat`` homes, two at least; a house one.
    """
    house = np.array([kind in HOUSES for kind in kinds], bool)
    block = np.array([kind in BLOCKS for kind in kinds], bool)
    open_ = np.array([kind in OPEN for kind in kinds], bool)
    house |= open_ & (area_m2 < rule.house_under_m2) & (levels <= 2)
    open_ &= ~house & (area_m2 <= rule.hall_over_m2)
    assumed = np.where(house, 1, np.where(block, rule.block_levels, rule.open_levels))
    storeys = np.where(levels > 0, levels, assumed)
    lived_in = storeys - (open_ & (storeys >= rule.shops_from_levels))
    by_area = np.rint(area_m2 * lived_in / rule.m2_per_flat).astype(np.int64)
    guess = np.where(block, np.maximum(by_area, 2), np.where(open_, np.maximum(by_area, 1), 0))
    guess = np.where(house, 1, guess)
    dwellings = np.where(flats > 0, flats, guess)
    known = np.where(flats > 0, int(Origin.TOLD), np.where(guess > 0, int(Origin.ESTIMATED), 0))
    floors = np.where(dwellings >= FEW, np.maximum(storeys - 1, 0), 0)
    return Homes(dwellings=dwellings, floors=floors, lift=floors >= rule.lift_from_floors, origins=known)


def shared(*, homes: Homes, building: Ints, told: Ints) -> Homes:
    """Of each address: its part of the homes of its ``building`` (-1: none); what the file told stays.

    The homes of a building are shared evenly among its addresses, one at least each.
    """
    inside = building >= 0
    at = np.maximum(building, 0)
    count = np.bincount(building[inside], minlength=max(1, len(homes)))
    if not len(homes):
        none = np.zeros(len(building), np.int64)
        origins = np.where(told > 0, int(Origin.TOLD), 0)
        return Homes(dwellings=told, floors=none, lift=none.astype(bool), origins=origins)
    whole = np.where(inside, homes.dwellings[at], 0)
    part = np.maximum(np.rint(whole / np.maximum(count[at], 1)).astype(np.int64), np.minimum(whole, 1))
    return Homes(
        dwellings=np.where(told > 0, told, part),
        floors=np.where(inside, homes.floors[at], 0),
        lift=inside & homes.lift[at],
        origins=np.where(told > 0, int(Origin.TOLD), np.where(inside, homes.origins[at], 0)),
    )
