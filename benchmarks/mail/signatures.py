"""CPU time of a message signed with RSA-2048 and Ed25519: ours beside dkimpy, same messages, one process.

    .venv/bin/python -m benchmarks.mail.signatures [MESSAGES]

Every message of ours is verified by dkimpy: signatures that nobody accepts are worth nothing.
"""

import base64
import json
import sys
from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import SMTP
from time import process_time

import dkim
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from amiral.kit.dkim import SIGNED, SigningKey, sign

RSA = SigningKey(domain="example.org", selector="r1", private=generate_private_key(65537, 2048))
RELAXED = (b"relaxed", b"relaxed")
ED = SigningKey(domain="example.org", selector="e1", private=Ed25519PrivateKey.generate())


def messages(count: int) -> list[bytes]:
    """Personalised letters of about four kilobytes, text and HTML."""
    made = []
    for i in range(count):
        mail = EmailMessage(policy=SMTP)
        mail["From"], mail["To"] = "Campagne <lettre@example.org>", f"p{i}@example.net"
        mail["Subject"], mail["Message-ID"] = f"Samedi à {i} heures", f"<{i}@example.org>"
        mail["Date"] = "Sun, 01 Mar 2026 10:00:00 +0000"
        mail["List-Unsubscribe"] = f"<https://example.org/stop/{i}>"
        mail["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
        text = "".join(f"Ligne {line} de la lettre de la personne {i}.\n" for line in range(40))
        mail.set_content(text)
        mail.add_alternative(f"<p>{text}</p>", subtype="html")
        made.append(mail.as_bytes())
    return made


def with_dkimpy(message: bytes) -> bytes:
    """The documented function, once for each key, over the same headers."""
    pem = RSA.private.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption())
    raw = ED.private.private_bytes(Encoding.Raw, PrivateFormat.Raw, NoEncryption())
    names = [name.encode() for name in SIGNED]
    first = dkim.sign(message, b"r1", b"example.org", pem, canonicalize=RELAXED, include_headers=names)
    second = dkim.sign(
        message,
        b"e1",
        b"example.org",
        base64.b64encode(raw),
        canonicalize=RELAXED,
        include_headers=names,
        signature_algorithm=b"ed25519-sha256",
    )
    return bytes(second + first + message)


def accepted(message: bytes) -> bool:
    records = {
        f"{key.selector}._domainkey.{key.domain}.".encode(): key.public_record.encode() for key in (RSA, ED)
    }

    def dns(name: bytes, timeout: int = 5) -> bytes | None:
        return records.get(name)

    return all(dkim.DKIM(message).verify(idx=i, dnsfunc=dns) for i in range(2))


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 300
    letters = messages(count)
    at = datetime.now(UTC)
    start = process_time()
    ours = [sign(letter, [RSA, ED], at=at) for letter in letters]
    middle = process_time()
    theirs = [with_dkimpy(letter) for letter in letters]
    end = process_time()
    print(
        json.dumps(
            {
                "messages": count,
                "ours_cpu_ms": round(1000 * (middle - start) / count, 3),
                "dkimpy_cpu_ms": round(1000 * (end - middle) / count, 3),
                "ratio": round((end - middle) / (middle - start), 1),
                "accepted_by_dkimpy": sum(map(accepted, ours)),
                "dkimpy_accepted_by_itself": sum(map(accepted, theirs)),
            }
        )
    )


if __name__ == "__main__":
    main()
