"""What the DNS must say so that letters arrive, and what is wrong with what it says. Asks no network.

The operator fetches the records (``dig +noall +answer TXT …``) and hands them over; without them only the
settings can be judged. Sources: RFC 7208 (SPF), RFC 6376 and 8463 (DKIM), RFC 7489 (DMARC).
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from amiral.kit.dkim import SigningKey
from amiral.kit.mail import signing

MOST_LOOKUPS: Final = 10
_PIECES: Final = re.compile(r'"((?:[^"\\]|\\.)*)"')
_ANSWER: Final = re.compile(r"^(?P<name>\S+?)\.?\s+(?:\d+\s+)?(?:IN\s+)?TXT\s+(?P<text>.+)$", re.IGNORECASE)
_ASKS: Final = re.compile(r"^[-+~?]?(include:|a$|a[:/]|mx$|mx[:/]|ptr|exists:|redirect=)", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What is to be published for a domain. ``lines`` of a zone; SPF depends on the server that sends."""

    domain: str
    lines: tuple[str, ...]


Records = Mapping[str, Sequence[str]]
"""Texts by name, small letters, without the last dot."""


def wanted(*, domain: str, return_domain: str, keys: tuple[SigningKey, ...], contact: str) -> Wanted:
    """The lines of the zone. ``return_domain``: where letters return to, which SPF is asked of."""
    reports = f"; rua=mailto:{contact}" if "@" in contact else ""
    return Wanted(
        domain=domain,
        lines=(
            *signing.zone_lines(keys),
            f'{return_domain}. 3600 IN TXT "v=spf1 mx -all"',
            f'_dmarc.{domain}. 3600 IN TXT "v=DMARC1; p=quarantine{reports}"',
        ),
    )


def parse(lines: Iterable[str]) -> dict[str, list[str]]:
    """The TXT records among the lines of an answer of ``dig``; a text in several pieces is put together."""
    found: dict[str, list[str]] = {}
    for line in lines:
        answer = _ANSWER.match(line.strip())
        if answer:
            pieces = _PIECES.findall(answer["text"]) or [answer["text"]]
            text = "".join(piece.replace('\\"', '"').replace("\\;", ";") for piece in pieces)
            found.setdefault(answer["name"].lower(), []).append(text)
    return found


def wrong(
    records: Records, *, domain: str, return_domain: str, keys: tuple[SigningKey, ...]
) -> tuple[str, ...]:
    """Everything that is wrong with the records, in English sentences for the operator."""
    return (
        *_wrong_spf(records.get(return_domain, []), return_domain),
        *(problem for key in keys for problem in _wrong_key(records, key)),
        *_wrong_dmarc(records.get(f"_dmarc.{domain}", []), domain),
    )


def _wrong_spf(texts: Sequence[str], domain: str) -> Iterable[str]:
    found = [text for text in texts if text.lower().split(" ")[0] == "v=spf1"]
    if not found:
        yield f"SPF: {domain} has no record: publish which servers send for it."
        return
    if len(found) > 1:
        yield f"SPF: {domain} has {len(found)} records, which counts as an error: merge them into one."
    terms = found[0].lower().split()[1:]
    asking = [term for term in terms if _ASKS.match(term)]
    if len(asking) > MOST_LOOKUPS:
        yield f"SPF: {domain} needs {len(asking)} look-ups, ten are allowed: take some out."
    if any(term.lstrip("+") == "all" for term in terms):
        yield f"SPF: {domain} allows the whole world to send (+all): end the record with -all."
    elif not any(term in {"-all", "~all"} or term.startswith("redirect=") for term in terms):
        yield f"SPF: the record of {domain} does not say what becomes of other servers: end it with -all."


def _wrong_key(records: Records, key: SigningKey) -> Iterable[str]:
    name = f"{key.selector}._domainkey.{key.domain}"
    texts = records.get(name, [])
    if not texts:
        yield f"DKIM: {name} is not published: letters signed with it count as unsigned."
    elif len(texts) > 1:
        yield f"DKIM: {name} has {len(texts)} records: leave one."
    elif _tags(texts[0]).get("p", "") != _tags(key.public_record)["p"]:
        yield f"DKIM: {name} publishes another key than the one that signs here."


def _wrong_dmarc(texts: Sequence[str], domain: str) -> Iterable[str]:
    found = [text for text in texts if text.replace(" ", "").lower().startswith("v=dmarc1")]
    if not found:
        yield f"DMARC: _dmarc.{domain} has no record: large providers want one."
        return
    if len(found) > 1:
        yield f"DMARC: _dmarc.{domain} has {len(found)} records, which counts as none: leave one."
    policy = _tags(found[0]).get("p", "").lower()
    if policy not in {"none", "quarantine", "reject"}:
        yield f"DMARC: the record of {domain} names no policy: p=none, p=quarantine or p=reject."
    elif policy == "none":
        yield f"DMARC: p=none lets anybody write in the name of {domain}: change to p=quarantine in time."


def _tags(text: str) -> dict[str, str]:
    pairs = (part.partition("=") for part in text.split(";"))
    return {name.strip().lower(): "".join(value.split()) for name, equals, value in pairs if equals}


def aligned(one: str, other: str) -> bool:
    """Relaxed alignment of DMARC, as far as it can be known without a list of public suffixes."""
    shorter, longer = sorted((one.lower(), other.lower()), key=len)
    return longer == shorter or longer.endswith(f".{shorter}")
