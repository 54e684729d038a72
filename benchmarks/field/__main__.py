"""All proofs in a row: ``python -m benchmarks.field short`` or ``long``, or some stages by name.

    python -m benchmarks.field short                     # as `make prove-field-short`: under ten minutes
    python -m benchmarks.field long [STAGE …] [--again]  # as `make prove-field`: hours

Every stage is a process of its own and writes its figures to ``var/field-proof/<size>/<stage>.json`` as soon
as it is done. A second start takes up what was interrupted and keeps what is done (``--again`` does it anew).
What cannot run here (no root, no package) is skipped, said and counted. The figures come last; exits with 1
when a proof failed.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import sqlite3
import subprocess
import sys
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from .progress import end_properly
from .serving import ROOT, postgres_bin

RESULTS = ROOT / "var" / "field-proof"


@dataclass(frozen=True, kw_only=True)
class Stage:
    """A module of this package and its arguments for each size; ``must`` is what the stage has to show."""

    name: str
    module: str
    short: str
    long: str
    must: str
    postgres: bool = False

    def arguments(self, size: str) -> list[str]:
        return (self.short if size == "short" else self.long).split()


def _chaos(browser: str) -> list[Stage]:
    return [
        Stage(
            name=f"chaos-{browser}",
            module="chaos",
            short=f"--browser {browser} --visits 100 --lives 2",
            long=f"--browser {browser} --visits 1000 --lives 12",
            must="nothing kept is lost, nothing comes twice",
        ),
        Stage(
            name=f"chaos-{browser}-relaxed",
            module="chaos",
            short=f"--browser {browser} --visits 60 --lives 1 --careless",
            long=f"--browser {browser} --visits 300 --lives 6 --careless",
            must="something is lost" if browser != "webkit" else "for comparison",
        ),
    ]


def _power(engine: str, *, careless: bool) -> Stage:
    more = " --careless" if careless else ""
    return Stage(
        name=f"power-{engine}" + ("-careless" if careless else ""),
        module="power",
        short=f"--engine {engine} --cuts {1 if careless else 3}{more}",
        long=f"--engine {engine} --cuts {20 if careless else 100}{more}",
        must="something is lost" if careless else "nothing acknowledged is lost",
        postgres=engine == "postgres",
    )


STAGES = [
    Stage(
        name="model",
        module="model",
        short="--examples 100",
        long="--examples 20000",
        must="no invariant breaks",
    ),
    Stage(
        name="kill-sqlite",
        module="killing",
        short="--engine sqlite --kills 20 --visits 2000",
        long="--engine sqlite --kills 1000 --visits 100000",
        must="nothing acknowledged is lost, nothing comes twice",
    ),
    Stage(
        name="kill-postgres",
        module="killing",
        short="--engine postgres --kills 20 --visits 2000",
        long="--engine postgres --kills 1000 --visits 100000",
        must="nothing acknowledged is lost, nothing comes twice",
        postgres=True,
    ),
    _power("sqlite", careless=False),
    _power("sqlite", careless=True),
    _power("postgres", careless=False),
    _power("postgres", careless=True),
    Stage(
        name="clock",
        module="clock",
        short="--visits 100",
        long="--visits 2000",
        must="ten years change nothing",
    ),
    *_chaos("chromium"),
    Stage(
        name="chaos-app",
        module="chaos_app",
        short="--visits 30 --lives 1",
        long="--visits 600 --lives 12",
        must="nothing that the screen said to be kept is lost, nothing comes twice",
    ),
    *_chaos("firefox"),
    *_chaos("webkit"),
    Stage(
        name="storm-sqlite",
        module="storm",
        short="--engine sqlite --phones 50 --visits 60 --within 5",
        long="--engine sqlite --phones 1000 --visits 60",
        must="drained within three minutes, state as the oracle's",
    ),
    Stage(
        name="storm-postgres",
        module="storm",
        short="--engine postgres --phones 50 --visits 60 --within 5",
        long="--engine postgres --phones 20000 --visits 40",
        must="state as the oracle's",
        postgres=True,
    ),
    Stage(
        name="peers-sqlite",
        module="peers",
        short="--engine sqlite --visits 400",
        long="--engine sqlite --visits 4000",
        must="batches are faster",
    ),
    Stage(
        name="peers-postgres",
        module="peers",
        short="--engine postgres --visits 400",
        long="--engine postgres --visits 4000",
        must="batches are faster",
        postgres=True,
    ),
]


def main() -> None:
    """Run what is wanted and print the figures."""
    end_properly()
    options = _options()
    folder = options.results / options.size
    folder.mkdir(parents=True, exist_ok=True)
    wanted = [stage for stage in STAGES if not options.stages or stage.name in options.stages]
    try:
        for number, stage in enumerate(wanted, start=1):
            _say(f"[{number}/{len(wanted)}] {stage.name}: {stage.must}")
            _once(stage, options.size, folder, options.scratch, again=options.again)
    except KeyboardInterrupt:
        _say("Interrupted: the same command goes on from here.")
        sys.exit(130)
    sys.exit(_told(wanted, folder))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.field")
    parser.add_argument("size", choices=["short", "long"])
    names = [stage.name for stage in STAGES]
    parser.add_argument("stages", nargs="*", metavar="STAGE", help=f"some of: {', '.join(names)}")
    parser.add_argument("--again", action="store_true", help="Do again what is done.")
    parser.add_argument("--results", type=Path, default=RESULTS)
    parser.add_argument("--scratch", type=Path, default=Path("/var/tmp/amiral-field-proof"))
    options = parser.parse_args()
    if unknown := set(options.stages) - set(names):
        parser.error(f"no such stage: {', '.join(sorted(unknown))}; there are: {', '.join(names)}")
    return options


def _once(stage: Stage, size: str, results: Path, scratch: Path, *, again: bool) -> None:
    kept, work = results / f"{stage.name}.json", scratch / size / stage.name
    if again:
        kept.unlink(missing_ok=True)
        _clear(work)
    if kept.exists() and "skipped" not in json.loads(kept.read_text()):
        _say(f"  done on {json.loads(kept.read_text())['on']}; --again does it anew")
        return
    began = time.monotonic()
    found = _run(stage, size, work)
    found |= {
        "on": datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        "seconds_in_all": round(time.monotonic() - began),
    }
    found |= {"command": f"python -m benchmarks.field {size} {stage.name}", "versions": versions()}
    kept.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    if found.get("good"):
        _clear(work)


def _clear(work: Path) -> None:
    for place in work.glob("**/disk"):
        subprocess.run(["umount", str(place)], check=False, capture_output=True)
    shutil.rmtree(work, ignore_errors=True)


def _run(stage: Stage, size: str, work: Path) -> dict[str, Any]:
    if stage.postgres:
        try:
            postgres_bin()
        except FileNotFoundError as problem:
            return {"skipped": str(problem)}
    work.mkdir(parents=True, exist_ok=True)
    for folder in (work, *work.parents[:3]):
        if folder.owner() != "root" or os.geteuid() == 0:
            folder.chmod(folder.stat().st_mode | 0o111)
    arguments = [*stage.arguments(size), "--folder", str(work)]
    child = subprocess.Popen(
        [sys.executable, "-m", f"benchmarks.field.{stage.module}", *arguments],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": f"{ROOT / 'src'}:{ROOT}"},
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        said = child.communicate()[0]
    except KeyboardInterrupt:
        child.terminate()  # once: a second signal would interrupt its own tidying
        child.wait(timeout=120)
        raise
    if child.returncode:
        return {"good": False, "problem": f"ended with code {child.returncode}; see above, and {work}"}
    found: dict[str, Any] = json.loads(said)
    return found


def versions() -> dict[str, str]:
    """What it ran on."""
    import django
    import gunicorn

    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, check=False, capture_output=True, text=True
    ).stdout.strip()
    found = {
        "commit": commit or "no git",
        "python": platform.python_version(),
        "django": django.get_version(),
        "gunicorn": str(gunicorn.__version__),
        "sqlite": sqlite3.sqlite_version,
        "cores": str(os.cpu_count()),
    }
    try:
        asked = [str(postgres_bin() / "postgres"), "--version"]
        found["postgresql"] = subprocess.run(
            asked, check=True, capture_output=True, text=True
        ).stdout.split()[2]
    except FileNotFoundError:
        found["postgresql"] = "absent"
    return found


def _told(wanted: list[Stage], folder: Path) -> int:
    """Prints a line for each stage and the sum; answers the exit code."""
    skipped, failed, acknowledged, lost, double = [], [], 0, 0, 0
    for stage in wanted:
        found = json.loads((folder / f"{stage.name}.json").read_text())
        print(f"{stage.name:24} {_line(found)}")
        if "skipped" in found:
            skipped.append(stage.name)
            continue
        if not found.get("good"):
            failed.append(stage.name)
        if not found.get("careless") and found.get("durability") != "relaxed" and "lost" in found:
            acknowledged += found.get("acknowledged", found.get("said_to_be_kept", 0))
            lost += found["lost"] + found.get("lost_at_cuts", 0)
            double += found["double"] + found["extra"]
    print(f"skipped: {len(skipped)}{' (' + ', '.join(skipped) + ')' if skipped else ''}")
    print(f"failed: {len(failed)}{' (' + ', '.join(failed) + ')' if failed else ''}")
    print(f"doors lost: {lost} in {acknowledged:,}; doors twice: {double}")
    return 1 if failed else 0


QUIET = {"versions", "command", "good", "on", "skipped", "said", "integrity", "check_log"}


def _line(found: dict[str, Any]) -> str:
    if "skipped" in found:
        return f"SKIPPED: {found['skipped']}"
    told = [f"{name}={value}" for name, value in found.items() if name not in QUIET]
    return ("good   " if found.get("good") else "FAILED ") + " ".join(told)


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
