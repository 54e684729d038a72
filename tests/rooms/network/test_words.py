"""Posts, comments, feeds: what is said, and that it harms no reader."""

import re
from datetime import timedelta
from html.parser import HTMLParser
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import given, settings
from hypothesis import strategies as st

from amiral.kit.errors import Refused
from amiral.kit.markdown import to_html
from amiral.kit.models import AuditLine
from amiral.rooms.network import actions, api
from amiral.rooms.network.models import Comment, Group, Membership, Post
from amiral.rooms.network.queries import words
from tests.conftest import NOON, Cast, make_person
from tests.rooms.network.conftest import Said

ATTACKS = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<a href='javascript:alert(1)'>x</a>",
    "[x](javascript:alert(1))",
    "[x](data:text/html;base64,PHNjcmlwdD4=)",
    "[x](JaVaScRiPt:alert(1))",
    "![x](https://elsewhere.example/pixel.png)",
    "<style>body{display:none}</style>",
    "<iframe src='https://elsewhere.example'></iframe>",
    '<p style="position:fixed">x</p>',
    "<svg onload=alert(1)>",
    "</article></main><script>1</script>",
    '"><script>1</script>',
    "<form action='https://elsewhere.example'><input name=q></form>",
    "[x](https://elsewhere.example \"onmouseover='alert(1)'\")",
]


class Elements(HTMLParser):
    """What a browser would make of a page: every element with its attributes."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str]]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, {name: value or "" for name, value in attrs}))


def dangers(page: str) -> list[str]:
    """Elements and attributes that could run, load or send something elsewhere."""
    found = []
    for tag, attributes in Elements(page).found:
        addresses = [attributes.get(name, "") for name in ("src", "action", "formaction", "data")]
        if tag in {"iframe", "style", "object", "embed"} or (tag == "script" and "src" not in attributes):
            found.append(tag)
        if any(name.startswith("on") or name == "style" for name in attributes):
            found.append(f"{tag} {attributes}")
        if any(address and not address.startswith("/") for address in addresses):
            found.append(f"{tag} {addresses}")
        if re.match(r"\s*(javascript|data|vbscript):", attributes.get("href", ""), re.IGNORECASE):
            found.append(f"{tag} {attributes}")
    return found


@pytest.mark.parametrize("attack", ATTACKS)
def test_words_never_become_code(cast: Cast, sign_in: Any, attack: str) -> None:
    post = api.publish(author_id=cast.teammate, group_id=cast.group, body=f"Bonjour {attack}", at=NOON)
    answer = api.comment(author_id=cast.teammate, post_id=post, body=f"Bonjour\n\n{attack}", at=NOON)
    browser = sign_in(cast.owner)
    for address in (
        "/groupes/macon/",
        "/groupes/",
        f"/publications/{post}/",
        f"/publications/{post}/signaler/",
        f"/commentaires/{answer}/signaler/",
    ):
        page = browser.get(address).content.decode()
        assert "Bonjour" in page
        assert dangers(page) == []


def test_the_detector_of_dangers_sees_them() -> None:
    assert all(
        dangers(attack) for attack in ATTACKS if attack.startswith(("<", '"', "</")) and "href" not in attack
    )
    assert dangers("<a href='JavaScript:alert(1)'>x</a>")


@settings(deadline=None, max_examples=200)
@given(st.text(max_size=300))
def test_rendering_holds_no_attribute_but_a_safe_link(text: str) -> None:
    html = to_html(text)
    for tag in re.findall(r"<[^>]+>", html):
        assert re.fullmatch(
            r"</?[a-z0-9]+>|<hr>|<br>|<ol start=\"\d+\">"
            r"|<a( href=\"(https?:|mailto:|[^:\"]*(\"|/))[^\"]*\"?)? rel=\"nofollow noopener noreferrer\">",
            tag,
        ), tag


def test_names_and_groups_are_escaped(cast: Cast, sign_in: Any) -> None:
    from amiral.rooms.people.models import Person

    Person.objects.filter(pk=cast.teammate).update(given_name="<b>Zoé</b>")
    Group.objects.filter(pk=cast.group).update(name="<i>Mâcon</i>")
    post = api.publish(author_id=cast.teammate, group_id=cast.group, body="x", at=NOON)
    browser = sign_in(cast.owner)
    for address in ("/groupes/macon/", "/groupes/macon/membres/", f"/publications/{post}/", "/groupes/"):
        page = browser.get(address).content.decode()
        assert "<b>Zoé" not in page
        assert "<i>Mâcon" not in page


@pytest.mark.parametrize("body", ["", "   ", "\r\n\t", "x" * 5001])
def test_a_post_says_something_and_not_too_much(cast: Cast, body: str) -> None:
    with pytest.raises(Refused):
        api.publish(author_id=cast.teammate, group_id=cast.group, body=body)
    assert not Post.objects.exists()


def test_the_limit_counts_a_line_end_once(cast: Cast) -> None:
    body = "a\r\n" * 2500  # 5,000 characters in the browser, 7,500 on the wire
    api.publish(author_id=cast.teammate, group_id=cast.group, body=body)
    assert len(Post.objects.get().body) == 4999


@pytest.mark.parametrize("table", [Post, Comment])
def test_the_database_refuses_empty_words(cast: Cast, said: Said, table: Any) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        table.objects.update(body="")


def test_an_empty_post_is_refused_beside_the_field(cast: Cast, sign_in: Any) -> None:
    response = sign_in(cast.teammate).post("/groupes/macon/publier/", {"body": " "})
    assert response.status_code == 200
    assert "body" in response.context["form"].errors


def test_a_comment_too_long_is_kept_in_the_form(cast: Cast, said: Said, sign_in: Any) -> None:
    response = sign_in(cast.teammate).post(f"/publications/{said.post}/", {"body": "z" * 2001})
    assert response.status_code == 200
    assert "z" * 2001 in response.content.decode()
    assert Comment.objects.count() == 1


def test_the_feed_is_newest_first_with_the_last_comments(cast: Cast) -> None:
    posts = [
        api.publish(
            author_id=cast.teammate, group_id=cast.group, body=f"post {n}", at=NOON + timedelta(hours=n)
        )
        for n in range(3)
    ]
    for n in range(5):
        api.comment(author_id=cast.owner, post_id=posts[0], body=f"comment {n}", at=NOON + timedelta(hours=n))
    group = Group.objects.get(pk=cast.group)
    page = words.feed(group=group, person_id=cast.owner, page_number=1)
    assert [post.id for post in page.object_list] == posts[::-1]
    oldest = page.object_list[-1]
    assert oldest.comment_count == 5
    assert [comment.body_html.removeprefix("<p>").removesuffix("</p>\n") for comment in oldest.comments] == [
        "comment 2",
        "comment 3",
        "comment 4",
    ]
    assert all(comment.is_own for comment in oldest.comments)
    assert not oldest.is_own


def test_the_feed_has_pages(cast: Cast, sign_in: Any) -> None:
    for n in range(23):
        api.publish(author_id=cast.owner, group_id=cast.group, body=f"numéro-{n:02}", at=NOON + timedelta(n))
    browser = sign_in(cast.owner)
    first = browser.get("/groupes/macon/").content.decode()
    second = browser.get("/groupes/macon/?page=2").content.decode()
    assert "numéro-22" in first
    assert "numéro-02" not in first
    assert "numéro-02" in second
    assert browser.get("/groupes/macon/?page=nonsense").status_code == 200
    assert browser.get("/groupes/macon/?page=999").status_code == 200


def test_the_personal_feed_merges_ones_groups_and_no_other(cast: Cast, sign_in: Any) -> None:
    api.join(person_id=cast.teammate, group_id=cast.departement_group)
    api.publish(author_id=cast.owner, group_id=cast.group, body="De Mâcon", at=NOON)
    api.publish(
        author_id=cast.coordinator, group_id=cast.departement_group, body="De Saône-et-Loire", at=NOON
    )
    api.publish(author_id=cast.stranger, group_id=cast.other_group, body="De Dijon", at=NOON)
    page = sign_in(cast.teammate).get("/groupes/").content.decode()
    assert "De Mâcon" in page
    assert "De Saône-et-Loire" in page
    assert "De Dijon" not in page


def test_deleting_a_post_takes_its_comments_and_leaves_a_trace_without_words(cast: Cast, said: Said) -> None:
    actions.delete_post(by_id=cast.teammate, post_id=said.post)
    assert not Post.objects.exists()
    assert not Comment.objects.exists()
    line = AuditLine.objects.get(verb="delete-post")
    assert (line.actor_id, line.subject_id, line.detail) == (cast.teammate, str(said.post), {})


def test_one_does_not_report_oneself(cast: Cast, said: Said, sign_in: Any) -> None:
    response = sign_in(cast.teammate).post(
        f"/publications/{said.post}/signaler/", {"grounds": "other", "explanation": ""}
    )
    assert "Ce sont vos propres mots" in response.content.decode()


def test_who_thinks_better_of_a_report_goes_back_to_the_words(cast: Cast, said: Said, sign_in: Any) -> None:
    browser = sign_in(cast.owner)
    for address in (f"/publications/{said.post}/signaler/", f"/commentaires/{said.comment}/signaler/"):
        assert f'href="/publications/{said.post}/">Annuler' in browser.get(address).content.decode()


def test_a_report_reaches_the_moderators_with_the_words(cast: Cast, said: Said, sign_in: Any) -> None:
    from amiral.rooms.moderation import api as moderation
    from amiral.rooms.moderation.models import Report

    browser = sign_in(cast.owner)
    sent = {"grounds": "insult", "explanation": "Regardez."}
    assert browser.post(f"/publications/{said.post}/signaler/", sent).status_code == 302
    report = Report.objects.get()
    assert (report.excerpt, report.grounds, report.explanation) == (
        "Rendez-vous samedi.",
        "insult",
        "Regardez.",
    )
    assert (report.subject_author_id, report.reporter_id) == (cast.teammate, cast.owner)
    assert report.territory_id == "commune:71270"
    assert moderation.open_count(person_id=cast.coordinator) == 1
    again = browser.post(f"/publications/{said.post}/signaler/", sent)
    assert "Vous l’avez déjà signalé." in again.content.decode()


def test_grounds_are_chosen_from_the_list(cast: Cast, said: Said, sign_in: Any) -> None:
    response = sign_in(cast.owner).post(f"/publications/{said.post}/signaler/", {"grounds": "envy"})
    assert "grounds" in response.context["form"].errors


def test_hiding_what_is_not_ours_changes_nothing(cast: Cast, said: Said) -> None:
    api.hide_reported(subject_kind="page", subject_id=said.post, at=NOON)
    api.hide_reported(subject_kind="post", subject_id=said.comment, at=NOON)
    assert Post.objects.get().hidden_at is None
    assert Comment.objects.get().hidden_at is None


# Queries -------------------------------------------------------------------------------------------


def grow(cast: Cast, said: Said, names: list[str]) -> None:
    """For each name: a member who posts and comments twice, and a local group that the team-mate is in."""
    for name in names:
        person = make_person(name)
        Membership.objects.create(group_id=cast.group, person_id=person, source="choice")
        post = api.publish(author_id=person, group_id=cast.group, body="encore", at=NOON)
        api.comment(author_id=person, post_id=post, body="oui", at=NOON)
        api.comment(author_id=person, post_id=said.post, body="oui", at=NOON)
        group = Group.objects.create(kind="local", slug=name.lower(), name=name, territory_id="commune:71076")
        Membership.objects.create(group=group, person_id=cast.teammate, source="choice")


@pytest.mark.parametrize(
    "address",
    [
        "/groupes/",
        "/groupes/?q=71000",
        "/groupes/macon/",
        "/groupes/saone-et-loire/",
        "/groupes/macon/membres/",
        "/groupes/macon/animation/",
        "/publications/{post}/",
        "/bienvenue/",
    ],
)
def test_as_many_queries_for_twenty_rows_as_for_two(
    cast: Cast, said: Said, sign_in: Any, address: str
) -> None:
    browser = sign_in(cast.coordinator if "animation" in address else cast.teammate)
    path = address.format(post=said.post)

    def count() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert browser.get(path).status_code == 200
        return len(captured)

    grow(cast, said, ["Aline", "Basile"])
    count()  # fills what a session remembers
    few = count()
    grow(cast, said, [f"Membre{number}" for number in range(18)])
    count()  # the names of the group are read anew when it has grown
    assert count() == few
    assert few < 30


def test_the_public_part_costs_few_queries(
    cast: Cast, client: Any, django_assert_max_num_queries: Any
) -> None:
    with django_assert_max_num_queries(8):
        client.get("/groupes/macon/")
