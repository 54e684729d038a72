"""What other servers send: who signed it, whether it was seen before, and what it does here.

The signature is checked before anything is answered: a server that says 202 and checks later loses what it
could not check, and its peer never learns to sign otherwise.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import override

from amiral.kit.federation.documents import (
    ACTOR_TYPES,
    NOTE_TYPES,
    ActorDocument,
    BadDocument,
    Document,
    NoteDocument,
    actor_of,
    clean,
    id_of,
    is_address,
    note_of,
    read_json,
    type_of,
)
from amiral.kit.federation.fetching import Gone, NotAllowed, Unreachable, origin
from amiral.kit.federation.signatures import BadSignature, Claim, Request, Scheme, claim_of, verify
from amiral.kit.ratelimit import is_allowed
from amiral.rooms.network.actions import spreading
from amiral.rooms.network.actions.federating import take_back
from amiral.rooms.network.actions.notifying import notify
from amiral.rooms.network.contracts import (
    SUBJECT_MAX_CHARACTERS,
    NotificationKind,
    OutsideState,
    ReactionKind,
)
from amiral.rooms.network.models import (
    Follower,
    InboxSeen,
    LocalActor,
    PublicNote,
    RemoteActor,
    RemoteDomain,
    RemoteReaction,
    RemoteReply,
)
from amiral.rooms.network.queries import federation
from amiral.rooms.network.queries.members import leaders
from amiral.rooms.people import api as people

BODY_MAX_BYTES = 256 * 1024
PER_MINUTE = 300
"""Activities of one server: a busy one sends bursts."""
REFETCHES, REFETCH_WINDOW_S = 5, 300
"""How often the key of one account is asked for anew: a changed key, or somebody who lets us ask."""
TELL_EVERY_S = 3_600


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What the sender is answered, and why, in English for the logs of his administrator."""

    status: int
    reason: str = ""


ACCEPTED = Verdict(status=202)


class _Refusal(Exception):
    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.verdict = Verdict(status=status, reason=reason)


def receive(*, request: Request, at: datetime) -> Verdict:
    """Checks one activity and carries it out, once. 202: done, or of no concern here; 401: not signed by whom
    it says; 409: this very request came before; 400, 403, 429 as usual.
    """
    try:
        return _receive(request, at)
    except _Refusal as refusal:
        return refusal.verdict
    except BadSignature as trouble:
        return Verdict(status=401, reason=str(trouble))
    except BadDocument as trouble:
        return Verdict(status=400, reason=str(trouble))


def _receive(request: Request, at: datetime) -> Verdict:
    found = read_json(request.body)
    if request.headers.get("host", "").lower() != federation.domain():
        raise BadSignature("The request was signed for another server.")
    claim = claim_of(request, at=at)
    actor_url = id_of(found.get("actor"))
    _check_sender(found, claim, actor_url)
    try:
        remote = _signed_by(request, claim, actor_url, at)
    except Gone:
        # Servers tell everybody of every account that is deleted, also whom it never met.
        if type_of(found) == "Delete" and id_of(found.get("object")) == actor_url:
            return ACCEPTED
        raise BadSignature("The account of the signature is gone.") from None
    whole = _expanded(found)
    return _once(claim, found, lambda: _carry_out(whole, remote, at), at)


def _check_sender(found: Document, claim: Claim, actor_url: str) -> None:
    http = federation.reach().allows_http
    if not is_address(actor_url, allow_http=http) or federation.is_ours(actor_url):
        raise BadDocument("The activity has no actor.")
    domain = origin(actor_url)
    if origin(claim.key_id) != domain:
        raise BadSignature("The key lies on another server than the actor.")
    said = found.get("id")
    if said is not None and (not is_address(said, allow_http=http) or origin(said) != domain):
        raise BadDocument("The activity lies on another server than its actor.")
    if RemoteDomain.objects.filter(domain=domain, blocked_at__isnull=False).exists():
        raise _Refusal(403, "Blocked.")
    if not is_allowed(scope="federation-inbox", key=domain, limit=PER_MINUTE, window_s=60):
        raise _Refusal(429, "Too many activities; try again in a minute.")


# Who signed ---------------------------------------------------------------------------------------


def _signed_by(request: Request, claim: Claim, actor_url: str, at: datetime) -> RemoteActor:
    """The account, when its key signed: the one that is known, else the one its server gives now."""
    known = RemoteActor.objects.filter(url=actor_url).first()
    if known and known.key_id == claim.key_id and _is_signed(request, claim, known.public_key):
        return _seen(known, claim)
    if not is_allowed(scope="federation-fetch", key=actor_url, limit=REFETCHES, window_s=REFETCH_WINDOW_S):
        raise BadSignature("The key did not sign this, and was asked for lately.")
    document = _fetched_actor(actor_url)
    if document.key_id != claim.key_id:
        raise BadSignature("The account has another key.")
    verify(request, claim, public_pem=document.public_pem)
    return _seen(keep(document, at=at), claim)


def _is_signed(request: Request, claim: Claim, public_pem: str) -> bool:
    try:
        verify(request, claim, public_pem=public_pem)
    except BadSignature:
        return False
    return True


def _seen(remote: RemoteActor, claim: Claim) -> RemoteActor:
    if remote.blocked_at:
        raise _Refusal(403, "Blocked.")
    if claim.scheme == Scheme.RFC9421 and not remote.knows_rfc9421:
        RemoteActor.objects.filter(pk=remote.pk).update(knows_rfc9421=True)
    return remote


def _fetched_actor(url: str) -> ActorDocument:
    try:
        found = spreading.fetch(url=url)
    except (Unreachable, NotAllowed) as trouble:
        raise BadSignature(f"The key cannot be fetched: {trouble}") from None
    document = actor_of(found, domain=origin(url), allow_http=federation.reach().allows_http)
    if document.url != url:
        raise BadDocument("The account says to be another one.")
    return document


def keep(document: ActorDocument, *, at: datetime) -> RemoteActor:
    """What is known of an account from now on."""
    row, _created = RemoteActor.objects.update_or_create(
        url=document.url,
        defaults={
            "domain": origin(document.url),
            "handle": document.handle,
            "inbox": document.inbox,
            "shared_inbox": document.shared_inbox,
            "key_id": document.key_id,
            "public_key": document.public_pem,
            "fetched_at": at,
        },
    )
    return row


# Once ---------------------------------------------------------------------------------------------


def _once(claim: Claim, found: Document, act: Callable[[], None], at: datetime) -> Verdict:
    """The very same request is refused; the same activity, signed anew after a lost answer, acts once.

    What was seen and what it did stand in one transaction.
    """
    try:
        with transaction.atomic():
            InboxSeen.objects.create(digest=_digest("signature", claim.mark), at=at)
            if _is_new(found, at):
                act()
    except IntegrityError:
        if InboxSeen.objects.filter(digest=_digest("signature", claim.mark)).exists():
            return Verdict(status=409, reason="This request came before.")
        raise
    return ACCEPTED


def _is_new(found: Document, at: datetime) -> bool:
    said = found.get("id")
    if not isinstance(said, str):
        return True
    _row, created = InboxSeen.objects.get_or_create(digest=_digest("activity", said), defaults={"at": at})
    return created


def _digest(kind: str, text: str) -> str:
    return hashlib.sha256(f"{kind} {text}".encode()).hexdigest()


# What it does -------------------------------------------------------------------------------------


def _expanded(found: Document) -> Document:
    """``Create`` and ``Update`` that only name their note: it is fetched from where it lies, before anything
    is locked."""
    obj = found.get("object")
    if type_of(found) not in ("Create", "Update") or not isinstance(obj, str):
        return found
    if origin(obj) != origin(id_of(found.get("actor"))):
        return {}
    try:
        return {**found, "object": spreading.fetch(url=obj)}
    except (Unreachable, NotAllowed, Gone):
        raise _Refusal(503, "What the activity names cannot be fetched; try again later.") from None


def _carry_out(found: Document, remote: RemoteActor, at: datetime) -> None:
    """Kinds that are not known do nothing: new ones must not make a server think that it failed."""
    act = _ACTS.get(type_of(found))
    if act:
        act(found, remote, at)


def _follow(found: Document, remote: RemoteActor, at: datetime) -> None:
    actor = _named_actor(found.get("object"))
    if actor is None:
        return
    follow_url = id_of(found)[:500]
    Follower.objects.update_or_create(
        actor=actor, remote=remote, defaults={"follow_url": follow_url, "since": at}
    )
    follow = {"id": follow_url, "type": "Follow", "actor": remote.url, "object": federation.actor_url(actor)}
    body = spreading.activity_of(actor=actor, kind="Accept", obj=follow, to=[remote.url])
    spreading.send_to(actor=actor, body=body, inboxes=[remote.inbox], at=at)


def _named_actor(value: object) -> LocalActor | None:
    """The actor of ours that an address names, if it can be followed now."""
    handle = federation.handle_in(id_of(value))
    return federation.open_actors().filter(handle=handle).first() if handle else None


def _undo(found: Document, remote: RemoteActor, at: datetime) -> None:
    undone = found.get("object")
    kind = type_of(undone)
    if kind in _REACTIONS and isinstance(undone, dict):
        note = federation.note_in(id_of(undone.get("object")))
        who = federation.anonymous(actor_url=remote.url)
        RemoteReaction.objects.filter(note=note, kind=_REACTIONS[kind], who=who).delete()
        _forget_seen(id_of(undone))
        return
    rows = Follower.objects.filter(remote=remote)
    actor = _named_actor(undone.get("object")) if isinstance(undone, dict) and kind == "Follow" else None
    gone = rows.filter(actor=actor) if actor else rows.filter(follow_url=id_of(undone) or "-")
    for url in gone.values_list("follow_url", flat=True):
        _forget_seen(url)
    gone.delete()


def _forget_seen(url: str) -> None:
    """snac follows and likes again under the same address; signatures that were seen stay refused."""
    InboxSeen.objects.filter(digest=_digest("activity", url)).delete()


_REACTIONS = {"Like": ReactionKind.LIKE, "Announce": ReactionKind.ANNOUNCE}


def _react(found: Document, remote: RemoteActor, at: datetime) -> None:
    note = federation.note_in(id_of(found.get("object")))
    if note is None or note.only_to:
        return
    RemoteReaction.objects.get_or_create(
        note=note, kind=_REACTIONS[type_of(found)], who=federation.anonymous(actor_url=remote.url)
    )


def _create(found: Document, remote: RemoteActor, at: datetime) -> None:
    obj = found.get("object")
    if not isinstance(obj, dict) or type_of(obj) not in NOTE_TYPES:
        return
    said = note_of(obj, allow_http=federation.reach().allows_http)
    if said.author != remote.url:
        raise BadDocument("It was written by somebody else than who sent it.")
    target = _target(said)
    if target is None or not said.html.strip():
        return
    actor, note = target
    if not federation.open_actors().filter(pk=actor.pk).exists():
        return
    row, created = RemoteReply.objects.get_or_create(
        url=said.url,
        defaults={
            "actor": actor,
            "remote": remote,
            "note": note,
            "html": said.html,
            "is_public": said.is_public,
            "received_at": at,
        },
    )
    if created:
        _tell(row, at)


def _target(said: NoteDocument) -> tuple[LocalActor, PublicNote | None] | None:
    """Whom of ours it speaks to: it answers an announcement, or another answer, or it names a group."""
    note = federation.note_in(said.in_reply_to)
    above = RemoteReply.objects.select_related("actor", "note").filter(url=said.in_reply_to or "-").first()
    named = next(filter(None, map(_named_actor, sorted(said.mentions | said.to))), None)
    if note:
        # Under an answer of ours the thread is the announcement's that was answered.
        root = note.answers.note if note.answers else note
        return note.actor, root
    if above:
        return above.actor, above.note
    return (named, None) if named else None


def _tell(reply: RemoteReply, at: datetime) -> None:
    """Who decides is told, once an hour at most: a crowd must not fill anybody's page."""
    actor = reply.actor
    key = str(actor.pk)
    if not actor.group_id or not is_allowed(scope="federation-tell", key=key, limit=1, window_s=TELL_EVERY_S):
        return
    persons = [leader.person_id for leader in leaders(group_id=actor.group_id)]
    for person_id, card in people.cards(person_ids=persons).items():
        with override(card.language):
            said = _("Answers from other networks wait for you: @%(name)s") % {"name": reply.remote.handle}
        url = reverse("network:outside")
        notify(
            person_id=person_id,
            kind=NotificationKind.REPLY,
            subject=said[:SUBJECT_MAX_CHARACTERS],
            url=url,
            at=at,
        )


def _update(found: Document, remote: RemoteActor, at: datetime) -> None:
    obj = found.get("object")
    if not isinstance(obj, dict):
        return
    if type_of(obj) in ACTOR_TYPES and id_of(obj) == remote.url:
        keep(actor_of(obj, domain=remote.domain, allow_http=federation.reach().allows_http), at=at)
    elif type_of(obj) in NOTE_TYPES:
        _rewrite(obj, remote, at)


def _rewrite(obj: Document, remote: RemoteActor, at: datetime) -> None:
    """Other words than those that were shown must be looked at again; so must words that turn private."""
    said = note_of(obj, allow_http=federation.reach().allows_http)
    reply = RemoteReply.objects.filter(url=said.url, remote=remote).first()
    if reply is None or said.author != remote.url:
        return
    if (said.html, said.is_public) != (reply.html, reply.is_public):
        reply.html, reply.is_public = said.html, said.is_public
        waits = reply.state == OutsideState.SHOWN
        reply.state = OutsideState.WAITING if waits else OutsideState(reply.state)
        reply.save(update_fields=["html", "is_public", "state"])


def _delete(found: Document, remote: RemoteActor, at: datetime) -> None:
    """An account with all it said, or one of its notes."""
    gone = id_of(found.get("object"))
    rows = RemoteReply.objects.select_related("actor__group", "remote").filter(remote=remote)
    if gone == remote.url:
        remote.delete()
        return
    for reply in rows.filter(url=gone):
        if reply.passed_on:
            take_back(reply=reply, at=at)
        reply.delete()


def _block(found: Document, remote: RemoteActor, at: datetime) -> None:
    """Who blocks a group gets nothing from it any more."""
    actor = _named_actor(found.get("object"))
    if actor:
        Follower.objects.filter(actor=actor, remote=remote).delete()


_ACTS: dict[str, Callable[[Document, RemoteActor, datetime], None]] = {
    "Follow": _follow,
    "Undo": _undo,
    "Create": _create,
    "Update": _update,
    "Delete": _delete,
    "Like": _react,
    "Announce": _react,
    "Block": _block,
}


@transaction.atomic
def take(*, author: ActorDocument, note_id: UUID, url: str, html: str, at: datetime) -> UUID:
    """An answer that was read in another way than from a server that signed it; it waits like any other."""
    note = PublicNote.objects.select_related("actor").get(pk=note_id)
    remote = keep(author, at=at)
    row = RemoteReply.objects.create(
        actor=note.actor, remote=remote, note=note, url=url, html=clean(html), received_at=at
    )
    return row.pk
