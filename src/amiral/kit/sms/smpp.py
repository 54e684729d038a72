"""A line to an SMS gateway: SMPP 3.4 over a socket, bound as a transceiver.

``smpplib`` writes and reads the units of the protocol; the socket is ours, because what must be known here is
exactly what its client hides: whether a unit had begun to leave when the line broke. A text of which nobody
knows whether the gateway took it is *in doubt*, and is never sent again by itself.

What comes in (receipts, answers such as STOP) is acknowledged only once its taker has returned: a gateway
brings again what was not.
"""

import re
import socket
import ssl
import struct
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from enum import StrEnum
from time import monotonic
from typing import Any
from urllib.parse import unquote, urlsplit

from smpplib import consts, exceptions, smpp

from amiral.kit.sms.text import Sms, read_gsm

CONNECT_S = 10.0
ANSWER_S = 15.0
ENQUIRE_EVERY_S = 30.0
LARGEST = 64 * 1024
"""Bytes of one unit: what is longer is no SMPP."""
NOT_YET = frozenset(
    {
        consts.SMPP_ESME_RTHROTTLED,
        consts.SMPP_ESME_RMSGQFUL,
        consts.SMPP_ESME_RSYSERR,
        consts.SMPP_ESME_RX_T_APPN,
    }
)
"""Refusals that another try may overcome; all others are for good."""
DELIVERED = frozenset({"DELIVRD", "ACCEPTD"})
UNDELIVERED = frozenset({"UNDELIV", "REJECTD", "EXPIRED", "DELETED"})
_STATES = {2: "DELIVRD", 3: "EXPIRED", 4: "DELETED", 5: "UNDELIV", 6: "ACCEPTD", 8: "REJECTD"}
_RECEIPT = 0x04
_TAKE_AGAIN = consts.SMPP_ESME_RX_T_APPN


class BadGateway(ValueError):
    """The address of the gateway cannot be read; says what is missing."""


class Unreachable(Exception):
    """No line: nothing has left."""


class NotBound(Unreachable):
    """The gateway refuses the name or the password."""


class Broken(Exception):
    """The line broke; what was under way is in doubt."""


@dataclass(frozen=True, kw_only=True)
class Gateway:
    """Where the gateway is and who we are to it."""

    host: str
    port: int
    system_id: str
    password: str = field(repr=False)
    is_tls: bool = False
    system_type: str = ""


def gateway_of(url: str) -> Gateway:
    """``smpp://name:password@host:2775`` or ``smpps://…`` (TLS) read. Raises ``BadGateway``."""
    parts = urlsplit(url)
    try:
        port = parts.port
    except ValueError:
        raise BadGateway("The port is no number.") from None
    if parts.scheme not in {"smpp", "smpps"} or not parts.hostname:
        raise BadGateway("Write smpp://name:password@host:2775, or smpps:// for TLS.")
    if not parts.username:
        raise BadGateway("The name by which the gateway knows us is missing.")
    return Gateway(
        host=parts.hostname,
        port=port or (3550 if parts.scheme == "smpps" else 2775),
        system_id=unquote(parts.username),
        password=unquote(parts.password or ""),
        is_tls=parts.scheme == "smpps",
        system_type=parts.path.strip("/"),
    )


class What(StrEnum):
    """What came in."""

    TEXT = "text"
    RECEIPT = "receipt"


@dataclass(frozen=True, kw_only=True)
class Incoming:
    """An answer of a telephone, or what became of a text. ``state``: of a receipt, as SMPP names it."""

    what: What
    number: str
    text: str = ""
    gateway_id: str = ""
    state: str = ""


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What the gateway said of one text. ``ids``: one for each part that it took; ``code``: of its refusal.

    ``in_doubt``: part of it was taken and part was not, or the line broke before it answered.
    """

    ids: tuple[str, ...] = ()
    code: int = 0
    for_ever: bool = False
    in_doubt: bool = False

    @property
    def taken(self) -> bool:
        """Whether all of it was taken."""
        return not self.code and not self.in_doubt


Taker = Callable[[Incoming], None]


class Line:
    """One connection. Not for several threads. ``take`` is given what comes in, whenever the line is read."""

    def __init__(self, gateway: Gateway, *, sender: str, take: Taker) -> None:
        self._gateway, self._sender, self._take = gateway, sender, take
        self._socket: socket.socket | None = None
        self._buffer = bytearray()
        self.sequence = 0
        self._asked_at = self._heard_at = 0.0
        self._reference = 0

    @property
    def is_open(self) -> bool:
        """Whether it was opened and has not broken since."""
        return self._socket is not None

    def next_sequence(self) -> int:
        """As ``smpplib`` asks for it."""
        self.sequence = self.sequence % 0x7FFFFFFF + 1
        return self.sequence

    # Opening and closing ----------------------------------------------------------------------------

    def open(self) -> None:
        """Connects and binds. Raises ``Unreachable``, ``NotBound``."""
        self._connect()
        one = smpp.make_pdu(
            "bind_transceiver",
            client=self,
            system_id=self._gateway.system_id,
            password=self._gateway.password,
            system_type=self._gateway.system_type,
            interface_version=0x34,
        )
        try:
            answer = self._ask(one)
        except Broken as trouble:
            raise Unreachable(str(trouble)) from None
        if answer.status != consts.SMPP_ESME_ROK:
            self.close()
            raise NotBound(f"The gateway refuses us: {_words(answer.status)}")

    def _connect(self) -> None:
        place = (self._gateway.host, self._gateway.port)
        try:
            raw = socket.create_connection(place, timeout=CONNECT_S)
            if self._gateway.is_tls:
                raw = ssl.create_default_context().wrap_socket(raw, server_hostname=self._gateway.host)
        except OSError as trouble:
            raise Unreachable(f"{type(trouble).__name__}: {trouble}"[:180]) from None
        self._socket = raw
        self._buffer.clear()
        self._heard_at = self._asked_at = monotonic()

    def close(self) -> None:
        """Takes leave, if the other side still listens; harmless again."""
        if self._socket is None:
            return
        with suppress(Broken):
            self._write(smpp.make_pdu("unbind", client=self))
        self._drop()

    def _drop(self) -> None:
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    # Sending ----------------------------------------------------------------------------------------

    def submit(self, sms: Sms, *, number: str) -> Outcome:
        """Hands a text over, part by part. ``number``: E.164. Raises ``Unreachable`` when nothing has left.

        Once a part was taken and another was not, the whole is in doubt: half a text is not sent again.
        """
        if not self.is_open:
            raise Unreachable("The line is not open.")
        ids: list[str] = []
        self._reference = self._reference % 255 + 1
        for place in range(len(sms.parts)):
            try:
                answer = self._ask(self._unit(sms, place, number))
            except Broken:
                return Outcome(ids=tuple(ids), in_doubt=True)
            if answer.status != consts.SMPP_ESME_ROK:
                return Outcome(
                    ids=tuple(ids),
                    code=answer.status,
                    for_ever=answer.status not in NOT_YET,
                    in_doubt=bool(ids),
                )
            ids.append(_text(getattr(answer, "message_id", b"")))
        return Outcome(ids=tuple(ids))

    def _unit(self, sms: Sms, place: int, number: str) -> Any:
        several = len(sms.parts) > 1
        header = bytes([5, 0, 3, self._reference, len(sms.parts), place + 1]) if several else b""
        ton, npi, sender = _sender(self._sender)
        return smpp.make_pdu(
            "submit_sm",
            client=self,
            source_addr_ton=ton,
            source_addr_npi=npi,
            source_addr=sender,
            dest_addr_ton=consts.SMPP_TON_INTL,
            dest_addr_npi=consts.SMPP_NPI_ISDN,
            destination_addr=number.lstrip("+"),
            esm_class=consts.SMPP_GSMFEAT_UDHI if several else 0,
            registered_delivery=1,
            data_coding=8 if sms.is_ucs2 else 0,
            short_message=header + sms.parts[place],
        )

    def _ask(self, one: Any) -> Any:
        """Writes a unit and waits for its answer. Raises ``Broken``: the line is closed by then."""
        self._write(one)
        end = monotonic() + ANSWER_S
        while (left := end - monotonic()) > 0:
            found = self._next(left)
            if found is None:
                continue
            if found.sequence == one.sequence and found.is_response():
                return found
            self._react(found)
        self._drop()
        raise Broken("The gateway did not answer in time.")

    def _write(self, one: Any) -> None:
        if self._socket is None:
            raise Broken("The line is closed.")
        try:
            self._socket.settimeout(ANSWER_S)
            self._socket.sendall(one.generate())
        except OSError as trouble:
            self._drop()
            raise Broken(f"{type(trouble).__name__}: {trouble}"[:180]) from None

    # Reading ----------------------------------------------------------------------------------------

    def listen(self, *, wait_s: float) -> None:
        """Takes what comes in for up to ``wait_s``, and keeps the line awake. Raises ``Broken``."""
        end = monotonic() + wait_s
        while True:
            left = end - monotonic()
            found = self._next(max(left, 0.0))
            if found is not None:
                self._react(found)
            elif left <= 0:
                break
        self._keep_awake()

    def _keep_awake(self) -> None:
        quiet_s = monotonic() - self._heard_at
        if quiet_s > 2 * ENQUIRE_EVERY_S:
            self._drop()
            raise Broken("The gateway has fallen silent.")
        if quiet_s > ENQUIRE_EVERY_S and monotonic() - self._asked_at > ENQUIRE_EVERY_S:
            self._asked_at = monotonic()
            self._write(smpp.make_pdu("enquire_link", client=self))

    def _next(self, wait_s: float) -> Any:
        """One unit, ``None`` when none came in time; half of one waits in the buffer for the rest."""
        if self._socket is None:
            raise Broken("The line is closed.")
        while (unit := self._whole()) is None:
            # A timeout of nothing would be a socket that never waits, of which TLS knows nothing.
            self._socket.settimeout(max(wait_s, 0.001))
            try:
                piece = self._socket.recv(65_536)
            except TimeoutError:
                return None
            except OSError as trouble:
                self._drop()
                raise Broken(f"{type(trouble).__name__}: {trouble}"[:180]) from None
            if not piece:
                self._drop()
                raise Broken("The gateway closed the line.")
            self._buffer += piece
            self._heard_at = monotonic()
        return unit

    def _whole(self) -> Any:
        if len(self._buffer) < 4:
            return None
        length = struct.unpack(">L", self._buffer[:4])[0]
        if not 16 <= length <= LARGEST:
            self._drop()
            raise Broken("What came is no SMPP.")
        if len(self._buffer) < length:
            return None
        raw = bytes(self._buffer[:length])
        del self._buffer[:length]
        return self._parsed(raw)

    def _parsed(self, raw: bytes) -> Any:
        """A unit; one whose body cannot be read is answered by its header alone."""
        try:
            return smpp.parse_pdu(raw, client=self, allow_unknown_opt_params=True)
        except (exceptions.UnknownCommandError, struct.error, ValueError, KeyError, IndexError):
            _length, command, status, sequence = struct.unpack(">LLLL", raw[:16])
            return _Unread(command=command, status=status, sequence=sequence)

    def _react(self, found: Any) -> None:
        if found.command == "deliver_sm":
            self._answer("deliver_sm_resp", found, self._taken(found))
        elif found.command == "enquire_link":
            self._answer("enquire_link_resp", found, consts.SMPP_ESME_ROK)
        elif found.command == "unbind":
            self._answer("unbind_resp", found, consts.SMPP_ESME_ROK)
            self._drop()
            raise Broken("The gateway took leave.")
        elif isinstance(found, _Unread) and not found.is_response():
            self._answer("generic_nack", found, consts.SMPP_ESME_RINVCMDID)

    def _taken(self, found: Any) -> int:
        one = incoming(found)
        if one is None:
            return int(consts.SMPP_ESME_ROK)
        try:
            self._take(one)
        except Exception:
            # Not ours to lose: the gateway keeps it and brings it again.
            return int(_TAKE_AGAIN)
        return int(consts.SMPP_ESME_ROK)

    def _answer(self, name: str, found: Any, status: int) -> None:
        one = smpp.make_pdu(name, client=self, status=status)
        one.sequence = found.sequence
        self._write(one)


@dataclass
class _Unread:
    """A unit of which only the header could be read."""

    command: Any
    status: int
    sequence: int

    def is_response(self) -> bool:
        """Whether it answers one of ours."""
        return bool(self.command & 0x80000000)


def incoming(found: Any) -> Incoming | None:
    """What a ``deliver_sm`` brings; ``None`` for what is neither an answer nor a receipt that can be read."""
    text = _decoded(found)
    number = _number(found)
    if (found.esm_class or 0) & 0x3C != _RECEIPT:
        return Incoming(what=What.TEXT, number=number, text=text)
    gateway_id = _text(getattr(found, "receipted_message_id", None) or b"") or _in_receipt("id", text)
    state = _STATES.get(getattr(found, "message_state", None) or 0, "") or _in_receipt("stat", text)
    if not gateway_id:
        return None
    return Incoming(what=What.RECEIPT, number=number, gateway_id=gateway_id, state=state[:7].upper())


def _in_receipt(name: str, text: str) -> str:
    found = re.search(rf"\b{name}:(\S+)", text, re.IGNORECASE)
    return found[1] if found else ""


def _decoded(found: Any) -> str:
    raw = getattr(found, "short_message", None) or getattr(found, "message_payload", None) or b""
    if (found.esm_class or 0) & consts.SMPP_GSMFEAT_UDHI and raw:
        raw = raw[1 + raw[0] :]
    coding = found.data_coding or 0
    if coding == 8:
        return str(raw.decode("utf-16-be", "replace"))
    if coding in (1, 3):
        return str(raw.decode("latin-1"))
    return read_gsm(raw)


def _number(found: Any) -> str:
    number = _text(found.source_addr)
    international = found.source_addr_ton == consts.SMPP_TON_INTL and not number.startswith("+")
    return f"+{number}" if international else number


def _text(raw: bytes | str | None) -> str:
    text = raw.decode("latin-1") if isinstance(raw, bytes) else (raw or "")
    return text.strip("\0 ")


def _sender(name: str) -> tuple[int, int, str]:
    """Type of number, plan and address of who sends: a word, a number of a country, a short number."""
    if name.startswith("+"):
        return int(consts.SMPP_TON_INTL), int(consts.SMPP_NPI_ISDN), name[1:]
    if name.isdigit():
        return int(consts.SMPP_TON_NWSPEC), int(consts.SMPP_NPI_UNK), name
    return int(consts.SMPP_TON_ALNUM), int(consts.SMPP_NPI_UNK), name


def _words(status: int) -> str:
    return str(consts.DESCRIPTIONS.get(status, f"0x{status:x}"))
