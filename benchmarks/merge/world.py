"""A made-up campaign whose every table speaks of persons, for the law of un-merging."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from django.apps import apps
from django.db import models

from amiral.kit.relations import fingerprint

START = datetime(2026, 1, 1, tzinfo=UTC)
BOOKKEEPING = {"people.Merge"}
"""What records the merges themselves."""


@dataclass(frozen=True, kw_only=True)
class World:
    """The persons who may be merged, and who merges them."""

    persons: tuple[UUID, ...]
    administrator: UUID


def state() -> str:
    """The fingerprint of every table that points to a person, and of the seat counters."""
    person = apps.get_model("people.Person")
    tables = {apps.get_model("mobilisation.Shift"), person}
    for model in apps.get_models(include_auto_created=True):
        points = any(
            isinstance(f, models.ForeignKey) and f.related_model is person for f in model._meta.fields
        )
        if points and model._meta.label not in BOOKKEEPING:
            tables.add(model)
    return fingerprint(tables)


def build(*, persons: int, groups: int, seed: int) -> World:
    """Persons with consents, mandates, groups, words, reports, sign-ups, letters, visits and cards."""
    chance = random.Random(seed)
    places = _places()
    people = _people(persons + 1, places, chance)
    _accounts(people[1:], chance)
    _rows(people[1:], groups, places, chance)
    apps.get_model("people.Mandate").objects.create(
        person_id=people[0], role="administrator", territory_id="pays:FR", starts_at=START
    )
    return World(persons=tuple(people[1:]), administrator=people[0])


def _places() -> list[str]:
    territory = apps.get_model("territory.Territory")
    closure = apps.get_model("territory.TerritoryClosure")
    ids = ["pays:FR", *(f"commune:71{n:03}" for n in range(20))]
    known = set(territory.objects.values_list("pk", flat=True))
    for id_ in ids:
        if id_ not in known:
            kind, _sign, code = id_.partition(":")
            territory.objects.create(id=id_, kind=kind, code=code, name=id_, search_name=id_)
            closure.objects.create(ancestor_id=id_, descendant_id=id_, depth=0)
    return ids[1:]


def _people(count: int, places: list[str], chance: random.Random) -> list[UUID]:
    person = apps.get_model("people.Person")
    rows = [
        person(
            email=f"personne{n}@example.org",
            given_name=f"Prénom {chance.randrange(50)}",
            family_name=chance.choice(["", f"Nom {chance.randrange(50)}"]),
            postal_code="71000",
            commune_id=chance.choice([None, *places]),
            language=chance.choice(["fr", "en"]),
            joined_at=_moment(chance),
            last_seen_at=_moment(chance),
            password="!",
        )
        for n in range(count)
    ]
    person.objects.bulk_create(rows, batch_size=500)
    return [row.pk for row in rows]


def _moment(chance: random.Random) -> datetime:
    return START + timedelta(microseconds=chance.randrange(10**13))


def _accounts(people: list[UUID], chance: random.Random) -> None:
    address, factor = apps.get_model("account.EmailAddress"), apps.get_model("mfa.Authenticator")
    emails = dict(apps.get_model("people.Person").objects.values_list("pk", "email"))
    address.objects.bulk_create(
        (address(user_id=one, email=emails[one], verified=True, primary=True) for one in people),
        batch_size=500,
    )
    factor.objects.bulk_create(
        factor(user_id=one, type="totp", data={"secret": str(n)}, created_at=_moment(chance))
        for n, one in enumerate(people)
        if chance.random() < 0.1
    )


def _rows(people: list[UUID], group_count: int, places: list[str], chance: random.Random) -> None:
    some = people[:: max(1, len(people) // 400)]

    def make(label: str, rows: list[dict[str, Any]]) -> list[Any]:
        model = apps.get_model(label)
        return model.objects.bulk_create([model(**row) for row in rows], batch_size=500)

    def who() -> UUID:
        return chance.choice(people)

    def pairs(things: list[Any], each: int) -> list[tuple[Any, UUID]]:
        return [(thing, one) for one in people for thing in chance.sample(things, min(each, len(things)))]

    _contacts(people, who, places, chance, make)
    purposes = ["newsletter", "actions", "group-contact"]
    make("people.Consent", [
        {"person_id": one, "purpose": chance.choice(purposes), "granted": chance.random() < 0.7,
         "text_shown": "Oui.", "text_sha256": "0" * 64, "channel": "join form", "at": _moment(chance)}
        for one in people for _ in range(2)
    ])  # fmt: skip
    groups = make("network.Group", [
        {"kind": "local", "slug": f"groupe-{n}", "name": f"Groupe {n}", "territory_id": chance.choice(places)}
        for n in range(group_count)
    ])  # fmt: skip
    make("people.Mandate", [
        {"person_id": one, "role": "group-leader", "scope_id": chance.choice(groups).pk,
         "starts_at": _moment(chance), "granted_by_id": who()}
        for one in some
    ])  # fmt: skip
    make("network.Membership", [
        {"group": group, "person_id": one, "source": chance.choice(["choice", "commune"]),
         "joined_at": _moment(chance), "left_at": chance.choice([None, _moment(chance)])}
        for group, one in pairs(groups, 2)
    ])  # fmt: skip
    posts = make(
        "network.Post",
        [{"group": chance.choice(groups), "author_id": who(), "body": "Bonjour."} for _ in people],
    )
    make(
        "network.Comment", [{"post": chance.choice(posts), "author_id": who(), "body": "Oui."} for _ in some]
    )
    make("moderation.Report", [
        {"subject_kind": "post", "subject_id": post.pk, "subject_author_id": post.author_id,
         "reporter_id": who(), "territory_id": places[0], "excerpt": "…", "grounds": "other"}
        for post in posts[: len(people) // 5]
    ])  # fmt: skip
    actions = make("mobilisation.Action", [
        {"kind": "door-to-door", "title": "Action", "group": chance.choice(groups), "commune_id": places[0],
         "place": "Mairie", "created_by_id": who()}
        for _ in range(20)
    ])  # fmt: skip
    shifts = make("mobilisation.Shift", [
        {"action": chance.choice(actions), "starts_at": START, "ends_at": START + timedelta(hours=2),
         "capacity": len(people), "needed": 1}
        for _ in range(group_count)
    ])  # fmt: skip
    made = make("mobilisation.SignUp", [
        {"shift": shift, "person_id": one, "state": chance.choice(["confirmed", "cancelled"]),
         "created_at": _moment(chance), "changed_at": _moment(chance)}
        for shift, one in pairs(shifts, 2)
    ])  # fmt: skip
    for shift in shifts:
        shift.taken = sum(row.shift_id == shift.pk and row.state == "confirmed" for row in made)
    apps.get_model("mobilisation.Shift").objects.bulk_update(shifts, ["taken"])
    make("outreach.Message", [
        {"person_id": who(), "to_address": "x@example.org", "purpose": "service", "subject": "…", "body": "…",
         "idempotency_key": f"w{n}"}
        for n in range(len(people))
    ])  # fmt: skip
    theme = make("talking_points.Theme", [{"slug": "theme", "name_fr": "Thème", "name_en": "Theme"}])[0]
    points = make("talking_points.TalkingPoint", [{"theme": theme} for _ in some])
    make("talking_points.Version", [
        {"point": point, "number": 1, "short_line": "…", "search_text": "…", "body": "…", "state": "approved",
         "approved_at": START, "author_id": pair[0], "approved_by_id": pair[1]}
        for point in points for pair in [chance.sample(people, 2)]
    ])  # fmt: skip
    _field(groups, people, some, chance, make, shifts)


def _field(
    groups: list[Any],
    people: list[UUID],
    some: list[UUID],
    chance: random.Random,
    make: Any,
    shifts: list[Any],
) -> None:
    canvasses = make("field.Canvass", [
        {"name": "Porte-à-porte", "kind": "door-to-door", "group": groups[0], "address_file_id": UUID(int=n),
         "address_file_name": "adresses", "created_by_id": chance.choice(people)}
        for n in range(5)
    ])  # fmt: skip
    turfs = make("field.Turf", [
        {"canvass": chance.choice(canvasses), "number": n, "minutes": 90, "metres": 900, "walk": {}}
        for n in range(20)
    ])  # fmt: skip
    make(
        "field.Assignment",
        [
            {"turf": turf, "shift": chance.choice(shifts), "assigned_by_id": chance.choice(people),
             "until": START + timedelta(hours=3)}
            for turf in turfs
        ],
    )  # fmt: skip
    doors = make("field.Door", [
        {"turf": turfs[0], "position": n, "address_id": str(n), "label": str(n), "longitude": 0,
         "latitude": 0}
        for n in range(20)
    ])  # fmt: skip
    phones = make("field.Device", [
        {"shift": chance.choice(shifts), "person_id": one, "kind": "phone", "number": n + 1, "key": b"k" * 32,
         "token_hash": f"{n:064}"}
        for n, one in enumerate(some)
    ])  # fmt: skip
    make("field.LogEntry", [
        {"device": phone, "seq": 1, "lam": n + 1, "kind": "visit", "door": chance.choice(doors).pk,
         "digest": f"{n:064}", "by_id": phone.person_id}
        for n, phone in enumerate(phones)
    ])  # fmt: skip


def _contacts(people: list[UUID], who: Any, places: list[str], chance: random.Random, make: Any) -> None:
    emails = dict(apps.get_model("people.Person").objects.values_list("pk", "email"))
    points = [(one, "email", emails[one]) for one in people]
    points += [(one, "phone", f"+336{n:08}") for n, one in enumerate(people) if chance.random() < 0.5]
    points += [(one, "postal", f"{chance.randrange(5)} rue du test") for one in people]
    made = make("people.ContactPoint", [
        {"person_id": one, "kind": kind, "value": value, "primary": chance.random() < 0.8,
         "verified_at": chance.choice([None, _moment(chance)])}
        for one, kind, value in points
    ])  # fmt: skip
    source = make("people.SupporterImport", [{"territory_id": places[0], "imported_by_id": who()}])[0]
    lines = make("people.ImportLine", [
        {"supporter_import": source, "number": n + 1, "outcome": "created", "person_id": point.person_id}
        for n, point in enumerate(made)
    ])  # fmt: skip
    make(
        "people.ImportedPoint",
        [{"line": line, "point": point} for line, point in zip(lines, made, strict=True)],
    )
    make(
        "people.RollDeclaration",
        [
            {
                "territory_id": places[0],
                "declared_by_id": who(),
                "ballot_on": START.date(),
                "expires_at": START,
            }
        ],
    )
