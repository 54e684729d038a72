"""Blocking a member: from then on neither reads the other, and nobody is told."""

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from amiral.kit.audit import record
from amiral.kit.errors import Refused
from amiral.rooms.network.access import access_fellow_by_id
from amiral.rooms.network.models import Block


class NotYourself(Refused):
    """Blocking oneself."""

    def __init__(self) -> None:
        super().__init__(_("This is you: you cannot block yourself."))


@transaction.atomic
def block(*, by_id: UUID, person_id: UUID, at: datetime) -> None:
    """Harmless twice. Raises ``NotFound`` for somebody whom the person has never met on the network."""
    if by_id == person_id:
        raise NotYourself
    access_fellow_by_id(person_id=by_id, other_id=person_id)
    Block.objects.get_or_create(blocker_id=by_id, blocked_id=person_id, defaults={"created_at": at})
    record(actor_id=by_id, verb="block", subject_kind="person", subject_id=person_id)


@transaction.atomic
def unblock(*, by_id: UUID, person_id: UUID) -> None:
    """Lifts one's own block; harmless where there is none."""
    if Block.objects.filter(blocker_id=by_id, blocked_id=person_id).delete()[0]:
        record(actor_id=by_id, verb="unblock", subject_kind="person", subject_id=person_id)
