"""A département's address file, made by a rule: the 23 columns of the Base Adresse Nationale.

Communes lie on a grid of 7 km over Saône-et-Loire, each with 25 streets of 20 numbers. Of every thousand
lines one has no number, one a ``bis`` written with the number, one a quoted street with a separator in it,
one a position 60 km away, one repeats the id of the line before.
"""

from collections.abc import Iterator
from pathlib import Path

HEADER = (
    "id;id_fantoir;numero;rep;nom_voie;code_postal;code_insee;nom_commune;code_insee_ancienne_commune;"
    "nom_ancienne_commune;x;y;lon;lat;type_position;alias;nom_ld;libelle_acheminement;nom_afnor;"
    "source_position;source_nom_voie;certification_commune;cad_parcelles"
)
STREETS, NUMBERS = 25, 20
KINDS = ("Rue", "Avenue", "Chemin", "Impasse", "Place")
NAMES = ("de l’Église", "du Moulin", "des Écoles", "de la République", "Général Leclerc")


def lines(count: int) -> Iterator[str]:
    """The header and ``count`` lines."""
    yield HEADER
    for index in range(count):
        yield _line(index)


def _line(index: int) -> str:
    commune, rest = divmod(index, STREETS * NUMBERS)
    street, house = divmod(rest, NUMBERS)
    lon = 3.9 + (commune % 20) * 0.07 + street * 0.0004
    lat = 46.2 + (commune // 20) * 0.035 + house * 0.0003
    number, name = str(house + 1), f"{KINDS[street % 5]} {NAMES[street // 5]}"
    key = f"{71001 + commune}_{street:04d}_{house + 1:05d}"
    match index % 1000:
        case 100:
            number = ""
        case 300:
            number += "bis"
        case 500:
            name = f'"{name}; ancienne"'
        case 700:
            lat += 0.55
        case 905:
            key = f"{71001 + commune}_{street:04d}_{house:05d}"
    town = f"Commune {commune}"
    return (
        f"{key};{key[:10]};{number};;{name};{71000 + commune % 900};{71001 + commune};{town};;;"
        f"{800000 + lon * 1000:.2f};{6600000 + lat * 1000:.2f};{lon:.6f};{lat:.6f};entrée;;;"
        f"{town.upper()};{name.upper()};commune;commune;1;71001000AB0{index % 1000:03d}"
    )


def write(path: Path, count: int) -> Path:
    """The file."""
    with path.open("w", encoding="utf-8") as file:
        file.writelines(line + "\n" for line in lines(count))
    return path
