"""The report of an action: numbers, words, photographs; and thanks to the team in one gesture."""

from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from amiral.cores.silence import Conduct
from amiral.kit import audit
from amiral.kit.errors import NotFound, Refused
from amiral.kit.ids import new_id
from amiral.kit.pictures import BadPicture, Shown, to_show
from amiral.rooms.mobilisation.access import access_managed_action_by_id
from amiral.rooms.mobilisation.contracts import COMING, REPORTED, ReportDraft, State
from amiral.rooms.mobilisation.models import Action, ActionReport, ReportPicture, Shift, SignUp
from amiral.rooms.mobilisation.queries.cards import action_url
from amiral.rooms.mobilisation.queries.picture_files import PICTURES
from amiral.rooms.outreach import api as outreach
from amiral.rooms.people import api as people

MOST_PICTURES = 12
MOST_PICTURE_BYTES = 20 * 1024 * 1024
PICTURE_SIDE = 1600


class TooSoon(Refused):
    """The action has not begun."""


class TooManyPictures(Refused):
    """More photographs than a report holds."""


class NotAPicture(Refused):
    """The file cannot be read as a photograph."""


class ThankedAlready(Refused):
    """The team was thanked before."""


class NobodyToThank(Refused):
    """Nobody came."""


def file_report(*, by_id: UUID, action_id: UUID, draft: ReportDraft, at: datetime) -> UUID:
    """Writes the report or changes it, once the first shift has begun; pictures are added to those there.

    Each picture is written anew from its pixels: no place, no date, no name of a camera survives.
    """
    action = access_managed_action_by_id(person_id=by_id, action_id=action_id)
    _check_begun(action, at)
    kept = [(new_id(), words, _clean(content)) for content, words in draft.pictures]
    values = {name: draft.numbers.get(name) for name in REPORTED} | {"words": draft.words, "changed_at": at}
    with transaction.atomic():
        report, _made = ActionReport.objects.update_or_create(
            action_id=action_id,
            defaults=values,
            create_defaults=values | {"written_by_id": by_id, "written_at": at},
        )
        _check_pictures(report, len(kept))
        for id_, words, picture in kept:
            _keep(report, id_, words, picture, by_id=by_id, at=at)
        audit.record(
            actor_id=by_id,
            verb="file-report",
            subject_kind="action",
            subject_id=action_id,
            pictures=len(kept),
        )
    return report.pk


def remove_picture(*, by_id: UUID, picture_id: UUID) -> UUID:
    """Takes a photograph away for good; returns the action."""
    row = ReportPicture.objects.select_related("report").filter(pk=picture_id).first()
    if row is None:
        raise NotFound
    action_id = row.report.action_id
    access_managed_action_by_id(person_id=by_id, action_id=action_id)
    with transaction.atomic():
        row.delete()
        audit.record(actor_id=by_id, verb="remove-picture", subject_kind="action", subject_id=action_id)
        transaction.on_commit(lambda: PICTURES.delete(str(picture_id)))
    return action_id


def thank_team(*, by_id: UUID, action_id: UUID, words: str, at: datetime) -> int:
    """One letter to each who came, once; returns how many. ``words``: the leader's own, may be empty."""
    action = access_managed_action_by_id(person_id=by_id, action_id=action_id)
    _check_begun(action, at)
    came = SignUp.objects.filter(shift__action=action_id, state__in=COMING, shift__ends_at__lte=at)
    persons = sorted(set(came.values_list("person_id", flat=True)))
    if not persons:
        raise NobodyToThank(_("Nobody has come yet: thank the team when the action is over."))
    with transaction.atomic():
        report, _made = ActionReport.objects.get_or_create(
            action_id=action_id, defaults={"written_by_id": by_id, "written_at": at, "changed_at": at}
        )
        first = ActionReport.objects.filter(pk=report.pk, thanked_at__isnull=True)
        if not first.update(thanked_at=at):
            raise ThankedAlready(_("The team has been thanked already."))
        name = people.card(person_id=by_id).public_name
        for person_id in persons:
            _thank(action, person_id, words=words, name=name, by_id=by_id)
        audit.record(
            actor_id=by_id, verb="thank-team", subject_kind="action", subject_id=action_id, told=len(persons)
        )
    return len(persons)


def _thank(action: Action, person_id: UUID, *, words: str, name: str, by_id: UUID) -> None:
    with translation.override(people.card(person_id=person_id).language):
        sentence = _("Thank you for having been there.")
        signed = _("%(name)s, for the team") % {"name": name}
        link = settings.PUBLIC_URL + action_url(action.pk)
        body = "\n\n".join(filter(None, [sentence, words.strip(), signed, action.title, link]))
        subject = _("Thank you: %(title)s") % {"title": action.title}
    outreach.send(
        to_address=people.address_of(person_id=person_id),
        person_id=person_id,
        purpose="service",
        subject=subject,
        body=body + "\n",
        idempotency_key=f"thanks:{action.pk}:{person_id}",
        conduct=Conduct.SERVICE,
        territory_ids=(action.commune_id,),
        sender_id=by_id,
    )


def _check_begun(action: Action, at: datetime) -> None:
    begun = Shift.objects.filter(action=action.pk, starts_at__lte=at, state=State.PUBLISHED)
    if not begun.exists():
        raise TooSoon(_("The action has not begun: report on it afterwards."))


def _check_pictures(report: ActionReport, more: int) -> None:
    if report.pictures.count() + more > MOST_PICTURES:
        raise TooManyPictures(
            ngettext(
                "A report holds at most %(count)d photo: take some away first.",
                "A report holds at most %(count)d photos: take some away first.",
                MOST_PICTURES,
            )
            % {"count": MOST_PICTURES}
        )


def _clean(content: bytes) -> Shown:
    try:
        if len(content) > MOST_PICTURE_BYTES:
            raise BadPicture
        return to_show(content, sides=(PICTURE_SIDE,))[0]
    except BadPicture:
        raise NotAPicture(
            _("This file cannot be read: send a photo as JPEG or PNG, of at most 20 MB.")
        ) from None


def _keep(report: ActionReport, id_: UUID, words: str, picture: Shown, *, by_id: UUID, at: datetime) -> None:
    """First the file, then the row: a row alone would show a hole. The purge takes a file alone."""
    PICTURES.write(str(id_), picture.jpeg)
    ReportPicture.objects.create(
        id=id_,
        report=report,
        words=words,
        width=picture.width,
        height=picture.height,
        sent_by_id=by_id,
        sent_at=at,
    )
