"""The code of a page: sixteen letters and digits that name what was printed on it, in a QR code."""

import base64
import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import zxingcpp
from numpy.typing import NDArray

from amiral.cores.canonical import canonical

CODE_LENGTH = 16
"""Of base 32 (RFC 4648): 80 bits of a SHA-256 digest."""

_CODE: Final = re.compile(r"/f/([A-Z2-7]{16})/?")
_QR: Final = zxingcpp.barcode_formats_from_str("QRCode")


@dataclass(frozen=True, kw_only=True)
class FoundCode:
    """A QR code in a picture: its text, and its corners as printed (upper left first, clockwise), in pixels
    (x, y)."""

    text: str
    corners: tuple[tuple[float, float], ...]


def page_code(*, printed: Sequence[Any]) -> str:
    """The code of a page that shows ``printed`` (JSON of texts, integers and lists): the same content has
    the same code."""
    digest = hashlib.sha256(canonical({"page": list(printed)})).digest()
    return base64.b32encode(digest).decode()[:CODE_LENGTH]


def code_in(text: str) -> str | None:
    """The page's code in the text of a QR code; None where it is another kind of code."""
    found = _CODE.search(text[:300])
    return found[1] if found and found.end() == len(text) else None


def find_codes(grey: NDArray[np.uint8]) -> tuple[FoundCode, ...]:
    """All QR codes of a grey picture (rows × columns, 0 black), from left to right."""
    found = zxingcpp.read_barcodes(np.ascontiguousarray(grey), formats=_QR)
    codes = (FoundCode(text=one.text, corners=_corners(one.position)) for one in found if one.valid)
    return tuple(sorted(codes, key=lambda code: code.corners))


def _corners(position: Any) -> tuple[tuple[float, float], ...]:
    points = (position.top_left, position.top_right, position.bottom_right, position.bottom_left)
    return tuple((float(point.x), float(point.y)) for point in points)
