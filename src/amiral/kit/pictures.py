"""Photographs and scans that people send, as grey arrays: JPEG, PNG, and the pages of a PDF.

A file from outside is only ever opened in a process of its own, which has little memory and little time: a
picture that claims a thousand million pixels, or a PDF that breaks its reader, harms nothing else. What comes
back are bare pixels: no place, no date, no name of a camera survives.
"""

import os
import resource
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from io import BytesIO
from typing import IO, TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from PIL import Image

MOST_PIXELS = 120_000_000
"""A larger picture is refused before it is unpacked; telephones of 108 megapixels pass."""
MOST_SIDE = 4200
"""Pixels of the longer side that are kept: 360 dots to the inch of an A4 page."""
MOST_SIDE_SHOWN = 2400
"""The same, of a picture that is shown on a page."""
MOST_PAGES = 60
"""Of one PDF."""
PDF_DOTS_PER_INCH = 220
MOST_MEMORY_BYTES, MOST_CPU_S = 2 * 1024**3, 90


class PictureKind(StrEnum):
    """What the first bytes of a file say that it is."""

    JPEG = "jpeg"
    PNG = "png"
    PDF = "pdf"
    HEIC = "heic"
    OTHER = "other"


READABLE = frozenset({PictureKind.JPEG, PictureKind.PNG, PictureKind.PDF})
_HEIC_BRANDS = (b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis", b"mif1", b"msf1", b"avif")


class BadPicture(ValueError):
    """The file cannot be read: broken, too large, locked, or of another kind."""


def kind_of(head: bytes) -> PictureKind:
    """The kind of a file, from its first bytes (at least twelve, or all it has)."""
    if head.startswith(b"\xff\xd8\xff"):
        return PictureKind.JPEG
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return PictureKind.PNG
    if head.startswith(b"%PDF-"):
        return PictureKind.PDF
    if head[4:8] == b"ftyp" and head[8:12] in _HEIC_BRANDS:
        return PictureKind.HEIC
    return PictureKind.OTHER


def pictures_in(content: bytes) -> Iterator[NDArray[np.uint8]]:
    """The pictures of a file, one after the other: rows × columns, 0 black, in the darkest of the three
    colours, in which ink of any colour is dark. Raises ``BadPicture``, maybe after some pages."""
    if kind_of(content[:16]) not in READABLE:
        raise BadPicture
    yield from _from_its_own_process(content)


@dataclass(frozen=True, kw_only=True)
class Shown:
    """A picture to show, written anew: the bytes of a JPEG and its size in pixels."""

    jpeg: bytes
    width: int
    height: int


def to_show(content: bytes, *, sides: Sequence[int], quality: int = 80) -> tuple[Shown, ...]:
    """A JPEG or PNG from outside in colour, upright, once for each longest side (pixels) and never larger
    than it is. Nothing but what it shows is left: no place, date or camera. Raises ``BadPicture``.
    """
    from PIL import Image

    if kind_of(content[:16]) not in {PictureKind.JPEG, PictureKind.PNG}:
        raise BadPicture
    flat = next(_from_its_own_process(content, "colour"))
    image = Image.fromarray(flat.reshape(flat.shape[0], -1, 3))
    return tuple(_shown(image, side, quality) for side in sides)


def _shown(image: "Image.Image", side: int, quality: int) -> Shown:
    scaled = image.copy()
    scaled.thumbnail((side, side), reducing_gap=2.0)
    stream = BytesIO()
    scaled.save(stream, "JPEG", quality=quality, optimize=True)
    return Shown(jpeg=stream.getvalue(), width=scaled.width, height=scaled.height)


def _from_its_own_process(content: bytes, *how: str) -> Iterator[NDArray[np.uint8]]:
    # The file goes through memory: nothing of it is written anywhere.
    with subprocess.Popen(
        [sys.executable, "-m", "amiral.kit.pictures", *how],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=os.environ | {"OPENBLAS_NUM_THREADS": "1"},
    ) as child:
        assert child.stdin is not None
        assert child.stdout is not None
        try:
            _give(child.stdin, content)
            yield from _received(child.stdout)
        finally:
            child.kill()


def _give(pipe: IO[bytes], content: bytes) -> None:
    try:
        pipe.write(content)
        pipe.close()
    except BrokenPipeError:
        raise BadPicture from None


def _received(pipe: IO[bytes]) -> Iterator[NDArray[np.uint8]]:
    """Each picture is preceded by its height and width; two zeros say that all went well."""
    while True:
        head = pipe.read(16)
        if len(head) < 16:
            raise BadPicture
        height, width = (int(value) for value in np.frombuffer(head, dtype="<i8"))
        if height == 0:
            return
        pixels = pipe.read(height * width)
        if len(pixels) < height * width:
            raise BadPicture
        yield np.frombuffer(pixels, dtype=np.uint8).reshape(height, width)


def as_jpeg(picture: NDArray[np.uint8], *, quality: int = 72) -> bytes:
    """A grey picture to keep, written anew from its pixels."""
    return _written(picture, "JPEG", quality=quality)


def as_png(picture: NDArray[np.uint8]) -> bytes:
    """A grey picture to show."""
    return _written(picture, "PNG")


def _written(picture: NDArray[np.uint8], form: str, **how: int) -> bytes:
    from PIL import Image

    stream = BytesIO()
    Image.fromarray(picture).save(stream, form, **how)
    return stream.getvalue()


def of_ours(content: bytes) -> NDArray[np.uint8]:
    """A picture that ``as_jpeg`` wrote. Never for a file from outside."""
    from PIL import Image

    return np.asarray(Image.open(BytesIO(content), formats=("JPEG",)))


def _decoded(content: bytes) -> Iterator[NDArray[np.uint8]]:
    """What the process of its own does."""
    if kind_of(content[:16]) is PictureKind.PDF:
        yield from _pdf_pages(content)
    else:
        yield _photograph(content)


def _photograph(content: bytes) -> NDArray[np.uint8]:
    darkest: NDArray[np.uint8] = np.asarray(_opened(content, MOST_SIDE)).min(axis=2)
    return darkest


def _in_colour(content: bytes) -> NDArray[np.uint8]:
    """Upright, three bytes for each pixel, side by side in one row."""
    pixels = np.asarray(_opened(content, MOST_SIDE_SHOWN, upright=True))
    return pixels.reshape(pixels.shape[0], -1)


def _opened(content: bytes, side: int, *, upright: bool = False) -> "Image.Image":
    from PIL import Image, ImageOps

    Image.MAX_IMAGE_PIXELS = None  # checked here, before anything is unpacked
    opened = Image.open(BytesIO(content), formats=("JPEG", "PNG"))
    if opened.width * opened.height > MOST_PIXELS:
        raise BadPicture
    opened.draft("RGB", (side, side))  # a JPEG unpacks at a half or a quarter at once
    image = _on_white(ImageOps.exif_transpose(opened) if upright else opened)
    image.thumbnail((side, side), reducing_gap=2.0)
    return image


def _on_white(image: "Image.Image") -> "Image.Image":
    """In three colours; what is transparent is paper."""
    from PIL import Image

    if image.mode in {"RGBA", "LA", "PA"} or "transparency" in image.info:
        clear = image.convert("RGBA")
        return Image.alpha_composite(Image.new("RGBA", clear.size, "white"), clear).convert("RGB")
    if image.mode.startswith("I"):  # sixteen bits of grey
        image = Image.fromarray((np.asarray(image).astype(np.float32) / 257).clip(0, 255).astype(np.uint8))
    return image.convert("RGB")


def _pdf_pages(content: bytes) -> Iterator[NDArray[np.uint8]]:
    import pypdfium2

    document = pypdfium2.PdfDocument(content)
    if not 0 < len(document) <= MOST_PAGES:
        raise BadPicture
    for number in range(len(document)):
        page = document[number]
        longer = max(page.get_size())
        if not 0 < longer < 20_000:
            raise BadPicture
        pixels = page.render(scale=min(PDF_DOTS_PER_INCH / 72, MOST_SIDE / longer)).to_numpy()
        yield np.ascontiguousarray(pixels[..., :3].min(axis=2))


def _main() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY_BYTES, MOST_MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (MOST_CPU_S, MOST_CPU_S))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    out = sys.stdout.buffer
    content = sys.stdin.buffer.read()
    for picture in [_in_colour(content)] if sys.argv[1:] == ["colour"] else _decoded(content):
        out.write(np.array(picture.shape, dtype="<i8").tobytes())
        out.write(picture.tobytes())
    out.write(np.zeros(2, dtype="<i8").tobytes())
    out.flush()


if __name__ == "__main__":
    _main()
