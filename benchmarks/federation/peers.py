"""The two real servers, each told what to do in its own way and asked what it has got."""

from __future__ import annotations

import base64
import hashlib
import http.client
import json
import os
import re
import subprocess
import time
import urllib.parse
from pathlib import Path
from typing import Any

from amiral.kit.federation.signatures import new_key

PUBLIC = "https://www.w3.org/ns/activitystreams#Public"


def call(
    port: int, method: str, path: str, *, body: bytes = b"", headers: dict[str, str] | None = None
) -> tuple[int, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        connection.request(method, path, body=body or None, headers=headers or {})
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


def wait_for_port(port: int, process: subprocess.Popen[bytes], seconds: float = 120) -> None:
    over = time.monotonic() + seconds
    while time.monotonic() < over:
        if process.poll() is not None:
            raise RuntimeError(f"The process ended with {process.returncode}.")
        try:
            http.client.HTTPConnection("127.0.0.1", port, timeout=1).connect()
            return
        except OSError:
            time.sleep(0.2)
    raise RuntimeError(f"Nothing answers on port {port}.")


class Peer:
    """What both servers can do. ``actor``: the peer's own account; ``inbox``: where raw requests go."""

    name = ""
    actor = ""
    inbox = ""
    keeps_languages = False

    def __init__(self, *, port: int, folder: Path) -> None:
        self.port, self.folder = port, folder
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self.process = subprocess.Popen(
            self.command(), stdout=self.log(), stderr=subprocess.STDOUT, env=self.environment()
        )
        wait_for_port(self.port, self.process)

    def stop(self) -> None:
        if self.process:
            self.process.terminate()
            self.process.wait(timeout=30)
            self.process = None

    def log(self) -> Any:
        return (self.folder / f"{self.name}.log").open("ab")

    def environment(self) -> dict[str, str]:
        return dict(os.environ)

    def command(self) -> list[str]:
        raise RuntimeError("each peer has its own")


class Fedify(Peer):
    name = "fedify"
    keeps_languages = True

    def __init__(self, *, port: int, folder: Path, node: str, modules: Path) -> None:
        super().__init__(port=port, folder=folder)
        self.node, self.modules = node, modules
        self.actor = f"http://127.0.0.1:{port}/users/pair"
        self.inbox = f"http://127.0.0.1:{port}/inbox"
        self.handle = f"@pair@127.0.0.1:{port}"

    def version(self) -> str:
        found: str = json.loads((self.modules / "@fedify/fedify/package.json").read_text())["version"]
        return found

    def environment(self) -> dict[str, str]:
        return {**os.environ, "FEDIFY_AT": str(self.modules.parent)}

    def command(self) -> list[str]:
        return [self.node, str(Path(__file__).with_name("fedify_peer.mjs")), str(self.port)]

    def tell(self, verb: str, **told: Any) -> Any:
        status, body = call(self.port, "POST", f"/control/{verb}", body=json.dumps(told).encode())
        if status != 200:
            raise RuntimeError(f"{verb}: {body.decode()[:300]}")
        return json.loads(body)

    def received(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.tell("received")
        return found

    def find(self, handle: str, actor: str) -> str:
        return str(self.tell("lookup", actor=actor)["id"])

    def follow(self, actor: str) -> None:
        self.tell("follow", to=actor)

    def unfollow(self, actor: str) -> None:
        self.tell("unfollow", to=actor)

    def is_accepted(self, actor: str) -> bool:
        return any(one["type"] == "Accept" and _id(one["actor"]) == actor for one in self.received())

    def has(self, url: str, text: str) -> bool:
        return any(
            one["type"] in ("Create", "Update")
            and _id(one["object"]) == url
            and text in json.dumps(one, ensure_ascii=False)
            for one in self.received()
        )

    def languages(self, url: str) -> set[str]:
        for one in self.received():
            if one["type"] == "Create" and _id(one["object"]) == url:
                return set(one["object"].get("contentMap", {}))
        return set()

    def is_shared(self, url: str, by: str) -> bool:
        return any(
            one["type"] == "Announce" and _id(one["object"]) == url and _id(one["actor"]) == by
            for one in self.received()
        )

    def is_gone(self, url: str) -> bool:
        return any(one["type"] == "Delete" and _id(one["object"]) == url for one in self.received())

    def times(self, activity_id: str) -> int:
        return sum(one.get("id") == activity_id for one in self.received())

    def write(self, *, actor: str, handle: str, text: str, answers: str = "", private: bool = False) -> str:
        told = self.tell(
            "write",
            to=actor,
            handle=handle,
            text=f"<p>{text}</p>",
            inReplyTo=answers,
            isPrivate=private,
            isMention=True,
        )
        return str(told["url"])

    def edit(self, url: str, text: str, *, actor: str) -> None:
        self.tell("edit", url=url, text=f"<p>{text}</p>", to=actor)

    def erase(self, url: str, *, actor: str) -> None:
        self.tell("erase", url=url, to=actor)

    def like(self, url: str, *, actor: str) -> None:
        self.tell("react", kind="Like", url=url, to=actor)

    def unlike(self, url: str, *, actor: str) -> None:
        self.tell("unreact", kind="Like", url=url, to=actor)

    def share(self, url: str, *, actor: str) -> None:
        self.tell("react", kind="Announce", url=url, to=actor)

    def unshare(self, url: str, *, actor: str) -> None:
        self.tell("unreact", kind="Announce", url=url, to=actor)

    def change_key(self) -> None:
        self.tell("rotate")


def _id(value: Any) -> str:
    if isinstance(value, list):
        value = value[0] if value else ""
    return str(value.get("id", "")) if isinstance(value, dict) else str(value)


class Snac(Peer):
    name = "snac"

    def __init__(self, *, port: int, folder: Path, root: Path) -> None:
        super().__init__(port=port, folder=folder)
        self.root, self.base = root, folder / "snac"
        self.actor = f"http://127.0.0.1:{port}/pair"
        self.inbox = f"{self.actor}/inbox"
        self.handle = f"@pair@127.0.0.1:{port}"
        self.password = ""

    def version(self) -> str:
        said = subprocess.run(self.run(), capture_output=True, text=True, check=False).stdout
        return said.split()[1]

    def run(self, *words: str) -> list[str]:
        """snac of another release of the system, with its own libraries beside it."""
        libraries = self.root / "usr/lib/x86_64-linux-gnu"
        linker = libraries / "ld-linux-x86-64.so.2"
        start = [str(linker), "--library-path", str(libraries)] if linker.exists() else []
        return [*start, str(self.root / "usr/bin/snac"), *words]

    def command(self) -> list[str]:
        return self.run("httpd", str(self.base))

    def start(self) -> None:
        if not self.base.exists():
            self._make()
        super().start()

    def _make(self) -> None:
        answers = f"127.0.0.1\n{self.port}\n127.0.0.1:{self.port}\n\n\n"
        subprocess.run(
            self.run("init", str(self.base)),
            input=answers.encode(),
            check=True,
            stdout=self.log(),
            stderr=self.log(),
        )
        settings = self.base / "server.json"
        found = json.loads(settings.read_text())
        found |= {
            "protocol": "http", "host": f"127.0.0.1:{self.port}", "address": "127.0.0.1", "port": self.port,
            "prefix": "", "queue_retry_minutes": 1, "dbglevel": 1,
        }  # fmt: skip
        settings.write_text(json.dumps(found, indent=2))
        said = subprocess.run(
            self.run("adduser", str(self.base), "pair"), input=b"\n\n\n", capture_output=True, check=True
        )
        text = (said.stdout + said.stderr).decode()
        found_password = re.search(r"password is (\S+)", text)
        if not found_password:
            raise RuntimeError(f"snac adduser: {text}")
        self.password = found_password[1].rstrip(".")

    def tell(self, *words: str) -> str:
        done = subprocess.run(
            self.run(words[0], str(self.base), "pair", *words[1:]),
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        return done.stdout + done.stderr

    def form(self, path: str, **fields: str) -> None:
        boundary = "----benchmark"
        body = "".join(
            f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
            for name, value in fields.items()
        )
        basic = base64.b64encode(f"pair:{self.password}".encode()).decode()
        status, said = call(
            self.port,
            "POST",
            f"/pair/admin/{path}",
            body=f"{body}--{boundary}--\r\n".encode(),
            headers={
                "Content-Type": f"multipart/form-data; boundary={boundary}",
                "Authorization": f"Basic {basic}",
            },
        )
        if status >= 400:
            raise RuntimeError(f"snac {path}: {status} {said.decode(errors='replace')[:200]}")

    def _object(self, url: str) -> Path:
        name = hashlib.md5(url.encode()).hexdigest()  # how snac names its files
        return self.base / "object" / name[:2] / f"{name}.json"

    def find(self, handle: str, actor: str) -> str:
        done = subprocess.run(
            self.run("webfinger", str(self.base), handle),
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        found = re.search(r"http://\S+/federation/acteurs/\S+", done.stdout)
        return found[0] if found else done.stdout

    def follow(self, actor: str) -> None:
        self.tell("follow", actor)

    def unfollow(self, actor: str) -> None:
        self.tell("unfollow", actor)

    def is_accepted(self, actor: str) -> bool:
        name = hashlib.md5(actor.encode()).hexdigest()  # how snac names its files
        path = self.base / "user/pair/following" / f"{name}.json"
        return path.exists() and '"Accept"' in path.read_text()

    def has(self, url: str, text: str) -> bool:
        path = self._object(url)
        return path.exists() and text in json.dumps(json.loads(path.read_text()), ensure_ascii=False)

    def languages(self, url: str) -> set[str]:
        path = self._object(url)
        return set(json.loads(path.read_text()).get("contentMap", {})) if path.exists() else set()

    def is_shared(self, url: str, by: str) -> bool:
        index = self._object(url).with_name(self._object(url).name.replace(".json", "_a.idx"))
        name = hashlib.md5(by.encode()).hexdigest()  # how snac names its files
        return index.exists() and name in index.read_text()

    def is_gone(self, url: str) -> bool:
        return not self._object(url).exists()

    def times(self, activity_id: str) -> int:
        return 1

    def _newest(self, text: str) -> str:
        over = time.monotonic() + 60
        while time.monotonic() < over:
            for path in (self.base / "object").glob("*/*.json"):
                found = json.loads(path.read_text())
                if found.get("attributedTo") == self.actor and text in found.get("content", ""):
                    return str(found["id"])
            time.sleep(0.5)
        raise RuntimeError("snac wrote nothing.")

    def write(self, *, actor: str, handle: str, text: str, answers: str = "", private: bool = False) -> str:
        words = f"{handle} {text}"
        if private and not answers:
            self.tell("note_mention", words)
        elif answers:
            self.form("note", content=words, in_reply_to=answers)
        else:
            self.tell("note", words)
        return self._newest(text)

    def edit(self, url: str, text: str, *, actor: str) -> None:
        handle = urllib.parse.urlsplit(actor).path.strip("/").split("/")[-1]
        host = urllib.parse.urlsplit(actor).netloc
        self.form("note", content=f"@{handle}@{host} {text}", edit_id=url)

    def erase(self, url: str, *, actor: str) -> None:
        self.form("action", id=url, actor=self.actor, action="Delete", hard_undo="Delete")

    def like(self, url: str, *, actor: str) -> None:
        self.form("action", id=url, actor=actor, action="Like")

    def unlike(self, url: str, *, actor: str) -> None:
        self.form("action", id=url, actor=actor, action="Unlike")

    def share(self, url: str, *, actor: str) -> None:
        self.tell("announce", url)

    def unshare(self, url: str, *, actor: str) -> None:
        self.tell("unboost", url)

    def change_key(self) -> None:
        self.stop()
        private, public = new_key()
        (self.base / "user/pair/key.json").write_text(json.dumps({"secret": private, "public": public}))
        # It has no command for it, and shows its own account from what it keeps of all accounts.
        self._object(self.actor).unlink(missing_ok=True)
        self.start()
