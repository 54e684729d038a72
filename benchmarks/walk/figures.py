"""What is said of every plan of one ground, whoever made it: the same code for both sides."""

from typing import Any

import numpy as np
import shapely

from amiral.cores.walk.bound import walks_bound_m
from amiral.cores.walk.geo import flat
from amiral.cores.walk.order import walked_cost, walking_order
from amiral.cores.walk.partition import fragments
from amiral.cores.walk.problem import Ints
from amiral.cores.walk.space import MM, restrict

from .ground import Ground

KICKS = 20  # per door, in an order made anew
HULL_M = 5.0  # by so much the hull of a turf is widened


def figures(ground: Ground, orders: list[Ints], asked: float) -> dict[str, Any]:
    """Figures of the orders; ``asked`` in mm of walking.

    Metres are those of the ground's costs: crossings count as the metres one would walk meanwhile.
    ``closed``: the way back to the first door included, in an order made for it by our local search from the
    plan's own. ``overlap``: area of the turfs' hulls over that of their union, 1 where none lie in one
    another. ``span_m``: greatest walk between two doors of a turf, mean of the turfs.
    """
    orders = [order for order in orders if len(order)]
    doors = sum(map(len, orders))
    walks = np.array([walked_cost(ground.cost, order, False) for order in orders], float)
    again = [_remade(ground, order, closed=False) for order in orders]
    rounds = [_remade(ground, order, closed=True) for order in orders]
    polished = np.array([walked_cost(ground.cost, order, False) for order in again], float)
    closed = np.array([walked_cost(ground.cost, order, True) for order in rounds], float)
    at_streets = walks.sum() - sum(_entries(ground, order, False) for order in orders)
    closed_at_streets = closed.sum() - sum(_entries(ground, order, True) for order in rounds)
    loads = walks + [ground.service[order].sum() for order in orders]
    per_door = MM * doors
    bound = walks_bound_m(spaces=[ground], turfs=len(orders), walked_m=float(walks.sum()) / MM) * MM
    return {
        "turfs": len(orders),
        "missing_doors": len(ground) - len(np.unique(np.concatenate(orders))),
        "metres_per_door": round(float(walks.sum()) / per_door, 3),
        "metres_per_door_without_access": round(float(at_streets) / per_door, 3),
        "closed_metres_per_door": round(float(closed.sum()) / per_door, 3),
        "closed_metres_per_door_without_access": round(float(closed_at_streets) / per_door, 3),
        "metres_per_door_reordered": round(float(np.minimum(walks, polished).sum()) / per_door, 3),
        "balance_cv": round(float(loads.std() / loads.mean()), 4),
        "within_10_percent": round(float(np.mean(np.abs(loads / asked - 1) <= 0.10)), 4),
        "connected": sum(is_connected(ground, order) for order in orders),
        "overlap": round(_overlap(ground, orders), 3),
        "span_m": round(float(np.mean([ground.matrix(order).max(initial=0) for order in orders])) / MM, 1),
        "ratio_to_bound": round(float(walks.sum()) / bound, 4),
    }


def _remade(ground: Ground, order: Ints, *, closed: bool) -> Ints:
    M, access = ground.matrix(order), ground.access(order)
    first = np.arange(len(order))
    return order[walking_order(M=M, access=access, first=first, kicks=KICKS * len(order), closed=closed)]


def _entries(ground: Ground, order: Ints, closed: bool) -> int:
    """The way from street to door and back, in mm; doors at one point are reached once."""
    a, b = (order, np.roll(order, -1)) if closed else (order[:-1], order[1:])
    both = ground.entry[a] + ground.entry[b]
    return int(both[ground.cost[a, b] > 0].sum())


def is_connected(ground: Ground, order: Ints) -> bool:
    """Whether the doors of a turf hang together on the graph of neighbours."""
    pieces = fragments(restrict(ground.adjacency, order), np.zeros(len(order), np.int64))
    return int(pieces.max()) == 0


def _overlap(ground: Ground, orders: list[Ints]) -> float:
    points = flat(ground.lon, ground.lat, float(ground.lat.mean()))
    hulls = [shapely.MultiPoint(points[order]).convex_hull.buffer(HULL_M) for order in orders]
    return float(sum(hull.area for hull in hulls) / shapely.unary_union(hulls).area)
