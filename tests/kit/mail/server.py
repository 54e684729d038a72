"""A server that follows a script: what it answers to which line, and where it cuts the line."""

import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import cast


@dataclass
class Script:
    """``answers``: by verb (``END``: the whole message), the lines to give, the last for ever.

    An answer ``"cut"`` hangs up without a word; ``"cut-inside"`` at DATA reads a little of the body first.
    """

    answers: dict[str, list[str]] = field(default_factory=dict)
    offers: tuple[str, ...] = ("PIPELINING", "SIZE 10000000")
    port: int = 0
    commands: list[str] = field(default_factory=list)
    taken: list[bytes] = field(default_factory=list)
    connections: int = 0
    eager: bool = False
    """Whether it wants the body of a message to nobody."""

    def answer(self, verb: str, default: str) -> str:
        lines = self.answers.get(verb, [])
        return default if not lines else lines.pop(0) if len(lines) > 1 else lines[0]


class _Cut(Exception):
    pass


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True
    script: Script


class _Session(socketserver.StreamRequestHandler):
    receivers = 0
    begun = False

    def handle(self) -> None:
        script = cast(_Server, self.server).script
        script.connections += 1
        try:
            self.say(script.answer("CONNECT", "220 ready"))
            while line := self.rfile.readline().decode("ascii", "replace").strip():
                script.commands.append(line)
                self.command(script, line)
        except (_Cut, ConnectionError):
            return

    def command(self, script: Script, line: str) -> None:
        verb = line.split(" ")[0].upper()
        if verb == "EHLO":
            offers = "".join(f"250-{offer}\r\n" for offer in script.offers)
            self.wfile.write(f"250-script\r\n{offers}".encode())
        default = {"DATA": "354 go on", "QUIT": "221 bye"}.get(verb, "250 ok")
        if verb == "DATA" and not self.receivers and not script.eager:
            default = "503 5.5.1 to whom?"
        said = script.answer(verb, default) if default != "503 5.5.1 to whom?" else default
        if verb in {"MAIL", "RSET"}:
            self.receivers, self.begun = 0, said.startswith("250")
        if verb == "RCPT" and not self.begun:
            said = "503 5.5.1 from whom?"
        self.receivers += verb == "RCPT" and said.startswith("250")
        if verb == "DATA" and said == "cut-inside":
            self.say("354 go on")
            self.rfile.readline()
            raise _Cut
        self.say(said)
        if verb == "DATA" and said.startswith("354"):
            self.body(script)
        if verb == "QUIT":
            raise _Cut

    def body(self, script: Script) -> None:
        lines = []
        while (line := self.rfile.readline()) != b".\r\n":
            if not line:
                raise _Cut
            lines.append(line.removeprefix(b"."))
        said = script.answer("END", "250 2.0.0 taken")
        if said.startswith("250") or said == "cut-after":
            script.taken.append(b"".join(lines))
        self.say(said)

    def say(self, line: str) -> None:
        if line.startswith("cut"):
            raise _Cut
        self.wfile.write(line.encode() + b"\r\n")
        if line.startswith("421"):
            raise _Cut


@contextmanager
def running(script: Script) -> Iterator[Script]:
    """The server, while the block runs."""
    server = _Server(("127.0.0.1", 0), _Session)
    server.script = script
    script.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, args=[0.01], daemon=True)
    thread.start()
    try:
        yield script
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
