"""Documents of ActivityStreams 2.0 as plain JSON: what is read of them, and what is refused.

No JSON-LD processor: a context is never fetched, and only the compact shapes that servers send are
understood. What a name means is decided here; anything else in a document is not looked at.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import nh3

Document = dict[str, Any]
CONTEXT = ["https://www.w3.org/ns/activitystreams", "https://w3id.org/security/v1"]
PUBLIC = "https://www.w3.org/ns/activitystreams#Public"
MEDIA_TYPE = 'application/ld+json; profile="https://www.w3.org/ns/activitystreams"'
ACCEPT = f"{MEDIA_TYPE}, application/activity+json"
_PUBLIC_NAMES = frozenset({PUBLIC, "as:Public", "Public"})
ADDRESS_MAX_CHARACTERS = 500
DEPTH_MAX = 20
ITEMS_MAX = 2_000
WORDS_MAX_CHARACTERS = 5_000
ACTOR_TYPES = frozenset({"Person", "Group", "Organization", "Service", "Application"})
NOTE_TYPES = frozenset({"Note", "Article", "Page", "Question"})
_TAGS = {"a", "blockquote", "br", "code", "em", "li", "ol", "p", "pre", "strong", "ul"}


class BadDocument(ValueError):
    """Not what it should be: not JSON, not the shape, an address of another server. For logs."""


def read_json(body: bytes) -> Document:
    """A JSON object of bounded depth and size. Raises ``BadDocument``."""
    try:
        found = json.loads(body, object_pairs_hook=_once, parse_constant=_no_constant, parse_int=_bounded)
    except (ValueError, RecursionError):
        raise BadDocument("It is not JSON.") from None
    if not isinstance(found, dict):
        raise BadDocument("It is not an object.")
    if _too_big(found):
        raise BadDocument("It is nested too deeply or has too many parts.")
    return found


def _once(pairs: list[tuple[str, Any]]) -> Document:
    """A name twice is read differently by different readers: nothing that is signed may depend on it."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("twice")
    return found


def _no_constant(_name: str) -> Any:
    raise ValueError("NaN")


def _bounded(digits: str) -> int:
    if len(digits) > 20:
        raise ValueError("number")
    return int(digits)


def _too_big(found: Document) -> bool:
    count = 0
    layer: list[Any] = [found]
    for _ in range(DEPTH_MAX):
        inner: list[Any] = [part for one in layer for part in _parts(one)]
        count += len(inner)
        if count > ITEMS_MAX:
            return True
        layer = [part for part in inner if isinstance(part, dict | list)]
        if not layer:
            return False
    return True


def _parts(one: Any) -> Iterator[Any]:
    yield from (one.values() if isinstance(one, dict) else one)


def is_address(value: object, *, allow_http: bool = False) -> bool:
    """Whether a value is an address of https (http in tests) that we would keep."""
    if not isinstance(value, str) or not 0 < len(value) <= ADDRESS_MAX_CHARACTERS:
        return False
    if any(ord(one) <= 32 or ord(one) > 126 for one in value):
        return False
    try:
        parts = urlsplit(value)
        _port = parts.port
    except ValueError:
        return False
    schemes = ("https", "http") if allow_http else ("https",)
    return parts.scheme in schemes and bool(parts.hostname) and not parts.username


def id_of(value: object) -> str:
    """The address of an object that is given whole or by its address; empty for anything else."""
    if isinstance(value, list):
        return id_of(value[0]) if len(value) == 1 else ""
    if isinstance(value, Mapping):
        value = value.get("id")
    return value if isinstance(value, str) else ""


def type_of(value: object) -> str:
    """The first of its types that is a word; empty for none."""
    found = value.get("type") if isinstance(value, Mapping) else None
    kinds = found if isinstance(found, list) else [found]
    return next((kind for kind in kinds if isinstance(kind, str)), "")


def ids_in(value: object) -> tuple[str, ...]:
    """Addresses of a list or of one thing."""
    values = value if isinstance(value, list) else [value]
    return tuple(found for found in map(id_of, values) if found)


@dataclass(frozen=True, kw_only=True)
class ActorDocument:
    """What we keep of an account elsewhere."""

    url: str
    handle: str
    inbox: str
    shared_inbox: str
    key_id: str
    public_pem: str


def actor_of(found: Document, *, domain: str, allow_http: bool = False) -> ActorDocument:
    """An actor with its key; everything it names must lie on its own server. Raises ``BadDocument``."""
    url = id_of(found)
    if type_of(found) not in ACTOR_TYPES or not is_address(url, allow_http=allow_http):
        raise BadDocument("It is no actor.")
    inbox = id_of(found.get("inbox"))
    key = _key_of(found, url)
    if not is_address(inbox, allow_http=allow_http) or _host(inbox) != _host(url):
        raise BadDocument("Its inbox lies elsewhere.")
    endpoints = found.get("endpoints")
    shared = id_of(endpoints.get("sharedInbox")) if isinstance(endpoints, Mapping) else ""
    if not is_address(shared, allow_http=allow_http) or _host(shared) != _host(url):
        shared = ""
    name = found.get("preferredUsername")
    plain = "".join(c for c in name if c.isalnum() or c in "._-")[:100] if isinstance(name, str) else ""
    return ActorDocument(
        url=url,
        handle=f"{plain or 'compte'}@{domain}",
        inbox=inbox,
        shared_inbox=shared,
        key_id=key[0],
        public_pem=key[1],
    )


def _key_of(found: Document, url: str) -> tuple[str, str]:
    keys = found.get("publicKey")
    for key in keys if isinstance(keys, list) else [keys]:
        if not isinstance(key, Mapping):
            continue
        key_id, pem = key.get("id"), key.get("publicKeyPem")
        owner = id_of(key.get("owner")) or url
        if isinstance(key_id, str) and isinstance(pem, str) and owner == url and _host(key_id) == _host(url):
            return key_id[:ADDRESS_MAX_CHARACTERS], pem[:10_000]
    raise BadDocument("It has no key.")


def _host(url: str) -> str:
    try:
        return urlsplit(url).netloc.lower()
    except ValueError:
        return ""


@dataclass(frozen=True, kw_only=True)
class NoteDocument:
    """Words from elsewhere."""

    url: str
    author: str
    html: str
    in_reply_to: str
    to: frozenset[str]
    mentions: frozenset[str]
    is_public: bool


def note_of(found: Document, *, allow_http: bool = False) -> NoteDocument:
    """A note; it must lie on the server of who is said to have written it. Raises ``BadDocument``."""
    url, author = id_of(found), id_of(found.get("attributedTo"))
    if type_of(found) not in NOTE_TYPES or not is_address(url, allow_http=allow_http):
        raise BadDocument("It is no note.")
    if _host(url) != _host(author):
        raise BadDocument("It lies on another server than its author.")
    to = frozenset((*ids_in(found.get("to")), *ids_in(found.get("cc"))))
    return NoteDocument(
        url=url,
        author=author,
        html=_words_of(found),
        in_reply_to=id_of(found.get("inReplyTo")),
        to=to,
        mentions=frozenset(_mentions(found)),
        is_public=bool(to & _PUBLIC_NAMES),
    )


def _words_of(found: Document) -> str:
    content, name = found.get("content"), found.get("name")
    words = content if isinstance(content, str) else ""
    if isinstance(name, str) and type_of(found) in ("Article", "Page"):
        words = f"<p><strong>{nh3.clean_text(name[:300])}</strong></p>{words}"
    warning = found.get("summary")
    if isinstance(warning, str) and warning.strip():
        words = f"<p><em>{nh3.clean_text(warning[:300])}</em></p>{words}"
    return clean(words)


def clean(html: str) -> str:
    """Safe HTML of a stranger's: no picture, style, script or frame; links leave no trace. May be cut."""
    for limit in (WORDS_MAX_CHARACTERS * 4, WORDS_MAX_CHARACTERS):
        html = nh3.clean(
            html[:limit],
            tags=_TAGS,
            attributes={"a": {"href"}},
            url_schemes={"http", "https"},
            link_rel="nofollow noopener noreferrer",
        )
        if len(html) <= WORDS_MAX_CHARACTERS:
            break
    return html


def _mentions(found: Document) -> Iterator[str]:
    tags = found.get("tag")
    for tag in tags if isinstance(tags, list) else [tags]:
        if type_of(tag) == "Mention" and isinstance(tag, Mapping) and isinstance(tag.get("href"), str):
            yield tag["href"]
