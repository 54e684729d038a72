"""Segments: lists, counts, and who cannot be reached and why."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from django.core.paginator import Page, Paginator
from django.utils import translation
from django.utils.translation import gettext, ngettext, pgettext
from pyroaring import BitMap

from amiral.cores.segments import Having, Index, explain, select, split
from amiral.kit.errors import NotFound
from amiral.rooms.outreach import access
from amiral.rooms.outreach.contracts import (
    Channel,
    Figures,
    Group,
    PartFigures,
    Reach,
    SegmentCard,
    Unreachable,
    UseCard,
)
from amiral.rooms.outreach.counting import KEEPER
from amiral.rooms.outreach.models import Segment, SegmentUse
from amiral.rooms.outreach.queries import trees
from amiral.rooms.people.api import consent_value
from amiral.rooms.people.contracts import COUNTRY, Basis, Purpose, Way
from amiral.rooms.territory import api as territory
from amiral.rooms.territory.contracts import TerritoryCard, TerritoryKind

PER_PAGE = 50
FEW = 10
"""Below this number those who may not read of single persons are told no number."""
DIRECT = ("self", Basis.CONSENT.value)
"""Bases of data that came from the persons themselves: they joined, or agreed to a sentence shown to them.

Whoever is known otherwise is not a target on line (CNIL 2025, Regulation (EU) 2024/900): neither by e-mail
nor by text message, whatever else is in order.
"""


# Lists ---------------------------------------------------------------------------------------------


def segments(*, person_id: UUID, page_number: str | int) -> tuple[Page[Segment], tuple[SegmentCard, ...]]:
    """The segments that the person may count, by name: the page for its numbers, the cards to show."""
    found = access.access_segments(person_id=person_id).select_related("owner", "territory")
    page = Paginator(found, PER_PAGE).get_page(page_number)
    return page, tuple(map(card, page.object_list))


def card(row: Segment) -> SegmentCard:
    """A row as it may cross the door."""
    return SegmentCard(
        id=row.pk,
        name=row.name,
        owner_name=row.owner.public_name if row.owner else "",
        territory_id=row.territory_id,
        territory_name=row.territory.name,
        version=row.version,
        tree=trees.tree_of(row.expression),
        changed_at=row.changed_at,
    )


def scopes(*, person_id: UUID) -> tuple[tuple[str, str], ...]:
    """``(id, label)`` of the territories over which one may count, then of the départements in them."""
    held = access.access_territories(person_id=person_id)
    own = territory.territories(territory_ids=held)
    wide = any(one.kind in {TerritoryKind.COUNTRY, TerritoryKind.REGION} for one in own.values())
    inside = set(territory.descendant_filter(ancestor_ids=held)) if wide else set()
    smaller = [one for one in territory.departements() if one.id in inside - set(own)] if wide else []
    return (
        *((one.id, one.name) for one in own.values()),
        *((one.id, f"{one.code} – {one.name}") for one in smaller),
    )


def uses(*, person_id: UUID, page_number: str | int) -> tuple[Page[SegmentUse], tuple[UseCard, ...]]:
    """The register, newest first."""
    page = Paginator(access.access_uses(person_id=person_id), PER_PAGE).get_page(page_number)
    exact = access.territories_seen_exactly(person_id=person_id)
    return page, tuple(use_card(row, exact=row.territory_id in exact) for row in page.object_list)


def register(*, person_id: UUID) -> Iterator[UseCard]:
    """The whole register, newest first, to be written to a file."""
    exact = access.territories_seen_exactly(person_id=person_id)
    for row in access.access_uses(person_id=person_id).iterator(chunk_size=500):
        yield use_card(row, exact=row.territory_id in exact)


def everything_about(*, person_id: UUID) -> list[dict[str, Any]]:
    """The segments that a person wrote down and used, as plain types for his export."""
    own = Segment.objects.filter(owner_id=person_id).order_by("created_at", "pk")
    used = SegmentUse.objects.filter(used_by_id=person_id).order_by("used_at", "pk")
    return [
        *({"table": "segment", "name": one.name, "at": one.created_at.isoformat()} for one in own),
        *(
            {
                "table": "segment_use",
                "segment": one.segment_name,
                "why": one.why,
                "at": one.used_at.isoformat(),
            }
            for one in used
        ),
    ]


def use_card(row: SegmentUse, *, exact: bool) -> UseCard:
    """A line of the register; ``exact``: whether this reader is told small numbers."""
    return UseCard(
        id=row.pk,
        segment_name=row.segment_name,
        segment_version=row.segment_version,
        territory_name=row.territory.name,
        used_by=row.used_by.public_name if row.used_by else "",
        used_at=row.used_at,
        why=row.why,
        purpose=row.purpose,
        starts_on=row.starts_on,
        ends_on=row.ends_on,
        cost_cents=row.cost_cents,
        criteria=row.criteria,
        found=shown(row.found, exact=exact),
        reachable=shown(row.reachable, exact=exact),
    )


# Counts --------------------------------------------------------------------------------------------


def figures(*, scope: TerritoryCard, tree: Group, purpose: Purpose, exact: bool) -> Figures:
    """What the criteria amount to within ``scope`` now. Raises ``BeingBuilt``.

    One query to follow the changes, and one for the names of places; the counts are of this moment.
    """
    nodes = trees.parts_of(tree)
    expressions = trees.expressions_of(nodes)
    with KEEPER.current() as state:
        within = _within(state.index, scope.id)
        found, steps = explain(state.index, expressions, within=within)
        email, sms = (
            _reach(state.index, found, purpose, channel) for channel in (Channel.EMAIL, Channel.SMS)
        )
    return Figures(
        sentence=trees.sentence(tree, scope=scope),
        found=len(found),
        scope=len(within),
        parts=tuple(
            PartFigures(words=trees.words_of(node), meeting=step.meeting, removes=step.removes)
            for node, step in zip(nodes, steps, strict=True)
        ),
        email=email,
        sms=sms,
        exact=exact,
    )


def _within(index: Index, territory_id: str) -> BitMap:
    """Everybody of a territory; the whole country also holds those whose place is not known."""
    if territory_id == COUNTRY:
        return index.everybody.copy()
    return select(index, Having("territory", (territory_id,)))


def recipients(
    *, scope_id: str, tree: Group, purpose: Purpose, channel: Channel = Channel.EMAIL
) -> tuple[UUID, ...]:
    """Those who may be written to by a channel now, in no meaningful order. Raises ``BeingBuilt``."""
    with KEEPER.current() as state:
        found, _steps = explain(
            state.index, [trees.expression_of(tree)], within=_within(state.index, scope_id)
        )
        reachable = found & _reachable(state.index, purpose, channel)
        return tuple(UUID(text) for text in state.numbers.ids(list(reachable)))


def recipients_of_use(*, use_id: UUID) -> tuple[UUID, ...]:
    """The same by the criteria, the territory, the purpose and the channel of a line of the register."""
    line = SegmentUse.objects.filter(pk=use_id).first()
    if line is None:
        raise NotFound
    return recipients(
        scope_id=line.territory_id,
        tree=trees.tree_of(line.expression),
        purpose=Purpose(line.purpose),
        channel=Channel(line.channel),
    )


def reach_by(figures: Figures, channel: Channel) -> Reach:
    """How many of a segment are reached by a channel."""
    return figures.sms if channel is Channel.SMS else figures.email


_MARKS = {Channel.EMAIL: ("email", "email-open"), Channel.SMS: ("phone", "phone-ready")}
"""What people's facts say of an address, and of one that may be written to by the channel."""


def _reachable(index: Index, purpose: Purpose, channel: Channel) -> BitMap:
    return (
        index.having("contact", [_MARKS[channel][1]])
        & index.having("consent", [consent_value(purpose=purpose, way=Way(channel.value))])
        & index.having("basis", DIRECT)
    )


def _reach(index: Index, found: BitMap, purpose: Purpose, channel: Channel) -> Reach:
    kind, ready = _MARKS[channel]
    left = found - _reachable(index, purpose, channel)
    marks = {name: index.having("contact", [f"{kind}{name}"]) for name in ("", "-verified", "-standing")}
    refused = index.having("contact", [f"{kind}-refused"]) - index.having("contact", [ready])
    consent = consent_value(purpose=purpose, way=Way(channel.value))
    reasons = {
        Unreachable.REFUSED: refused,
        Unreachable.INDIRECT: left - index.having("basis", DIRECT),
        Unreachable.NO_CONSENT: left - index.having("consent", [consent]),
        Unreachable.NO_ADDRESS: left - marks[""],
        Unreachable.UNVERIFIED: left - marks["-verified"],
        Unreachable.RETURNED: left - marks["-standing"],
    }
    counts, others = split(left, list(reasons.values()))
    told = dict(zip(reasons, counts, strict=True))
    # Left over: one address stands and is refused, another was never verified.
    told[Unreachable.REFUSED] += len(others)
    return Reach(channel=channel, reachable=len(found) - len(left), reasons=tuple(told.items()))


# Words ---------------------------------------------------------------------------------------------


def shown(number: int, *, exact: bool) -> str:
    """A number of persons as this reader may know it: exactly, or in tens."""
    if not exact and number < FEW:
        return gettext("fewer than 10")
    if not exact:
        return gettext("about %(number)s") % {"number": _grouped(number - number % FEW)}
    return _grouped(number)


def _grouped(number: int) -> str:
    sign = "\u202f" if (translation.get_language() or "").startswith("fr") else ","
    return f"{number:,}".replace(",", sign)


def persons(number: int, *, exact: bool) -> str:
    """The same with its noun."""
    words = ngettext("%(number)s person", "%(number)s people", number if exact else FEW)
    return words % {"number": shown(number, exact=exact)}


def reason_words(reason: Unreachable, *, channel: Channel) -> str:
    """Why somebody cannot be written to."""
    if channel is Channel.SMS and reason in _OF_NUMBERS:
        return _OF_NUMBERS[reason]()
    return {
        Unreachable.REFUSED: pgettext("unreachable", "They refused to be written to there"),
        Unreachable.INDIRECT: pgettext(
            "unreachable", "Their data did not come from themselves: the law forbids to target them on line"
        ),
        Unreachable.NO_CONSENT: pgettext("unreachable", "They did not agree to this purpose"),
        Unreachable.NO_ADDRESS: pgettext("unreachable", "No e-mail address"),
        Unreachable.UNVERIFIED: pgettext("unreachable", "The address was never shown to be theirs"),
        Unreachable.RETURNED: pgettext("unreachable", "Letters come back from their address"),
    }[reason]


_OF_NUMBERS = {
    Unreachable.REFUSED: lambda: pgettext(
        "unreachable", "They answered STOP, or refused to be reached there"
    ),
    Unreachable.NO_CONSENT: lambda: pgettext("unreachable", "They did not agree to this purpose by SMS"),
    Unreachable.NO_ADDRESS: lambda: gettext("No telephone number"),
    Unreachable.UNVERIFIED: lambda: pgettext("unreachable", "The number was never shown to be theirs"),
    Unreachable.RETURNED: lambda: pgettext("unreachable", "Text messages do not reach their number"),
}
"""The same for text messages."""
