"""The installation's own DKIM keys: where they lie, what is published of them, and signing with both.

A folder (``AMIRAL_DKIM_DIR``) holds ``<selector>-rsa.pem`` and ``<selector>-ed25519.pem``; each is published
under its own selector of that name. A new selector makes new keys beside the old ones, which stay published
until every letter that they signed has arrived.
"""

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from django.conf import settings

from amiral.kit import dkim
from amiral.kit.dkim import BadKey, SigningKey
from amiral.kit.mail.messages import Built

KINDS: Final = ("rsa", "ed25519")
RSA_BITS: Final = 2048


class KeysExist(Exception):
    """New keys would take the place of keys by which letters on their way are still checked."""


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where the keys of one selector lie, and for whom they sign."""

    folder: Path
    domain: str
    selector: str

    def path(self, kind: str) -> Path:
        """Of the private key of a kind."""
        return self.folder / f"{self.selector}-{kind}.pem"


def place() -> Place:
    """As the settings have it."""
    return Place(folder=Path(settings.DKIM_DIR), domain=settings.DKIM_DOMAIN, selector=settings.DKIM_SELECTOR)


def signed(built: Built, *, at: datetime, keys: tuple[SigningKey, ...]) -> bytes:
    """The message with a signature of each key; unchanged where there is none."""
    return built.message(dkim.signatures(built.headers, built.body, keys, at=at, is_relaxed=True))


def load(where: Place) -> tuple[SigningKey, ...]:
    """The keys of a place, RSA first; those whose file is missing are left out. Raises ``BadKey``.

    Read once in a process, and again when a file has changed.
    """
    stamps = tuple(_stamp(where.path(kind)) for kind in KINDS)
    return _load(where, stamps)


def _stamp(path: Path) -> int:
    try:
        return path.stat().st_mtime_ns
    except FileNotFoundError:
        return 0


@lru_cache(maxsize=8)
def _load(where: Place, stamps: tuple[int, ...]) -> tuple[SigningKey, ...]:
    return tuple(_read(where, kind) for kind, stamp in zip(KINDS, stamps, strict=True) if stamp)


def _read(where: Place, kind: str) -> SigningKey:
    path = where.path(kind)
    try:
        return dkim.load_key(path.read_bytes(), domain=where.domain, selector=f"{where.selector}-{kind}")
    except (BadKey, PermissionError) as trouble:
        raise BadKey(f"{path}: {trouble}") from trouble


def make(where: Place) -> tuple[SigningKey, ...]:
    """Makes both keys, readable by their owner only. Raises ``KeysExist``, ``BadKey`` for a bad name."""
    there = [where.path(kind) for kind in KINDS if where.path(kind).exists()]
    if there:
        raise KeysExist(f"{there[0]} exists already.")
    # A bad domain or selector is refused before anything is written.
    made: tuple[RSAPrivateKey | Ed25519PrivateKey, ...] = (
        generate_private_key(65537, RSA_BITS),
        Ed25519PrivateKey.generate(),
    )
    keys = [
        SigningKey(domain=where.domain, selector=f"{where.selector}-{kind}", private=key)
        for kind, key in zip(KINDS, made, strict=True)
    ]
    where.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    for kind, key in zip(KINDS, keys, strict=True):
        _write(where.path(kind), key.private)
    return tuple(keys)


def _write(path: Path, key: RSAPrivateKey | Ed25519PrivateKey) -> None:
    path.touch(mode=0o600, exist_ok=False)
    path.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))


def zone_lines(keys: tuple[SigningKey, ...]) -> tuple[str, ...]:
    """What is published of them, as lines of a DNS zone; texts cut at 255 characters as DNS wants."""
    return tuple(_zone_line(f"{key.selector}._domainkey.{key.domain}", key.public_record) for key in keys)


def _zone_line(name: str, text: str) -> str:
    pieces = " ".join(f'"{text[i : i + 255]}"' for i in range(0, len(text), 255))
    return f"{name}. 3600 IN TXT {pieces}"
