"""The proofs of the field log in their shortest form; docs/field-proof.md has the long ones.

Real processes are killed here, on a database of their own. What needs root, PostgreSQL or another browser is
skipped with its reason.
"""

import json
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from benchmarks.field import __main__ as command
from benchmarks.field import browsers, chaos, chaos_app, disk, killing, oracle, peers, power, storm
from benchmarks.field.disk import Disk
from benchmarks.field.handset import Handset
from benchmarks.field.serving import postgres_bin
from benchmarks.field.world import PhoneCard, plant

from amiral.kit.clock import now
from amiral.rooms.field.actions import syncing
from amiral.rooms.field.models import Device, LogEntry, Visit


@pytest.fixture(autouse=True)
def own_databases(monkeypatch: pytest.MonkeyPatch) -> None:
    """The processes of a proof use a database of their own, whatever these tests run on."""
    monkeypatch.delenv("AMIRAL_DATABASE_URL", raising=False)
    for name, value in {"TEAMS": 2, "DOORS": 10, "WRITERS": 3}.items():
        monkeypatch.setattr(killing, name, value)
    monkeypatch.setattr(power, "TEAMS", 2)


@pytest.fixture
def folder() -> Iterator[Path]:
    """Where PostgreSQL's own user may look too: not under pytest's folder, which every other run of pytest
    on the machine closes to him again when it begins."""
    with tempfile.TemporaryDirectory(prefix="amiral-proof.") as made:
        place = Path(made)
        place.chmod(0o755)
        yield place
        Disk(place / "machine", megabytes=0).unmount()


@pytest.mark.parametrize("engine", ["sqlite", "postgres"])
def test_kills_lose_nothing(engine: str, folder: Path) -> None:
    if engine == "postgres":
        try:
            postgres_bin()
        except FileNotFoundError as problem:
            pytest.skip(str(problem))
    found = killing.prove(engine_name=engine, kills=3, visits=150, folder=folder)
    assert found["good"], found
    assert found["kills"] == 3
    assert found["acknowledged"] == found["rows"] >= 150


def test_an_interrupted_proof_goes_on(folder: Path) -> None:
    killing.prove(engine_name="sqlite", kills=1, visits=60, folder=folder)
    found = killing.prove(engine_name="sqlite", kills=2, visits=120, folder=folder)
    assert found["good"], found
    assert found["kills"] == 2
    assert found["acknowledged"] == found["rows"] >= 120


@pytest.mark.parametrize("careless", [False, True], ids=["FULL", "NORMAL"])
def test_a_power_cut_loses_nothing_and_is_seen_to_lose_without_care(careless: bool, folder: Path) -> None:
    found = power.prove(engine="sqlite", cuts=1, careless=careless, folder=folder)
    if "skipped" in found:
        pytest.skip(found["skipped"])
    assert found["good"], found
    assert bool(found["lost_at_cuts"]) is careless


def test_a_crowd_comes_back(folder: Path) -> None:
    found = storm.prove(engine_name="sqlite", phones=6, visits=20, at_once=4, within_s=0.2, folder=folder)
    assert found["good"], found
    assert found["answers"]["stored"] == 120


def test_batches_beside_single_visits(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(peers, "OF_A_PHONE", 10)
    found = peers.prove(engine_name="sqlite", visits=10, folder=folder)
    assert set(found["ways"]) == set(peers.WAYS)


@pytest.mark.browser
@pytest.mark.parametrize("engine", ["chromium", "firefox", "webkit"])
def test_a_browser_in_trouble_loses_nothing(engine: str, folder: Path) -> None:
    found = chaos.prove(browser=engine, visits=20, lives=1, careless=False, folder=folder)
    if "skipped" in found:
        pytest.skip(found["skipped"])
    assert found["good"], found
    assert found["tabs"] == 2


@pytest.mark.browser
def test_the_apps_own_screens_in_trouble_lose_nothing(folder: Path) -> None:
    found = chaos_app.prove(visits=12, lives=1, folder=folder, seed=5)
    if "skipped" in found:
        pytest.skip(found["skipped"])
    assert found["good"], found
    assert found["said_to_be_kept"] >= 12
    assert found["deaths"] == {"server killed": 1, "browser killed": 1}


# The proofs must see ------------------------------------------------------------------------------


@pytest.fixture
def ledger(tmp_path: Path, db: None) -> tuple[Path, PhoneCard]:
    """A phone of which everything arrived, and what it was promised."""
    card = plant(teams=1, phones=1, doors=3).phones[0]
    handset = Handset(card, tmp_path)
    for _ in range(12):
        handset.record(handset.make())
    device = Device.objects.get(pk=card.device)
    said = json.loads(handset.request())
    answer = syncing.receive(device=device, head=12, events=said["events"], has={}, at=now())
    statuses = {id_: {"status": one.status.value} for id_, one in answer.answers.items()}
    handset.absorb({"answers": statuses})
    handset.close()
    return tmp_path, card


def compared(folder: Path) -> dict[str, Any]:
    return oracle.compare(oracle.read(folder), everything=True)


def test_the_oracle_finds_nothing_wrong_where_nothing_is(ledger: tuple[Path, PhoneCard]) -> None:
    found = compared(ledger[0])
    assert oracle.is_good(found), found
    assert found["acknowledged"] == found["rows"] == 12


def test_the_oracle_sees_a_lost_event(ledger: tuple[Path, PhoneCard]) -> None:
    gone = LogEntry.objects.exclude(pk__in=Visit.objects.values("pk")).first() or LogEntry.objects.first()
    assert gone
    Visit.objects.filter(pk=gone.pk).delete()
    gone.delete()
    found = compared(ledger[0])
    assert found["lost"] == 1
    assert not oracle.is_good(found)


def test_the_oracle_sees_a_changed_event_and_a_wrong_figure(ledger: tuple[Path, PhoneCard]) -> None:
    visit = Visit.objects.latest("pk")
    other = LogEntry.objects.exclude(pk=visit.pk).earliest("pk")
    Visit.objects.filter(pk=visit.pk).delete()
    LogEntry.objects.filter(pk=other.pk).update(content=other.content.replace('"seq"', '"sea"'))
    found = compared(ledger[0])
    assert (found["wrong_visits"], found["changed"]) == (1, 1)
    assert not found["check_log"]


# What is skipped is said ---------------------------------------------------------------------------


def test_what_cannot_run_is_skipped_and_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(disk.os, "geteuid", lambda: 1000)
    monkeypatch.setattr(browsers, "commands", lambda: dict.fromkeys(("chromium", "firefox", "webkit"), ""))
    assert power.prove(engine="sqlite", cuts=1, careless=False, folder=tmp_path) == {
        "skipped": "needs root (mount -o loop)"
    }
    assert (
        "firefox-esr"
        in chaos.prove(browser="firefox", visits=1, lives=1, careless=False, folder=tmp_path)["skipped"]
    )
    for stage in command.STAGES:
        (tmp_path / f"{stage.name}.json").write_text('{"skipped": "needs root"}')
    (tmp_path / "kill-sqlite.json").write_text(
        '{"good": true, "acknowledged": 2000, "lost": 0, "double": 0, "extra": 0}'
    )
    assert command._told(command.STAGES, tmp_path) == 0
    told = capsys.readouterr().out.splitlines()
    assert told[-1] == "doors lost: 0 in 2,000; doors twice: 0"
    assert told[-3].startswith(f"skipped: {len(command.STAGES) - 1} (")


def test_a_failed_proof_fails_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for stage in command.STAGES:
        (tmp_path / f"{stage.name}.json").write_text('{"good": false, "problem": "ended"}')
    assert command._told(command.STAGES, tmp_path) == 1
    assert "failed: " in capsys.readouterr().out
