"""The mailbox to which letters come back, read by IMAP (RFC 9051; the standard library).

What was dealt with is deleted there; what nobody could deal with stays, read and flagged, for a human being.
"""

import imaplib
import ssl
from collections.abc import Iterator
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Final, Self
from urllib.parse import unquote, urlsplit

from amiral.kit.mail.bounces import LARGEST

TIMEOUT_S: Final = 20.0


class BadUrl(ValueError):
    """Not ``imaps://user:password@host:993/INBOX``."""


class Unreadable(Exception):
    """The mailbox cannot be read now. The text holds no password."""


@dataclass(frozen=True, kw_only=True)
class Account:
    """Where the mailbox is."""

    host: str
    port: int
    user: str
    password: str = field(repr=False)
    folder: str = "INBOX"
    encrypted: bool = True


def account(url: str) -> Account:
    """Read from a setting. Raises ``BadUrl``, which does not repeat it: it holds a password."""
    parts = urlsplit(url)
    if parts.scheme not in {"imap", "imaps"} or not parts.hostname or not parts.username:
        raise BadUrl("AMIRAL_MAILBOX_URL must be like imaps://user:password@host:993/INBOX.")
    encrypted = parts.scheme == "imaps"
    return Account(
        host=parts.hostname,
        port=parts.port or (993 if encrypted else 143),
        user=unquote(parts.username),
        password=unquote(parts.password or ""),
        folder=unquote(parts.path.strip("/")) or "INBOX",
        encrypted=encrypted,
    )


class Mailbox:
    """``with Mailbox(account) as box: for uid, data in box.unread(): …``. Raises ``Unreadable``."""

    def __init__(self, where: Account) -> None:
        self._where = where
        self._line: imaplib.IMAP4 | None = None

    def __enter__(self) -> Self:
        try:
            self._line = self._connected()
            self._line.login(self._where.user, self._where.password)
            self._ask("SELECT", self._line.select(f'"{self._where.folder}"'))
        except (OSError, imaplib.IMAP4.error) as trouble:
            self._hang_up()
            raise Unreadable(type(trouble).__name__) from None
        return self

    def __exit__(
        self, kind: type[BaseException] | None, trouble: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if self._line is not None and kind is None:
                self._line.expunge()
        except (OSError, imaplib.IMAP4.error):  # deleted once more at the next reading
            pass
        self._hang_up()

    def unread(self, *, most: int) -> Iterator[tuple[str, bytes]]:
        """Up to ``most`` messages that nobody has read, oldest first."""
        uids = b" ".join(part for part in self._uid("SEARCH", "UNSEEN") if isinstance(part, bytes))
        for uid in uids.decode("ascii").split()[:most]:
            found = self._uid("FETCH", uid, f"(BODY.PEEK[]<0.{LARGEST}>)")
            yield uid, next((bytes(part[1]) for part in found if isinstance(part, tuple)), b"")

    def done(self, uid: str) -> None:
        """Has it deleted when the mailbox is left."""
        self._uid("STORE", uid, "+FLAGS.SILENT", r"(\Seen \Deleted)")

    def leave(self, uid: str) -> None:
        """Leaves it for a human being."""
        self._uid("STORE", uid, "+FLAGS.SILENT", r"(\Seen \Flagged)")

    def _uid(self, *command: str) -> list[bytes | tuple[bytes, bytes]]:
        assert self._line is not None
        try:
            return self._ask(command[0], self._line.uid(*command))
        except (OSError, imaplib.IMAP4.error) as trouble:
            raise Unreadable(type(trouble).__name__) from None

    def _ask(self, what: str, answer: tuple[str, Any]) -> list[bytes | tuple[bytes, bytes]]:
        if answer[0] != "OK":
            raise Unreadable(what)
        return [part for part in answer[1] if part is not None]

    def _connected(self) -> imaplib.IMAP4:
        host, port = self._where.host, self._where.port
        if self._where.encrypted:
            context = ssl.create_default_context()
            return imaplib.IMAP4_SSL(host, port, ssl_context=context, timeout=TIMEOUT_S)
        return imaplib.IMAP4(host, port, timeout=TIMEOUT_S)

    def _hang_up(self) -> None:
        if self._line is None:
            return
        try:
            self._line.logout()
        except (OSError, imaplib.IMAP4.error):
            self._line.shutdown()
        self._line = None
