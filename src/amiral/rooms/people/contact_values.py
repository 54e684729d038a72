"""One form for each address and number, and the one place that computes the hash of a refusal.

Beside the common files because tables, reads and verbs all need it, and it knows none of them.
"""

import hmac
import os
import re
import unicodedata
from functools import cache, lru_cache
from hashlib import sha256
from pathlib import Path

import phonenumbers
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from amiral.kit.ids import new_secret
from amiral.rooms.people.contracts import ContactKind

REGIONS = ("FR", "GP", "MQ", "GF", "RE", "YT", "PM", "NC", "PF", "WF")
"""Where a number without its country's code is looked for, in this order: 0690 is in Guadeloupe."""
FICTION = r"\+33(19900|26191|35301|46571|53649|63998)\d{4}"
"""Numbers that no operator gives to anybody (ARCEP, decision 2018-0881): the demonstration's."""
LONGEST = 320


class NoContactValue(ValueError):
    """The text is no address or number of that kind."""


def normalised(*, kind: ContactKind, value: str) -> str:
    """The one form in which a value is kept, compared and hashed. Raises ``NoContactValue``.

    E-mail in lower case; telephone as E.164 (``+33612345678``); postal in plain lower-case words.
    """
    form = {ContactKind.EMAIL: _email, ContactKind.PHONE: _phone, ContactKind.POSTAL: _postal}[kind]
    found = form(value.strip())
    if not found or len(found) > LONGEST:
        raise NoContactValue
    return found


def _email(value: str) -> str:
    address = value.removeprefix("mailto:").strip(" <>").lower()
    try:
        validate_email(address)
    except ValidationError:
        raise NoContactValue from None
    return address


def _phone(value: str) -> str:
    written = re.sub(r"^tel:", "", value).split(";")[0].replace("(0)", "")
    for region in REGIONS:
        try:
            number = phonenumbers.parse(written, region)
        except phonenumbers.NumberParseException:
            raise NoContactValue from None
        written_so = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
        if phonenumbers.is_valid_number(number) or re.fullmatch(FICTION, written_so):
            return written_so
    raise NoContactValue


def readable(number: str) -> str:
    """A number in E.164 as people of its country write it: ``06 12 34 56 78``; abroad with its country."""
    parsed = phonenumbers.parse(number)
    form = phonenumbers.PhoneNumberFormat
    home = parsed.country_code == phonenumbers.country_code_for_region(REGIONS[0])
    return phonenumbers.format_number(parsed, form.NATIONAL if home else form.INTERNATIONAL)


def _postal(value: str) -> str:
    # Twice: capitals of mathematics are letters only once they are taken apart.
    for _once in range(2):
        value = unicodedata.normalize("NFKD", value.casefold())
    bare = "".join(char for char in value if not unicodedata.combining(char))
    return " ".join(re.findall(r"[^\W_]+", bare))


def salted_hash(*, channel: ContactKind, value: str) -> str:
    """HMAC-SHA-256 of a value with the installation's secret, in hexadecimal. Raises ``NoContactValue``.

    Without the secret nobody can try addresses against the table of refusals.
    """
    return _salted_hash(settings.STATE_DIR, channel, value)


@lru_cache(maxsize=4096)
def _salted_hash(folder: Path, channel: ContactKind, value: str) -> str:
    # A batch of a mailing asks twice: for the address to write to, and whether it may be written to.
    return stored_hash(channel=channel, value=normalised(kind=channel, value=value))


def stored_hash(*, channel: ContactKind | str, value: str) -> str:
    """The same of a value that is kept, hence normalised already."""
    text = f"{channel}:{value}"
    return hmac.digest(_salt(settings.STATE_DIR), text.encode(), "sha256").hex()


def salted(text: str) -> str:
    """HMAC-SHA-256 of a short text with the same secret: a code of six digits cannot be looked up by it."""
    return hmac.digest(_salt(settings.STATE_DIR), text.encode(), "sha256").hex()


def seal(text: str) -> str:
    """HMAC-SHA-256 of a certificate's text with the same secret."""
    return hmac.new(_salt(settings.STATE_DIR), f"seal:{text}".encode(), sha256).hexdigest()


@cache
def _salt(folder: Path) -> bytes:
    """The secret, made once. Losing the file loses every refusal: it belongs in the backups."""
    kept = folder / "suppression-salt"
    if not kept.exists():
        _write_once(kept)
    return kept.read_bytes()


def _write_once(kept: Path) -> None:
    """Whole or not at all: of two processes that start together one wins, and both read the same."""
    new = kept.with_name(f"{kept.name}-{new_secret()}")
    new.touch(mode=0o600)
    new.write_bytes(os.urandom(32))
    try:
        os.link(new, kept)
    except FileExistsError:
        return
    finally:
        new.unlink()
