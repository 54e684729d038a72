"""Phones of teams, by their number: never by whose they are. What is still on them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from amiral.cores.sync import Seen
from amiral.kit.contracts import Link
from amiral.rooms.field.models import Assignment, Device, DeviceKind
from amiral.rooms.field.queries import log
from amiral.rooms.mobilisation import api as mobilisation
from amiral.rooms.mobilisation.contracts import ActionCard, ShiftCard

OWN_SHOWN = 50


@dataclass(frozen=True, kw_only=True)
class PhoneLine:
    """A phone of a team. ``recorded``: events that it says it has written; ``missing``: not here yet.

    ``turf_number``: of the one list it sees, if it came in by a list number; None: all lists of the team.
    """

    id: UUID
    number: int
    turf_number: int | None
    by_list_number: bool
    enrolled_at: datetime
    seen_at: datetime | None
    recorded: int
    missing: int
    revoked_at: datetime | None
    revoke_url: str


@dataclass(frozen=True, kw_only=True)
class TeamPhones:
    """The phones of a shift's team."""

    shift: ShiftCard
    phones: tuple[PhoneLine, ...]

    @property
    def still_words(self) -> str:
        """ "12 visits still on 3 phones"; empty when everything arrived."""
        return still_on_phones(phone.missing for phone in self.phones)


@dataclass(frozen=True, kw_only=True)
class PhonesPage:
    """The phones of all teams of an action, by shift."""

    action: ActionCard
    teams: tuple[TeamPhones, ...]


def still_on_phones(missing: Iterable[int]) -> str:
    """ "12 visits still on 3 phones", of the numbers that each phone misses; empty when all arrived."""
    counts = [count for count in missing if count]
    if not counts:
        return ""
    visits = ngettext("%(count)d visit", "%(count)d visits", sum(counts)) % {"count": sum(counts)}
    phones = ngettext("%(count)d phone", "%(count)d phones", len(counts)) % {"count": len(counts)}
    return _("%(visits)s still on %(phones)s") % {"visits": visits, "phones": phones}


def still_words(*, canvass_id: UUID | None = None, shift_id: UUID | None = None) -> str:
    """The same for a canvass, or for a shift. One query."""
    found = log.missing_by_device(canvass_id=canvass_id, shift_id=shift_id)
    return still_on_phones(one.missing for one in found)


def still_words_of_turf(*, turf_id: UUID) -> str:
    """The same for all teams that hold or held the turf. Two queries."""
    shifts = set(Assignment.objects.filter(turf=turf_id).values_list("shift_id", flat=True))
    phones = Device.objects.filter(kind=DeviceKind.PHONE, shift__in=shifts).defer("key")
    return still_on_phones(_missing(device) for device in phones)


def phones_page(*, action_id: UUID) -> PhonesPage:
    """Three queries besides those of the action, however many shifts and phones."""
    action = mobilisation.action(action_id=action_id)
    lines = _by_shift(Device.objects.filter(shift__in=[shift.id for shift in action.shifts]))
    return PhonesPage(
        action=action,
        teams=tuple(
            TeamPhones(shift=shift, phones=tuple(lines[shift.id]))
            for shift in action.shifts
            if shift.id in lines
        ),
    )


def own_phones(*, person_id: UUID) -> tuple[TeamPhones, ...]:
    """The person's own phones by shift, the latest first."""
    rows = Device.objects.filter(person=person_id, shift__isnull=False).order_by("-enrolled_at")
    lines = _by_shift(rows[:OWN_SHOWN])
    shifts = mobilisation.shifts(shift_ids=lines)
    return tuple(TeamPhones(shift=shifts[id_], phones=tuple(found)) for id_, found in lines.items())


def profile_links() -> list[Link]:
    """From the page of one's account."""
    return [Link(title=_("My phones in the field"), url=reverse("field:my_phones"))]


def links(*, shift_id: UUID, person_id: UUID | None) -> list[Link]:
    """For the page of an action: its leaders' table of phones, and for the team what is still on them."""
    if person_id is None:
        return []
    still = still_words(shift_id=shift_id)
    action_id = mobilisation.shift(shift_id=shift_id).action_id
    if mobilisation.may_manage_action(person_id=person_id, action_id=action_id):
        url = reverse("field:phones", args=[action_id])
        return [Link(title=_("Phones of the team"), url=url, detail=still)]
    if still and mobilisation.is_in_team(person_id=person_id, shift_id=shift_id):
        detail = _("Open the app where there is network: they arrive by themselves.")
        return [Link(title=still, url=reverse("field:my_phones"), detail=detail)]
    return []


def phone(*, device: Device) -> tuple[PhoneLine, ShiftCard | None]:
    """One phone, and the shift of its team, unless that is gone."""
    [found] = _lines([device])
    return found, mobilisation.shift(shift_id=device.shift_id) if device.shift_id else None


def _by_shift(rows: "Iterable[Device]") -> dict[UUID, list[PhoneLine]]:
    devices = [device for device in rows if device.kind == DeviceKind.PHONE]
    found: dict[UUID, list[PhoneLine]] = {}
    for device, line in zip(devices, _lines(devices), strict=True):
        if device.shift_id:
            found.setdefault(device.shift_id, []).append(line)
    return found


def _lines(devices: Sequence[Device]) -> list[PhoneLine]:
    lists = [device.only_list for device in devices if device.only_list]
    numbers = dict(Assignment.objects.filter(pk__in=lists).values_list("pk", "turf__number")) if lists else {}
    return [
        PhoneLine(
            id=device.pk,
            number=device.number,
            turf_number=numbers.get(device.only_list) if device.only_list else None,
            by_list_number=device.only_list is not None,
            enrolled_at=device.enrolled_at,
            seen_at=device.seen_at,
            recorded=device.head,
            missing=_missing(device),
            revoked_at=device.revoked_at,
            revoke_url=reverse("field:revoke_phone", args=[device.pk]),
        )
        for device in devices
    ]


def _missing(device: Device) -> int:
    seen = Seen(ranges=tuple((first, last) for first, last in device.seen), head=device.head)
    return max(0, seen.missing)
