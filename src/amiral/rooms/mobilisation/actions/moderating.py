"""Reporting an action to the moderators; what becomes of it when they uphold the report.

An action is read in lists, agendas, feeds, calendars, images and letters: its words are taken out of it and
not left to each of them to hide. It is cancelled with it, and its team is told.
"""

from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils import translation
from django.utils.translation import gettext as _

from amiral.kit.errors import Refused
from amiral.rooms.mobilisation.access import access_action_by_id
from amiral.rooms.mobilisation.actions import letters
from amiral.rooms.mobilisation.contracts import State
from amiral.rooms.mobilisation.models import Action, Shift
from amiral.rooms.moderation import api as moderation
from amiral.rooms.moderation.contracts import Grounds, SubjectKind
from amiral.rooms.network import api as network

WORDS = ("title", "description", "place", "link")


class AlreadyHidden(Refused):
    """Reporting an action whose words are gone."""

    def __init__(self) -> None:
        super().__init__(
            _("The moderators have hidden this action already: there is nothing left to report.")
        )


def report(*, by_id: UUID, action_id: UUID, grounds: Grounds, explanation: str) -> UUID:
    """Asks the moderators of its group's territory to look at an action."""
    action = access_action_by_id(person_id=by_id, action_id=action_id)
    if action.hidden_words is not None:
        raise AlreadyHidden
    return moderation.report(
        subject_kind=SubjectKind.ACTION,
        subject_id=action.pk,
        subject_author_id=action.created_by_id,
        territory_id=network.group(group_id=action.group_id).territory_id,
        excerpt="\n".join(words for name in WORDS if (words := getattr(action, name))),
        reporter_id=by_id,
        grounds=grounds,
        explanation=explanation,
    )


@transaction.atomic
def hide_reported(*, subject_kind: str, subject_id: UUID, at: datetime) -> bool:
    """Takes the words away and calls the action off; ``False`` if it is not ours, or hidden already."""
    if subject_kind != SubjectKind.ACTION:
        return False
    alive = Action.objects.select_for_update().filter(pk=subject_id, hidden_words__isnull=True).first()
    if alive is None:
        return False
    with translation.override(settings.LANGUAGE_CODE):
        shown = dict.fromkeys(WORDS, "") | {"title": _("Action hidden by the moderators")}
    words = {name: getattr(alive, name) for name in WORDS}
    Action.objects.filter(pk=alive.pk).update(
        **shown, hidden_words=words, state=State.CANCELLED, sequence=F("sequence") + 1, changed_at=at
    )
    letters.tell_team(shift_ids=Shift.objects.cancel(action=alive.pk, at=at), words=letters.cancelled)
    return True


@transaction.atomic
def restore_reported(*, subject_kind: str, subject_id: UUID) -> bool:
    """An appeal found that it was wrongly hidden: its words come back. It stays cancelled, as its team was
    told; whoever leads it copies it."""
    if subject_kind != SubjectKind.ACTION:
        return False
    row = Action.objects.select_for_update().filter(pk=subject_id).exclude(hidden_words__isnull=True).first()
    if row is None:
        return False
    words = {name: str(value) for name, value in (row.hidden_words or {}).items() if name in WORDS}
    Action.objects.filter(pk=row.pk).update(**words, hidden_words=None, sequence=F("sequence") + 1)
    return True
