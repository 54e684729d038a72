"""One SMTP connection that hands over many messages (RFC 5321), pipelined where the server allows it.

What the caller must know of every message is one of three things: it is *taken*; it is *refused*, for now or
for ever; or *nobody knows*, because the line broke between its last byte and the server's answer. Everything
else is told apart: whatever breaks before the last byte has left is a refusal for now.

With pipelining (RFC 2920) the body of a message and the addresses of the next leave together: one wait for
the network per message instead of four. At most one message of a session can be in doubt at any moment.
"""

import base64
import socket
import ssl
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Final

from amiral.kit.mail.messages import BadAddress, ascii_address
from amiral.kit.mail.pacing import UNPACED, Pace

LAST_ANSWER_S: Final = 300.0
"""How long the server may think about a message that it has whole: giving up earlier leaves it in doubt."""
LONGEST_ANSWER: Final = 64 * 1024


class Tls(StrEnum):
    """Whether the line is encrypted, and from when on."""

    NONE = "none"
    STARTTLS = "starttls"
    AT_ONCE = "at-once"


@dataclass(frozen=True, kw_only=True)
class Server:
    """Where messages are handed over. ``name``: what we call ourselves; ``timeout_s``: for every answer."""

    host: str
    port: int
    tls: Tls = Tls.NONE
    user: str = ""
    password: str = field(default="", repr=False)
    name: str = "localhost"
    timeout_s: float = 20.0


@dataclass(frozen=True, kw_only=True)
class Envelope:
    """One message to one receiver. ``sender``: where it returns to; ``about``: the caller's own.
    ``has_dots``: a line may begin with one; false where its writer took care that none does."""

    sender: str
    to: str
    content: bytes
    about: object = None
    has_dots: bool = True


class Fate(StrEnum):
    """What became of a message."""

    TAKEN = "taken"
    REFUSED = "refused"
    UNKNOWN = "unknown"


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """``code``: the server's; ``status``: its enhanced code (RFC 3463); ``of_receiver``: the address is at
    fault, not the message. ``why``: in one word, without any address, where there is no code."""

    fate: Fate
    code: int = 0
    status: str = ""
    for_ever: bool = False
    of_receiver: bool = False
    why: str = ""

    @property
    def gone_address(self) -> bool:
        """Whether the server says that nobody has this address (any more)."""
        unknown = self.status.startswith(("5.1.", "5.2.1")) or not self.status
        return self.of_receiver and self.code in {550, 551, 553} and unknown


class Unreachable(Exception):
    """Nothing could be handed over: no connection, no encryption, no entry. ``why`` holds no secret."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


class _Cut(Exception):
    """The line broke; ``sent`` bytes of what was being written have left."""

    def __init__(self, sent: int = 0) -> None:
        super().__init__()
        self.sent = sent


@dataclass(frozen=True)
class _Answer:
    code: int
    lines: tuple[str, ...]

    @property
    def status(self) -> str:
        word = self.lines[-1].split(" ")[0]
        return word if word[:2] in {"2.", "4.", "5."} and word.replace(".", "").isdigit() else ""


def _nothing(_envelope: Envelope) -> None:
    return None


class Session:
    """A connection. Not shared by threads; of no use any more once ``alive`` is false."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.alive = False
        self._socket: socket.socket | None = None
        self._buffer = bytearray()
        self._offers: dict[str, str] = {}
        self._begun = False
        self._timeout_s = 0.0

    def open(self) -> None:
        """Connects, encrypts, enters. Raises ``Unreachable``; nothing stays open then."""
        try:
            self._connect()
            self._greet()
            self._encrypt()
            self._enter()
        except (_Cut, OSError) as trouble:
            self.close()
            raise Unreachable(type(trouble.__cause__ or trouble).__name__.strip("_")) from trouble
        except Unreachable:
            self.close()
            raise
        self.alive = True

    def close(self) -> None:
        """Says goodbye where that is possible without waiting; harmless twice."""
        if self._socket is None:
            return
        try:
            if self.alive:
                self._socket.settimeout(1)
                self._socket.sendall(b"QUIT\r\n")
        except OSError:
            pass
        finally:
            self._socket.close()
            self._socket, self.alive = None, False

    def answers(self) -> bool:
        """Whether a connection that lay idle is still of use."""
        if not self.alive:
            return False
        try:
            self._send(b"NOOP\r\n")
            self.alive = self._answer().code == 250
        except _Cut:
            self.alive = False
        return self.alive

    def deliver(self, batch: Iterable[Envelope]) -> list[Outcome]:
        """The outcomes in order; fewer than envelopes when the line broke before their turn."""
        return [outcome for _envelope, outcome in self.exchange(batch)]

    def exchange(
        self,
        batch: Iterable[Envelope],
        *,
        pace: Pace = UNPACED,
        before: Callable[[Envelope], None] = _nothing,
    ) -> Iterator[tuple[Envelope, Outcome]]:
        """Each envelope with its outcome, as soon as it is known; ``batch`` is read one ahead at most.

        ``before`` is called just before a message leaves: what it wrote down and of which no outcome was
        seen is in doubt, everything else has certainly not left. Ends early when the line breaks.
        """
        queue = _Queue(batch, pace)
        envelope = queue.take()
        clean = False
        try:
            while envelope is not None:
                outcome, following = self._one(envelope, queue, before)
                yield envelope, outcome
                if not self.alive:
                    yield from [(following, _CUT)] if following else []
                    return
                envelope = following or queue.take()
            clean = True
        finally:
            if not clean:
                # Whoever left in the middle left a server that waits for a body that will not come.
                self.alive = False

    def _one(
        self, envelope: Envelope, queue: "_Queue", before: Callable[[Envelope], None]
    ) -> tuple[Outcome, Envelope | None]:
        """The outcome, and the next envelope where it was taken from the batch already."""
        refusal = self._begin(envelope)
        if refusal is not None:
            return refusal, None
        following = queue.at_once() if "PIPELINING" in self._offers else None
        before(envelope)
        return self._hand_over(envelope, following), following

    # One message ------------------------------------------------------------------------------------

    def _begin(self, envelope: Envelope) -> Outcome | None:
        """Says from and to whom; why not, if refused."""
        try:
            if not self._begun:
                group = self._group(envelope)
                if "PIPELINING" not in self._offers:
                    return self._step_by_step(group)
                self._send(b"".join(group))
            self._begun = False
            return self._read_group()
        except BadAddress:
            return NO_ADDRESS
        except _Cut:
            self.alive = False
            return _CUT

    def _group(self, envelope: Envelope) -> tuple[bytes, bytes, bytes]:
        sender = ascii_address(envelope.sender) if envelope.sender else ""
        size = f" SIZE={len(envelope.content)}" if "SIZE" in self._offers else ""
        mail = f"MAIL FROM:<{sender}>{size}\r\n"
        return mail.encode(), f"RCPT TO:<{ascii_address(envelope.to)}>\r\n".encode(), b"DATA\r\n"

    def _step_by_step(self, group: tuple[bytes, bytes, bytes]) -> Outcome | None:
        for number, command in enumerate(group):
            self._send(command)
            answer = self._answer()
            if answer.code >= 400:
                return self._refused(answer, of_receiver=number == 1, begun=number > 0)
        return None

    def _read_group(self) -> Outcome | None:
        mail = self._answer()
        if mail.code == 421:  # it hangs up: no other answer follows
            return self._refused(mail)
        receiver, data = self._answer(), self._answer()
        if mail.code < 400 and receiver.code < 400 and data.code == 354:
            return None
        if data.code == 354:  # RFC 2920, 3.1: a server may want the body of a message to nobody
            self._in_passing(b".\r\n")
        answers = (mail, receiver, data)
        number = next((n for n, answer in enumerate(answers) if answer.code >= 400), 2)
        return self._refused(answers[number], of_receiver=number == 1, begun=number > 0)

    def _refused(self, answer: _Answer, *, of_receiver: bool = False, begun: bool = False) -> Outcome:
        if answer.code == 421:
            self.alive = False
        elif begun:
            self._in_passing(b"RSET\r\n")
        return replace(_judged(answer), of_receiver=of_receiver)

    def _in_passing(self, line: bytes) -> None:
        """A command of which nothing depends but whether the line holds."""
        try:
            self._send(line)
            self._answer()
        except _Cut:
            self.alive = False

    def _hand_over(self, envelope: Envelope, following: Envelope | None) -> Outcome:
        body, ahead = _stuffed(envelope.content, envelope.has_dots), self._ahead(following)
        try:
            self._send(body + ahead)
        except _Cut as cut:
            self.alive = False
            return _CUT if cut.sent < len(body) else _UNKNOWN
        self._begun = bool(ahead)
        try:
            answer = self._answer(within_s=max(LAST_ANSWER_S, self.server.timeout_s))
        except _Cut:
            self.alive = False
            return _UNKNOWN
        self.alive = answer.code != 421
        return _judged(answer)

    def _ahead(self, following: Envelope | None) -> bytes:
        try:
            return b"".join(self._group(following)) if following else b""
        except BadAddress:  # told when its turn comes
            return b""

    # The line ---------------------------------------------------------------------------------------

    def _connect(self) -> None:
        made = socket.create_connection((self.server.host, self.server.port), self.server.timeout_s)
        self._socket = made
        made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if self.server.tls is Tls.AT_ONCE:
            self._wrap()
        self._expect(220)

    def _greet(self) -> None:
        answer = self._command(f"EHLO {self.server.name}")
        if answer.code != 250:
            self._expect_code(self._command(f"HELO {self.server.name}"), 250)
        words = [line.split(" ", 1) for line in answer.lines[1:]] if answer.code == 250 else []
        self._offers = {word[0].upper(): word[1] if len(word) > 1 else "" for word in words}

    def _encrypt(self) -> None:
        if self.server.tls is not Tls.STARTTLS:
            return
        if "STARTTLS" not in self._offers:
            raise Unreachable("no-encryption-offered")
        self._expect_code(self._command("STARTTLS"), 220)
        if self._buffer:  # somebody in between speaks before the encryption begins (CVE-2011-0411)
            raise Unreachable("words-before-encryption")
        self._wrap()
        self._greet()

    def _wrap(self) -> None:
        assert self._socket is not None
        context = ssl.create_default_context()
        self._socket = context.wrap_socket(self._socket, server_hostname=self.server.host)

    def _enter(self) -> None:
        if not self.server.user:
            return
        ways = self._offers.get("AUTH", "").upper().split()
        if "PLAIN" in ways:
            secret = _base64(f"\0{self.server.user}\0{self.server.password}")
            self._expect_code(self._command(f"AUTH PLAIN {secret}"), 235)
        elif "LOGIN" in ways:
            self._expect_code(self._command("AUTH LOGIN"), 334)
            self._expect_code(self._command(_base64(self.server.user)), 334)
            self._expect_code(self._command(_base64(self.server.password)), 235)
        else:
            raise Unreachable("no-known-way-to-enter")

    def _command(self, line: str) -> _Answer:
        self._send(line.encode() + b"\r\n")
        return self._answer()

    def _expect(self, code: int) -> None:
        self._expect_code(self._answer(), code)

    def _expect_code(self, answer: _Answer, code: int) -> None:
        if answer.code != code:
            raise Unreachable(str(answer.code))

    def _send(self, data: bytes) -> None:
        assert self._socket is not None
        sent, view = 0, memoryview(data)
        try:
            self._wait_at_most(self.server.timeout_s)
            while sent < len(data):
                sent += self._socket.send(view[sent:])
        except OSError as trouble:
            raise _Cut(sent) from trouble

    def _answer(self, *, within_s: float | None = None) -> _Answer:
        """One whole answer, whatever number of lines it has."""
        within_s = within_s or self.server.timeout_s
        lines, size = [], 0
        while True:
            line = self._line(within_s)
            size += len(line)
            if size > LONGEST_ANSWER or not line[:3].isdigit():
                raise _Cut
            lines.append(line[4:])
            if line[3:4] != "-":
                return _Answer(int(line[:3]), tuple(lines))

    def _wait_at_most(self, seconds: float) -> None:
        # Setting it is a call of the system, five times a message.
        assert self._socket is not None
        if seconds != self._timeout_s:
            self._socket.settimeout(seconds)
            self._timeout_s = seconds

    def _line(self, within_s: float) -> str:
        assert self._socket is not None
        end = 0.0
        while (cut := self._buffer.find(b"\n")) < 0:
            try:
                end = end or time.monotonic() + within_s
                self._wait_at_most(within_s)
                data = self._socket.recv(4096)
            except OSError as trouble:
                raise _Cut from trouble
            # A drop now and then must not keep us for ever.
            if not data or len(self._buffer) > LONGEST_ANSWER or time.monotonic() > end:
                raise _Cut from ConnectionResetError()
            self._buffer += data
        line = bytes(self._buffer[:cut]).decode("ascii", "replace").rstrip("\r")
        del self._buffer[: cut + 1]
        return line


_UNKNOWN: Final = Outcome(fate=Fate.UNKNOWN, why="no-answer")
_CUT: Final = Outcome(fate=Fate.REFUSED, why="cut")
NO_ADDRESS: Final = Outcome(
    fate=Fate.REFUSED, code=553, for_ever=True, of_receiver=True, why="no-such-address"
)


def _judged(answer: _Answer) -> Outcome:
    if 200 <= answer.code < 300:
        return Outcome(fate=Fate.TAKEN, code=answer.code)
    return Outcome(fate=Fate.REFUSED, code=answer.code, status=answer.status, for_ever=answer.code >= 500)


def _stuffed(content: bytes, has_dots: bool) -> bytes:
    """With the dots doubled that begin a line, and the dot that ends a message."""
    body = content.replace(b"\r\n.", b"\r\n..") if has_dots else content
    body = b"." + body if body.startswith(b".") else body
    return body + (b".\r\n" if body.endswith(b"\r\n") else b"\r\n.\r\n")


def _base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode("ascii")


class _Queue:
    """What is to be handed over, at the pace that is kept."""

    def __init__(self, batch: Iterable[Envelope], pace: Pace) -> None:
        self._batch = iter(batch)
        self._pace = pace

    def take(self) -> Envelope | None:
        """The next one, once the pace allows it."""
        self._pace.wait()
        return next(self._batch, None)

    def at_once(self) -> Envelope | None:
        """The next one, unless it must wait."""
        return next(self._batch, None) if self._pace.is_free() else None
