"""Who may open which page and use which verb: one row per address and verb, one column per person."""

from typing import Any

import pytest

from amiral.rooms.network.models import Comment, Group, Membership, Post
from tests.conftest import Cast
from tests.rooms.network.conftest import Said
from tests.rooms.network.test_certification import ADDRESSES as CERTIFICATION_ADDRESSES
from tests.rooms.network.test_federation_rights import ADDRESSES as FEDERATION_ADDRESSES
from tests.rooms.network.test_feed_rights import ADDRESSES as FEED_ADDRESSES
from tests.rooms.network.test_group_rights import ADDRESSES as GROUP_ADDRESSES

PERSONS = (
    "anonymous", "teammate", "owner", "stranger", "coordinator", "other_coordinator", "administrator"
)  # fmt: skip
# What each person is answered, in the order of PERSONS. L: sent to sign in; 302: done, on to the next page.
L = "sign in"
PAGES: dict[tuple[str, str], tuple[Any, ...]] = {
    ("get", "/groupes/"): (200, 200, 200, 200, 200, 200, 200),
    ("get", "/groupes/?q=71000"): (200, 200, 200, 200, 200, 200, 200),
    ("get", "/bienvenue/"): (L, 200, 200, 200, 200, 200, 200),
    ("get", "/groupes/macon/"): (200, 200, 200, 200, 200, 200, 200),
    ("get", "/groupes/nulle-part/"): (404, 404, 404, 404, 404, 404, 404),
    ("get", "/groupes/macon/membres/"): (L, 200, 200, 404, 200, 404, 200),
    ("get", "/groupes/saone-et-loire/membres/"): (L, 200, 200, 404, 200, 404, 200),
    ("get", "/groupes/dijon/membres/"): (L, 404, 404, 200, 404, 200, 200),
    ("post", "/groupes/macon/rejoindre/"): (L, 302, 302, 302, 302, 302, 302),
    ("post", "/groupes/macon/quitter/"): (L, 302, 302, 302, 302, 302, 302),
    ("get", "/groupes/macon/publier/"): (L, 200, 200, 404, 200, 404, 200),
    ("post", "/groupes/macon/publier/"): (L, 302, 302, 404, 302, 404, 302),
    ("post", "/groupes/saone-et-loire/publier/"): (L, 404, 404, 404, 302, 404, 302),
    ("get", "/groupes/macon/modifier/"): (L, 404, 200, 404, 200, 404, 200),
    ("post", "/groupes/macon/modifier/"): (L, 404, 302, 404, 302, 404, 302),
    ("get", "/groupes/macon/animation/"): (L, 404, 404, 404, 200, 404, 200),
    ("post", "/groupes/macon/animation/"): (L, 404, 404, 404, 302, 404, 302),
    ("post", "/groupes/macon/animation/{mandate}/retirer/"): (L, 404, 302, 404, 302, 404, 302),
    ("get", "/groupes/nouveau/"): (L, 404, 404, 404, 200, 200, 200),
    ("get", "/groupes/nouveau/?commune=commune:71076"): (L, 404, 404, 404, 200, 404, 200),
    ("post", "/groupes/nouveau/?commune=commune:71076"): (L, 404, 404, 404, 302, 404, 302),
    ("get", "/publications/{post}/"): (L, 200, 200, 404, 200, 404, 200),
    ("post", "/publications/{post}/"): (L, 302, 302, 404, 302, 404, 302),
    ("get", "/publications/{post}/supprimer/"): (L, 200, 404, 404, 404, 404, 404),
    ("post", "/publications/{post}/supprimer/"): (L, 302, 404, 404, 404, 404, 404),
    ("get", "/publications/{post}/signaler/"): (L, 200, 200, 404, 200, 404, 200),
    # The author is told to delete it instead: the form again, with the sentence.
    ("post", "/publications/{post}/signaler/"): (L, 200, 302, 404, 302, 404, 302),
    ("post", "/commentaires/{comment}/supprimer/"): (L, 404, 302, 404, 404, 404, 404),
    ("get", "/commentaires/{comment}/signaler/"): (L, 200, 200, 404, 200, 404, 200),
    ("post", "/commentaires/{comment}/signaler/"): (L, 302, 200, 404, 302, 404, 302),
}
SENT = {
    "body": "Bonjour à tous",
    "name": "Mâcon nord",
    "presentation": "Bienvenue",
    "grounds": "insult",
    "explanation": "Voir la dernière phrase.",
}


def answer(browser: Any, verb: str, address: str, **extra: str) -> Any:
    """The status of one request, or ``L``."""
    response = browser.get(address) if verb == "get" else browser.post(address, SENT | extra)
    if response.status_code == 302 and response.url.startswith("/compte/"):
        return L
    return response.status_code


@pytest.mark.parametrize("person", PERSONS)
@pytest.mark.parametrize(("verb", "pattern"), PAGES)
def test_matrix(cast: Cast, said: Said, sign_in: Any, verb: str, pattern: str, person: str) -> None:
    from amiral.rooms.people.models import Mandate

    mandate = Mandate.objects.get(scope_id=cast.group).pk
    address = pattern.format(post=said.post, comment=said.comment, mandate=mandate)
    browser = sign_in(getattr(cast, person, None))
    wanted = PAGES[verb, pattern][PERSONS.index(person)]
    assert answer(browser, verb, address, person_id=str(cast.teammate)) == wanted


def test_every_address_stands_in_the_matrix() -> None:
    from amiral.rooms.network.web.urls import urlpatterns

    known = (
        {
            pattern.replace("macon", "<slug:slug>")
            .replace("{post}", "<uuid:post_id>")
            .replace("{comment}", "<uuid:comment_id>")
            .replace("{mandate}", "<uuid:mandate_id>")
            .partition("?")[0]
            .lstrip("/")
            for _verb, pattern in PAGES
        }
        | FEED_ADDRESSES
        | GROUP_ADDRESSES
        | FEDERATION_ADDRESSES
        | CERTIFICATION_ADDRESSES
    )
    assert {str(entry.pattern) for entry in urlpatterns} <= known


@pytest.mark.parametrize(("verb", "pattern"), [(verb, pattern) for verb, pattern in PAGES if verb == "post"])
def test_a_refused_verb_changes_nothing(
    cast: Cast, said: Said, sign_in: Any, verb: str, pattern: str
) -> None:
    from amiral.rooms.moderation.models import Report
    from amiral.rooms.people.models import Mandate

    mandate = Mandate.objects.get(scope_id=cast.group).pk

    def state() -> tuple[Any, ...]:
        return (
            sorted(Post.objects.values_list("pk", "body")),
            sorted(Comment.objects.values_list("pk", "body")),
            sorted(Group.objects.values_list("pk", "name", "presentation")),
            sorted(Mandate.objects.values_list("pk", "ends_at"), key=str),
            Report.objects.count(),
        )

    before = state()
    address = pattern.format(post=said.post, comment=said.comment, mandate=mandate)
    for person in ("anonymous", "stranger", "other_coordinator"):
        if PAGES[verb, pattern][PERSONS.index(person)] in (404, L):
            answer(sign_in(getattr(cast, person, None)), verb, address, person_id=str(cast.teammate))
    assert state() == before


@pytest.mark.parametrize("person", PERSONS)
def test_only_readers_see_what_is_said_on_the_group_page(
    cast: Cast, said: Said, sign_in: Any, person: str
) -> None:
    page = sign_in(getattr(cast, person, None)).get("/groupes/macon/").content.decode()
    reads = person in ("teammate", "owner", "coordinator", "administrator")
    assert ("Rendez-vous samedi." in page) is reads
    assert ("J’y serai." in page) is reads
    assert ("Owner E." in page) is reads
    assert "@example.org" not in page


@pytest.mark.parametrize("person", PERSONS)
def test_no_page_shows_an_address(cast: Cast, said: Said, sign_in: Any, person: str) -> None:
    browser = sign_in(getattr(cast, person, None))
    own = "" if person == "anonymous" else f"{person.replace('_', '')}@example.org"
    for verb, pattern in PAGES:
        if verb == "get":
            page = browser.get(pattern.format(post=said.post, comment=said.comment), follow=True)
            assert "@example.org" not in page.content.decode().replace(own or "—", "")


def test_who_manages_a_group_plans_actions_from_its_page(cast: Cast, said: Said, sign_in: Any) -> None:
    shown = {
        person
        for person in ("owner", "teammate", "stranger", "coordinator")
        if "/actions/nouvelle/" in sign_in(getattr(cast, person)).get("/groupes/macon/").content.decode()
    }
    assert shown == {"owner", "coordinator"}


def test_members_of_a_local_group_read_the_group_of_the_departement_but_do_not_write(
    cast: Cast, sign_in: Any
) -> None:
    from amiral.rooms.network import api

    post = api.publish(author_id=cast.coordinator, group_id=cast.departement_group, body="Assemblée mardi.")
    teammate = sign_in(cast.teammate)
    assert "Assemblée mardi." in teammate.get("/groupes/saone-et-loire/").content.decode()
    assert teammate.get(f"/publications/{post}/").status_code == 200
    assert teammate.post(f"/publications/{post}/", {"body": "Oui"}).status_code == 404
    assert sign_in(cast.stranger).get(f"/publications/{post}/").status_code == 404
    teammate.post("/groupes/saone-et-loire/rejoindre/")
    assert teammate.post(f"/publications/{post}/", {"body": "Oui"}).status_code == 302


def test_who_has_left_no_longer_reads(cast: Cast, said: Said, sign_in: Any) -> None:
    browser = sign_in(cast.teammate)
    browser.post("/groupes/macon/quitter/")
    assert browser.get(f"/publications/{said.post}/").status_code == 404
    assert browser.get("/groupes/macon/membres/").status_code == 404
    # One's own words stay in one's reach.
    assert browser.post(f"/publications/{said.post}/supprimer/").status_code == 302
    assert not Post.objects.exists()


def test_hidden_words_are_read_by_nobody_but_may_be_deleted_by_their_author(
    cast: Cast, said: Said, sign_in: Any
) -> None:
    from amiral.rooms.network import api
    from tests.conftest import NOON

    api.hide_reported(subject_kind="comment", subject_id=said.comment, at=NOON)
    for person in ("teammate", "owner", "administrator"):
        browser = sign_in(getattr(cast, person))
        assert "J’y serai." not in browser.get(f"/publications/{said.post}/").content.decode()
        assert "J’y serai." not in browser.get("/groupes/macon/").content.decode()
        assert browser.get(f"/commentaires/{said.comment}/signaler/").status_code == 404
    assert sign_in(cast.owner).post(f"/commentaires/{said.comment}/supprimer/").status_code == 302
    api.hide_reported(subject_kind="post", subject_id=said.post, at=NOON)
    assert sign_in(cast.administrator).get(f"/publications/{said.post}/").status_code == 404


def test_the_words_of_erased_persons_belong_to_nobody(cast: Cast, said: Said) -> None:
    from amiral.kit.errors import NotFound
    from amiral.rooms.network import access

    Post.objects.filter(pk=said.post).update(author_id=None)
    Comment.objects.filter(pk=said.comment).update(author_id=None)
    with pytest.raises(NotFound):
        access.access_own_post_by_id(person_id=None, post_id=said.post)
    with pytest.raises(NotFound):
        access.access_own_comment_by_id(person_id=None, comment_id=said.comment)


def test_membership_of_another_group_opens_nothing(cast: Cast, said: Said, sign_in: Any) -> None:
    Membership.objects.filter(person_id=cast.stranger).update(group_id=cast.departement_group)
    # A member of the département's group is not, by that, a member of the local groups inside it.
    assert sign_in(cast.stranger).get("/groupes/macon/membres/").status_code == 404


@pytest.mark.parametrize("pattern", [pattern for verb, pattern in PAGES if verb == "post"])
def test_every_verb_is_limited(
    cast: Cast, said: Said, sign_in: Any, pattern: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("amiral.kit.ratelimit.is_allowed", lambda **_: False)
    address = pattern.format(post=said.post, comment=said.comment, mandate=said.post)
    assert sign_in(cast.teammate).post(address, SENT).status_code == 429
