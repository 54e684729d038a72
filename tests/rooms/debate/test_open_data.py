"""Open data that anybody computes again, and conversations from elsewhere."""

import csv
import io
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID
from zipfile import ZipFile

import pytest
from django.core.management import CommandError, call_command

from amiral.config.opinion_cli import run as opinion
from amiral.rooms.debate.actions import arguments, ballots, imports, maps, opening, statements
from amiral.rooms.debate.contracts import Choice, Side, SourceTyped
from amiral.rooms.debate.models import Consultation, MapVersion, OpenRows, Statement, Vote, Voter
from amiral.rooms.debate.queries import exports, open_rows
from tests.conftest import Cast
from tests.rooms.debate.conftest import NOON, TODAY, enter, many_votes, numbered

pytestmark = pytest.mark.django_db
POLIS = Path(__file__).resolve().parents[4] / "shared" / "data" / "debat" / "polis"
DECIDIM = POLIS.parent / "decidim-mel-2019"


def files(content: bytes) -> dict[str, bytes]:
    with ZipFile(io.BytesIO(content)) as found:
        return {name: found.read(name) for name in found.namelist()}


def rows(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode())))


def test_anybody_computes_the_same_bytes(
    cast: Cast, consultation: UUID, tmp_path: Path, sign_in: Any
) -> None:
    keys = many_votes(consultation)
    for key in keys[:20]:
        ballots.open_votes(consultation_id=consultation, key=key, agreed=True)
    maps.draw_now(consultation_id=consultation, at=NOON)
    statements.decide(
        by_id=cast.coordinator,
        statement_id=numbered(consultation, 3).pk,
        show=False,
        reason="Insulte",
        at=NOON,
    )
    response = sign_in(None).get(f"/debats/{consultation}/donnees.zip")
    found = files(response.content)
    assert numbered(consultation, 3).text.encode() not in b"".join(found.values())
    assert len({row[0] for row in rows(found["open/votes.csv"])[1:]}) == 20
    for name in ("votes.csv", "comments.csv", "map.json"):
        (tmp_path / name).write_bytes(found[f"open/{name}"])
    assert opinion(["verify", str(tmp_path / "map.json"), str(tmp_path / "votes.csv")]) == 0
    again = tmp_path / "again.json"
    options = ["--comments", str(tmp_path / "comments.csv"), "--out", str(again)]
    assert opinion(["map", str(tmp_path / "votes.csv"), *options]) == 0
    assert again.read_bytes() == found["open/map.json"]
    assert found["map.json"].decode() == MapVersion.objects.get().document


def test_no_row_without_consent_and_no_count_under_five(cast: Cast, mapped: UUID) -> None:
    row = Consultation.objects.get(pk=mapped)
    found = files(exports.archive(consultation=row))
    assert not [name for name in found if name.startswith("open/")]
    for cell in rows(found["votes-by-group.csv"])[1:]:
        assert int(cell[2]) >= 5
    for voter in Voter.objects.filter(consultation=row)[:4]:
        voter.opens_votes = True
        voter.save()
    assert not [name for name in files(exports.archive(consultation=row)) if name.startswith("open/")]


def downloaded(browser: Any, consultation_id: UUID) -> dict[str, bytes]:
    return files(browser.get(f"/debats/{consultation_id}/donnees.zip").content)


def opened(consultation_id: UUID, keys: list[str]) -> None:
    for key in keys:
        ballots.open_votes(consultation_id=consultation_id, key=key, agreed=True)


def test_the_map_of_the_rows_is_computed_once(
    cast: Cast, consultation: UUID, sign_in: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    computed: list[int] = []
    build = open_rows.build

    def counted(*, version: MapVersion) -> Any:
        computed.append(version.number)
        return build(version=version)

    monkeypatch.setattr(open_rows, "build", counted)
    keys = many_votes(consultation)
    opened(consultation, keys[:8])
    maps.draw_now(consultation_id=consultation, at=NOON)
    browser = sign_in(None)
    first = downloaded(browser, consultation)
    assert downloaded(browser, consultation) == first
    assert computed == [1]
    # Later votes and later agreements wait for the next map.
    ballots.cast(consultation_id=consultation, key=keys[0], number=1, choice=Choice.DISAGREE)
    opened(consultation, keys[8:9])
    assert downloaded(browser, consultation)["open/votes.csv"] == first["open/votes.csv"]
    assert computed == [1]
    maps.draw_now(consultation_id=consultation, at=NOON)
    assert downloaded(browser, consultation)["open/votes.csv"] != first["open/votes.csv"]
    assert computed == [1, 2]


@pytest.mark.parametrize("how", ["close", "withdraw"])
def test_a_row_that_is_withdrawn_is_gone_at_once(
    cast: Cast, consultation: UUID, sign_in: Any, how: str
) -> None:
    keys = many_votes(consultation)
    opened(consultation, keys[:6])
    maps.draw_now(consultation_id=consultation, at=NOON)
    assert OpenRows.objects.count() == 1
    if how == "close":
        ballots.open_votes(consultation_id=consultation, key=keys[0], agreed=False)
    else:
        ballots.withdraw(consultation_id=consultation, key=keys[0])
    assert not OpenRows.objects.exists()
    found = downloaded(sign_in(None), consultation)
    assert len({row[0] for row in rows(found["open/votes.csv"])[1:]}) == 5
    ballots.open_votes(consultation_id=consultation, key=keys[1], agreed=False)
    assert "open/votes.csv" not in downloaded(sign_in(None), consultation)


def test_who_withdraws_while_it_is_computed_is_not_published(
    cast: Cast, consultation: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys = many_votes(consultation)
    opened(consultation, keys[:8])
    build = open_rows.build

    def meanwhile(*, version: MapVersion) -> Any:
        found = build(version=version)
        ballots.open_votes(consultation_id=consultation, key=keys[0], agreed=False)
        return found

    monkeypatch.setattr(open_rows, "build", meanwhile)
    maps.draw_now(consultation_id=consultation, at=NOON)
    assert not OpenRows.objects.exists()


def test_nobody_has_it_computed_as_often_as_he_likes(
    cast: Cast, consultation: UUID, sign_in: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys = many_votes(consultation)
    opened(consultation, keys[:8])
    maps.draw_now(consultation_id=consultation, at=NOON)
    monkeypatch.setattr(opening, "RENEWED_AN_HOUR", 1)
    browser, there = sign_in(None), []
    for key in keys[:2]:
        ballots.open_votes(consultation_id=consultation, key=key, agreed=False)
        there.append("open/map.json" in downloaded(browser, consultation))
    assert there == [True, False]


def test_no_file_tells_how_fewer_than_five_voted(cast: Cast, consultation: UUID, sign_in: Any) -> None:
    keys = many_votes(consultation)
    few = statements.propose(
        consultation_id=consultation, key=keys[0], text="Il faut un marché de nuit.", on=TODAY
    )
    for key in (*keys[2:8:2], keys[1]):  # four of one camp with the author, one of the other
        number = Statement.objects.get(pk=few).number
        ballots.cast(consultation_id=consultation, key=key, number=number, choice=Choice.DISAGREE)
    maps.draw_now(consultation_id=consultation, at=NOON)
    found = downloaded(sign_in(None), consultation)
    drawn = json.loads(found["map.json"])
    assert drawn["groups"]["distinct"]
    (one,) = [one for one in drawn["statements"] if one["id"] == number]
    assert one["votes"] == 5
    assert list(one["groups"].values()) == [None, None]
    assert all(
        cell is None or cell["votes"] >= 5 for one in drawn["statements"] for cell in one["groups"].values()
    )
    assert all(int(row[2]) >= 5 for row in rows(found["votes-by-group.csv"])[1:])
    page = sign_in(None).get(f"/debats/{consultation}/carte/").content.decode()
    assert page.count("<h1>") == 1


def test_before_the_end_there_is_no_count(cast: Cast, mapped: UUID) -> None:
    Consultation.objects.update(results_while_voting=False)
    found = files(exports.archive(consultation=Consultation.objects.get(pk=mapped)))
    assert "map.json" not in found
    assert {tuple(row[6:]) for row in rows(found["statements.csv"])[1:]} == {("", "", "")}


def test_no_cell_is_a_formula(cast: Cast, consultation: UUID) -> None:
    source = SourceTyped(url="https://exemple.example/", note="=1+1", consulted_on=TODAY)
    arguments.argue(
        key=enter(consultation),
        statement_id=numbered(consultation, 1).pk,
        side=Side.FOR,
        text="@SUM(A1)",
        sources=(source,),
        on=TODAY,
    )
    found = files(exports.archive(consultation=Consultation.objects.get(pk=consultation)))
    assert rows(found["arguments.csv"])[1][2] == "'@SUM(A1)"
    assert rows(found["arguments.csv"])[1][4] == "'=1+1"


def test_a_polis_export_is_read(cast: Cast, tmp_path: Path, capsys: Any) -> None:
    (tmp_path / "comments.csv").write_text(
        "timestamp,datetime,comment-id,author-id,agrees,disagrees,moderated,comment-body\n"
        f'1,x,0,0,1,1,1,"{"long " * 60}"\n2,x,1,0,0,0,-1,Moderated\n',
        encoding="utf-8",
    )
    (tmp_path / "votes.csv").write_text(
        "timestamp,datetime,comment-id,voter-id,vote\n30,x,0,7,-1\n20,x,0,7,1\n10,x,0,8,1\n",
        encoding="utf-8",
    )
    words = {"question": "Que faire ?", "origin": "Essai, CC BY 4.0", "territory_id": "departement:71"}
    made = imports.import_polis(by_id=cast.coordinator, folder=tmp_path, at=NOON, **words)
    assert (made.statements, made.voices, made.votes) == (2, 2, 3)
    first = Statement.objects.get(number=0)
    assert (first.agreed, first.disagreed) == (1, 1)
    assert len(first.text) <= 140
    assert first.details.startswith("long long")
    assert Statement.objects.get(number=1).state == "hidden"
    maps.draw_now(consultation_id=made.consultation_id, at=NOON)
    assert MapVersion.objects.count() == 1


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("votes.csv", b"timestamp,comment-id,voter-id,vote\n1,0,0,2\n"),
        ("votes.csv", b"timestamp,comment-id,voter-id,vote\n1,0\n"),
        ("votes.csv", b"\xff\xfe"),
        ("comments.csv", b"comment-id,comment-body\nx,Bonjour\n"),
    ],
)
def test_a_bad_export_is_refused_whole(cast: Cast, tmp_path: Path, name: str, content: bytes) -> None:
    (tmp_path / "comments.csv").write_bytes(b"comment-id,moderated,comment-body\n0,1,Bonjour\n")
    (tmp_path / "votes.csv").write_bytes(b"timestamp,comment-id,voter-id,vote\n1,0,0,1\n")
    (tmp_path / name).write_bytes(content)
    with pytest.raises(CommandError, match=name):
        call_command(
            "debate",
            "import-polis",
            str(tmp_path),
            by="coordinator@example.org",
            question="?",
            origin="x",
            territory="departement:71",
        )
    assert not Consultation.objects.exists()


@pytest.mark.skipif(not POLIS.exists(), reason="the folder of real conversations is not here")
def test_a_real_conversation_is_counted_exactly(cast: Cast) -> None:
    made = imports.import_polis(
        by_id=cast.coordinator,
        folder=POLIS / "brexit-consensus",
        question="Can there be consensus on Brexit?",
        origin="The Computational Democracy Project, CC BY 4.0",
        territory_id="departement:71",
        at=datetime(2027, 3, 3, tzinfo=UTC),
    )
    assert made.votes == 5312
    latest = {
        (who, what): value
        for who, what, value in Vote.objects.order_by("pk").values_list("voter", "statement", "value")
    }
    counts = [sum(value == one for value in latest.values()) for one in (1, -1, 0)]
    assert sum(counts) == 5303
    totals = Statement.objects.values_list("agreed", "disagreed", "passed")
    assert [sum(column) for column in zip(*totals, strict=True)] == counts


@pytest.mark.skipif(not DECIDIM.exists(), reason="the folder of real debates is not here")
@pytest.mark.parametrize("name", ["propositions-libres.csv", "debats.csv"])
def test_a_real_decidim_export_is_read(cast: Cast, name: str) -> None:
    made = imports.import_decidim(
        by_id=cast.coordinator,
        path=DECIDIM / name,
        question="Grand débat",
        origin="Métropole européenne de Lille",
        territory_id="departement:71",
        at=NOON,
    )
    assert made.statements > 10
    assert all(len(one.text) <= 140 for one in Statement.objects.all())
