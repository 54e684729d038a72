"""Notifications on devices, up to a push service on this machine that reads them as a browser would."""

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from amiral.kit import webpush
from amiral.kit.clock import now
from amiral.kit.errors import NotFound
from amiral.kit.federation.fetching import Reach
from amiral.rooms.outreach import api, jobs
from amiral.rooms.outreach.actions import pushing
from amiral.rooms.outreach.actions.pushing import NotADevice, SomebodyElses
from amiral.rooms.outreach.contracts import Channel
from amiral.rooms.outreach.models import DemonstrationLetter, Message, PushSubscription
from amiral.rooms.people import api as people
from amiral.rooms.people.contracts import Purpose, Way
from amiral.rooms.people.models import Person
from tests.conftest import Cast, make_person
from tests.kit.test_webpush import opened
from tests.rooms.outreach.conftest import send
from tests.rooms.people.conftest import ROLES, role

pytestmark = pytest.mark.django_db

AUTH = b"0123456789abcdef"


@dataclass
class Service:
    """A push service: what it got, and the status it answers."""

    port: int = 0
    status: int = 201
    got: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(webpush.CURVE))

    def endpoint(self, name: str = "device") -> str:
        return f"http://127.0.0.1:{self.port}/{name}"

    def read(self) -> list[dict[str, str]]:
        return [json.loads(opened(body, key=self.key, auth=AUTH)) for _path, _headers, body in self.got]


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch, settings: Any, tmp_path: Path) -> Iterator[Service]:
    found = Service()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            found.got.append((self.path, dict(self.headers), body))
            self.send_response(found.status)
            self.end_headers()

        def log_message(self, *_all: Any) -> None:
            """Nothing to say."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    found.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, args=[0.01], daemon=True)
    thread.start()
    monkeypatch.setattr(pushing, "REACH", Reach.ANY)
    settings.PUSH_KEY = tmp_path / "push-key.pem"
    webpush.make_key(settings.PUSH_KEY)
    yield found
    server.shutdown()
    server.server_close()
    thread.join()


def switch_on(service: Service, person_id: UUID, name: str = "device", auth: bytes = AUTH) -> UUID:
    return pushing.subscribe(
        person_id=person_id,
        endpoint=service.endpoint(name),
        p256dh=webpush.public_of(service.key),
        auth=webpush.to_base64url(auth),
        device="Firefox, Linux",
        at=now(),
    )


def notify(person_id: UUID, key: str = "k", **fields: Any) -> Message:
    values: dict[str, Any] = {
        "channel": Channel.PUSH,
        "to_address": "",
        "link": "/actions/",
        "not_before": now(),
    }
    send(key, person_id=person_id, **(values | fields))
    jobs.deliver_due(at=now() + timedelta(seconds=1))
    return Message.objects.get(idempotency_key=key)


def test_the_browser_reads_that_there_is_something_to_read_and_no_more(service: Service, cast: Cast) -> None:
    switch_on(service, cast.owner)
    message = notify(cast.owner, subject="Collage contre la réforme", body="Rendez-vous secret")
    assert (message.state, message.body) == ("sent", "")
    told = service.read()[0]
    assert told["url"] == "/actions/"
    assert not {"Collage", "réforme", "secret"} & set(" ".join(told.values()).split())
    _path, headers, body = service.got[0]
    assert (headers["Content-Encoding"], headers["TTL"], headers["Urgency"]) == (
        "aes128gcm",
        "86400",
        "normal",
    )
    assert headers["Authorization"].startswith("vapid t=")
    assert b"actions" not in body


def test_consent_is_for_notifications_and_not_for_letters(service: Service, cast: Cast) -> None:
    switch_on(service, cast.owner)
    people.give_consent(person_id=cast.owner, purpose=Purpose.ACTIONS, way=Way.EMAIL, channel="x")
    assert notify(cast.owner, purpose="actions").reason == "no-consent"
    people.give_consent(person_id=cast.owner, purpose=Purpose.ACTIONS, way=Way.PUSH, channel="x")
    assert notify(cast.owner, "again", purpose="actions").state == "sent"
    assert len(service.got) == 1


def test_without_a_device_nothing_is_tried(service: Service, cast: Cast) -> None:
    message = notify(cast.owner)
    assert (message.state, message.reason, service.got) == ("held", "no-channel", [])


@pytest.mark.parametrize("status", [404, 410])
def test_a_device_that_is_gone_is_forgotten(service: Service, cast: Cast, status: int) -> None:
    switch_on(service, cast.owner)
    service.status = status
    message = notify(cast.owner)
    assert (message.state, message.reason) == ("failed", "no-channel")
    assert not PushSubscription.objects.exists()


@pytest.mark.parametrize(
    ("status", "state"), [(429, "queued"), (503, "queued"), (400, "failed"), (403, "failed"), (302, "failed")]
)
def test_a_refusal_is_for_now_or_for_ever(service: Service, cast: Cast, status: int, state: str) -> None:
    switch_on(service, cast.owner)
    service.status = status
    message = notify(cast.owner)
    assert (message.state, message.reason) == (state, f"push-refused: {status}")
    assert PushSubscription.objects.count() == 1


def test_every_device_rings_once(service: Service, cast: Cast) -> None:
    switch_on(service, cast.owner, "telephone")
    gone = switch_on(service, cast.owner, "old")
    PushSubscription.objects.filter(pk=gone).update(endpoint="http://127.0.0.1:1/")
    assert notify(cast.owner).state == "sent"
    jobs.deliver_due(at=now() + timedelta(days=1))
    assert [path for path, *_rest in service.got] == ["/telephone"]


def test_quiet_hours_hold_for_what_rings_but_not_for_what_is_waited_for(
    service: Service, cast: Cast, settings: Any
) -> None:
    settings.QUIET_HOURS = "00:00-23:59"
    switch_on(service, cast.owner)
    assert notify(cast.owner).reason == "quiet-hours"
    assert notify(cast.owner, "urgent", urgent=True).state == "sent"


# Whose device --------------------------------------------------------------------------------------


def test_an_address_alone_takes_no_device_from_its_person(service: Service, cast: Cast) -> None:
    switch_on(service, cast.owner)
    with pytest.raises(SomebodyElses):
        switch_on(service, cast.stranger, auth=b"another secret!!")
    assert PushSubscription.objects.get().person_id == cast.owner
    switch_on(service, cast.stranger)  # the same browser, somebody else has signed in
    assert PushSubscription.objects.get().person_id == cast.stranger


def test_nobody_switches_off_what_is_not_his(service: Service, cast: Cast) -> None:
    device = switch_on(service, cast.owner)
    with pytest.raises(NotFound):
        pushing.switch_off(person_id=cast.stranger, device_id=device)
    pushing.switch_off(person_id=cast.owner, device_id=device)


@pytest.mark.parametrize(
    "endpoint",
    [
        "http://fcm.googleapis.com/x", "https://evil.example/x", "https://127.0.0.1/x", "https://[::1]/x",
        "https://fcm.googleapis.com.evil.example/x", "https://evilfcm.googleapis.com.x/", "ftp://push.apple.com/",
        "https://fcm.googleapis.com:22/x", "https://a@fcm.googleapis.com/x", "https://fcm.googleapis.com:x/",
        "https://fcm.googleapis.com/" + "x" * 1000, "", "push.apple.com",
    ],
)  # fmt: skip
def test_only_known_push_services_are_called(cast: Cast, endpoint: str) -> None:
    key = webpush.public_of(ec.generate_private_key(webpush.CURVE))
    with pytest.raises(NotADevice):
        pushing.subscribe(
            person_id=cast.owner,
            endpoint=endpoint,
            p256dh=key,
            auth=webpush.to_base64url(AUTH),
            device="",
            at=now(),
        )


def test_known_ones_and_what_lies_under_them_are(cast: Cast) -> None:
    key = webpush.public_of(ec.generate_private_key(webpush.CURVE))
    for endpoint in ("https://fcm.googleapis.com/x", "https://updates.push.services.mozilla.com/wpush/v2/x"):
        pushing.subscribe(
            person_id=cast.owner,
            endpoint=endpoint,
            p256dh=key,
            auth=webpush.to_base64url(AUTH),
            device="",
            at=now(),
        )
    with pytest.raises(NotADevice):
        pushing.subscribe(
            person_id=cast.owner,
            endpoint="https://fcm.googleapis.com/y",
            p256dh="x",
            auth="y",
            device="",
            at=now(),
        )


def test_a_person_has_ten_devices_at_most_and_none_for_ever(service: Service, cast: Cast) -> None:
    for number in range(12):
        switch_on(service, cast.owner, f"device-{number}")
    assert PushSubscription.objects.count() == pushing.MOST_DEVICES
    PushSubscription.objects.update(used_at=now() - timedelta(days=366))
    assert api.purge(at=now())["outreach.PushSubscription"] == pushing.MOST_DEVICES


def test_the_device_of_who_is_absorbed_rings_for_nobody(service: Service, cast: Cast) -> None:
    switch_on(service, cast.teammate)
    merge_id = people.merge(by_id=cast.administrator, kept_id=cast.owner, absorbed_id=cast.teammate)
    assert not PushSubscription.objects.exists()
    people.undo_merge(by_id=cast.administrator, merge_id=merge_id)
    assert PushSubscription.objects.get().person_id == cast.teammate


def test_the_export_names_the_devices_and_not_their_secrets(service: Service, cast: Cast) -> None:
    switch_on(service, cast.owner)
    told = api.export_person(person_id=cast.owner)["outreach"]
    assert [row["device"] for row in told if row["table"] == "push_subscription"] == ["Firefox, Linux"]
    assert webpush.to_base64url(AUTH) not in json.dumps(told)


# Pages ---------------------------------------------------------------------------------------------


def test_a_browser_is_switched_on_and_off_on_the_page(service: Service, cast: Cast, client: Client) -> None:
    client.force_login(Person.objects.get(pk=cast.stranger))
    page = client.get(reverse("outreach:devices")).content.decode()
    assert "data-key" in page
    typed = {
        "endpoint": service.endpoint(), "p256dh": webpush.public_of(service.key),
        "auth": webpush.to_base64url(AUTH),
    }  # fmt: skip
    agent = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
    client.post(reverse("outreach:devices"), typed, headers={"User-Agent": agent})
    row = PushSubscription.objects.get()
    assert (row.person_id, row.device) == (cast.stranger, "Firefox, Linux")
    assert "Firefox, Linux" in client.get(reverse("outreach:devices")).content.decode()
    client.post(reverse("outreach:devices"), {"endpoint": "x"})
    client.post(reverse("outreach:device_off", args=[row.pk]))
    assert not PushSubscription.objects.exists()


def test_without_a_key_the_page_says_so(cast: Cast, client: Client, settings: Any, tmp_path: Path) -> None:
    settings.PUSH_KEY = tmp_path / "none.pem"
    client.force_login(Person.objects.get(pk=cast.stranger))
    assert "data-key" not in client.get(reverse("outreach:devices")).content.decode()


def test_the_worker_is_script_and_knows_nobody(client: Client) -> None:
    answer = client.get(reverse("outreach:push_worker"))
    assert answer["Content-Type"].startswith("text/javascript")
    assert b"showNotification" in answer.content


def test_the_demonstration_keeps_it_on_its_page(
    service: Service, cast: Cast, settings: Any, tmp_path: Path
) -> None:
    settings.DEMONSTRATION, settings.PUSH_KEY = True, tmp_path / "none.pem"
    switch_on(service, cast.owner)
    assert notify(cast.owner).state == "sent"
    letter = DemonstrationLetter.objects.get()
    assert (letter.channel, "/actions/" in letter.body) == ("push", True)


def test_the_key_is_made_by_a_command(settings: Any, tmp_path: Path, capsys: Any) -> None:
    settings.PUSH_KEY = tmp_path / "key.pem"
    call_command("outreach", "push-key")
    key = webpush.read_key(settings.PUSH_KEY)
    assert key is not None
    assert capsys.readouterr().out.strip() == webpush.public_of(key)


@pytest.mark.parametrize("who", ROLES)
def test_everybody_has_his_own_devices_and_opens_no_others(
    service: Service, sign_in: Any, cast: Cast, who: str
) -> None:
    device = switch_on(service, make_person("Tiers"))
    browser = sign_in(role(cast, who))
    anonymous = who == "anonymous"
    assert browser.get(reverse("outreach:devices")).status_code == (302 if anonymous else 200)
    off = reverse("outreach:device_off", args=[device])
    assert browser.get(off).status_code == (302 if anonymous else 405)
    assert browser.post(off).status_code == (302 if anonymous else 404)
    assert browser.get(reverse("outreach:push_worker")).status_code == 200
    assert PushSubscription.objects.count() == 1


def test_the_page_costs_the_same_for_one_device_and_ten(
    service: Service, sign_in: Any, cast: Cast, django_assert_max_num_queries: Any
) -> None:
    browser = sign_in(cast.stranger)
    for number in range(10):
        switch_on(service, cast.stranger, str(number))
        if number in (0, 9):
            with django_assert_max_num_queries(12):
                browser.get(reverse("outreach:devices"))
