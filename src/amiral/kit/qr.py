"""QR codes on pages: one path of squares, which needs no style and no script."""

from dataclasses import dataclass

import segno

QUIET_MODULES = 4
"""Empty border, in modules (ISO/IEC 18004)."""


@dataclass(frozen=True, kw_only=True)
class Code:
    """``path`` is an SVG path of the dark modules in a square of ``size`` modules, its border included."""

    text: str
    size: int
    path: str


def code(text: str) -> Code:
    """The QR code of a text; the same text gives the same path."""
    rows = [list(row) for row in segno.make_qr(text, error="m").matrix]
    dark = (
        f"M{x + QUIET_MODULES} {y + QUIET_MODULES}h1v1h-1z"
        for y, row in enumerate(rows)
        for x, module in enumerate(row)
        if module
    )
    return Code(text=text, size=len(rows) + 2 * QUIET_MODULES, path="".join(dark))
