"""Markdown from people: what must never come out."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amiral.kit.markdown import to_html


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        "[x](javascript:alert(1))",
        "![x](https://elsewhere.example/pixel.png)",
        "<img src=x onerror=alert(1)>",
        '<a href="https://x.example" style="color:red" onclick="y()">z</a>',
        "[x](data:text/html;base64,PHNjcmlwdD4=)",
    ],
)
def test_nothing_active_comes_out(text: str) -> None:
    tags = re.findall(r"<[^>]*>", to_html(text))
    assert not [tag for tag in tags if re.search(r"script|img|data:|style=|onclick|iframe", tag)]


@given(st.text())
def test_any_text_is_rendered_without_script(text: str) -> None:
    assert "<script" not in to_html(text)


def test_links_do_not_leak_the_page_they_come_from() -> None:
    assert 'rel="nofollow noopener noreferrer"' in to_html("[loi](https://www.legifrance.gouv.fr/)")
