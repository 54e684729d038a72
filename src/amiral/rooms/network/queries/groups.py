"""Groups: their cards, the lists of them, finding one's own."""

from collections import Counter
from collections.abc import Iterable, Sequence
from uuid import UUID

from django.db.models import Q, QuerySet
from django.urls import reverse

from amiral.kit.contracts import Link
from amiral.kit.markdown import to_html
from amiral.kit.ports import call
from amiral.rooms.network.contracts import CommuneFound, DepartementLine, GroupCard, GroupKind, Openness
from amiral.rooms.network.models import Group
from amiral.rooms.people import api as people
from amiral.rooms.people.contracts import Feature
from amiral.rooms.territory import api as territory
from amiral.rooms.territory.contracts import TerritoryCard

COMMUNES_FOUND_MAX = 20
OTHERS_MAX = 200


def cards_of(groups: Iterable[Group]) -> tuple[GroupCard, ...]:
    """One query for all the territories, in the order given."""
    found = tuple(groups)
    places = territory.territories(territory_ids={group.territory_id for group in found}) if found else {}
    return tuple(_card(group, places[group.territory_id]) for group in found)


def card_of(group: Group) -> GroupCard:
    """One query."""
    return cards_of((group,))[0]


def _card(group: Group, place: TerritoryCard) -> GroupCard:
    return GroupCard(
        id=group.pk,
        slug=group.slug,
        kind=GroupKind(group.kind),
        name=group.name,
        territory_id=group.territory_id,
        territory_name=place.name,
        departement_code=place.departement_code,
        url=reverse("network:group", args=[group.slug]),
        openness=Openness(group.openness),
    )


def territory_name(*, territory_id: str) -> str:
    """The name of a place, or ``NotFound``."""
    return territory.territory(territory_id=territory_id).name


def groups_by_id(*, group_ids: Iterable[UUID]) -> dict[UUID, GroupCard]:
    """Two queries; ids that do not exist are left out."""
    return {card.id: card for card in cards_of(Group.objects.filter(pk__in=set(group_ids)))}


def presentation_html(*, group: Group) -> str:
    """The public presentation, as safe HTML."""
    return to_html(group.presentation)


def groups_for_communes(*, communes: Sequence[TerritoryCard]) -> dict[str, GroupCard]:
    """The nearest group of each commune, by commune id; communes without one are left out.

    The local group of the commune (the oldest, should there be several), else the group of its département.
    A constant number of queries.
    """
    if not communes:
        return {}
    local = _oldest_by_territory(commune.id for commune in communes)
    departements = {card.departement_code: card for card in departement_cards()}
    nearest = {c.id: local.get(c.id) or departements.get(c.departement_code) for c in communes}
    return {commune_id: group for commune_id, group in nearest.items() if group}


def _oldest_by_territory(territory_ids: Iterable[str]) -> dict[str, GroupCard]:
    # Nobody is placed in a group that wants to be asked first.
    local = Group.objects.filter(kind=GroupKind.LOCAL, openness=Openness.OPEN)
    groups = local.filter(territory_id__in=set(territory_ids))
    newest_first = groups.order_by("-created_at", "-id")
    return {card.territory_id: card for card in cards_of(newest_first)}


def departement_cards() -> tuple[GroupCard, ...]:
    """The groups of the départements, in the order of their codes; two queries."""
    cards = cards_of(Group.objects.filter(kind=GroupKind.DEPARTEMENT))
    return tuple(sorted(cards, key=lambda card: card.departement_code))


def departement_lines() -> tuple[DepartementLine, ...]:
    """The list of groups: every département with the number of its local groups; four queries."""
    local_ids = listed().filter(kind=GroupKind.LOCAL).order_by().values_list("territory_id", flat=True)
    places = territory.territories(territory_ids=set(local_ids))
    local = Counter(places[territory_id].departement_code for territory_id in local_ids)
    return tuple(
        DepartementLine(group=card, local_groups=local[card.departement_code]) for card in departement_cards()
    )


def local_groups_in(*, territory_id: str) -> tuple[GroupCard, ...]:
    """The local groups inside a territory, by name."""
    inside = territory.descendant_filter(ancestor_ids=[territory_id])
    return cards_of(listed().filter(kind=GroupKind.LOCAL, territory_id__in=inside))


def listed() -> "QuerySet[Group]":
    """Those that lists may name: a group by invitation stands in none."""
    return Group.objects.exclude(openness=Openness.INVITATION)


def other_groups(*, territory_id: str | None = None) -> tuple[GroupCard, ...]:
    """Thematic groups and campaign teams, everywhere or inside a territory, by name; two queries."""
    rows = listed().filter(kind__in=(GroupKind.THEMATIC, GroupKind.CAMPAIGN))
    if territory_id:
        rows = rows.filter(territory_id__in=territory.descendant_filter(ancestor_ids=[territory_id]))
    return cards_of(rows[:OTHERS_MAX])


def search(*, text: str) -> tuple[CommuneFound, ...]:
    """The communes of a postal code or of a name, each with its group."""
    communes = territory.search_communes(text=text, limit=COMMUNES_FOUND_MAX)
    groups = groups_for_communes(communes=communes)
    return tuple(
        CommuneFound(
            commune_id=commune.id,
            commune_name=commune.name,
            departement_code=commune.departement_code,
            group=groups.get(commune.id),
        )
        for commune in communes
    )


def communes_to_group(*, person_id: UUID, text: str) -> tuple[TerritoryCard, ...]:
    """The communes that answer a search and where the person may create a group.

    One query per commune found, twenty at most: a rare page of coordinators.
    """
    held = set(people.territories_held(person_id=person_id, feature=Feature.MANAGE_GROUPS))
    found = territory.search_communes(text=text, limit=COMMUNES_FOUND_MAX)
    return tuple(place for place in found if held & set(territory.ancestor_ids(territory_id=place.id)))


def agenda(*, group_id: UUID) -> list[Link]:
    """The next actions of the group, asked of the rooms above."""
    return [link for links in call("group_agenda", group_id=group_id) for link in links]


def groups_led(*, person_id: UUID, feature: Feature) -> tuple[GroupCard, ...]:
    """The groups over which the person holds ``feature``, by the group itself or by its territory."""
    scopes = people.scopes_held(person_id=person_id, feature=feature)
    held = people.territories_held(person_id=person_id, feature=feature)
    led = Q(pk__in=scopes)
    if held:
        led |= Q(territory_id__in=territory.descendant_filter(ancestor_ids=held))
    return cards_of(Group.objects.filter(led))
