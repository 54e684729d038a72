"""Real results beside the checkout: every file to the vote, against a reading of our own with ``csv``."""

import csv
import gzip
import json
from datetime import date
from pathlib import Path

import pytest

from amiral.kit.readers.results import read_results
from amiral.rooms.territory import api
from amiral.rooms.territory.actions.results import ballot_of, import_results_file
from amiral.rooms.territory.contracts import TerritoryKind
from amiral.rooms.territory.models import FormerCode, Territory
from amiral.rooms.territory.queries.results import places_of, results_of

pytestmark = [pytest.mark.django_db, pytest.mark.data]

FILES = {
    "saone-et-loire-71/resultats": 6,
    "paris-faubourg-saint-antoine/resultats": 5,
    "resultats-nationaux": 10,
}
"""Folders, and how many files of results they hold."""
FIGURES = ("inscrits", "votants", "blancs", "exprimes")


def rows_of(path: Path) -> list[dict[str, str]]:
    """The lines of a file, read without any of our code."""
    content = path.read_bytes()
    text = (gzip.decompress(content) if path.suffix == ".gz" else content).decode("utf-8")
    return list(csv.DictReader(text.splitlines()))


def candidates(rows: list[dict[str, str]]) -> list[str]:
    """All columns behind the last figure."""
    names = list(rows[0])
    return names[names.index("exprimes") + 1 :]


def results_in(folder: Path) -> list[Path]:
    return sorted(one for one in folder.iterdir() if one.name.endswith((".csv", ".csv.gz")))


@pytest.mark.parametrize(("folder", "count"), FILES.items())
def test_every_file_is_read_and_imported_to_the_vote(
    shared: Path, places: None, folder: str, count: int
) -> None:
    files = results_in(shared / folder)
    assert len(files) == count
    for path in files:
        rows = rows_of(path)
        reading = read_results(path)
        assert not reading.left_out
        assert not reading.contradictions
        done = import_results_file(path=path, election=ballot_of(file_name=path.name))
        assert done.rows == len(rows)
        figures = dict(
            zip(
                FIGURES,
                (done.figures.registered, done.figures.voters, done.figures.blanks, done.figures.expressed),
                strict=True,
            )
        )
        for name in FIGURES:
            if name in rows[0]:
                assert figures[name] == sum(int(row[name]) for row in rows), (path.name, name)
        assert dict(done.votes) == {name: sum(int(row[name]) for row in rows) for name in candidates(rows)}
        (shown,) = results_of(territory_id="pays:FR", election_id=done.election.id)
        if shown.lines == len(rows):
            assert shown.figures.registered == figures["inscrits"]
            assert sum(one.votes for one in shown.choices) == figures["exprimes"]


def _communes_of(shared: Path) -> set[str]:
    """All communes of 2026 of Saône-et-Loire, and what became of those of 2017."""
    (path,) = (shared / "saone-et-loire-71/referentiel").glob("communes*.json")
    told = json.loads(path.read_text(encoding="utf-8"))
    codes = set()
    for one in told:
        if one.get("type", "commune-actuelle") == "commune-actuelle":
            codes.add(one["code"])
            Territory.objects.get_or_create(
                id=f"commune:{one['code']}",
                defaults={
                    "kind": "commune",
                    "code": one["code"],
                    "name": one["nom"],
                    "departement_code": "71",
                },
            )
            for old in one.get("anciensCodes", ()):
                FormerCode.objects.get_or_create(
                    code=old, defaults={"commune_id": f"commune:{one['code']}", "name": ""}
                )
    return codes


def test_567_communes_of_2017_are_563_of_today(shared: Path, places: None) -> None:
    today = _communes_of(shared)
    path = shared / "saone-et-loire-71/resultats/2017-presidentielle-1_par_bureau_large-71.csv"
    done = import_results_file(path=path, election=ballot_of(file_name=path.name))
    assert done.unknown_places == 0
    then = {row["code_insee"] for row in rows_of(path)}
    assert (len(then), len(today)) == (567, 563)
    found = places_of(territory_id="departement:71", election_id=done.election.id)
    assert found is not None
    assert {row.territory_id for row in found.rows} == {f"commune:{code}" for code in today}
    merged = [row for row in found.rows if row.merged]
    assert sum(len(row.merged) for row in merged) - len(merged) == 4
    for row in merged:
        own = set(row.merged)
        told = [one for one in rows_of(path) if one["commune_libelle"] in own]
        assert row.figures.registered == sum(int(one["inscrits"]) for one in told)


def test_bureaux_add_up_to_their_commune_and_departement(shared: Path, places: None) -> None:
    _communes_of(shared)
    path = shared / "saone-et-loire-71/resultats/2017-presidentielle-2_par_bureau_large-71.csv"
    done = import_results_file(path=path, election=ballot_of(file_name=path.name))
    rows = rows_of(path)
    for code in ("71076", "71270", "71001"):
        own = [row for row in rows if row["code_insee"] == code]
        (found,) = results_of(territory_id=f"commune:{code}")
        assert found.lines == len(own)
        assert found.figures.expressed == sum(int(row["exprimes"]) for row in own)
        votes = {one.choice.label: one.votes for one in found.choices}
        assert votes == {name: sum(int(row[name]) for row in own) for name in ("LE PEN", "MACRON")}
    for number in range(1, 6):
        own = [row for row in rows if row["circonscription"] == str(number)]
        (found,) = results_of(territory_id=f"circonscription:71-0{number}", election_id=done.election.id)
        assert found.figures.registered == sum(int(row["inscrits"]) for row in own)
    (national,) = [
        one
        for one in rows_of(shared / "resultats-nationaux/2017-presidentielle-2_par_departement_large.csv.gz")
        if one["departement"] == "71"
    ]
    (whole,) = results_of(territory_id="departement:71")
    assert whole.figures.registered == int(national["inscrits"])
    assert {one.choice.label: one.votes for one in whole.choices} == {
        name: int(national[name]) for name in ("LE PEN", "MACRON")
    }


def test_stations_of_paris_lie_in_their_arrondissement(shared: Path, places: None) -> None:
    path = shared / "paris-faubourg-saint-antoine/resultats/2017-presidentielle-1-75.csv"
    import_results_file(path=path, election=ballot_of(file_name=path.name))
    rows = [row for row in rows_of(path) if row["bureau"].startswith("11")]
    codes = {f"75111_00{row['bureau'][2:]}" for row in rows}
    stations = Territory.objects.filter(kind=TerritoryKind.BUREAU_DE_VOTE, code__startswith="75111_")
    assert set(stations.values_list("code", flat=True)) == codes
    (one,) = api.results_of(territory_id="bureau-de-vote:75111_0012")
    (told,) = [row for row in rows if row["bureau"] == "1112"]
    assert one.figures.registered == int(told["inscrits"])
    assert one.election.date == date(2017, 4, 23)
