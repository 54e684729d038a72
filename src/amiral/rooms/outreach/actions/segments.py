"""Writing segments down, and using them: each use is a line of the register."""

from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import F
from django.utils import translation
from django.utils.translation import gettext as _

from amiral.kit import audit
from amiral.kit.errors import Refused
from amiral.rooms.outreach import access
from amiral.rooms.outreach.contracts import Figures, IntendedUse, SegmentDraft
from amiral.rooms.outreach.models import Segment, SegmentUse
from amiral.rooms.outreach.queries import segments as queries
from amiral.rooms.outreach.queries import trees
from amiral.rooms.people.contracts import Purpose
from amiral.rooms.territory import api as territory

KEPT = timedelta(days=7 * 366)
"""How long a line of the register stays."""


class Unfinished(Refused):
    """A segment without any criterion that says something."""

    def __init__(self) -> None:
        super().__init__(_("Fill in at least one criterion, then keep the segment."))


class ChangedMeanwhile(Refused):
    """Somebody else kept another version in the meantime."""

    def __init__(self) -> None:
        super().__init__(
            _("Somebody else has changed this segment in the meantime. Load the page again to see how.")
        )


class NobodyReachable(Refused):
    """A use without anybody to write to."""

    def __init__(self) -> None:
        super().__init__(
            _("Nobody of this segment may be written to for this purpose: there is no use for it.")
        )


class TooFewReachable(Refused):
    """A use over fewer than ten, by somebody who is told no smaller number: nobody and nine answer alike."""

    def __init__(self) -> None:
        super().__init__(
            _("Fewer than 10 people of this segment may be written to for this purpose: widen the criteria.")
        )


@transaction.atomic
def create(*, by_id: UUID, draft: SegmentDraft, at: datetime) -> UUID:
    """Writes a segment down. Raises ``NotFound`` outside one's territories, ``Unfinished``."""
    _check(by_id, draft)
    segment = Segment.objects.create(
        name=draft.name,
        owner_id=by_id,
        territory_id=draft.territory_id,
        expression=trees.as_json(trees.filled(draft.tree)),
        created_at=at,
        changed_at=at,
    )
    audit.record(
        actor_id=by_id,
        verb="segment.created",
        subject_kind="segment",
        subject_id=segment.pk,
        criteria=segment.expression,
    )
    return segment.pk


@transaction.atomic
def change(*, by_id: UUID, segment_id: UUID, version: int, draft: SegmentDraft, at: datetime) -> None:
    """Writes the next version of a segment. Raises as ``create``, and ``ChangedMeanwhile``."""
    access.access_segment_by_id(person_id=by_id, segment_id=segment_id)
    _check(by_id, draft)
    expression = trees.as_json(trees.filled(draft.tree))
    same = Segment.objects.filter(pk=segment_id, version=version)
    written = same.update(
        name=draft.name,
        territory_id=draft.territory_id,
        expression=expression,
        version=F("version") + 1,
        changed_at=at,
    )
    if not written:
        raise ChangedMeanwhile
    audit.record(
        actor_id=by_id,
        verb="segment.changed",
        subject_kind="segment",
        subject_id=segment_id,
        criteria=expression,
    )


def _check(by_id: UUID, draft: SegmentDraft) -> None:
    access.access_scope(person_id=by_id, territory_id=draft.territory_id)
    trees.check(draft.tree)
    if not trees.filled(draft.tree).parts:
        raise Unfinished


@transaction.atomic
def remove(*, by_id: UUID, segment_id: UUID) -> None:
    """Deletes a segment; the register keeps what it was used for."""
    access.access_segment_by_id(person_id=by_id, segment_id=segment_id).delete()
    audit.record(actor_id=by_id, verb="segment.removed", subject_kind="segment", subject_id=segment_id)


def use(*, by_id: UUID, segment_id: UUID, intended: IntendedUse, at: datetime) -> UUID:
    """Enters a use of a segment in the register and returns the id of the line.

    Counted before the transaction: the index must not see what may be rolled back. Raises ``NotFound``,
    ``NobodyReachable``, ``TooFewReachable``, ``BeingBuilt``.
    """
    segment = access.access_segment_by_id(person_id=by_id, segment_id=segment_id)
    with translation.override("fr"):
        figures = queries.figures(
            scope=territory.territory(territory_id=segment.territory_id),
            tree=trees.tree_of(segment.expression),
            purpose=Purpose(intended.purpose),
            exact=True,
        )
    exact = access.sees_exactly(person_id=by_id, territory_id=segment.territory_id)
    reachable = queries.reach_by(figures, intended.channel).reachable
    if not exact and reachable < queries.FEW:
        raise TooFewReachable
    if not reachable:
        raise NobodyReachable
    return _enter(by_id, segment, intended, figures, at)


@transaction.atomic
def _enter(by_id: UUID, segment: Segment, intended: IntendedUse, figures: Figures, at: datetime) -> UUID:
    line = SegmentUse.objects.create(
        segment=segment,
        segment_name=segment.name,
        segment_version=segment.version,
        territory_id=segment.territory_id,
        used_by_id=by_id,
        used_at=at,
        why=intended.why,
        purpose=intended.purpose,
        channel=intended.channel,
        starts_on=intended.starts_on,
        ends_on=intended.ends_on,
        cost_cents=intended.cost_cents,
        expression=segment.expression,
        criteria=figures.sentence,
        found=figures.found,
        reachable=queries.reach_by(figures, intended.channel).reachable,
    )
    audit.record(
        actor_id=by_id,
        verb="segment.used",
        subject_kind="segment",
        subject_id=segment.pk,
        use=str(line.pk),
        purpose=intended.purpose,
    )
    return line.pk


def purge(*, at: datetime) -> int:
    """Deletes the lines of the register that are older than ``KEPT``; how many."""
    return SegmentUse.objects.filter(used_at__lt=at - KEPT).delete()[0]
