"""Invented results of Mâcon, Chalon and Charnay, and contours of the first two stations of Mâcon."""

from datetime import date
from pathlib import Path
from uuid import UUID

from amiral.cores.priorities import PRESETS, Preset
from amiral.rooms.field.contracts import PriorityChoice
from amiral.rooms.territory import api as territory
from amiral.rooms.territory.contracts import ElectionKind, NewElection, TerritoryKind
from tests.rooms.territory.contours_making import collection, feature, square

HEADER = "departement;commune;bureau;commune_libelle;inscrits;votants;blancs;exprimes;ALBA;BRUN;CYAN"
LATER = (
    "71;270;0001;Mâcon;1000;400;10;380;200;100;80",
    "71;270;0002;Mâcon;800;600;10;580;100;400;80",
    "71;270;0003;Mâcon;900;500;10;480;160;240;80",
    "71;270;0004;Mâcon;700;420;10;400;150;170;80",
    "71;076;0001;Chalon-sur-Saône;950;520;10;500;210;190;100",
    "71;105;0001;Charnay-lès-Mâcon;400;280;5;270;70;130;70",
)
EARLIER = (
    "71;270;0001;Mâcon;1000;800;10;780;420;260;100",
    "71;270;0002;Mâcon;800;680;10;660;120;440;100",
    "71;270;0003;Mâcon;900;700;10;680;240;320;120",
    "71;270;0004;Mâcon;700;560;10;540;220;220;100",
    "71;076;0001;Chalon-sur-Saône;940;700;10;680;300;280;100",
    "71;105;0001;Charnay-lès-Mâcon;400;340;5;330;100;150;80",
)
EUROPEAN = NewElection(kind=ElectionKind.EUROPEENNES, date=date(2019, 5, 26), round=1)
PRESIDENTIAL = NewElection(kind=ElectionKind.PRESIDENTIELLE, date=date(2017, 4, 23), round=1)
SOURCE = "Résultats inventés pour les tests"

BORDER = 4.8327
"""Longitude between the first station, to the west, and the second: it crosses the rue de la Barre."""


def import_results(
    folder: Path, rows: tuple[str, ...], election: NewElection, *, attribution: str = SOURCE
) -> UUID:
    """Imports a table of stations; answers the ballot's id."""
    path = folder / f"{election.kind}.csv"
    path.write_text("\n".join([HEADER, *rows, ""]), encoding="utf-8")
    made = territory.import_results_file(
        path=path, election=election, file_name=path.name, attribution=attribution
    )
    return made.election.id


def import_stations(folder: Path) -> None:
    """Contours of the first two stations of Mâcon, side by side."""
    path = folder / "bureaux.geojson"
    west, east = square(4.80, 46.28, wide=BORDER - 4.80), square(BORDER, 46.28, wide=4.85 - BORDER)
    path.write_bytes(
        collection(
            feature({"code": "71270_0001"}, west),
            feature({"code": "71270_0002"}, east),
        )
    )
    territory.import_contours_file(
        path=path, kind=TerritoryKind.BUREAU_DE_VOTE, attribution="Contours inventés"
    )


def import_all(folder: Path) -> PriorityChoice:
    """Both ballots and the contours; answers the choice that mobilises the abstainers of Alba."""
    later = import_results(folder, LATER, EUROPEAN)
    earlier = import_results(folder, EARLIER, PRESIDENTIAL)
    import_stations(folder)
    return PriorityChoice(
        election_id=later,
        lists=("alba",),
        reach=("cyan",),
        before_id=earlier,
        before_lists=("alba",),
        weights=PRESETS[Preset.MOBILISE],
    )
