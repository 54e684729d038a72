"""The line that is walked from door to door on the network, in compiled code."""

import numpy as np

from .jit import jit
from .problem import Floats, Ints
from .shortest import FAR, shortest_path


@jit
def _grown(line: Floats, needed: int) -> Floats:
    if needed <= len(line):
        return line
    longer = np.empty((max(needed, 2 * len(line)), 2))
    for x in range(len(line)):
        longer[x, 0], longer[x, 1] = line[x, 0], line[x, 1]
    return longer


@jit
def _along(
    line: Floats,
    used: int,
    chain: int,
    begin: int,
    end: int,
    lon: Floats,
    lat: Floats,
    nodes: Ints,
    along: Ints,
    starts: Ints,
) -> tuple[Floats, int]:
    """Add the nodes of the chain from ``begin`` to ``end`` (mm), both included where they are nodes."""
    a = starts[chain]
    places = along[a : starts[chain + 1]]
    low = a + np.searchsorted(places, min(begin, end))
    high = a + np.searchsorted(places, max(begin, end), side="right")
    line = _grown(line, used + max(0, high - low))
    for x in range(high - low):
        node = nodes[low + x] if begin <= end else nodes[high - 1 - x]
        line[used, 0], line[used, 1] = lon[node], lat[node]
        used += 1
    return line, used


@jit
def walked_line(
    order: Ints,
    door_lon: Floats,
    door_lat: Floats,
    twin: Ints,
    arc: Ints,
    pos: Ints,
    toll: Ints,
    met_lon: Floats,
    met_lat: Floats,
    access: Ints,
    lon: Floats,
    lat: Floats,
    nodes: Ints,
    along: Ints,
    tiring: Ints,
    starts: Ints,
    crossing: Ints,
    arc_u: Ints,
    arc_v: Ints,
    first: Ints,
    head: Ints,
    cost: Ints,
    via: Ints,
    tail: Ints,
    dist: Ints,
    came: Ints,
    touched: Ints,
    heap: Ints,
    keys: Ints,
) -> tuple[Floats, int, int, int]:
    """(line in degrees, shape (p, 2), cost, metres and crossings in mm) of walking the doors in this order.

    The columns are those of ``Doorstep``, ``Snapped`` and ``Network``; the last five are scratch (see
    ``shortest_path``). Doors at one point are at no distance and add no point.
    """
    line, used = np.empty((4 * len(order) + 16, 2)), 1
    line[0, 0], line[0, 1] = door_lon[order[0]], door_lat[order[0]]
    total, walked, crossed = 0, 0, 0
    ends, rest = np.empty((2, 2), np.int64), np.empty((2, 2), np.int64)
    path = np.empty(64, np.int64)
    for leg in range(len(order) - 1):
        i, j = order[leg], order[leg + 1]
        if twin[i] == twin[j]:
            continue
        for side in range(2):
            d = i if side == 0 else j
            whole = tiring[starts[arc[d] // 2 + 1] - 1]
            ends[side, 0], ends[side, 1] = arc_u[arc[d]], arc_v[arc[d]]
            rest[side, 0], rest[side, 1] = toll[d], whole - toll[d]
        direct, gap, over = FAR, 0, 0
        if arc[i] // 2 == arc[j] // 2:
            gap = abs(pos[i] - pos[j])
            over = 0 if arc[i] == arc[j] else crossing[arc[i] // 2]
            direct = abs(toll[i] - toll[j]) + over
        best, sink, reached = shortest_path(
            first, head, cost, ends[0], rest[0], ends[1], rest[1], direct, dist, came, touched, heap, keys
        )
        line = _grown(line, used + 1)
        line[used, 0], line[used, 1] = met_lon[i], met_lat[i]
        used += 1
        if sink < 0:
            line, used = _along(line, used, arc[i] // 2, pos[i], pos[j], lon, lat, nodes, along, starts)
        else:
            corner, count, over = ends[1, sink], 0, 0
            begin = 0 if sink == 0 else along[starts[arc[j] // 2 + 1] - 1]
            gap = abs(pos[j] - begin)
            while came[corner] >= 0:
                edge = came[corner]
                if count >= len(path):
                    path = np.append(path, np.empty_like(path))
                path[count] = edge
                count += 1
                corner = tail[edge]
            source = -1 - came[corner]
            end = 0 if source == 0 else along[starts[arc[i] // 2 + 1] - 1]
            gap += abs(end - pos[i])
            line, used = _along(line, used, arc[i] // 2, pos[i], end, lon, lat, nodes, along, starts)
            for x in range(count - 1, -1, -1):
                edge = path[x]
                if via[edge] >= 0:
                    chain = via[edge] // 2
                    whole = along[starts[chain + 1] - 1]
                    gap += whole
                    forward = arc_u[via[edge]] == tail[edge]
                    from_, to = (0, whole) if forward else (whole, 0)
                    line, used = _along(line, used, chain, from_, to, lon, lat, nodes, along, starts)
                else:
                    over += cost[edge]
            line, used = _along(line, used, arc[j] // 2, begin, pos[j], lon, lat, nodes, along, starts)
        for x in range(reached):
            dist[touched[x]] = FAR
        line = _grown(line, used + 2)
        line[used, 0], line[used, 1] = met_lon[j], met_lat[j]
        line[used + 1, 0], line[used + 1, 1] = door_lon[j], door_lat[j]
        used += 2
        total += best + access[i] + access[j]
        walked += gap + access[i] + access[j]
        crossed += over
    return line[:used], total, walked, crossed
