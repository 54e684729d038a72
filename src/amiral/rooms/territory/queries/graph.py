"""A territory between what holds it and what it holds, today or on a day of the past."""

from datetime import date

from django.db.models import Q, QuerySet

from amiral.kit.errors import NotFound
from amiral.rooms.territory.contracts import LinkCard, TerritoryGraph
from amiral.rooms.territory.models import Territory, TerritoryLink
from amiral.rooms.territory.queries.cards import territory_card


def graph_of(*, territory_id: str, on: date | None = None) -> TerritoryGraph:
    """What is right above and right below, parts included, on a day, or today; ``NotFound``. Three queries.

    A link whose first day is not known counts as true on every day before its end.
    """
    row = Territory.objects.filter(pk=territory_id.replace("\x00", "")).first()
    if row is None:
        raise NotFound
    links = in_force(TerritoryLink.objects.all(), on)
    above = links.filter(child=row).select_related("parent").order_by("parent__kind", "parent__search_name")
    below = links.filter(parent=row).select_related("child").order_by("child__kind", "child__search_name")
    return TerritoryGraph(
        card=territory_card(row),
        on=on,
        above=tuple(_link_card(link, link.parent) for link in above),
        below=tuple(_link_card(link, link.child) for link in below),
    )


def in_force(links: QuerySet[TerritoryLink], on: date | None) -> QuerySet[TerritoryLink]:
    """Those that were true on a day, or are true today."""
    if on is None:
        return links.filter(valid_to=None)
    began = Q(valid_from=None) | Q(valid_from__lte=on)
    return links.filter(began, Q(valid_to=None) | Q(valid_to__gt=on))


def past_links(*, territory_id: str) -> tuple[LinkCard, ...]:
    """What held it once and does no more, the latest first. One query."""
    links = TerritoryLink.objects.filter(child_id=territory_id).exclude(valid_to=None)
    return tuple(
        _link_card(link, link.parent) for link in links.select_related("parent").order_by("-valid_to", "pk")
    )


def shared_with(*, territory_id: str) -> tuple[LinkCard, ...]:
    """What holds a part of it alone: the constituencies that cut a commune. One query."""
    links = TerritoryLink.objects.filter(child_id=territory_id, exact=False, valid_to=None)
    return tuple(
        _link_card(link, link.parent)
        for link in links.select_related("parent").order_by("parent__kind", "parent__code")
    )


def _link_card(link: TerritoryLink, place: Territory) -> LinkCard:
    return LinkCard(
        place=territory_card(place),
        exact=link.exact,
        share=link.share,
        valid_from=link.valid_from,
        valid_to=link.valid_to,
        approximate=link.approximate,
    )
