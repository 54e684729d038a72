"""Documents of others: plain shapes are understood, hostile ones refused, words made harmless."""

import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from amiral.kit.federation.documents import (
    BadDocument,
    actor_of,
    clean,
    id_of,
    ids_in,
    is_address,
    note_of,
    read_json,
    type_of,
)

ANA = "https://ailleurs.example/ana"
ACTOR: dict[str, Any] = {
    "id": ANA,
    "type": "Person",
    "preferredUsername": "ana",
    "inbox": f"{ANA}/inbox",
    "endpoints": {"sharedInbox": "https://ailleurs.example/inbox"},
    "publicKey": {"id": f"{ANA}#main-key", "owner": ANA, "publicKeyPem": "PEM"},
}
NOTE: dict[str, Any] = {
    "id": f"{ANA}/1",
    "type": "Note",
    "attributedTo": ANA,
    "content": "<p>Bravo</p>",
    "to": ["https://www.w3.org/ns/activitystreams#Public"],
}


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"null",
        b'"x"',
        b"{",
        b"\xff\xfe",
        b'{"a": NaN}',
        b'{"a": 1, "a": 2}',
        b'{"a": ' + b"9" * 5000 + b"}",
        b'{"a":' * 50 + b"1" + b"}" * 50,
        b"[" * 100_000 + b"]" * 100_000,
        json.dumps({"a": list(range(3000))}).encode(),
        json.dumps({"a": [[1] * 50 for _ in range(50)]}).encode(),
    ],
)
def test_what_is_no_document(body: bytes) -> None:
    with pytest.raises(BadDocument):
        read_json(body)


@given(body=st.binary(max_size=80))
@settings(max_examples=40)
def test_no_bytes_break_the_reading(body: bytes) -> None:
    with suppress(BadDocument):
        read_json(body)


@pytest.mark.parametrize(
    "value",
    [
        None, 7, "", "x", "http://ailleurs.example/", "javascript:alert(1)", "https://", "https://u:p@a.example/",
        "https://a.example/" + "x" * 600, "https://a.example/ b", "https://a.example:port/", "https://[::1",
        "https://a.example/\n", "https://é.example/", "data:text/html,x", {"id": "https://a.example/"},
    ],
)  # fmt: skip
def test_what_is_no_address(value: object) -> None:
    assert not is_address(value)


def test_addresses() -> None:
    assert is_address("https://a.example/x")
    assert is_address("http://127.0.0.1:8801/x", allow_http=True)


def test_an_actor() -> None:
    found = actor_of(ACTOR, domain="ailleurs.example")
    assert (found.handle, found.key_id) == ("ana@ailleurs.example", f"{ANA}#main-key")
    assert found.shared_inbox == "https://ailleurs.example/inbox"


@pytest.mark.parametrize(
    "change",
    [
        {"type": "Note"},
        {"id": "http://ailleurs.example/ana"},
        {"inbox": "https://victime.example/inbox"},
        {"inbox": None},
        {"publicKey": None},
        {"publicKey": {"id": "https://victime.example/#k", "owner": ANA, "publicKeyPem": "PEM"}},
        {"publicKey": {"id": f"{ANA}#k", "owner": "https://ailleurs.example/autre", "publicKeyPem": "PEM"}},
        {"publicKey": {"id": f"{ANA}#k", "owner": ANA, "publicKeyPem": 7}},
    ],
)
def test_an_actor_that_is_none(change: dict[str, Any]) -> None:
    with pytest.raises(BadDocument):
        actor_of(ACTOR | change, domain="ailleurs.example")


def test_a_shared_inbox_of_somebody_else_is_not_used() -> None:
    hostile = ACTOR | {"endpoints": {"sharedInbox": "https://victime.example/inbox"}}
    assert actor_of(hostile, domain="ailleurs.example").shared_inbox == ""


def test_a_name_cannot_look_like_another_s() -> None:
    hostile = ACTOR | {"preferredUsername": "maire@ville.example <b>\u202e"}
    assert actor_of(hostile, domain="ailleurs.example").handle == "maireville.exampleb@ailleurs.example"


def test_a_note() -> None:
    said = note_of(NOTE | {"tag": [{"type": "Mention", "href": "https://a.example/x"}, 7]})
    assert (said.html, said.is_public, said.mentions) == ("<p>Bravo</p>", True, {"https://a.example/x"})
    assert not note_of(NOTE | {"to": [ANA], "cc": "https://a.example/"}).is_public
    assert note_of(NOTE | {"to": "as:Public"}).is_public
    assert note_of(NOTE | {"summary": "Attention"}).html == "<p><em>Attention</em></p><p>Bravo</p>"
    assert note_of(NOTE | {"type": "Article", "name": "<Titre>"}).html.startswith("<p><strong>&lt;Titre")


@pytest.mark.parametrize(
    "change",
    [
        {"type": "Person"},
        {"id": "https://victime.example/1"},
        {"attributedTo": "https://victime.example/ana"},
        {"attributedTo": None},
        {"id": 7},
    ],
)
def test_a_note_that_is_none(change: dict[str, Any]) -> None:
    with pytest.raises(BadDocument):
        note_of(NOTE | change)


@pytest.mark.parametrize(
    ("html", "left"),
    [
        ("<script>alert(1)</script><p>a</p>", "<p>a</p>"),
        ('<img src="https://pisteur.example/x.png">', ""),
        ('<p style="position:fixed" onclick="x()">a</p>', "<p>a</p>"),
        ('<a href="javascript:alert(1)">a</a>', '<a rel="nofollow noopener noreferrer">a</a>'),
        ("<iframe src=//x></iframe><form><input></form><style>*{}</style>a", "a"),
    ],
)
def test_nothing_dangerous_stays(html: str, left: str) -> None:
    assert clean(html) == left


def test_long_words_are_cut_and_stay_whole_html() -> None:
    cut = clean("<blockquote>" * 3000 + "é" * 30_000)
    assert len(cut) < 200_000
    assert clean(cut) == cut or len(clean(cut)) <= len(cut)


def test_shapes() -> None:
    assert [id_of(v) for v in ("a", {"id": "a"}, [{"id": "a"}], ["a", "b"], None, 7, {"id": 7})] == [
        "a", "a", "a", "", "", "", "",
    ]  # fmt: skip
    assert [type_of(v) for v in ({"type": "Note"}, {"type": [7, "Note"]}, {}, "x", None)] == [
        "Note",
        "Note",
        "",
        "",
        "",
    ]
    assert ids_in(["a", {"id": "b"}, 7]) == ("a", "b")
