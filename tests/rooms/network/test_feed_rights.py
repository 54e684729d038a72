"""Who may open which page of the feed and use which verb: one row per address, one column per person."""

from collections.abc import Mapping
from datetime import timedelta
from io import BytesIO
from typing import Any
from uuid import UUID

import pytest

from amiral.rooms.network import actions, api
from amiral.rooms.network.models import (
    Block,
    NotificationChoice,
    Picture,
    PollChoice,
    Post,
    PrivateMessage,
    Reach,
)
from tests.conftest import NOON, Cast

PERSONS = (
    "anonymous", "teammate", "owner", "stranger", "coordinator", "other_coordinator", "administrator"
)  # fmt: skip
L = "sign in"
EVERYBODY = (L, 200, 200, 200, 200, 200, 200)
DONE = (L, 302, 302, 302, 302, 302, 302)
READERS = (L, 200, 200, 404, 200, 404, 200)
WRITERS = (L, 302, 302, 404, 302, 404, 302)
# The conversation is one of the team-mate with the owner; a moderator opens it no more than a stranger does.
PAIR = (L, 200, 200, 404, 404, 404, 404)
PAGES: dict[tuple[str, str], tuple[Any, ...]] = {
    ("get", "/fil/"): EVERYBODY,
    ("get", "/fil/direct/"): EVERYBODY,
    ("get", "/fil/recherche/?q=samedi"): EVERYBODY,
    ("get", "/moi/notifications/"): EVERYBODY,
    ("post", "/moi/notifications/"): DONE,
    ("post", "/moi/notifications/lues/"): DONE,
    ("get", "/moi/notifications/{notification}/"): (L, 302, 404, 404, 404, 404, 404),
    ("get", "/groupes/macon/mentions/?q=te"): READERS,
    ("get", "/images/{picture}/petite/"): READERS,
    ("get", "/images/{picture}/moyenne/"): (L, 404, 404, 404, 404, 404, 404),
    ("post", "/publications/{post}/voter/"): WRITERS,
    ("post", "/publications/{post}/epingler/"): (L, 404, 302, 404, 302, 404, 302),
    ("post", "/publications/{post}/detacher/"): (L, 404, 302, 404, 302, 404, 302),
    ("get", "/conversations/"): EVERYBODY,
    ("get", "/conversations/{conversation}/"): PAIR,
    ("post", "/conversations/{conversation}/"): (L, 302, 302, 404, 404, 404, 404),
    ("get", "/conversations/avec/{owner}/"): (L, 200, 200, 404, 404, 404, 404),
    ("post", "/conversations/avec/{owner}/"): (L, 302, 404, 404, 404, 404, 404),
    ("get", "/groupes/macon/conversation/"): READERS,
    ("post", "/groupes/macon/conversation/"): WRITERS,
    ("post", "/conversations/messages/{message}/supprimer/"): (L, 302, 404, 404, 404, 404, 404),
    ("get", "/conversations/messages/{message}/signaler/"): PAIR,
    # The author is told to delete it instead: the form again, with the sentence.
    ("post", "/conversations/messages/{message}/signaler/"): (L, 200, 302, 404, 404, 404, 404),
    ("get", "/moi/blocages/"): EVERYBODY,
    ("post", "/moi/blocages/"): DONE,
    ("get", "/membres/{owner}/bloquer/"): (L, 200, 200, 404, 404, 404, 404),
    ("post", "/membres/{owner}/bloquer/"): (L, 302, 302, 404, 404, 404, 404),
    ("post", "/membres/{owner}/debloquer/"): DONE,
}
ADDRESSES = {
    pattern.replace("macon", "<slug:slug>")
    .replace("{post}", "<uuid:post_id>")
    .replace("{picture}/petite", "<uuid:picture_id>/<slug:size>")
    .replace("{notification}", "<uuid:notification_id>")
    .replace("{conversation}", "<uuid:conversation_id>")
    .replace("{message}", "<uuid:message_id>")
    .replace("{owner}", "<uuid:person_id>")
    .partition("?")[0]
    .lstrip("/")
    for _verb, pattern in PAGES
}


@pytest.fixture
def world(cast: Cast) -> Mapping[str, UUID]:
    """A post with a picture and a poll, a conversation that was answered, a notification of the team-mate."""
    post = actions.publish(
        author_id=cast.teammate,
        group_id=cast.group,
        body="Rendez-vous samedi. @owner-e",
        at=NOON,
        pictures=[actions.NewPicture(content=png(), alt="Une place au soleil")],
        poll=actions.NewPoll(
            question="Quand ?",
            choices=["Matin", "Soir"],
            is_multiple=False,
            closes_at=NOON + timedelta(days=7),
        ),
    )
    api.comment(author_id=cast.owner, post_id=post, body="@teammate-e oui", at=NOON)
    conversation = actions.write_to(by_id=cast.teammate, person_id=cast.owner, body="Bonjour", at=NOON)
    actions.answer(by_id=cast.owner, conversation_id=conversation, body="Oui ?", at=NOON)
    from amiral.rooms.network.models import Notification

    return {
        "post": post,
        "picture": Picture.objects.get().pk,
        "conversation": conversation,
        "message": PrivateMessage.objects.get(author_id=cast.teammate).pk,
        "notification": Notification.objects.filter(person_id=cast.teammate, kind="mention").get().pk,
        "owner": cast.owner,
        "choice": PollChoice.objects.get(label="Matin").pk,
    }


def png() -> bytes:
    from PIL import Image

    stream = BytesIO()
    Image.new("RGB", (8, 6), (200, 30, 30)).save(stream, "PNG")
    return stream.getvalue()


def answer(browser: Any, verb: str, address: str, world: Mapping[str, UUID]) -> Any:
    sent = {
        "body": "Bonjour",
        "choices": str(world["choice"]),
        "grounds": "insult",
        "explanation": "Voir.",
        "reachable": "nobody",
        **dict.fromkeys(("mention", "reply", "message", "announcement", "post", "group", "action"), "never"),
    }
    response = browser.get(address) if verb == "get" else browser.post(address, sent)
    if response.status_code == 302 and response.url.startswith("/compte/"):
        return L
    return response.status_code


@pytest.fixture(autouse=True)
def short_streams(monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
    from amiral.kit import streams

    monkeypatch.setattr(streams, "LASTS_S", 0.0)
    monkeypatch.setattr(streams, "SEATS", streams.Seats())
    settings.STREAMS = 20


def clock_at_noon(monkeypatch: pytest.MonkeyPatch) -> None:
    """The poll of the world is open."""
    for module in ("feed_views", "conversation_views", "views"):
        monkeypatch.setattr(f"amiral.rooms.network.web.{module}.now", lambda: NOON + timedelta(hours=1))


@pytest.mark.parametrize(("verb", "pattern"), PAGES)
def test_matrix(
    cast: Cast,
    world: Mapping[str, UUID],
    sign_in: Any,
    verb: str,
    pattern: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clock_at_noon(monkeypatch)
    address = pattern.format(**world)
    # Those who are refused come first: who may, changes things.
    order = sorted(range(len(PERSONS)), key=lambda place: PAGES[verb, pattern][place] not in (404, L))
    for place in order:
        before = state()
        found = answer(sign_in(getattr(cast, PERSONS[place], None)), verb, address, world)
        wanted = PAGES[verb, pattern][place]
        if wanted == 302 and "supprimer" in pattern:
            assert found == 302
            break
        assert found == wanted, PERSONS[place]
        if wanted in (404, L):
            assert state() == before, PERSONS[place]


def state() -> tuple[Any, ...]:
    return (
        sorted(Post.objects.values_list("pk", "body", "pinned_at"), key=str),
        sorted(PrivateMessage.objects.values_list("pk", "body")),
        sorted(PollChoice.objects.values_list("pk", "votes")),
        Block.objects.count(),
        Reach.objects.count(),
        NotificationChoice.objects.count(),
    )


@pytest.mark.parametrize("pattern", [pattern for verb, pattern in PAGES if verb == "post"])
def test_every_verb_is_limited(
    cast: Cast, sign_in: Any, pattern: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("amiral.kit.ratelimit.is_allowed", lambda **_: False)
    names = ("post", "picture", "conversation", "message", "notification", "owner")
    address = pattern.format(**dict.fromkeys(names, cast.owner))
    assert sign_in(cast.teammate).post(address, {}).status_code == 429


def test_no_page_shows_an_address(cast: Cast, world: Mapping[str, UUID], sign_in: Any) -> None:
    browser = sign_in(cast.owner)
    for verb, pattern in PAGES:
        if verb == "get" and "image" not in pattern and "direct" not in pattern:
            page = browser.get(pattern.format(**world), follow=True).content.decode()
            assert "@example.org" not in page.replace("owner@example.org", "")
