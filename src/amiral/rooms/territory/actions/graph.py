"""The dated graph: territories that must exist, who lies in whom and since when, and the closure of it.

Everything that brings territories (the referential, contours, results, tables of cantons, zones) goes through
``ensure_territories``, so that links and closure never disagree.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from itertools import islice
from typing import TypeVar

from django.db import connection, transaction
from django.db.models import QuerySet

from amiral.rooms.territory.actions.naming import names_changed
from amiral.rooms.territory.contracts import GraphCounts, NewLink, NewTerritory, TerritoryKind
from amiral.rooms.territory.models import Territory, TerritoryClosure, TerritoryLink
from amiral.rooms.territory.normalise import normalise

BATCH = 5_000

# Model instances would cost five of six seconds for all of France: 200,000 rows of three columns.
INSERT_PAIR = "INSERT INTO territory_territoryclosure (ancestor_id, descendant_id, depth) VALUES (%s, %s, %s)"

T = TypeVar("T")
Pair = tuple[str, str]
Depths = dict[str, int]


def ensure_territories(
    *, rows: Sequence[NewTerritory], links: Sequence[NewLink] = (), at: datetime
) -> GraphCounts:
    """Makes these territories and links exist and mends the closure, in one transaction.

    Doing it again changes nothing. The links in force that are given for a child and a kind of parent replace
    those that were in force: a commune that changes its canton leaves the old one on the first day of the
    new link, else on the day of ``at`` at the latest. Zones alone add up. A link to a territory that nobody
    knows is left out and counted.
    """
    wanted = [*(_link(row, parent) for row in rows for parent in row.parents), *links]
    with transaction.atomic():
        created, changed = _put_territories(rows)
        if (created or changed) and any(row.kind is TerritoryKind.COMMUNE for row in rows):
            names_changed()
        known = _known({one for link in wanted for one in (link.child_id, link.parent_id)})
        good = [link for link in wanted if link.child_id in known and link.parent_id in known]
        begun, ended = _put_links(good, at.date())
        new = {row.id for row in rows} - _with_closure({row.id for row in rows})
        mend_closure(children=new | {link.child_id for link in good})
    return GraphCounts(
        created=created,
        changed=changed,
        links_begun=begun,
        links_ended=ended,
        unknown=len(wanted) - len(good),
    )


def _link(row: NewTerritory, parent_id: str) -> NewLink:
    return NewLink(child_id=row.id, parent_id=parent_id)


def _put_territories(rows: Sequence[NewTerritory]) -> tuple[int, int]:
    """Creates the missing ones and brings the others up to date: (created, changed)."""
    there = {one.id: one for part in parts({row.id for row in rows}) for one in _fetch(part)}
    wanted: dict[str, Territory] = {}
    changed: set[str] = set()
    for row in rows:
        one = wanted.get(row.id) or there.get(row.id)
        if one is None:
            one = Territory(id=row.id, kind=row.kind, code=row.code)
        if _apply(row, one):
            wanted[row.id] = one
            changed |= {row.id} & there.keys()
    fields = [field.name for field in Territory._meta.fields if not field.primary_key]
    Territory.objects.bulk_create(
        wanted.values(), batch_size=BATCH, update_conflicts=True, unique_fields=["id"], update_fields=fields
    )
    return len(wanted) - len(changed), len(changed)


def _fetch(ids: Sequence[str]) -> Iterable[Territory]:
    return Territory.objects.filter(pk__in=ids)


def _apply(row: NewTerritory, one: Territory) -> bool:
    """Writes what the row tells into the territory; whether that changed or is new."""
    told = {
        "name": row.name,
        "search_name": normalise(row.name) if row.name else "",
        "departement_code": row.departement_code,
        "population": row.population,
        "name_type": row.name_type,
        "retired_at": None,
    }
    if not (one.name or row.name):
        told["name"] = told["search_name"] = row.code
    different = {
        name: value
        for name, value in told.items()
        if (value not in ("", None, 0) or name == "retired_at") and getattr(one, name) != value
    }
    for name, value in different.items():
        setattr(one, name, value)
    return bool(different) or one._state.adding


def _known(ids: set[str]) -> set[str]:
    return {
        one
        for part in parts(ids)
        for one in Territory.objects.filter(pk__in=part).values_list("pk", flat=True)
    }


def _with_closure(ids: set[str]) -> set[str]:
    return {
        one
        for part in parts(ids)
        for one in TerritoryClosure.objects.filter(descendant_id__in=part, depth=0).values_list(
            "descendant_id", flat=True
        )
    }


def _put_links(wanted: Sequence[NewLink], today: date) -> tuple[int, int]:
    """Brings the links to the wanted state: (begun, ended)."""
    current = {(one.child_id, one.parent_id): one for one in wanted if one.valid_to is None}
    there = _in_force({child for child, _parent in current})
    replaced = _replaced(current, there)
    for old in replaced:
        _end(old, current, today)
    stale = [one for key, one in there.items() if key in current and _correct(one, current[key])]
    moved = {(old.child_id, kind_of(old.parent_id)) for old in replaced}
    fresh = [_begin(one, moved, today) for key, one in current.items() if key not in there]
    fields = ["exact", "share", "valid_from", "valid_to", "approximate"]
    TerritoryLink.objects.bulk_update([*replaced, *stale], fields, batch_size=500)
    past = _missing_past([one for one in wanted if one.valid_to is not None])
    TerritoryLink.objects.bulk_create([*fresh, *map(_row, past)], batch_size=BATCH)
    return len(fresh) + len(past), len(replaced)


def _in_force(children: set[str]) -> dict[Pair, TerritoryLink]:
    return {
        (one.child_id, one.parent_id): one
        for part in parts(children)
        for one in TerritoryLink.objects.filter(child_id__in=part, valid_to=None)
    }


def kind_of(territory_id: str) -> str:
    """``commune`` of ``commune:71270``."""
    return territory_id.partition(":")[0]


def _replaced(current: Mapping[Pair, NewLink], there: Mapping[Pair, TerritoryLink]) -> list[TerritoryLink]:
    told = {(child, kind_of(parent)) for child, parent in current}
    told = {pair for pair in told if pair[1] != TerritoryKind.ZONE}
    return [
        one
        for (child, parent), one in there.items()
        if (child, kind_of(parent)) in told and (child, parent) not in current
    ]


def _end(old: TerritoryLink, current: Mapping[Pair, NewLink], today: date) -> None:
    """The old link ends when the one that replaces it begins."""
    begins = [
        link.valid_from
        for (child, parent), link in current.items()
        if child == old.child_id and kind_of(parent) == kind_of(old.parent_id) and link.valid_from
    ]
    old.valid_to = min(begins, default=today)
    old.approximate = not begins


def _correct(one: TerritoryLink, told: NewLink) -> bool:
    """Writes what is told now; whether that changed. A known date is not forgotten."""
    before = (one.exact, one.share, one.valid_from)
    one.exact, one.share = told.exact, told.share
    one.valid_from = told.valid_from or one.valid_from
    return before != (one.exact, one.share, one.valid_from)


def _missing_past(wanted: Sequence[NewLink]) -> list[NewLink]:
    there = {
        key
        for part in parts({one.child_id for one in wanted})
        for key in TerritoryLink.objects.filter(child_id__in=part)
        .exclude(valid_to=None)
        .values_list("child_id", "parent_id", "valid_to")
    }
    unique = {(one.child_id, one.parent_id, one.valid_to): one for one in wanted}
    return [one for key, one in unique.items() if key not in there]


def _begin(link: NewLink, moved: set[Pair], today: date) -> TerritoryLink:
    """What takes the place of another begins today at the latest, where its first day is not told."""
    row = _row(link)
    if row.valid_from is None and (link.child_id, kind_of(link.parent_id)) in moved:
        row.valid_from, row.approximate = today, True
    return row


def _row(link: NewLink) -> TerritoryLink:
    return TerritoryLink(
        child_id=link.child_id,
        parent_id=link.parent_id,
        exact=link.exact,
        share=link.share,
        valid_from=link.valid_from,
        valid_to=link.valid_to,
    )


def mend_closure(*, children: Iterable[str]) -> int:
    """Makes the closure of these and of all that lies in them agree with the links.

    Answers how many pairs changed. What lies above and did not change is taken from the closure itself, so
    the cost is that of what lies below.
    """
    affected = set(children)
    for part in parts(set(affected)):
        pairs = TerritoryClosure.objects.filter(ancestor_id__in=part)
        affected.update(pairs.values_list("descendant_id", flat=True))
    above = _links_above(affected)
    outer = {parent for holders in above.values() for parent in holders} - affected
    rows = [TerritoryClosure.objects.filter(descendant_id__in=part) for part in parts(affected)]
    return _write_closure(closure_of(affected, above, _closure_rows(outer)), *rows)


def rebuild_closure() -> None:
    """The whole closure from all the links, for a change of all of France. Writes what differs alone."""
    places = list(Territory.objects.values_list("pk", flat=True))
    links = TerritoryLink.objects.filter(valid_to=None, exact=True).values_list("child_id", "parent_id")
    above: dict[str, list[str]] = defaultdict(list)
    for child, parent in links.iterator(10_000):
        above[child].append(parent)
    _write_closure(closure_of(places, above, {}), TerritoryClosure.objects.all())


def _links_above(children: set[str]) -> dict[str, tuple[str, ...]]:
    above: dict[str, tuple[str, ...]] = defaultdict(tuple)
    for part in parts(children):
        links = TerritoryLink.objects.filter(child_id__in=part, valid_to=None, exact=True)
        for child, parent in links.values_list("child_id", "parent_id"):
            above[child] = (*above[child], parent)
    return above


def _closure_rows(descendants: set[str]) -> dict[str, Depths]:
    rows: dict[str, Depths] = defaultdict(dict)
    for part in parts(descendants):
        pairs = TerritoryClosure.objects.filter(descendant_id__in=part)
        for below, above, depth in pairs.values_list("descendant_id", "ancestor_id", "depth"):
            rows[below][above] = depth
    return rows


def closure_of(
    places: Iterable[str], above: Mapping[str, Sequence[str]], known: Mapping[str, Depths]
) -> dict[str, Depths]:
    """For each place: itself at 0, and all that holds it with the length of the shortest way up. Pure.

    ``known`` answers for places whose own closure is right already; a circle of links is cut where it closes.
    """
    found: dict[str, Depths] = dict(known)

    def up(place: str, below: frozenset[str]) -> Depths:
        if place not in found:
            depths = {place: 0}
            for parent in above.get(place, ()):
                if parent not in below:
                    for ancestor, depth in up(parent, below | {place}).items():
                        depths[ancestor] = min(depth + 1, depths.get(ancestor, depth + 1))
            found[place] = depths
        return found[place]

    return {place: up(place, frozenset()) for place in places}


def _write_closure(goal: Mapping[str, Depths], *rows: QuerySet[TerritoryClosure]) -> int:
    """``rows``: those of the places in ``goal``, which are to agree with it."""
    wanted = {(above, below, depth) for below, depths in goal.items() for above, depth in depths.items()}
    there = {
        (above, below, depth): pk
        for some in rows
        for pk, above, below, depth in some.values_list(
            "pk", "ancestor_id", "descendant_id", "depth"
        ).iterator(10_000)
    }
    gone = [pk for key, pk in there.items() if key not in wanted]
    for part in parts(gone):
        TerritoryClosure.objects.filter(pk__in=part).delete()
    fresh = sorted(wanted - there.keys())
    with connection.cursor() as cursor:
        cursor.executemany(INSERT_PAIR, fresh)
    return len(gone) + len(fresh)


def parts(items: Iterable[T], size: int = BATCH) -> Iterator[list[T]]:
    """The items in lists short enough for one query."""
    rest = iter(items)
    while part := list(islice(rest, size)):
        yield part
