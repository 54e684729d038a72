"""Whatever a mould is made of and filled with: what arrives is what was written, and it is canonical."""

import quopri

from hypothesis import given, settings
from hypothesis import strategies as st

from amiral.kit.dkim import relaxed_body
from amiral.kit.mail.moulds import Mould, Poured
from amiral.kit.mail.quoted import quoted_printable

signs = st.sampled_from(
    [*" \t\n.=éx…>", "  ", "\r\n", "x" * 40, "é" * 13, "=" * 25, "." * 80]
) | st.characters(blacklist_categories=["Cs"], blacklist_characters="\0")
texts = st.lists(signs, max_size=8).map("".join)
values = st.tuples(texts, texts, texts)
moulds = st.lists(texts | st.integers(0, 2), max_size=9)


def decoded(wire: bytes) -> str:
    lines = wire.split(b"\r\n")
    assert lines.pop() == b"", "it ends with a line end"
    assert max(map(len, lines), default=0) <= 76
    assert not any(line.startswith(b".") for line in lines)
    assert wire.isascii()
    return quopri.decodestring(b"\n".join(lines)).decode()


def plain(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


@settings(max_examples=150, deadline=None)
@given(moulds, values)
def test_a_poured_text_is_read_as_it_was_written(pieces: list[str | int], filled: tuple[str, ...]) -> None:
    poured = Poured(Mould(pieces), filled)
    written = "".join(piece if isinstance(piece, str) else filled[piece] for piece in pieces)
    assert str(poured) == written
    read, wanted = decoded(poured.wire()), plain(written)
    # The line end that ends everything is the text's own, unless a hole stands behind it.
    has_holes = any(not isinstance(piece, str) for piece in pieces)
    assert read == wanted.removesuffix("\n") or (has_holes and read == wanted)


@settings(max_examples=100, deadline=None)
@given(moulds, values, texts)
def test_what_is_encoded_is_its_own_relaxed_form(
    pieces: list[str | int], filled: tuple[str, ...], text: str
) -> None:
    for wire in (Mould(pieces).wire(filled), quoted_printable(text)):
        body = b"--border\r\n" + wire + b"--border--\r\n"
        assert relaxed_body(body) == body


def test_a_value_stands_between_soft_line_ends() -> None:
    mould = Mould(["Bonjour ", 0, ",\n\nÀ samedi, ", 0, 1])
    assert mould.wire(["Zoé", "!"]) == (
        b"Bonjour=20=\r\nZo=C3=A9=\r\n,\r\n\r\n=C3=80 samedi,=20=\r\nZo=C3=A9=\r\n!\r\n"
    )
