"""By which texts a person would be recognised: for erasing, never for a page."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from allauth.account.models import EmailAddress

from amiral.kit.traces import bare
from amiral.rooms.people.contracts import ContactKind, Marks
from amiral.rooms.people.models import ContactPoint, Merge, Person


def marks_of(*, person_id: UUID) -> Marks:
    """The addresses, numbers and names of a person and of those whom he absorbed. Four queries."""
    person = Person.objects.filter(pk=person_id).first()
    points = [
        *ContactPoint.objects.filter(person_id=person_id).values_list("kind", "value"),
        *((ContactKind.EMAIL.value, email) for email in _own_addresses(person)),
        *_absorbed(person_id),
    ]
    addresses = {value.lower() for kind, value in points if kind == ContactKind.EMAIL and value}
    others = {value for kind, value in points if kind != ContactKind.EMAIL and value}
    return Marks(
        addresses=tuple(sorted(addresses)),
        values=(*sorted(addresses), *sorted(others)),
        names=tuple(sorted(_names(person))) if person else (),
    )


def twins_of(*, person: Person) -> Iterator[Person]:
    """Those without an account whom an import brought with his whole name and his postal address."""
    homes = ContactPoint.objects.filter(person=person, kind=ContactKind.POSTAL).values("value")
    found = Person.objects.filter(email=None, contact_points__kind=ContactKind.POSTAL)
    for twin in found.filter(contact_points__value__in=homes).exclude(pk=person.pk).distinct():
        if person.family_name and _whole_name(twin) == _whole_name(person):
            yield twin


def _whole_name(person: Person) -> str:
    return bare(f"{person.given_name} {person.family_name}")


def _own_addresses(person: Person | None) -> Iterator[str]:
    if person is not None:
        yield person.email or ""
        yield from EmailAddress.objects.filter(user=person).values_list("email", flat=True)


def _names(person: Person) -> set[str]:
    """Whole names only: a given name alone is everybody's."""
    return {person.public_name, f"{person.given_name} {person.family_name}"} if person.family_name else set()


def _absorbed(person_id: UUID) -> Iterator[tuple[str, str]]:
    """What ways back keep of persons who no longer exist."""
    for row in Merge.objects.filter(survivor=person_id):
        yield ContactKind.EMAIL.value, row.snapshot.get("email", "")
        for lines in row.records.values():
            yield from (told for line in lines for told in _point(line.get("content", {})))


def _point(content: dict[str, Any]) -> Iterator[tuple[str, str]]:
    if "kind" in content and "value" in content:
        yield content["kind"], content["value"]
    if content.get("email"):
        yield ContactKind.EMAIL.value, content["email"]
