"""The stateful model of phones, network and server, driven for long.

    python -m benchmarks.field.model --examples 20000

The model is the one of ``tests/cores/sync/test_model.py``: fifty steps an example, chosen anew each time.
Prints JSON.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, settings


def prove(*, examples: int) -> dict[str, Any]:
    """Raises the model's own assertion when an invariant breaks."""
    from tests.cores.sync.mutants import HANDSETS, SERVERS
    from tests.cores.sync.test_model import Model, drive

    began = time.monotonic()
    how = settings(
        max_examples=examples,
        stateful_step_count=50,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    drive(Model, how)
    return {
        "examples": examples,
        "steps_each": 50,
        "bugs_injected_in_tests": len(SERVERS) + len(HANDSETS),
        "seconds": round(time.monotonic() - began),
        "good": True,
    }


def main() -> None:
    """Drive and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--examples", type=int, default=20_000)
    parser.add_argument("--folder", type=Path)
    json.dump(prove(examples=parser.parse_args().examples), sys.stdout)
    print()


if __name__ == "__main__":
    main()
