"""Showing the numbers of those who come to who leads the action, with a receipt; letting them be shown."""

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from amiral.kit import audit
from amiral.kit.errors import NotFound, Refused
from amiral.rooms.mobilisation.access import Leading, access_team_by_action_id
from amiral.rooms.mobilisation.contracts import SignUpState
from amiral.rooms.mobilisation.models import SignUp
from amiral.rooms.mobilisation.queries.team import Member, TeamPage, team_page
from amiral.rooms.people import api as people
from amiral.rooms.people.contracts import DisclosureReason, PhoneShown

SHORTEST_EXPLANATION = 15


class NotTheTime(Refused):
    """Before the window, or after it."""


class NoExplanation(Refused):
    """Somebody from above who does not say why."""


@transaction.atomic
def see_team(*, person_id: UUID | None, action_id: UUID, at: datetime, explanation: str = "") -> TeamPage:
    """The team; with numbers for who leads the action, in its time, and for others who say why.

    Raises ``NotFound`` for anybody who does not manage the action. An explanation outside the time raises
    ``NotTheTime``, one too short ``NoExplanation``.
    """
    leading = access_team_by_action_id(person_id=person_id, action_id=action_id)
    page = team_page(action_id=action_id, leading=leading, at=at)
    if leading is not Leading.LEADS and not explanation:
        return page
    if not page.open:
        if explanation:
            raise NotTheTime(_("It is not the time to see numbers: read above when it is."))
        return page
    if leading is not Leading.LEADS and len(explanation.strip()) < SHORTEST_EXPLANATION:
        raise NoExplanation(
            _("Say in a whole sentence why you need the numbers: the persons concerned will read it.")
        )
    assert person_id is not None
    return _with_numbers(page, person_id, leading, explanation.strip())


def _with_numbers(page: TeamPage, viewer_id: UUID, leading: Leading, explanation: str) -> TeamPage:
    willing = {
        member.person_id
        for _shift, team in page.shifts
        for member in team
        if member.may_show and member.in_time
    }
    reason = DisclosureReason.ACTION if leading is Leading.LEADS else DisclosureReason.EXPLAINED
    numbers = people.show_phones(
        viewer_id=viewer_id,
        person_ids=willing,
        reason=reason,
        subject_id=page.card.id,
        subject=page.card.title,
        explanation="" if leading is Leading.LEADS else explanation,
    )
    shifts = tuple(
        (shift, tuple(_numbered(member, numbers) for member in team)) for shift, team in page.shifts
    )
    return replace(page, shifts=shifts, shown=True)


def _numbered(member: Member, numbers: dict[UUID, PhoneShown]) -> Member:
    number = numbers.get(member.person_id)
    # Who keeps the number back for this shift keeps it back, whatever he chose for another.
    if number is None or not (member.may_show and member.in_time):
        return member
    return replace(member, phone=number.value, readable=number.readable)


@transaction.atomic
def set_shows_phone(*, person_id: UUID, shift_id: UUID, shows: bool) -> None:
    """The person's own choice for one shift, at any time. Raises ``NotFound`` for who is not signed up."""
    mine = SignUp.objects.filter(shift=shift_id, person=person_id, state=SignUpState.CONFIRMED)
    if not mine.update(shows_phone=shows):
        raise NotFound
    audit.record(
        actor_id=person_id, verb="sign-up.phone", subject_kind="shift", subject_id=shift_id, shows=shows
    )
