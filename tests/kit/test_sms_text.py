"""How a text becomes SMS."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from amiral.kit.sms.text import BASIC, EXTENDED, as_sms, read_gsm

GSM = sorted((set(BASIC) - {"\x1b", "\r"}) | (set(EXTENDED) - {"\f"}))


@pytest.mark.parametrize(
    ("text", "parts", "is_ucs2", "left"),
    [
        ("", 1, False, 160),
        ("a" * 160, 1, False, 0),
        ("a" * 161, 2, False, 153 - 8),
        ("a" * 306, 2, False, 0),
        ("a" * 307, 3, False, 152),
        ("€" * 80, 1, False, 0),
        ("€" * 81, 2, False, 153 - 10),
        ("ê" * 70, 1, True, 0),
        ("ê" * 71, 2, True, 67 - 4),
        ("é" * 160, 1, False, 0),
        ("🙂" * 35, 1, True, 0),
    ],
)
def test_lengths(text: str, parts: int, is_ucs2: bool, left: int) -> None:
    made = as_sms(text)
    assert (len(made.parts), made.is_ucs2, made.left) == (parts, is_ucs2, left)


def test_typography_does_not_double_the_price() -> None:
    made = as_sms("L’été « enfin » – œuvre… à 5\u00a0€")
    assert made.text == 'L\'été " enfin " - oeuvre... à 5 €'
    assert not made.is_ucs2
    assert as_sms("Fête à Nîmes").dear == ("ê", "î")


def test_the_table_has_its_128_places() -> None:
    assert len(BASIC) == 128
    assert (BASIC[0], BASIC[0x20], BASIC[0x41], BASIC[0x5F], BASIC[0x60], BASIC[0x7F]) == (*"@ A§¿à",)


@settings(max_examples=40)
@given(st.text(alphabet=GSM, max_size=700))
def test_in_the_alphabet_nothing_is_lost_or_cut(text: str) -> None:
    made = as_sms(text)
    assert not made.is_ucs2
    assert "".join(map(read_gsm, made.parts)) == made.text == text.strip()
    several = len(made.parts) > 1
    assert all(len(part) <= (153 if several else 160) for part in made.parts)
    assert all(not part.endswith(b"\x1b") for part in made.parts)


@settings(max_examples=40)
@given(st.text(alphabet=st.sampled_from([*"abêî🙂€", "漢"]), max_size=300))
def test_outside_of_it_no_character_is_cut_either(text: str) -> None:
    made = as_sms(text)
    if made.is_ucs2:
        assert "".join(part.decode("utf-16-be") for part in made.parts) == made.text
        assert all(len(part) <= (134 if len(made.parts) > 1 else 140) for part in made.parts)
