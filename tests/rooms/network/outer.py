"""A server of others for tests: accounts with keys, signed requests, and what our side sends them."""

import json
from dataclasses import dataclass, field
from datetime import datetime
from itertools import cycle
from typing import Any

import pytest
from django.test import Client

from amiral.kit.federation import fetching, signatures
from amiral.kit.federation.documents import MEDIA_TYPE, read_json
from amiral.kit.federation.fetching import Answer, Gone, Unreachable
from amiral.kit.federation.signatures import Request, Scheme, Signer
from amiral.rooms.network.actions import federating

US = "http://127.0.0.1:8000"
PUBLIC = "https://www.w3.org/ns/activitystreams#Public"
_KEYS = [signatures.new_key() for _ in range(3)]


@dataclass
class Account:
    """An account elsewhere."""

    url: str
    keys: tuple[str, str] = field(default_factory=lambda: _KEYS[0])
    key_id: str = ""

    def __post_init__(self) -> None:
        self.key_id = self.key_id or f"{self.url}#main-key"

    @property
    def domain(self) -> str:
        return fetching.origin(self.url)

    def document(self) -> dict[str, Any]:
        return {
            "id": self.url,
            "type": "Person",
            "preferredUsername": self.url.rsplit("/", 1)[-1],
            "inbox": f"{self.url}/inbox",
            "endpoints": {"sharedInbox": f"https://{self.domain}/inbox"},
            "publicKey": {"id": self.key_id, "owner": self.url, "publicKeyPem": self.keys[1]},
        }


class World:
    """All servers but ours. ``sent``: what arrived there, as (url, activity, headers)."""

    def __init__(self) -> None:
        self.documents: dict[str, dict[str, Any]] = {}
        self.sent: list[tuple[str, dict[str, Any], dict[str, str]]] = []
        self.answers: dict[str, Answer | Exception] = {}
        self.fetched: list[str] = []
        self.number = 0

    def account(self, url: str = "https://ailleurs.example/users/ana", **more: Any) -> Account:
        found = Account(url=url, **more)
        self.documents[url] = found.document()
        return found

    def get_document(self, *, url: str, headers_for: Any, reach: Any) -> dict[str, Any]:
        assert "signature" in headers_for(url)
        self.fetched.append(url)
        if url not in self.documents:
            raise Gone(url)
        return read_json(json.dumps(self.documents[url]).encode())

    def send(self, *, method: str, url: str, headers: Any, body: bytes, reach: Any) -> Answer:
        answer = self.answers.get(fetching.origin(url), Answer(status=202))
        if isinstance(answer, Exception):
            raise answer
        self.sent.append((url, json.loads(body), dict(headers)))
        return answer

    def kinds(self) -> list[str]:
        return [activity["type"] for _url, activity, _headers in self.sent]

    def fresh_id(self, account: Account) -> str:
        self.number += 1
        return f"{account.url}/activities/{self.number}"

    def activity(self, account: Account, kind: str, obj: Any, **more: Any) -> dict[str, Any]:
        return {"id": self.fresh_id(account), "type": kind, "actor": account.url, "object": obj} | more

    def note(self, account: Account, text: str = "<p>Bravo !</p>", **more: Any) -> dict[str, Any]:
        said = {
            "id": f"{self.fresh_id(account)}/note",
            "type": "Note",
            "attributedTo": account.url,
            "content": text,
            "to": [PUBLIC],
        }
        return said | more

    def post(
        self,
        account: Account,
        activity: Any,
        *,
        at: datetime,
        scheme: Scheme = Scheme.CAVAGE,
        path: str = "/federation/boite/",
        tamper: Any = None,
    ) -> Any:
        """Signs and sends to us; ``tamper(headers, body)`` changes what was signed."""
        body = json.dumps(activity).encode()
        headers = signatures.signed_headers(
            method="POST",
            url=f"{US}{path}",
            body=body,
            content_type=MEDIA_TYPE,
            signer=Signer(key_id=account.key_id, private_pem=account.keys[0]),
            scheme=scheme,
            at=at,
        )
        if tamper:
            headers, body = tamper(headers, body)
        return self.replay(headers, body, path=path)

    def replay(self, headers: dict[str, str], body: bytes, *, path: str = "/federation/boite/") -> Any:
        sent = {f"HTTP_{name.upper().replace('-', '_')}": value for name, value in headers.items()}
        return Client().post(path, data=body, content_type=MEDIA_TYPE, **sent)  # type: ignore[arg-type]  # headers


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch, settings: Any) -> World:
    """Federation is possible, and nothing leaves this process."""
    settings.FEDERATION, settings.FEDERATION_REACH, settings.PUBLIC_URL = True, "public", US
    settings.ALLOWED_HOSTS = ["127.0.0.1", "testserver"]
    found = World()
    keys = cycle(_KEYS)
    monkeypatch.setattr(federating, "new_key", lambda: next(keys))  # a tenth of a second each
    monkeypatch.setattr(fetching, "get_document", found.get_document)
    monkeypatch.setattr(fetching, "send", found.send)
    return found


def rotated(account: Account) -> Account:
    """The same account with another key."""
    return Account(url=account.url, keys=_KEYS[1], key_id=f"{account.url}#key-2")


def work() -> None:
    """Does all jobs that are due, as a worker would."""
    from amiral.kit.clock import now
    from amiral.kit.models import Job
    from amiral.kit.tasks.backend import task_of

    for _ in range(20):
        jobs = list(
            Job.objects.filter(state=Job.State.WAITING, due_at__lte=now()).order_by("created_at", "pk")
        )
        if not jobs:
            return
        for job in jobs:
            Job.objects.filter(pk=job.pk).update(state=Job.State.DONE, due_at=None)
            task_of(job).call(*job.arguments["args"], **job.arguments["kwargs"])


__all__ = ["PUBLIC", "US", "Account", "Request", "Scheme", "Unreachable", "World", "rotated", "work", "world"]
