"""Certification: criteria are written, a leader asks, a coordinator decides, a daily check follows."""

from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, override

from amiral.kit.audit import record
from amiral.kit.errors import NotFound, Refused
from amiral.rooms.network.access import (
    access_criteria_to_write,
    access_group_to_manage_by_id,
    access_group_to_name_leaders_by_id,
)
from amiral.rooms.network.actions.notifying import notify
from amiral.rooms.network.actions.texts import text_within
from amiral.rooms.network.contracts import (
    CRITERION_MAX_CHARACTERS,
    REASONS_MAX_CHARACTERS,
    CertificationState,
    CertificationStepKind,
    CriterionKind,
    NotificationKind,
)
from amiral.rooms.network.models import Certification, CertificationCriterion, CertificationStep, Group
from amiral.rooms.network.queries.certification import (
    CheckedCriterion,
    check,
    criteria_named,
    deciders,
    warning_period,
)
from amiral.rooms.network.queries.members import leaders
from amiral.rooms.people import api as people

LEAST_MAX = 100_000
MONTHS_MAX = 60
COUNTED_IN_MONTHS = frozenset({CriterionKind.ACTIONS, CriterionKind.RECENT_POST})


class BadCriterion(Refused):
    """A number that is missing or nonsense."""

    def __init__(self) -> None:
        super().__init__(
            _("Give how many are needed (at least one), and in how many months (one to sixty) if it counts.")
        )


class NothingWritten(Refused):
    """Nobody wrote a criterion yet."""

    def __init__(self) -> None:
        super().__init__(_("No criterion is written yet: certification begins when the campaign has some."))


class NotYet(Refused):
    """A computed criterion is not met."""

    def __init__(self, missing: Sequence[CheckedCriterion]) -> None:
        names = ", ".join(one.criterion.text for one in missing)
        super().__init__(_("These criteria are not met yet: %(names)s") % {"names": names})


class AskedOrGranted(Refused):
    """The second click, or a badge that is there."""

    def __init__(self) -> None:
        super().__init__(_("The certification is asked for or granted already."))


class NothingAsked(Refused):
    """Somebody else decided."""

    def __init__(self) -> None:
        super().__init__(_("This has been decided already."))


class AnotherDecides(Refused):
    """Nobody certifies the group for which he asked."""

    def __init__(self) -> None:
        super().__init__(_("You asked for this certification yourself: somebody else has to decide."))


class NotConfirmed(Refused):
    """A declared criterion without its tick."""

    def __init__(self) -> None:
        super().__init__(_("To grant, confirm each declared criterion; else refuse, with your reasons."))


@transaction.atomic
def write_criterion(
    *,
    by_id: UUID,
    kind: CriterionKind,
    least: int,
    within_months: int,
    text_fr: str,
    text_en: str,
    at: datetime,
) -> UUID:
    """A new line of the written criteria, by who holds the campaign's groups. Raises ``BadCriterion``."""
    access_criteria_to_write(person_id=by_id)
    counted, timed = kind != CriterionKind.DECLARED, kind in COUNTED_IN_MONTHS
    if counted and not 1 <= least <= LEAST_MAX:
        raise BadCriterion
    if timed and not 1 <= within_months <= MONTHS_MAX:
        raise BadCriterion
    row = CertificationCriterion.objects.create(
        kind=CriterionKind(kind),
        least=least if counted else 0,
        within_months=within_months if timed else 0,
        text_fr=text_within(text_fr, limit=CRITERION_MAX_CHARACTERS),
        text_en=text_within(text_en, limit=CRITERION_MAX_CHARACTERS),
        written_at=at,
    )
    record(actor_id=by_id, verb="write-criterion", subject_kind="certification-criterion", subject_id=row.pk)
    return row.pk


@transaction.atomic
def retire_criterion(*, by_id: UUID, criterion_id: UUID, at: datetime) -> None:
    """It counts no more; what was decided by it can still be read. Raises ``NotFound``."""
    access_criteria_to_write(person_id=by_id)
    if not CertificationCriterion.objects.filter(pk=criterion_id, retired_at=None).update(retired_at=at):
        raise NotFound
    record(
        actor_id=by_id,
        verb="retire-criterion",
        subject_kind="certification-criterion",
        subject_id=criterion_id,
    )


@transaction.atomic
def ask_certification(*, by_id: UUID, group_id: UUID, words: str, at: datetime) -> None:
    """By who leads the group, once its computed criteria are met; who decides is told.

    Raises ``NothingWritten``, ``NotYet``, ``AskedOrGranted``.
    """
    group = access_group_to_manage_by_id(person_id=by_id, group_id=group_id)
    said = text_within(words, limit=REASONS_MAX_CHARACTERS, may_be_empty=True)
    checked = check(group=group, at=at)
    if not checked:
        raise NothingWritten
    missing = _missing(checked)
    if missing:
        raise NotYet(missing)
    _ask(group, by_id, at)
    _step(group, CertificationStepKind.ASKED, at, by_id=by_id, reasons=said)
    record(actor_id=by_id, verb="ask-certification", subject_kind="group", subject_id=group.pk)
    _tell(
        deciders(group=group) - {by_id},
        group,
        gettext_noop("The certification of the group %(group)s is asked for"),
        at,
    )


def _ask(group: Group, by_id: UUID, at: datetime) -> None:
    values = {
        "state": CertificationState.ASKED,
        "asked_at": at,
        "asked_by_id": by_id,
        "decided_at": None,
        "decided_by_id": None,
        "met": [],
        "warned_at": None,
    }
    row, created = Certification.objects.get_or_create(group=group, defaults=values)
    over = (CertificationState.REFUSED, CertificationState.WITHDRAWN)
    again = Certification.objects.filter(pk=row.pk, state__in=over)
    if not created and not again.update(**values):
        raise AskedOrGranted


def _missing(checked: Sequence[CheckedCriterion]) -> list[CheckedCriterion]:
    return [one for one in checked if one.met is False]


@transaction.atomic
def decide_certification(
    *, by_id: UUID, group_id: UUID, granted: bool, confirmed: Collection[UUID], reasons: str, at: datetime
) -> None:
    """By who holds the territory, with reasons that the leaders read. To grant, every criterion holds.

    Raises ``NothingAsked`` (too late), ``AnotherDecides``, ``NotYet``, ``NotConfirmed``.
    """
    group = access_group_to_name_leaders_by_id(person_id=by_id, group_id=group_id)
    said = text_within(reasons, limit=REASONS_MAX_CHARACTERS)
    row = Certification.objects.filter(pk=group.pk, state=CertificationState.ASKED).first()
    if row is None:
        raise NothingAsked
    if row.asked_by_id == by_id:
        raise AnotherDecides
    met = _all_met(group, confirmed, at) if granted else []
    state = CertificationState.GRANTED if granted else CertificationState.REFUSED
    waiting = Certification.objects.filter(pk=row.pk, state=CertificationState.ASKED)
    if not waiting.update(state=state, decided_at=at, decided_by_id=by_id, met=met, warned_at=None):
        raise NothingAsked
    kind = CertificationStepKind.GRANTED if granted else CertificationStepKind.REFUSED
    _step(group, kind, at, by_id=by_id, reasons=said, criteria=met)
    record(actor_id=by_id, verb=f"{state.value}-certification", subject_kind="group", subject_id=group.pk)
    yes, no = (
        gettext_noop("The group %(group)s is certified: %(reasons)s"),
        gettext_noop("The certification of the group %(group)s is refused: %(reasons)s"),
    )
    _tell(_leading(group), group, yes if granted else no, at, reasons=said)


def _all_met(group: Group, confirmed: Collection[UUID], at: datetime) -> list[str]:
    checked = check(group=group, at=at)
    missing = _missing(checked)
    if missing:
        raise NotYet(missing)
    if any(one.met is None and one.criterion.id not in confirmed for one in checked):
        raise NotConfirmed
    return [str(one.criterion.id) for one in checked]


@transaction.atomic
def withdraw_certification(*, by_id: UUID, group_id: UUID, reasons: str, at: datetime) -> None:
    """Takes a badge away, suspended or not, with reasons. Raises ``NothingAsked`` where there is none."""
    group = access_group_to_name_leaders_by_id(person_id=by_id, group_id=group_id)
    said = text_within(reasons, limit=REASONS_MAX_CHARACTERS)
    held = (CertificationState.GRANTED, CertificationState.SUSPENDED)
    values = {"state": CertificationState.WITHDRAWN, "decided_at": at, "decided_by_id": by_id}
    if not Certification.objects.filter(pk=group.pk, state__in=held).update(warned_at=None, **values):
        raise NothingAsked
    _step(group, CertificationStepKind.WITHDRAWN, at, by_id=by_id, reasons=said)
    record(actor_id=by_id, verb="withdraw-certification", subject_kind="group", subject_id=group.pk)
    sentence = gettext_noop("The certification of the group %(group)s is withdrawn: %(reasons)s")
    _tell(_leading(group), group, sentence, at, reasons=said)


def check_certifications(*, at: datetime, report: Callable[[int, int], None]) -> dict[str, int]:
    """The daily check: warns, mends, suspends, restores; harmless a second time. Answers how many of each."""
    states = (CertificationState.GRANTED, CertificationState.SUSPENDED)
    ids = list(Certification.objects.filter(state__in=states).order_by("pk").values_list("pk", flat=True))
    counts = dict.fromkeys(("warned", "mended", "suspended", "restored"), 0)
    for number, group_id in enumerate(ids, start=1):
        happened = _check_one(group_id, at)
        if happened:
            counts[happened.value] += 1
        report(number, len(ids))
    return counts


@transaction.atomic
def _check_one(group_id: UUID, at: datetime) -> CertificationStepKind | None:
    row = Certification.objects.select_for_update().select_related("group").filter(pk=group_id).first()
    if row is None or row.state not in (CertificationState.GRANTED, CertificationState.SUSPENDED):
        return None
    missing = _missing(check(group=row.group, at=at))
    happened = _what_happens(row, bool(missing), at)
    if happened:
        row.state = _STATE_AFTER[happened]
        row.warned_at = at if happened == CertificationStepKind.WARNED else None
        row.save(update_fields=["state", "warned_at"])
        _step(row.group, happened, at, criteria=[str(one.criterion.id) for one in missing])
        record(actor_id=None, verb=f"certification-{happened}", subject_kind="group", subject_id=row.group_id)
        _tell_leaders(row.group, happened, missing, at)
    return happened


def _what_happens(row: Certification, is_missing: bool, at: datetime) -> CertificationStepKind | None:
    if row.state == CertificationState.SUSPENDED:
        return None if is_missing else CertificationStepKind.RESTORED
    if not is_missing:
        return CertificationStepKind.MENDED if row.warned_at else None
    if row.warned_at is None:
        return CertificationStepKind.WARNED
    return CertificationStepKind.SUSPENDED if row.warned_at + warning_period() <= at else None


_STATE_AFTER = {
    CertificationStepKind.WARNED: CertificationState.GRANTED,
    CertificationStepKind.MENDED: CertificationState.GRANTED,
    CertificationStepKind.RESTORED: CertificationState.GRANTED,
    CertificationStepKind.SUSPENDED: CertificationState.SUSPENDED,
}
_SENTENCES = {
    CertificationStepKind.WARNED: gettext_noop(
        "The group %(group)s no longer meets: %(criteria)s. Its badge is suspended on %(day)s unless it does."
    ),
    CertificationStepKind.MENDED: gettext_noop("The group %(group)s meets all criteria of its badge again"),
    CertificationStepKind.RESTORED: gettext_noop("The badge of the group %(group)s is back"),
    CertificationStepKind.SUSPENDED: gettext_noop(
        "The badge of the group %(group)s is suspended, for want of: %(criteria)s"
    ),
}


def _tell_leaders(
    group: Group, happened: CertificationStepKind, missing: Sequence[CheckedCriterion], at: datetime
) -> None:
    ends_at = localtime(at + warning_period())
    for card in people.cards(person_ids=_leading(group)).values():
        with override(card.language):
            # Read again: the texts are in the language that is active.
            texts = ", ".join(criteria_named(ids=[str(one.criterion.id) for one in missing]).values())
            words = {"group": group.name, "criteria": texts, "day": date_format(ends_at, "DATE_FORMAT")}
            _notify(card.id, group, _(_SENTENCES[happened]) % words, at)


def _leading(group: Group) -> set[UUID]:
    return {leader.person_id for leader in leaders(group_id=group.pk)}


def _tell(person_ids: set[UUID], group: Group, sentence: str, at: datetime, reasons: str = "") -> None:
    for card in people.cards(person_ids=person_ids).values():
        with override(card.language):
            _notify(card.id, group, _(sentence) % {"group": group.name, "reasons": reasons}, at)


def _notify(person_id: UUID, group: Group, subject: str, at: datetime) -> None:
    notify(
        person_id=person_id,
        kind=NotificationKind.GROUP,
        subject=subject,
        url=reverse("network:certification", args=[group.slug]),
        at=at,
    )


def _step(
    group: Group,
    kind: CertificationStepKind,
    at: datetime,
    *,
    by_id: UUID | None = None,
    reasons: str = "",
    criteria: Sequence[str] = (),
) -> None:
    CertificationStep.objects.create(
        group=group, kind=kind, by_id=by_id, at=at, reasons=reasons, criteria=list(criteria)
    )
