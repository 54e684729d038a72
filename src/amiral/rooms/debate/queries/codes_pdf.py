"""Paper codes: eight to a page, each with its QR code and what to do with it."""

from django.utils.translation import gettext as _
from reportlab.pdfgen.canvas import Canvas

from amiral.kit import pdf

PER_PAGE = 8
_COLUMNS = 2
_ROWS = PER_PAGE // _COLUMNS
_WIDTH = pdf.PAGE_WIDTH / _COLUMNS
_HEIGHT = pdf.PAGE_HEIGHT / _ROWS
_PAD = 18.0
_QR = 92.0


def sheets(*, question: str, codes: tuple[str, ...], address: str, language: str) -> bytes:
    """A PDF of all codes; ``address`` is the page where one is typed."""

    def draw_page(canvas: Canvas, number: int, _total: int) -> None:
        _draw_cuts(canvas)
        for at, code in enumerate(codes[(number - 1) * PER_PAGE : number * PER_PAGE]):
            x, y = (at % _COLUMNS) * _WIDTH, pdf.PAGE_HEIGHT - (at // _COLUMNS + 1) * _HEIGHT
            _draw_code(canvas, question, code, address, x, y)

    total = -(-len(codes) // PER_PAGE)
    return pdf.document(
        title=_("Voting codes"), author="", language=language, total=total, draw_page=draw_page
    )


def _draw_cuts(canvas: Canvas) -> None:
    canvas.setDash(2, 3)
    canvas.setLineWidth(0.4)
    canvas.line(_WIDTH, 0, _WIDTH, pdf.PAGE_HEIGHT)
    for row in range(1, _ROWS):
        canvas.line(0, row * _HEIGHT, pdf.PAGE_WIDTH, row * _HEIGHT)
    canvas.setDash()


def _draw_code(canvas: Canvas, question: str, code: str, address: str, x: float, y: float) -> None:
    width = _WIDTH - 2 * _PAD
    top = _lines(canvas, question, x + _PAD, y + _HEIGHT - _PAD - 10, width=width, font=pdf.BOLD, most=3)
    pdf.draw_qr(canvas, f"{address}?code={code}", x=x + _PAD - 8, y=y + _PAD - 8, side=_QR)
    canvas.setFont(pdf.BOLD, 11)
    left = x + _PAD + _QR
    for at, part in enumerate((code[:9], code[10:])):
        canvas.drawString(left, y + _PAD + 62 - 15 * at, part)
    _lines(canvas, address, left, y + _PAD + 26, width=width - _QR, size=6, most=3)
    _lines(
        canvas,
        _("One code, one voice. Nobody knows whose. Keep it to go on later."),
        x + _PAD,
        top - 4,
        width=width,
    )


def _lines(
    canvas: Canvas,
    text: str,
    x: float,
    y: float,
    *,
    width: float,
    font: str = pdf.SANS,
    size: float = 9,
    most: int = 2,
) -> float:
    """Draws a few lines downwards; answers where the next one stands."""
    canvas.setFont(font, size)
    cut = _cut(text, font=font, size=size, width=width)
    for line in cut[:most]:
        canvas.drawString(x, y, line)
        y -= size * 1.3
    return y


def _cut(text: str, *, font: str, size: float, width: float) -> list[str]:
    """Lines of words; an address, which has none, is cut where it is too long."""
    if " " in text:
        return pdf.wrapped(text, font=font, size=size, width=width)
    pieces, rest = [], text
    while rest:
        kept = len(rest)
        while kept > 1 and pdf.text_width(rest[:kept], font=font, size=size) > width:
            kept -= 1
        pieces.append(rest[:kept])
        rest = rest[kept:]
    return pieces
