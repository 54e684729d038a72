"""The search finds what one may read, and nothing else."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from hypothesis import given, settings
from hypothesis import strategies as st

from amiral.rooms.network import actions, api
from amiral.rooms.network.models import Post, SearchEntry
from amiral.rooms.network.queries import search as searching
from amiral.rooms.network.queries import words_index
from tests.conftest import NOON, Cast
from tests.rooms.network.conftest import Said


def found(person_id: Any, text: str) -> list[str]:
    return [one.excerpt for one in searching.search(person_id=person_id, text=text).found]


@pytest.mark.storage
@pytest.mark.parametrize(
    "text", ["rendez", "SAMEDI", "rendez vous", "same", "Rendez-vous samedis", "samedi rendezvous"[:6]]
)
def test_words_are_found_without_accents_case_or_ending(cast: Cast, said: Said, text: str) -> None:
    assert found(cast.owner, text) == ["Rendez-vous samedi."]


@pytest.mark.storage
@pytest.mark.parametrize(
    "text", ["", " ", "*", "dimanche", "rendez dimanche", "medi", '"', "' OR 1=1 --", "s*"]
)
def test_other_words_are_not(cast: Cast, said: Said, text: str) -> None:
    assert found(cast.owner, text) == []


def test_accents_and_plurals_meet(cast: Cast) -> None:
    api.publish(author_id=cast.owner, group_id=cast.group, body="Les cœurs des préaux fêtés", at=NOON)
    for text in ("coeur", "preau", "fetes", "Cœurs", "PRÉAUX"):
        assert len(found(cast.teammate, text)) == 1, text


@pytest.mark.storage
def test_only_what_one_reads_is_found(cast: Cast, said: Said) -> None:
    assert found(cast.stranger, "rendez") == []
    assert found(cast.other_coordinator, "rendez") == []
    assert found(cast.coordinator, "rendez") == ["Rendez-vous samedi."]
    assert found(cast.owner, "serai") == ["J’y serai."]
    api.leave(person_id=cast.teammate, group_id=cast.group)
    assert found(cast.teammate, "rendez") == []


@pytest.mark.storage
def test_a_word_that_looks_like_a_group_opens_none(cast: Cast, said: Said) -> None:
    api.publish(author_id=cast.stranger, group_id=cast.other_group, body=f"#{cast.group.hex}", at=NOON)
    assert found(cast.owner, cast.group.hex) == []


@pytest.mark.storage
def test_what_is_hidden_deleted_or_erased_is_found_no_more(cast: Cast, said: Said) -> None:
    api.hide_reported(subject_kind="comment", subject_id=said.comment, at=NOON)
    assert found(cast.owner, "serai") == []
    api.restore_reported(subject_kind="comment", subject_id=said.comment)
    assert found(cast.owner, "serai") == ["J’y serai."]
    api.erase_person(person_id=cast.teammate)
    assert found(cast.owner, "rendez") == []
    actions.delete_comment(by_id=cast.owner, comment_id=said.comment)
    assert not SearchEntry.objects.exists()
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM {words_index.TABLE}")
        assert cursor.fetchone() == (0,)


def test_a_block_hides_from_the_search_too(cast: Cast, said: Said) -> None:
    actions.block(by_id=cast.teammate, person_id=cast.owner, at=NOON)
    assert found(cast.owner, "rendez") == []


@pytest.mark.storage
def test_pages_follow_each_other(cast: Cast) -> None:
    for number in range(45):
        api.publish(
            author_id=cast.owner,
            group_id=cast.group,
            body=f"tract {number:02}",
            at=NOON + timedelta(minutes=number),
        )
    before, seen = 0, []
    while True:
        page = searching.search(person_id=cast.teammate, text="tracts", before=before)
        seen += [one.excerpt for one in page.found]
        before = page.before
        if not before:
            break
    assert seen == [f"tract {number:02}" for number in range(44, -1, -1)]


@pytest.mark.django_db
@given(text=st.text(max_size=40))
@settings(max_examples=60)
def test_no_words_break_the_search(text: str) -> None:
    from amiral.kit.ids import new_id

    assert words_index.find(connection, text=text, group_ids=[new_id()], before=None, limit=5) == []


def test_the_search_costs_the_same_for_many(cast: Cast, sign_in: Any, django_assert_num_queries: Any) -> None:
    from django.test.utils import CaptureQueriesContext

    browser = sign_in(cast.teammate)

    def count() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert browser.get("/fil/recherche/?q=tract").status_code == 200
        return len(captured)

    for number in range(2):
        api.publish(author_id=cast.owner, group_id=cast.group, body=f"tract {number}", at=NOON)
    count()
    few = count()
    for number in range(18):
        api.publish(author_id=cast.owner, group_id=cast.group, body=f"tract {number}", at=NOON)
    assert count() == few


def test_what_is_in_the_index_is_not_trusted(cast: Cast, said: Said) -> None:
    Post.objects.filter(pk=said.post).update(hidden_at=NOON)
    assert found(cast.owner, "rendez") == []
