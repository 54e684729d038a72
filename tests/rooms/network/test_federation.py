"""Being followed from other networks: opening, announcing, what leaves, when it waits."""

import json
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from amiral.kit.clock import now
from amiral.kit.errors import NotFound
from amiral.kit.federation.fetching import Answer
from amiral.rooms.network import api
from amiral.rooms.network.actions import federating, spreading
from amiral.rooms.network.actions.federating import NotForEverybody, NotOpen, SwitchedOff, WrittenToUs
from amiral.rooms.network.contracts import DeliveryState, Openness, OutsideState
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
    RemoteReaction,
    RemoteReply,
)
from amiral.rooms.network.queries import federation
from tests.conftest import Cast
from tests.rooms.network.outer import PUBLIC, US, Scheme, Unreachable, World, rotated, work, world

__all__ = ["world"]

AS2 = {"HTTP_ACCEPT": "application/activity+json"}


@pytest.fixture
def macon(cast: Cast, world: World) -> str:
    """Mâcon can be followed; its address."""
    federating.open_federation(by_id=cast.administrator, at=now())
    federating.open_group(by_id=cast.owner, group_id=cast.group, at=now())
    return f"{US}/federation/acteurs/macon/"


def announce(cast: Cast, body: str = "Marché samedi à **9 h**.", other: str = "") -> PublicNote:
    announced = federating.announce_to_all(
        by_id=cast.owner, group_id=cast.group, body=body, other_body=other, at=now()
    )
    return PublicNote.objects.get(pk=announced.note_id)


def follow(world: World, macon: str, **more: Any) -> Any:
    ana = world.account(**more)
    assert world.post(ana, world.activity(ana, "Follow", macon), at=now()).status_code == 202
    return ana


# Opening ------------------------------------------------------------------------------------------


def test_everything_is_closed_at_first(cast: Cast, world: World, client: Any) -> None:
    for path in (
        "/.well-known/webfinger?resource=acct:macon@127.0.0.1:8000",
        "/.well-known/nodeinfo",
        "/nodeinfo/2.1",
        "/federation/acteurs/macon/",
    ):
        assert client.get(path, **AS2).status_code == 404
    ana = world.account()
    assert world.post(ana, world.activity(ana, "Follow", f"{US}/x"), at=now()).status_code == 404
    with pytest.raises(NotOpen):
        federating.open_group(by_id=cast.owner, group_id=cast.group, at=now())
    with pytest.raises(NotOpen):
        announce(cast)
    assert not Post.objects.exists()


def test_the_operators_setting_comes_first(cast: Cast, world: World, macon: str, settings: Any) -> None:
    settings.FEDERATION = False
    with pytest.raises(SwitchedOff):
        federating.open_group(by_id=cast.owner, group_id=cast.group, at=now())
    with pytest.raises(NotOpen):
        announce(cast)


def test_a_group_by_invitation_is_never_followed(cast: Cast, world: World, macon: str, client: Any) -> None:
    Group.objects.filter(pk=cast.group).update(kind="thematic")
    api_actions = __import__("amiral.rooms.network.actions", fromlist=["set_openness"])
    ana = follow(world, macon)
    api_actions.set_openness(by_id=cast.owner, group_id=cast.group, openness=Openness.INVITATION)
    work()
    assert world.kinds()[-1] == "Reject"
    assert client.get("/federation/acteurs/macon/", **AS2).status_code == 404
    assert not Follower.objects.exists()
    with pytest.raises(NotForEverybody):
        federating.open_group(by_id=cast.owner, group_id=cast.group, at=now())
    assert world.post(ana, world.activity(ana, "Follow", macon), at=now()).status_code == 202
    assert not Follower.objects.exists()


def test_only_who_leads_opens_and_announces(cast: Cast, world: World, macon: str) -> None:
    for person in (cast.teammate, cast.stranger, cast.other_coordinator):
        with pytest.raises(NotFound):
            federating.open_group(by_id=person, group_id=cast.group, at=now())
        with pytest.raises(NotFound):
            federating.announce_to_all(by_id=person, group_id=cast.group, body="x", at=now())
    with pytest.raises(NotFound):
        federating.announce_to_all(by_id=cast.owner, group_id=None, body="x", at=now())


def test_the_campaign_s_name_is_never_a_group_s(cast: Cast, world: World) -> None:
    federating.open_federation(by_id=cast.administrator, at=now())
    Group.objects.filter(pk=cast.group).update(slug="campagne")
    federating.open_group(by_id=cast.owner, group_id=cast.group, at=now())
    assert set(LocalActor.objects.values_list("handle", flat=True)) == {"campagne", "campagne-groupe"}


# What others read ---------------------------------------------------------------------------------


def test_documents(cast: Cast, world: World, macon: str, client: Any) -> None:
    note = announce(cast, other="Market on Saturday.")
    found = client.get("/.well-known/webfinger?resource=acct:macon@127.0.0.1:8000").json()
    assert found["links"][0]["href"] == macon
    actor = client.get("/federation/acteurs/macon/", **AS2).json()
    assert (actor["type"], actor["preferredUsername"]) == ("Group", "macon")
    assert client.get("/federation/acteurs/macon/").url == f"{US}/groupes/macon/"
    assert client.get("/federation/acteurs/campagne/", **AS2).json()["type"] == "Organization"
    said = client.get(f"/annonces/{note.pk}/", **AS2).json()
    assert said["contentMap"]["fr"] == "<p>Marché samedi à <strong>9 h</strong>.</p>\n"
    assert said["contentMap"]["en"] == "<p>Market on Saturday.</p>\n"
    assert said["to"] == [PUBLIC]
    assert client.get(f"/annonces/{note.pk}/").headers["Content-Type"].startswith("text/html")
    info = client.get("/nodeinfo/2.1").json()
    assert info["usage"] == {"users": {"total": 2}, "localPosts": 1}
    assert client.get("/@macon").url == f"{US}/groupes/macon/"
    assert b"lrdd" in client.get("/.well-known/host-meta").content


def test_nothing_of_the_members_leaves(cast: Cast, world: World, macon: str, client: Any) -> None:
    api.publish(author_id=cast.teammate, group_id=cast.group, body="Entre nous.")
    api.announce(author_id=cast.owner, group_id=cast.group, body="Pour les membres.")
    follow(world, macon)
    announce(cast)
    work()
    pages = [
        client.get(path, **AS2).content.decode()
        for path in (
            "/federation/acteurs/macon/",
            "/federation/acteurs/macon/envois/",
            "/federation/acteurs/macon/envois/?avant=maintenant",
            "/federation/acteurs/macon/abonnes/",
            "/federation/acteurs/macon/abonnements/",
            "/groupes/macon/annonces/",
            "/groupes/macon/",
        )
    ]
    everything = "".join(pages) + json.dumps([activity for _u, activity, _h in world.sent])
    assert "Marché samedi" in everything
    for secret in (
        "Entre nous",
        "Pour les membres",
        "Owner",
        "Teammate",
        "example.org",
        "ailleurs.example/users/ana/f",
    ):
        assert secret not in everything
    assert "users/ana" not in "".join(pages)
    assert json.loads(pages[3])["totalItems"] == 1
    assert "orderedItems" not in json.loads(pages[3])


def test_the_outbox_has_pages(
    cast: Cast, world: World, macon: str, client: Any, django_assert_max_num_queries: Any
) -> None:
    actor = LocalActor.objects.get(handle="macon")
    PublicNote.objects.bulk_create(
        PublicNote(actor=actor, html=f"<p>{n}</p>", body=str(n), published_at=now() - timedelta(hours=n))
        for n in range(25)
    )
    with django_assert_max_num_queries(50):
        first = client.get("/federation/acteurs/macon/envois/?avant=maintenant", **AS2).json()
    assert [item["object"]["content"] for item in first["orderedItems"]][:2] == ["<p>0</p>", "<p>1</p>"]
    second = client.get(first["next"].removeprefix(US), **AS2).json()
    assert (len(first["orderedItems"]), len(second["orderedItems"])) == (20, 5)
    assert "next" not in second
    for bad in ("x", str(UUID(int=7))):
        assert client.get(f"/federation/acteurs/macon/envois/?avant={bad}", **AS2).status_code == 404


# What leaves --------------------------------------------------------------------------------------


def test_an_announcement_reaches_each_server_once(cast: Cast, world: World, macon: str) -> None:
    follow(world, macon)
    follow(world, macon, url="https://ailleurs.example/users/ben")
    follow(world, macon, url="https://autre.example/users/cy")
    work()
    world.sent.clear()
    announce(cast)
    work()
    assert sorted(url for url, _a, _h in world.sent) == [
        "https://ailleurs.example/inbox",
        "https://autre.example/inbox",
    ]
    assert set(world.kinds()) == {"Create"}
    assert all("digest" in headers for _u, _a, headers in world.sent)


def test_the_older_signature_first_then_the_one_the_peer_showed(cast: Cast, world: World, macon: str) -> None:
    ana = follow(world, macon)
    work()
    assert "signature-input" not in world.sent[-1][2]
    world.post(ana, world.activity(ana, "Like", f"{US}/x"), at=now(), scheme=Scheme.RFC9421)
    announce(cast)
    work()
    assert "signature-input" in world.sent[-1][2]


def test_who_asks_for_rfc9421_gets_it(cast: Cast, world: World, macon: str) -> None:
    world.answers["ailleurs.example"] = Answer(status=202, headers={"accept-signature": "sig1=()"})
    follow(world, macon)
    work()
    announce(cast)
    work()
    assert ["signature-input" in headers for _u, _a, headers in world.sent] == [False, True]


def test_a_refused_signature_is_sent_in_the_other_form_at_once(cast: Cast, world: World, macon: str) -> None:
    follow(world, macon)
    world.answers["ailleurs.example"] = Answer(status=401)
    work()
    assert ["signature-input" in headers for _u, _a, headers in world.sent] == [False, True]
    assert Delivery.objects.get().state == DeliveryState.WAITING


def test_a_server_that_is_away_is_tried_again_and_given_up(cast: Cast, world: World, macon: str) -> None:
    follow(world, macon)
    world.answers["ailleurs.example"] = Unreachable("away")
    work()
    row = Delivery.objects.get()
    assert (row.state, row.attempts, row.answer) == (DeliveryState.WAITING, 1, "away")
    for _ in range(len(spreading.RETRY_S)):
        spreading.deliver.call(delivery_id=str(row.pk))
    assert Delivery.objects.get().state == DeliveryState.FAILED
    domain = RemoteDomain.objects.get()
    assert domain.failing_since is not None
    assert spreading.drop_dead(at=now() + timedelta(days=15)) == 1
    world.answers.clear()
    assert federating.try_domain_again(by_id=cast.administrator, domain=domain.domain, at=now()) == 1
    work()
    assert Delivery.objects.get().state == DeliveryState.SENT
    assert RemoteDomain.objects.get().failing_since is None


@pytest.mark.parametrize(
    ("status", "state"), [(410, "failed"), (413, "failed"), (500, "waiting"), (429, "waiting")]
)
def test_what_an_answer_means(cast: Cast, world: World, macon: str, status: int, state: str) -> None:
    follow(world, macon)
    world.answers["ailleurs.example"] = Answer(status=status, headers={"retry-after": "7200"})
    work()
    row = Delivery.objects.get()
    assert row.state == state
    assert Follower.objects.exists() is (status != 410)
    if state == "waiting":
        assert row.due_at > now() + timedelta(hours=1, minutes=59)


def test_edited_and_withdrawn_everywhere(cast: Cast, world: World, macon: str, client: Any) -> None:
    follow(world, macon)
    note = announce(cast)
    work()
    federating.edit_note(by_id=cast.owner, note_id=note.pk, body="Dimanche.", other_body="", at=now())
    work()
    assert world.sent[-1][1]["type"] == "Update"
    assert "Dimanche" in world.sent[-1][1]["object"]["content"]
    assert Post.objects.get().body == "Dimanche."
    Follower.objects.all().delete()
    federating.withdraw(by_id=cast.owner, note_id=note.pk, at=now())
    work()
    assert world.sent[-1][0] == "https://ailleurs.example/inbox"
    assert world.sent[-1][1]["object"] == {"id": f"{US}/annonces/{note.pk}/", "type": "Tombstone"}
    assert client.get(f"/annonces/{note.pk}/", **AS2).status_code == 410
    assert client.get(f"/annonces/{note.pk}/").status_code == 410
    assert "Dimanche" not in "".join(OutActivity.objects.values_list("body", flat=True))
    assert Post.objects.exists()


@pytest.mark.parametrize("end", ["delete", "hide", "erase"])
def test_what_is_gone_here_is_withdrawn_elsewhere(cast: Cast, world: World, macon: str, end: str) -> None:
    follow(world, macon)
    note = announce(cast)
    work()
    assert note.post_id
    if end == "delete":
        from amiral.rooms.network.actions import delete_post

        delete_post(by_id=cast.owner, post_id=note.post_id)
    elif end == "hide":
        api.hide_reported(subject_kind="post", subject_id=note.post_id, at=now())
    else:
        api.erase_person(person_id=cast.owner)
    work()
    assert world.kinds()[-1] == "Delete"
    note.refresh_from_db()
    assert (note.html, note.body) == ("", "")


def test_what_was_withdrawn_before_it_left_never_leaves(cast: Cast, world: World, macon: str) -> None:
    follow(world, macon)
    work()
    world.sent.clear()
    note = announce(cast)
    federating.withdraw(by_id=cast.owner, note_id=note.pk, at=now())
    work()
    assert world.kinds() == ["Delete"]


def test_who_follows_the_campaign_reads_its_groups(cast: Cast, world: World, macon: str) -> None:
    follow(world, f"{US}/federation/acteurs/campagne/")
    work()
    note = announce(cast)
    work()
    assert world.sent[-1][1]["type"] == "Announce"
    assert world.sent[-1][1]["object"] == f"{US}/annonces/{note.pk}/"


def test_a_new_key_is_told_with_the_old_one(cast: Cast, world: World, macon: str, client: Any) -> None:
    follow(world, macon)
    work()
    actor = LocalActor.objects.get(handle="macon")
    before = actor.public_key
    federating.rotate_key(by_id=cast.administrator, actor_id=actor.pk, at=now())
    work()
    _url, told, headers = world.sent[-1]
    assert told["type"] == "Update"
    assert told["object"]["publicKey"]["id"].endswith("#cle-2")
    assert told["object"]["publicKey"]["publicKeyPem"] != before
    assert 'keyId="http://127.0.0.1:8000/federation/acteurs/macon/#cle-1"' in headers["signature"]
    announce(cast)
    work()
    assert "#cle-2" in world.sent[-1][2]["signature"]


# Electoral silence --------------------------------------------------------------------------------


@pytest.fixture
def silence(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """A silence that a test switches on and off."""
    from amiral.rooms.outreach import api as outreach
    from amiral.rooms.outreach.contracts import SilenceCard, Silenced

    state: dict[str, Any] = {"on": False}
    card = SilenceCard(
        round_name="Premier tour",
        starts_at=now(),
        ends_at=now() + timedelta(hours=3),
        article="L. 49",
        sentence="Silence électoral.",
    )

    def over(**_asked: Any) -> SilenceCard | None:
        return card if state["on"] else None

    def check(**_asked: Any) -> None:
        if state["on"]:
            raise Silenced(card.sentence)

    monkeypatch.setattr(outreach, "silence_over", over)
    monkeypatch.setattr(outreach, "check_silence", check)
    return state


def test_a_silence_makes_it_wait(cast: Cast, world: World, macon: str, client: Any, silence: Any) -> None:
    ana = follow(world, macon)
    work()
    world.sent.clear()
    silence["on"] = True
    note = announce(cast)
    work()
    assert (note.published_at, world.sent) == (None, [])
    assert client.get(f"/annonces/{note.pk}/", **AS2).status_code == 404
    assert federating.release_due(at=now()) == 0
    # Accepting who follows is no publication.
    world.post(ana, world.activity(ana, "Follow", macon), at=now())
    work()
    assert world.kinds() == ["Accept"]
    silence["on"] = False
    assert federating.release_due(at=now()) == 1
    assert federating.release_due(at=now()) == 0
    work()
    assert world.kinds() == ["Accept", "Create"]


def test_what_waits_in_a_queue_when_silence_falls_stays_there(
    cast: Cast, world: World, macon: str, silence: Any
) -> None:
    follow(world, macon)
    work()
    world.sent.clear()
    note = announce(cast)
    silence["on"] = True
    work()
    assert world.sent == []
    row = Delivery.objects.filter(activity__kind="Create").get()
    assert (row.state, row.attempts) == (DeliveryState.WAITING, 0)
    assert row.due_at > now() + timedelta(hours=2)
    federating.withdraw(by_id=cast.owner, note_id=note.pk, at=now())
    work()
    assert world.kinds() == ["Delete"]
    silence["on"] = False
    spreading.deliver.call(delivery_id=str(row.pk))
    assert world.kinds() == ["Delete"]


# What comes back ----------------------------------------------------------------------------------


def said_by(world: World, cast: Cast, macon: str, **more: Any) -> tuple[Any, PublicNote, RemoteReply]:
    ana = follow(world, macon)
    note = announce(cast)
    said = world.note(ana, inReplyTo=f"{US}/annonces/{note.pk}/", **more)
    assert world.post(ana, world.activity(ana, "Create", said), at=now()).status_code == 202
    work()
    world.sent.clear()
    return ana, note, RemoteReply.objects.get()


def test_nobody_sees_an_answer_before_a_leader_decided(
    cast: Cast, world: World, macon: str, client: Any
) -> None:
    _ana, note, reply = said_by(world, cast, macon)
    address = f"/annonces/{note.pk}/"
    assert reply.state == OutsideState.WAITING
    assert "Bravo" not in client.get(address).content.decode()
    federating.show(by_id=cast.owner, reply_id=reply.pk, at=now())
    assert "Bravo" in client.get(address).content.decode()
    assert client.get(address, **AS2).json()["replies"]["items"] == [reply.url]
    work()
    assert world.sent == []
    federating.refuse(by_id=cast.owner, reply_id=reply.pk, at=now())
    assert "Bravo" not in client.get(address).content.decode()
    assert client.get(address, **AS2).json()["replies"]["items"] == []


def test_passed_on_and_taken_back(cast: Cast, world: World, macon: str) -> None:
    _ana, _note, reply = said_by(world, cast, macon)
    federating.show(by_id=cast.owner, reply_id=reply.pk, pass_on=True, at=now())
    work()
    assert world.sent[-1][1]["object"] == reply.url
    federating.refuse(by_id=cast.owner, reply_id=reply.pk, at=now())
    work()
    assert world.sent[-1][1]["type"] == "Undo"
    assert world.sent[-1][1]["object"]["id"] == world.sent[0][1]["id"]


def test_the_group_answers_where_it_was_written_to(cast: Cast, world: World, macon: str, client: Any) -> None:
    ana, _note, reply = said_by(world, cast, macon)
    federating.answer_outside(by_id=cast.owner, reply_id=reply.pk, body="Merci !", at=now())
    work()
    told = next(activity for url, activity, _h in world.sent if url.startswith(ana.url))["object"]
    assert told["inReplyTo"] == reply.url
    assert told["tag"] == [{"type": "Mention", "href": ana.url, "name": "@ana@ailleurs.example"}]
    assert ana.url in told["cc"]
    assert told["content"].endswith("<p>Merci !</p>\n")
    assert client.get(told["id"].removeprefix(US), **AS2).json()["inReplyTo"] == reply.url


def test_what_was_written_to_us_only_stays_so(cast: Cast, world: World, macon: str, client: Any) -> None:
    ana, _note, reply = said_by(world, cast, macon, to=[macon])
    assert not reply.is_public
    with pytest.raises(WrittenToUs):
        federating.show(by_id=cast.owner, reply_id=reply.pk, at=now())
    federating.answer_outside(by_id=cast.owner, reply_id=reply.pk, body="Entre nous.", at=now())
    work()
    assert [url for url, _a, _h in world.sent] == [f"{ana.url}/inbox"]
    told = world.sent[0][1]["object"]
    assert (told["to"], told["cc"]) == ([ana.url], [])
    assert client.get(told["id"].removeprefix(US), **AS2).status_code == 404
    assert (
        "Entre nous" not in client.get("/federation/acteurs/macon/envois/?avant=maintenant").content.decode()
    )


def test_other_words_than_those_shown_wait_again(cast: Cast, world: World, macon: str) -> None:
    ana, _note, reply = said_by(world, cast, macon)
    federating.show(by_id=cast.owner, reply_id=reply.pk, at=now())
    changed = world.note(ana, "<p>Autre chose</p>", id=reply.url)
    world.post(ana, world.activity(ana, "Update", changed), at=now())
    reply.refresh_from_db()
    assert (reply.state, reply.html) == (OutsideState.WAITING, "<p>Autre chose</p>")


def test_deleted_there_is_deleted_here(cast: Cast, world: World, macon: str) -> None:
    ana, note, reply = said_by(world, cast, macon)
    federating.show(by_id=cast.owner, reply_id=reply.pk, pass_on=True, at=now())
    gone = world.activity(ana, "Delete", {"id": reply.url, "type": "Tombstone"})
    assert world.post(ana, gone, at=now()).status_code == 202
    assert not RemoteReply.objects.exists()
    work()
    assert world.kinds()[-1] == "Undo"
    world.post(ana, world.activity(ana, "Like", f"{US}/annonces/{note.pk}/"), at=now())
    world.documents.clear()
    assert world.post(ana, world.activity(ana, "Delete", ana.url), at=now()).status_code == 202
    assert not RemoteActor.objects.exists()
    assert not Follower.objects.exists()


def test_likes_and_shares_are_counted_once_without_a_name(
    cast: Cast, world: World, macon: str, client: Any
) -> None:
    ana, note, _reply = said_by(world, cast, macon)
    url = f"{US}/annonces/{note.pk}/"
    likes = [world.activity(ana, "Like", url) for _ in range(2)]
    for like in [*likes, world.activity(ana, "Announce", url)]:
        assert world.post(ana, like, at=now()).status_code == 202
    said = client.get(f"/annonces/{note.pk}/", **AS2).json()
    assert (said["likes"]["totalItems"], said["shares"]["totalItems"]) == (1, 1)
    assert "ana" not in "".join(RemoteReaction.objects.values_list("who", flat=True))
    world.post(ana, world.activity(ana, "Undo", likes[0]), at=now())
    assert client.get(f"/annonces/{note.pk}/", **AS2).json()["likes"]["totalItems"] == 0
    # snac likes again under the same address.
    world.post(ana, likes[0], at=now() + timedelta(seconds=2))
    assert client.get(f"/annonces/{note.pk}/", **AS2).json()["likes"]["totalItems"] == 1


def test_following_no_more_and_again(cast: Cast, world: World, macon: str) -> None:
    ana = world.account()
    first = world.activity(ana, "Follow", macon)
    world.post(ana, first, at=now())
    world.post(ana, world.activity(ana, "Undo", first), at=now())
    assert not Follower.objects.exists()
    # Some servers follow again under the same address.
    world.post(ana, first, at=now() + timedelta(seconds=2))
    assert Follower.objects.count() == 1
    world.post(ana, world.activity(ana, "Undo", first["id"]), at=now())
    assert not Follower.objects.exists()


def test_a_blocked_account_and_a_blocked_server(cast: Cast, world: World, macon: str) -> None:
    ana, note, reply = said_by(world, cast, macon)
    federating.block_author(by_id=cast.owner, reply_id=reply.pk, at=now())
    work()
    assert sorted(world.kinds()) == ["Block", "Reject"]
    assert not Follower.objects.exists()
    url = f"{US}/annonces/{note.pk}/"
    assert world.post(ana, world.activity(ana, "Like", url), at=now()).status_code == 403
    remote = RemoteActor.objects.get()
    federating.unblock_account(by_id=cast.administrator, remote_id=remote.pk, at=now())
    assert world.post(ana, world.activity(ana, "Like", url), at=now()).status_code == 202
    with pytest.raises(NotFound):
        federating.block_domain(by_id=cast.owner, domain="ailleurs.example", reason="", at=now())
    federating.block_domain(by_id=cast.administrator, domain="ailleurs.example", reason="Haine", at=now())
    assert world.post(ana, world.activity(ana, "Like", url), at=now()).status_code == 403
    federating.unblock_domain(by_id=cast.administrator, domain="ailleurs.example")
    assert world.post(ana, world.activity(ana, "Like", url), at=now()).status_code == 202
    with pytest.raises(federating.NoServer):
        federating.block_domain(by_id=cast.administrator, domain="pas un serveur", reason="", at=now())


def test_a_reported_answer_is_hidden_and_comes_back(cast: Cast, world: World, macon: str) -> None:
    from amiral.rooms.moderation.contracts import Grounds

    _ana, _note, reply = said_by(world, cast, macon)
    with pytest.raises(NotFound):
        federating.report_outside(
            by_id=cast.stranger, reply_id=reply.pk, grounds=Grounds.INSULT, explanation=""
        )
    federating.show(by_id=cast.owner, reply_id=reply.pk, at=now())
    federating.report_outside(
        by_id=cast.stranger, reply_id=reply.pk, grounds=Grounds.INSULT, explanation="Voir la fin."
    )
    api.hide_reported(subject_kind="outside", subject_id=reply.pk, at=now())
    assert RemoteReply.objects.get().state == OutsideState.REFUSED
    api.restore_reported(subject_kind="outside", subject_id=reply.pk)
    assert RemoteReply.objects.get().state == OutsideState.SHOWN


def test_leaders_are_told_once_an_hour(cast: Cast, world: World, macon: str) -> None:
    from amiral.rooms.network.models import Notification

    ana, note, _reply = said_by(world, cast, macon)
    again = world.note(ana, inReplyTo=f"{US}/annonces/{note.pk}/")
    world.post(ana, world.activity(ana, "Create", again), at=now())
    assert Notification.objects.filter(person_id=cast.owner, url="/reponses/").count() == 1


def test_closing_tells_and_forgets(cast: Cast, world: World, macon: str, client: Any) -> None:
    follow(world, macon)
    work()
    world.sent.clear()
    federating.close_federation(by_id=cast.administrator, at=now())
    work()
    assert world.kinds() == ["Reject"]
    assert not Follower.objects.exists()
    assert client.get("/federation/acteurs/macon/", **AS2).status_code == 404


def test_retention(cast: Cast, world: World, macon: str) -> None:
    _ana, _note, reply = said_by(world, cast, macon)
    federating.refuse(by_id=cast.owner, reply_id=reply.pk, at=now())
    Follower.objects.all().delete()
    api.purge(at=now() + timedelta(days=29))
    assert RemoteReply.objects.exists()
    api.purge(at=now() + timedelta(days=31))
    assert not RemoteReply.objects.exists()
    api.purge(at=now() + timedelta(days=91))
    for model in (RemoteActor, RemoteDomain, InboxSeen, OutActivity, Delivery):
        assert not model._default_manager.exists(), model
    assert PublicNote.objects.exists()


def test_nothing_is_asked_of_the_database_where_it_is_off(cast: Cast, django_assert_num_queries: Any) -> None:
    from amiral.rooms.network.queries import outside

    with django_assert_num_queries(0):
        assert outside.handle_of_group(group_id=cast.group) == ""
        assert not federation.is_open()


def test_another_secret_key_gives_up_and_says_so(cast: Cast, world: World, macon: str, settings: Any) -> None:
    follow(world, macon)
    settings.SECRET_KEY = "x" * 60
    work()
    assert Delivery.objects.get().answer == "The key of the group cannot be opened."


__all__ += ["rotated"]
