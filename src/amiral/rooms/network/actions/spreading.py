"""What leaves for other servers: who gets it, how it is signed, when it is tried again or given up."""

import json
import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction

from amiral.cores.silence import Conduct
from amiral.kit.clock import now
from amiral.kit.federation import fetching, signatures
from amiral.kit.federation.documents import MEDIA_TYPE, Document
from amiral.kit.federation.fetching import Answer, NotAllowed, Unreachable, origin
from amiral.kit.federation.signatures import Scheme, Signer
from amiral.kit.ids import new_id
from amiral.kit.tasks import defer, task
from amiral.rooms.network.contracts import DeliveryState
from amiral.rooms.network.models import (
    Delivery,
    Follower,
    LocalActor,
    OutActivity,
    PublicNote,
    RemoteActor,
    RemoteDomain,
)
from amiral.rooms.network.queries import federation
from amiral.rooms.outreach import api as outreach

log = logging.getLogger(__name__)

RETRY_S = (10, 60, 600, 3_600, 6 * 3_600, 24 * 3_600, 48 * 3_600, 72 * 3_600)
"""How long after each attempt that failed the next one comes: six days in all."""
REFUSALS_MAX = 4
"""Attempts against a server that refuses our signature: it may only be slow to fetch a key."""
DEAD_AFTER = timedelta(days=14)
"""A server that took nothing for so long is followed up no more."""
REFUSED_STATUSES = frozenset({400, 401, 403})
EVERYWHERE: tuple[str, ...] = ()
"""Who reads an announcement elsewhere lives anywhere: every silence concerns it."""


def activity_of(
    *, actor: LocalActor, kind: str, obj: object, fragment: str = "", **more: Any
) -> dict[str, Any]:
    """An activity of ours. ``fragment``: the end of its address when it must be the same each time."""
    url = federation.actor_url(actor)
    return {
        "id": f"{url}#{fragment or f'{kind.lower()}-{new_id()}'}",
        "type": kind,
        "actor": url,
        "object": obj,
        **more,
    }


def send_to(
    *,
    actor: LocalActor,
    body: Mapping[str, Any],
    inboxes: Iterable[str],
    at: datetime,
    note: PublicNote | None = None,
    is_publication: bool = False,
) -> None:
    """One activity for inboxes that are known now; in the caller's transaction."""
    activity = _activity(actor, body, at, note, is_publication)
    _deliver_to(activity, set(inboxes), at)


def spread(
    *,
    actor: LocalActor,
    body: Mapping[str, Any],
    at: datetime,
    note: PublicNote | None = None,
    is_publication: bool = False,
    with_former_key: bool = False,
    also: Iterable[str] = (),
) -> None:
    """One activity for all who follow the actor when the worker comes to it, and for ``also`` (inboxes)."""
    activity = _activity(actor, body, at, note, is_publication, with_former_key)
    _deliver_to(activity, set(also), at)
    defer(fan_out, key=str(activity.pk), activity_id=str(activity.pk))


def _activity(
    actor: LocalActor,
    body: Mapping[str, Any],
    at: datetime,
    note: PublicNote | None,
    is_publication: bool,
    with_former_key: bool = False,
) -> OutActivity:
    return OutActivity.objects.create(
        actor=actor,
        kind=str(body["type"]),
        note=note,
        body=json.dumps(federation.with_context(body), ensure_ascii=False),
        is_publication=is_publication,
        with_former_key=with_former_key,
        created_at=at,
    )


@task
def fan_out(activity_id: str) -> None:
    """One delivery per server that wants it; a shared inbox gets one for all its accounts."""
    with transaction.atomic():
        activity = OutActivity.objects.select_related("actor").filter(pk=activity_id).first()
        if activity is None:
            return
        inboxes = set(follower_inboxes(actor=activity.actor))
        if activity.note_id and activity.kind in ("Delete", "Update"):
            # Whoever got the words must be told, also those who follow no more.
            had = Delivery.objects.filter(activity__note_id=activity.note_id, state=DeliveryState.SENT)
            inboxes |= set(had.values_list("inbox", flat=True))
        _deliver_to(activity, inboxes, now())


def follower_inboxes(*, actor: LocalActor) -> list[str]:
    """Where followers read, each once; blocked ones left out. Two queries."""
    blocked = RemoteDomain.objects.filter(blocked_at__isnull=False).values("domain")
    rows = Follower.objects.filter(actor=actor, remote__blocked_at=None)
    pairs = rows.exclude(remote__domain__in=blocked).values_list("remote__shared_inbox", "remote__inbox")
    return sorted({shared or inbox for shared, inbox in pairs})


def _deliver_to(activity: OutActivity, inboxes: set[str], at: datetime) -> None:
    known = set(Delivery.objects.filter(activity=activity).values_list("inbox", flat=True))
    rows = [
        Delivery(activity=activity, inbox=inbox, domain=origin(inbox), due_at=at)
        for inbox in sorted(inboxes - known)
    ]
    Delivery.objects.bulk_create(rows)
    for row in rows:
        _again(row, at)


def _again(row: Delivery, due_at: datetime) -> None:
    """The key holds the moment: what waits for a silence, or is tried anew, comes without an attempt more."""
    key = f"{row.pk}:{row.attempts}:{due_at.isoformat()}"
    defer(deliver, key=key, run_after=due_at, delivery_id=str(row.pk))


@task
def deliver(delivery_id: str) -> None:
    """One attempt: asks whether it may leave, sends it, writes down what was answered."""
    rows = Delivery.objects.select_related("activity__actor__group", "activity__note")
    row = rows.filter(pk=delivery_id, state=DeliveryState.WAITING).first()
    if row is None or _is_dropped(row) or _waits(row, now()):
        return
    outcome = _attempt(row)
    _settle(row, outcome, now())


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What became of one attempt. ``status`` 0: no answer."""

    status: int
    said: str
    scheme: Scheme | None = None
    for_good: bool = False
    asks_for_rfc9421: bool = False
    wait_s: int = 0


def _is_dropped(row: Delivery) -> bool:
    note = row.activity.note
    withdrawn = note is not None and note.withdrawn_at is not None and row.activity.kind != "Delete"
    blocked = RemoteDomain.objects.filter(domain=row.domain, blocked_at__isnull=False).exists()
    if withdrawn or blocked:
        Delivery.objects.filter(pk=row.pk).update(state=DeliveryState.DROPPED)
    return withdrawn or blocked


def _waits(row: Delivery, at: datetime) -> bool:
    """The law is asked when it leaves, in whatever queue it waited."""
    if not row.activity.is_publication:
        return False
    silence = outreach.silence_over(territory_ids=EVERYWHERE, at=at, conduct=Conduct.PUBLICATION)
    if silence:
        with transaction.atomic():
            due_at = silence.ends_at + timedelta(minutes=1)
            Delivery.objects.filter(pk=row.pk).update(due_at=due_at)
            _again(row, due_at)
    return silence is not None


def _attempt(row: Delivery) -> Outcome:
    """The older signature first; the newer one first where the server has shown that it knows it.

    A server was seen that takes RFC 9421 with 202 and drops it afterwards, so it is never tried first on
    somebody who might verify late; what is refused is sent again at once in the other form.
    """
    keys = _signers(row)
    if not keys:
        return Outcome(status=0, said="The key of the group cannot be opened.", for_good=True)
    first, *others = _schemes(row)
    outcome = _post(row, keys[0], first)
    for signer, scheme in [(keys[0], others[0]), *((key, first) for key in keys[1:])]:
        if outcome.status not in REFUSED_STATUSES:
            break
        outcome = _post(row, signer, scheme)
    return outcome


def _signers(row: Delivery) -> list[Signer]:
    actor = row.activity.actor
    wanted = [row.activity.with_former_key] + ([False] if row.activity.with_former_key else [])
    found = [federation.signer_of(actor, former=former) for former in wanted]
    return [signer for signer in found if signer]


def _schemes(row: Delivery) -> tuple[Scheme, Scheme]:
    knows = (
        RemoteDomain.objects.filter(domain=row.domain, knows_rfc9421=True).exists()
        or RemoteActor.objects.filter(domain=row.domain, knows_rfc9421=True).exists()
    )
    return (Scheme.RFC9421, Scheme.CAVAGE) if knows else (Scheme.CAVAGE, Scheme.RFC9421)


def _post(row: Delivery, signer: Signer, scheme: Scheme) -> Outcome:
    body = row.activity.body.encode()
    try:
        headers = signatures.signed_headers(
            method="POST",
            url=row.inbox,
            body=body,
            content_type=MEDIA_TYPE,
            signer=signer,
            scheme=scheme,
            at=now(),
        )
        said = _named(headers)
        answer = fetching.send(
            method="POST", url=row.inbox, headers=said, body=body, reach=federation.reach()
        )
    except NotAllowed as reason:
        return Outcome(status=0, said=str(reason), for_good=True)
    except Unreachable as reason:
        return Outcome(status=0, said=str(reason))
    return _outcome(answer, scheme)


def _named(headers: Mapping[str, str]) -> dict[str, str]:
    return {**headers, "user-agent": f"Amiral (+{federation.absolute('/')})"}


def _outcome(answer: Answer, scheme: Scheme) -> Outcome:
    after = answer.headers.get("retry-after", "")
    return Outcome(
        status=answer.status,
        said=f"HTTP {answer.status}",
        scheme=scheme,
        for_good=answer.status in (404, 405, 410, 413),
        asks_for_rfc9421=signatures.asks_for_rfc9421(answer.headers),
        wait_s=min(int(after), 86_400) if after.isdecimal() else 0,
    )


@transaction.atomic
def _settle(row: Delivery, outcome: Outcome, at: datetime) -> None:
    arrived = 200 <= outcome.status < 300
    row.attempts += 1
    row.answer = outcome.said[:200]
    row.scheme = outcome.scheme or "" if arrived else ""
    row.state = _state_after(row, outcome, arrived=arrived)
    if row.state == DeliveryState.WAITING:
        row.due_at = at + timedelta(seconds=max(RETRY_S[row.attempts - 1], outcome.wait_s))
        _again(row, row.due_at)
    row.save(update_fields=["attempts", "answer", "scheme", "state", "due_at"])
    _note_domain(row, outcome, arrived=arrived, at=at)
    if outcome.status == 410:
        Follower.objects.filter(remote__inbox=row.inbox).delete()


def _state_after(row: Delivery, outcome: Outcome, *, arrived: bool) -> DeliveryState:
    if arrived:
        return DeliveryState.SENT
    refused = outcome.status in REFUSED_STATUSES and row.attempts >= REFUSALS_MAX
    over = row.attempts >= len(RETRY_S)
    return DeliveryState.FAILED if outcome.for_good or refused or over else DeliveryState.WAITING


def _note_domain(row: Delivery, outcome: Outcome, *, arrived: bool, at: datetime) -> None:
    domain, _created = RemoteDomain.objects.get_or_create(domain=row.domain, defaults={"seen_at": at})
    domain.last_answer = row.answer
    domain.seen_at = at
    # Words that are refused (HTTP 4xx) come from a server that lives.
    lives = arrived or 400 <= outcome.status < 500
    domain.failing_since = None if lives else domain.failing_since or at
    domain.knows_rfc9421 = domain.knows_rfc9421 or outcome.asks_for_rfc9421
    domain.save(update_fields=["last_answer", "seen_at", "failing_since", "knows_rfc9421"])


def drop_dead(*, at: datetime) -> int:
    """Followers on servers that took nothing for two weeks; how many."""
    dead = RemoteDomain.objects.filter(failing_since__lt=at - DEAD_AFTER).values("domain")
    return Follower.objects.filter(remote__domain__in=dead).delete()[0]


# Closing ------------------------------------------------------------------------------------------


def close_actor(*, actor: LocalActor, at: datetime) -> None:
    """Nobody follows it any more; followers' servers are told. In the caller's transaction."""
    for follower in Follower.objects.select_related("actor__group", "remote").filter(actor=actor):
        reject(follower=follower, at=at)
    Follower.objects.filter(actor=actor).delete()
    LocalActor.objects.filter(pk=actor.pk).update(opened_at=None)


def close_group_actor(*, group_id: UUID, at: datetime) -> None:
    """For a group that strangers must not know of any more."""
    for actor in LocalActor.objects.select_related("group").filter(
        group_id=group_id, opened_at__isnull=False
    ):
        close_actor(actor=actor, at=at)


def reject(*, follower: Follower, at: datetime) -> None:
    """Tells a server that its account follows no longer."""
    actor, remote = follower.actor, follower.remote
    follow = {
        "id": follower.follow_url,
        "type": "Follow",
        "actor": remote.url,
        "object": federation.actor_url(actor),
    }
    body = activity_of(actor=actor, kind="Reject", obj=follow, to=[remote.url])
    send_to(actor=actor, body=body, inboxes=[remote.inbox], at=at)


# Withdrawing --------------------------------------------------------------------------------------


def withdraw_posts(*, post_ids: Iterable[UUID], at: datetime) -> None:
    """What is deleted or hidden here is withdrawn everywhere; in the caller's transaction. One query."""
    for note in PublicNote.objects.select_related("actor__group").filter(
        post_id__in=list(post_ids), withdrawn_at=None
    ):
        withdraw_note(note=note, at=at)


def withdraw_note(*, note: PublicNote, at: datetime) -> None:
    """Empties a note and asks all who got it to delete it. Also in a silence: it publishes nothing."""
    was_published = note.published_at is not None
    note.withdrawn_at = at
    note.body = note.html = note.other_body = note.other_html = ""
    note.save(update_fields=["withdrawn_at", "body", "html", "other_body", "other_html"])
    # What was sent is kept for a while (OutActivity): without its words.
    OutActivity.objects.filter(note=note).update(body="{}")
    if was_published:
        _tell_withdrawn(note, at)


def _tell_withdrawn(note: PublicNote, at: datetime) -> None:
    url = federation.note_url(note.pk)
    body = activity_of(
        actor=note.actor,
        kind="Delete",
        obj={"id": url, "type": "Tombstone"},
        fragment=f"retrait-{note.pk}",
        to=[note.only_to or "https://www.w3.org/ns/activitystreams#Public"],
    )
    direct = [note.answers.remote.inbox] if note.answers else []
    spread(actor=note.actor, body=body, at=at, note=note, also=direct)


def fetch(*, url: str) -> Document:
    """A document of another server, asked for in the campaign's name. Raises what ``get_document`` raises."""
    own = federation.campaign()
    signer = federation.signer_of(own) if own else None

    def headers_for(target: str) -> dict[str, str]:
        if signer is None:
            return _named({})
        signed = signatures.signed_headers(
            method="GET",
            url=target,
            body=b"",
            content_type="",
            signer=signer,
            scheme=Scheme.CAVAGE,
            at=now(),
        )
        return _named(signed)

    return fetching.get_document(url=url, headers_for=headers_for, reach=federation.reach())


def try_again(*, domain: str, at: datetime) -> int:
    """What was given up towards a server is tried anew; how many."""
    rows = list(Delivery.objects.filter(domain=domain, state=DeliveryState.FAILED)[:1000])
    for row in rows:
        row.state, row.attempts, row.due_at = DeliveryState.WAITING, 0, at
        _again(row, at)
    Delivery.objects.bulk_update(rows, ["state", "attempts", "due_at"])
    return len(rows)
