"""One way out to other servers: https to public addresses only, bounded in time and size.

What a stranger writes makes us fetch (the key of an actor, the object that an activity names), so an address
that he chooses must not reach our own network: names are resolved here, every address they give must be
public, and the connection goes to exactly the address that was checked. Redirections are followed for reading
only, each checked anew. ``Reach`` says how far: the open Internet, this machine only (the demonstration), or
anywhere, http too (tests, a network of one's own).
"""

import http.client
import ipaddress
import json
import socket
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from time import monotonic
from typing import Any
from urllib.parse import SplitResult, urljoin, urlsplit

from amiral.kit.federation.documents import ACCEPT, BadDocument, Document, read_json

CONNECT_S = 5.0
TOTAL_S = 10.0
ANSWER_MAX_BYTES = 512 * 1024
REDIRECTIONS_MAX = 3
_TYPES = ("application/activity+json", "application/ld+json", "application/json")


class Reach(StrEnum):
    """Which servers are spoken with."""

    PUBLIC = "public"
    LOOPBACK = "loopback"
    ANY = "any"

    @property
    def allows_http(self) -> bool:
        """Only where nothing leaves for the open Internet by rule."""
        return self != Reach.PUBLIC


class Unreachable(Exception):
    """No answer: the name, the connection, the time. Worth another try later."""


class NotAllowed(Exception):
    """An address that nothing is fetched from or sent to, whatever is tried."""


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What a server said. ``headers``: names in small letters."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    url: str = ""


def origin(url: str) -> str:
    """``host`` or ``host:port`` of an address, in small letters; empty when it has none."""
    try:
        parts = urlsplit(url)
        host = (parts.hostname or "").lower()
        return f"{host}:{parts.port}" if parts.port else host
    except ValueError:
        return ""


def send(
    *, method: str, url: str, headers: Mapping[str, str], body: bytes = b"", reach: Reach = Reach.PUBLIC
) -> Answer:
    """One request, no redirection. Raises ``Unreachable`` or ``NotAllowed``; at most ten seconds."""
    parts = _checked(url, reach)
    over = monotonic() + TOTAL_S
    connection = _connection(parts, reach)
    try:
        connection.request(method, _target(parts), body=body or None, headers=dict(headers))
        return _answer(connection, url, over)
    except (OSError, http.client.HTTPException, UnicodeError) as trouble:
        raise Unreachable(f"{type(trouble).__name__}: {trouble}"[:180]) from None
    finally:
        connection.close()


def _answer(connection: http.client.HTTPConnection, url: str, over: float) -> Answer:
    # A server that closes after its answer makes http.client forget the socket while it is still read.
    plug = connection.sock
    answer = connection.getresponse()
    body = bytearray()
    while len(body) <= ANSWER_MAX_BYTES:
        left = over - monotonic()
        if left <= 0:
            raise TimeoutError("The answer took too long.")
        plug.settimeout(left)
        piece = answer.read1(65_536)
        if not piece:
            break
        body += piece
    if len(body) > ANSWER_MAX_BYTES:
        raise TimeoutError("The answer is too long.")
    found = {name.lower(): value for name, value in answer.getheaders()}
    return Answer(status=answer.status, headers=found, body=bytes(body), url=url)


def get_document(*, url: str, headers_for: Any, reach: Reach = Reach.PUBLIC) -> Document:
    """A document of ActivityStreams; ``headers_for(url)`` signs each request.

    Raises ``Unreachable``, ``NotAllowed``, ``BadDocument``; ``Gone`` for 404 and 410.
    """
    for _ in range(REDIRECTIONS_MAX + 1):
        asked = {"accept": ACCEPT, **headers_for(url)}
        answer = send(method="GET", url=url, headers=asked, reach=reach)
        if answer.status not in (301, 302, 303, 307, 308):
            return _document(answer)
        url = urljoin(url, answer.headers.get("location", ""))
    raise NotAllowed("Too many redirections.")


class Gone(Exception):
    """The server says that there is no such thing (any more)."""


def _document(answer: Answer) -> Document:
    if answer.status in (404, 410):
        raise Gone(str(answer.status))
    if answer.status != 200:
        raise Unreachable(f"HTTP {answer.status}")
    kind = answer.headers.get("content-type", "").split(";")[0].strip().lower()
    if kind not in _TYPES:
        raise BadDocument("It is not a document of ActivityStreams.")
    found = read_json(answer.body)
    # A redirection must not let one server speak for another.
    if origin(str(found.get("id", ""))) != origin(answer.url):
        raise BadDocument("It lies on another server than it says.")
    return found


def _checked(url: str, reach: Reach) -> SplitResult:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise NotAllowed("This is no address.") from None
    if parts.scheme != "https" and not (reach.allows_http and parts.scheme == "http"):
        raise NotAllowed("Only https is spoken.")
    if not parts.hostname or parts.username or parts.password:
        raise NotAllowed("The address has no server, or a password.")
    if port not in (None, 443) and not reach.allows_http:
        raise NotAllowed("Only the port of https is used.")
    if any(ord(one) <= 32 or ord(one) > 126 for one in url):
        raise NotAllowed("The address holds what no address holds.")
    return parts


def _target(parts: SplitResult) -> str:
    return f"{parts.path or '/'}{'?' + parts.query if parts.query else ''}"


def addresses_of(host: str, port: int, *, reach: Reach) -> list[str]:
    """The addresses of a name, all of them within reach; else ``NotAllowed``. ``Unreachable`` when it has
    none."""
    try:
        found = {str(entry[4][0]) for entry in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)}
    except (OSError, UnicodeError):
        raise Unreachable("The name of the server is not known.") from None
    if not all(_is_within(one, reach) for one in found):
        raise NotAllowed("The server has an address that is out of reach.")
    return sorted(found, key=lambda one: ":" in one)


def _is_within(address: str, reach: Reach) -> bool:
    if reach == Reach.LOOPBACK:
        return ipaddress.ip_address(address.partition("%")[0]).is_loopback
    return reach == Reach.ANY or is_public(address)


def is_public(address: str) -> bool:
    """Whether an IP address lies in the open Internet, also the one inside an address of IPv6."""
    found = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(found, ipaddress.IPv6Address):
        inner = found.ipv4_mapped or found.sixtofour or (found.teredo and found.teredo[1])
        if inner:
            return False
    if found.is_multicast or found.is_reserved or found.is_unspecified:
        return False
    # 64:ff9b::/96 leads to IPv4 addresses of any kind.
    return found.is_global and not str(found).startswith("64:ff9b:")


def _connection(parts: SplitResult, reach: Reach) -> http.client.HTTPConnection:
    host = parts.hostname or ""
    port = parts.port or (443 if parts.scheme == "https" else 80)
    addresses = addresses_of(host, port, reach=reach)
    if parts.scheme == "http":
        plain = http.client.HTTPConnection(host, port, timeout=CONNECT_S)
        plain.sock = _socket(addresses, port)
        return plain
    secure = http.client.HTTPSConnection(host, port, timeout=CONNECT_S)
    raw = _socket(addresses, port)
    try:
        secure.sock = ssl.create_default_context().wrap_socket(raw, server_hostname=host)
    except (OSError, ValueError) as trouble:
        raw.close()
        raise Unreachable(f"TLS: {trouble}"[:180]) from None
    return secure


def _socket(addresses: list[str], port: int) -> socket.socket:
    """A connection to one of the addresses that were checked: the name is not resolved a second time."""
    trouble: OSError | None = None
    for address in addresses[:3]:
        try:
            return socket.create_connection((address, port), timeout=CONNECT_S)
        except OSError as error:
            trouble = error
    raise Unreachable(f"No connection: {trouble}"[:180])


def json_of(body: Mapping[str, Any]) -> bytes:
    """A document as it is sent."""
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
