"""An SMS centre on this machine: as much of SMPP 3.4 as a client meets, from the specification alone."""

import socket
import socketserver
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import cast

BIND, UNBIND, SUBMIT, DELIVER, ENQUIRE = 0x9, 0x6, 0x4, 0x5, 0x15
OK, THROTTLED, BAD_NUMBER, BAD_PASSWORD = 0x0, 0x58, 0x0B, 0x0E
CUT = -1
"""Instead of a status: the line breaks when the text has come, before the answer."""


@dataclass(frozen=True)
class Text:
    """A text as the centre got it."""

    sender: str
    number: str
    body: bytes
    coding: int
    esm_class: int
    receipt: int

    @property
    def words(self) -> str:
        """The text of one part, without its header."""
        raw = self.body[1 + self.body[0] :] if self.esm_class & 0x40 else self.body
        return raw.decode("utf-16-be") if self.coding == 8 else raw.decode("latin-1")


@dataclass
class Centre:
    """What it received and how it is told to answer: a status for each text in turn, then OK."""

    port: int = 0
    texts: list[Text] = field(default_factory=list)
    answers: list[int] = field(default_factory=list)
    binds: list[tuple[int, bytes]] = field(default_factory=list)
    says_before_answer: list[tuple[str, str]] = field(default_factory=list)
    acknowledged: list[int] = field(default_factory=list)
    refuses_bind: bool = False
    in_small_pieces: bool = False
    _session: "_Session | None" = None
    _number: int = 0

    def say(self, number: str, text: str, *, esm_class: int = 0, coding: int = 0) -> None:
        """A telephone writes to us, or (``esm_class`` 4) a receipt comes."""
        assert self._session is not None
        self._number += 1
        raw = text.encode("utf-16-be") if coding == 8 else text.encode("latin-1")
        body = b"\0" + b"\1\1" + number.lstrip("+").encode() + b"\0" + b"\1\1" + b"36180\0"
        body += bytes([esm_class, 0, 0]) + b"\0\0" + bytes([0, 0, coding, 0, len(raw)]) + raw
        self._session.write(DELIVER, OK, 1000 + self._number, body)

    def receipt(self, gateway_id: str, state: str) -> None:
        """What became of a text."""
        self.say("+33600000000", f"id:{gateway_id} sub:001 dlvrd:001 stat:{state} err:000 text:", esm_class=4)

    def hang_up(self) -> None:
        """The line breaks."""
        assert self._session is not None
        self._session.connection.shutdown(socket.SHUT_RDWR)


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True
    centre: Centre


class _Session(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        centre = self.centre = cast(_Server, self.server).centre
        centre._session = self
        while header := self.rfile.read(16):
            length, command, status, sequence = struct.unpack(">LLLL", header)
            body = self.rfile.read(length - 16)
            if command == SUBMIT:
                if not self.submitted(sequence, body):
                    return
            elif command & 0x80000000:
                centre.acknowledged.append(status)
            elif command == BIND:
                centre.binds.append((command, body))
                refused = BAD_PASSWORD if centre.refuses_bind else OK
                self.write(BIND | 0x80000000, refused, sequence, b"" if refused else b"centre\0")
            elif command == UNBIND:
                self.write(UNBIND | 0x80000000, OK, sequence, b"")
                return
            else:
                self.write(command | 0x80000000, OK, sequence, b"")

    def submitted(self, sequence: int, body: bytes) -> bool:
        centre = self.centre
        centre.texts.append(_read(body))
        for number, text in centre.says_before_answer:
            centre.say(number, text)
        centre.says_before_answer.clear()
        answer = centre.answers.pop(0) if centre.answers else OK
        if answer == CUT:
            self.connection.close()
            return False
        told = b"" if answer else f"id-{len(centre.texts)}".encode() + b"\0"
        self.write(SUBMIT | 0x80000000, answer, sequence, told)
        return True

    def write(self, command: int, status: int, sequence: int, body: bytes) -> None:
        raw = struct.pack(">LLLL", 16 + len(body), command, status, sequence) + body
        pieces = [raw[at : at + 3] for at in range(0, len(raw), 3)] if self.centre.in_small_pieces else [raw]
        for piece in pieces:
            self.wfile.write(piece)
            self.wfile.flush()


def _read(body: bytes) -> Text:
    _service, rest = body.split(b"\0", 1)
    sender, rest = rest[2:].split(b"\0", 1)
    number, rest = rest[2:].split(b"\0", 1)
    esm_class, rest = rest[0], rest[3:]
    _schedule, rest = rest.split(b"\0", 1)
    _validity, rest = rest.split(b"\0", 1)
    receipt, _replace, coding, _default, length = rest[:5]
    return Text(
        sender=sender.decode(), number=number.decode(), body=rest[5 : 5 + length], coding=coding,
        esm_class=esm_class, receipt=receipt,
    )  # fmt: skip


@contextmanager
def running() -> Iterator[Centre]:
    """The centre on a free port, until the block ends."""
    server = _Server(("127.0.0.1", 0), _Session)
    server.centre = Centre(port=server.server_address[1])
    thread = threading.Thread(target=server.serve_forever, args=[0.01], daemon=True)
    thread.start()
    try:
        yield server.centre
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
