"""Reads of persons, consents and mandates."""

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.core.cache import cache
from django.core.paginator import Page, Paginator
from django.db.models import Count, Q, QuerySet
from django.utils.translation import gettext as _

from amiral.kit import ports
from amiral.kit.errors import NotFound
from amiral.rooms.people import access, texts
from amiral.rooms.people.contracts import (
    ROLE_FEATURES,
    WAYS_OFFERED,
    ConsentLine,
    ConsentState,
    Feature,
    MandateCard,
    MandateRow,
    PersonCard,
    Profile,
    Purpose,
    Role,
    Way,
    WayState,
)
from amiral.rooms.people.models import (
    Consent,
    ImportLine,
    Mandate,
    MandateQuerySet,
    Merge,
    Person,
    PhoneCode,
    RecruitCode,
    Recruitment,
    Referral,
    RightsRequest,
    RollDeclaration,
)
from amiral.rooms.people.queries import contacts
from amiral.rooms.territory import api as territory
from amiral.rooms.territory.contracts import TerritoryCard

# Rights ---------------------------------------------------------------------------------------------


def may(
    *,
    person_id: UUID | None,
    feature: Feature,
    at: datetime,
    territory_id: str | None = None,
    scope_id: UUID | None = None,
) -> bool:
    """Whether a mandate in force carries ``feature`` over an ancestor of the territory or over the scope."""
    held = _carrying(person_id=person_id, feature=feature, at=at)
    return held.over(territory_id=territory_id, scope_id=scope_id).exists()


def features_over(
    *,
    person_id: UUID | None,
    at: datetime,
    territory_id: str | None = None,
    scope_id: UUID | None = None,
) -> frozenset[Feature]:
    """Everything that the person's mandates in force carry over the territory or the scope; one query."""
    if person_id is None:
        return frozenset()
    held = Mandate.objects.in_force(at).filter(person_id=person_id)
    over = held.over(territory_id=territory_id, scope_id=scope_id)
    return frozenset().union(*(mandate.opens for mandate in over))


def holds(*, person_id: UUID | None, feature: Feature, at: datetime) -> bool:
    """Whether a mandate in force carries ``feature`` anywhere."""
    return _carrying(person_id=person_id, feature=feature, at=at).exists()


def has_mandate(*, person_id: UUID, at: datetime) -> bool:
    """Whether any mandate of the person is in force."""
    return Mandate.objects.in_force(at).filter(person_id=person_id).exists()


def territories_held(*, person_id: UUID | None, feature: Feature, at: datetime) -> tuple[str, ...]:
    """Ids of the territories over which the person holds ``feature``, without those inside them."""
    held = _carrying(person_id=person_id, feature=feature, at=at).filter(scope_id__isnull=True)
    ids = held.order_by("territory_id").values_list("territory_id", flat=True).distinct()
    return tuple(id_ for id_ in ids if id_)


def is_place_of_mandates(*, territory_id: str, at: datetime) -> bool:
    """Whether a mandate that is not over at ``at`` is held over exactly that territory."""
    over_it = Mandate.objects.filter(territory_id=territory_id, scope_id=None)
    return over_it.exclude(ends_at__lte=at).exists()


def scopes_held(*, person_id: UUID | None, feature: Feature, at: datetime) -> tuple[UUID, ...]:
    """Ids of the single things (groups) over which the person holds ``feature``."""
    held = _carrying(person_id=person_id, feature=feature, at=at).filter(scope_id__isnull=False)
    ids = held.order_by("scope_id").values_list("scope_id", flat=True).distinct()
    return tuple(id_ for id_ in ids if id_)


def _carrying(*, person_id: UUID | None, feature: Feature, at: datetime) -> MandateQuerySet:
    held = Mandate.objects.in_force(at).carrying(feature)
    return held.filter(person_id=person_id) if person_id else held.none()


MANDATED_FOR_S = 60
"""How long the answer below may be remembered by a process that did not grant or end the mandate itself."""


def mandated_key(person_id: UUID) -> str:
    """Where the cache keeps whether a person has a mandate in force."""
    return f"people:mandated:{person_id}"


def needs_second_factor(*, person_id: UUID, at: datetime) -> bool:
    """``has_mandate``, remembered for a minute so that volunteers' pages cost no query more."""
    known: bool | None = cache.get(mandated_key(person_id))
    if known is None:
        known = has_mandate(person_id=person_id, at=at)
        cache.set(mandated_key(person_id), known, timeout=MANDATED_FOR_S)
    return known


def has_authenticator(*, person_id: UUID) -> bool:
    """Whether an authenticator application is set up."""
    found = Authenticator.objects.filter(user_id=person_id, type=Authenticator.Type.TOTP)
    return bool(found.exists())


# Persons --------------------------------------------------------------------------------------------


def surviving_id(*, person_id: UUID) -> UUID | None:
    """The person himself, or whoever has absorbed him since; ``None`` when nobody is left."""
    if Person.objects.filter(pk=person_id).exists():
        return person_id
    merged = Merge.objects.filter(absorbed_id=person_id, undone_at=None).order_by("-pk")
    return merged.values_list("survivor_id", flat=True).first()


def cards(*, person_ids: Iterable[UUID]) -> dict[UUID, PersonCard]:
    """The cards of those who exist; one query."""
    return {person.pk: card_of(person) for person in Person.objects.filter(pk__in=set(person_ids))}


def card(*, person_id: UUID) -> PersonCard:
    """One card, or ``NotFound``."""
    return card_of(person_by_id(person_id=person_id))


def card_of(person: Person) -> PersonCard:
    """What other members may read of a person."""
    return PersonCard(
        id=person.pk,
        public_name=person.public_name,
        language=person.language,
        commune_id=person.commune_id,
        joined_at=person.joined_at,
    )


def person_by_id(*, person_id: UUID) -> Person:
    """The row, for this room's own use; ``NotFound`` when there is none."""
    try:
        return Person.objects.get(pk=person_id)
    except Person.DoesNotExist:
        raise NotFound from None


def person_by_calendar_token(*, token: str) -> PersonCard:
    """Whose personal calendar a secret address opens, or ``NotFound``."""
    person = Person.objects.filter(calendar_token=token, is_active=True).first()
    if person is None or not token:
        raise NotFound
    return card_of(person)


def address_of(*, person_id: UUID) -> str:
    """The e-mail address, or ``NotFound``."""
    person = person_by_id(person_id=person_id)
    return person.email or contacts.first_email(person_id=person_id)


def person_id_of(*, email: str) -> UUID | None:
    """Whose address it is, or ``None``."""
    return Person.objects.filter(email=email.lower()).values_list("pk", flat=True).first()


def manageable_person_id(*, by_id: UUID, email: str, at: datetime) -> UUID | None:
    """The confirmed person of an address who lives where ``by_id`` manages mandates."""
    held = territories_held(person_id=by_id, feature=Feature.MANAGE_MANDATES, at=at)
    found = Person.objects.filter(email=email.strip().lower(), is_active=True)
    if not _is_administrator(person_id=by_id, at=at):
        found = found.filter(commune_id__in=territory.descendant_filter(ancestor_ids=held))
    return found.values_list("pk", flat=True).first()


def reachable_person_id(*, source: Mandate, email: str) -> UUID | None:
    """The confirmed person of an address to whom a part of ``source`` may be given.

    Of a group a member, whom its leader sees by name anyway; of a territory somebody who lives there.
    """
    found = Person.objects.filter(email=email.strip().lower(), is_active=True)
    if source.scope_id is None and source.role != Role.ADMINISTRATOR:
        inside = territory.descendant_filter(ancestor_ids=[source.territory_id or ""])
        found = found.filter(commune_id__in=inside)
    person_id = found.values_list("pk", flat=True).first()
    if person_id is None or source.scope_id is None:
        return person_id
    within = ports.call("in_scope", person_id=person_id, scope_id=source.scope_id)
    return person_id if any(within) else None


def profile(*, person_id: UUID, at: datetime) -> Profile:
    """A person's own page."""
    person = access.access_self(person_id=person_id)
    commune = territory.territory(territory_id=person.commune_id) if person.commune_id else None
    return Profile(
        id=person.pk,
        email=person.email or "",
        given_name=person.given_name,
        family_name=person.family_name,
        postal_code=person.postal_code,
        commune_id=person.commune_id,
        commune_name=commune.name if commune else "",
        language=person.language,
        joined_at=person.joined_at,
        mandates=mandates_of(person_id=person_id, at=at),
        has_second_factor=has_authenticator(person_id=person_id),
    )


# Consents -------------------------------------------------------------------------------------------


def person_ids_with_consent(
    *, person_ids: Iterable[UUID], purpose: Purpose | str, way: Way = Way.EMAIL
) -> set[UUID]:
    """Those of ``person_ids`` whose newest line for ``purpose`` by ``way`` gives it; one query."""
    given = Consent.objects.given_now(purpose, way).filter(person_id__in=set(person_ids))
    return set(given.values_list("person_id", flat=True))


def consent_lines(*, person_id: UUID) -> tuple[ConsentLine, ...]:
    """The person's ledger, newest first."""
    rows = Consent.objects.filter(person_id=person_id).order_by("-at", "-pk")
    return tuple(
        ConsentLine(
            purpose=Purpose(row.purpose),
            way=Way(row.way),
            granted=row.granted,
            text_shown=row.text_shown,
            channel=row.channel,
            at=row.at,
        )
        for row in rows
    )


def consent_states(*, lines: tuple[ConsentLine, ...]) -> tuple[ConsentState, ...]:
    """Where each purpose stands by each channel after these lines, newest first."""
    newest: dict[tuple[Purpose, Way], bool] = {}
    for line in lines:
        newest.setdefault((line.purpose, line.way), line.granted)
    return tuple(
        ConsentState(
            purpose=purpose,
            name=texts.purpose_name(purpose),
            ways=tuple(
                WayState(
                    way=way,
                    name=texts.way_name(way),
                    granted=newest.get((purpose, way), False),
                    text=texts.consent_text(purpose, way),
                )
                for way in WAYS_OFFERED[purpose]
            ),
        )
        for purpose in Purpose
    )


def everything_about(*, person_id: UUID) -> list[dict[str, Any]]:
    """Every row of this room (and of the sign-in library) about a person, as plain types.

    Of the second factor only that it exists: its secret would let a reader of the export sign in.
    """
    return [
        {"table": table, **row}
        for table, rows in (
            ("person", _plain(Person.objects.filter(pk=person_id), leave_out={"password"})),
            ("consent", _plain(Consent.objects.filter(person_id=person_id))),
            ("mandate", _plain(Mandate.objects.filter(person_id=person_id))),
            ("phone_code", _plain(PhoneCode.objects.filter(person_id=person_id), leave_out={"code_hash"})),
            ("contact_point", _plain(contacts.points_of(person_id=person_id))),
            ("import_line", _plain(ImportLine.objects.filter(person_id=person_id))),
            ("roll_declaration", _plain(RollDeclaration.objects.filter(declared_by_id=person_id))),
            ("referral", _plain(Referral.objects.filter(inviter_id=person_id))),
            ("recruit_code", _plain(RecruitCode.objects.filter(person_id=person_id))),
            # Not who brought him: that member's id is his own.
            (
                "recruitment",
                _plain(Recruitment.objects.filter(person_id=person_id), leave_out={"recruiter_id"}),
            ),
            ("rights_request", _plain(RightsRequest.objects.filter(person_id=person_id))),
            ("email_address", _plain(EmailAddress.objects.filter(user_id=person_id))),
            ("second_factor", _plain(Authenticator.objects.filter(user_id=person_id), leave_out={"data"})),
        )
        for row in rows
    ]


def _plain(rows: QuerySet[Any], *, leave_out: Collection[str] = ()) -> list[dict[str, Any]]:
    return [
        {name: _as_text(value) for name, value in row.items() if name not in leave_out}
        for row in rows.order_by("pk").values()
    ]


def _as_text(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    return str(value) if isinstance(value, UUID) else value


# Mandates -------------------------------------------------------------------------------------------


def mandates_of(*, person_id: UUID, at: datetime) -> tuple[MandateCard, ...]:
    """The mandates in force of one person."""
    return mandate_cards(Mandate.objects.in_force(at).filter(person_id=person_id))


def holders(
    *, at: datetime, scope_id: UUID | None = None, territory_id: str | None = None, role: Role | None = None
) -> tuple[MandateCard, ...]:
    """The mandates in force held exactly over the scope, or exactly over the territory; all of neither."""
    found = Mandate.objects.in_force(at)
    if scope_id:
        found = found.filter(scope_id=scope_id)
    if territory_id:
        found = found.filter(territory_id=territory_id, scope_id__isnull=True)
    return mandate_cards(found.filter(role=role) if role else found)


PER_PAGE = 50


def mandates_managed(
    *, person_id: UUID, at: datetime, page_number: str | int, territory_id: str = ""
) -> tuple[Page[Mandate], tuple[MandateRow, ...]]:
    """The mandates in force that somebody sees: all for an administrator, else those of the territories
    where he manages mandates, his own, and what hangs directly on his. ``territory_id``: of there only.

    The page serves for its numbers and links, the rows for what is shown.
    """
    found = _managed(person_id=person_id, at=at).select_related("granted_by")
    if territory_id:
        found = found.filter(_here(territory_id))
    below = Count("delegates", filter=~Q(delegates__ends_at__lte=at))
    counted = found.annotate(below=below).order_by("territory_id", "starts_at", "pk")
    page = Paginator(counted, PER_PAGE).get_page(page_number)
    rows = list(page.object_list)
    endable = _endable(rows, person_id=person_id, at=at)
    cards = mandate_cards(found.filter(pk__in=[row.pk for row in rows]))
    by_id = {card.id: card for card in cards}
    shown = (
        MandateRow(
            card=by_id[row.pk],
            role_name=texts.role_name(row.role),
            granted_by=row.granted_by.public_name if row.granted_by else "",
            may_end=row.pk in endable,
            opens=texts.mandate_words(row),
            below=getattr(row, "below", 0),
        )
        for row in rows
        if row.pk in by_id
    )
    return page, tuple(shown)


def _managed(*, person_id: UUID, at: datetime) -> MandateQuerySet:
    found = Mandate.objects.in_force(at)
    if _is_administrator(person_id=person_id, at=at):
        return found
    held = territories_held(person_id=person_id, feature=Feature.MANAGE_MANDATES, at=at)
    mine = Q(person_id=person_id) | Q(delegated_from__person_id=person_id)
    return found.filter(mine | Q(territory_id__in=territory.descendant_filter(ancestor_ids=held)))


def _here(territory_id: str) -> Q:
    """Over a territory, over what lies in it, and over groups there."""
    return Q(territory_id__in=territory.descendant_filter(ancestor_ids=[territory_id])) | Q(
        territory__descendant_links__descendant_id=territory_id, scope_id=None
    )


def _endable(rows: list[Mandate], *, person_id: UUID, at: datetime) -> set[UUID]:
    """Those of ``rows`` that the person may end; one query for each of his own managing mandates."""
    endable = {row.pk for row in rows if row.person_id == person_id}
    own = _carrying(person_id=person_id, feature=Feature.MANAGE_MANDATES, at=at)
    for over in own:
        under = Mandate.objects.filter(pk__in=[row.pk for row in rows])
        if over.role != Role.ADMINISTRATOR:
            inside = territory.descendant_filter(ancestor_ids=[over.territory_id or ""])
            under = under.filter(territory_id__in=inside)
        endable |= {row.pk for row in under if over.scope_id is None and access.is_below(row, over)}
    if all(row.pk in endable for row in rows):
        return endable
    return endable | _hanging(person_id=person_id)


def _hanging(*, person_id: UUID) -> set[UUID]:
    """Ids of all that hangs on the person's mandates, over or not; one query for each level."""
    found: set[UUID] = set()
    level = Mandate.objects.filter(delegated_from__person_id=person_id).values_list("pk", flat=True)
    while new := set(level) - found:
        found |= new
        level = Mandate.objects.filter(delegated_from__in=new).values_list("pk", flat=True)
    return found


def _is_administrator(*, person_id: UUID, at: datetime) -> bool:
    return Mandate.objects.in_force(at).filter(person_id=person_id, role=Role.ADMINISTRATOR).exists()


def grantable_roles(*, person_id: UUID, at: datetime) -> tuple[Role, ...]:
    """The roles over a territory that the person may give (leaders are named on their group's page)."""
    own = _carrying(person_id=person_id, feature=Feature.MANAGE_MANDATES, at=at).filter(scope_id=None)
    wide = {Role(one.role) for one in own if ROLE_FEATURES[Role.COORDINATOR] <= one.gives_on}
    if Role.ADMINISTRATOR in wide:
        return (Role.COORDINATOR, Role.ADMINISTRATOR)
    return (Role.COORDINATOR,) if Role.COORDINATOR in wide else ()


def grantable_territories(*, person_id: UUID, at: datetime) -> tuple[tuple[str, str], ...]:
    """``(id, label)`` of the person's own larger territories, of the départements inside them, then of the
    campaign's zones there.
    """
    held = territories_held(person_id=person_id, feature=Feature.MANAGE_MANDATES, at=at)
    own = territory.territories(territory_ids=held)
    wider = [(card.id, card.name) for card in own.values() if card.kind in LARGER]
    inside = ((card.id, f"{card.code} – {card.name}") for card in departements_in(own))
    return (*wider, *inside, *zones_in(held))


def zones_in(territory_ids: Iterable[str]) -> tuple[tuple[str, str], ...]:
    """``(id, label)`` of the campaign's zones that lie in these territories. One query."""
    cards = territory.zones_within(territory_ids=territory_ids)
    return tuple((card.id, _("Zone: %(name)s") % {"name": card.name}) for card in cards)


LARGER = {"pays", "region"}


def departements_in(own: dict[str, TerritoryCard]) -> Iterable[TerritoryCard]:
    """The départements inside these territories."""
    if any(card.kind == "pays" for card in own.values()):
        return territory.departements()
    inside = set(territory.descendant_filter(ancestor_ids=own))
    return (card for card in territory.departements() if card.id in inside)


def mandate_cards(found: MandateQuerySet) -> tuple[MandateCard, ...]:
    """Oldest first; one query."""
    # The place comes with the row through the foreign key: the header of every page asks this, in one query.
    rows = found.select_related("person", "territory").order_by("starts_at", "pk")
    return tuple(map(mandate_card, rows))


def mandate_card(row: Mandate) -> MandateCard:
    """One mandate as it crosses the door."""
    return MandateCard(
        id=row.pk,
        person_id=row.person_id,
        person_name=row.person.public_name,
        role=Role(row.role),
        territory_id=row.territory_id,
        territory_name=row.territory.name if row.territory else "",
        scope_id=row.scope_id,
        scope_name=row.scope_name,
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        features=row.opens,
        delegable=row.gives_on,
        delegated_from=row.delegated_from_id,
    )
