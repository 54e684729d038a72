"""Which column of a file of results holds what: names differ from year to year and from town to town."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from .columns import plain_name
from .errors import UnreadableFile

_GENERAL: dict[str, str] = {
    "departement": "codedudepartement codedepartement departement dep codedep coddep dept codedpt dpt"
    " numerodepartement numdep codegeodep departementcode codedept codedelasectionelectorale"
    " codesectionelectorale",
    "departement_name": "libelledudepartement libelledepartement departementlibelle nomdepartement"
    " nomdudepartement libdep libdpt libelledelasectionelectorale libellesectionelectorale",
    "region": "codedelaregion coderegion region codereg regioncode codederegion",
    "region_name": "libelledelaregion libelleregion regionlibelle nomregion nomdelaregion",
    "circonscription": "codedelacirconscription codecirconscription circonscription circo codecirco circleg"
    " codecirconscriptionlegislative codedelacirconscriptionlegislative numerocirconscription codcirc",
    "circonscription_name": "libelledelacirconscription libellecirconscription nomcirconscription"
    " libellecirconscriptionlegislative circonscriptionlibelle nomcirco",
    "canton": "codeducanton codecanton canton codcan cantoncode",
    "canton_name": "libelleducanton libellecanton nomcanton cantonlibelle nomducanton",
    "insee": "codeinsee insee codecommuneinsee inseecom codeinseecommune codeinseedelacommune communeinsee"
    " depcom codgeo",
    "commune": "codedelacommune codecommune commune codcom communecode codesubcom codecom com",
    "commune_name": "libelledelacommune libellecommune communelibelle nomcommune nomdelacommune libcom"
    " libellesubcom ville nomcom communenom libellecom",
    "bureau": "codedubvote codebvote codebv bureau bureaudevote numerobureau nbureau numbv bv codebureau"
    " codedubureau codebureauvote idbv numerodebureau numerodubureaudevote nbv codedubureaudevote numbureau"
    " numerobureaudevote codebureaudevote codeburvot nobureau bureauvote numerobv idbureau nobv numburo"
    " ndebureau nbureaudevote ndubureau ndebureaudevote",
    "round": "tour ntour numerotour numtour numerodetour notour",
    "ballot": "idelection codeelection",
    "registered": "inscrits inscriptions nbinscrits nombredinscrits nbrinscrits nbrins registered"
    " electeursinscrits inscrit ninscrits nombreinscrits totalinscrits nbinscr",
    "abstentions": "abstentions nbabstentions abs abstention nombredabstentions nbrabs nbabs",
    "voters": "votants nbvotants nombredevotants vot votant voters nbrvot nbvot nombrevotants totalvotants",
    "blanks": "blancs nbblancs votesblancs bulletinsblancs blanc nbblanc nombredeblancs votesblanc",
    "nulls": "nuls nbnuls votesnuls bulletinsnuls nul nbnul nombredenuls",
    "blank_null": "blancsetnuls blancsnuls blancsounuls blnuls blcetnuls blancnul nbblancsetnuls nbrnuls"
    " blancsetnul blancsnul votesblancsetnuls nulsetblancs nulsblancs blancetnul nulblanc",
    "expressed": "exprimes nbexprimes suffragesexprimes exprime exp nombredexprimes nbrexp nbexp expressed"
    " votesexprimes nombreexprimes nbsuffragesexprimes nbrsuffragesexprimes",
}
_CANDIDATE: dict[str, str] = {
    "panel": "npanneau nopanneau numerodepanneau numeropanneau npan panneau nliste noliste numeroliste"
    " numerodeliste ndepot nodepot ncand numerocandidat ndecandidat numdepot numpanneau numcandidat"
    " ncandidat nocandidat numerodepotcandidat numerodudepot ndedepotducandidat ndedepot ordredepot numliste",
    "sex": "sexe sexecandidat civilite civ codsexe",
    "family_name": "nom nomcandidat nomducandidat candidat nomcand nompsn nomdecandidat",
    "given_name": "prenom prenomcandidat prenomducandidat prenomcand prenompsn",
    "nuance": "nuance codenuance nuancecandidat nuanceliste nuancedelaliste codenuanceducandidat"
    " codenuancedelaliste nuancebinome nuancebinomedecandidats codnua codenuanceliste nuacand"
    " codedelanuance etiquette",
    "list_title": "libelleabregeliste libelleabregedeliste libelleabregedelaliste nomabregeliste"
    " libelleabrege",
    "list_long": "libelleetenduliste libelledeliste libelleliste liste nomliste titreliste libelledelaliste"
    " nomdelaliste libelleetendudelaliste titredelaliste libelle",
    "head": "nomtetedeliste tetedeliste tetedeliste nomdelatetedeliste",
    "pair": "binome compositiondubinome libellebinome binomedecandidats candidats libellebinomedecandidats",
    "votes": "voix voixliste nbvoix voixcandidat nombredevoix suffrages voixobtenues nbrvoix nombrevoix"
    " nbvoixobtenues votes totalvoix",
}
_IGNORED_NAMES = (
    "elu elue sieges siege siegeselu siegessecteur siegescc siegeselus codelocalisation libellelocalisation"
    " codesecteur libellesecteur codesecteurplm idbrutmiom etatsaisie typlieu ratiovoixinscrits"
    " ratiovoixexprimes objectid id fid gid geopoint2d geoshape date scrutin annee tourlibelle nbsieges"
    " qualifie resultat resultats ballottage participation tauxdeparticipation tauxparticipation"
    " tauxabstention procurations emargements nbemargements nbprocurations nombredemargements lieu adresse"
    " codepostal lon lat longitude latitude nombureau lieudevote libellebureau nombureaudevote"
)
_IGNORED = frozenset(_IGNORED_NAMES.split())
GENERAL_OF = {name: field for field, names in _GENERAL.items() for name in names.split()}
CANDIDATE_OF = {name: field for field, names in _CANDIDATE.items() for name in names.split()}
COUNTS = ("registered", "abstentions", "voters", "blanks", "nulls", "blank_null", "expressed")
_NUMBERED = re.compile(r"[ ._\-]*\d+$")
_OF_WHOM = re.compile(r"(?:(?:du|de)?candidat|(?:dela|de)?liste|(?:du|de)?binome)$")
"""What a column is of, at the end of its name: ``Nombre de voix du candidat``."""
_HEADER_ROWS = 40

# Files without a header, as the ministry published them until 2012; the second of them since 2007 too.
_BARE_PLACES = ("round", "departement", "commune", "commune_name")
_BARE_FIGURES = ("bureau", "registered", "voters", "expressed")
_BARE_HEADS = (
    (*_BARE_PLACES, "circonscription", "canton", *_BARE_FIGURES),
    (*_BARE_PLACES, *_BARE_FIGURES),
)
_BARE_PERSON = ("family_name", "given_name", "nuance")


@dataclass(frozen=True, kw_only=True)
class ResultColumns:
    """Where each field stands in a row.

    ``general``: field to column. ``block``: field to place within a block of candidate columns that begins at
    ``start`` and repeats every ``width`` columns; ``width`` 0 where each column of ``plain`` is a candidate.
    """

    names: tuple[str, ...]
    general: dict[str, int]
    block: dict[str, int]
    start: int
    width: int
    plain: tuple[tuple[int, str], ...]
    repeated: bool

    def value(self, row: Sequence[str], field: str) -> str:
        """The stripped text of a general field, empty where there is none."""
        place = self.general.get(field)
        return row[place].strip() if place is not None and place < len(row) else ""


def header_in(rows: Sequence[tuple[int, Sequence[str]]]) -> int:
    """Position of the row that names the columns; -1 where none does. Titles may stand above it."""
    scores = [_score(row) for _line, row in rows[:_HEADER_ROWS]]
    best = max(range(len(scores)), key=lambda i: (scores[i], -i), default=-1)
    return best if best >= 0 and scores[best] >= 2 else -1


def _score(row: Sequence[str]) -> int:
    """How many different figures and places the cells of a row name; a row of numbers names none."""
    plain = {plain_name(cell) for cell in row if cell and len(cell) < 60}
    fields = {GENERAL_OF[name] for name in plain if name in GENERAL_OF}
    votes = any(_candidate_field(name) == "votes" for name in plain)
    counted = votes or bool(fields & {"registered", "voters", "expressed", "blank_null"})
    return len(fields) + votes if counted else 0


def bare_columns(row: Sequence[str]) -> ResultColumns | None:
    """The columns of an old file of the ministry without a header: round, places, figures, one candidate."""
    if row[0].strip() not in {"1", "2"}:
        return None
    for head in _BARE_HEADS:
        names = (*head, *_bare_candidate(row[len(head) :]))
        if len(names) == len(row) and _are_bare_figures(row, names):
            start = len(head)
            return ResultColumns(
                names=names,
                general={name: i for i, name in enumerate(head)},
                block={name: i for i, name in enumerate(names[start:])},
                start=start,
                width=len(names) - start,
                plain=(),
                repeated=False,
            )
    return None


def _bare_candidate(cells: Sequence[str]) -> tuple[str, ...]:
    """Number, name, nuance and votes; ballots of lists (regional, European) tell the list too."""
    texts = cells[1:-1]
    if len(texts) == len(_BARE_PERSON):
        return ("panel", *_BARE_PERSON, "votes")
    if len(texts) != len(_BARE_PERSON) + 1:
        return ()
    title = max(range(len(texts)), key=lambda i: len(texts[i]))
    return ("panel", *_BARE_PERSON[:title], "list_long", *_BARE_PERSON[title:], "votes")


def _are_bare_figures(row: Sequence[str], names: Sequence[str]) -> bool:
    cells = [row[names.index(one)].strip() for one in ("registered", "voters", "expressed", "votes")]
    if not all(cell.isdigit() for cell in cells):
        return False
    registered, voters, expressed, votes = map(int, cells)
    return registered >= voters >= expressed >= votes


def columns_in(header: Sequence[str], sample: Sequence[Sequence[str]]) -> ResultColumns:
    """Recognises the columns below a header; ``sample`` are some rows under it."""
    names = tuple(_trimmed(header))
    general = _general(names, sample)
    block_at = [
        i for i, name in enumerate(names) if i not in general.values() and _candidate_field(name) and name
    ]
    if any(_candidate_field(names[i]) == "votes" for i in block_at):
        return _blocks(names, general, block_at, sample)
    return _plain_columns(names, general, sample)


def _trimmed(header: Sequence[str]) -> list[str]:
    cells = [cell.strip().strip("\ufeff").strip() for cell in header]
    while cells and not cells[-1]:
        cells.pop()
    return cells


def _share(name: str) -> bool:
    """Whether a column holds a percentage, which is computed anew and never read."""
    return "%" in name or plain_name(name).startswith(("ratio", "pct", "pourcent", "taux"))


def _general(names: Sequence[str], sample: Sequence[Sequence[str]]) -> dict[str, int]:
    found: dict[str, int] = {}
    fields = [None if _share(name) else GENERAL_OF.get(plain_name(name)) for name in names]
    behind = max((place for place, field in enumerate(fields) if field in COUNTS), default=len(names))
    for place, name in enumerate(names):
        field = fields[place]
        if place > behind and len(name) <= 4:  # COM is a nuance there, and no commune
            continue
        if field in {"departement", "commune", "canton", "region", "circonscription"} and _are_words(
            sample, place
        ):
            field = f"{field}_name"
        if field and field not in found:
            found[field] = place
    return found


def _are_words(sample: Sequence[Sequence[str]], place: int) -> bool:
    """Whether a column named ``commune`` holds names, not codes: no digit in most of its cells."""
    cells = [row[place].strip() for row in sample if place < len(row) and row[place].strip()]
    words = [cell for cell in cells if len(cell) > 2 and not any(c.isdigit() for c in cell)]
    return 2 * len(words) > len(cells)


def _candidate_field(name: str) -> str:
    if _share(name):
        return ""
    plain, bare = plain_name(name), plain_name(_NUMBERED.sub("", name))
    short = _OF_WHOM.sub("", bare)
    return CANDIDATE_OF.get(plain) or CANDIDATE_OF.get(bare) or CANDIDATE_OF.get(short, "")


def _base(name: str) -> str:
    """The name of a column without the number of its candidate."""
    return plain_name(_NUMBERED.sub("", name)) + ("%" if "%" in name else "")


def _blocks(
    names: Sequence[str],
    general: dict[str, int],
    block_at: Sequence[int],
    sample: Sequence[Sequence[str]],
) -> ResultColumns:
    """Columns that repeat to the right for each candidate, with headers or without."""
    start = block_at[0]
    first = _base(names[start])
    again = next((i for i in range(start + 1, len(names)) if _base(names[i]) == first), len(names))
    block: dict[str, int] = {}
    for place in range(start, again):
        field = _candidate_field(names[place]) if place not in general.values() else ""
        if field and field not in block:
            block[field] = place - start
    longest = max((_filled(row) for row in sample), default=0)
    return ResultColumns(
        names=tuple(names),
        general=general,
        block=block,
        start=start,
        width=again - start,
        plain=(),
        repeated=again < len(names) or longest > len(names),
    )


def _filled(row: Sequence[str]) -> int:
    return max((i + 1 for i, cell in enumerate(row) if cell.strip()), default=0)


def _plain_columns(
    names: Sequence[str], general: dict[str, int], sample: Sequence[Sequence[str]]
) -> ResultColumns:
    """A table with a column of votes per candidate, list or nuance: all numbers behind the figures.

    A cell that holds none makes its line unreadable, not its column something else.
    """
    behind = max((general[name] for name in COUNTS if name in general), default=-1)
    plain = tuple(
        (place, name)
        for place, name in enumerate(names)
        if place > behind
        and name
        and place not in general.values()
        and not _share(name)
        and plain_name(name) not in _IGNORED
        and _are_counts(sample, place)
    )
    if not plain:
        raise UnreadableFile("no_votes_column", columns=", ".join(filter(None, names))[:300])
    return ResultColumns(
        names=tuple(names), general=general, block={}, start=0, width=0, plain=plain, repeated=True
    )


def _are_counts(sample: Sequence[Sequence[str]], place: int) -> bool:
    cells = [row[place] for row in sample if place < len(row) and row[place].strip()]
    return 2 * sum(map(is_count, cells)) > len(cells)


_SPACES = re.compile(r"[\s\u00a0\u202f\u2009]")
_COUNT = re.compile(r"^\d{1,12}(?:[.,]0*)?$")


def is_count(text: str) -> bool:
    """Whether a cell holds a whole number, however its thousands are set apart."""
    return bool(_COUNT.match(_SPACES.sub("", text)))


def count_in(text: str) -> int | None:
    """The whole number in a cell; ``None`` for an empty one. Raises ``ValueError``."""
    if text.isascii() and text.isdigit() and len(text) < 13:
        return int(text)
    bare = _SPACES.sub("", text)
    if not bare:
        return None
    if not _COUNT.match(bare):
        raise ValueError(text)
    return int(bare.split(".")[0].split(",")[0])
