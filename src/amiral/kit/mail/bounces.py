"""What comes back: letters that could not be delivered, complaints, answers.

Delivery reports are read by flufl.bounce, which knows the dialects of many servers; complaints (ARF, RFC
5965) by hand. Nothing in such a message is believed: whoever acts on it first asks whether its tag or its
Message-ID is one of ours (``kit.mail.tags``).
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage, Message
from email.utils import getaddresses, parseaddr
from typing import Any, Final
from uuid import UUID

import nh3
from flufl.bounce import all_failures

from amiral.kit.mail import tags
from amiral.kit.plain_text import to_text

LARGEST: Final = 2 * 1024 * 1024
"""Bytes that are read of a message; the rest is pictures."""
LONGEST_TEXT: Final = 20_000

_TO: Final = ("Delivered-To", "X-Original-To", "Envelope-To", "To", "Cc")
_ATTRIBUTION: Final = re.compile(
    r"^(?:(?:On|Am|El|Il) .{0,200}(?:wrote|schrieb|escribió|ha scritto) ?:|Le .{0,200} a écrit ?:"
    r"|-{2,} ?(?:Original Message|Message d.origine|Message original) ?-{2,}|_{10,}|De ?: .*|From: .*)\s*$",
    re.IGNORECASE,
)
_OUT: Final = frozenset({"unsubscribe", "stop", "desinscription", "désinscription", "se désabonner"})
_HARMLESS: Final = ("5.2.2", "5.2.3", "5.3.4", "5.7.", "5.4.7")
"""Permanent refusals that say nothing against the address: full, too large, policy, given up waiting."""

Tag = tuple[str, UUID]


@dataclass(frozen=True, kw_only=True)
class Bounce:
    """A letter was not delivered. ``for_ever``: nobody has the address (any more)."""

    tag: Tag | None
    message_ids: tuple[str, ...]
    for_ever: bool


@dataclass(frozen=True, kw_only=True)
class Complaint:
    """A receiver called a letter unwanted, in his mail program."""

    tag: Tag | None
    message_ids: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Reply:
    """Somebody wrote. ``token``: what stands behind the plus of our return address; ``text``: his own words,
    without what he quotes; ``wants_out``: a wish to end it."""

    tag: Tag | None
    token: str
    sender: str
    subject: str
    text: str
    message_id: str
    wants_out: bool


def read(data: bytes) -> Bounce | Complaint | Reply | None:
    """What the message is; ``None`` for what wrote itself: absence notices, confirmations of reading."""
    message = message_from_bytes(data[:LARGEST], policy=policy.default)
    complaint = _complaint(message)
    if complaint is not None:
        return complaint
    bounce = _bounce(message)
    if bounce is not None:
        return bounce
    return None if _automatic(message) else _reply(message)


# Complaints -----------------------------------------------------------------------------------------


def _complaint(message: EmailMessage) -> Complaint | None:
    if _report_type(message) != "feedback-report":
        return None
    fields = _fields(message, "message/feedback-report")
    if fields.get("feedback-type", "abuse").lower() == "not-spam":
        return None
    return Complaint(
        tag=_tag(message) or _tag_in(fields.get("original-mail-from", "")),
        message_ids=_original_ids(message),
    )


def _report_type(message: EmailMessage) -> str:
    if message.get_content_type() != "multipart/report":
        return ""
    return str(message.get_param("report-type", "")).lower()


def _fields(message: EmailMessage, kind: str) -> dict[str, str]:
    """The ``Name: value`` lines of a part; of several blocks all together, the last word counts."""
    found: dict[str, str] = {}
    for part in _parts(message, kind):
        for line in _plain(part).splitlines():
            name, colon, value = line.partition(":")
            if colon:
                found[name.strip().lower()] = value.strip()
    return found


# Bounces --------------------------------------------------------------------------------------------


def _bounce(message: EmailMessage) -> Bounce | None:
    temporary, permanent = _failures(message)
    if not temporary and not permanent and not _from_nobody(message):
        return None
    statuses = re.findall(r"(?im)^status:\s*([245]\.\d+\.\d+)", _report_text(message))
    # flufl.bounce calls every 5 permanent; a full mailbox is none.
    harmless = bool(statuses) and all(status.startswith(_HARMLESS) or status[0] != "5" for status in statuses)
    return Bounce(
        tag=_tag(message),
        message_ids=_original_ids(message),
        for_ever=bool(permanent) and not harmless,
    )


def _failures(message: EmailMessage) -> tuple[set[Any], set[Any]]:
    # It reads messages of the older interface only.
    try:
        temporary, permanent = all_failures(message_from_bytes(message.as_bytes()))
    except Exception:  # a report that not even its reader can read tells no more than that it is one
        return set(), set()
    return set(temporary), set(permanent)


def _from_nobody(message: EmailMessage) -> bool:
    """A report in no known dialect: it still comes from nobody, to the address of one letter."""
    if _report_type(message) == "delivery-status":
        return not _is_receipt(message)
    sender = parseaddr(str(message.get("From", "")))[1].lower()
    nobody = str(message.get("Return-Path", "x")).strip() == "<>"
    return sender.startswith(("mailer-daemon@", "postmaster@")) or (nobody and not _automatic(message))


def _is_receipt(message: EmailMessage) -> bool:
    actions = re.findall(r"(?im)^action:\s*(\w+)", _report_text(message))
    return bool(actions) and all(action.lower() in {"delivered", "relayed", "expanded"} for action in actions)


def _report_text(message: EmailMessage) -> str:
    return "\n".join(_plain(part) for part in _parts(message, "message/delivery-status"))


# Answers --------------------------------------------------------------------------------------------


def _automatic(message: EmailMessage) -> bool:
    said = str(message.get("Auto-Submitted", "no")).partition(";")[0].strip().lower()
    precedence = str(message.get("Precedence", "")).strip().lower()
    other = any(message.get(name) for name in ("X-Autoreply", "X-Autorespond", "X-Auto-Response-Suppress-By"))
    receipt = _report_type(message) in {"disposition-notification", "delivery-status"}
    return said != "no" or precedence in {"bulk", "junk", "list", "auto_reply"} or other or receipt


def _reply(message: EmailMessage) -> Reply:
    subject = " ".join(str(message.get("Subject", "")).split())
    text = _own_words(_text(message))
    return Reply(
        tag=_tag(message),
        token=_token(message),
        sender=parseaddr(str(message.get("From", "")))[1],
        subject=subject[:200],
        text=text,
        message_id=str(message.get("Message-ID", "")).strip()[:200],
        wants_out=subject.casefold() in _OUT or (not subject and text.strip().casefold() in _OUT),
    )


def _text(message: EmailMessage) -> str:
    part = message.get_body(("plain",))
    if part is not None:
        return _plain(part)
    part = message.get_body(("html",))
    return to_text(nh3.clean(_plain(part))) if part is not None else ""


def _own_words(text: str) -> str:
    """Up to what is quoted or signed. What stands between quotations stays."""
    lines: list[str] = []
    for line in text[: 10 * LONGEST_TEXT].replace("\r\n", "\n").split("\n"):
        if _ATTRIBUTION.match(line) or line.rstrip("\n") == "-- ":
            break
        if not line.startswith(">"):
            lines.append(line.rstrip())
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()[:LONGEST_TEXT]


# Of all ---------------------------------------------------------------------------------------------


def _tag(message: EmailMessage) -> Tag | None:
    return next((found for address in _receivers(message) if (found := tags.read(address))), None)


def _token(message: EmailMessage) -> str:
    return next((found for address in _receivers(message) if (found := tags.token(address))), "")


def _receivers(message: EmailMessage) -> list[str]:
    heads = [str(value) for name in _TO for value in message.get_all(name, [])]
    return [address for _name, address in getaddresses(heads)]


def _tag_in(text: str) -> Tag | None:
    return tags.read(parseaddr(text)[1])


def _original_ids(message: EmailMessage) -> tuple[str, ...]:
    """The Message-IDs of the letters that a report gives back, without angle brackets."""
    found = []
    for kind in ("message/rfc822", "text/rfc822-headers", "message/rfc822-headers"):
        for part in _parts(message, kind):
            text = "\n".join(f"{n}: {v}" for n, v in _inner_headers(part)) or _plain(part)
            found += re.findall(r"(?im)^message-id:\s*<([^<>\s]{1,200})>", text)
    return tuple(dict.fromkeys(found))


def _inner_headers(part: Message) -> list[tuple[str, str]]:
    inner = part.get_payload()
    first = inner[0] if isinstance(inner, list) and inner else None
    return [(name, str(value)) for name, value in first.items()] if isinstance(first, Message) else []


def _parts(message: EmailMessage, kind: str) -> Iterator[EmailMessage]:
    return (part for part in message.walk() if part.get_content_type() == kind)


def _plain(part: Message) -> str:
    """The text of a part, whatever it claims to be written in."""
    payload = part.get_payload()
    if isinstance(payload, list):
        return "\n".join(_plain(inner) or _lines(inner) for inner in payload if isinstance(inner, Message))
    raw = part.get_payload(decode=True)
    data = raw if isinstance(raw, bytes) else str(payload).encode()
    charset = str(part.get_content_charset("utf-8"))
    try:
        return data.decode(charset, "replace")
    except LookupError:
        return data.decode("utf-8", "replace")


def _lines(part: Message) -> str:
    return "\n".join(f"{name}: {value}" for name, value in part.items())
