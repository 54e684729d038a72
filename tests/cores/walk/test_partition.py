"""The weights that METIS is given, and its silence."""

import subprocess
import sys

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from amiral.cores.walk.partition import capped

TOWER = """
import numpy as np
from amiral.cores.walk.partition import cut
from amiral.cores.walk.space import Adjacency

n = 41
start = np.concatenate([[0], np.arange(1, 2 * n - 2, 2), [2 * n - 2]])
other = np.array([0 + 1] + [x for d in range(1, n - 1) for x in (d - 1, d + 1)] + [n - 2])
weights = np.full(n, 32)
weights[0] = 10_000
chain = Adjacency(start=start, other=other, cost=np.full(2 * n - 2, 1000))
for seed in range(6):
    labels = cut(adjacency=chain, weights=weights, pieces=11, seed=seed)
    assert len(set(labels.tolist())) == 11
"""


@given(weights=st.lists(st.integers(1, 10**9), min_size=2, max_size=60), data=st.data())
def test_no_door_exceeds_one_share(weights: list[int], data: st.DataObject) -> None:
    pieces = data.draw(st.integers(1, len(weights) - 1))
    fair = capped(np.array(weights), pieces)
    assert (fair <= weights).all()
    assert (fair >= 1).all()
    # Rounded down, the cap may miss the true share by less than one unit for each piece.
    assert fair.max() * pieces <= fair.sum() + pieces
    light = np.array(weights) < fair.max()
    assert (fair[light] == np.array(weights)[light]).all()


@given(weights=st.lists(st.integers(90, 110), min_size=20, max_size=60))
def test_even_weights_stay(weights: list[int]) -> None:
    assert capped(np.array(weights), 4).tolist() == weights


def test_a_tower_makes_no_noise_on_the_standard_output() -> None:
    told = subprocess.run([sys.executable, "-c", TOWER], capture_output=True, text=True, check=True)
    assert told.stdout == ""
