"""Maps counted otherwise: linked voices once, those drawn by lot beside the others; nobody is named."""

import io
import json
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import UUID
from zipfile import ZipFile

import numpy as np
import pytest

from amiral.config.opinion_cli import run as opinion
from amiral.rooms.debate.actions import maps, statements
from amiral.rooms.debate.models import Consultation, MapVersion, Statement, Vote, Voter
from amiral.rooms.debate.queries.doubts import consensus_of
from amiral.rooms.debate.queries.owing import owed_of
from tests.conftest import Cast
from tests.rooms.debate.conftest import NOON, TODAY

pytestmark = pytest.mark.django_db
STATEMENTS, ANSWERS, COPIES = 40, 30, 8


def add(consultation: UUID, rows: list[dict[int, int]], *, by_lot: bool = False) -> list[int]:
    """A voice for each row of answers by number of statement; answers their numbers."""
    row = Consultation.objects.get(pk=consultation)
    first = Voter.objects.filter(consultation=row).count()
    voters = Voter.objects.bulk_create(
        Voter(consultation=row, number=first + at, pseudonym=f"{first + at:064}", by_lot=by_lot)
        for at in range(len(rows))
    )
    known = {one.number: one for one in Statement.objects.filter(consultation=row)}
    Vote.objects.bulk_create(
        Vote(voter=voter, statement=known[number], value=value)
        for voter, answers in zip(voters, rows, strict=True)
        for number, value in answers.items()
    )
    return [voter.number for voter in voters]


@pytest.fixture
def crowded(cast: Cast, consultation: UUID) -> UUID:
    """Forty statements; sixty honest voices of two camps, of whom each answers thirty drawn by chance."""
    texts = [f"Il faut changer la chose numéro {number}." for number in range(9, STATEMENTS + 1)]
    statements.seed(by_id=cast.coordinator, consultation_id=consultation, texts=texts, on=TODAY)
    rng = np.random.default_rng(5)
    line = rng.choice([-1, 1], (2, STATEMENTS))
    line[:, 0] = 1
    rows = []
    for at in range(60):
        shown = rng.permutation(STATEMENTS)[:ANSWERS]
        keeps = np.where(rng.random(STATEMENTS) < 0.9, 1, -1)
        rows.append({int(s) + 1: int(line[at % 2, s] * keeps[s]) for s in shown})
    add(consultation, rows)
    return consultation


def copied(consultation: UUID, *, voices: int = COPIES) -> list[int]:
    """Accounts that all give the same answers."""
    rng = np.random.default_rng(6)
    shown = rng.permutation(STATEMENTS)[:ANSWERS]
    answers = {int(s) + 1: int(v) for s, v in zip(shown, rng.choice([-1, 1], ANSWERS), strict=True)}
    return add(consultation, [answers] * voices)


def test_linked_voices_are_counted_once_and_both_maps_are_kept(cast: Cast, crowded: UUID) -> None:
    copied(crowded)
    maps.draw_now(consultation_id=crowded, at=NOON)
    version = MapVersion.objects.get()
    assert (version.linked_voices, version.linked_sets) == (COPIES, [COPIES])
    assert sha256(version.once_document.encode()).hexdigest() == version.once_fingerprint
    each, once = json.loads(version.document), json.loads(version.once_document)
    assert (each["people"]["all"], once["people"]["all"]) == (60 + COPIES, 61)
    assert Vote.objects.count() == (60 + COPIES) * ANSWERS
    maps.draw_now(consultation_id=crowded, at=NOON)
    assert MapVersion.objects.count() == 1


def test_an_honest_crowd_is_counted_as_it_is(cast: Cast, crowded: UUID, sign_in: Any) -> None:
    maps.draw_now(consultation_id=crowded, at=NOON)
    version = MapVersion.objects.get()
    assert (version.linked_voices, version.once_document, version.once_fingerprint) == (0, "", "")
    page = sign_in(None).get(f"/debats/{crowded}/carte/").content.decode()
    assert "Il n’y en a aucun" in page
    same = sign_in(None).get(f"/debats/{crowded}/carte/1-une-fois.json")
    assert same.content.decode() == version.document


def test_the_page_tells_both_countings_and_names_nobody(cast: Cast, crowded: UUID, sign_in: Any) -> None:
    numbers = copied(crowded)
    maps.draw_now(consultation_id=crowded, at=NOON)
    page = sign_in(None).get(f"/debats/{crowded}/carte/").content.decode()
    version = MapVersion.objects.get()
    assert "Compté deux fois" in page
    assert f"{COPIES} voix forment" in page
    assert version.once_fingerprint in page
    for voter in Voter.objects.filter(number__in=numbers):
        assert voter.pseudonym not in page + version.document + version.once_document
    got = sign_in(None).get(f"/debats/{crowded}/carte/1-une-fois.json")
    assert got.content.decode() == version.once_document


def test_open_data_carry_both(cast: Cast, crowded: UUID, sign_in: Any) -> None:
    copied(crowded)
    Consultation.objects.update(double_voices=2)
    maps.draw_now(consultation_id=crowded, at=NOON)
    content = sign_in(None).get(f"/debats/{crowded}/donnees.zip").content
    with ZipFile(io.BytesIO(content)) as archive:
        version = MapVersion.objects.get()
        assert archive.read("map-once.json").decode() == version.once_document
        assert archive.read("map.json").decode() == version.document
        assert json.loads(archive.read("consultation.json"))["double_voices_at_most"] == 2
    Consultation.objects.update(results_while_voting=False)
    with ZipFile(io.BytesIO(sign_in(None).get(f"/debats/{crowded}/donnees.zip").content)) as archive:
        assert "map-once.json" not in archive.namelist()
    assert sign_in(None).get(f"/debats/{crowded}/carte/1-une-fois.json").status_code == 404


def test_anybody_counts_the_open_rows_once_with_one_command(
    cast: Cast, crowded: UUID, sign_in: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    copied(crowded)
    Voter.objects.update(opens_votes=True)
    maps.draw_now(consultation_id=crowded, at=NOON)
    hidden = Statement.objects.get(number=4)
    statements.hide_reported(subject_kind="contribution", subject_id=hidden.pk, at=NOON)
    with ZipFile(io.BytesIO(sign_in(None).get(f"/debats/{crowded}/donnees.zip").content)) as archive:
        archive.extractall(tmp_path)
        listed = archive.namelist()
    assert "open/map-once.json" in listed
    rows, each, once = (tmp_path / "open" / name for name in ("votes.csv", "map.json", "map-once.json"))
    assert opinion(["verify", str(each), str(rows), "--once", str(once)]) == 0
    said = capsys.readouterr().out
    assert f"Linked voices, by set: {COPIES}" in said
    assert sha256(once.read_bytes()).hexdigest() in said
    assert hidden.text not in once.read_text(encoding="utf-8")
    once.write_text(once.read_text(encoding="utf-8").replace('"all": 61', '"all": 60'), encoding="utf-8")
    assert opinion(["verify", str(each), str(rows), "--once", str(once)]) == 1


def test_who_has_all_votes_computes_both_published_maps(cast: Cast, crowded: UUID, tmp_path: Path) -> None:
    copied(crowded)
    maps.draw_now(consultation_id=crowded, at=NOON)
    version = MapVersion.objects.get()
    rows, each, once = (tmp_path / name for name in ("votes.csv", "map.json", "map-once.json"))
    votes = Vote.objects.order_by("pk").values_list("voter__number", "statement__number", "value")
    lines = ["voter-id,comment-id,vote", *(",".join(map(str, vote)) for vote in votes)]
    rows.write_text("\n".join(lines) + "\n", encoding="utf-8")
    each.write_text(version.document, encoding="utf-8")
    once.write_text(version.once_document, encoding="utf-8")
    assert "withheld" in json.loads(version.document)
    assert opinion(["verify", str(each), str(rows), "--once", str(once)]) == 0


def test_double_voices_stand_beside_the_results(cast: Cast, crowded: UUID, sign_in: Any) -> None:
    Consultation.objects.update(double_voices=1)
    maps.draw_now(consultation_id=crowded, at=NOON)
    page = sign_in(None).get(f"/debats/{crowded}/carte/").content.decode()
    assert "Une voix au plus" in page.replace("\xa0", " ")


def told(numbers: list[int]) -> list[dict[str, Any]]:
    return [{"id": one, "group_informed_rank": 1, "bridging_rank": 1} for one in numbers]


@pytest.fixture
def called(cast: Cast, crowded: UUID) -> MapVersion:
    """A map that calls 1 and 2 a consensus."""
    maps.draw_now(consultation_id=crowded, at=NOON)
    version = MapVersion.objects.get()
    drawn = json.loads(version.document) | {"consensus": {"agree": told([1, 2]), "disagree": []}}
    version.document = json.dumps(drawn)
    version.fingerprint = sha256(version.document.encode()).hexdigest()
    version.save()
    return version


def test_what_is_no_consensus_counted_once_is_not_called_one(called: MapVersion) -> None:
    once = json.loads(called.document) | {"consensus": {"agree": told([1]), "disagree": []}}
    called.once_document = json.dumps(once)
    called.once_fingerprint = sha256(called.once_document.encode()).hexdigest()
    found = consensus_of(called)
    assert found.kept == {"agree": (1,), "disagree": ()}
    assert [(one.number, one.linked, one.sample) for one in found.withheld] == [(2, True, None)]
    first, _second = owed_of(version=called, promised=1, shown=frozenset(range(1, 41)))
    assert first == (1,)


def test_a_sample_that_holds_it_less_withholds_the_label(called: MapVersion, sign_in: Any) -> None:
    called.control = {
        "statements": {
            "1": {
                "sample": {"votes": 10, "agree": 5, "disagree": 4},
                "others": {"votes": 60, "agree": 54, "disagree": 3},
            },
            "2": {
                "sample": {"votes": 10, "agree": 8, "disagree": 1},
                "others": {"votes": 60, "agree": 54, "disagree": 3},
            },
        }
    }
    called.save()
    found = consensus_of(called)
    assert found.kept["agree"] == (2,)
    assert [(one.number, one.sample, one.others) for one in found.withheld] == [(1, 50, 90)]
    page = sign_in(None).get(f"/debats/{called.consultation_id}/carte/").content.decode()
    assert "Pas appelé consensus" in page
    assert "50" in page[page.index("Pas appelé consensus") :]


def test_answers_of_those_drawn_stand_beside_the_others(cast: Cast, crowded: UUID) -> None:
    add(crowded, [{1: -1, 2: 1}] * 8 + [{3: 1}] * 7, by_lot=True)
    maps.draw_now(consultation_id=crowded, at=NOON)
    told_ = MapVersion.objects.get().control["statements"]
    assert set(told_) == {"1", "2"}
    assert told_["1"]["sample"] == {"votes": 8, "agree": 0, "disagree": 8}
    others = Vote.objects.filter(statement__number=1, voter__by_lot=False)
    assert told_["1"]["others"]["votes"] == others.count()
