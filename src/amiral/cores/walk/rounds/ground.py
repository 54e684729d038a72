"""From streets and addresses to the sides that must be walked, each with its letter boxes."""

from collections import defaultdict
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from amiral.cores.sentences import Sentence
from amiral.cores.walk.geo import metres_between, usable
from amiral.cores.walk.names import plain, street_numbers
from amiral.cores.walk.network import Network, network_of, prices_of, segments_of
from amiral.cores.walk.parameters import Parameters
from amiral.cores.walk.problem import Bools, Doors, Floats, Ints, Problem, Streets, WayKind
from amiral.cores.walk.snapping import ELSEWHERE, NAMELESS, Snapped, snap
from amiral.cores.walk.space import MM

from .parameters import ESTIMATED_SHARE, FREE_ACCESS_M, KNOWN_SHARE, Estimate, RoundParameters
from .result import Far, LeftOut, Side, Unserved
from .trimming import ends_without_boxes, joined

ROOM = 2
"""A piece holds at most one bag (or one walk) over this, so that rounds can be filled evenly."""
APART_MM = 400 * MM
"""A fragment of the network shorter than this, without a known address, hangs on nothing."""
FOOTWAY_MM = 60 * MM
"""Farther from any street than this, an address may hang on a footway without a name."""
SAME_DOOR_M = 60.0
"""Addresses of one street and number that are nearer than this are one."""
LEFT, RIGHT, BOTH = 0, 1, 2
SIDES = (Side.LEFT, Side.RIGHT, Side.BOTH)


class NoStreets(ValueError):
    """Rounds follow streets, and there are none."""

    def __init__(self) -> None:
        super().__init__(
            Sentence(
                "Leaflet rounds follow streets, and there are none here: "
                "give a street network with --streets."
            )
        )


class NoBoxes(ValueError):
    """Nothing to serve."""

    def __init__(self) -> None:
        super().__init__(
            Sentence(
                "No street of the network has a letter box: give addresses near these streets, or let boxes"
                " be estimated (--estimate missing)."
            )
        )


@dataclass(frozen=True)
class Met:
    """Addresses on the network in one order: door, chain, place along it (mm), side, way to it (mm)."""

    door: Ints
    chain: Ints
    pos: Ints
    left: Bools
    access: Ints
    boxes: Ints

    def __len__(self) -> int:
        return len(self.door)


@dataclass(frozen=True)
class Pieces:
    """What must be walked, as columns of one length: side of a chain with its corners and what it costs.

    Piece ``i`` leads from corner ``u[i]`` to ``v[i]`` along chain ``chain[i]`` (effort ``length``, mm);
    ``service`` is time at the boxes as mm of walking.
    """

    chain: Ints
    side: Ints
    u: Ints
    v: Ints
    length: Ints
    service: Ints
    boxes: Ints
    addresses: Ints
    estimated: Bools
    part: Ints
    parts: Ints
    doors: tuple[tuple[int, ...], ...]

    def __len__(self) -> int:
        return len(self.chain)


@dataclass(frozen=True)
class Ground:
    """The network cut into pieces, the pieces to serve, and what was said about the rest."""

    network: Network
    names: tuple[str, ...]  # of each chain
    kinds: Ints  # of each chain
    pieces: Pieces
    unserved: tuple[Unserved, ...]
    far: tuple[Far, ...]
    merged: int
    apart_m: float


def walking_of(parameters: RoundParameters) -> Parameters:
    """The same in the words of the planner; what is served in one pass is crossed for nothing."""
    crossing = {kind: 0.0 if kind in parameters.zigzag else s for kind, s in parameters.crossing_s.items()}
    return Parameters(speed_m_per_min=parameters.speed_m_per_min, crossing_s=crossing)


def ground_of(problem: Problem, parameters: RoundParameters) -> Ground:
    """Everything that does not depend on the rounds. Raises ``NoStreets`` or ``NoBoxes``."""
    if problem.streets is None or not len(segments_of(problem.streets)):
        raise NoStreets
    streets, uncut = _without_sidewalks(problem.streets), np.zeros(len(problem.streets.node_lon), bool)
    first = _laid_out(streets, uncut, uncut, problem.doors, parameters)
    places = joined(_cuts(first, parameters), {} if parameters.whole_sides else _ends(first, parameters))
    if places:
        told = np.zeros(len(first.kinds), bool)
        told[first.met.chain] = True
        owners = np.repeat(sorted(places), [len(places[chain]) for chain in sorted(places)])
        streets, cuts = _with_nodes(streets, first.network, places)
        first = _laid_out(streets, cuts, np.append(uncut, told[owners]), problem.doors, parameters)
    pieces = _pieces(first, parameters)
    if not len(pieces):
        raise NoBoxes
    return Ground(
        first.network,
        first.names,
        first.kinds,
        pieces,
        first.unserved,
        first.far,
        first.merged,
        first.apart_m,
    )


def _without_sidewalks(streets: Streets) -> Streets:
    """No box hangs on a footway without a name: it is a sidewalk or a crossing of the street beside."""
    nameless = np.array([not name for name in streets.way_names], bool)
    aside = nameless & (streets.way_kind == WayKind.FOOT)
    return replace(streets, way_addressable=streets.way_addressable & ~aside)


@dataclass(frozen=True)
class _Layout:
    """Chains with what stands along them; ``guess`` holds estimated boxes of (left, right) by chain."""

    network: Network
    names: tuple[str, ...]
    kinds: Ints
    met: Met
    guess: Ints
    unserved: tuple[Unserved, ...]
    far: tuple[Far, ...]
    merged: int
    apart_m: float


def _laid_out(
    streets: Streets, cuts: Bools, told: Bools, doors: Doors, parameters: RoundParameters
) -> _Layout:
    """``told`` (one entry per node): cuts of chains with addresses, on whose ends nothing is estimated."""
    network = network_of(streets, prices_of(walking_of(parameters)), _breaks(streets) | cuts)
    first = _first_segments(network)
    names = tuple(streets.way_names[way] for way in network.segments.way[first])
    kinds = network.segments.kind[first]
    met, unserved, far = _met(streets, network, doors, parameters)
    plains = np.array([plain(name) for name in names], dtype=object)
    own = np.array(
        [plains[c] == plain(doors.streets[d]) for c, d in zip(met.chain, met.door, strict=True)], bool
    )
    met, merged = _once(doors, met, own)
    known = _ending_at(network, told)
    known[met.chain] = True
    guess, apart = _guess(network, names, kinds, network.segments.addressable[first], known, parameters)
    return _Layout(network, names, kinds, met, guess, unserved, far, merged, apart)


def _ending_at(network: Network, marked: Bools) -> Bools:
    """Chains with an end at a marked node; copies of blocked nodes, behind all others, bear no mark."""
    marked = np.append(marked, np.zeros(len(network.lon) - len(marked), bool))
    ending: Bools = marked[network.nodes[network.starts[:-1]]] | marked[network.nodes[network.starts[1:] - 1]]
    return ending


def _breaks(streets: Streets) -> Bools:
    """Nodes where a street changes its name, its kind, or whether doors open on it."""
    n = len(streets.node_lon)
    segments = segments_of(streets)
    plains = {name: plain(name) for name in set(streets.way_names)}
    codes = {key: x for x, key in enumerate(sorted(set(plains.values())))}
    name = np.array([codes[plains[one]] for one in streets.way_names], np.int64)
    label = (name[segments.way] * len(WayKind) + segments.kind) * 2 + segments.addressable
    low, high = np.full(n, np.iinfo(np.int64).max), np.full(n, -1, np.int64)
    for ends in (segments.a, segments.b):
        known = ends < n  # copies of blocked nodes end a chain anyway
        np.minimum.at(low, ends[known], label[known])
        np.maximum.at(high, ends[known], label[known])
    marked: Bools = (high >= 0) & (low != high)
    return marked


def _first_segments(network: Network) -> Ints:
    """The segment with which each chain begins."""
    order = np.lexsort((network.seg_offset, network.seg_chain))
    chain = network.seg_chain[order]
    begins = np.ones(len(order), bool)
    begins[1:] = chain[1:] != chain[:-1]
    return order[begins].astype(np.int64)


def _met(
    streets: Streets, network: Network, doors: Doors, parameters: RoundParameters
) -> tuple[Met, tuple[Unserved, ...], tuple[Far, ...]]:
    good = usable(doors.lon, doors.lat)
    lost = [Unserved(door=int(d), reason=LeftOut.NO_POSITION) for d in np.flatnonzero(~good)]
    chosen = _canonical(doors, np.flatnonzero(good))
    if not len(chosen):
        nothing = np.empty(0, np.int64)
        return Met(nothing, nothing, nothing, nothing > 0, nothing, nothing), tuple(lost), ()
    street, numbers = street_numbers(doors.streets)
    way_street = np.array(
        [numbers.get(plain(name), ELSEWHERE if name else NAMELESS) for name in streets.way_names], np.int64
    )
    lon, lat = doors.lon[chosen], doors.lat[chosen]
    at = _snapped(network, lon, lat, street[chosen], way_street)
    metres = at.access / MM
    lost += [
        Unserved(door=int(d), reason=LeftOut.TOO_FAR) for d in chosen[metres > parameters.max_straight_m]
    ]
    near = metres <= parameters.max_straight_m
    strays = near & (metres > parameters.max_access_m)
    far = tuple(
        Far(door=int(chosen[x]), distance_m=round(float(metres[x]), 1)) for x in np.flatnonzero(strays)
    )
    chain = at.arc // 2
    left = _on_left(network, chain, at.pos, lon, lat)
    told = doors.dwellings[chosen]
    boxes = np.where(told > 0, told, parameters.boxes_per_address).astype(np.int64)
    met = Met(chosen[near], chain[near], at.pos[near], left[near], at.access[near], boxes[near])
    return met, tuple(sorted(lost, key=lambda one: one.door)), far


def _snapped(network: Network, lon: Floats, lat: Floats, street: Ints, way_street: Ints) -> Snapped:
    """The way of each door; where no street is near, a footway without a name will do."""
    at = snap(network=network, lon=lon, lat=lat, street=street, way_street=way_street)
    lost = np.flatnonzero(at.access > FOOTWAY_MM)
    if not len(lost):
        return at
    open_ = network.segments.addressable | (network.segments.kind == WayKind.FOOT)
    wider = replace(network, segments=replace(network.segments, addressable=open_))
    again = snap(network=wider, lon=lon[lost], lat=lat[lost], street=street[lost], way_street=way_street)
    closer = again.access < at.access[lost] - FOOTWAY_MM // 2
    for old, new in zip(vars(at).values(), vars(again).values(), strict=True):
        old[lost[closer]] = new[closer]
    return at


def _canonical(doors: Doors, chosen: Ints) -> Ints:
    """By position, then id: a file in another order gives the same rounds."""
    ids = np.array([doors.ids[d] for d in chosen], dtype=str)
    return chosen[np.lexsort((ids, doors.lat[chosen], doors.lon[chosen]))] if len(chosen) else chosen


def _on_left(network: Network, chain: Ints, pos: Ints, lon: Floats, lat: Floats) -> Bools:
    """Whether each point lies on the left of the chain's direction, at its place along it."""
    ends = network.starts[chain + 1] - 1
    place = np.empty(len(chain), np.int64)
    for x in range(len(chain)):  # the node before the place, but not the last one
        span = network.along[network.starts[chain[x]] : ends[x]]
        place[x] = network.starts[chain[x]] + np.searchsorted(span, pos[x], side="right") - 1
    a, b = network.nodes[place], network.nodes[place + 1]
    east = (network.lon[b] - network.lon[a]) * (lat - network.lat[a])
    left: Bools = east - (network.lat[b] - network.lat[a]) * (lon - network.lon[a]) >= 0
    return left


def _once(doors: Doors, met: Met, own: Bools) -> tuple[Met, int]:
    """Addresses of one street and number are one: an extract writes it on each shop of a building.

    The one that stays is on its own street (``own``), if any is, and nearest to its way.
    """
    groups: dict[tuple[str, int, str], list[list[int]]] = defaultdict(list)
    single = list[int]()
    for x in np.lexsort((np.arange(len(met)), met.access, ~own)).tolist():
        door = int(met.door[x])
        if doors.numbers[door] <= 0 or not doors.streets[door]:
            single.append(x)
            continue
        label = plain(doors.streets[door]), int(doors.numbers[door]), doors.suffixes[door].casefold()
        for group in groups[label]:
            if _apart_m(doors, int(met.door[group[0]]), door) < SAME_DOOR_M:
                group.append(x)
                break
        else:
            groups[label].append([x])
    members = [group for same in groups.values() for group in same]
    boxes = met.boxes.copy()
    for group in members:
        boxes[group[0]] = met.boxes[group].max()
    some = np.array(sorted([group[0] for group in members] + single), np.int64)
    kept = Met(met.door[some], met.chain[some], met.pos[some], met.left[some], met.access[some], boxes[some])
    return kept, len(met) - len(kept)


def _apart_m(doors: Doors, a: int, b: int) -> float:
    return metres_between(float(doors.lon[a]), float(doors.lat[a]), float(doors.lon[b]), float(doors.lat[b]))


def _guess(
    network: Network,
    names: tuple[str, ...],
    kinds: Ints,
    open_: Bools,
    known: Bools,
    parameters: RoundParameters,
) -> tuple[Ints, float]:
    """Estimated boxes (chains, 2), none on ``known`` chains; metres of streets that hang on nothing."""
    share = np.array([ESTIMATED_SHARE[kind] for kind in WayKind])[kinds]
    named = np.array([bool(name) for name in names], bool)
    share = np.where(open_ & (named | (kinds >= WayKind.RESIDENTIAL)), share, 0.0)
    streets_mm = float(network.length[share > 0].sum())
    told = float(network.length[(share > 0) & known].sum()) / max(streets_mm, 1.0)
    wanted = parameters.estimate == Estimate.MISSING or (
        parameters.estimate == Estimate.AUTO and told < KNOWN_SHARE
    )
    if not wanted:
        return np.zeros((len(kinds), 2), np.int64), 0.0
    part = network.part[network.arc_u[0::2]]
    addressed = np.zeros(len(network.part_mm), bool)
    addressed[part[known]] = True
    limit = min(APART_MM, int(network.part_mm.max()) // 5)
    apart = (network.part_mm[part] < limit) & ~addressed[part]
    each = np.rint(network.length / MM / 100 * parameters.boxes_per_100m * share).astype(np.int64)
    each[known | apart] = 0
    return np.repeat(each[:, None], 2, axis=1), float(network.length[apart & (share > 0)].sum()) / MM


def _by_side(layout: _Layout, parameters: RoundParameters) -> dict[tuple[int, int], list[int]]:
    """Addresses (places in ``layout.met``) of each side that has any, along its chain."""
    met = layout.met
    merged = np.array([WayKind(kind) in parameters.zigzag for kind in layout.kinds], bool)
    groups: dict[tuple[int, int], list[int]] = defaultdict(list)
    for x in np.lexsort((np.arange(len(met)), met.pos, met.chain)).tolist():
        chain = int(met.chain[x])
        groups[chain, BOTH if merged[chain] else (LEFT if met.left[x] else RIGHT)].append(x)
    for chain in np.flatnonzero(layout.guess.any(axis=1)).tolist():
        for side in (BOTH,) if merged[chain] else (LEFT, RIGHT):
            groups.setdefault((chain, side), [])
    return groups


def _cuts(layout: _Layout, parameters: RoundParameters) -> dict[int, list[int]]:
    """Places (mm) at which chains are cut, because a side fills more than a share of a bag or a walk."""
    places: dict[int, list[int]] = {}
    most_mm = parameters.minutes * parameters.speed_m_per_min * MM / ROOM
    for (chain, side), members in _by_side(layout, parameters).items():
        boxes, service = _weights(layout, chain, side, members, parameters)
        length = int(layout.network.length[chain])
        tall = layout.network.effort[chain] + service.sum()
        pieces = max(-(-int(boxes.sum()) * ROOM // parameters.bag), int(-(-tall // most_mm)))
        if pieces <= len(places.get(chain, ())) + 1:
            continue
        if members:
            places[chain] = _between(layout.met.pos[members], boxes + 1e-6 * service, length, pieces)
        else:
            places[chain] = [length * x // pieces for x in range(1, min(pieces, length // MM))]
    return {chain: cuts for chain, cuts in places.items() if cuts}


def _ends(layout: _Layout, parameters: RoundParameters) -> dict[int, list[int]]:
    sides = _by_side(layout, parameters)
    return ends_without_boxes(sides=sides, pos=layout.met.pos, length=layout.network.length)


def _between(pos: Ints, weight: Floats, length: int, pieces: int) -> list[int]:
    """Cuts half-way between addresses, so that each piece weighs about as much."""
    total, cuts = float(weight.sum()), set[int]()
    filled, done = 0.0, 1
    for x in range(len(pos) - 1):
        filled += float(weight[x])
        middle = (int(pos[x]) + int(pos[x + 1])) // 2
        if filled + float(weight[x + 1]) / 2 >= total * done / pieces and pos[x + 1] - pos[x] > MM:
            cuts.add(middle)
            done = max(done + 1, int(filled * pieces / total) + 1)
    return sorted(cut for cut in cuts if MM // 2 < cut < length - MM // 2)


def _with_nodes(streets: Streets, network: Network, places: dict[int, list[int]]) -> tuple[Streets, Bools]:
    """The streets with a node at each place; and which nodes end a chain."""
    old = len(streets.node_lon)
    lon, lat = list[float](), list[float]()
    inside: dict[tuple[int, int], list[tuple[float, int]]] = defaultdict(list)
    for chain, cuts in sorted(places.items()):
        begin, end = int(network.starts[chain]), int(network.starts[chain + 1])
        along, nodes = network.along[begin:end], network.nodes[begin:end]
        for cut in cuts:
            x = int(np.clip(np.searchsorted(along, cut, side="right") - 1, 0, len(along) - 2))
            a, b = int(nodes[x]), int(nodes[x + 1])
            share = (cut - int(along[x])) / max(1, int(along[x + 1] - along[x]))
            lon.append(float(network.lon[a] + share * (network.lon[b] - network.lon[a])))
            lat.append(float(network.lat[a] + share * (network.lat[b] - network.lat[a])))
            a, b = _original(streets, network, a), _original(streets, network, b)
            key, share = ((a, b), share) if a < b else ((b, a), 1 - share)
            inside[key].append((share, old + len(lon) - 1))
    way_nodes, way_start = _inserted(streets, inside)
    breaks = np.arange(old + len(lon)) >= old
    return (
        replace(
            streets,
            node_lon=np.append(streets.node_lon, lon),
            node_lat=np.append(streets.node_lat, lat),
            way_start=way_start,
            way_nodes=way_nodes,
            node_height=_more_heights(streets.node_height, len(lon)),
            node_marks=_more_marks(streets.node_marks, len(lon)),
        ),
        breaks,
    )


def _more_heights(height: Floats | None, count: int) -> Floats | None:
    return None if height is None else np.append(height, np.full(count, np.nan))


def _more_marks(marks: Ints | None, count: int) -> Ints | None:
    return None if marks is None else np.append(marks, np.zeros(count, np.int64))


def _original(streets: Streets, network: Network, node: int) -> int:
    """The node of the streets: a blocked one has copies at the same place behind all others."""
    if node < len(streets.node_lon):
        return node
    same = (streets.node_lon == network.lon[node]) & (streets.node_lat == network.lat[node])
    return int(np.flatnonzero(same)[0])


def _inserted(streets: Streets, inside: dict[tuple[int, int], list[tuple[float, int]]]) -> tuple[Ints, Ints]:
    """Way nodes and starts with the new nodes, in every way that runs over the cut piece."""
    nodes, out, starts = streets.way_nodes.tolist(), list[int](), [0]
    for begin, end in pairwise(streets.way_start.tolist()):
        out += nodes[begin : min(begin + 1, end)]
        for a, b in pairwise(nodes[begin:end]):
            cuts = sorted(inside.get((min(a, b), max(a, b)), ()), reverse=a > b)
            out += [node for _, node in cuts]
            out.append(b)
        starts.append(len(out))
    return np.array(out, np.int64), np.array(starts, np.int64)


def _weights(
    layout: _Layout, chain: int, side: int, members: list[int], parameters: RoundParameters
) -> tuple[Floats, Floats]:
    """Boxes of each address of a side, and time there as mm of walking; estimated ones as one entry each."""
    mm = parameters.speed_m_per_min / 60 * MM
    if not members:
        guess = layout.guess[chain].sum() if side == BOTH else layout.guess[chain, side]
        boxes = np.ones(int(guess))
        return boxes, boxes * (parameters.seconds_per_address + parameters.seconds_per_box) * mm
    met = layout.met
    boxes = met.boxes[members].astype(float)
    deep = 2 * np.maximum(0, met.access[members] - FREE_ACCESS_M * MM)
    return boxes, (parameters.seconds_per_address + parameters.seconds_per_box * boxes) * mm + deep


def _zigzags(layout: _Layout, chain: int, members: list[int]) -> int:
    """Changes of side of one pass: between addresses in their order, between estimated ones at each."""
    if not members:
        return max(0, int(layout.guess[chain].sum()) - 1)
    left = layout.met.left[members]
    return int((left[1:] != left[:-1]).sum())


def _pieces(layout: _Layout, parameters: RoundParameters) -> Pieces:
    net = layout.network
    rows = list[tuple[int, int, int, int, bool, int, int]]()
    doors = list[tuple[int, ...]]()
    mm = parameters.speed_m_per_min / 60 * MM
    for (chain, side), members in sorted(_by_side(layout, parameters).items()):
        boxes, service = _weights(layout, chain, side, members, parameters)
        total, spent = round(float(boxes.sum())), float(service.sum())
        if side == BOTH:
            crossing = parameters.crossing_s[WayKind(int(layout.kinds[chain]))]
            spent += _zigzags(layout, chain, members) * (parameters.seconds_per_zigzag + crossing) * mm
        if not total:
            continue
        parts = -(-total // parameters.bag)
        for part in range(parts):
            share = total * (part + 1) // parts - total * part // parts
            rows.append((chain, side, share, len(boxes), not members, part + 1, round(spent / parts)))
            doors.append(tuple(int(d) for d in layout.met.door[members]))
    table = np.array(rows, np.int64).reshape(len(rows), 7)
    chains, sides = table[:, 0], table[:, 1]
    arc = 2 * chains + ((sides == RIGHT) & (net.crossing[chains] > 0))
    parts_of_side = np.unique(np.column_stack([chains, sides]), axis=0, return_inverse=True)[1].ravel()
    return Pieces(
        chain=chains,
        side=sides,
        u=net.arc_u[arc],
        v=net.arc_v[arc],
        length=net.effort[chains],
        service=table[:, 6],
        boxes=table[:, 2],
        addresses=table[:, 3],
        estimated=table[:, 4] > 0,
        part=table[:, 5],
        parts=np.bincount(parts_of_side, minlength=1)[parts_of_side] if len(table) else table[:, 5],
        doors=tuple(doors),
    )
