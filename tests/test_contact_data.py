"""No page shows how to reach somebody else without a receipt, whoever looks: every address of the site.

Everybody of a small world has a number and an address that no other text looks like. Each page that can be
reached by links, and each that one would guess, is opened by everybody; what stands in it of somebody else
must stand in the receipts, too.
"""

import re
from typing import Any
from uuid import UUID

import pytest
import time_machine
from django.core.cache import cache
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from amiral.kit import streams
from amiral.rooms.mobilisation import api as mobilisation
from amiral.rooms.network import api as network
from amiral.rooms.people import api as people
from amiral.rooms.people.contact_values import readable
from amiral.rooms.people.contracts import ContactField
from amiral.rooms.people.models import ContactPoint, Disclosure, DuplicateCandidate, Person, SupporterImport
from tests.conftest import NOON, Cast, make_person
from tests.rooms.field.conftest import World, import_addresses, make_world, reference_dir, world

__all__ = ["import_addresses", "make_world", "reference_dir", "world"]
pytestmark = pytest.mark.django_db

ROLES = (None, "stranger", "teammate", "owner", "coordinator", "other_coordinator", "administrator")
FILE = "prenom;courriel;telephone\nTwin;{email};{phone}\nAutre;autre@exemple.example;\n"


class Known:
    """Every person's contact data in every form in which a page might write them."""

    def __init__(self) -> None:
        self.texts: dict[str, tuple[UUID, ContactField]] = {}
        for number, person in enumerate(Person.objects.order_by("pk")):
            phone = f"+3367711{number:04}"
            ContactPoint.objects.create(person=person, kind="phone", value=phone, primary=True)
            for text in (phone, readable(phone), phone.replace("+33", "0")):
                self.texts[text] = (person.pk, ContactField.PHONE)
            self.texts[person.email or ""] = (person.pk, ContactField.EMAIL)

    def found_in(self, page: str) -> set[tuple[UUID, ContactField]]:
        """Whole ones: an address may end with another."""
        words = set(re.findall(r"[\w.+-]+@[\w.-]+", page))
        return {
            whose for text, whose in self.texts.items() if (text in words if "@" in text else text in page)
        }


@pytest.fixture
def full(world: World, sign_in: Any) -> World:
    """Sign-ups with numbers shown, a likely duplicate, a merge, a post, an action soon."""
    cast = world.cast
    twin, third = make_person("Twin"), make_person("Triplet")
    pair = sorted([cast.teammate, twin], key=lambda id_: id_.hex)
    DuplicateCandidate.objects.create(first_id=pair[0], second_id=pair[1], score=0.9)
    network.publish(author_id=cast.owner, group_id=cast.group, body="Bonjour", at=NOON)
    for person in (cast.teammate, twin):
        mobilisation.sign_up(person_id=person, shift_id=world.shift, at=NOON, silent=True, shows_phone=True)
    world.assign()
    people.merge(by_id=cast.administrator, kept_id=cast.stranger, absorbed_id=third, silent=True)
    return world


def addresses(world: World, cast: Cast) -> list[str]:
    """Every address without parameters, and those with parameters that speak of this world."""
    found = [path for path in _bare(get_resolver().url_patterns, "") if not path.startswith("/compte/")]
    pages = {
        "network:group": ["macon"],
        "network:members": ["macon"],
        "network:leaders": ["macon"],
        "mobilisation:action": [world.action],
        "mobilisation:team": [world.action],
        "field:canvass": [world.canvass],
        "field:coverage": [world.canvass],
        "field:turf": [world.canvass, 1],
        "people:duplicate": [DuplicateCandidate.objects.get().pk],
        "territory:territory": ["commune:71270"],
    }
    found += [reverse(name, args=arguments) for name, arguments in pages.items()]
    found += [reverse("people:proof", args=[pk]) for pk in Person.objects.values_list("pk", flat=True)]
    found += [
        reverse("people:supporter_import", args=[pk])
        for pk in SupporterImport.objects.values_list("pk", flat=True)
    ]
    found += [card["url"] for card in [{"url": f"/mandats/{one.id}/"} for one in people.holders()]]
    found.append(reverse("people:disclosures") + "?since=2027-03-01&until=2027-03-31")
    found.append(reverse("people:disclosures_csv") + "?since=2027-03-01&until=2027-03-31")
    return found


def _bare(patterns: Any, before: str) -> list[str]:
    found: list[str] = []
    for one in patterns:
        route = before + str(one.pattern)
        if isinstance(one, URLResolver):
            found += _bare(one.url_patterns, route)
        elif isinstance(one, URLPattern) and not re.search(r"[<^$\\(]", route):
            found.append(f"/{route}")
    return found


@pytest.fixture(autouse=True)
def no_long_streams(monkeypatch: pytest.MonkeyPatch) -> None:
    """A page that stays open for news says it once and ends."""
    monkeypatch.setattr(streams, "LASTS_S", 0.0)


def receipts(viewer: UUID | None) -> set[tuple[UUID, ContactField]]:
    rows = Disclosure.objects.filter(viewer=viewer) if viewer else Disclosure.objects.none()
    return {(row.person_id, ContactField(row.field)) for row in rows}


def open_all(full: World, sign_in: Any, who: str | None) -> dict[str, set[tuple[UUID, ContactField]]]:
    """What each page showed of somebody else; fails where there is no receipt for it."""
    viewer = getattr(full.cast, who) if who else None
    browser, known = sign_in(viewer), Known()
    shown = {}
    for path in addresses(full, full.cast):
        cache.clear()
        Disclosure.objects.all().delete()
        answer = browser.get(path)
        body = b"".join(answer) if answer.streaming else answer.content
        others = {one for one in known.found_in(body.decode(errors="replace")) if one[0] != viewer}
        assert others <= receipts(viewer), f"{who} reads {path} without a receipt"
        if others:
            shown[path] = others
    return shown


@pytest.mark.parametrize("who", ROLES)
def test_no_contact_data_without_a_receipt(full: World, sign_in: Any, who: str | None) -> None:
    if who == "coordinator":
        _draft(full, sign_in)
    with time_machine.travel(NOON.replace(day=5), tick=False):
        shown = open_all(full, sign_in, who)
    kinds = {path.split("/")[1] for path in shown}
    expected: dict[str | None, set[str]] = {
        "owner": {"actions"},
        "coordinator": {"personnes", "sympathisants"},
        "administrator": {"personnes"},
        "other_coordinator": set(),
    }
    assert kinds == expected.get(who, set()), shown


def _draft(full: World, sign_in: Any) -> None:
    """A file with the address of somebody whom we know."""
    from django.core.files.uploadedfile import SimpleUploadedFile

    text = FILE.format(email="twin@example.org", phone="0677110007")
    file = SimpleUploadedFile("marche.csv", text.encode(), content_type="text/csv")
    sent = {"territory": "departement:71", "file": file}
    answer = sign_in(full.cast.coordinator).post(reverse("people:upload_supporters"), sent)
    assert answer.status_code == 302
    assert SupporterImport.objects.exists()


def test_a_page_that_shows_an_address_is_caught(full: World) -> None:
    """The detector detects."""
    known = Known()
    assert known.found_in("<p>teammate@example.org</p>") == {(full.cast.teammate, ContactField.EMAIL)}
    assert {kind for _person, kind in known.found_in("06 77 11 00 01")} == {ContactField.PHONE}


def test_beginnings_of_addresses_leave_receipts_too(full: World, sign_in: Any) -> None:
    browser = sign_in(full.cast.administrator)
    pair = DuplicateCandidate.objects.get()
    for path, marks in (
        (reverse("people:duplicate", args=[pair.pk]), {pair.first_id, pair.second_id}),
        (reverse("people:merges"), {full.cast.stranger}),
    ):
        Disclosure.objects.all().delete()
        assert "…@example.org" in browser.get(path).content.decode()
        seen = Disclosure.objects.filter(viewer=full.cast.administrator, field=ContactField.MASKED_EMAIL)
        assert set(seen.values_list("person_id", flat=True)) == marks
