"""What is wrong with the way letters leave, as far as it can be known on this machine."""

from collections.abc import Iterable
from email.utils import parseaddr

from django.conf import settings

from amiral.kit.dkim import BadKey, SigningKey
from amiral.kit.mail import records, signing, tags
from amiral.kit.mail.mailbox import BadUrl, account
from amiral.kit.mail.messages import BadAddress, ascii_address
from amiral.kit.mail.session import Tls
from amiral.kit.mail.transport import server

LOCAL = frozenset({"localhost", "127.0.0.1", "::1"})
NOBODY_S = (".example", ".invalid", ".test", ".localhost", "example.org", "example.com", "example.net")


def problems(found: records.Records | None = None) -> tuple[str, ...]:
    """English sentences for the operator; empty when nothing is wrong. ``found``: what the DNS says."""
    keys, trouble = _keys()
    return (
        *_wrong_addresses(),
        *_wrong_server(),
        *trouble,
        *_wrong_ways_back(),
        *_wrong_site(),
        *(_wrong_records(found, keys) if found is not None else ()),
    )


def lines() -> tuple[str, ...]:
    """What the zone must say. Raises ``BadKey``."""
    keys = signing.load(signing.place())
    wanted = records.wanted(
        domain=settings.MAIL_DOMAIN, return_domain=_return_domain(), keys=keys, contact=settings.CONTACT
    )
    return wanted.lines


def _wrong_records(found: records.Records, keys: tuple[SigningKey, ...]) -> tuple[str, ...]:
    return records.wrong(found, domain=settings.MAIL_DOMAIN, return_domain=_return_domain(), keys=keys)


def _return_domain() -> str:
    return (settings.RETURN_ADDRESS or settings.MAIL_DOMAIN).rpartition("@")[2].lower()


def _wrong_addresses() -> Iterable[str]:
    try:
        ascii_address(parseaddr(settings.DEFAULT_FROM_EMAIL)[1])
    except BadAddress:
        yield "AMIRAL_FROM_EMAIL is no address that can be written from."
    if settings.MAIL_DOMAIN.endswith(NOBODY_S):
        yield f"AMIRAL_FROM_EMAIL: {settings.MAIL_DOMAIN} is nobody's domain: set an address of yours."


def _wrong_server() -> Iterable[str]:
    known = server()
    if known is None:
        yield f"Letters do not leave by SMTP but by {settings.EMAIL_BACKEND}: nothing is signed here."
        return
    if not settings.SMTP_URL:
        yield "AMIRAL_SMTP_URL is not set: letters go to a server on this machine, port 25."
    if known.tls is Tls.NONE and known.host not in LOCAL:
        what = "The password and every letter cross" if known.password else "Every letter crosses"
        yield f"AMIRAL_SMTP_URL: {what} the network unencrypted: use smtp+tls:// or smtp+ssl://."


def _keys() -> tuple[tuple[SigningKey, ...], tuple[str, ...]]:
    place = signing.place()
    try:
        keys = signing.load(place)
    except BadKey as trouble:
        return (), (f"DKIM: {trouble}",)
    return keys, tuple(_wrong_keys(place, keys))


def _wrong_keys(place: signing.Place, keys: tuple[SigningKey, ...]) -> Iterable[str]:
    missing = [kind for kind in signing.KINDS if not place.path(kind).exists()]
    for kind in missing:
        yield f"DKIM: {place.path(kind)} is missing: `amiral outreach dkim-key` makes both keys."
    for kind in set(signing.KINDS) - set(missing):
        if place.path(kind).stat().st_mode & 0o077:
            yield f"DKIM: others than its owner may read {place.path(kind)}: chmod 600."
    if keys and not records.aligned(place.domain, settings.MAIL_DOMAIN):
        yield (
            f"DMARC: letters are signed for {place.domain} but come from {settings.MAIL_DOMAIN}: "
            "set AMIRAL_DKIM_DOMAIN."
        )


def _wrong_ways_back() -> Iterable[str]:
    if not settings.RETURN_ADDRESS:
        yield "AMIRAL_RETURN_ADDRESS is not set: undelivered letters and complaints are not noticed."
        return
    name, at, domain = settings.RETURN_ADDRESS.rpartition("@")
    if not at or not name or len(name) > tags.LONGEST_NAME:
        yield f"AMIRAL_RETURN_ADDRESS must be an address with at most {tags.LONGEST_NAME} signs before @."
    if not records.aligned(domain, settings.MAIL_DOMAIN):
        yield f"DMARC: letters return to {domain} but come from {settings.MAIL_DOMAIN}: SPF will not count."
    if not settings.MAILBOX_URL:
        yield (
            "AMIRAL_MAILBOX_URL is not set: what comes back is only read if your mail server pipes it into "
            "`amiral outreach read-mail`."
        )
        return
    try:
        account(settings.MAILBOX_URL)
    except BadUrl as trouble:
        yield str(trouble)


def _wrong_site() -> Iterable[str]:
    if not settings.PUBLIC_URL.startswith("https://"):
        yield "AMIRAL_PUBLIC_URL is not https://: mail programs offer no one-click unsubscription (RFC 8058)."
    if not settings.PUBLISHER:
        yield "AMIRAL_PUBLISHER is not set: letters name only the campaign as who answers for the data."
    if "@" not in settings.ANSWERS_TO:
        yield "AMIRAL_ANSWERS_TO and AMIRAL_CONTACT are not set: nobody reads what people write back."
