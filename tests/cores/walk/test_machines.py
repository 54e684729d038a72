"""The same seed gives the same bytes on a machine with other instructions."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]

PLAN = """
import json
from dataclasses import replace

import numpy as np

from amiral.cores.walk import Parameters, Problem, Stop, feature_collection, plan, report
from tests.cores.walk.builders import EAST, NORTH, grid, grid_doors

rng = np.random.default_rng(5)
doors = grid_doors(5)
moved = rng.uniform(-3, 3, (len(doors), 2))
doors = replace(doors, lon=doors.lon + moved[:, 0] * EAST, lat=doors.lat + moved[:, 1] * NORTH)
for streets in (None, grid(5)):
    problem = Problem(doors=doors, streets=streets)
    answer = plan(problem=problem, parameters=Parameters(minutes=45), stop=Stop(trials_per_door=30))
    print(json.dumps(feature_collection(problem=problem, plan=answer)))
    print(json.dumps(report(problem=problem, plan=answer)))
"""

PLAIN = {
    "NPY_DISABLE_CPU_FEATURES": "AVX512F AVX512CD AVX512_SKX AVX512_CLX AVX512_CNL AVX512_ICL AVX2 FMA3",
    "NUMBA_CPU_NAME": "generic",
    "NUMBA_CPU_FEATURES": "",
    "GLIBC_TUNABLES": "glibc.cpu.hwcaps=-AVX512F,-AVX2,-FMA,-FMA4",
}
"""No wide registers, no fused multiply-add: in numpy, in what numba compiles, in the C library."""


def written(**environment: str) -> str:
    answer = subprocess.run(
        [sys.executable, "-c", PLAN],
        cwd=ROOT, env=os.environ | environment, capture_output=True, text=True, check=True,
    )  # fmt: skip
    return answer.stdout


@pytest.mark.skipif(sys.platform != "linux", reason="the C library is told by a variable of Linux")
def test_a_plain_processor_writes_the_same_bytes(tmp_path: Path) -> None:
    here = written()
    assert here.count("\n") == 4
    plain = written(**PLAIN, NUMBA_CACHE_DIR=str(tmp_path))
    assert plain == here
