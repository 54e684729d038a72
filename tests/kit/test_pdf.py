"""Paper: fonts, QR codes, scale."""

from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pypdf import PdfReader
from reportlab.pdfgen.canvas import Canvas

from amiral.kit import pdf


def page_with(text: str) -> bytes:
    def draw(canvas: Canvas, number: int, total: int) -> None:
        canvas.setFont(pdf.BOLD, 12)
        canvas.drawString(50, 700, text)
        canvas.drawString(50, 650, f"{number}/{total}")
        pdf.draw_qr(canvas, "https://exemple.fr/t/abc/", x=50, y=50, side=80)
        pdf.draw_line(canvas, [(0, 0), (10, 10)])

    return pdf.document(title="Essai", author="Amiral", language="fr", total=2, draw_page=draw)


def test_every_letter_of_french_can_be_read_back() -> None:
    text = "Où l’ÎLE naïve déçoit : « Œuvre, çà et là » – 12 €…"
    reader = PdfReader(BytesIO(page_with(text)))
    assert text in reader.pages[0].extract_text()
    assert ["1/2" in reader.pages[0].extract_text(), "2/2" in reader.pages[1].extract_text()] == [True, True]
    assert reader.metadata is not None
    assert reader.metadata.title == "Essai"


def test_only_our_fonts_are_embedded() -> None:
    fonts = {
        font.get_object()["/BaseFont"]
        for page in PdfReader(BytesIO(page_with("abc"))).pages
        for font in page["/Resources"]["/Font"].values()
    }
    assert any("DejaVuSans-Bold" in name for name in fonts)


def test_the_same_content_gives_the_same_bytes() -> None:
    assert page_with("abc") == page_with("abc")


words = st.text(alphabet="abcdéèœW '", min_size=1, max_size=200)


@given(words, st.floats(20, 300))
def test_a_fitted_text_fits(text: str, width: float) -> None:
    shown = pdf.fitted(text, font=pdf.SANS, size=10, width=width)
    assert pdf.text_width(shown, font=pdf.SANS, size=10) <= width
    assert shown == text or shown.endswith("…")


@given(words, st.floats(40, 300))
def test_wrapped_lines_fit_and_lose_no_word(text: str, width: float) -> None:
    lines = pdf.wrapped(text, font=pdf.SANS, size=10, width=width)
    assert all(pdf.text_width(line, font=pdf.SANS, size=10) <= width for line in lines)
    if "…" not in "".join(lines):
        assert " ".join(lines).split() == text.split()
    for most in (1, 2):
        few = pdf.wrapped(text, font=pdf.SANS, size=10, width=width, most=most)
        assert len(few) <= most
        assert all(pdf.text_width(line, font=pdf.SANS, size=10) <= width for line in few)
        assert few[: most - 1] == lines[: most - 1]
        assert len(lines) > most or few == lines


corner = st.tuples(st.floats(-179, 178), st.floats(-80, 79))


@given(corner, st.floats(0.001, 0.9), st.floats(0.001, 0.9))
def test_a_projection_stays_in_its_frame_with_north_up(
    start: tuple[float, float], width: float, height: float
) -> None:
    west, south = start
    east, north = west + width, south + height
    onto = pdf.projection(bounds=(west, south, east, north), x=10, y=20, width=300, height=400)
    for longitude, latitude in [(west, south), (east, north), (west, north), (east, south)]:
        x, y = onto.place(longitude, latitude)
        assert 10 - 1e-6 <= x <= 310 + 1e-6
        assert 20 - 1e-6 <= y <= 420 + 1e-6
    assert onto.place(west, north)[1] > onto.place(west, south)[1]
    assert onto.place(east, south)[0] > onto.place(west, south)[0]
    shown = onto.shown((10, 20, 310, 420))
    assert onto.place(*shown[:2]) == pytest.approx((10, 20), abs=1e-6)
    assert onto.place(*shown[2:]) == pytest.approx((310, 420), abs=1e-6)
    assert shown[0] <= west + 1e-9 < east <= shown[2] + 1e-9
    assert shown[1] <= south + 1e-9 < north <= shown[3] + 1e-9


def test_a_single_point_has_a_place_too() -> None:
    x, y = pdf.projection(bounds=(2, 48, 2, 48), x=0, y=0, width=100, height=100).place(2, 48)
    assert (x, y) == pytest.approx((50, 50), abs=1)


def test_a_qr_code_is_drawn_as_vectors() -> None:
    page = PdfReader(BytesIO(page_with("abc"))).pages[0]
    assert not page.images
    assert page.get_contents() is not None
