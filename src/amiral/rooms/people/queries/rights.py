"""Reads of requests about personal data, and who answers them."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID

from django.core.paginator import Page, Paginator

from amiral.rooms.people import access
from amiral.rooms.people.contracts import COUNTRY, Feature, RightCard, RightChannel, RightKind, RightState
from amiral.rooms.people.models import Mandate, Person, RightsRequest

PER_PAGE = 50


def requests(
    *, person_id: UUID, at: datetime, page_number: str | int, closed: bool = False
) -> tuple[Page[RightsRequest], tuple[RightCard, ...]]:
    """The requests of the person's territories: the open ones by deadline, or the answered ones."""
    found = access.requests_within(person_id=person_id, at=at).filter(closed_at__isnull=not closed)
    ordered = found.select_related("territory", "person").order_by("-closed_at" if closed else "due_at", "pk")
    page = Paginator(ordered, PER_PAGE).get_page(page_number)
    return page, tuple(card_of(row, at=at) for row in page.object_list)


def urgent_count(*, person_id: UUID | None, at: datetime) -> int:
    """How many open requests of the person's territories are twenty days old; 0 for everybody else."""
    if person_id is None:
        return 0
    found = access.requests_within(person_id=person_id, at=at)
    return found.filter(closed_at=None, received_at__lte=at - timedelta(days=20)).count()


def card_of(row: RightsRequest, *, at: datetime) -> RightCard:
    """A request for a page."""
    return RightCard(
        id=row.pk,
        kind=RightKind(row.kind),
        channel=RightChannel(row.channel),
        state=RightState(row.state),
        address=row.address,
        words=row.words,
        territory_name=row.territory.name if row.territory else "",
        known=row.person_id is not None,
        has_account=row.person is not None and row.person.email is not None,
        identity=row.identity,
        received_at=row.received_at,
        due_at=row.due_at,
        days_left=(row.due_at - at).days,
        late=row.closed_at is None and row.due_at < at,
        alarm=row.closed_at is None and row.received_at <= at - timedelta(days=20),
        extension_reason=row.extension_reason,
        closed_at=row.closed_at,
        refused_because=row.refused_because,
    )


def in_charge(*, row: RightsRequest, at: datetime) -> Iterable[Person]:
    """Those who may answer a request; administrators always."""
    held = Mandate.objects.in_force(at).carrying(Feature.HANDLE_REQUESTS)
    over = held.over(territory_id=row.territory_id or COUNTRY)
    ids = set(over.values_list("person_id", flat=True))
    return Person.objects.filter(pk__in=ids, is_active=True).exclude(email=None).order_by("pk")
