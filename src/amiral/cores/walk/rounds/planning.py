"""The front of the rounds: streets and addresses in, rounds out."""

from dataclasses import replace
from functools import partial

import numpy as np

from amiral.cores.walk.geo import flat, hilbert_rank
from amiral.cores.walk.plan import Progress
from amiral.cores.walk.problem import Ints, Problem
from amiral.cores.walk.space import members_of, parts_of, restrict
from amiral.cores.walk.stopping import EFFORTS, Stop

from .bound import bound_m
from .districts import Work, rounds_of
from .drawing import Drawer
from .ground import ground_of
from .parameters import RoundParameters
from .result import Round, Rounds
from .ways import neighbours

SCALE = 1000


def leaflet_rounds(
    *,
    problem: Problem,
    parameters: RoundParameters,
    seed: int = 0,
    stop: Stop = EFFORTS["normal"],
    progress: Progress | None = None,
) -> Rounds:
    """Cut all sides of streets with letter boxes into rounds of one bag each; deterministic for a seed.

    Every piece of ``Rounds.pieces`` is walked in exactly one round. Raises ``NoStreets`` or ``NoBoxes``.
    ``progress`` may raise to interrupt: nothing is left behind. Parts of the network that do not touch are
    served apart. Time grows about linearly with the streets.
    """
    ground = ground_of(problem, parameters)
    adjacency = neighbours(ground.network, ground.pieces)
    drawer = Drawer(problem.doors, ground)
    groups = members_of(parts_of(adjacency))
    done, found = [0.0], list[Round]()

    def advance(size: int, share: float) -> None:
        done[0] += share * size / len(ground.pieces)
        if progress:
            progress(min(SCALE - 1, int(done[0] * SCALE)), SCALE)

    for some in groups:
        work = Work(ground, some, restrict(adjacency, some), parameters, stop.trials_per_door, seed)
        orders = rounds_of(work, partial(advance, len(some)))
        found += [drawer.round(work, order) for order in orders]
        advance(len(some), 0.1)
    walks = 0 if parameters.closed else len(found)
    if progress:
        progress(SCALE, SCALE)
    return Rounds(
        rounds=_numbered(found),
        pieces=drawer.pieces(),
        unserved=ground.unserved,
        far=ground.far,
        merged=ground.merged,
        apart_m=ground.apart_m,
        bound_m=bound_m(network=ground.network, pieces=ground.pieces, walks=walks),
        seed=seed,
        parameters=parameters,
        stop=stop,
    )


def _numbered(rounds: list[Round]) -> tuple[Round, ...]:
    """Numbers from 1 along a curve that keeps neighbours together."""
    centres = np.array([one.line.mean(axis=0) for one in rounds])
    rank: Ints = hilbert_rank(flat(centres[:, 0], centres[:, 1], float(centres[:, 1].mean())))
    order = sorted(range(len(rounds)), key=lambda r: (rank[r], rounds[r].steps[0].walked[0].piece))
    return tuple(replace(rounds[r], number=number) for number, r in enumerate(order, 1))
