"""The proof in small: real processes, real SIGKILL, nothing lost and nothing doubled (see docs/tasks.md)."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from django.db import connection

ROOT = Path(__file__).resolve().parents[3]
KILLS, JOBS = 4, 80


@pytest.mark.storage
def test_killed_workers_lose_nothing_and_double_nothing(tmp_path: Path) -> None:
    engine = "postgres" if connection.vendor == "postgresql" else "sqlite"
    # PostgreSQL runs as another user, who must be able to enter.
    for folder in [tmp_path, *list(tmp_path.parents)[:2]]:
        folder.chmod(0o755)
    proof = subprocess.run(
        [sys.executable, "-m", "benchmarks.tasks.killing", "--engine", engine, "--folder", str(tmp_path),
         "--kills", str(KILLS), "--jobs", str(JOBS), "--seconds", "1.5", "--lease", "1"],
        cwd=ROOT, stdout=subprocess.PIPE, text=True, timeout=120, check=False,
    )  # fmt: skip
    report = json.loads(proof.stdout)
    assert report["states"] == {"done": JOBS}
    assert (report["lost"], report["effects_doubled"], report["effects"]) == (0, 0, JOBS)
    assert (report["kills"], proof.returncode) == (KILLS, 0)
