"""A real SMTP server that keeps nothing of a message but its Message-ID and receiver, one line each.

    .venv/bin/python -m benchmarks.mail.sink --port 2525 --count /tmp/taken.txt [--slow 0.2]
        [--later 0.1] [--never 0.05] [--cut 0.02] [--no-pipelining] [--seed 1]

A line is in the file (written, not only buffered) before the client reads "250": whoever is killed
between the two has handed over a message that he does not know of. ``--later`` and ``--never``: the share
of messages that are answered 451 and 550 instead; ``--cut``: the share after which the line is cut, half
of them before they are counted and half after; ``--slow``: seconds before each answer to a whole message.
Prints the port once it listens.
"""

import argparse
import asyncio
import os
import random
import re
import sys
from dataclasses import dataclass
from pathlib import Path

MESSAGE_ID = re.compile(rb"^message-id:\s*(<[^>\r\n]*>)", re.IGNORECASE | re.MULTILINE)
END = b"\r\n.\r\n"


@dataclass(frozen=True, kw_only=True)
class Manners:
    """How the server behaves. ``file``: an open descriptor; shares between 0 and 1."""

    file: int
    slow_s: float = 0.0
    later: float = 0.0
    never: float = 0.0
    cut: float = 0.0
    pipelining: bool = True


class Sink(asyncio.Protocol):
    """One connection."""

    def __init__(self, manners: Manners, chance: random.Random) -> None:
        self.manners = manners
        self.chance = chance
        self.buffer = bytearray()
        self.in_data = False
        self.searched = 0
        self.receiver = b""
        self.transport: asyncio.Transport | None = None
        self.waiting = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self.say(b"220 sink")

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        self.go_on()

    def go_on(self) -> None:
        while not self.waiting and (self.message() if self.in_data else self.command()):
            pass

    def command(self) -> bool:
        cut = self.buffer.find(b"\n")
        if cut < 0:
            return False
        line = bytes(self.buffer[:cut]).strip()
        del self.buffer[: cut + 1]
        verb = line[:4].upper()
        if verb == b"RCPT":
            self.receiver = line.partition(b"<")[2].partition(b">")[0]
        if verb == b"EHLO":
            offers = [b"sink", *([b"PIPELINING"] if self.manners.pipelining else []), b"SIZE 50000000"]
            self.say(b"\r\n".join([b"250-%s" % offer for offer in offers] + [b"250 8BITMIME"]))
        elif verb == b"DATA":
            self.in_data, self.searched = True, 0
            self.say(b"354 go on")
        elif verb == b"QUIT":
            self.say(b"221 bye")
            self.hang_up()
        else:
            self.say(b"250 ok")
        return True

    def message(self) -> bool:
        # A body may be empty: its dot then stands at once.
        if self.buffer[:3] == b".\r\n":
            end, length = 0, 3
        else:
            end = self.buffer.find(END, max(0, self.searched - len(END)))
            length = len(END)
            if end < 0:
                self.searched = len(self.buffer)
                return False
        content = bytes(self.buffer[:end])
        del self.buffer[: end + length]
        self.in_data = False
        if self.manners.slow_s:
            self.waiting = True
            asyncio.get_running_loop().call_later(self.manners.slow_s, self.settle_late, content)
            return False
        self.settle(content)
        return True

    def settle_late(self, content: bytes) -> None:
        self.waiting = False
        self.settle(content)
        self.go_on()

    def settle(self, content: bytes) -> None:
        drawn = self.chance.random()
        manners = self.manners
        if drawn < manners.later:
            self.say(b"451 4.7.1 come back later")
            return
        if drawn < manners.later + manners.never:
            self.say(b"550 5.7.1 not this one")
            return
        if drawn < manners.later + manners.never + manners.cut:
            if self.chance.random() < 0.5:
                self.count(content)
            self.hang_up()
            return
        self.count(content)
        self.say(b"250 2.0.0 taken")

    def count(self, content: bytes) -> None:
        found = MESSAGE_ID.search(content[:8192])
        os.write(self.manners.file, b"%s %s\n" % (found[1] if found else b"<>", self.receiver))

    def say(self, line: bytes) -> None:
        if self.transport is not None:
            self.transport.write(line + b"\r\n")

    def hang_up(self) -> None:
        self.waiting = True
        if self.transport is not None:
            self.transport.close()


def taken(path: Path) -> list[tuple[str, str]]:
    """Message-ID and receiver of every message that was taken, in order."""
    lines = path.read_text("utf-8").splitlines() if path.exists() else []
    return [(line.split(" ")[0], line.split(" ")[1]) for line in lines]


async def serve(manners: Manners, *, port: int, seed: int) -> None:
    chance = random.Random(seed)
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Sink(manners, chance), "127.0.0.1", port)
    print(server.sockets[0].getsockname()[1], flush=True)
    async with server:
        await server.serve_forever()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--count", type=Path, required=True)
    parser.add_argument("--slow", type=float, default=0.0)
    parser.add_argument("--later", type=float, default=0.0)
    parser.add_argument("--never", type=float, default=0.0)
    parser.add_argument("--cut", type=float, default=0.0)
    parser.add_argument("--no-pipelining", action="store_true")
    parser.add_argument("--seed", type=int, default=1)
    told = parser.parse_args()
    file = os.open(told.count, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    manners = Manners(
        file=file,
        slow_s=told.slow,
        later=told.later,
        never=told.never,
        cut=told.cut,
        pipelining=not told.no_pipelining,
    )
    try:
        asyncio.run(serve(manners, port=told.port, seed=told.seed))
    except KeyboardInterrupt:
        sys.exit(0)


if __name__ == "__main__":
    main()
