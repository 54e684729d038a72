"""The tour pack: the same bytes for the same turf, small, and nothing about a person in it."""

import gzip
import json
import re
from collections.abc import Callable, Iterable
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest

from amiral.cores.canonical import canonical
from amiral.rooms.field import api
from amiral.rooms.field.access import access_assignment_by_id
from amiral.rooms.field.contracts import CanvassKind, Outcome
from amiral.rooms.field.models import Assignment, Device, Door, LogEntry, Visit
from amiral.rooms.field.queries import packing
from amiral.rooms.mobilisation.models import ActionTalkingPoint
from amiral.rooms.people.models import ContactPoint, Person
from amiral.rooms.talking_points import api as talking_points
from amiral.rooms.talking_points.contracts import Source
from amiral.rooms.territory import api as territory
from tests.conftest import NOON
from tests.rooms.field.conftest import SATURDAY, World
from tests.rooms.field.test_homes import block

pytestmark = pytest.mark.django_db

KEYS: dict[str, set[str]] = {
    "": {
        "v", "language", "assignment", "shift", "stamp", "canvass", "turf", "action", "until", "expires",
        "form", "doors", "walk", "streets", "names", "points", "attribution", "legal", "digest",
    },
    "canvass": {"name", "kind", "counts_only"},
    "turf": {"id", "number", "minutes", "metres", "people"},
    "action": {"title", "place", "starts", "ends", "url"},
    "form": {"version", "outcomes"},
    "form.outcomes": {"value", "label"},
    "doors": {
        "id", "n", "at", "number", "street", "label", "dwellings", "origin", "floors", "lift", "wish", "last",
        "done", "again", "caution", "way", "hand", "side",
    },
    "doors.last": {"outcome", "on"},
    "doors.side": {"side", "hand", "numbers", "part", "crosses", "metres", "line"},
    "streets": {"name", "class", "line"},
    "points": {"id", "language", "theme", "short", "text", "sources"},
    "points.sources": {"title", "url", "on"},
    "legal": {"text", "url"},
}  # fmt: skip
"""Every key that a pack may have: what is not here does not leave the server."""


def packed(world: World, *, language: str = "fr", assignment: Any = None) -> dict[str, Any]:
    card = assignment or world.assign()
    row = access_assignment_by_id(person_id=world.cast.owner, assignment_id=card.id, at=NOON)
    return packing.pack(assignment=row, language=language, at=SATURDAY)


def keys_of(value: object, path: str = "") -> Iterable[tuple[str, str]]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield path, key
            yield from keys_of(inner, f"{path}.{key}".lstrip("."))
    elif isinstance(value, list):
        for inner in value:
            yield from keys_of(inner, path)


def take_point(world: World, *, body: str, short_line: str = "Deux trains par heure") -> UUID:
    """An approved talking point that the action takes along, beside a draft that it must not."""
    theme = talking_points.create_theme(
        by_id=world.cast.administrator, name_fr="Transports", name_en="Transport"
    )
    values: dict[str, Any] = {"by_id": world.cast.coordinator, "theme": theme, "at": NOON}
    source = Source(title="Le rapport", url="https://exemple.fr/rapport", on=date(2026, 5, 4))
    version = talking_points.draft(**values, short_line=short_line, body=body, sources=[source])
    talking_points.approve(by_id=world.cast.administrator, version_id=version, at=NOON)
    point = talking_points.approved(language="fr")[0].point_id
    values = {**values, "point_id": point, "theme": ""}
    talking_points.draft(**values, short_line="Encore un brouillon", body="Brouillon")
    ActionTalkingPoint.objects.create(action_id=world.action, point_id=point, position=1)
    return point


@pytest.mark.parametrize("kind", list(CanvassKind))
def test_a_pack_has_no_other_keys(make_world: Callable[..., World], tmp_path: Any, kind: CanvassKind) -> None:
    world = make_world(doors=30)
    territory.import_streets_file(path=block(tmp_path / "town.osm"), name="rues")
    canvass = api.create_canvass(
        by_id=world.cast.owner, group_id=world.cast.group, name="Essai", kind=kind, file_id=world.file
    )
    api.plan_now(canvass_id=canvass, at=NOON)
    turf = api.turfs(canvass_id=canvass)[0]
    api.assign_turf(by_id=world.cast.owner, turf_id=turf.id, shift_id=world.shift, at=NOON)
    pack = packed(world, assignment=api.live_assignments(canvass_id=canvass)[0])
    assert pack["doors"]
    assert pack["streets"]
    assert all(key in KEYS[path] for path, key in keys_of(pack))
    assert (kind == CanvassKind.LEAFLET_ROUNDS) == any("side" in door for door in pack["doors"])


def test_numbers_are_integers_so_that_every_phone_computes_the_same_digest(world: World) -> None:
    def numbers(value: object) -> Iterable[object]:
        if isinstance(value, dict):
            value = list(value.values())
        for inner in value if isinstance(value, list) else ():
            yield from numbers(inner)
        if isinstance(value, int | float):
            yield value

    assert not [number for number in numbers(packed(world)) if isinstance(number, float)]


def test_the_same_turf_gives_the_same_bytes(world: World) -> None:
    card = world.assign()
    world.visit(card, 2, Outcome.NOBODY)
    one, other = (packed(world, assignment=card) for _ in range(2))
    assert canonical(one) == canonical(other)
    content = {key: value for key, value in one.items() if key != "digest"}
    assert one["digest"] == packing.hashlib.sha256(canonical(content)).hexdigest()
    world.visit(card, 3)
    assert packed(world, assignment=card)["digest"] != one["digest"]


def test_doors_stand_where_they_stand(world: World) -> None:
    pack = packed(world)
    doors = list(Door.objects.filter(turf=world.turf.id))
    longitude = latitude = 0
    for said, door in zip(pack["doors"], doors, strict=True):
        longitude, latitude = longitude + said["at"][0], latitude + said["at"][1]
        assert said["id"] == str(door.pk)
        assert longitude == round(door.longitude * 1e5)
        assert latitude == round(door.latitude * 1e5)
        street = pack["names"][said["street"] - 1]
        assert said.get("label", f"{said['number']} {street}") == door.label


def test_the_last_visit_says_an_outcome_and_a_day(world: World) -> None:
    card = world.assign()
    world.visit(card, 1, Outcome.REFUSED)
    world.visit(card, 2, Outcome.DO_NOT_COME_BACK)
    first, second, third = packed(world, assignment=card)["doors"][:3]
    assert first["last"] == {"outcome": "refused", "on": "2027-03-06"}
    assert "wish" not in first
    assert second["wish"] == 1
    assert "last" not in third


def make_canaries() -> list[str]:
    """Every text that is kept of every person becomes one that nothing else can hold; ids and keys too."""
    canaries: list[str] = []
    for number, person in enumerate(Person.objects.order_by("pk")):
        values = {
            "email": f"canari{number}@exemple.fr",
            "given_name": f"Canarie{number}",
            "family_name": f"Canarini{number}",
            "postal_code": f"9{number}9{number}9",
        }
        Person.objects.filter(pk=person.pk).update(**values)
        ContactPoint.objects.filter(person=person).update(value=f"contact-canari{number}")
        canaries += [*values.values(), f"contact-canari{number}", str(person.pk), person.pk.hex]
        canaries += [person.calendar_token]
    return canaries


def test_no_person_is_in_a_pack(world: World) -> None:
    """Every text and id of every person is a canary; so are the keys of the list and the ids of visits."""
    take_point(world, body="On **double** les trains :\n\n- le matin,\n- le [soir](https://exemple.fr).")
    canaries = make_canaries()
    card = world.assign()
    for position in range(1, 6):
        world.visit(card, position, list(Outcome)[position])
    row = Assignment.objects.get(pk=card.id)
    canaries += [row.token, row.list_number]
    for model in (Visit, LogEntry, Device):
        canaries += [str(id_) for id_ in model.objects.values_list("pk", flat=True)]
    assert len(canaries) > 40
    for language in ("fr", "en"):
        text = canonical(packed(world, assignment=card, language=language)).decode()
        assert not [canary for canary in canaries if canary.lower() in text.lower()]
        assert "canari" not in text.lower()
        assert "@" not in text
        assert not re.search(r"\d{2}:\d{2}", re.sub(r'"(until|expires|starts|ends)":"[^"]*"', "", text))


def test_talking_points_are_the_approved_ones_of_the_action(world: World) -> None:
    point = take_point(
        world, body="On **double** les trains :\n\n- le matin,\n- le [soir](https://exemple.fr)."
    )
    assert packed(world)["points"] == [
        {
            "id": str(point),
            "language": "fr",
            "theme": "Transports",
            "short": "Deux trains par heure",
            "text": "On double les trains :\n\n– le matin,\n– le soir.",
            "sources": [{"title": "Le rapport", "url": "https://exemple.fr/rapport", "on": "2026-05-04"}],
        }
    ]


@pytest.mark.parametrize("doors", [4, 30])
def test_queries_do_not_grow_with_the_doors(
    make_world: Callable[..., World], django_assert_max_num_queries: Any, doors: int
) -> None:
    world = make_world(doors=doors, minutes=240)
    row = access_assignment_by_id(person_id=world.cast.owner, assignment_id=world.assign().id, at=NOON)
    packing.pack(assignment=row, language="fr", at=SATURDAY)
    with django_assert_max_num_queries(MOST_QUERIES):
        packing.pack(assignment=row, language="fr", at=SATURDAY)


MOST_QUERIES = 12


def test_packs_of_a_device_cost_one_query(world: World, django_assert_num_queries: Any) -> None:
    first = world.assign()
    row = Device(shift_id=first.shift_id)
    with django_assert_num_queries(1):
        found = packing.packs_of(device=row)
    pack = packed(world, assignment=first)
    assert found == [{"assignment": str(first.id), "stamp": pack["stamp"], "until": pack["until"]}]
    api.take_back(by_id=world.cast.owner, turf_id=first.turf_id, at=NOON)
    assert packing.packs_of(device=row) == []


def test_a_changed_lease_changes_the_stamp(world: World) -> None:
    row = Assignment.objects.select_related("turf__canvass").get(pk=world.assign().id)
    before = packing.stamp(row, dwellings=30)
    assert packing.stamp(row, dwellings=31) != before, "a team counted more"
    row.until += timedelta(hours=1)
    assert packing.stamp(row, dwellings=30) != before


def test_words_are_in_the_language_asked_for(world: World) -> None:
    card = world.assign()
    french, english = (packed(world, assignment=card, language=language) for language in ("fr", "en"))
    labels = [{one["label"] for one in pack["form"]["outcomes"]} for pack in (french, english)]
    assert "Personne" in labels[0]
    assert "Nobody" in labels[1]
    assert french["legal"]["text"] != english["legal"]["text"]


def test_five_hundred_dwellings_fit_into_a_hundred_kilobytes(make_world: Callable[..., World]) -> None:
    """Houses are the worst: five hundred doors of one dwelling each."""
    world = make_world(doors=60, minutes=480)
    card = world.assign()
    pack = packed(world, assignment=card)
    raw = canonical(pack)
    per_door = len(json.dumps(pack["doors"])) / len(pack["doors"])
    assert len(gzip.compress(raw)) + 440 * per_door < 100_000


def test_lines_are_coded_by_their_steps() -> None:
    line = [(4.83, 46.306), (4.83001, 46.306), (4.83001, 46.306), (4.82999, 46.30602)]
    assert packing.deltas(line) == [483000, 4630600, 1, 0, -2, 2]
    assert packing.deltas([]) == []
