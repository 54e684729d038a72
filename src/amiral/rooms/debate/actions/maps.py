"""Drawing the opinion map of a consultation: a job, a version, a hash."""

import json
from collections import Counter
from datetime import datetime
from importlib.metadata import version
from typing import Any
from uuid import UUID

import numpy as np
from django.db import transaction
from django.db.models import Max

from amiral.cores.opinion import (
    OpinionMap,
    Parameters,
    Votes,
    canonical_json,
    document,
    fingerprint,
    opinion_map,
    signs_like,
)
from amiral.cores.phases import Gesture
from amiral.cores.withholding import withheld
from amiral.kit import runs
from amiral.kit.audit import record
from amiral.rooms.debate.access import access_consultation_to_manage_by_id
from amiral.rooms.debate.actions import opening, recounts
from amiral.rooms.debate.actions.consultations import check
from amiral.rooms.debate.actions.recounts import Json, Recount
from amiral.rooms.debate.contracts import LEAST_PEOPLE, StatementState
from amiral.rooms.debate.models import Consultation, MapVersion, Statement, Vote

GRID = 12
"""Cells along each axis of the picture."""


@transaction.atomic
def start_drawing(*, by_id: UUID, consultation_id: UUID) -> UUID:
    """Begins the run that draws a new version; answers its id."""
    row = access_consultation_to_manage_by_id(person_id=by_id, consultation_id=consultation_id)
    check(row, Gesture.DRAW)
    record(actor_id=by_id, verb="draw-map", subject_kind="consultation", subject_id=row.pk)
    return runs.start(
        kind="draw-opinion-map", arguments={"consultation_id": str(row.pk)}, started_by_id=by_id
    )


def draw_now(*, consultation_id: UUID, at: datetime) -> UUID:
    """Computes and writes the next version; the same votes again give the last one. O(votes)."""
    row = Consultation.objects.get(pk=consultation_id)
    votes, last = load(row)
    opinion = computed(row, votes)
    out, about = left_out(row)
    once = recounts.recounted(opinion=opinion, out=out, about=about)
    control = recounts.control_of(row=row, opinion=opinion)
    made = _keep(row, opinion, once, control, last=last, at=at)
    opening.renew(version=MapVersion.objects.get(pk=made))
    return made


def published(opinion: OpinionMap) -> bytes:
    """The document as anybody may read it: nothing tells how fewer than five people voted."""
    return canonical_json(withheld(document(opinion=opinion), least=LEAST_PEOPLE))


def load(row: Consultation, *, opened_only: bool = False) -> tuple[Votes, int]:
    """The log of votes as columns, in the order of their ids, and the id of the last one."""
    rows = Vote.objects.filter(voter__consultation=row).exclude(statement__state=StatementState.PENDING)
    rows = rows.filter(voter__opens_votes=True) if opened_only else rows
    wanted = rows.order_by("pk").values_list("pk", "voter__number", "statement__number", "value")
    table = np.array(list(wanted), dtype=np.int64).reshape(-1, 4)
    votes = Votes(
        people=table[:, 1], statements=table[:, 2], values=table[:, 3].astype(np.int8), order=table[:, 0]
    )
    return votes, int(table[-1, 0]) if len(table) else 0


def computed(row: Consultation, votes: Votes) -> OpinionMap:
    """The map of these votes, turned like the version before, without what was hidden or replaced."""
    out, about = left_out(row)
    opinion = opinion_map(votes=votes, parameters=Parameters(), moderated=out, meta=about)
    before = MapVersion.objects.filter(consultation=row).first()
    if before is None:
        return opinion
    first, second = signs_like(
        axes=opinion.plane.axes, statements=opinion.matrix.statements, earlier=_loadings(before)
    )
    if (first, second) == (1, 1):
        return opinion
    turned = Parameters(first_sign=first, second_sign=second)
    return opinion_map(votes=opinion.matrix, parameters=turned, moderated=out, meta=about)


def left_out(row: Consultation) -> tuple[set[int], set[int]]:
    """Numbers of the statements that were hidden or replaced, and of those about the voter. Two queries."""
    gone = _numbers(row, state__in=(StatementState.HIDDEN, StatementState.SUPERSEDED))
    return gone, _numbers(row, about_voter=True)


def _keep(
    row: Consultation, opinion: OpinionMap, once: Recount, control: Json, *, last: int, at: datetime
) -> UUID:
    content = published(opinion)
    counted_once = published(once.opinion) if once.opinion else b""
    with transaction.atomic():
        locked = Consultation.objects.select_for_update().get(pk=row.pk)
        newest = MapVersion.objects.filter(consultation=row).first()
        told: Json = {
            "fingerprint": fingerprint(content),
            "linked_voices": sum(once.sets),
            "linked_sets": list(once.sets),
            "once_fingerprint": fingerprint(counted_once) if counted_once else "",
            "control": control,
            "double_voices": locked.double_voices,
        }
        if newest is not None and all(getattr(newest, name) == value for name, value in told.items()):
            MapVersion.objects.filter(pk=newest.pk).update(votes_seen=max(last, newest.votes_seen))
            return newest.pk
        highest = MapVersion.objects.filter(consultation=row).aggregate(highest=Max("number"))["highest"]
        return MapVersion.objects.create(
            consultation=row,
            number=(highest or 0) + 1,
            **told,
            once_document=counted_once.decode(),
            votes_sha256=opinion.matrix.sha256,
            votes_seen=last,
            code_version=version("amiral"),
            seed=opinion.parameters.seed,
            document=content.decode(),
            cells=_cells(opinion),
            at=at,
        ).pk


def _cells(opinion: OpinionMap) -> list[list[float]]:
    """Where people stand, as counts of the cells of a grid; those with fewer than five are left out."""
    points = opinion.plane.points[opinion.plane.placed]
    if not len(points):
        return []
    reach = float(np.abs(points).max()) or 1.0
    places = np.clip(np.floor((points / reach + 1) / 2 * GRID), 0, GRID - 1).astype(int)
    counts = Counter(map(tuple, places.tolist()))
    return [
        [((2 * x + 1) / GRID - 1) * reach, ((2 * y + 1) / GRID - 1) * reach, people]
        for (x, y), people in sorted(counts.items())
        if people >= LEAST_PEOPLE
    ]


def _numbers(row: Consultation, **which: Any) -> set[int]:
    return set(Statement.objects.filter(consultation=row, **which).values_list("number", flat=True))


def _loadings(before: MapVersion) -> dict[int, tuple[float, float]]:
    found = json.loads(before.document)["statements"]
    return {one["id"]: (one["loadings"][0], one["loadings"][1]) for one in found}
