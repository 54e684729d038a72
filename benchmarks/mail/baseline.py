"""The other side: Django's own message and backend, dkimpy, one connection for each letter.

The same letter as ours: text and HTML with the reader's name and his own signed way out, the headers of
one-click unsubscription, signed twice. The templates are compiled once, the message is built once; nothing is
done on purpose that a careful author would not do.
"""

import base64
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid5

HERE = UUID("01920000-0000-7000-8000-000000000000")
RELAXED = (b"relaxed", b"relaxed")


@dataclass(frozen=True, kw_only=True)
class Pattern:
    """One letter of ours and what in it is this reader's own."""

    subject: str
    text: str
    html: str
    name: str
    way_out: str
    domain: str

    def template(self, text: str) -> Any:
        """Django's template of a text."""
        from django.template import Template

        bare = text.replace(self.way_out, "{{ way_out }}") if self.way_out else text
        return Template(bare.replace(self.name, "{{ name }}"))


def cpu_s(pattern: Pattern, *, first: int, count: int, both: bool, noted: Callable[[int], None]) -> float:
    """Processor seconds of this process for ``count`` letters. ``noted``: told after each, not counted."""
    from django.core.mail import EmailMultiAlternatives
    from django.core.signing import Signer
    from django.template import Context

    subject, plain, html = map(pattern.template, (pattern.subject, pattern.text, pattern.html))
    backend, signer, domain, spent = _signing_backend(dkimpy(both)), Signer(salt="out"), pattern.domain, 0.0
    for number in range(first, first + count):
        began = time.process_time()
        person = uuid5(HERE, str(number))
        way_out = f"https://{domain}/desinscription/{signer.sign(str(person))}/"
        back = f"retours+{person.hex}@{domain}"
        words = Context({"name": f"Prénom{number}", "way_out": way_out})
        letter = EmailMultiAlternatives(
            subject.render(words),
            plain.render(words),
            f"Campagne <lettre@{domain}>",
            [f"p{number}@example.net"],
            headers={
                "Message-ID": f"<{person}@{domain}>",
                "Reply-To": back,
                "List-Unsubscribe": f"<{way_out}>, <mailto:{back}?subject=unsubscribe>",
                "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
                "List-Id": f"<actions.{domain}>",
            },
            connection=backend(host=None),
        )
        letter.attach_alternative(html.render(words), "text/html")
        letter.send()
        spent += time.process_time() - began
        noted(number - first + 1)
    return spent


def _signing_backend(sign: Callable[[bytes], bytes]) -> Any:
    from django.core.mail.backends.smtp import EmailBackend

    class Signing(EmailBackend):
        """Django's own way with the signature that its documentation leaves to others."""

        def _send(self, email_message: Any) -> bool:
            message = email_message.message().as_bytes(linesep="\r\n")
            assert self.connection is not None
            self.connection.sendmail(email_message.from_email, email_message.recipients(), sign(message))
            return True

    return Signing


def dkimpy(both: bool) -> Callable[[bytes], bytes]:
    """The documented function, once for each of the installation's keys."""
    import dkim
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    from amiral.kit.mail import signing

    rsa, ed = signing.load(signing.place())
    pem = rsa.private.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption())
    raw = base64.b64encode(ed.private.private_bytes(Encoding.Raw, PrivateFormat.Raw, NoEncryption()))

    def sign(message: bytes) -> bytes:
        domain = rsa.domain.encode()
        signed = dkim.sign(message, rsa.selector.encode(), domain, pem, canonicalize=RELAXED)
        if both:
            signed += dkim.sign(
                message,
                ed.selector.encode(),
                domain,
                raw,
                canonicalize=RELAXED,
                signature_algorithm=b"ed25519-sha256",
            )
        return bytes(signed) + message

    return sign
