"""The one way out: it cannot be led inside, is bounded, and believes nobody about somebody else."""

import socket
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from amiral.kit.federation import fetching
from amiral.kit.federation.documents import BadDocument
from amiral.kit.federation.fetching import (
    Gone,
    NotAllowed,
    Reach,
    Unreachable,
    get_document,
    is_public,
    origin,
    send,
)


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "10.1.2.3", "192.168.0.1", "172.16.0.1", "169.254.169.254", "100.64.0.1", "0.0.0.0",
        "224.0.0.1", "255.255.255.255", "192.0.2.1", "::1", "::", "fe80::1", "fc00::1", "ff02::1",
        "::ffff:127.0.0.1", "::ffff:8.8.8.8", "2002:7f00:1::", "64:ff9b::7f00:1", "2001:db8::1",
    ],
)  # fmt: skip
def test_what_is_not_public(address: str) -> None:
    assert not is_public(address)


def test_what_is_public() -> None:
    assert is_public("8.8.8.8")
    assert is_public("2a00:1450:4007:80e::200e")


@pytest.mark.parametrize(
    "url",
    [
        "http://ailleurs.example/", "ftp://ailleurs.example/", "file:///etc/passwd", "https:///x", "https://a:b@c.example/",
        "https://ailleurs.example:8443/", "https://ailleurs.example:x/", "https://ailleurs.example/a b",
        "https://ailleurs.example/\r\nX: y", "gopher://x", "",
    ],
)  # fmt: skip
def test_addresses_that_are_never_asked(url: str) -> None:
    with pytest.raises(NotAllowed):
        send(method="GET", url=url, headers={})


@pytest.mark.parametrize("found", [["127.0.0.1"], ["93.184.216.34", "10.0.0.1"]])
def test_a_name_that_leads_inside_is_refused(monkeypatch: pytest.MonkeyPatch, found: list[str]) -> None:
    """Also when only one of its addresses does: which one is asked would be chance."""

    def names(*_asked: Any, **_more: Any) -> list[Any]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 443)) for address in found]

    monkeypatch.setattr(socket, "getaddrinfo", names)
    with pytest.raises(NotAllowed):
        send(method="GET", url="https://ailleurs.example/", headers={})


def test_the_name_is_resolved_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """A name that answers with another address a moment later leads nowhere else."""
    asked: list[str] = []
    connected: list[Any] = []

    def names(host: str, *_more: Any, **_m: Any) -> list[Any]:
        asked.append(host)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("93.184.216.34", 443))]

    def connect(address: Any, timeout: float) -> Any:
        connected.append(address)
        raise OSError("closed")

    monkeypatch.setattr(socket, "getaddrinfo", names)
    monkeypatch.setattr(socket, "create_connection", connect)
    with pytest.raises(Unreachable):
        send(method="GET", url="https://ailleurs.example/", headers={})
    assert (asked, connected) == (["ailleurs.example"], [("93.184.216.34", 443)])


Answering = Callable[[BaseHTTPRequestHandler], None]


@pytest.fixture
def server() -> Iterator[Callable[[Answering], str]]:
    """``server(answering)``: its address on this machine."""
    running: list[HTTPServer] = []

    def start(answering: Answering) -> str:
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                answering(self)

            def log_message(self, format: str, *args: Any) -> None:
                """Quiet."""

        made = HTTPServer(("127.0.0.1", 0), Handler)
        running.append(made)
        threading.Thread(target=made.serve_forever, args=(0.01,), daemon=True).start()
        return f"http://127.0.0.1:{made.server_address[1]}"

    yield start
    for one in running:
        one.shutdown()
        one.server_close()


def document(url: str, *, reach: Reach = Reach.LOOPBACK) -> Any:
    return get_document(url=url, headers_for=lambda _url: {"user-agent": "test"}, reach=reach)


def answer(
    handler: BaseHTTPRequestHandler,
    body: bytes,
    *,
    status: int = 200,
    kind: str = "application/activity+json",
    **more: str,
) -> None:
    handler.send_response(status)
    for name, value in {"Content-Type": kind, "Content-Length": str(len(body)), **more}.items():
        handler.send_header(name, value)
    handler.end_headers()
    handler.wfile.write(body)


def test_a_document(server: Any) -> None:
    root = server(lambda handler: answer(handler, f'{{"id": "http://{handler.headers["Host"]}/x"}}'.encode()))
    assert document(f"{root}/x")["id"] == f"{root}/x"
    assert document(f"{root}/x", reach=Reach.ANY)["id"] == f"{root}/x"
    with pytest.raises(NotAllowed):
        document(f"{root}/x", reach=Reach.PUBLIC)


@pytest.mark.parametrize(
    ("status", "kind", "body", "error"),
    [
        (404, "application/activity+json", b"{}", Gone),
        (410, "application/activity+json", b"{}", Gone),
        (500, "application/activity+json", b"{}", Unreachable),
        (200, "text/html", b'{"id": "x"}', BadDocument),
        (200, "application/activity+json", b'{"id": "https://victime.example/x"}', BadDocument),
        (200, "application/activity+json", b"{}", BadDocument),
        (200, "application/activity+json", b"x" * (fetching.ANSWER_MAX_BYTES + 1), Unreachable),
    ],
)
def test_what_is_not_believed(
    server: Any, status: int, kind: str, body: bytes, error: type[Exception]
) -> None:
    root = server(lambda handler: answer(handler, body, status=status, kind=kind))
    with pytest.raises(error):
        document(f"{root}/x")


@pytest.mark.parametrize("to", ["http://192.168.0.1/x", "http://localhost.example/", "file:///etc/passwd"])
def test_a_redirection_is_checked_anew(server: Any, to: str) -> None:
    root = server(lambda handler: answer(handler, b"", status=302, Location=to))
    with pytest.raises((NotAllowed, Unreachable)):
        document(f"{root}/x")


def test_redirections_end(server: Any) -> None:
    root = server(lambda handler: answer(handler, b"", status=302, Location="/x"))
    with pytest.raises(NotAllowed):
        document(f"{root}/x")


def test_an_answer_that_drips_is_left(server: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def drip(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Length", "1000")
        handler.end_headers()
        handler.wfile.write(b"x")
        handler.wfile.flush()
        threading.Event().wait(1)

    monkeypatch.setattr(fetching, "TOTAL_S", 0.2)
    with pytest.raises(Unreachable):
        document(f"{server(drip)}/x")


def test_origins() -> None:
    assert origin("https://Ailleurs.example/x#y") == "ailleurs.example"
    assert origin("http://127.0.0.1:8801/") == "127.0.0.1:8801"
    assert origin("https://[::1") == ""
