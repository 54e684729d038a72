"""Pictures and leaflets to share: a title, some lines, a QR code, in the site's colours. No outside font.

The picture has the size that networks show whole (1200 × 630, Open Graph); the leaflet is A4 or A5.
"""

from functools import cache
from io import BytesIO
from typing import TYPE_CHECKING

import segno
from django.conf import settings
from reportlab.lib.pagesizes import A4, A5
from reportlab.pdfgen.canvas import Canvas

from amiral.kit.pdf import BOLD, SANS, document, draw_qr, fitted, wrapped

if TYPE_CHECKING:
    from PIL import Image, ImageFont

WIDTH, HEIGHT = 1200, 630
DEEP, ON_DEEP, SOFT, WHITE = (11, 74, 89), (255, 255, 255), (207, 227, 231), (255, 255, 255)
"""``--deep``, ``--on-deep`` and ``--on-deep-soft`` of the style sheet."""
MARGIN, QR_SIDE = 64, 300
TITLE_LINES, LINES = 4, 4
SIZES = {"a4": A4, "a5": A5}


@cache
def _font(name: str, size: int) -> "ImageFont.FreeTypeFont":
    from PIL import ImageFont  # only pages that draw need it

    folder = settings.FRONT_DIR / "dejavu-fonts-ttf" / "ttf"
    return ImageFont.truetype(str(folder / f"{name}.ttf"), size)


def _broken(text: str, font: "ImageFont.FreeTypeFont", width: int, most: int) -> list[str]:
    """The text in ``most`` lines at most; what does not fit ends with an ellipsis."""
    lines: list[str] = []
    for word in text.split():
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and font.getlength(longer) <= width:
            lines[-1] = longer
        else:
            lines.append(word)
    cut = [_shortened(line, font, width) for line in lines[:most]]
    if len(lines) > most:
        cut[-1] = _shortened(f"{cut[-1]} …", font, width)
    return cut


def _shortened(line: str, font: "ImageFont.FreeTypeFont", width: int) -> str:
    while len(line) > 1 and font.getlength(line) > width:
        line = f"{line[:-2].rstrip()}…"
    return line


def picture(*, campaign: str, title: str, lines: tuple[str, ...], link: str) -> bytes:
    """A PNG of 1200 × 630; the same content gives the same bytes."""
    from PIL import Image, ImageDraw  # only pages that draw need it

    image = Image.new("RGB", (WIDTH, HEIGHT), DEEP)
    draw = ImageDraw.Draw(image)
    room = WIDTH - 3 * MARGIN - QR_SIDE
    draw.text((MARGIN, MARGIN), _shortened(campaign, _font(SANS, 30), room), font=_font(SANS, 30), fill=SOFT)
    y = MARGIN + 70
    for line in _broken(title, _font(BOLD, 54), room, TITLE_LINES):
        draw.text((MARGIN, y), line, font=_font(BOLD, 54), fill=ON_DEEP)
        y += 68
    y += 18
    for text in lines[:LINES]:
        for line in _broken(text, _font(SANS, 34), room, 2):
            if y + 40 < HEIGHT - MARGIN:
                draw.text((MARGIN, y), line, font=_font(SANS, 34), fill=SOFT)
                y += 46
    image.paste(_qr(link), (WIDTH - MARGIN - QR_SIDE, (HEIGHT - QR_SIDE) // 2))
    stream = BytesIO()
    image.save(stream, format="PNG", optimize=True)
    return stream.getvalue()


def _qr(link: str) -> "Image.Image":
    from PIL import Image  # only pages that draw need it

    rows = [bytes(0 if module else 255 for module in row) for row in segno.make_qr(link, error="m").matrix]
    side = len(rows)
    small = Image.frombytes("L", (side, side), b"".join(rows))
    framed = Image.new("L", (side + 8, side + 8), 255)
    framed.paste(small, (4, 4))
    return framed.resize((QR_SIDE, QR_SIDE), Image.Resampling.NEAREST).convert("RGB")


def leaflet(
    *, campaign: str, title: str, lines: tuple[str, ...], about: str, link: str, size: str, language: str
) -> bytes:
    """A PDF of one page, ``a4`` or ``a5``."""
    width, height = SIZES[size]
    scale = width / A4[0]

    def draw(canvas: Canvas, _number: int, _total: int) -> None:
        _draw_leaflet(canvas, campaign, title, lines, about, link, width / scale, height / scale, scale)

    return document(
        title=title, author=campaign, language=language, total=1, draw_page=draw, size=(width, height)
    )


def _draw_leaflet(
    canvas: Canvas,
    campaign: str,
    title: str,
    lines: tuple[str, ...],
    about: str,
    link: str,
    width: float,
    height: float,
    scale: float,
) -> None:
    """In points of an A4 page, made smaller as a whole."""
    canvas.scale(scale, scale)
    inside = width - 112
    canvas.setFillColorRGB(*(part / 255 for part in DEEP))
    canvas.rect(0, height - 96, width, 96, stroke=0, fill=1)
    canvas.setFillColorRGB(1, 1, 1)
    canvas.setFont(BOLD, 24)
    canvas.drawString(56, height - 58, fitted(campaign, font=BOLD, size=24, width=inside))
    canvas.setFillColorRGB(0, 0, 0)
    y = height - 160
    for font, size, lead, texts, most in (
        (BOLD, 30, 38, (title,), 5),
        (SANS, 19, 27, lines, 4),
        (SANS, 14, 20, tuple(about.split("\n")), 12),
    ):
        canvas.setFont(font, size)
        drawn = [line for text in texts for line in wrapped(text, font=font, size=size, width=inside)][:most]
        for line in drawn:
            canvas.drawString(56, y, line)
            y -= lead
        y -= lead / 2
    draw_qr(canvas, link, x=(width - 200) / 2, y=64, side=200)
    canvas.setFont(SANS, 11)
    canvas.drawCentredString(width / 2, 48, fitted(link, font=SANS, size=11, width=inside))
