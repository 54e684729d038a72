"""A real SMTP server on this machine, and messages to send through it."""

import socketserver
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any, cast

import pytest

from amiral.kit.mail.pool import POOL
from amiral.rooms.outreach import api


@dataclass
class Sink:
    """What the server received, and how it is told to answer: by verb, the line instead of "250 ok"."""

    port: int = 0
    letters: list[tuple[str, list[str], EmailMessage]] = field(default_factory=list)
    answers: dict[str, str] = field(default_factory=dict)
    hang_up_after_data: bool = False


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True
    sink: Sink


class _Session(socketserver.StreamRequestHandler):
    """As much of RFC 5321 as a client needs to hand over a letter."""

    def handle(self) -> None:
        sink = cast(_Server, self.server).sink
        self.say(sink.answers.get("CONNECT", "220 sink"))
        sender, receivers = "", []
        while line := self.rfile.readline().decode("ascii", "replace").strip():
            verb = line.split(" ")[0].upper()
            if verb == "QUIT":
                self.say("221 bye")
                return
            if verb == "DATA" and verb not in sink.answers:
                self.say("354 go on")
                body = self.letter()
                if sink.hang_up_after_data:
                    return
                answer = sink.answers.get("END", "250 taken")
                if answer.startswith("250"):
                    parsed = cast(EmailMessage, message_from_bytes(body, policy=policy.default))
                    sink.letters.append((sender, receivers, parsed))
                self.say(answer)
                continue
            if verb == "MAIL":
                sender, receivers = line.partition(":")[2], []
            if verb == "RCPT":
                receivers.append(line.partition(":")[2].strip("<>"))
            self.say(sink.answers.get(verb, "250 ok"))

    def letter(self) -> bytes:
        lines = []
        while (line := self.rfile.readline()) != b".\r\n":
            lines.append(line.removeprefix(b"."))
        return b"".join(lines)

    def say(self, line: str) -> None:
        self.wfile.write(line.encode() + b"\r\n")


@pytest.fixture
def sink(settings: Any) -> Iterator[Sink]:
    """The server, and the settings that lead to it."""
    server = _Server(("127.0.0.1", 0), _Session)
    server.sink = Sink(port=server.server_address[1])
    thread = threading.Thread(target=server.serve_forever, args=[0.01], daemon=True)
    thread.start()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", server.sink.port
    settings.EMAIL_TIMEOUT = 5
    yield server.sink
    POOL.close()
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def commit(django_capture_on_commit_callbacks: Any) -> Any:
    """``with commit():`` lets what waits for the commit happen."""
    return lambda: django_capture_on_commit_callbacks(execute=True)


def send(key: str = "k", **fields: Any) -> None:
    """A plain message; any field may be another."""
    values: dict[str, Any] = {
        "to_address": "teammate@example.org",
        "purpose": "service",
        "subject": "Objet",
        "body": "Corps",
        "idempotency_key": key,
    }
    api.send(**(values | fields))
