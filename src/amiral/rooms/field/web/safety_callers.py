"""Who speaks: a person who is signed in, or a browser in which the number of a list was typed."""

from contextlib import suppress
from datetime import datetime
from uuid import UUID, uuid4

from django.http import HttpRequest

from amiral.kit.errors import NotFound
from amiral.kit.ids import new_id
from amiral.rooms.field.access import (
    access_assignment_by_id,
    access_help_call_by_id,
    access_own_help_call,
    access_team_by_shift_id,
)
from amiral.rooms.field.actions import settings
from amiral.rooms.field.contracts import Caller
from amiral.rooms.field.models import Assignment, Device, HelpCall
from amiral.rooms.field.queries.safety import Panel, panel
from amiral.rooms.field.web import numbers
from amiral.rooms.mobilisation import api as mobilisation
from amiral.rooms.mobilisation.contracts import ShiftCard
from amiral.rooms.people.contracts import PhoneShown

SESSION_KEY = "field-safety"
"""Of the id that a browser without an account is known by: chance, gone with the session."""


def signed_in_id(request: HttpRequest) -> UUID | None:
    """The person, if somebody is signed in."""
    return request.user.pk if isinstance(request.user.pk, UUID) else None


def list_of(request: HttpRequest, *, assignment_id: UUID, at: datetime) -> Assignment:
    """A walk list, by the account or by its number. Raises ``NotFound``."""
    with suppress(NotFound):
        return access_assignment_by_id(person_id=signed_in_id(request), assignment_id=assignment_id, at=at)
    return numbers.remembered_list(request, assignment_id=assignment_id, at=at)


def member_id(request: HttpRequest, *, shift_id: UUID, at: datetime) -> UUID | None:
    """The person who is signed in, if he comes along or leads; an account alone makes nobody of the team."""
    with suppress(NotFound):
        access_team_by_shift_id(person_id=signed_in_id(request), shift_id=shift_id, at=at)
        return signed_in_id(request)
    return None


def caller_of_list(request: HttpRequest, *, assignment_id: UUID, at: datetime) -> Caller:
    """Whoever has the walk list open: somebody of the team, else this browser. Raises ``NotFound``."""
    row = list_of(request, assignment_id=assignment_id, at=at)
    person_id = member_id(request, shift_id=row.shift_id, at=at)
    if person_id is not None:
        return Caller(shift_id=row.shift_id, person_id=person_id)
    return Caller(shift_id=row.shift_id, device_id=_browser_id(request))


def caller_of_shift(request: HttpRequest, *, shift_id: UUID, at: datetime) -> Caller:
    """Somebody of the team or who leads it. Raises ``NotFound``."""
    team = access_team_by_shift_id(person_id=signed_in_id(request), shift_id=shift_id, at=at)
    return Caller(shift_id=team.shift.id, person_id=signed_in_id(request))


def caller_of_device(device: Device) -> Caller:
    """The person who carries the phone, as long as he comes along; else the phone. Raises ``NotFound``."""
    if device.revoked_at is not None or device.shift_id is None:
        raise NotFound
    if mobilisation.is_in_team(person_id=device.person_id, shift_id=device.shift_id):
        return Caller(shift_id=device.shift_id, person_id=device.person_id)
    return Caller(shift_id=device.shift_id, device_id=device.pk)


def leader_phones(caller: Caller, at: datetime) -> dict[UUID, PhoneShown]:
    """Numbers of leaders who agreed to show them, by person; each sight leaves a receipt."""
    if caller.person_id is None:
        return settings.see_leader_phones_without_account(caller=caller, at=at)
    team = access_team_by_shift_id(person_id=caller.person_id, shift_id=caller.shift_id, at=at)
    return settings.see_leader_phones(team=team, person_id=caller.person_id, at=at)


def call_of(request: HttpRequest, *, call_id: UUID, at: datetime) -> HelpCall:
    """A call, for the team and its leaders, and for the browser that made it. Raises ``NotFound``."""
    with suppress(NotFound):
        return access_help_call_by_id(person_id=signed_in_id(request), call_id=call_id, at=at)
    return access_own_help_call(device_id=request.session.get(SESSION_KEY), call_id=call_id)


def is_own(request: HttpRequest, call: HelpCall) -> bool:
    """Whether the reader made the call."""
    if call.person_id is not None:
        return call.person_id == signed_in_id(request)
    return str(call.device_id) == request.session.get(SESSION_KEY)


def _browser_id(request: HttpRequest) -> UUID:
    known = request.session.get(SESSION_KEY)
    if known is None:
        known = request.session[SESSION_KEY] = str(uuid4())
    return UUID(known)


def safety_panel(request: HttpRequest, *, shift: ShiftCard, at: datetime) -> Panel:
    """What a walk list shows to this reader."""
    own = request.session.get(SESSION_KEY)
    person_id = member_id(request, shift_id=shift.id, at=at) if own else signed_in_id(request)
    device_id = UUID(own) if own and person_id is None else None
    return panel(shift=shift, person_id=person_id, device_id=device_id, at=at, gesture=new_id())
