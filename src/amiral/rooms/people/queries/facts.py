"""What segments know of persons from this room: one row of short values, never a name or an address."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from functools import lru_cache
from itertools import groupby
from operator import itemgetter
from typing import Any
from uuid import UUID

from django.db.models import Case, CharField, Model, Q, QuerySet, Value, When
from django.db.models.functions import Cast

from amiral.kit.clock import now
from amiral.kit.criteria import Facts, Watch, Watched
from amiral.rooms.people.contact_values import stored_hash
from amiral.rooms.people.contracts import SLOTS, BounceState, ContactKind, Way
from amiral.rooms.people.models import (
    Availability,
    Consent,
    ContactPoint,
    ImportLine,
    Mandate,
    Person,
    PersonSkill,
    SupporterImport,
    Suppression,
)
from amiral.rooms.people.queries.helping import slots_of

SELF = "self"
"""The origin and the basis of those who joined by themselves."""
RETURNED = frozenset({BounceState.HARD, BounceState.COMPLAINED})
Ids = Sequence[UUID] | None
"""Some persons, or all."""


def person_keys(*, person_ids: Ids = None) -> Iterator[str]:
    """The ids of those who exist, as text, in order; of all persons, or of those among some. One query."""
    rows = _of(Person.objects.order_by("pk"), "pk", person_ids)
    keys: QuerySet[Any, str] = rows.annotate(key=Cast("pk", CharField())).values_list("key", flat=True)
    yield from keys.iterator(chunk_size=10_000)


def count_persons() -> int:
    """How many persons are known."""
    return Person.objects.count()


def facts(*, person_ids: Ids) -> Iterator[Facts]:
    """All that can be asked of persons in this room; one query for each table."""
    at = now()
    yield Facts(
        facets=("territory", "language", "joined", "seen", "origin", "basis"),
        rows=_persons(person_ids),
        moments=frozenset({"joined", "seen"}),
    )
    yield Facts(facets=("consent", "basis"), rows=_consents(person_ids))
    yield Facts(facets=("contact",), rows=_contacts(person_ids))
    skills = _of(PersonSkill.objects.all(), "person_id", person_ids)
    yield Facts(facets=("skill",), rows=_raw(skills, "person_id", "skill"))
    yield Facts(facets=("availability",), rows=_availability(person_ids))
    mandates = _of(Mandate.objects.in_force(at), "person_id", person_ids)
    yield Facts(facets=("mandate",), rows=_raw(mandates, "person_id", "role"))
    lines = _of(ImportLine.objects.filter(person__isnull=False), "person_id", person_ids)
    yield Facts(facets=("origin",), rows=_raw(lines, "person_id", "supporter_import__origin"))


def _of(rows: QuerySet[Any], column: str, person_ids: Ids) -> QuerySet[Any]:
    return rows if person_ids is None else rows.filter(**{f"{column}__in": person_ids})


def _raw(rows: QuerySet[Any], column: str, *fields: str) -> Iterator[Sequence[Any]]:
    """The id as plain text, then the fields: a million ids need no UUID each."""
    key = Cast(column, CharField())
    yield from rows.order_by().annotate(key=key).values_list("key", *fields).iterator(chunk_size=10_000)


def _persons(person_ids: Ids) -> Iterator[Sequence[Any]]:
    rows = _of(Person.objects.all(), "pk", person_ids).annotate(
        joined=Cast("joined_at", CharField()),
        seen=Cast("last_seen_at", CharField()),
        by_himself=Case(
            When(email__isnull=False, then=Value(SELF)), default=None, output_field=CharField(null=True)
        ),
    )
    return _raw(rows, "id", "commune_id", "language", "joined", "seen", "by_himself", "by_himself")


def _consents(person_ids: Ids) -> Iterator[Sequence[Any]]:
    """The newest line of each person, purpose and channel, if it gives: as ``ConsentQuerySet.given_now`` has
    it. The value is the purpose alone for e-mail, else with its channel: ``newsletter:sms``."""
    rows = _of(Consent.objects.all(), "person_id", person_ids)
    ordered = rows.annotate(key=Cast("person_id", CharField())).order_by(
        "person_id", "purpose", "way", "at", "id"
    )
    lines = ordered.values_list("key", "purpose", "way", "granted", "basis").iterator(chunk_size=10_000)
    for (key, purpose, way), ledger in groupby(lines, key=itemgetter(0, 1, 2)):
        *_older, (_key, _purpose, _way, granted, basis) = ledger
        if granted:
            yield key, consent_value(purpose, way), basis


def consent_value(purpose: str, way: str) -> str:
    """A consent as segments have it: the purpose, with its channel where that is not e-mail."""
    return purpose if way == Way.EMAIL else f"{purpose}:{way}"


def _contacts(person_ids: Ids) -> Iterator[Sequence[Any]]:
    refused = set(Suppression.objects.values_list("value_hash", flat=True))
    rows = _of(ContactPoint.objects.all(), "person_id", person_ids)
    verified = Case(
        When(verified_at__isnull=False, then=Value(1)), default=Value(0)
    )  # the moment itself would be parsed for nothing
    fields = ("kind", "bounce_state", "is_verified", "value")
    for key, kind, bounce, is_verified, value in _raw(
        rows.annotate(is_verified=verified), "person_id", *fields
    ):
        closed = bool(refused) and stored_hash(channel=kind, value=value) in refused
        yield key, _marks(kind, bool(is_verified), bounce in RETURNED, closed)


@lru_cache(maxsize=64)
def _marks(kind: str, verified: bool, returned: bool, refused: bool) -> tuple[str, ...]:
    """What can be said of one way to reach somebody; a person has the marks of all of them.

    ``email-open`` is an address that may be written to: shown to be the person's own, not sending letters
    back, not refused; ``phone-ready`` a number that may be sent a text message.
    """
    marks = {
        kind: True,
        f"{kind}-verified": verified,
        f"{kind}-returned": returned,
        f"{kind}-refused": refused,
        f"{kind}-standing": verified and not returned,
        f"{kind}-ready": verified and not returned and not refused,
        f"{kind}-open": (verified or kind != ContactKind.EMAIL) and not returned and not refused,
    }
    return tuple(mark for mark, holds in marks.items() if holds)


def _availability(person_ids: Ids) -> Iterator[Sequence[Any]]:
    known: dict[int, tuple[str, ...]] = {}
    for key, mask in _raw(_of(Availability.objects.all(), "person_id", person_ids), "person_id", "slots"):
        if mask not in known:
            known[mask] = tuple(slot for slot in SLOTS if slot in slots_of(mask=mask))
        yield key, known[mask]


# Changes -------------------------------------------------------------------------------------------


def watched() -> Watched:
    """The tables of this room whose changes concern segments. Refusals say theirs themselves: a hash names
    nobody.
    """
    return Watched(
        tables=(
            Watch(
                table=_table(Person),
                column="id",
                columns=("commune_id", "language", "joined_at", "last_seen_at", "email"),
            ),
            Watch(table=_table(Consent), column="person_id"),
            Watch(table=_table(ContactPoint), column="person_id"),
            Watch(table=_table(PersonSkill), column="person_id"),
            Watch(table=_table(Availability), column="person_id"),
            Watch(table=_table(Mandate), column="person_id"),
            Watch(table=_table(ImportLine), column="person_id", columns=("person_id",)),
            Watch(table=_table(SupporterImport), column="id", what="import", columns=("origin",)),
        ),
        concerned=_concerned,
        lapsed=_lapsed,
    )


def _table(model: type[Model]) -> str:
    return model._meta.db_table


def _concerned(what: str, keys: Sequence[str]) -> Iterable[UUID]:
    if what != "import":
        return ()
    lines = ImportLine.objects.filter(supporter_import__in=list(keys), person__isnull=False)
    return lines.values_list("person_id", flat=True)


def _lapsed(since: datetime, until: datetime) -> Iterable[UUID]:
    """Whose mandate began or ended."""
    edge = Q(starts_at__gt=since, starts_at__lte=until) | Q(ends_at__gt=since, ends_at__lte=until)
    return Mandate.objects.filter(edge).values_list("person_id", flat=True)
