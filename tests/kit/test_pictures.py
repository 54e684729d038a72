"""Pictures from outside: what is read of them, and what is refused before it does harm."""

import struct
import zlib
from io import BytesIO
from typing import Any

import numpy as np
import pytest
from PIL import Image

from amiral.kit import pictures
from amiral.kit.pictures import BadPicture, PictureKind, kind_of, pictures_in


def saved(picture: Any, form: str, **how: Any) -> bytes:
    stream = BytesIO()
    image = picture if isinstance(picture, Image.Image) else Image.fromarray(picture)
    image.save(stream, form, **how)
    return stream.getvalue()


def chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def flood(width: int, height: int) -> bytes:
    """A PNG of a few hundred bytes that claims so many pixels, and holds them as zeros."""
    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    rows = zlib.compress(b"\0" * ((width + 1) * min(height, 2000)), 9)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


SQUARE = np.full((60, 40), 200, dtype=np.uint8)
SQUARE[20:30, 10:20] = 10


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (saved(SQUARE, "JPEG"), PictureKind.JPEG),
        (saved(SQUARE, "PNG"), PictureKind.PNG),
        (saved(SQUARE, "PDF"), PictureKind.PDF),
        (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", PictureKind.HEIC),
        (b"\0\0\0\x18ftypmif1\0\0\0\0mif1heic", PictureKind.HEIC),
        (saved(SQUARE, "GIF"), PictureKind.OTHER),
        (b"", PictureKind.OTHER),
        (b"<svg/>", PictureKind.OTHER),
    ],
)
def test_the_first_bytes_say_the_kind(content: bytes, kind: PictureKind) -> None:
    assert kind_of(content[:16]) is kind


def test_a_picture_comes_back_as_bare_grey() -> None:
    exif = Image.Exif()
    exif[0x010F] = "Maker"
    exif[0x0132] = "2027:03:06 10:00:00"
    [found] = pictures_in(saved(SQUARE, "JPEG", exif=exif, quality=95))
    assert found.shape == SQUARE.shape
    assert found[25, 15] < 40 < 160 < found[5, 5]
    again = pictures.as_jpeg(found)
    assert b"Maker" not in again
    assert not dict(Image.open(BytesIO(again)).getexif())
    assert pictures.of_ours(again).shape == SQUARE.shape
    assert Image.open(BytesIO(pictures.as_png(found))).size == (40, 60)


def test_ink_of_every_colour_is_dark_and_what_is_clear_is_paper() -> None:
    picture = np.full((30, 40, 4), 255, dtype=np.uint8)
    for column, colour in enumerate([(220, 30, 30), (30, 160, 30), (30, 30, 220)]):
        picture[:, 10 * column : 10 * column + 10, :3] = colour
    picture[:, 30:, :] = (0, 0, 0, 0)
    [found] = pictures_in(saved(picture, "PNG"))
    assert found[:, :30].max() <= 30
    assert found[:, 30:].min() == 255


@pytest.mark.parametrize("mode", ["1", "L", "P", "CMYK", "I;16"])
def test_every_way_to_keep_pixels_is_read(mode: str) -> None:
    grey = Image.fromarray(SQUARE)
    if mode == "I;16":
        picture: Any = SQUARE.astype(np.uint16) * 257
    else:
        picture = grey.convert(mode, dither=Image.Dither.NONE)
    [found] = pictures_in(saved(picture, "JPEG" if mode == "CMYK" else "PNG"))
    assert found.shape == SQUARE.shape
    assert int(found[5, 5]) > int(found[25, 15]) + 100


def test_a_large_photograph_is_made_smaller() -> None:
    [found] = pictures_in(saved(np.full((3000, 9000), 255, dtype=np.uint8), "JPEG"))
    assert max(found.shape) == pictures.MOST_SIDE


def test_the_pages_of_a_pdf_come_in_order() -> None:
    pages = [Image.fromarray(np.full((842, 595), grey, dtype=np.uint8)) for grey in (40, 120, 220)]
    content = saved(pages[0], "PDF", save_all=True, append_images=pages[1:], resolution=72)
    found = list(pictures_in(content))
    assert [round(float(page.mean()), -1) for page in found] == [40, 120, 220]
    assert 2400 < max(found[0].shape) < 2700


@pytest.mark.parametrize(
    "content",
    [
        flood(60_000, 60_000),
        flood(200_000, 1_000),
        saved(SQUARE, "PNG")[:-60],
        b"\xff\xd8\xff" + b"x" * 1000,
        b"%PDF-1.7 nothing",
        b"\0\0\0\x18ftypheic",
        b"",
        saved(SQUARE, "GIF"),
    ],
)
def test_what_is_broken_or_a_flood_is_refused(content: bytes) -> None:
    with pytest.raises(BadPicture):
        list(pictures_in(content))


def test_too_many_pages_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    page = Image.fromarray(SQUARE)
    content = saved(page, "PDF", save_all=True, append_images=[page] * pictures.MOST_PAGES)
    with pytest.raises(BadPicture):
        list(pictures_in(content))
