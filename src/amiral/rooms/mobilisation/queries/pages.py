"""What our own pages show. The number of queries does not grow with the number of rows."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, cast
from uuid import UUID

from django.core.paginator import Page, Paginator
from django.db.models import Case, Count, IntegerField, Value, When
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from amiral.kit import markdown, ports
from amiral.kit.contracts import Link
from amiral.kit.maps import Feature, Layer, MapView
from amiral.rooms.mobilisation.access import abilities, standings_of
from amiral.rooms.mobilisation.contracts import (
    COMING,
    ActionCard,
    ActionLine,
    ActionPage,
    CoState,
    Kind,
    MyAgenda,
    MyPlace,
    MySignUp,
    PlaceSought,
    ShiftCard,
    ShiftView,
    SignUpState,
    State,
)
from amiral.rooms.mobilisation.models import Action, Shift, SignUp
from amiral.rooms.mobilisation.queries import holding, reports
from amiral.rooms.mobilisation.queries.cards import (
    action_card,
    action_cards,
    action_url,
    shift_card,
    upcoming,
)
from amiral.rooms.mobilisation.queries.labels import KIND_LABELS
from amiral.rooms.mobilisation.queries.seats import my_places, places_of
from amiral.rooms.network.contracts import GroupCard
from amiral.rooms.people import api as people
from amiral.rooms.people.contracts import Ability, Circumstance
from amiral.rooms.talking_points import api as talking_points
from amiral.rooms.territory import api as territory
from amiral.rooms.territory.contracts import TerritoryCard

PER_PAGE = 20
MAP_AT_MOST = 300
"""Actions drawn on the list's map, soonest first."""
STREETS_AT_MOST = 1500
AROUND_DEGREES = 0.006
"""Half the side of the map around a meeting point: some 600 m northwards."""
ATTRIBUTION = "© OpenStreetMap (ODbL)"
PAST_SHOWN = timedelta(days=365)
ALTERNATIVES = 6


# Finding -------------------------------------------------------------------------------------------
def place_sought(*, text: str, commune_id: str = "") -> PlaceSought:
    """The commune that a visitor means: the one he chose, else the only one that answers his words."""
    chosen = territory.territories(territory_ids=[commune_id]).get(commune_id) if commune_id else None
    if chosen is not None:
        return PlaceSought(text=text, commune=chosen)
    found = territory.search_communes(text=text) if text else ()
    if len(found) == 1:
        return PlaceSought(text=text, commune=found[0])
    return PlaceSought(text=text, choices=found)


def upcoming_actions(
    *, near: TerritoryCard | None, kind: Kind | None, at: datetime, page: str
) -> tuple["Page[ActionLine]", MapView]:
    """A page of actions and the map of them all; with ``near``, its département, the commune itself first."""
    rows = _narrowed(near=near, kind=kind, at=at)
    shown = Paginator(rows, PER_PAGE).get_page(page)
    lines = _lines(list(shown.object_list), at=at)
    return cast("Page[ActionLine]", Page(lines, shown.number, shown.paginator)), _map_of(rows)


def _narrowed(*, near: TerritoryCard | None, kind: Kind | None, at: datetime) -> Any:
    rows = upcoming(at=at)
    if kind:
        rows = rows.filter(kind=kind)
    if near is None:
        return rows.order_by("next_at", "id")
    whole = territory.departement_of(territory_id=near.id) or near
    rows = rows.filter(commune__in=territory.descendant_filter(ancestor_ids=[whole.id]))
    elsewhere = Case(When(commune=near.id, then=Value(0)), default=Value(1), output_field=IntegerField())
    return rows.order_by(elsewhere, "next_at", "id")


def _lines(actions: list[Action], *, at: datetime) -> list[ActionLine]:
    communes = territory.territories(territory_ids={action.commune_id for action in actions})
    return [
        ActionLine(
            card=card,
            kind_label=str(KIND_LABELS[card.kind]),
            commune=communes[card.commune_id].label,
            ahead=tuple(shift for shift in card.shifts if shift.ends_at > at and not shift.is_cancelled),
        )
        for card in action_cards(actions)
    ]


def _map_of(rows: Any) -> MapView:
    located = rows.filter(longitude__isnull=False).values_list("pk", "title", "longitude", "latitude")
    places = tuple(
        _place(longitude, latitude, label=title, href=action_url(id_))
        for id_, title, longitude, latitude in located[:MAP_AT_MOST]
    )
    layers = (Layer(name=_("Actions"), features=places, css_class="map-place"),) if places else ()
    return MapView(title=_("Where the actions are"), layers=layers)


def _place(longitude: float, latitude: float, *, label: str, href: str = "") -> Feature:
    point = {"type": "Point", "coordinates": [longitude, latitude]}
    return Feature(geometry=point, label=label, href=href)


# One action ----------------------------------------------------------------------------------------
def action_page(*, action: Action, person_id: UUID | None, at: datetime) -> ActionPage:
    """Everything on the page of an action for this reader; teams only for those who manage it."""
    card = action_cards([action])[0]
    off = {Circumstance.CANCELLED} if card.is_cancelled else set()
    standings = standings_of(person_id=person_id, action_id=action.pk)
    can = abilities(person_id=person_id, group=card.group, circumstances=off, standings=standings)
    manages = Ability.SEE_TEAM in can
    return ActionPage(
        card=card,
        kind_label=str(KIND_LABELS[card.kind]),
        commune=territory.territory(territory_id=card.commune_id).label,
        description_html=markdown.to_html(card.description),
        shifts=_shift_views(card, person_id=person_id, manages=manages, at=at),
        points=talking_points.cards(point_ids=card.talking_point_ids, language=get_language() or "fr")
        if person_id
        else (),
        may_manage=manages,
        can=can,
        map=_map_around(card),
        link=_link_for(card, person_id=person_id, manages=manages),
        together=_together(action.pk),
        asked=holding.invitations(person_id=person_id, at=at, action_id=action.pk),
        may_report=_may_report(card, person_id=person_id, manages=manages, at=at),
        has_phone=people.has_phone(person_id=person_id) if person_id else False,
    )


def _link_for(card: ActionCard, *, person_id: UUID | None, manages: bool) -> str:
    """The link of an online action, for those who come and those who manage it."""
    if not card.link or manages:
        return card.link
    coming = SignUp.objects.confirmed().filter(shift__action=card.id, person=person_id)
    return card.link if person_id and coming.exists() else ""


def _may_report(card: ActionCard, *, person_id: UUID | None, manages: bool, at: datetime) -> bool:
    """Whether the report is to be written, or read, by this reader."""
    if person_id is None or not any(shift.starts_at <= at for shift in card.shifts):
        return False
    return manages or reports.may_read(person_id=person_id, action_id=card.id)


def _together(action_id: UUID) -> tuple[GroupCard, ...]:
    agreed = holding.co_organisers(action_id=action_id)
    return tuple(one.group for one in agreed if one.state == CoState.ACCEPTED)


def _shift_views(
    card: ActionCard, *, person_id: UUID | None, manages: bool, at: datetime
) -> tuple[ShiftView, ...]:
    ids = [shift.id for shift in card.shifts]
    coming = SignUp.objects.confirmed().filter(shift__in=ids)
    own = coming.filter(person=person_id).values_list("shift_id", "shows_phone") if person_id else ()
    mine = dict(own)
    places = my_places(person_id=person_id, shift_ids=ids, at=at) if person_id else {}
    teams = _teams(ids) if manages else {}
    asking = _asking(ids) if manages else {}
    return tuple(
        ShiftView(
            card=shift,
            is_mine=shift.id in mine,
            shows_phone=mine.get(shift.id, False),
            is_over=shift.ends_at <= at,
            has_begun=shift.starts_at <= at,
            is_closed=(shift.rules.closes_at or shift.starts_at) <= at,
            mine=places.get(shift.id),
            asking=asking.get(shift.id, 0),
            team=teams.get(shift.id, ()),
            links=_resources(shift.id, person_id)
            if shift.id in mine or (manages and shift.ends_at > at)
            else (),
        )
        for shift in card.shifts
    )


def _asking(shift_ids: list[UUID]) -> dict[UUID, int]:
    """How many ask for a place, by shift; one query."""
    rows = SignUp.objects.filter(shift__in=shift_ids, state=SignUpState.REQUESTED).order_by()
    return dict(rows.values_list("shift_id").annotate(count=Count("pk")))


def _teams(shift_ids: list[UUID]) -> dict[UUID, tuple[str, ...]]:
    """Public names by shift, in the order of sign-up; two queries."""
    pairs = list(
        SignUp.objects.confirmed()
        .filter(shift__in=shift_ids)
        .order_by("changed_at", "id")
        .values_list("shift_id", "person_id")
    )
    names = people.cards(person_ids={person_id for _shift, person_id in pairs})
    return {
        shift_id: tuple(names[p].public_name for s, p in pairs if s == shift_id and p in names)
        for shift_id in shift_ids
    }


def _resources(shift_id: UUID, person_id: UUID | None) -> tuple[Link, ...]:
    """What the rooms above hold ready for this person's shift: walk lists."""
    answers = ports.call("shift_resources", shift_id=shift_id, person_id=person_id)
    return tuple(link for links in answers for link in links)


def _map_around(card: ActionCard) -> MapView | None:
    """The meeting point on the imported streets; ``None`` without coordinates."""
    if card.longitude is None or card.latitude is None:
        return None
    wide = AROUND_DEGREES * 1.5
    bounds = (
        card.longitude - wide,
        card.latitude - AROUND_DEGREES,
        card.longitude + wide,
        card.latitude + AROUND_DEGREES,
    )
    streets = territory.street_lines(bounds=bounds, limit=STREETS_AT_MOST)
    place = Layer(
        name=_("Meeting point"),
        features=(_place(card.longitude, card.latitude, label=card.place),),
        css_class="map-place",
    )
    ways = Layer(
        name="", features=tuple(Feature(geometry=way.geometry) for way in streets), css_class="map-street"
    )
    return MapView(
        title=_("Meeting point"),
        layers=(ways, place) if streets else (place,),
        attribution=ATTRIBUTION if streets else "",
        bounds=bounds,
    )


def card_to_edit(*, action_id: UUID) -> tuple[ActionCard, str]:
    """The action and the label of its commune, for the form that changes it."""
    card = action_card(action_id=action_id)
    return card, territory.territory(territory_id=card.commune_id).label


def alternatives(*, shift_id: UUID, at: datetime) -> tuple[ShiftCard, ...]:
    """Shifts with places left for somebody who found this one full: same action first, then same group."""
    this = Shift.objects.select_related("action").get(pk=shift_id)
    rows = Shift.objects.filter(
        action__group=this.action.group_id, state=State.PUBLISHED, starts_at__gt=at
    ).exclude(pk=shift_id)
    other = Case(When(action=this.action_id, then=Value(0)), default=Value(1), output_field=IntegerField())
    cards = map(shift_card, rows.select_related("action").order_by(other, "starts_at", "id"))
    return tuple(card for card in cards if card.places_left)[:ALTERNATIVES]


# One's own -----------------------------------------------------------------------------------------
def my_agenda(*, person_id: UUID, at: datetime) -> MyAgenda:
    """The person's places of the last twelve months and to come; walk lists for the next one only."""
    rows = SignUp.objects.filter(person=person_id, shift__ends_at__gt=at - PAST_SHOWN)
    found = list(rows.select_related("shift__action").order_by("shift__starts_at", "id"))
    mine = [_my_sign_up(row, place) for row, place in zip(found, places_of(rows=found, at=at), strict=True)]
    ahead = [one for one in mine if one.shift.ends_at > at]
    behind = [one for one in mine if one.shift.ends_at <= at and one.state in COMING]
    return MyAgenda(ahead=_with_links(ahead, person_id), behind=tuple(reversed(behind)))


def _my_sign_up(row: SignUp, place: MyPlace) -> MySignUp:
    return MySignUp(
        shift=shift_card(row.shift),
        url=action_url(row.shift.action_id),
        place=row.shift.action.place,
        state=SignUpState(row.state),
        place_now=place,
    )


def _with_links(ahead: list[MySignUp], person_id: UUID) -> tuple[MySignUp, ...]:
    """Asks the rooms above about the next place only: asking about each would cost queries per row."""
    first = next((one for one in ahead if one.place_now.is_coming and not one.is_off), None)
    if first is None:
        return tuple(ahead)
    linked = replace(first, links=_resources(first.shift.id, person_id))
    return tuple(linked if one is first else one for one in ahead)
