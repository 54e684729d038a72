"""Small files of results of plain invention, in every layout that people publish."""

import csv
import gzip
import io
import zipfile
from dataclasses import dataclass
from xml.sax.saxutils import escape

NAMES = ("ALBA Zoé", "BRUN Éloi", "CÔME Inès", "DUVAL Noël")
"""Candidates who do not exist."""


@dataclass(frozen=True)
class Station:
    """One bureau: figures that agree."""

    departement: str
    commune: str
    bureau: str
    registered: int
    voters: int
    blanks: int
    nulls: int
    votes: tuple[int, ...]

    @property
    def expressed(self) -> int:
        return self.voters - self.blanks - self.nulls


PLACE = ["Code du département", "Libellé du département", "Code de la commune", "Libellé de la commune"]
FIGURES = [
    "Inscrits", "Abstentions", "% Abs/Ins", "Votants", "% Vot/Ins", "Blancs", "% Blancs/Ins", "Nuls",
    "% Nuls/Ins", "Exprimés", "% Exp/Ins",
]  # fmt: skip
BLOCK = ["N°Panneau", "Sexe", "Nom", "Prénom", "Voix", "% Voix/Ins", "% Voix/Exp"]


def _place(one: Station) -> list[str]:
    return [one.departement, "Un département", one.commune, "Une commune d’essai"]


def _share(part: int, whole: int) -> str:
    return f"{100 * part / whole:.2f}".replace(".", ",") if whole else ""


def _figures(one: Station) -> list[str]:
    whole = one.registered
    pairs = [
        (whole - one.voters, True), (one.voters, True), (one.blanks, True), (one.nulls, True),
        (one.expressed, True),
    ]  # fmt: skip
    cells = [str(whole)]
    for count, _shared in pairs:
        cells += [str(count), _share(count, whole)]
    return cells


def _block(one: Station, number: int) -> list[str]:
    family, given = NAMES[number].split()
    count = one.votes[number]
    shares = [_share(count, one.registered), _share(count, one.expressed)]
    return [str(number + 1), "F", family, given, str(count), *shares]


def _numbered_block(one: Station, number: int) -> list[str]:
    cells = _block(one, number)
    return [cells[0], "NUA", *cells[2:]]


def _candidates(one: Station) -> range:
    return range(len(one.votes))


def blocks(stations: list[Station], *, headers: str = "once") -> list[list[str]]:
    """The ministry's wide table; ``headers``: once (2017 to 2022), all (spreadsheets) or numbered (2024)."""
    most = max(len(one.votes) for one in stations)
    if headers == "numbered":
        names = ["Numéro de panneau", "Nuance candidat", "Nom candidat", "Prénom candidat", "Voix"]
        names += ["% Voix/inscrits", "% Voix/exprimés"]
        repeated = [f"{name} {i + 1}" for i in range(most) for name in names]
        header = ["Code département", "Libellé département", "Code commune", "Libellé commune", "Code BV"]
        return [
            [*header, *FIGURES, *repeated],
            *(
                [
                    one.departement, "Un département", one.departement[:2] + one.commune,
                    "Une commune d’essai", one.bureau, *_figures(one),
                    *(cell for i in _candidates(one) for cell in _numbered_block(one, i)),
                ]
                for one in stations
            ),
        ]  # fmt: skip
    repeated = BLOCK * (most if headers == "all" else 1)
    return [
        [*PLACE, "Code du b.vote", *FIGURES, *repeated],
        *(
            [*_place(one), one.bureau, *_figures(one), *(c for i in _candidates(one) for c in _block(one, i))]
            for one in stations
        ),
    ]


def columns(stations: list[Station]) -> list[list[str]]:
    """One column of votes per candidate, the place's code whole."""
    names = [NAMES[i].split()[0] for i in _candidates(stations[0])]
    return [
        [
            "code_insee", "bureau", "commune_libelle",
            "inscrits", "votants", "blancs", "nuls", "exprimes", *names,
        ],
        *(
            [
                one.departement[:2] + one.commune, one.bureau, "Une commune d’essai",
                *map(str, (one.registered, one.voters, one.blanks, one.nulls, one.expressed, *one.votes)),
            ]
            for one in stations
        ),
    ]  # fmt: skip


def lines(stations: list[Station]) -> list[list[str]]:
    """One line per candidate, under a header."""
    header = [
        "Code département", "Code commune", "Libellé commune", "Code BV", "Inscrits", "Votants", "Blancs",
        "Nuls", "Exprimés", "N°Panneau", "Nom", "Prénom", "Voix",
    ]  # fmt: skip
    return [
        header,
        *(
            [
                one.departement, one.commune, "Une commune d’essai", one.bureau,
                *map(str, (one.registered, one.voters, one.blanks, one.nulls, one.expressed)),
                str(i + 1), *NAMES[i].split(), str(one.votes[i]),
            ]
            for one in stations for i in _candidates(one)
        ),
    ]  # fmt: skip


def bare_lines(
    stations: list[Station], *, wide: bool = True, rounds: tuple[int, ...] = (1,)
) -> list[list[str]]:
    """The ministry's files until 2012: no header, one line per candidate, both rounds in one file."""
    places = ["05", "12"] if wide else []
    return [
        [
            str(number), one.departement, one.commune, "Une commune d’essai", *places, one.bureau,
            *map(str, (one.registered, one.voters, one.expressed)),
            str(i + 1), *NAMES[i].split(), "NUA", str(one.votes[i]),
        ]
        for number in rounds for one in stations for i in _candidates(one)
    ]  # fmt: skip


def text(
    rows: list[list[str]], *, separator: str = ";", encoding: str = "utf-8", quoted: bool = False
) -> bytes:
    """The rows as text."""
    out = io.StringIO()
    quoting = csv.QUOTE_ALL if quoted else csv.QUOTE_MINIMAL
    csv.writer(out, delimiter=separator, quoting=quoting, lineterminator="\r\n").writerows(rows)
    return out.getvalue().encode(encoding, errors="replace")


def packed(content: bytes, name: str, how: str) -> bytes:
    """A text as it is, in gzip, or alone in a zip."""
    if how == "gz":
        return gzip.compress(content)
    if how == "zip":
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w") as archive:
            archive.writestr(name, content)
        return out.getvalue()
    return content


def workbook(sheets: dict[str, list[list[str]]], *, titles: int = 3) -> bytes:
    """An ODS workbook: tables by name, each under some lines of titles; digits become numbers."""
    above = [["Titre"], *[[""]] * (titles - 1)] if titles else []
    tables = "".join(
        f'<table:table table:name="{escape(name)}">{_rows([*above, *rows])}</table:table>'
        for name, rows in sheets.items()
    )
    spaces = "urn:oasis:names:tc:opendocument:xmlns"
    content = (
        f'<?xml version="1.0" encoding="UTF-8"?><office:document-content xmlns:office="{spaces}:office:1.0" '
        f'xmlns:table="{spaces}:table:1.0" xmlns:text="{spaces}:text:1.0" office:version="1.2"><office:body>'
        f"<office:spreadsheet>{tables}</office:spreadsheet></office:body></office:document-content>"
    )
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("content.xml", content)
        archive.writestr(
            "META-INF/manifest.xml",
            f'<manifest:manifest xmlns:manifest="{spaces}:manifest:1.0"/>',
        )
    return out.getvalue()


def _rows(rows: list[list[str]]) -> str:
    return "".join(f"<table:table-row>{''.join(map(_cell, row))}</table:table-row>" for row in rows)


def _cell(value: str) -> str:
    if value.isdigit():
        return f'<table:table-cell office:value-type="float" office:value="{int(value)}"/>'
    return f'<table:table-cell office:value-type="string"><text:p>{escape(value)}</text:p></table:table-cell>'
