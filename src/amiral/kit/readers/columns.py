"""Which column of a table holds what, from the names people give them."""

import re
import unicodedata
from dataclasses import dataclass

_NAMES: dict[str, str] = {
    "id": "id cleinterop idadr idadresse idban idbanadresse uidadresse gid addressid osmid housenumberid"
    " identifiant fid objectid hash numerouai codarret entityid uai idarret stopid codeuai",
    "name": "nom name libelle libelledusite appellationofficielleuai libelledubureaudevote appellation"
    " intitule nometablissement denomination stopname nomlieu nomarret nomlong equipement enseigne"
    " appellationofficielle raisonsociale rs",
    "number": "numero number housenumber num numvoie numerovoie numadr housenumberlabel streetnumber"
    " hausnummer hausnr housenr huisnummer addrhousenumber no n nr civic numerocivico deinr",
    "suffix": "rep suffixe suffix extension indicerep indicederepetition repetition bister addrsuffix"
    " zusatz adresszusatz hausnummerzusatz hausnrzusatz",
    "street": "nomvoie voie voienom street streetname nomdelavoie libellevoie rue nomrue addrstreet strasse"
    " strassenname straat straatnaam libvoie nomdevoie road via calle strname streetnamefr"
    " streetnamenl streetnamede",
    "place": "nomld lieuditcomplementnom lieudit addrplace",
    "address": "adresse adrcplete address adressecomplete fulladdress libelleadresse adr label"
    " adressepostale adresse1 adresseuai adressebureau",
    "lon": "lon long longitude lng longwgs84 lonwgs84 xwgs84 xlong epsg4326lon addrlon longitudex"
    " longitudewgs84 lngwgs84 stoplon lange laenge langengrad laengengrad",
    "lat": "lat latitude latwgs84 ywgs84 ylat epsg4326lat addrlat latitudey latitudewgs84 stoplat"
    " breite breitengrad",
    "x": "x xlamb93 xl93 xlambert93 coordx xcoord xcc x2154 easting lambx geox coordonneex coordxet",
    "y": "y ylamb93 yl93 ylambert93 coordy ycoord ycc y2154 northing lamby geoy coordonneey coordyet",
    "point": "geopoint2d geopoint wkt geom thegeom geometry housenumbergeomwkt coordonnees coordinates geo",
    "postcode": "codepostal postcode postalcode cp plz zip zipcode addrpostcode codepost postleitzahl dplz4",
    "insee": "codeinsee insee inseecommu codcomm codecomm communeinsee codecommune depcom citycode codcom",
    "city": "nomcommune commune communenom city nomcom ville town addrcity municipality nomville"
    " localite localiteacheminementuai ort gemeinde ggdename"
    " municipalitynamefr municipalitynamenl municipalitynamede",
    "dwellings": "dwellings logements nblogements nblogement nblog flats units nombrelogements",
}
_FIELD_OF = {name: field for field, names in _NAMES.items() for name in names.split()}
FIELDS: tuple[str, ...] = tuple(_NAMES)
"""What a column may hold; the names of ``Plan.columns``."""
_CONIC = re.compile(r"^([xy])(?:lamb(?:ert)?)?cc(4[2-9]|50)$")


@dataclass(frozen=True)
class Columns:
    """Place of each known column; ``zone`` is the conic zone (42..50) that the names tell, or 0."""

    at: dict[str, int]
    names: tuple[str, ...]
    zone: int = 0

    def value(self, row: list[str], field: str) -> str:
        """The stripped text of a field, empty where the file has no such column."""
        place = self.at.get(field)
        return row[place].strip() if place is not None else ""

    def id_in(self, row: list[str]) -> str:
        """The id as in the file, its blanks too: another system looks it up. Empty where there is none."""
        place = self.at.get("id")
        return row[place] if place is not None and row[place].strip() else ""

    def has(self, *fields: str) -> bool:
        """Whether all these are there."""
        return all(field in self.at for field in fields)

    @property
    def positioned(self) -> bool:
        """Whether a position can be had."""
        return self.has("lon", "lat") or self.has("x", "y") or self.has("point")


def columns_of(header: list[str]) -> Columns:
    """Recognise the columns of a header; the first of two alike wins."""
    at: dict[str, int] = {}
    zone = 0
    for place, name in enumerate(header):
        plain = plain_name(name)
        conic = _CONIC.match(plain)
        field = _FIELD_OF.get(plain) or (f"{conic[1]}cc" if conic else None)
        if conic:
            zone = int(conic[2])
        if field and field not in at:
            at[field] = place
    return Columns(*_with_conic(at, zone, tuple(name.strip() for name in header)))


def _with_conic(
    at: dict[str, int], zone: int, names: tuple[str, ...]
) -> tuple[dict[str, int], tuple[str, ...], int]:
    """Use conic columns only where the file has no other x and y."""
    x, y = at.pop("xcc", None), at.pop("ycc", None)
    if "x" in at or x is None or y is None:
        return at, names, 0
    return at | {"x": x, "y": y}, names, zone


def conic_zone(name: str) -> int:
    """The conic zone (42..50) that the name of a column tells, or 0."""
    conic = _CONIC.match(plain_name(name))
    return int(conic[2]) if conic else 0


def plain_name(name: str) -> str:
    """A column name in lower case letters and digits: ``Code INSEE`` is ``codeinsee``."""
    apart = unicodedata.normalize("NFKD", name.strip().strip("\ufeff").casefold())
    return "".join(c for c in apart if c.isascii() and c.isalnum())
