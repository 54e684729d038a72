"""Where everything stands on a printed page: the one truth for the pen that draws and the eye that reads.

Millimetres from the upper left corner of an A4 sheet. A page remembers the version of its layout: an old
page is read by the old figures for as long as it is kept.
"""

from dataclasses import dataclass

LAYOUT_VERSION = 1
PAGE_WIDTH_MM, PAGE_HEIGHT_MM = 210.0, 297.0
ROWS = 26
"""Lines of a page: doors, and names of streets, which have no box."""

_RIGHT, _FIRST_ROW, _ROW = 198.0, 48.0, 8.5
_BOX = 5.5
_COLUMN = {6: 15.5, 3: 19.0}
_MARK_FROM_EDGE, _MARK = 8.5, 5.0
_QR_LEFT, _QR_TOP, _QR = 177.0, 13.0, 19.0


@dataclass(frozen=True, kw_only=True)
class Box:
    """A square: its upper left corner and its side, in millimetres. The frame's line is centred on it."""

    x: float
    y: float
    side: float

    @property
    def corners(self) -> tuple[tuple[float, float], ...]:
        """Upper left, upper right, lower right, lower left."""
        right, bottom = self.x + self.side, self.y + self.side
        return (self.x, self.y), (right, self.y), (right, bottom), (self.x, bottom)

    @property
    def middle(self) -> tuple[float, float]:
        return self.x + self.side / 2, self.y + self.side / 2


@dataclass(frozen=True, kw_only=True)
class Layout:
    """The places of one version, for pages of so many boxes per door."""

    version: int
    columns: int

    def row_top(self, row: int) -> float:
        """Upper edge of the line ``row``, counted from 0."""
        return _FIRST_ROW + row * _ROW

    @property
    def row_height(self) -> float:
        return _ROW

    @property
    def column_width(self) -> float:
        return _COLUMN[self.columns]

    def box(self, row: int, column: int) -> Box:
        """The box of an outcome at a door."""
        middle = _RIGHT - (self.columns - column - 0.5) * self.column_width
        return Box(x=middle - _BOX / 2, y=self.row_top(row) + (_ROW - _BOX) / 2, side=_BOX)

    @property
    def marks(self) -> tuple[tuple[float, float], ...]:
        """Middles of the four black squares: upper left, upper right, lower right, lower left."""
        right, bottom = PAGE_WIDTH_MM - _MARK_FROM_EDGE, PAGE_HEIGHT_MM - _MARK_FROM_EDGE
        near = _MARK_FROM_EDGE
        return (near, near), (right, near), (right, bottom), (near, bottom)

    @property
    def mark_side(self) -> float:
        return _MARK

    @property
    def qr(self) -> Box:
        """The QR code without its quiet border."""
        return Box(x=_QR_LEFT, y=_QR_TOP, side=_QR)


def layout(*, columns: int, version: int = LAYOUT_VERSION) -> Layout:
    """The layout of that version. Raises ``ValueError`` for one that was never printed."""
    if version != LAYOUT_VERSION or columns not in _COLUMN:
        raise ValueError(f"no layout {version} with {columns} boxes")
    return Layout(version=version, columns=columns)
