"""The map: versions, hashes, tables before the picture, what is not said."""

import json
from hashlib import sha256
from math import isclose
from typing import Any
from uuid import UUID

import pytest

from amiral.cores.opinion import locate
from amiral.rooms.debate.actions import ballots, maps
from amiral.rooms.debate.contracts import Choice
from amiral.rooms.debate.models import Consultation, MapVersion
from amiral.rooms.debate.queries import maps as queries
from amiral.rooms.debate.queries import statements
from tests.conftest import Cast
from tests.rooms.debate.conftest import NOON, enter, many_votes, vote

pytestmark = pytest.mark.django_db


def test_a_version_says_what_it_was_made_from(cast: Cast, mapped: UUID) -> None:
    version = MapVersion.objects.get()
    assert sha256(version.document.encode()).hexdigest() == version.fingerprint
    drawn = json.loads(version.document)
    assert drawn["input"]["votes_sha256"] == version.votes_sha256
    assert (drawn["input"]["people"], drawn["input"]["votes"]) == (24, 192)
    assert drawn["groups"]["distinct"]


def test_the_same_votes_make_no_new_version(cast: Cast, mapped: UUID) -> None:
    maps.draw_now(consultation_id=mapped, at=NOON)
    assert MapVersion.objects.count() == 1
    vote(mapped, enter(mapped), (1, Choice.DISAGREE), (2, Choice.AGREE))
    maps.draw_now(consultation_id=mapped, at=NOON)
    assert MapVersion.objects.count() == 2


def test_the_page_says_it_in_tables_and_in_a_picture(cast: Cast, mapped: UUID, sign_in: Any) -> None:
    page = sign_in(None).get(f"/debats/{mapped}/carte/").content.decode()
    assert "Groupe A : 12 personnes" in page.replace("\xa0", " ").replace("&nbsp;", " ")
    assert page.index("<table") < page.index("<svg")
    assert MapVersion.objects.get().fingerprint in page
    assert 'style="' not in page


def test_own_place_is_the_one_of_the_core(cast: Cast, mapped: UUID) -> None:
    row = Consultation.objects.get(pk=mapped)
    key = enter(mapped)
    vote(mapped, key, (1, Choice.AGREE), (2, Choice.DISAGREE), (5, Choice.SKIP), (7, Choice.AGREE))
    version = MapVersion.objects.get()
    drawn = json.loads(version.document)
    voter = ballots.voter_of(consultation_id=mapped, key=key)
    page = queries.map_page(consultation=row, version=version, ballot=statements.votes_of(voter=voter))
    place = queries._place(drawn, {1: 1, 2: -1, 5: 0, 7: 1})
    assert place is not None
    assert page.mine_group in {"A", "B"}
    opinion = maps.computed(row, _votes_before(row, version))
    wanted = locate(
        axes=opinion.plane.axes,
        statements=opinion.matrix.statements,
        shown=opinion.shown,
        ballot={1: 1, 2: -1, 5: 0, 7: 1},
    )
    assert all(isclose(a, b, rel_tol=1e-9, abs_tol=1e-9) for a, b in zip(place, wanted, strict=True))


def _votes_before(row: Consultation, version: MapVersion) -> Any:
    from dataclasses import replace

    votes, _last = maps.load(row)
    assert votes.order is not None
    kept = votes.order <= version.votes_seen
    return replace(
        votes,
        people=votes.people[kept],
        statements=votes.statements[kept],
        values=votes.values[kept],
        order=votes.order[kept],
    )


def test_nothing_is_said_of_fewer_than_five(cast: Cast, consultation: UUID, sign_in: Any) -> None:
    many_votes(consultation, people=4)
    maps.draw_now(consultation_id=consultation, at=NOON)
    version = MapVersion.objects.get()
    assert not json.loads(version.document)["groups"]["distinct"]
    assert version.cells == []
    page = sign_in(None).get(f"/debats/{consultation}/carte/").content.decode()
    assert "Trop peu de personnes" in page or "groupe trop petit" in page
    assert "Groupe A" not in page


def test_results_wait_for_the_end_unless_said_otherwise(cast: Cast, mapped: UUID, sign_in: Any) -> None:
    Consultation.objects.update(results_while_voting=False)
    browser = sign_in(None)
    assert "<table" not in browser.get(f"/debats/{mapped}/carte/").content.decode()
    assert browser.get(f"/debats/{mapped}/carte/1/").status_code == 404
    assert browser.get(f"/debats/{mapped}/carte/1.json").status_code == 404
    assert "D’accord 24" not in browser.get(f"/debats/{mapped}/enonces/").content.decode()
    assert "<table" in sign_in(cast.coordinator).get(f"/debats/{mapped}/carte/").content.decode()


def test_drawing_is_a_run(cast: Cast, consultation: UUID, sign_in: Any) -> None:
    from amiral.kit.runs import carry_out

    many_votes(consultation, people=12)
    response = sign_in(cast.coordinator).post(f"/debats/{consultation}/carte/dessiner/")
    assert response.status_code == 302
    run_id = UUID(response.url.strip("/").split("/")[-1])
    carry_out(run_id)
    assert MapVersion.objects.count() == 1
    assert sign_in(cast.coordinator).get(response.url).status_code == 200
