"""Who may open which page of public announcements and of other networks: one row per address."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import pytest

from amiral.kit.clock import now
from amiral.rooms.network.actions import federating
from amiral.rooms.network.models import LocalActor, PublicNote, RemoteActor, RemoteReply
from tests.conftest import Cast
from tests.rooms.network.outer import world as outer

__all__ = ["outer"]

PERSONS = (
    "anonymous", "teammate", "owner", "stranger", "coordinator", "other_coordinator", "administrator"
)  # fmt: skip
L = "sign in"
ALL = (200,) * 7
LEADERS = (L, 404, 200, 404, 200, 404, 200)
LEADERS_DONE = (L, 404, 302, 404, 302, 404, 302)
ADMINISTRATORS = (L, 404, 404, 404, 404, 404, 200)
ADMINISTRATORS_DONE = (L, 404, 404, 404, 404, 404, 302)
UNSIGNED = (400,) * 7
"""A machine's address: who is signed in here does not matter, an unsigned activity is refused."""
PAGES: dict[tuple[str, str], tuple[Any, ...]] = {
    ("get", "/.well-known/webfinger?resource=acct:macon@127.0.0.1:8000"): ALL,
    ("get", "/.well-known/host-meta"): ALL,
    ("get", "/.well-known/nodeinfo"): ALL,
    ("get", "/nodeinfo/2.1"): ALL,
    ("get", "/@macon"): (301,) * 7,
    ("post", "/federation/boite/"): UNSIGNED,
    ("get", "/federation/acteurs/macon/"): (302,) * 7,
    ("post", "/federation/acteurs/macon/boite/"): UNSIGNED,
    ("get", "/federation/acteurs/macon/envois/"): ALL,
    ("get", "/federation/acteurs/macon/abonnes/"): ALL,
    ("get", "/federation/acteurs/macon/abonnements/"): ALL,
    ("get", "/annonces/{note}/"): ALL,
    ("get", "/annonces/{note}/modifier/"): LEADERS,
    ("post", "/annonces/{note}/modifier/"): LEADERS_DONE,
    ("post", "/annonces/{note}/retirer/"): LEADERS_DONE,
    ("get", "/groupes/macon/annonces/"): ALL,
    ("get", "/groupes/dijon/annonces/"): (404,) * 7,
    ("get", "/groupes/macon/annonces/nouvelle/"): LEADERS,
    ("post", "/groupes/macon/annonces/nouvelle/"): LEADERS_DONE,
    ("get", "/groupes/macon/suivre-ailleurs/"): LEADERS,
    ("post", "/groupes/macon/suivre-ailleurs/ouvrir/"): LEADERS_DONE,
    ("post", "/groupes/macon/suivre-ailleurs/fermer/"): LEADERS_DONE,
    # Who leads no group that can be followed has no such page.
    ("get", "/reponses/"): LEADERS,
    ("get", "/reponses/{reply}/"): LEADERS,
    ("post", "/reponses/{reply}/"): LEADERS_DONE,
    ("post", "/reponses/{reply}/decider/"): LEADERS_DONE,
    ("get", "/reponses/{shown}/signaler/"): (L, 200, 200, 200, 200, 200, 200),
    ("post", "/reponses/{shown}/signaler/"): (L, 302, 302, 302, 302, 302, 302),
    ("get", "/reponses/{reply}/signaler/"): (L, 404, 404, 404, 404, 404, 404),
    ("get", "/federation/"): ADMINISTRATORS,
    ("post", "/federation/ouvrir/"): ADMINISTRATORS_DONE,
    ("post", "/federation/fermer/"): ADMINISTRATORS_DONE,
    ("post", "/federation/annoncer/"): ADMINISTRATORS_DONE,
    ("post", "/federation/serveurs/bloquer/"): ADMINISTRATORS_DONE,
    ("post", "/federation/serveurs/debloquer/"): ADMINISTRATORS_DONE,
    ("post", "/federation/serveurs/reessayer/"): ADMINISTRATORS_DONE,
    ("post", "/federation/comptes/{remote}/debloquer/"): ADMINISTRATORS_DONE,
    ("post", "/federation/cles/{actor}/changer/"): ADMINISTRATORS_DONE,
}
ADDRESSES = {
    pattern.partition("?")[0]
    .replace("acteurs/macon", "acteurs/<slug:handle>")
    .replace("@macon", "@<slug:handle>")
    .replace("macon", "<slug:slug>")
    .replace("{note}", "<uuid:note_id>")
    .replace("{reply}", "<uuid:reply_id>")
    .replace("{shown}", "<uuid:reply_id>")
    .replace("{remote}", "<uuid:remote_id>")
    .replace("{actor}", "<uuid:actor_id>")
    .lstrip("/")
    for _verb, pattern in PAGES
}
SENT = {
    "body": "Merci",
    "other_body": "",
    "verbe": "refuser",
    "grounds": "insult",
    "explanation": "Voir la fin.",
    "domain": "haine.example",
    "reason": "Haine",
}


@pytest.fixture
def federated(cast: Cast, outer: Any) -> Mapping[str, UUID]:
    """Mâcon can be followed, announced something, and two answers came in: one waits, one is shown."""
    federating.open_federation(by_id=cast.administrator, at=now())
    federating.open_group(by_id=cast.owner, group_id=cast.group, at=now())
    actor = LocalActor.objects.get(handle="macon")
    note = PublicNote.objects.create(actor=actor, body="Marché", html="<p>Marché</p>", published_at=now())
    remote = RemoteActor.objects.create(
        url="https://ailleurs.example/ana",
        domain="ailleurs.example",
        handle="ana@ailleurs.example",
        inbox="https://ailleurs.example/ana/inbox",
    )
    told: dict[str, Any] = {"actor": actor, "remote": remote, "note": note, "html": "<p>Bravo</p>"}
    reply = RemoteReply.objects.create(url="https://ailleurs.example/1", **told)
    shown = RemoteReply.objects.create(url="https://ailleurs.example/2", state="shown", **told)
    return {"actor": actor.pk, "note": note.pk, "remote": remote.pk, "reply": reply.pk, "shown": shown.pk}


@pytest.mark.parametrize(("verb", "pattern"), PAGES)
def test_matrix(cast: Cast, federated: Mapping[str, UUID], sign_in: Any, verb: str, pattern: str) -> None:
    """One world for all persons, those who may do nothing first."""
    order = sorted(range(len(PERSONS)), key=lambda place: PAGES[verb, pattern][place] in (200, 302))
    for place in order:
        browser = sign_in(getattr(cast, PERSONS[place], None))
        address = pattern.format(**federated)
        response = browser.get(address) if verb == "get" else browser.post(address, SENT)
        status = (
            L if response.status_code == 302 and response.url.startswith("/compte/") else response.status_code
        )
        wanted = PAGES[verb, pattern][place]
        if verb == "post" and wanted == 302 and status == 404:
            # The first who might has withdrawn or closed it already.
            assert (
                not LocalActor.objects.filter(opened_at__isnull=False, handle="macon").exists()
                or "retirer" in pattern
            )
            continue
        assert status == wanted, (PERSONS[place], pattern)


def test_every_address_stands_in_the_matrix() -> None:
    from amiral.rooms.network.web.federation_urls import urlpatterns

    assert {str(entry.pattern) for entry in urlpatterns} <= ADDRESSES


@pytest.mark.parametrize("page", ["/reponses/", "/federation/", "/groupes/macon/annonces/"])
def test_lists_ask_the_same_number_of_questions(
    cast: Cast, federated: Mapping[str, UUID], sign_in: Any, page: str, django_assert_max_num_queries: Any
) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    browser = sign_in(cast.administrator)
    browser.get(page)
    counts = []
    actor, remote = LocalActor.objects.get(handle="macon"), RemoteActor.objects.get()
    for number in range(2):
        with CaptureQueriesContext(connection) as asked:
            assert browser.get(page).status_code == 200
        counts.append(len(asked))
        for copy in range(18 * (1 - number)):
            PublicNote.objects.create(actor=actor, body="x", html="<p>x</p>", published_at=now())
            RemoteReply.objects.create(
                url=f"https://ailleurs.example/n/{copy}", actor=actor, remote=remote, html="<p>x</p>"
            )
    assert counts[0] == counts[1]
