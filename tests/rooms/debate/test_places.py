"""One's own place: the numbers of the published map and one's own votes, nobody else's."""

from math import isclose
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from amiral.rooms.debate.contracts import Choice
from amiral.rooms.debate.models import Consultation, MapVersion, Statement
from amiral.rooms.debate.queries import maps, places, statements
from amiral.rooms.debate.queries.voices import voter_of
from amiral.rooms.debate.web.keys import PATH
from tests.conftest import Cast
from tests.rooms.debate.conftest import enter, vote

pytestmark = pytest.mark.django_db
A, D, P = Choice.AGREE, Choice.DISAGREE, Choice.SKIP


def test_it_is_where_the_map_shows_it_after_each_vote(cast: Cast, mapped: UUID) -> None:
    key, version = enter(mapped), MapVersion.objects.get()
    voter = voter_of(consultation_id=mapped, key=key)
    assert voter is not None
    assert places.own_place(voter=voter) is None
    Statement.objects.filter(number=6).update(state="hidden")
    for choice in ((1, A), (2, D), (5, P), (2, A), (7, A)):
        vote(mapped, key, choice)
        with CaptureQueriesContext(connection) as queries:
            place = places.own_place(voter=voter)
        assert place is not None
        assert len(queries) == 2
        page = maps.map_page(
            consultation=Consultation.objects.get(), version=version, ballot=statements.votes_of(voter=voter)
        )
        assert place.group == page.mine_group
        shown = maps._scale(maps.document_of(version), version, (place.x, place.y)).of((place.x, place.y))
        assert page.mine is not None
        assert all(isclose(a, b) for a, b in zip(shown, page.mine, strict=True))


def test_the_page_of_votes_says_it_where_results_are_shown(cast: Cast, mapped: UUID, sign_in: Any) -> None:
    key = enter(mapped)
    vote(mapped, key, (2, A), (4, A), (3, D))
    browser = sign_in(None)
    browser.cookies[f"voix-{mapped.hex}"] = key
    browser.cookies[f"voix-{mapped.hex}"]["path"] = PATH
    page = f"/debats/{mapped}/voter/"
    assert "plus près du groupe" in browser.get(page).content.decode()
    Consultation.objects.update(results_while_voting=False)
    assert "plus près du groupe" not in browser.get(page).content.decode()
