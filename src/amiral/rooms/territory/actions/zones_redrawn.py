"""Zones after an import of contours: an outline drawn before them takes the places that it covers.

Nothing that a zone holds is lost so: a finer border does not put a commune out of it. A zone over which
somebody holds a mandate does not grow, since the mandate would grow with it; the importer is told.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import shapely
from django.utils.translation import gettext as _

from amiral.kit import audit, ports
from amiral.rooms.territory.access import held_territories
from amiral.rooms.territory.actions.graph import ensure_territories, mend_closure
from amiral.rooms.territory.contracts import Bounds, NewLink, TerritoryKind
from amiral.rooms.territory.models import TerritoryClosure, TerritoryLink, Zone
from amiral.rooms.territory.queries.zones import SMALL_KINDS, common_holder, places_in_outline


def redraw_zones(*, kind: TerritoryKind, bounds: Bounds, by_id: UUID | None, at: datetime) -> tuple[str, ...]:
    """Puts the places of new contours into the zones whose outlines cover them, inside the caller's
    transaction; an audit line for each zone that changes.

    An outline counts in the territory of who drew it alone, as he holds it today. Answers a sentence for
    each zone that was left as it is because of a mandate.
    """
    if kind not in SMALL_KINDS:
        return ()
    rows = Zone.objects.filter(territory__retired_at=None, geometry__isnull=False).select_related("territory")
    ground = shapely.box(*bounds)
    touched = [row for row in rows if shapely.geometry.shape(row.geometry).intersects(ground)]
    return tuple(note for row in touched if (note := _redraw(row, by_id, at)))


def _redraw(row: Zone, by_id: UUID | None, at: datetime) -> str:
    drawn = places_in_outline(
        zone_id=row.pk,
        geometry=row.geometry or {},
        within=held_territories(person_id=row.drawn_by_id),
    )
    before = {one.child_id: one for one in TerritoryLink.objects.filter(parent_id=row.pk, valid_to=None)}
    kept = {one for one, link in before.items() if link.exact}
    links = [one for one in drawn if one.child_id not in kept]
    told = {(one.child_id, one.exact, one.share) for one in links}
    if told == {(one, link.exact, link.share) for one, link in before.items() if not link.exact}:
        return ""
    fresh = [one.child_id for one in links if one.exact]
    if _grows(row.pk, fresh) and any(ports.call("is_place_of_mandates", territory_id=row.pk)):
        audit.record(actor_id=by_id, verb="leave-zone", subject_kind="zone", subject_id=row.pk)
        return _(
            "Somebody holds a mandate over the zone “%(name)s”: it was left as it is, though these contours "
            "put further places into its outline."
        ) % {"name": row.territory.name}
    _put(row.pk, links, kept, at)
    audit.record(
        actor_id=by_id, verb="redraw-zone", subject_kind="zone", subject_id=row.pk, places=len(fresh)
    )
    return ""


def _grows(zone_id: str, fresh: Sequence[str]) -> bool:
    inside = TerritoryClosure.objects.filter(ancestor_id=zone_id, descendant_id__in=fresh)
    return inside.count() < len(fresh)


def _put(zone_id: str, links: Sequence[NewLink], kept: set[str], at: datetime) -> None:
    """Links of the outline in place of those before; the zone hangs on what holds all of it."""
    told = {one.child_id for one in links} | kept
    TerritoryLink.objects.filter(parent_id=zone_id, valid_to=None).exclude(child_id__in=told).update(
        valid_to=at.date()
    )
    holder = common_holder(territory_ids=told)
    above = TerritoryLink.objects.filter(child_id=zone_id, valid_to=None)
    if holder is not None:
        above.exclude(parent_id=holder).delete()
    hung = [NewLink(child_id=zone_id, parent_id=holder)] if holder is not None else []
    ensure_territories(rows=[], links=[*hung, *links], at=at)
    mend_closure(children=[zone_id])
    Zone.objects.filter(pk=zone_id).update(changed_at=at)
