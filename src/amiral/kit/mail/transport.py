"""How letters leave this installation: by SMTP as the settings say, or by another e-mail backend of Django.

The demonstration's mailbox and the memory of tests are such backends; so are services with an interface of
their own. Only SMTP is pipelined, and only what goes by SMTP is signed here.
"""

import smtplib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection
from django.core.mail.backends.base import BaseEmailBackend

from amiral.kit.dkim import BadKey, SigningKey
from amiral.kit.mail import messages, signing
from amiral.kit.mail.messages import BadAddress, Letter, UnsafeHeader
from amiral.kit.mail.pacing import UNPACED, Pace
from amiral.kit.mail.pool import POOL
from amiral.kit.mail.session import NO_ADDRESS, Envelope, Fate, Outcome, Server, Tls, Unreachable

SMTP: Final = "django.core.mail.backends.smtp.EmailBackend"


@dataclass(frozen=True, kw_only=True)
class Parcel:
    """A letter and where it returns to when it cannot be delivered. ``about``: the caller's own."""

    letter: Letter
    return_path: str
    about: object = field(default=None, compare=False)


def server() -> Server | None:
    """The SMTP server of the settings; ``None`` when letters leave by another backend."""
    if settings.EMAIL_BACKEND != SMTP:
        return None
    tls = Tls.AT_ONCE if settings.EMAIL_USE_SSL else Tls.STARTTLS if settings.EMAIL_USE_TLS else Tls.NONE
    return Server(
        host=settings.EMAIL_HOST,
        port=settings.EMAIL_PORT,
        tls=tls,
        user=settings.EMAIL_HOST_USER or "",
        password=settings.EMAIL_HOST_PASSWORD or "",
        name=urlsplit(settings.PUBLIC_URL).hostname or "localhost",
        timeout_s=float(settings.EMAIL_TIMEOUT or 20),
    )


def send(parcel: Parcel) -> Outcome:
    """One letter; a server that cannot be reached has refused it for now."""
    try:
        # To its end: a generator that is left in the middle gives up its connection.
        (outcome,) = [outcome for _parcel, outcome in send_all([parcel])]
        return outcome
    except Unreachable as trouble:
        return Outcome(fate=Fate.REFUSED, why=f"unreachable: {trouble.why}")


def send_all(
    parcels: Iterable[Parcel],
    *,
    pace: Pace = UNPACED,
    before: Callable[[Parcel], None] = lambda _parcel: None,
) -> Iterator[tuple[Parcel, Outcome]]:
    """Each parcel with its outcome as soon as it is known, in order; ``parcels`` is read one ahead at most.

    ``before`` is called just before a letter leaves. Raises ``Unreachable`` when nothing can be handed over;
    of parcels without an outcome none has left, but the last one that ``before`` was told of may have.
    """
    known = server()
    if known is None:
        return _by_backend(parcels, pace, before)
    return _by_smtp(known, parcels, pace, before)


def _by_smtp(
    known: Server, parcels: Iterable[Parcel], pace: Pace, before: Callable[[Parcel], None]
) -> Iterator[tuple[Parcel, Outcome]]:
    def told(envelope: Envelope) -> None:
        before(_parcel(envelope))

    keys = _keys()
    envelopes = (envelope_of(parcel, keys=keys) for parcel in parcels)
    for envelope, outcome in POOL.exchange(known, envelopes, pace=pace, before=told):
        yield _parcel(envelope), outcome


def _keys() -> tuple[SigningKey, ...]:
    """Raises ``Unreachable`` for a signing key that cannot be read: an unsigned letter would harm others."""
    try:
        return signing.load(signing.place())
    except BadKey as trouble:
        raise Unreachable("signing-key") from trouble


def _parcel(envelope: Envelope) -> Parcel:
    assert isinstance(envelope.about, Parcel)
    return envelope.about


def envelope_of(parcel: Parcel, *, keys: tuple[SigningKey, ...]) -> Envelope:
    """Built and signed. What cannot be written as a message has no receiver, and is refused for ever."""
    letter = parcel.letter
    try:
        content = signing.signed(messages.build(letter), at=letter.at, keys=keys)
        to = messages.address_of(letter.to)
    except (BadAddress, UnsafeHeader):
        content, to = b"", ""
    return Envelope(sender=parcel.return_path, to=to, content=content, about=parcel, has_dots=False)


# Other backends -------------------------------------------------------------------------------------


def _by_backend(
    parcels: Iterable[Parcel], pace: Pace, before: Callable[[Parcel], None]
) -> Iterator[tuple[Parcel, Outcome]]:
    with get_connection() as connection:
        for parcel in parcels:
            pace.wait()
            before(parcel)
            yield parcel, _outcome(connection, parcel.letter)


def _outcome(connection: BaseEmailBackend, letter: Letter) -> Outcome:
    try:
        connection.send_messages([_django(letter)])
    except (BadAddress, UnsafeHeader):
        return NO_ADDRESS
    except smtplib.SMTPException as trouble:
        return _refusal(trouble)
    except Exception as trouble:
        return Outcome(fate=Fate.UNKNOWN, why=type(trouble).__name__)
    return Outcome(fate=Fate.TAKEN)


def _refusal(trouble: smtplib.SMTPException) -> Outcome:
    """The server's own "no"; an exception without a code tells nothing."""
    if isinstance(trouble, smtplib.SMTPRecipientsRefused):
        code, of_receiver = next((code for code, _text in trouble.recipients.values()), 0), True
    else:
        code, of_receiver = getattr(trouble, "smtp_code", 0), False
    if not code:
        return Outcome(fate=Fate.UNKNOWN, why="no-answer")
    return Outcome(fate=Fate.REFUSED, code=code, for_ever=code >= 500, of_receiver=of_receiver)


def _django(letter: Letter) -> EmailMultiAlternatives:
    made = EmailMultiAlternatives(
        subject=letter.subject,
        body=str(letter.text),
        from_email=letter.sender,
        to=[letter.to],
        headers={**letter.headers, "Message-ID": f"<{letter.message_id}>"},
    )
    if letter.html:
        made.attach_alternative(str(letter.html), "text/html")
    for file in letter.files:
        made.attach(file.name, file.content.decode("utf-8", "replace"), file.content_type)
    return made
