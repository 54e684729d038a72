"""Synthetic persons by the million, written straight into the tables: seeded, nobody real."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import numpy as np

NOW = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
BATCH = 50_000
SKILLS = ("door-to-door", "telephone", "writing", "driving", "cooking", "law", "computing")
ORIGINS = ("campaign-form", "event", "petition", "members")
ACTIONS, SHIFTS, GROUPS = 400, 5_000, 100


def fill(*, path: str, persons: int, seed: int, say: Any) -> dict[str, int]:
    """Writes everything in one connection, without waiting for the disk; rows by table."""
    chance = np.random.default_rng(seed)
    link = sqlite3.connect(path, isolation_level=None)
    for pragma in ("journal_mode=WAL", "synchronous=OFF", "cache_size=-800000", "foreign_keys=OFF"):
        link.execute(f"PRAGMA {pragma}")
    rows: dict[str, int] = {}
    ids = _ids(persons, chance)
    groups = _small_tables(link, chance, rows)
    for label, table in _tables(ids, groups, chance, persons, link):
        say(label)
        link.execute("BEGIN")
        rows[label] = _insert(link, label, table)
        link.execute("COMMIT")
    link.execute("ANALYZE")
    link.close()
    return rows


def _ids(count: int, chance: np.random.Generator) -> list[str]:
    """UUIDv7 in the order of joining."""
    start = int((NOW - timedelta(days=1_200)).timestamp() * 1000)
    times = start + np.sort(chance.integers(0, 1_190 * 86_400_000, count))
    tails = chance.integers(0, 2**60, count)
    return [
        f"{moment:012x}7{tail & 0xFFF:03x}8{tail:015x}"
        for moment, tail in zip(times.tolist(), tails.tolist(), strict=True)
    ]


def _model(label: str) -> Any:
    from django.apps import apps

    return apps.get_model(label)


def _insert(link: sqlite3.Connection, label: str, rows: Iterator[dict[str, Any]]) -> int:
    """Rows of given columns; the others take the model's defaults, the same for all."""
    model, count = _model(label), 0
    usual = {
        field.column: field.get_db_prep_save(field.get_default(), _connection())
        for field in model._meta.concrete_fields
        if not field.primary_key or label.endswith("Change")
    }
    lot: list[tuple[Any, ...]] = []
    statement = ""
    names: list[str] = []
    for row in rows:
        if not statement:
            names = [*row, *(name for name in usual if name not in row)]
            quoted = ", ".join(f'"{name}"' for name in names)
            marks = ", ".join("?" * len(names))
            statement = f"INSERT INTO {model._meta.db_table} ({quoted}) VALUES ({marks})"
            rest = tuple(usual[name] for name in names[len(row) :])
        lot.append((*row.values(), *rest))
        if len(lot) >= BATCH:
            link.executemany(statement, lot)
            count += len(lot)
            lot = []
    if lot:
        link.executemany(statement, lot)
    return count + len(lot)


def _connection() -> Any:
    from django.db import connection

    return connection


def _text(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S}"


def _small_tables(link: sqlite3.Connection, chance: np.random.Generator, rows: dict[str, int]) -> list[str]:
    """Groups, actions, shifts and one import."""
    communes = [code for (code,) in link.execute(
        "SELECT id FROM territory_territory WHERE kind='commune' ORDER BY population DESC LIMIT 200"
    )]  # fmt: skip
    groups = [UUID(int=10_000 + number).hex for number in range(GROUPS)]
    rows["network.Group"] = _insert(link, "network.Group", (
        {"id": key, "kind": "local", "slug": f"groupe-{number}", "name": f"Groupe {number}",
         "territory_id": communes[number]} for number, key in enumerate(groups)
    ))  # fmt: skip
    rows["mobilisation.Action"] = _insert(link, "mobilisation.Action", (
        {"id": UUID(int=20_000 + number).hex, "kind": ("door-to-door", "leaflet-drop")[number % 2],
         "title": "Action", "group_id": groups[number % GROUPS], "commune_id": communes[number % 200],
         "place": "Mairie"} for number in range(ACTIONS)
    ))  # fmt: skip
    ends = [NOW - timedelta(hours=float(hours)) for hours in chance.uniform(-500, 9_000, SHIFTS)]
    rows["mobilisation.Shift"] = _insert(link, "mobilisation.Shift", (
        {"id": UUID(int=30_000 + number).hex, "action_id": UUID(int=20_000 + number % ACTIONS).hex,
         "starts_at": _text(end - timedelta(hours=2)), "ends_at": _text(end), "capacity": 1000, "needed": 1}
        for number, end in enumerate(ends)
    ))  # fmt: skip
    rows["people.SupporterImport"] = _insert(link, "people.SupporterImport", (
        {"id": UUID(int=40_000 + number).hex, "territory_id": "pays:FR", "file_name": "f", "file_sha256": "",
         "file_format": "csv", "origin": origin, "state": "done"} for number, origin in enumerate(ORIGINS)
    ))  # fmt: skip
    return groups


def _tables(
    ids: list[str], groups: list[str], chance: np.random.Generator, count: int, link: sqlite3.Connection
) -> Iterator[tuple[str, Iterator[dict[str, Any]]]]:
    places = link.execute(
        "SELECT id, coalesce(population, 1) FROM territory_territory"
        " WHERE kind = 'commune' AND retired_at IS NULL"
    ).fetchall()
    weights = np.array([max(1, people) for _code, people in places], dtype=float)
    home = chance.choice(len(places), count, p=weights / weights.sum()).tolist()
    imported = chance.random(count) < 0.1
    english = chance.random(count) < 0.04
    joined = [datetime.fromtimestamp(int(key[:12], 16) / 1000, UTC) for key in ids]
    idle = chance.exponential(120, count)
    seen = [_text(max(at, NOW - timedelta(days=float(days)))) for at, days in zip(joined, idle, strict=True)]
    yield "people.Person", (
        {"id": key, "email": None if imported[n] else f"p{n:08d}@example.org", "given_name": "Essai",
         "language": "en" if english[n] else "fr", "postal_code": "", "password": "!",
         "commune_id": places[home[n]][0] if home[n] % 97 else None, "calendar_token": key,
         "joined_at": _text(joined[n]), "last_seen_at": seen[n], "is_active": not imported[n]}
        for n, key in enumerate(ids)
    )  # fmt: skip
    yield "people.Consent", _consents(ids, joined, imported, chance)
    returned = chance.random(count) < 0.03
    yield "people.ContactPoint", (
        {"id": UUID(int=(1 << 100) + n).hex, "person_id": key, "kind": "email",
         "value": f"p{n:08d}@example.org",
         "verified_at": None if imported[n] else _text(joined[n]), "primary": True,
         "bounce_state": "hard" if returned[n] else "ok"}
        for n, key in enumerate(ids)
    )  # fmt: skip
    yield "people.ImportLine", (
        {"id": UUID(int=(2 << 100) + n).hex, "supporter_import_id": UUID(int=40_000 + n % 4).hex, "number": n,
         "outcome": "created", "person_id": ids[n]}
        for n in np.flatnonzero(imported).tolist()
    )  # fmt: skip
    yield (
        "people.PersonSkill",
        (
            {"id": UUID(int=(3 << 100) + n).hex, "person_id": ids[n], "skill": SKILLS[n % len(SKILLS)]}
            for n in np.flatnonzero(chance.random(count) < 0.25).tolist()
        ),
    )
    masks = chance.integers(1, 1 << 21, count)
    yield (
        "people.Availability",
        (
            {"id": UUID(int=(4 << 100) + n).hex, "person_id": ids[n], "slots": int(masks[n])}
            for n in np.flatnonzero(chance.random(count) < 0.2).tolist()
        ),
    )
    member = chance.integers(0, GROUPS, count)
    yield "network.Membership", (
        {"id": UUID(int=(5 << 100) + n).hex, "person_id": ids[n], "group_id": groups[member[n]],
         "source": "choice", "left_at": None}
        for n in np.flatnonzero(chance.random(count) < 0.7).tolist()
    )  # fmt: skip
    yield "mobilisation.SignUp", _sign_ups(ids, chance)


def _consents(
    ids: list[str], joined: list[datetime], imported: Any, chance: np.random.Generator
) -> Iterator[dict[str, Any]]:
    number = 0
    for purpose, share in (("newsletter", 0.6), ("actions", 0.4), ("group-contact", 0.2)):
        gives = np.flatnonzero(chance.random(len(ids)) < share)
        withdrawn = chance.random(len(gives)) < 0.1
        for n, ends in zip(gives.tolist(), withdrawn.tolist(), strict=True):
            basis = "regular-contact" if imported[n] and n % 2 else "consent"
            for granted in (True, False) if ends else (True,):
                at = joined[n] if granted else joined[n] + timedelta(days=5)
                number += 1
                yield {
                    "id": UUID(int=(6 << 100) + number).hex, "person_id": ids[n], "purpose": purpose,
                    "granted": granted, "text_shown": "…", "text_sha256": "", "channel": "join form",
                    "basis": basis, "at": _text(at),
                }  # fmt: skip


def _sign_ups(ids: list[str], chance: np.random.Generator) -> Iterator[dict[str, Any]]:
    number = 0
    for n in np.flatnonzero(chance.random(len(ids)) < 0.15).tolist():
        times = min(12, 1 + int(chance.geometric(0.4)))
        for shift in {int(one) for one in chance.integers(0, SHIFTS, times)}:
            number += 1
            yield {
                "id": UUID(int=(7 << 100) + number).hex, "person_id": ids[n],
                "shift_id": UUID(int=30_000 + shift).hex,
                "state": "cancelled" if number % 12 == 0 else "confirmed",
            }  # fmt: skip
