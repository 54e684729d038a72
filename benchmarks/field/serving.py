"""Real servers that can be killed: gunicorn with the product, and PostgreSQL that waits for the disk."""

from __future__ import annotations

import contextlib
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).parents[2]
POSTGRES = "postgres"
PATIENCE_S = 180.0


def free_port() -> int:
    """A port of the loopback that nobody listens on."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def environment(*, state: Path, database: str = "", settings: str = "") -> dict[str, str]:
    """The environment of a server whose data lie in ``state``; ``database`` is a URL, empty: SQLite."""
    given = {
        **os.environ,
        "AMIRAL_STATE_DIR": str(state),
        "AMIRAL_FRONT_DIR": str(ROOT / "node_modules"),
        "DJANGO_SETTINGS_MODULE": settings or "amiral.config.settings",
        "PYTHONPATH": f"{ROOT / 'src'}:{ROOT}",
    }
    given.pop("AMIRAL_DATABASE_URL", None)
    if database:
        given["AMIRAL_DATABASE_URL"] = database
    return given


def run(module: str, *arguments: str, env: dict[str, str]) -> str:
    """Runs a module to its end and answers what it printed."""
    command = [sys.executable, "-m", module, *arguments]
    return subprocess.run(command, env=env, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True).stdout


class Web:
    """The product under gunicorn. ``start`` and ``kill`` may follow one another any number of times."""

    def __init__(self, *, env: dict[str, str], processes: int = 1, threads: int = 8) -> None:
        self.port, self.processes, self.threads = free_port(), processes, threads
        command = [sys.executable, "-m", "benchmarks.field.zygote"]
        # What it logs while it is being killed is long and expected; it is kept where it does no harm.
        self.errors = tempfile.TemporaryFile()  # noqa: SIM115  # lives as long as the server
        self.zygote = subprocess.Popen(
            command,
            env=env,
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self.errors,
            text=True,
        )
        self.master = 0
        if self._line() != "ready":
            raise SystemExit(f"The server's modules cannot be loaded.\n{self.said()}")

    def said(self) -> str:
        """The end of its log."""
        self.errors.seek(max(0, self.errors.seek(0, os.SEEK_END) - 4000))
        return self.errors.read().decode(errors="replace")

    def _line(self) -> str:
        assert self.zygote.stdout
        return self.zygote.stdout.readline().strip()

    def start(self) -> None:
        """A new life; waits until it answers."""
        assert self.zygote.stdin
        self.zygote.stdin.write(f"start {self.port} {self.processes} {self.threads}\n")
        self.zygote.stdin.flush()
        self.master = int(self._line())
        self.wait()

    def wait(self) -> None:
        """Until the port is open."""
        for _ in range(int(PATIENCE_S / 0.02)):
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), timeout=1):
                return
            time.sleep(0.02)
        raise SystemExit("The server does not answer.")

    def workers(self) -> list[int]:
        """The processes that answer requests."""
        return children(self.master)

    def kill_worker(self, chance: random.Random) -> bool:
        """SIGKILL to one worker; the master starts another. False when there is none just now."""
        found = self.workers()
        return bool(found) and kill(chance.choice(found))

    def kill(self) -> None:
        """SIGKILL to master and workers at once."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.master, signal.SIGKILL)
        wait_gone(self.master)

    def stop(self) -> None:
        """Ends everything."""
        if self.master:
            self.kill()
        assert self.zygote.stdin
        assert self.zygote.stdout
        self.zygote.stdin.close()
        self.zygote.kill()  # it holds nothing
        self.zygote.wait()
        self.zygote.stdout.close()
        self.errors.close()


def children(parent: int) -> list[int]:
    """Processes whose parent it is."""
    with contextlib.suppress(OSError):
        return [int(one) for one in Path(f"/proc/{parent}/task/{parent}/children").read_text().split()]
    return []


def kill(process: int) -> bool:
    """SIGKILL; False when it was gone."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(process, signal.SIGKILL)
        return True
    return False


def alive(process: int) -> bool:
    """Whether it still runs (a zombie does not)."""
    with contextlib.suppress(OSError):
        return Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    return False


def wait_gone(*processes: int) -> None:
    """Until none of them runs any more."""
    began = time.monotonic()
    while any(map(alive, processes)):
        if time.monotonic() - began > PATIENCE_S:
            raise SystemExit(f"Processes {processes} do not end.")
        time.sleep(0.005)


@dataclass
class Cluster:
    """A PostgreSQL cluster with the durability of its defaults (``fsync`` and ``synchronous_commit`` on)."""

    folder: Path
    options: tuple[str, ...] = ()
    sockets: Path = field(init=False)
    process: subprocess.Popen[bytes] | None = field(default=None, init=False)

    def __post_init__(self) -> None:
        # Beside the data, not on the disk that loses its power; and a socket's path must be short.
        self.sockets = Path(tempfile.mkdtemp(prefix="amiral-pg."))
        own(self.sockets)

    @property
    def url(self) -> str:
        return f"postgres://amiral@{str(self.sockets).replace('/', '%2F')}/amiral"

    def create(self) -> None:
        """A fresh cluster with an empty database."""
        self.folder.mkdir(parents=True, exist_ok=True)
        own(self.folder)
        arguments = ["--username=amiral", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8"]
        self._run(
            "initdb", f"--pgdata={self.folder / 'data'}", *arguments, "--wal-segsize=1", "--no-instructions"
        )
        self.start()
        self._run("createdb", "-h", str(self.sockets), "-U", "amiral", "amiral")

    def start(self) -> None:
        """Starts it and waits until it answers."""
        settings = [
            "listen_addresses=",
            "max_connections=60",
            "log_min_messages=panic",
            "min_wal_size=8MB",
            "max_wal_size=64MB",
            *self.options,
        ]
        command = [
            *owner(),
            str(binary("postgres")),
            "-D",
            str(self.folder / "data"),
            "-k",
            str(self.sockets),
        ]
        for setting in settings:
            command += ["-c", setting]
        for _ in range(int(PATIENCE_S / 0.05)):
            if self.process is None or self.process.poll() is not None:
                # For the first time, or again: one that was killed may still hold its memory for a moment.
                self.process = subprocess.Popen(
                    command,
                    cwd="/",
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL,
                    start_new_session=True,
                )
            ready = [
                str(binary("pg_isready")),
                "-q",
                "-h",
                str(self.sockets),
                "-U",
                "amiral",
                "-d",
                "postgres",
            ]
            if subprocess.run(ready, check=False).returncode == 0:
                return
            time.sleep(0.05)
        raise SystemExit("PostgreSQL does not answer.")

    def _run(self, name: str, *arguments: str) -> None:
        subprocess.run(
            [*owner(), str(binary(name)), *arguments], cwd="/", check=True, stdout=subprocess.DEVNULL
        )

    @property
    def number(self) -> int:
        assert self.process
        return self.process.pid

    def kill_backend(self, chance: random.Random) -> bool:
        """SIGKILL to one process that serves a connection: PostgreSQL throws all out and recovers."""
        found = [one for one in children(self.number) if "amiral amiral" in title(one)]
        return bool(found) and kill(chance.choice(found))

    def kill_postmaster(self) -> None:
        """SIGKILL to the first process only; the others notice and end."""
        others = children(self.number)
        self._kill([self.number], others)

    def kill_all(self) -> None:
        """SIGKILL to every process of the cluster at once."""
        everyone = [self.number, *children(self.number)]
        self._kill(everyone, everyone)

    def _kill(self, killed: list[int], waited: list[int]) -> None:
        for one in killed:
            kill(one)
        assert self.process
        self.process.wait()
        wait_gone(*waited)

    def stop(self) -> None:
        """Ends it properly."""
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            self.process.wait(timeout=60)
        shutil.rmtree(self.sockets, ignore_errors=True)


def title(process: int) -> str:
    """What the process calls itself."""
    with contextlib.suppress(OSError):
        return Path(f"/proc/{process}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    return ""


def binary(name: str) -> Path:
    """A command of Debian's PostgreSQL."""
    return postgres_bin() / name


def postgres_bin() -> Path:
    """The folder of the newest PostgreSQL. Raises ``FileNotFoundError``."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if not found:
        raise FileNotFoundError("PostgreSQL is not installed (apt-get install postgresql).")
    return found[-1].parent


def owner() -> list[str]:
    """PostgreSQL refuses root: root lends it the package's user."""
    if os.geteuid() != 0:
        return []
    return ["setpriv", "--reuid", POSTGRES, "--regid", POSTGRES, "--init-groups"]


def own(folder: Path) -> None:
    """Gives a folder to whoever runs PostgreSQL."""
    if os.geteuid() == 0:
        shutil.chown(folder, POSTGRES, POSTGRES)


@contextlib.contextmanager
def cluster(folder: Path, *options: str) -> Iterator[Cluster]:
    """A cluster for as long as the block lasts."""
    made = Cluster(folder=folder, options=options)
    if (folder / "data" / "PG_VERSION").exists():
        made.start()
    else:
        made.create()
    try:
        yield made
    finally:
        made.stop()
