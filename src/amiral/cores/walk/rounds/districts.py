"""Cutting the pieces of one connected part into rounds, each connected, each at most a bag."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from amiral.cores.walk.partition import cut, fragments
from amiral.cores.walk.problem import Ints
from amiral.cores.walk.space import MM, Adjacency, adjacency_from, members_of, restrict

from .exchange import exchanged
from .ground import Ground
from .parameters import RoundParameters
from .postman import polished, postman_order, walk_cost
from .ways import links_of

GROUP = 260
"""Pieces that are improved together: a matrix of the links of twice as many codes."""
MORE = 8
"""So often more rounds are tried where a bag does not hold its round: one, or one in fifty."""
OVER = 1.05
"""Minutes may be so much more than asked before another round is made of it."""
BAGS_FAIR = 20
"""How much equal minutes count where bags decide, in per cent: a full bag ends a round, whatever the time."""
EMPTY_SHARE = 0.12
"""Walk without leaflets, as a share of that with them, before any round is known."""

Advance = Callable[[float], None]


@dataclass(frozen=True)
class Work:
    """Pieces (numbers in ``ground.pieces``) that hang together, their neighbours, and how hard to try."""

    ground: Ground
    some: Ints
    adjacency: Adjacency
    parameters: RoundParameters
    trials: int
    seed: int

    @property
    def asked_mm(self) -> float:
        return self.parameters.minutes * self.parameters.speed_m_per_min * MM

    @property
    def boxes(self) -> Ints:
        return self.ground.pieces.boxes[self.some]

    @property
    def load(self) -> Ints:
        """Walk and boxes of each piece, as mm of walking."""
        return (self.ground.pieces.length + self.ground.pieces.service)[self.some]


def rounds_of(work: Work, advance: Advance) -> list[Ints]:
    """Codes (``2 i`` or ``2 i + 1`` for piece ``ground.pieces[i]``) of each round in walking order."""
    least = how_many(work, float(work.load.sum()) * (1 + EMPTY_SHARE))
    best, orders = list[Ints](), list[Ints]()
    for more in range(MORE):
        count = min(least + more + least * more // 50, len(work.some))
        orders = _tried(work, count, advance if more == 0 else lambda share: None)
        over = [order for order in orders if _boxes(work, order) > work.parameters.bag]
        if not over and (_in_time(work, orders) or count >= len(work.some)):
            return _global(work, orders)
        if not over and (not best or more < MORE // 2):
            best = orders
        if best and more >= 2:
            break
    return _global(work, best or _split(work, orders))


def how_many(work: Work, total_mm: float) -> int:
    """As few rounds as bags and minutes allow: bags hold at most ``bag``, minutes lie near the asked ones."""
    bags = -(-int(work.boxes.sum()) // work.parameters.bag)
    fewer = max(1, int(total_mm // work.asked_mm))
    over, under = total_mm / fewer - work.asked_mm, work.asked_mm - total_mm / (fewer + 1)
    walks = fewer if over <= (OVER - 1) * work.asked_mm and over <= under else fewer + 1
    walks = 1 if total_mm <= 1.10 * work.asked_mm else walks
    return max(bags, walks)


def _in_time(work: Work, orders: list[Ints]) -> bool:
    """Whether no more than one round in twenty lasts over 10 % longer than asked."""
    late = sum(_load(work, order) > 1.10 * work.asked_mm for order in orders)
    return 20 * late <= len(orders)


def _global(work: Work, orders: list[Ints]) -> list[Ints]:
    return [2 * work.some[order // 2] + order % 2 for order in orders]


def _boxes(work: Work, order: Ints) -> int:
    return int(work.boxes[order // 2].sum())


def _load(work: Work, order: Ints) -> float:
    return _walk(work, order) + float(work.load[order // 2].sum())


def _walk(work: Work, order: Ints) -> int:
    """What lies between the pieces of a round, crossings counted, turns not."""
    links = links_of(work.ground, work.some[order // 2])
    codes = 2 * np.arange(len(order)) + order % 2
    return walk_cost(links.far, codes, work.parameters.closed)


def _tried(work: Work, count: int, advance: Advance) -> list[Ints]:
    """Cut into ``count``, order each, exchange between neighbours, order again."""
    labels = cut(adjacency=work.adjacency, weights=_weights(work), pieces=count, seed=work.seed)
    orders = [_ordered(work, members, 0) for members in members_of(labels)]
    advance(0.2)
    for turn in range(1 if len(work.some) <= GROUP else 2):
        orders = _exchanged(work, orders, turn, advance)
    return [_repolished(work, order) for order in orders]


def _weights(work: Work) -> Ints:
    """What a round must share fairly: boxes where bags decide, minutes where time does, else some of both."""
    boxes, load, share = work.boxes.astype(float), work.load.astype(float), _share_of_bags(work)
    mixed = share * boxes / boxes.sum() + (1 - share) * load / load.sum()
    weights: Ints = np.maximum(1, np.rint(mixed * 10_000 * len(boxes))).astype(np.int64)
    return weights


def _share_of_bags(work: Work) -> float:
    """1 where only bags decide how many rounds there are, 0 where only minutes do."""
    bags, walks = float(work.boxes.sum()) / work.parameters.bag, float(work.load.sum()) / work.asked_mm
    return bags**4 / (bags**4 + walks**4)


def _ordered(work: Work, members: Ints, kicks: int) -> Ints:
    links = links_of(work.ground, work.some[members])
    order = postman_order(
        pieces=work.ground.pieces, links=links, seed=work.seed, kicks=kicks, closed=work.parameters.closed
    )
    codes: Ints = 2 * members[order // 2] + order % 2
    return codes


def _repolished(work: Work, order: Ints) -> Ints:
    """The better of the postman's order and the one that came out of the exchange."""
    members = np.sort(order // 2)
    links = links_of(work.ground, work.some[members])
    closed, kicks = work.parameters.closed, min(20, work.trials) * len(order)
    first = postman_order(pieces=work.ground.pieces, links=links, seed=work.seed, kicks=kicks, closed=closed)
    own = polished(
        links=links, order=2 * np.searchsorted(members, order // 2) + order % 2, seed=work.seed, kicks=kicks,
        closed=closed,
    )  # fmt: skip
    better = min((own, first), key=lambda one: walk_cost(links.cost, one, closed))
    codes: Ints = 2 * members[better // 2] + better % 2
    return codes


def _exchanged(work: Work, orders: list[Ints], turn: int, advance: Advance) -> list[Ints]:
    if len(orders) < 2 or not work.trials:
        return orders
    mean = round((float(work.load.sum()) + sum(_walk(work, order) for order in orders)) / len(orders))
    most = max(mean, round(OVER * work.asked_mm))
    orders = list(orders)
    groups = _groups(work, orders, turn)
    for group in groups:
        better = _exchanged_group(work, [orders[r] for r in group], mean, most, turn)
        for r, order in zip(group, better, strict=True):
            orders[r] = order
        advance(0.7 / len(groups) / (1 if len(work.some) <= GROUP else 2))
    return orders


def _exchanged_group(work: Work, orders: list[Ints], mean: int, most: int, turn: int) -> list[Ints]:
    members = np.sort(np.concatenate(orders) // 2)
    links = links_of(work.ground, work.some[members])
    better = exchanged(
        cost=links.cost,
        adjacency=restrict(work.adjacency, members),
        boxes=work.boxes[members],
        load=work.load[members],
        orders=[2 * np.searchsorted(members, order // 2) + order % 2 for order in orders],
        bag=work.parameters.bag,
        most=most,
        mean=mean,
        fair=100 if _share_of_bags(work) < 0.5 else BAGS_FAIR,
        trials=work.trials * len(members),
        seed=work.seed * 1_000_003 + turn * 7919 + int(members[0]),
    )
    return [2 * members[order // 2] + order % 2 for order in better]


def _groups(work: Work, orders: list[Ints], turn: int) -> list[list[int]]:
    """Rounds that lie together, about ``GROUP`` pieces in a group; the seams move with ``turn``."""
    weights = np.array([len(order) for order in orders], np.int64)
    count = -(-int(weights.sum()) // GROUP)
    if count == 1:
        return [list(range(len(orders)))]
    label = np.zeros(len(work.some), np.int64)
    for r, order in enumerate(orders):
        label[order // 2] = r
    near = work.adjacency
    tail = np.repeat(np.arange(len(near)), np.diff(near.start))
    touching = adjacency_from(len(orders), label[tail], label[near.other], near.cost)
    labels = cut(adjacency=touching, weights=weights, pieces=count, seed=work.seed + 1 + turn)
    return [group.tolist() for group in members_of(labels)]


def _split(work: Work, orders: list[Ints]) -> list[Ints]:
    """Halve every round that no bag holds until one does; a single piece always fits."""
    out, open_ = list[Ints](), list(orders)
    while open_:
        order = open_.pop(0)
        if _boxes(work, order) <= work.parameters.bag:
            out.append(order)
            continue
        members = np.sort(order // 2)
        near = restrict(work.adjacency, members)
        labels = cut(adjacency=near, weights=work.boxes[members], pieces=2, seed=work.seed)
        open_ += [_ordered(work, members[half], work.trials) for half in members_of(labels)]
    return out


def is_connected(work: Work, order: Ints) -> bool:
    """Whether the pieces of a round (codes of ``some``) touch one another."""
    near = restrict(work.adjacency, np.sort(order // 2))
    return int(fragments(near, np.zeros(len(near), np.int64)).max()) == 0
