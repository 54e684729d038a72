"""What comes in: signed by whom it says, once, and about nothing but its own server."""

import json
from datetime import timedelta
from typing import Any

import pytest

from amiral.kit.clock import now
from amiral.kit.federation.fetching import Unreachable
from amiral.rooms.network.actions import federating, receiving
from amiral.rooms.network.models import Follower, InboxSeen, PublicNote, RemoteActor, RemoteReply
from tests.conftest import Cast
from tests.rooms.network.outer import US, Scheme, World, rotated, world

__all__ = ["world"]

MACON = f"{US}/federation/acteurs/macon/"


@pytest.fixture
def note(cast: Cast, world: World) -> PublicNote:
    """An announcement of Mâcon, which can be followed."""
    federating.open_federation(by_id=cast.administrator, at=now())
    federating.open_group(by_id=cast.owner, group_id=cast.group, at=now())
    announced = federating.announce_to_all(by_id=cast.owner, group_id=cast.group, body="Marché.", at=now())
    return PublicNote.objects.get(pk=announced.note_id)


def url_of(note: PublicNote) -> str:
    return f"{US}/annonces/{note.pk}/"


@pytest.mark.parametrize("scheme", Scheme)
@pytest.mark.parametrize("path", ["/federation/boite/", "/federation/acteurs/macon/boite/"])
def test_both_forms_open_both_inboxes(note: PublicNote, world: World, scheme: Scheme, path: str) -> None:
    ana = world.account()
    answer = world.post(ana, world.activity(ana, "Follow", MACON), at=now(), scheme=scheme, path=path)
    assert (answer.status_code, Follower.objects.count()) == (202, 1)
    assert "@target-uri" in answer.headers["Accept-Signature"]
    assert RemoteActor.objects.get().knows_rfc9421 is (scheme == Scheme.RFC9421)


@pytest.mark.parametrize("scheme", Scheme)
def test_what_was_changed_is_refused(note: PublicNote, world: World, scheme: Scheme) -> None:
    ana, ben = world.account(), world.account("https://autre.example/users/ben")
    follow = world.activity(ana, "Follow", MACON)

    def other_body(headers: dict[str, str], body: bytes) -> Any:
        return headers, body.replace(b"Follow", b"Fallow")

    def unsigned(headers: dict[str, str], body: bytes) -> Any:
        return {n: v for n, v in headers.items() if not n.startswith("signature")}, body

    def other_date(headers: dict[str, str], body: bytes) -> Any:
        return headers | {"date": "Sun, 05 Jan 2014 21:31:40 GMT"}, body

    for tamper in (other_body, unsigned, other_date):
        assert world.post(ana, follow, at=now(), scheme=scheme, tamper=tamper).status_code == 401
    # Signed rightly, by somebody else.
    ben.keys = ana.keys
    assert world.post(ben, world.activity(ana, "Follow", MACON), at=now(), scheme=scheme).status_code == 401
    old = now() - timedelta(hours=2)
    assert world.post(ana, follow, at=old, scheme=scheme).status_code == 401
    assert not Follower.objects.exists()
    assert not InboxSeen.objects.exists()


@pytest.mark.parametrize("scheme", Scheme)
def test_the_very_same_request_is_refused(note: PublicNote, world: World, scheme: Scheme) -> None:
    ana = world.account()
    kept: list[Any] = []

    def keep(headers: dict[str, str], body: bytes) -> Any:
        kept.append((headers, body))
        return headers, body

    said = world.note(ana, inReplyTo=url_of(note))
    create = world.activity(ana, "Create", said)
    assert world.post(ana, create, at=now(), scheme=scheme, tamper=keep).status_code == 202
    assert world.replay(*kept[0]).status_code == 409
    # Signed anew because our answer was lost: taken, and nothing is doubled.
    assert world.post(ana, create, at=now() + timedelta(seconds=3), scheme=scheme).status_code == 202
    assert RemoteReply.objects.count() == 1


def test_a_replay_after_the_end_of_following_changes_nothing(note: PublicNote, world: World) -> None:
    ana = world.account()
    kept: list[Any] = []
    follow = world.activity(ana, "Follow", MACON)
    world.post(ana, follow, at=now(), tamper=lambda h, b: kept.append((h, b)) or (h, b))
    world.post(ana, world.activity(ana, "Undo", follow), at=now())
    assert world.replay(*kept[0]).status_code == 409
    assert not Follower.objects.exists()


def test_a_request_for_another_server_is_refused(note: PublicNote, world: World) -> None:
    ana = world.account()

    def elsewhere(headers: dict[str, str], body: bytes) -> Any:
        return headers | {"host": "testserver"}, body

    follow = world.activity(ana, "Follow", MACON)
    assert world.post(ana, follow, at=now(), tamper=elsewhere).status_code == 401


def test_a_key_that_was_changed_is_fetched_anew(note: PublicNote, world: World) -> None:
    ana = world.account()
    world.post(ana, world.activity(ana, "Follow", MACON), at=now())
    new = rotated(ana)
    like = world.activity(ana, "Like", url_of(note))
    assert world.post(new, like, at=now()).status_code == 401
    world.documents[ana.url] = new.document()
    assert world.post(new, world.activity(ana, "Like", url_of(note)), at=now()).status_code == 202
    assert world.post(ana, world.activity(ana, "Like", url_of(note)), at=now()).status_code == 401
    assert RemoteActor.objects.get().key_id.endswith("#key-2")


def test_a_key_is_asked_for_a_few_times_only(note: PublicNote, world: World) -> None:
    ana = world.account()
    world.post(ana, world.activity(ana, "Follow", MACON), at=now())
    forged = rotated(ana)
    forged.key_id = ana.key_id
    world.fetched.clear()
    for _ in range(12):
        assert world.post(forged, world.activity(ana, "Follow", MACON), at=now()).status_code == 401
    assert len(world.fetched) < receiving.REFETCHES


def test_a_profile_is_believed_about_itself_only(note: PublicNote, world: World) -> None:
    ana, ben = world.account(), world.account("https://ailleurs.example/users/ben")
    for account in (ana, ben):
        world.post(account, world.activity(account, "Follow", MACON), at=now())
    hostile = ben.document() | {"inbox": "https://ailleurs.example/users/ana/inbox"}
    world.post(ana, world.activity(ana, "Update", hostile), at=now())
    assert RemoteActor.objects.get(url=ben.url).inbox.endswith("ben/inbox")
    moved = ana.document() | {"inbox": "https://ailleurs.example/users/ana/nouvelle"}
    world.post(ana, world.activity(ana, "Update", moved), at=now())
    assert RemoteActor.objects.get(url=ana.url).inbox.endswith("ana/nouvelle")


def test_nobody_speaks_deletes_or_changes_for_another(note: PublicNote, world: World) -> None:
    ana, ben = world.account(), world.account("https://ailleurs.example/users/ben")
    said = world.note(ana, inReplyTo=url_of(note))
    world.post(ana, world.activity(ana, "Create", said), at=now())
    stolen = world.note(ana, inReplyTo=url_of(note))
    assert world.post(ben, world.activity(ben, "Create", stolen), at=now()).status_code == 400
    world.post(ben, world.activity(ben, "Delete", said["id"]), at=now())
    world.post(ben, world.activity(ben, "Delete", ana.url), at=now())
    world.post(ben, world.activity(ben, "Update", said | {"content": "<p>Volé</p>"}), at=now())
    world.post(
        ben, world.activity(ben, "Undo", {"type": "Follow", "object": MACON, "actor": ana.url}), at=now()
    )
    assert RemoteReply.objects.get().html == "<p>Bravo !</p>"


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"actor": None}, 400),
        ({"actor": f"{US}/federation/acteurs/macon/"}, 400),
        ({"actor": "javascript:alert(1)"}, 400),
        ({"actor": "https://victime.example/maire"}, 401),
        ({"id": "https://victime.example/1"}, 400),
        ({"id": 7}, 400),
        ({"type": "Explode"}, 202),
        ({"type": ["Follow"]}, 202),
        ({"object": None}, 202),
        ({"object": {"id": ["x"]}}, 202),
        ({"type": "Create", "object": {"type": "Note"}}, 400),
        ({"type": "Create", "object": "https://victime.example/1"}, 202),
        ({"type": "Create", "object": "https://ailleurs.example/away"}, 503),
        ({"type": "Undo", "object": {"type": "Like", "object": {"object": 7}}}, 202),
        ({"type": "Delete", "object": []}, 202),
        ({"type": "Announce", "object": {"type": "Create", "object": {}}}, 202),
    ],
)
def test_odd_activities(
    note: PublicNote, world: World, change: dict[str, Any], status: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    ana = world.account()
    get = world.get_document

    def away(*, url: str, **asked: Any) -> Any:
        if url.endswith("away"):
            raise Unreachable("away")
        return get(url=url, **asked)

    monkeypatch.setattr(receiving.spreading.fetching, "get_document", away)
    activity = world.activity(ana, "Follow", f"{MACON}x") | change
    assert world.post(ana, activity, at=now()).status_code == status
    assert not RemoteReply.objects.exists()


def test_a_note_that_is_only_named_is_fetched(note: PublicNote, world: World) -> None:
    ana = world.account()
    said = world.note(ana, inReplyTo=url_of(note))
    world.documents[said["id"]] = said
    assert world.post(ana, world.activity(ana, "Create", said["id"]), at=now()).status_code == 202
    assert RemoteReply.objects.count() == 1


def test_threads_find_their_announcement(note: PublicNote, world: World, cast: Cast) -> None:
    ana, ben = world.account(), world.account("https://autre.example/users/ben")
    first = world.note(ana, inReplyTo=url_of(note))
    world.post(ana, world.activity(ana, "Create", first), at=now())
    deeper = world.note(ben, inReplyTo=first["id"])
    world.post(ben, world.activity(ben, "Create", deeper), at=now())
    reply = RemoteReply.objects.get(url=first["id"])
    told = federating.answer_outside(by_id=cast.owner, reply_id=reply.pk, body="Merci", at=now())
    below = world.note(ana, inReplyTo=f"{US}/annonces/{told.note_id}/")
    world.post(ana, world.activity(ana, "Create", below), at=now())
    unrelated = world.note(ana, inReplyTo="https://autre.example/1")
    world.post(ana, world.activity(ana, "Create", unrelated), at=now())
    assert RemoteReply.objects.count() == 3
    assert set(RemoteReply.objects.values_list("note", flat=True)) == {note.pk}


def test_an_account_that_was_never_met_may_be_deleted(note: PublicNote, world: World) -> None:
    ana = world.account()
    world.documents.clear()
    assert world.post(ana, world.activity(ana, "Delete", ana.url), at=now()).status_code == 202
    assert world.post(ana, world.activity(ana, "Follow", MACON), at=now()).status_code == 401
    assert not RemoteActor.objects.exists()


def test_bodies_and_floods_have_limits(
    note: PublicNote, world: World, client: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    ana = world.account()
    long = world.activity(ana, "Follow", MACON, x="x" * receiving.BODY_MAX_BYTES)
    assert world.post(ana, long, at=now()).status_code == 413
    monkeypatch.setattr(receiving, "PER_MINUTE", 2)
    statuses = [
        world.post(ana, world.activity(ana, "Like", url_of(note)), at=now()).status_code for _ in range(3)
    ]
    assert statuses == [202, 202, 429]
    monkeypatch.setattr("amiral.rooms.network.web.inbox_views.ANSWERS_PER_MINUTE", 1)
    for body in (b"", b"[]", b"{", b'{"a": 1, "a": 2}'):
        answer = client.post("/federation/boite/", body, content_type="application/json")
        assert answer.status_code in (400, 429)


def test_nothing_of_what_came_in_is_loaded_by_a_reader(
    note: PublicNote, world: World, cast: Cast, sign_in: Any
) -> None:
    ana = world.account()
    hostile = '<p>Oui<script>x()</script><img src="https://pisteur.example/p.gif"></p>'
    said = world.note(ana, hostile, inReplyTo=url_of(note), attachment=[{"url": "https://pisteur.example/a"}])
    world.post(ana, world.activity(ana, "Create", said), at=now())
    reply = RemoteReply.objects.get()
    federating.show(by_id=cast.owner, reply_id=reply.pk, at=now())
    browser = sign_in(cast.owner)
    for address in (f"/annonces/{note.pk}/", "/reponses/?etat=montrees", f"/reponses/{reply.pk}/"):
        page = browser.get(address).content.decode()
        assert "Oui" in page
        assert "pisteur" not in page
        assert "x()" not in page
    assert json.dumps(said) not in reply.html
