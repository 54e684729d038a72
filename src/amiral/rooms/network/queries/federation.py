"""What can be followed from other networks, as machines read it: addresses, actors, notes, collections."""

import hashlib
import hmac
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from django.conf import settings
from django.db.models import Q, QuerySet
from django.urls import reverse

from amiral.kit.errors import NotFound
from amiral.kit.federation.documents import CONTEXT, PUBLIC
from amiral.kit.federation.fetching import Reach, origin
from amiral.kit.federation.signatures import Signer
from amiral.kit.sealed import unseal
from amiral.rooms.network.contracts import Openness, OutsideState, ReactionKind
from amiral.rooms.network.models import LocalActor, PublicNote, RemoteReaction
from amiral.rooms.network.queries.groups import presentation_html

CAMPAIGN_HANDLE = "campagne"
SEAL = "federation"
PAGE_SIZE = 20
LANGUAGES = {"fr": "en", "en": "fr"}
Json = dict[str, Any]


def absolute(path: str) -> str:
    """An address of this site as other servers know it."""
    return f"{settings.PUBLIC_URL}{path}"


def domain() -> str:
    """What stands behind the second @."""
    return urlsplit(settings.PUBLIC_URL).netloc.lower()


def reach() -> Reach:
    """Which servers are spoken with."""
    return Reach(settings.FEDERATION_REACH)


def is_ours(url: str) -> bool:
    """Whether an address lies on this site."""
    return origin(url) == origin(settings.PUBLIC_URL)


# Actors -------------------------------------------------------------------------------------------


def campaign() -> LocalActor | None:
    """The campaign's own actor, whose key also signs what is fetched; none before the first opening."""
    return LocalActor.objects.filter(group=None).first()


def is_possible() -> bool:
    """Whether the operator's setting allows it."""
    return settings.FEDERATION


def is_open() -> bool:
    """Whether this installation speaks with others at all; one query."""
    return settings.FEDERATION and LocalActor.objects.filter(group=None, opened_at__isnull=False).exists()


def open_actors() -> "QuerySet[LocalActor]":
    """Those that can be followed now. A group by invitation does not exist for strangers."""
    rows = LocalActor.objects.select_related("group").filter(opened_at__isnull=False)
    return rows.filter(Q(group=None) | ~Q(group__openness=Openness.INVITATION))


def open_actor(*, handle: str) -> LocalActor:
    """By its name; else ``NotFound``. Two queries."""
    found = open_actors().filter(handle=handle).first() if is_open() else None
    if found is None:
        raise NotFound
    return found


def actor_url(actor: LocalActor) -> str:
    """The address that is the actor's name."""
    return absolute(reverse("network:actor", args=[actor.handle]))


def handle_in(url: str) -> str:
    """The name of the actor at one of our addresses; empty for any other address."""
    start = absolute(reverse("network:actor", args=["x"]))[:-2]
    rest = url.removeprefix(start).removesuffix("/") if url.startswith(start) else ""
    return "" if "/" in rest or "#" in rest else rest


def full_handle(actor: LocalActor) -> str:
    """``@name@domain``."""
    return f"@{actor.handle}@{domain()}"


def name_of_actor(actor: LocalActor) -> str:
    """What people read."""
    return actor.group.name if actor.group else settings.CAMPAIGN_NAME


def key_id(actor: LocalActor, *, former: bool = False) -> str:
    """The address of the actor's key; another one after each change."""
    return f"{actor_url(actor)}#cle-{actor.key_number - (1 if former else 0)}"


def signer_of(actor: LocalActor, *, former: bool = False) -> Signer | None:
    """The key that signs for the actor; ``None`` when it cannot be opened (another secret key)."""
    sealed = actor.former_key if former else actor.private_key
    private = unseal(purpose=SEAL, sealed=sealed) if sealed else None
    return Signer(key_id=key_id(actor, former=former), private_pem=private) if private else None


def page_url(actor: LocalActor) -> str:
    """The page that people read about it."""
    path = reverse("network:group", args=[actor.group.slug]) if actor.group else reverse("home")
    return absolute(path)


def actor_document(actor: LocalActor) -> Json:
    """A group (FEP-1b12) or the campaign; ``@context`` included."""
    url = actor_url(actor)
    summary = str(presentation_html(group=actor.group)) if actor.group else ""
    return {
        "@context": CONTEXT,
        "id": url,
        "type": "Group" if actor.group else "Organization",
        "preferredUsername": actor.handle,
        "name": name_of_actor(actor),
        "summary": summary,
        "url": page_url(actor),
        "inbox": f"{url}boite/",
        "outbox": f"{url}envois/",
        "followers": f"{url}abonnes/",
        "following": f"{url}abonnements/",
        "endpoints": {"sharedInbox": absolute(reverse("network:shared_inbox"))},
        "manuallyApprovesFollowers": False,
        "discoverable": True,
        "indexable": True,
        "published": _stamp(actor.opened_at) if actor.opened_at else None,
        "publicKey": {"id": key_id(actor), "owner": url, "publicKeyPem": actor.public_key},
    }


def webfinger(*, resource: str) -> Json:
    """RFC 7033: an actor by ``acct:name@domain`` or by its address; else ``NotFound``."""
    handle = handle_in(resource)
    if resource.startswith("acct:"):
        name, _at, host = resource[5:].lstrip("@").rpartition("@")
        handle = name if host.lower() == domain() else ""
    actor = open_actor(handle=handle.lower())
    return {
        "subject": f"acct:{actor.handle}@{domain()}",
        "aliases": [actor_url(actor), page_url(actor)],
        "links": [
            {"rel": "self", "type": "application/activity+json", "href": actor_url(actor)},
            {
                "rel": "http://webfinger.net/rel/profile-page",
                "type": "text/html",
                "href": page_url(actor),
            },
        ],
    }


def nodeinfo(*, version: str) -> Json:
    """NodeInfo 2.1 (FEP-f1d5). Members are not counted for strangers; what is public is."""
    return {
        "version": "2.1",
        "software": {"name": "amiral", "version": version},
        "protocols": ["activitypub"],
        "services": {"inbound": [], "outbound": []},
        "openRegistrations": False,
        "usage": {"users": {"total": open_actors().count()}, "localPosts": public_notes().count()},
        "metadata": {},
    }


# Notes --------------------------------------------------------------------------------------------


def public_notes() -> "QuerySet[PublicNote]":
    """What everybody may read now: said by whoever can be followed, published, not withdrawn."""
    rows = PublicNote.objects.select_related("actor__group", "answers__remote")
    return rows.filter(
        actor__in=open_actors(), published_at__isnull=False, withdrawn_at=None, only_to=""
    ).order_by("-published_at", "-id")


def public_note(*, note_id: UUID) -> PublicNote:
    """One of them; else ``NotFound``."""
    found = public_notes().filter(pk=note_id).first() if is_open() else None
    if found is None:
        raise NotFound
    return found


def is_withdrawn(*, note_id: UUID) -> bool:
    """Whether there was such a note."""
    rows = PublicNote.objects.filter(pk=note_id, published_at__isnull=False, only_to="")
    return rows.filter(withdrawn_at__isnull=False).exists()


def note_url(note_id: UUID) -> str:
    """The address that is the note's name."""
    return absolute(reverse("network:note", args=[note_id]))


def note_in(url: str) -> PublicNote | None:
    """The note at one of our addresses, also one that was for one reader only; none for other addresses."""
    start, end = note_url(UUID(int=0)).split(str(UUID(int=0)))
    if not url.startswith(start) or not url.endswith(end):
        return None
    try:
        note_id = UUID(url.removeprefix(start).removesuffix(end))
    except ValueError:
        return None
    rows = PublicNote.objects.select_related("actor__group").filter(pk=note_id)
    return rows.filter(published_at__isnull=False, withdrawn_at=None).first()


def note_document(note: PublicNote) -> Json:
    """A Note, without ``@context``; in two languages where the group wrote two."""
    url, actor = note_url(note.pk), actor_url(note.actor)
    to, cc, tags = _addressed(note)
    found: Json = {
        "id": url,
        "type": "Note",
        "attributedTo": actor,
        "to": to,
        "cc": cc,
        "content": _greeting(note) + note.html,
        "published": _stamp(note.published_at or note.created_at),
        "url": url,
        "tag": tags,
    }
    if note.actor.group:
        found["audience"] = actor
    if note.updated_at:
        found["updated"] = _stamp(note.updated_at)
    if note.answers:
        found["inReplyTo"] = note.answers.url
    if not note.only_to:
        found |= _counts(note)
    return found | {"contentMap": _content_map(note)}


def _content_map(note: PublicNote) -> dict[str, str]:
    found = {note.language: _greeting(note) + note.html}
    if note.other_html:
        found[LANGUAGES[note.language]] = _greeting(note) + note.other_html
    return found


def _addressed(note: PublicNote) -> tuple[list[str], list[str], list[Json]]:
    followers = f"{actor_url(note.actor)}abonnes/"
    if not note.answers:
        return [PUBLIC], [followers], []
    remote = note.answers.remote
    tags = [{"type": "Mention", "href": remote.url, "name": f"@{remote.handle}"}]
    if note.only_to:
        return [note.only_to], [], tags
    return [PUBLIC], [followers, remote.url], tags


def _greeting(note: PublicNote) -> str:
    """Who is answered is named in the words: some servers tell nobody otherwise."""
    if not note.answers:
        return ""
    remote = note.answers.remote
    return f'<p><a href="{remote.url}" class="u-url mention">@{remote.handle.split("@")[0]}</a></p>'


def counts_of(notes: Sequence[PublicNote]) -> dict[tuple[UUID, str], int]:
    """Likes and shares of many notes; one query."""
    found: dict[tuple[UUID, str], int] = {}
    rows = RemoteReaction.objects.filter(note__in=[note.pk for note in notes])
    for key in rows.values_list("note_id", "kind"):
        found[key] = found.get(key, 0) + 1
    return found


def _counts(note: PublicNote) -> Json:
    counts = counts_of([note])
    url = note_url(note.pk)
    replies = note.replies.filter(state=OutsideState.SHOWN, is_public=True).order_by("received_at")
    return {
        "likes": _count(f"{url}#aime", counts.get((note.pk, ReactionKind.LIKE), 0)),
        "shares": _count(f"{url}#partages", counts.get((note.pk, ReactionKind.ANNOUNCE), 0)),
        "replies": {
            "id": f"{url}#reponses",
            "type": "Collection",
            "items": list(replies.values_list("url", flat=True)[:PAGE_SIZE]),
        },
    }


def _count(url: str, number: int) -> Json:
    return {"id": url, "type": "Collection", "totalItems": number}


def _stamp(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


def create_document(note: PublicNote) -> Json:
    """The activity that published a note; the outbox shows the same."""
    said = note_document(note)
    return {
        "id": f"{said['id']}#creation",
        "type": "Create",
        "actor": said["attributedTo"],
        "to": said["to"],
        "cc": said["cc"],
        "published": said["published"],
        "object": said,
    }


def with_context(found: Mapping[str, Any]) -> Json:
    """As it travels."""
    return {"@context": CONTEXT, **found}


# Collections --------------------------------------------------------------------------------------


def outbox(*, actor: LocalActor, before: str = "") -> Json:
    """The collection, or with ``before`` (``"maintenant"`` or a note's id) a page of it."""
    url = f"{actor_url(actor)}envois/"
    rows = public_notes().filter(actor=actor)
    if not before:
        return {
            "@context": CONTEXT,
            "id": url,
            "type": "OrderedCollection",
            "totalItems": rows.count(),
            "first": f"{url}?avant=maintenant",
        }
    found = list(_before(rows, before)[: PAGE_SIZE + 1])
    page: Json = {
        "@context": CONTEXT,
        "id": f"{url}?avant={before}",
        "type": "OrderedCollectionPage",
        "partOf": url,
        "orderedItems": [create_document(note) for note in found[:PAGE_SIZE]],
    }
    if len(found) > PAGE_SIZE:
        page["next"] = f"{url}?avant={found[PAGE_SIZE - 1].pk}"
    return page


def _before(rows: "QuerySet[PublicNote]", before: str) -> "QuerySet[PublicNote]":
    if before == "maintenant":
        return rows
    try:
        mark = rows.filter(pk=UUID(before)).first()
    except ValueError:
        raise NotFound from None
    if mark is None:
        raise NotFound
    at = mark.published_at
    return rows.filter(Q(published_at__lt=at) | Q(published_at=at, pk__lt=mark.pk))


def followers(*, actor: LocalActor) -> Json:
    """How many follow. Who does is a political opinion: the list is never given, to nobody."""
    number = actor.followers.count()
    return {"@context": CONTEXT} | {
        **_count(f"{actor_url(actor)}abonnes/", number),
        "type": "OrderedCollection",
    }


def following(*, actor: LocalActor) -> Json:
    """Nobody is followed from here."""
    found = _count(f"{actor_url(actor)}abonnements/", 0)
    return {"@context": CONTEXT} | {**found, "type": "OrderedCollection", "orderedItems": []}


def anonymous(*, actor_url: str) -> str:
    """A hash that counts an account once under a note and names it to nobody without the server's key."""
    return hmac.new(
        settings.SECRET_KEY.encode(), f"federation reaction {actor_url}".encode(), hashlib.sha256
    ).hexdigest()
