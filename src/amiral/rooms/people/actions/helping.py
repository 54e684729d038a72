"""What a person says he can do, and when he has time: his own word, changed by himself only."""

from uuid import UUID

from django.db import transaction

from amiral.kit import audit
from amiral.rooms.people import access
from amiral.rooms.people.contracts import Helping
from amiral.rooms.people.models import Availability, PersonSkill
from amiral.rooms.people.queries.helping import mask_of


@transaction.atomic
def say(*, person_id: UUID, helping: Helping) -> None:
    """Replaces what the person said before; nothing said leaves no row."""
    access.access_self(person_id=person_id)
    mine = PersonSkill.objects.filter(person_id=person_id)
    mine.exclude(skill__in=helping.skills).delete()
    PersonSkill.objects.bulk_create(
        [PersonSkill(person_id=person_id, skill=skill) for skill in sorted(helping.skills)],
        ignore_conflicts=True,
    )
    _say_when(person_id, mask_of(slots=helping.slots))
    audit.record(actor_id=person_id, verb="person.helping_said", subject_kind="person", subject_id=person_id)


def _say_when(person_id: UUID, mask: int) -> None:
    if mask:
        Availability.objects.update_or_create(person_id=person_id, defaults={"slots": mask})
    else:
        Availability.objects.filter(person_id=person_id).delete()
