"""The personal feed: merged when it is read, from what one may read, and nothing else."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import given, settings
from hypothesis import strategies as st

from amiral.kit.errors import NotFound
from amiral.kit.ids import new_id
from amiral.rooms.network import actions, api
from amiral.rooms.network.models import Block, Group, Membership, Mention, Post
from amiral.rooms.network.queries import feed, mentions, words
from amiral.rooms.network.queries.rendering import excerpt_of, handles_in, html_of
from amiral.rooms.people.models import Person
from tests.conftest import NOON, Cast, make_person
from tests.rooms.network.conftest import Said


def said_in(group_id: UUID, author_id: UUID, body: str, minute: int) -> UUID:
    return api.publish(author_id=author_id, group_id=group_id, body=body, at=NOON + timedelta(minutes=minute))


def ids(page: Any) -> list[UUID]:
    return [entry.comment.id if entry.comment else entry.post.id for entry in page.entries]


def test_groups_and_territory_are_merged_newest_first(cast: Cast) -> None:
    own = said_in(cast.group, cast.owner, "De Mâcon", 1)
    around = said_in(cast.departement_group, cast.coordinator, "De Saône-et-Loire", 2)
    said_in(cast.other_group, cast.stranger, "De Dijon", 3)
    newest = said_in(cast.group, cast.teammate, "De Mâcon encore", 4)
    assert ids(feed.page(person_id=cast.teammate)) == [newest, around, own]
    assert ids(feed.page(person_id=cast.teammate, part=feed.Part.GROUPS)) == [newest, own]
    assert ids(feed.page(person_id=cast.teammate, part=feed.Part.TERRITORY)) == [around]


def test_pages_follow_each_other_without_a_gap_or_a_double(cast: Cast) -> None:
    posts = [said_in(cast.group, cast.owner, f"n{number}", number // 3) for number in range(47)]
    wanted = [post.pk for post in Post.objects.filter(pk__in=posts).order_by("-created_at", "-id")]
    found: list[UUID] = []
    after, pages = "", 0
    while True:
        page = feed.page(person_id=cast.teammate, after=after)
        found += ids(page)
        after, pages = page.after, pages + 1
        if not after:
            break
    assert (found, pages) == (wanted, 3)


@pytest.mark.django_db
@given(mark=st.text(max_size=60) | st.integers().map(str) | st.from_regex(r"\d{1,30}-[0-9a-f]{32}"))
@settings(max_examples=60)
def test_no_mark_breaks_the_page(mark: str) -> None:
    key = feed.key_of(mark)
    assert key is None or feed.key_of(key.as_mark()) == key


def test_the_feed_is_what_a_slow_and_plain_look_up_finds(cast: Cast) -> None:
    persons = [cast.owner, cast.teammate, make_person("Aline"), make_person("Basile")]
    groups = [cast.group, cast.departement_group, cast.other_group]
    for number in range(60):
        Post.objects.create(
            group_id=groups[number % 3],
            author_id=persons[number % 4],
            body=f"n{number}",
            created_at=NOON + timedelta(minutes=(number * 7) % 40),
            hidden_at=NOON if number % 11 == 0 else None,
            is_announcement=number % 13 == 0,
        )
    Block.objects.create(blocker_id=persons[2], blocked_id=cast.teammate)
    plain = [
        post.pk
        for post in Post.objects.filter(group_id__in=groups[:2], hidden_at=None).order_by(
            "-created_at", "-id"
        )
        if post.author_id != persons[2] or post.is_announcement
    ]
    sources = feed.sources_of(person_id=cast.teammate)
    keys = feed.keys_of(person_id=cast.teammate, sources=sources, part=feed.Part.ALL, after=None, limit=100)
    assert [key.id for key in keys] == plain


def test_more_sources_than_one_statement_takes_are_merged_too(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(7):
        group = Group.objects.create(
            kind="local", slug=f"g{number}", name=f"G{number}", territory_id="commune:71076"
        )
        Membership.objects.create(group=group, person_id=cast.teammate, source="choice")
        Post.objects.create(
            group=group, author_id=cast.owner, body="x", created_at=NOON + timedelta(minutes=number)
        )
    whole = ids(feed.page(person_id=cast.teammate))
    monkeypatch.setattr(feed, "SOURCES_AT_ONCE", 2)
    assert ids(feed.page(person_id=cast.teammate)) == whole
    assert len(whole) == 7


def test_a_page_costs_the_same_with_many_groups_and_posts(cast: Cast, sign_in: Any) -> None:
    browser = sign_in(cast.teammate)

    def grow(names: range) -> None:
        for number in names:
            group = Group.objects.create(
                kind="local", slug=f"g{number}", name=f"G{number}", territory_id="commune:71076"
            )
            Membership.objects.create(group=group, person_id=cast.teammate, source="choice")
            post = said_in(group.pk, cast.teammate, "Bonjour", number)
            api.comment(author_id=cast.teammate, post_id=post, body="oui", at=NOON)

    def count() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert browser.get("/fil/").status_code == 200
        return len(captured)

    grow(range(2))
    count()
    few = count()
    grow(range(2, 22))
    assert count() == few
    assert few < 26


def test_who_left_reads_no_more(cast: Cast, said: Said) -> None:
    api.leave(person_id=cast.teammate, group_id=cast.group)
    assert feed.page(person_id=cast.teammate).entries == ()


def test_hidden_words_are_in_no_feed(cast: Cast, said: Said) -> None:
    api.hide_reported(subject_kind="post", subject_id=said.post, at=NOON)
    assert feed.page(person_id=cast.owner).entries == ()
    api.restore_reported(subject_kind="post", subject_id=said.post)
    assert ids(feed.page(person_id=cast.owner)) == [said.post]


def test_a_post_that_is_long_is_shown_by_its_beginning(cast: Cast, sign_in: Any) -> None:
    post = said_in(cast.group, cast.owner, "mot " * 300 + "FIN", 0)
    browser = sign_in(cast.teammate)
    assert "FIN" not in browser.get("/fil/").content.decode()
    assert "Lire la suite" in browser.get("/fil/").content.decode()
    assert "FIN" in browser.get(f"/publications/{post}/").content.decode()


# Announcements -------------------------------------------------------------------------------------


def test_leaders_announce_and_what_they_pin_stands_first(cast: Cast, sign_in: Any) -> None:
    browser = sign_in(cast.owner)
    sent = {"body": "Rendez-vous samedi à la gare", "is_announcement": "on"}
    assert browser.post("/groupes/macon/publier/", sent).status_code == 302
    announced = Post.objects.get()
    assert announced.is_announcement
    for number in range(25):
        said_in(cast.group, cast.teammate, f"autre {number}", 60 * 24 * 400 + number)
    page = sign_in(cast.teammate).get("/groupes/macon/").content.decode()
    assert page.index("Rendez-vous samedi") < page.index("autre 24")
    assert browser.post(f"/publications/{announced.pk}/detacher/").status_code == 302
    assert "Rendez-vous samedi" not in sign_in(cast.teammate).get("/groupes/macon/").content.decode()


def test_a_member_does_not_announce(cast: Cast, sign_in: Any) -> None:
    sign_in(cast.teammate).post("/groupes/macon/publier/", {"body": "Moi", "is_announcement": "on"})
    assert not Post.objects.get().is_announcement
    with pytest.raises(NotFound):
        actions.publish(author_id=cast.teammate, group_id=cast.group, body="Moi", at=NOON, announcement=True)


# Mentions ------------------------------------------------------------------------------------------


def test_a_member_who_is_named_is_shown_by_name_and_told(cast: Cast, sign_in: Any) -> None:
    said_in(cast.group, cast.owner, "Merci @teammate-e pour hier", 0)
    assert Mention.objects.get().person_id == cast.teammate
    page = sign_in(cast.teammate).get("/fil/").content.decode()
    assert '<span class="mention">@Teammate E.</span>' in page
    assert "Vous êtes cité" in page


def test_a_comment_that_names_somebody_comes_up_in_his_feed(cast: Cast, said: Said) -> None:
    answer = api.comment(
        author_id=cast.owner, post_id=said.post, body="@teammate-e tu viens ?", at=NOON + timedelta(hours=1)
    )
    said_in(cast.group, cast.owner, "entre-temps", 30)
    assert ids(feed.page(person_id=cast.teammate))[0] == answer
    assert ids(feed.page(person_id=cast.teammate, part=feed.Part.MENTIONS)) == [answer]


@pytest.mark.parametrize("body", ["Bonjour @stranger-e", "moi@teammate-e.example", "@inconnue", "a@owner-e"])
def test_nobody_else_is_named(cast: Cast, body: str) -> None:
    said_in(cast.group, cast.owner, body, 0)
    assert not Mention.objects.exists()


def test_two_of_one_name_are_told_apart(cast: Cast) -> None:
    twins = [make_person(f"Camille{n}") for n in range(2)]
    Person.objects.filter(pk__in=twins).update(given_name="Camille")
    for person_id in twins:
        Membership.objects.create(group_id=cast.group, person_id=person_id, source="choice")
    said_in(cast.group, cast.owner, "@camille-e", 0)
    assert not Mention.objects.exists()
    said_in(cast.group, cast.owner, f"@camille-e.{twins[1].hex[-4:]}", 0)
    assert Mention.objects.get().person_id == twins[1]


def test_completion_tells_only_of_members_and_only_to_who_writes_there(cast: Cast, sign_in: Any) -> None:
    def found(person_id: UUID | None, text: str) -> Any:
        response = sign_in(person_id).get(f"/groupes/macon/mentions/?q={text}")
        return response.json()["members"] if response.status_code == 200 else response.status_code

    assert found(cast.owner, "team") == [{"handle": "teammate-e", "name": "Teammate E."}]
    assert found(cast.owner, "t") == []
    assert found(cast.owner, "stranger") == []
    assert found(cast.stranger, "team") == 404
    assert found(None, "team") == 302
    Block.objects.create(blocker_id=cast.teammate, blocked_id=cast.owner)
    assert found(cast.owner, "team") == []


def test_a_group_too_large_offers_no_names(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mentions, "ROSTER_MAX", 1)
    assert mentions.complete(group_id=cast.group, person_id=cast.owner, text="team") == ()


@given(text=st.text(alphabet="@ab-.<>&\"' \n*_`[]()", max_size=60))
@settings(max_examples=60)
def test_names_never_become_code(text: str) -> None:
    html = html_of(text, names=dict.fromkeys(handles_in(text), "<b>\"x'"))
    assert "<b>" not in html
    assert len(excerpt_of(html)) <= 280


def test_erasing_a_person_takes_the_name_out_of_what_others_said(cast: Cast) -> None:
    post = said_in(cast.group, cast.owner, "Merci @teammate-e et @owner-e", 0)
    api.erase_person(person_id=cast.teammate)
    row = Post.objects.get(pk=post)
    assert "eammate" not in row.body + row.html + row.excerpt
    assert "@Owner E." in row.html


# Blocks --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("blocker", "blocked"), [("owner", "teammate"), ("teammate", "owner")])
def test_neither_reads_the_other_and_nobody_is_told(
    cast: Cast, said: Said, sign_in: Any, blocker: str, blocked: str
) -> None:
    actions.block(by_id=getattr(cast, blocker), person_id=getattr(cast, blocked), at=NOON)
    api.comment(
        author_id=cast.owner, post_id=said_in(cast.group, cast.owner, "De l’un", 5), body="c", at=NOON
    )
    owner, teammate = sign_in(cast.owner), sign_in(cast.teammate)
    for address in ("/fil/", "/groupes/macon/", "/groupes/", "/fil/recherche/?q=rendez"):
        assert "Rendez-vous samedi." not in owner.get(address).content.decode()
        assert "De l’un" not in teammate.get(address).content.decode()
    assert owner.get(f"/publications/{said.post}/").status_code == 404
    assert "Rendez-vous samedi." in teammate.get("/fil/").content.decode()
    assert "J’y serai." not in teammate.get(f"/publications/{said.post}/").content.decode()
    assert not owner.get("/moi/notifications/").context["page"].object_list
    actions.unblock(by_id=getattr(cast, blocker), person_id=getattr(cast, blocked))
    assert "Rendez-vous samedi." in owner.get("/fil/").content.decode()


def test_announcements_go_through_a_block(cast: Cast, sign_in: Any) -> None:
    actions.block(by_id=cast.teammate, person_id=cast.owner, at=NOON)
    actions.publish(author_id=cast.owner, group_id=cast.group, body="Pour tous", at=NOON, announcement=True)
    assert "Pour tous" in sign_in(cast.teammate).get("/fil/").content.decode()


def test_one_blocks_only_whom_one_meets(cast: Cast) -> None:
    with pytest.raises(NotFound):
        actions.block(by_id=cast.teammate, person_id=cast.stranger, at=NOON)
    with pytest.raises(NotFound):
        actions.block(by_id=cast.teammate, person_id=new_id(), at=NOON)
    with pytest.raises(actions.NotYourself):
        actions.block(by_id=cast.teammate, person_id=cast.teammate, at=NOON)


# Live ----------------------------------------------------------------------------------------------


def test_news_are_counted_since_the_page_was_read(cast: Cast, said: Said) -> None:
    newest = feed.page(person_id=cast.owner).newest
    assert feed.count_newer(person_id=cast.owner, than=newest) == 0
    said_in(cast.group, cast.teammate, "nouveau", 10)
    said_in(cast.group, cast.owner, "de moi", 11)
    assert feed.count_newer(person_id=cast.owner, than=newest) == 1


def test_the_stream_tells_and_ends(cast: Cast, sign_in: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from amiral.kit import streams

    monkeypatch.setattr(streams, "LASTS_S", 0.0)
    response = sign_in(cast.teammate).get("/fil/direct/?quoi=tout&depuis=")
    body = b"".join(response.streaming_content)
    assert b'data: {"posts":0,"told":0}' in body
    response.close()
    assert streams.SEATS.taken == 0


def test_no_room_is_said_so(cast: Cast, sign_in: Any, settings: Any) -> None:
    settings.STREAMS = 0
    response = sign_in(cast.teammate).get("/fil/direct/")
    assert (response.status_code, response["Retry-After"]) == (503, "25")


def test_what_was_written_before_html_was_kept_is_still_shown(cast: Cast) -> None:
    post = Post.objects.create(group_id=cast.group, author_id=cast.owner, body="**Ancien**", created_at=NOON)
    view = words.post_view(post=post, person_id=cast.teammate)
    assert "<strong>Ancien</strong>" in view.body_html
