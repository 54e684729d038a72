"""A person looks at doubtful positions and says which are right."""

from collections.abc import Collection
from uuid import UUID

from django.db import transaction

from amiral.kit import audit
from amiral.kit.clock import now
from amiral.rooms.territory.access import access_file_by_id
from amiral.rooms.territory.contracts import FileKind
from amiral.rooms.territory.models import AcceptedAddress
from amiral.rooms.territory.queries import flags

BATCH = 2_000
DELETE_BATCH = 500


@transaction.atomic
def accept_positions(
    *, by_id: UUID, file_id: UUID, address_ids: Collection[str] = (), code: str = "", accepted: bool = True
) -> int:
    """Accepts doubtful positions (or takes that back): those named, or all of one reason; how many.

    Raises ``NotFound`` for people whose territory the file is not of.
    """
    row = access_file_by_id(person_id=by_id, file_id=file_id, to_change=True)
    wanted = set(address_ids)
    found = [
        one.id
        for one in flags.flagged(kind=FileKind(row.kind), file_id=file_id)
        if one.accepted != accepted and (one.id in wanted or (code and one.code == code))
    ]
    if accepted:
        _accept(by_id, file_id, found)
    else:
        _doubt(file_id, found)
    audit.record(
        actor_id=by_id,
        verb="accept-positions" if accepted else "doubt-positions",
        subject_kind="reference-file",
        subject_id=file_id,
        count=len(found),
    )
    return len(found)


def _accept(by_id: UUID, file_id: UUID, names: list[str]) -> None:
    moment = now()
    AcceptedAddress.objects.bulk_create(
        (
            AcceptedAddress(file_id=file_id, address_id=name, accepted_by_id=by_id, accepted_at=moment)
            for name in names
        ),
        batch_size=BATCH,
        ignore_conflicts=True,  # somebody else was as quick
    )


def _doubt(file_id: UUID, names: list[str]) -> None:
    for start in range(0, len(names), DELETE_BATCH):
        part = names[start : start + DELETE_BATCH]
        AcceptedAddress.objects.filter(file_id=file_id, address_id__in=part).delete()
