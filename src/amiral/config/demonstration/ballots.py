"""Two invented ballots in the largest communes of Saône-et-Loire, called inventions wherever they appear.

Real results are imported from the ministry's files; nobody voted for these lists. They let a visitor see how
public figures tell where to start.
"""

import random
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import UUID

from amiral.rooms.territory import api as territory
from amiral.rooms.territory.contracts import ElectionKind, NewElection, TerritoryCard

COMMUNES = 20
PER_STATION = 1100
"""Inhabitants for each invented station."""
LISTS = ("LISTE ANCRE", "LISTE BOUSSOLE", "LISTE CABESTAN")
SOURCE = "Résultats inventés pour la démonstration : personne n’a voté ainsi"
NAMES = ("Scrutin inventé pour la démonstration", "Scrutin inventé, plus ancien")
DAYS_AGO = (400, 1100)

Row = tuple[str | int, ...]
HEADER = ("departement", "commune", "bureau", "commune_libelle", "inscrits", "votants", "blancs", "exprimes")


def build(*, administrator: UUID, now: datetime, chance: random.Random) -> None:
    """Imports both ballots by station, as anybody would import a file."""
    communes = territory.largest_communes(departement_code="71", limit=COMMUNES)
    stations = [(commune, number) for commune in communes for number in range(1, _stations(commune) + 1)]
    registered = [chance.randint(550, 1050) for _station in stations]
    leanings = [chance.uniform(0.15, 0.5) for _station in stations]
    with TemporaryDirectory() as folder:
        for name, days, turnout in zip(NAMES, DAYS_AGO, (0.5, 0.72), strict=True):
            rows = [
                _row(commune, number, people, leaning, turnout, chance)
                for (commune, number), people, leaning in zip(stations, registered, leanings, strict=True)
            ]
            day = (now - timedelta(days=days)).date()
            election = NewElection(kind=ElectionKind.OTHER, date=day, round=1, name=name)
            _import(Path(folder), election, rows, administrator)


def _stations(commune: TerritoryCard) -> int:
    return max(1, (commune.population or 0) // PER_STATION)


def _row(
    commune: TerritoryCard, number: int, people: int, leaning: float, turnout: float, chance: random.Random
) -> Row:
    """A station where those who lean to the first list stay at home a little more."""
    voters = int(people * min(0.9, max(0.2, chance.gauss(turnout + 0.12 - leaning * 0.3, 0.05))))
    blank = int(voters * chance.uniform(0.01, 0.05))
    expressed = voters - blank
    first = int(expressed * min(0.8, max(0.02, chance.gauss(leaning, 0.04))))
    second = int((expressed - first) * chance.uniform(0.4, 0.65))
    votes = (first, second, expressed - first - second)
    code = commune.code
    return (code[:2], code[2:], f"{number:04}", commune.name, people, voters, blank, expressed, *votes)


def _import(folder: Path, election: NewElection, rows: list[Row], administrator: UUID) -> None:
    path = folder / f"{election.name}.csv"
    lines = (";".join(map(str, row)) for row in ((*HEADER, *LISTS), *rows))
    path.write_text("\n".join((*lines, "")), encoding="utf-8")
    territory.import_results_file(
        path=path, election=election, file_name=path.name, attribution=SOURCE, imported_by_id=administrator
    )
