"""No change of a log goes unnoticed, neither by the core nor by the script that anybody can run."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from amiral.cores.chain import START, Broken, Entry, append, sealed_digest, verify

SCRIPT = Path(__file__).parents[2] / "scripts/verify_log.py"
texts = st.text(st.characters(blacklist_categories=["Cs"]), max_size=20)
values = texts | st.integers(-5, 2**53 - 1) | st.booleans() | st.none()
bodies = st.dictionaries(texts, values | st.lists(values, max_size=3), max_size=3)


def logged(said: list[dict[str, Any]]) -> list[Entry]:
    log: list[Entry] = []
    for i, body in enumerate(said):
        log.append(append(log[-1] if log else None, body=body, at=f"2026-03-01T10:00:{i // 2:02}Z"))
    return log


logs = st.lists(bodies, min_size=1, max_size=6).map(logged)


@given(logs)
def test_a_log_is_whole_and_any_beginning_of_it(log: list[Entry]) -> None:
    assert verify(log) == log[-1].hash
    assert verify(log, known={entry.number: entry.hash for entry in log}) == log[-1].hash
    assert verify([]) == START
    for cut in range(len(log)):
        assert verify(log[:cut]) == (log[cut - 1].hash if cut else START)


@given(logs, st.data())
def test_any_touched_entry_is_found(log: list[Entry], data: st.DataObject) -> None:
    i = data.draw(st.integers(0, len(log) - 1))
    entry = log[i]
    change = data.draw(
        st.sampled_from(["body", "at", "number", "before", "hash", "removed", "twice", "swapped"])
    )
    touched = list(log)
    if change == "removed":
        del touched[i]
    elif change == "twice":
        touched.insert(i, entry)
    elif change == "swapped":
        touched.insert(0, touched.pop(i))
    else:
        new: dict[str, Any] = {
            "body": {**entry.body, "more": "!"},
            "at": entry.at[:-1] + "5Z",
            "number": entry.number + 1,
            "before": "f" * 64,
            "hash": "f" * 64,
        }
        touched[i] = replace(entry, **{change: new[change]})
    if touched == log:
        return
    with pytest.raises(Broken) as caught:
        verify(touched, known={len(log): log[-1].hash})
    assert caught.value.number <= len(log) + 1


@given(logs, st.data())
def test_a_log_written_anew_is_found_by_who_kept_a_hash(log: list[Entry], data: st.DataObject) -> None:
    i = data.draw(st.integers(0, len(log) - 1))
    anew = log[:i]
    for entry in log[i:]:
        body = {"other": True} if entry is log[i] and entry.body != {"other": True} else entry.body
        anew.append(append(anew[-1] if anew else None, body=body, at=entry.at))
    assert verify(anew) == anew[-1].hash
    noted = {entry.number: entry.hash for entry in log[i:]}
    if anew != log:
        with pytest.raises(Broken) as caught:
            verify(anew, known=noted)
        assert caught.value.number == i + 1


def test_time_does_not_run_backwards() -> None:
    with pytest.raises(ValueError, match="back in time"):
        append(logged([{}])[0], body={}, at="2025-01-01T00:00:00Z")


def test_a_sealed_text_cannot_be_guessed_without_its_salt() -> None:
    assert sealed_digest("oui", "a") != sealed_digest("oui", "b")
    assert sealed_digest("b", "a") != sealed_digest("", "ab")


def checked(path: Path, *noted: str) -> tuple[int, str]:
    ran = subprocess.run(
        [sys.executable, "-I", str(SCRIPT), str(path), *noted], capture_output=True, text=True, check=False
    )
    return ran.returncode, ran.stdout + ran.stderr


@settings(max_examples=5, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(log=logs)
def test_the_script_that_anybody_can_run_agrees(tmp_path: Path, log: list[Entry]) -> None:
    path = tmp_path / "log.jsonl"
    path.write_bytes(b"".join(entry.line + b"\n" for entry in log))
    assert checked(path) == (0, f"{len(log)} entries, unbroken; last hash {log[-1].hash}\n")
    touched = [*log[:-1], replace(log[-1], body={**log[-1].body, "more": 1})]
    path.write_bytes(b"".join(entry.line + b"\n" for entry in touched))
    assert checked(path) == (1, f"entry {len(log)} was changed\n")
    path.write_bytes(b"".join(entry.line + b"\n" for entry in log[:-1]))
    code, text = checked(path, f"{len(log)}:{log[-1].hash}")
    assert code == 1
    assert "is missing" in text
