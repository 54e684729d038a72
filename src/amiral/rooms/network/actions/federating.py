"""Being followed from other networks: opening it, announcing to everybody, deciding on what comes back."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from amiral.cores.silence import Conduct
from amiral.kit.audit import record
from amiral.kit.errors import NotFound, Refused
from amiral.kit.federation.documents import PUBLIC
from amiral.kit.federation.fetching import origin
from amiral.kit.federation.signatures import new_key
from amiral.kit.sealed import seal
from amiral.rooms.moderation import api as moderation
from amiral.rooms.moderation.contracts import Grounds, SubjectKind
from amiral.rooms.network.access import (
    access_federation,
    access_group_to_manage_by_id,
    access_note_to_edit_by_id,
    access_outside_by_id,
    access_shown_outside_by_id,
)
from amiral.rooms.network.actions import searching, spreading, words
from amiral.rooms.network.actions.texts import text_within
from amiral.rooms.network.contracts import (
    NOTE_MAX_CHARACTERS,
    SENTENCE_MAX_CHARACTERS,
    DeliveryState,
    Openness,
    OutsideState,
)
from amiral.rooms.network.models import (
    Delivery,
    Follower,
    Group,
    InboxSeen,
    LocalActor,
    OutActivity,
    Post,
    PublicNote,
    RemoteActor,
    RemoteDomain,
    RemoteReply,
)
from amiral.rooms.network.queries import federation
from amiral.rooms.network.queries.rendering import excerpt_of, html_of
from amiral.rooms.outreach import api as outreach
from amiral.rooms.outreach.contracts import SilenceCard

_SERVER = re.compile(r"[\w-]+(\.[\w-]+)*(:\d{1,5})?|\[[0-9a-f:.]+\](:\d{1,5})?")


class NotOpen(Refused):
    """The installation speaks with no other network, or the group does not."""

    def __init__(self) -> None:
        super().__init__(
            _("This cannot be followed from other networks. Open it first, then announce to everybody.")
        )


class SwitchedOff(Refused):
    """The operator's setting says no."""

    def __init__(self) -> None:
        super().__init__(
            _("Speaking with other networks is switched off on this server: set AMIRAL_FEDERATION first.")
        )


class NotForEverybody(Refused):
    """A group that strangers must not know of."""

    def __init__(self) -> None:
        super().__init__(
            _("A group by invitation does not exist for strangers. Change who may join it first.")
        )


class WrittenToUs(Refused):
    """Words that were not public where they were written."""

    def __init__(self) -> None:
        super().__init__(_("This was written to you only and stays so. You can answer it."))


class NoServer(Refused):
    """Not the name of a server."""

    def __init__(self) -> None:
        super().__init__(_("Write the name of the server only, such as social.example."))


# Opening and closing ------------------------------------------------------------------------------


@transaction.atomic
def open_federation(*, by_id: UUID, at: datetime) -> None:
    """An administrator lets groups be followed from other networks. Raises ``SwitchedOff``."""
    access_federation(person_id=by_id)
    _check_switch()
    actor = federation.campaign() or _new_actor(None, federation.CAMPAIGN_HANDLE, at)
    _open(actor, at)
    record(actor_id=by_id, verb="open-federation", subject_kind="federation", subject_id=actor.pk)


@transaction.atomic
def close_federation(*, by_id: UUID, at: datetime) -> None:
    """Every group is closed; followers are told and forgotten."""
    access_federation(person_id=by_id)
    for actor in LocalActor.objects.select_related("group").filter(opened_at__isnull=False):
        spreading.close_actor(actor=actor, at=at)
    record(actor_id=by_id, verb="close-federation", subject_kind="federation", subject_id="")


@transaction.atomic
def open_group(*, by_id: UUID, group_id: UUID, at: datetime) -> None:
    """Who leads the group lets it be followed. Raises ``SwitchedOff``, ``NotOpen``, ``NotForEverybody``."""
    group = access_group_to_manage_by_id(person_id=by_id, group_id=group_id)
    _check_switch()
    if not federation.is_open():
        raise NotOpen
    if group.openness == Openness.INVITATION:
        raise NotForEverybody
    actor = LocalActor.objects.filter(group=group).first() or _new_actor(group, _free_handle(group), at)
    _open(actor, at)
    record(actor_id=by_id, verb="open-to-followers", subject_kind="group", subject_id=group.pk)


@transaction.atomic
def close_group(*, by_id: UUID, group_id: UUID, at: datetime) -> None:
    """Nobody follows the group from elsewhere any more; strangers no longer read its announcements."""
    group = access_group_to_manage_by_id(person_id=by_id, group_id=group_id)
    for actor in LocalActor.objects.filter(group=group, opened_at__isnull=False):
        spreading.close_actor(actor=actor, at=at)
    record(actor_id=by_id, verb="close-to-followers", subject_kind="group", subject_id=group.pk)


def _check_switch() -> None:
    if not settings.FEDERATION:
        raise SwitchedOff


def _free_handle(group: Group) -> str:
    """The word of the group's page; the campaign's own word is taken."""
    return f"{group.slug}-groupe" if group.slug == federation.CAMPAIGN_HANDLE else group.slug


def _new_actor(group: Group | None, handle: str, at: datetime) -> LocalActor:
    private, public = new_key()
    sealed = seal(purpose=federation.SEAL, text=private)
    return LocalActor.objects.create(
        group=group, handle=handle, private_key=sealed, public_key=public, key_since=at
    )


def _open(actor: LocalActor, at: datetime) -> None:
    LocalActor.objects.filter(pk=actor.pk, opened_at=None).update(opened_at=at)


@transaction.atomic
def rotate_key(*, by_id: UUID, actor_id: UUID, at: datetime) -> None:
    """A new key for a group or the campaign; followers' servers are told, signed with the old one.

    For administrators: after a copy of the state directory got lost, say.
    """
    access_federation(person_id=by_id)
    actor = LocalActor.objects.select_related("group").filter(pk=actor_id).first()
    if actor is None:
        raise NotFound
    private, public = new_key()
    actor.former_key, actor.private_key = actor.private_key, seal(purpose=federation.SEAL, text=private)
    actor.public_key, actor.key_number, actor.key_since = public, actor.key_number + 1, at
    actor.save(update_fields=["former_key", "private_key", "public_key", "key_number", "key_since"])
    _tell_profile(actor, at, with_former_key=True)
    record(actor_id=by_id, verb="rotate-key", subject_kind="local-actor", subject_id=actor.pk)


def _tell_profile(actor: LocalActor, at: datetime, *, with_former_key: bool = False) -> None:
    document = federation.actor_document(actor)
    del document["@context"]
    body = spreading.activity_of(actor=actor, kind="Update", obj=document, to=[PUBLIC])
    spreading.spread(actor=actor, body=body, at=at, with_former_key=with_former_key)


# Announcing ---------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Announced:
    """A public announcement that was written; ``silence``: why it waits, ``None`` when it left."""

    note_id: UUID
    silence: SilenceCard | None


@transaction.atomic
def announce_to_all(
    *,
    by_id: UUID,
    group_id: UUID | None,
    body: str,
    other_body: str = "",
    language: str = "fr",
    at: datetime,
) -> Announced:
    """A public announcement: of a group (who leads it; its members read it too), or of the campaign
    (administrators, ``group_id`` None). While a silence lasts it waits, and goes out after the close.

    Raises ``NotFound``, ``NotOpen``, and what ``publish`` raises.
    """
    if group_id:
        access_group_to_manage_by_id(person_id=by_id, group_id=group_id)
    else:
        access_federation(person_id=by_id)
    actor = _speaker(group_id)
    if actor is None:
        raise NotOpen
    text = text_within(body, limit=NOTE_MAX_CHARACTERS)
    other = text_within(other_body, limit=NOTE_MAX_CHARACTERS, may_be_empty=True)
    post_id = None
    if group_id:
        post_id = words.publish(author_id=by_id, group_id=group_id, body=text, announcement=True, at=at)
    note = PublicNote(actor=actor, post_id=post_id, language=language, created_at=at)
    _write(note, text, other)
    note.save()
    record(actor_id=by_id, verb="announce-to-all", subject_kind="public-note", subject_id=note.pk)
    return Announced(note_id=note.pk, silence=_publish_or_wait(note, at))


def _speaker(group_id: UUID | None) -> LocalActor | None:
    if not federation.is_open():
        return None
    rows = federation.open_actors()
    return (rows.filter(group_id=group_id) if group_id else rows.filter(group=None)).first()


def _write(note: PublicNote, text: str, other: str) -> None:
    note.body, note.html = text, html_of(text)
    note.other_body, note.other_html = other, html_of(other) if other else ""


def _publish_or_wait(note: PublicNote, at: datetime) -> SilenceCard | None:
    silence = _silence(at)
    if silence is None:
        _publish(note, at)
    return silence


def _silence(at: datetime) -> SilenceCard | None:
    return outreach.silence_over(territory_ids=spreading.EVERYWHERE, at=at, conduct=Conduct.PUBLICATION)


def _check_silence(at: datetime) -> None:
    outreach.check_silence(territory_ids=spreading.EVERYWHERE, at=at, conduct=Conduct.PUBLICATION)


def release_due(*, at: datetime) -> int:
    """Publishes what waited for the end of a silence; how many. One query while nothing waits."""
    waiting = PublicNote.objects.filter(published_at=None, withdrawn_at=None, created_at__lt=at)
    ids = list(waiting.order_by("created_at", "pk").values_list("pk", flat=True)[:50])
    if not ids or not federation.is_open() or _silence(at):
        return 0
    return sum(_release(note_id, at) for note_id in ids)


@transaction.atomic
def _release(note_id: UUID, at: datetime) -> bool:
    rows = PublicNote.objects.select_related("actor__group", "answers__remote").select_for_update(
        of=("self",)
    )
    note = rows.filter(pk=note_id, published_at=None, withdrawn_at=None).first()
    if note is None or not federation.open_actors().filter(pk=note.actor_id).exists():
        return False
    _publish(note, at)
    return True


def _publish(note: PublicNote, at: datetime) -> None:
    note.published_at = at
    note.save(update_fields=["published_at"])
    body = federation.create_document(note)
    direct = [note.answers.remote.inbox] if note.answers else []
    if note.only_to:
        spreading.send_to(actor=note.actor, body=body, inboxes=direct, at=at, note=note, is_publication=True)
        return
    spreading.spread(actor=note.actor, body=body, at=at, note=note, is_publication=True, also=direct)
    if note.actor.group_id and not note.answers_id:
        _share_by_campaign(note, at)


def _share_by_campaign(note: PublicNote, at: datetime) -> None:
    """Who follows the campaign reads what its groups announce."""
    own = federation.open_actors().filter(group=None).first()
    if own is None or not Follower.objects.filter(actor=own).exists():
        return
    body = spreading.activity_of(
        actor=own,
        kind="Announce",
        obj=federation.note_url(note.pk),
        fragment=f"partage-{note.pk}",
        to=[PUBLIC],
        cc=[f"{federation.actor_url(own)}abonnes/", federation.actor_url(note.actor)],
        published=federation.create_document(note)["published"],
    )
    spreading.spread(actor=own, body=body, at=at, note=note, is_publication=True)


@transaction.atomic
def edit_note(*, by_id: UUID, note_id: UUID, body: str, other_body: str, at: datetime) -> None:
    """Other words for a public announcement, here and everywhere it went. Raises ``Silenced`` once public."""
    note = access_note_to_edit_by_id(person_id=by_id, note_id=note_id)
    if note.published_at:
        _check_silence(at)
    text = text_within(body, limit=NOTE_MAX_CHARACTERS)
    _write(note, text, text_within(other_body, limit=NOTE_MAX_CHARACTERS, may_be_empty=True))
    note.updated_at = at if note.published_at else None
    note.save(update_fields=["body", "html", "other_body", "other_html", "updated_at"])
    _rewrite_post(note)
    if note.published_at:
        _tell_edited(note, at)
    record(actor_id=by_id, verb="edit-note", subject_kind="public-note", subject_id=note.pk)


def _rewrite_post(note: PublicNote) -> None:
    if note.post_id:
        html = html_of(note.body)
        Post.objects.filter(pk=note.post_id).update(body=note.body, html=html, excerpt=excerpt_of(html))
        searching.enter(post=Post.objects.get(pk=note.post_id))


def _tell_edited(note: PublicNote, at: datetime) -> None:
    said = federation.note_document(note)
    body = spreading.activity_of(
        actor=note.actor,
        kind="Update",
        obj=said,
        fragment=f"modification-{note.pk}-{int(at.timestamp())}",
        to=said["to"],
        cc=said["cc"],
    )
    direct = [note.answers.remote.inbox] if note.answers else []
    spreading.spread(actor=note.actor, body=body, at=at, note=note, is_publication=True, also=direct)


@transaction.atomic
def withdraw(*, by_id: UUID, note_id: UUID, at: datetime) -> None:
    """Takes a public announcement back, here and everywhere it went; the members' post stays."""
    note = access_note_to_edit_by_id(person_id=by_id, note_id=note_id)
    spreading.withdraw_note(note=note, at=at)
    record(actor_id=by_id, verb="withdraw-note", subject_kind="public-note", subject_id=note.pk)


# What comes back ----------------------------------------------------------------------------------


@transaction.atomic
def show(*, by_id: UUID, reply_id: UUID, pass_on: bool = False, at: datetime) -> None:
    """Lets everybody read it under the announcement; ``pass_on``: sends it to the followers too (FEP-1b12).

    Raises ``WrittenToUs``, ``Silenced``.
    """
    reply = access_outside_by_id(person_id=by_id, reply_id=reply_id)
    if not reply.is_public:
        raise WrittenToUs
    _check_silence(at)
    passes = pass_on and not reply.passed_on
    _decide(reply, OutsideState.SHOWN, at, passed_on=reply.passed_on or pass_on)
    if passes:
        _pass_on(reply, at)
    record(actor_id=by_id, verb="show-outside", subject_kind="outside", subject_id=reply.pk)


def _decide(reply: RemoteReply, state: OutsideState, at: datetime, *, passed_on: bool) -> None:
    reply.state, reply.decided_at, reply.passed_on = state, at, passed_on
    reply.save(update_fields=["state", "decided_at", "passed_on"])


def _pass_on(reply: RemoteReply, at: datetime) -> None:
    body = spreading.activity_of(
        actor=reply.actor,
        kind="Announce",
        obj=reply.url,
        fragment=f"relais-{reply.pk}",
        to=[PUBLIC],
        cc=[f"{federation.actor_url(reply.actor)}abonnes/", reply.remote.url],
    )
    spreading.spread(
        actor=reply.actor, body=body, at=at, note=reply.note, is_publication=True, also=[reply.remote.inbox]
    )


@transaction.atomic
def refuse(*, by_id: UUID, reply_id: UUID, at: datetime) -> None:
    """Nobody else reads it here; what was passed on is taken back."""
    reply = access_outside_by_id(person_id=by_id, reply_id=reply_id)
    take_back(reply=reply, at=at)
    record(actor_id=by_id, verb="refuse-outside", subject_kind="outside", subject_id=reply.pk)


def take_back(*, reply: RemoteReply, at: datetime) -> None:
    """Refused from now on; in the caller's transaction."""
    if reply.passed_on:
        body = spreading.activity_of(
            actor=reply.actor,
            kind="Undo",
            obj={
                "id": f"{federation.actor_url(reply.actor)}#relais-{reply.pk}",
                "type": "Announce",
                "actor": federation.actor_url(reply.actor),
                "object": reply.url,
            },
            to=[PUBLIC],
        )
        spreading.spread(actor=reply.actor, body=body, at=at, also=[reply.remote.inbox])
    _decide(reply, OutsideState.REFUSED, at, passed_on=False)


@transaction.atomic
def answer_outside(*, by_id: UUID, reply_id: UUID, body: str, at: datetime) -> Announced:
    """An answer by the group, on the network on which it was written to; to its author only if he did so."""
    reply = access_outside_by_id(person_id=by_id, reply_id=reply_id)
    if not federation.open_actors().filter(pk=reply.actor_id).exists() or not federation.is_open():
        raise NotOpen
    note = PublicNote(
        actor=reply.actor,
        answers=reply,
        language="fr",
        only_to="" if reply.is_public else reply.remote.url,
        created_at=at,
    )
    _write(note, text_within(body, limit=NOTE_MAX_CHARACTERS), "")
    note.save()
    record(actor_id=by_id, verb="answer-outside", subject_kind="outside", subject_id=reply.pk)
    return Announced(note_id=note.pk, silence=_publish_or_wait(note, at))


@transaction.atomic
def block_author(*, by_id: UUID, reply_id: UUID, at: datetime) -> None:
    """Nothing of this account comes in any more, and it follows nothing here; its server is told."""
    reply = access_outside_by_id(person_id=by_id, reply_id=reply_id)
    remote = reply.remote
    for follower in Follower.objects.select_related("actor__group", "remote").filter(remote=remote):
        spreading.reject(follower=follower, at=at)
        follower.delete()
    body = spreading.activity_of(actor=reply.actor, kind="Block", obj=remote.url, to=[remote.url])
    spreading.send_to(actor=reply.actor, body=body, inboxes=[remote.inbox], at=at)
    _refuse_all(RemoteReply.objects.filter(remote=remote), at)
    RemoteActor.objects.filter(pk=remote.pk).update(blocked_at=at)
    record(actor_id=by_id, verb="block-account", subject_kind="remote-actor", subject_id=remote.pk)


def _refuse_all(rows: QuerySet[RemoteReply], at: datetime) -> None:
    for reply in rows.exclude(state=OutsideState.REFUSED).select_related("actor__group", "remote"):
        take_back(reply=reply, at=at)


@transaction.atomic
def unblock_account(*, by_id: UUID, remote_id: UUID, at: datetime) -> None:
    """For administrators."""
    access_federation(person_id=by_id)
    RemoteActor.objects.filter(pk=remote_id).update(blocked_at=None)
    record(actor_id=by_id, verb="unblock-account", subject_kind="remote-actor", subject_id=remote_id)


@transaction.atomic
def block_domain(*, by_id: UUID, domain: str, reason: str, at: datetime) -> None:
    """A whole server, for administrators: nothing comes in, nothing goes out. Raises ``NoServer``."""
    access_federation(person_id=by_id)
    name = _server_name(domain)
    RemoteDomain.objects.update_or_create(
        domain=name,
        defaults={"blocked_at": at, "reason": reason.strip()[:SENTENCE_MAX_CHARACTERS], "seen_at": at},
    )
    _refuse_all(RemoteReply.objects.filter(remote__domain=name), at)
    Follower.objects.filter(remote__domain=name).delete()
    Delivery.objects.filter(domain=name, state=DeliveryState.WAITING).update(state=DeliveryState.DROPPED)
    record(actor_id=by_id, verb="block-domain", subject_kind="remote-domain", subject_id=name)


def _server_name(text: str) -> str:
    name = text.strip().lower().removeprefix("https://").rstrip("/")
    if len(name) > 255 or not _SERVER.fullmatch(name) or origin(f"https://{name}") != name:
        raise NoServer
    return name


@transaction.atomic
def unblock_domain(*, by_id: UUID, domain: str) -> None:
    """For administrators."""
    access_federation(person_id=by_id)
    RemoteDomain.objects.filter(domain=domain).update(blocked_at=None, reason="")
    record(actor_id=by_id, verb="unblock-domain", subject_kind="remote-domain", subject_id=domain)


@transaction.atomic
def try_domain_again(*, by_id: UUID, domain: str, at: datetime) -> int:
    """What was given up towards a server is tried anew, for administrators; how many."""
    access_federation(person_id=by_id)
    return spreading.try_again(domain=domain, at=at)


def report_outside(*, by_id: UUID, reply_id: UUID, grounds: Grounds, explanation: str) -> UUID:
    """A member asks the moderators to look at words from elsewhere that are shown here."""
    reply = access_shown_outside_by_id(person_id=by_id, reply_id=reply_id)
    group = reply.actor.group
    return moderation.report(
        subject_kind=SubjectKind.OUTSIDE,
        subject_id=reply.pk,
        subject_author_id=None,
        territory_id=group.territory_id if group else "pays:FR",
        excerpt=excerpt_of(reply.html),
        reporter_id=by_id,
        grounds=grounds,
        explanation=explanation,
    )


@transaction.atomic
def hide_outside(*, reply_id: UUID, at: datetime) -> bool:
    """A moderator upheld a report; ``False`` if there is no such reply."""
    reply = RemoteReply.objects.select_related("actor__group", "remote").filter(pk=reply_id).first()
    if reply is None or reply.state == OutsideState.REFUSED:
        return False
    take_back(reply=reply, at=at)
    return True


@transaction.atomic
def restore_outside(*, reply_id: UUID, at: datetime) -> bool:
    """An appeal found that it was wrongly hidden; ``False`` if there is no such reply."""
    rows = RemoteReply.objects.filter(pk=reply_id, state=OutsideState.REFUSED, is_public=True)
    return bool(rows.update(state=OutsideState.SHOWN, decided_at=at))


REFUSED_KEPT = timedelta(days=30)
WAITING_KEPT = timedelta(days=182)
STRANGERS_KEPT = timedelta(days=30)
SENT_KEPT = timedelta(days=90)


@transaction.atomic
def purge_federation(*, at: datetime) -> dict[str, int]:
    """What came from elsewhere and is kept no longer, what was sent; how many rows of each table."""
    spreading.drop_dead(at=at)
    old_refused = Q(state=OutsideState.REFUSED, decided_at__lt=at - REFUSED_KEPT)
    old_waiting = Q(state=OutsideState.WAITING, received_at__lt=at - WAITING_KEPT)
    replies = RemoteReply.objects.filter(old_refused | old_waiting).delete()[0]
    idle = RemoteActor.objects.filter(
        fetched_at__lt=at - STRANGERS_KEPT, blocked_at=None, follows=None, said=None
    )
    quiet = RemoteDomain.objects.filter(seen_at__lt=at - STRANGERS_KEPT, blocked_at=None, failing_since=None)
    return {
        "network.RemoteReply": replies,
        "network.RemoteActor": idle.delete()[0],
        "network.RemoteDomain": quiet.delete()[0],
        "network.InboxSeen": InboxSeen.objects.filter(at__lt=at - SENT_KEPT).delete()[0],
        "network.OutActivity": OutActivity.objects.filter(created_at__lt=at - SENT_KEPT).delete()[0],
    }
