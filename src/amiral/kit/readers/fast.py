"""The plain rows of a chunk as columns at once; whatever is not plain in them is read row by row."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv

from .columns import Columns
from .crs import Bools, Floats
from .drafts import Drafts
from .plan import Plan
from .positions import Ints, Texts

NO_NUMBER = "99999"
_NUMBER = r"^(?P<n>[0-9]{1,6})(?P<s>[A-Za-z]{0,5})$"
_DECIMAL = r"^[+-]?[0-9]+([.,][0-9]+)?$"
_POINT = r"^(?:SRID=4326;)?POINT ?\((?P<a>[-0-9.]+) (?P<b>[-0-9.]+)\)$"
_PAIR = r"^(?P<b>[-0-9.]+), ?(?P<a>[-0-9.]+)$"

Row = list[str]


class Rows:
    """The plain rows of a chunk, by the columns that are used."""

    def __init__(self, text: bytes, plan: Plan) -> None:
        self.layout = plan.layout()
        self._width = len(plan.names)
        self.decimal = plan.decimal
        used = sorted(set(self.layout.at.values()))
        names = [str(place) for place in range(self._width)]
        self._table = pyarrow.csv.read_csv(
            pa.BufferReader(text),
            read_options=pyarrow.csv.ReadOptions(
                column_names=names, block_size=max(len(text) + 1, 1), use_threads=False
            ),
            parse_options=pyarrow.csv.ParseOptions(delimiter=plan.separator, quote_char='"'),
            convert_options=pyarrow.csv.ConvertOptions(
                check_utf8=False,
                column_types=dict.fromkeys(names, pa.string()),
                include_columns=[str(place) for place in used],
            ),
        )

    def __len__(self) -> int:
        return int(self._table.num_rows)

    def text(self, field: str) -> pa.Array:
        """The trimmed texts of a field, empty where the file has no such column."""
        return pc.utf8_trim_whitespace(self.whole(field))

    def whole(self, field: str) -> pa.Array:
        """The texts of a field as in the file."""
        place = self.layout.at.get(field)
        return nothing(len(self)) if place is None else self._table.column(str(place)).combine_chunks()

    def row(self, place: int) -> Row:
        """One row as ``csv`` would give it; columns that are not used are empty."""
        cells = [""] * self._width
        for name in self._table.column_names:
            cells[int(name)] = self._table.column(name)[place].as_py()
        return cells


def nothing(count: int) -> pa.Array:
    """So many empty texts."""
    return pa.repeat("", count)


def shared(texts: pa.Array) -> Texts:
    """Python texts, each different one made once."""
    coded = texts.dictionary_encode()
    values = np.array([*coded.dictionary.to_pylist(), None], object)[:-1]
    found: Texts = values[coded.indices.to_numpy(zero_copy_only=False)]
    return found


def each(texts: pa.Array) -> Texts:
    """Python texts that hardly repeat."""
    found: Texts = texts.to_numpy(zero_copy_only=False)
    return found


def plain_drafts(rows: Rows, lines: Ints) -> tuple[Drafts, Bools]:
    """(drafts, which rows were plain): the values of a row that is not plain mean nothing."""
    layout = rows.layout
    number, own, fine = _numbers(rows, layout)
    street = rows.text("street")
    place = rows.text("place")
    street = pc.if_else(pc.equal(street, ""), place, street)
    if layout.has("street") or layout.has("address"):
        fine &= _bools(pc.not_equal(street, ""))
    suffix = rows.text("suffix")
    a, b, sure = _point(rows) if _only_point(layout) else _pair(rows, "lon", "lat")
    x, y, sure_too = _pair(rows, "x", "y")
    known = (np.isfinite(a) & np.isfinite(b)) | (np.isfinite(x) & np.isfinite(y))
    fine &= sure & sure_too & known
    drafts = Drafts(
        line=lines,
        number=number,
        dwellings=_dwellings(rows),
        id=_ids(rows, lines),
        suffix=shared(pc.if_else(pc.equal(suffix, ""), own, suffix)),
        street=shared(street),
        postcode=shared(rows.text("postcode")),
        commune=shared(rows.text("insee")),
        city=shared(rows.text("city")),
        a=a,
        b=b,
        x=x,
        y=y,
    )
    return drafts, fine


def _only_point(layout: Columns) -> bool:
    return layout.has("point") and not layout.has("lon")


def _bools(found: pa.Array) -> Bools:
    return np.asarray(pc.fill_null(found, False).to_numpy(zero_copy_only=False), dtype=bool)


def _numbers(rows: Rows, layout: Columns) -> tuple[Ints, pa.Array, Bools]:
    """(number, suffix written with it, whether it is as simple as that)."""
    if not layout.has("number"):
        return np.zeros(len(rows), np.int64), nothing(len(rows)), np.zeros(len(rows), bool)
    text = rows.text("number")
    parts = pc.extract_regex(text, _NUMBER)
    fine = _bools(pc.is_valid(parts)) & _bools(pc.not_equal(text, NO_NUMBER))
    digits = pc.fill_null(pc.struct_field(parts, 0), "0")
    number = pc.cast(digits, pa.int64()).to_numpy(zero_copy_only=False)
    return number, pc.fill_null(pc.struct_field(parts, 1), ""), fine


def _pair(rows: Rows, first: str, second: str) -> tuple[Floats, Floats, Bools]:
    a, sure = _decimals(rows, first)
    b, sure_too = _decimals(rows, second)
    return a, b, sure & sure_too


def _decimals(rows: Rows, field: str) -> tuple[Floats, Bools]:
    """(numbers, NaN for nothing; whether the text is a number that can be read in one way only)."""
    text = rows.text(field)
    if field not in rows.layout.at:
        return np.full(len(rows), np.nan), np.ones(len(rows), bool)
    nothing = pc.equal(text, "")
    simple = pc.match_substring_regex(text, _DECIMAL)
    other = {",": ".", ".": ","}.get(rows.decimal)
    if other is not None:
        simple = pc.and_(simple, pc.invert(pc.match_substring(text, other)))
    readable = pc.if_else(simple, pc.replace_substring(text, ",", "."), "nan")
    return _floats(readable), _bools(pc.or_(simple, nothing))


def _floats(texts: pa.Array) -> Floats:
    return np.asarray(pc.cast(texts, pa.float64()).to_numpy(zero_copy_only=False), dtype=np.float64)


def _point(rows: Rows) -> tuple[Floats, Floats, Bools]:
    text = rows.text("point")
    known, pair = pc.extract_regex(text, _POINT), pc.extract_regex(text, _PAIR)
    fine = pc.or_(pc.is_valid(known), pc.is_valid(pair))
    a = pc.coalesce(pc.struct_field(known, 0), pc.struct_field(pair, 1))
    b = pc.coalesce(pc.struct_field(known, 1), pc.struct_field(pair, 0))
    simple = pc.and_(
        pc.fill_null(pc.match_substring_regex(a, r"^-?[0-9]+(\.[0-9]+)?$"), False),
        pc.fill_null(pc.match_substring_regex(b, r"^-?[0-9]+(\.[0-9]+)?$"), False),
    )
    sure = _bools(pc.and_(fine, simple))
    return (
        _floats(pc.if_else(simple, a, "nan")),
        _floats(pc.if_else(simple, b, "nan")),
        sure,
    )


def _dwellings(rows: Rows) -> Ints:
    if "dwellings" not in rows.layout.at:
        return np.zeros(len(rows), np.int64)
    text = rows.text("dwellings")
    simple = pc.match_substring_regex(text, r"^[0-9]{1,12}$")
    count = pc.cast(pc.if_else(simple, text, "0"), pa.int64())
    return np.asarray(pc.min_element_wise(count, 100_000).to_numpy(zero_copy_only=False), dtype=np.int64)


def _ids(rows: Rows, lines: Ints) -> Texts:
    text = rows.whole("id")
    found = each(text)
    missing = np.flatnonzero(_bools(pc.equal(pc.utf8_trim_whitespace(text), "")))
    if len(missing):
        found = found.copy()
        found[missing] = [f"line-{line}" for line in lines[missing].tolist()]
    return found
