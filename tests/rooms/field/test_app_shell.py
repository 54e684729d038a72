"""The field app's shell and its packs, as they are served: versions, caches, tokens."""

import gzip
import hashlib
import json
import re
from typing import Any

import brotli
import pytest
from django.contrib.staticfiles import finders
from django.test import Client

from amiral.cores.canonical import canonical
from amiral.kit.ids import new_id
from amiral.rooms.field import api
from amiral.rooms.field.actions import syncing
from amiral.rooms.field.contracts import Enrolment
from amiral.rooms.field.models import Assignment
from amiral.rooms.field.web import shell
from tests.conftest import NOON
from tests.rooms.field.conftest import World

pytestmark = pytest.mark.django_db

SHELL_AT_MOST, FIRST_VIEW_AT_MOST = 60_000, 14_000


def worker_knows(client: Client) -> dict[str, Any]:
    text = client.get("/terrain/app/sw.js").content.decode()
    said: dict[str, Any] = json.loads(text.partition("const SHELL = ")[2].partition(";\n")[0])
    return said


@pytest.mark.parametrize("language", ["fr", "en"])
def test_the_page_names_only_files_of_its_version(client: Client, language: str) -> None:
    answer = client.get(f"/terrain/app/{language}/")
    page = answer.content.decode()
    version = re.findall(r'data-version="(\w+)"', page)
    assert version == [shell.shell().version]
    assert f'<html lang="{language}"' in page
    named = re.findall(r'"(/terrain/app/v/[^"]+)"', page)
    assert len(named) >= 4
    for address in named:
        assert address.split("/")[4] == version[0]
        assert client.get(address).status_code == 200, address
    assert not re.search(r"style=|onclick=|<script(?! type=\"module\" src=| id=\"texts\")", page)
    assert "csrf" not in page


def test_the_page_is_the_same_for_everybody(sign_in: Any, client: Client, world: World) -> None:
    mine, anybody = (who.get("/terrain/app/fr/") for who in (sign_in(world.cast.owner), client))
    assert mine.content == anybody.content
    assert mine["Cache-Control"] == "no-cache"
    assert not anybody.cookies
    assert "script-src 'self'" in mine["Content-Security-Policy"]


def test_the_language_is_the_readers(client: Client) -> None:
    assert b'lang="en"' in client.get("/terrain/app/", HTTP_ACCEPT_LANGUAGE="en").content
    assert b'lang="fr"' in client.get("/terrain/app/", HTTP_ACCEPT_LANGUAGE="fr").content
    assert client.get("/terrain/app/de/").status_code == 404


def test_without_javascript_the_plain_list_is_one_step_away(client: Client, world: World) -> None:
    list_id = world.assign().id
    page = client.get(f"/terrain/app/?liste={list_id}").content.decode()
    assert f'<noscript><meta http-equiv="refresh" content="0; url=/tournee/{list_id}/"></noscript>' in page
    for bad in ("", "x", '"><script>'):
        page = client.get("/terrain/app/", {"liste": bad}).content.decode()
        assert "http-equiv" not in page
        assert "><script>" not in page.replace('<script type="module"', "")


def test_the_worker_knows_the_digest_of_every_file(client: Client) -> None:
    said = worker_knows(client)
    assert set(said["documents"]) == {"fr", "en"}
    assert set(said["documents"].values()) < set(said["files"])
    for address, digest in said["files"].items():
        answer = client.get(address)
        assert hashlib.sha256(answer.content).hexdigest() == digest, address
    assert not any(address.endswith("sw.js") for address in said["files"])
    answer = client.get("/terrain/app/sw.js")
    assert answer["Content-Type"].startswith("text/javascript")
    assert answer["Cache-Control"] == "no-cache"


def test_files_are_kept_for_ever_and_those_of_another_version_are_gone(
    client: Client, sign_in: Any, world: World
) -> None:
    address = shell.shell().address("field/app/shell.js")
    for who in (client, sign_in(world.cast.owner)):
        assert who.get(address)["Cache-Control"] == "public, max-age=31536000, immutable"
    version = shell.shell().version
    for bad in (address.replace(version, "0" * 16), f"/terrain/app/v/{version}/../settings.py"):
        assert client.get(bad).status_code == 404
    for name in ("field/app/sw.js", "field/app/../../../models.py", "field/here.js"):
        assert client.get(f"/terrain/app/v/{version}/{name}").status_code == 404


def test_another_file_is_another_version(monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
    before = shell.shell().version
    settings.CAMPAIGN_NAME = "Une autre"
    assert shell.shell().version != before


def test_the_shell_is_small(client: Client) -> None:
    """As transferred. First view: the page and its style sheets. Shell: all but the reader of QR codes."""

    def size(address: str) -> int:
        answer = client.get(address, HTTP_ACCEPT_ENCODING="br")
        assert answer["Content-Encoding"] == "br"
        return len(answer.content)

    files = worker_knows(client)["files"]
    page = size("/terrain/app/fr/")
    assert page + sum(size(one) for one in files if one.endswith(".css")) <= FIRST_VIEW_AT_MOST
    others = [one for one in files if not one.endswith("/en/") and "/qr/" not in one]
    assert sum(map(size, others)) + size("/terrain/app/sw.js") <= SHELL_AT_MOST


@pytest.mark.parametrize("language", ["fr", "en"])
def test_the_manifest_makes_it_installable(client: Client, language: str) -> None:
    answer = client.get(f"/terrain/app/{language}.webmanifest")
    said = answer.json()
    assert answer["Content-Type"] == "application/manifest+json"
    assert (said["start_url"], said["scope"], said["display"]) == (
        "/terrain/app/",
        "/terrain/app/",
        "standalone",
    )
    assert {(icon["sizes"], icon["purpose"]) for icon in said["icons"]} == {
        ("192x192", "any"),
        ("512x512", "any"),
        ("512x512", "maskable"),
    }
    assert all(finders.find(icon["src"].removeprefix("/static/")) for icon in said["icons"])
    assert said["lang"] == language


@pytest.fixture
def phone(world: World) -> Enrolment:
    """Of Saturday's team, which holds the first turf."""
    world.assign()
    return syncing.enrol(shift_id=world.shift, person_id=world.cast.teammate, at=NOON)


def ask(client: Client, token: str, **headers: str) -> Any:
    address = f"/terrain/app/paquets/{Assignment.objects.get().pk}.json"
    return client.get(address, headers={"Authorization": f"Bearer {token}", **headers})


def test_a_phone_of_the_team_takes_the_pack(client: Client, phone: Enrolment, at_noon: Any) -> None:
    answer = ask(client, phone.token)
    pack = json.loads(answer.content)
    digest = pack.pop("digest")
    assert answer["ETag"] == f'"{digest}"'
    assert hashlib.sha256(canonical(pack)).hexdigest() == digest
    assert answer["Cache-Control"] == "no-store"
    assert not answer.cookies
    assert "sessionid" not in str(answer.headers)


@pytest.mark.parametrize(("encoding", "unpack"), [("gzip", gzip.decompress), ("br", brotli.decompress)])
def test_the_pack_is_sent_packed(
    client: Client, phone: Enrolment, at_noon: Any, encoding: str, unpack: Any
) -> None:
    plain = ask(client, phone.token).content
    answer = ask(client, phone.token, **{"Accept-Encoding": encoding})
    assert answer["Content-Encoding"] == encoding
    assert unpack(answer.content) == plain
    assert len(answer.content) < len(plain) / 2


def test_nothing_is_sent_twice(client: Client, phone: Enrolment, at_noon: Any) -> None:
    tag = ask(client, phone.token)["ETag"]
    answer = ask(client, phone.token, **{"If-None-Match": tag})
    assert (answer.status_code, answer.content) == (304, b"")


def test_the_pack_speaks_the_language_asked_for(client: Client, phone: Enrolment, at_noon: Any) -> None:
    address = f"/terrain/app/paquets/{Assignment.objects.get().pk}.json"
    bearer = {"Authorization": f"Bearer {phone.token}"}
    for language in ("fr", "en"):
        assert client.get(f"{address}?langue={language}", headers=bearer).json()["language"] == language


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer x", "Basic x", "Bearer " + "x" * 5000])
def test_without_a_token_there_is_nothing(client: Client, phone: Enrolment, header: str) -> None:
    answer = client.get(
        f"/terrain/app/paquets/{Assignment.objects.get().pk}.json", headers={"Authorization": header}
    )
    assert (answer.status_code, answer.json()) == (401, {"why": "unknown"})
    assert answer["WWW-Authenticate"] == "Bearer"


def test_an_account_is_no_token(sign_in: Any, world: World, phone: Enrolment) -> None:
    for who in (world.cast.owner, world.cast.teammate, world.cast.administrator):
        address = f"/terrain/app/paquets/{Assignment.objects.get().pk}.json"
        assert sign_in(who).get(address).status_code == 401


def test_a_revoked_phone_is_told_so(client: Client, phone: Enrolment, world: World, at_noon: Any) -> None:
    syncing.revoke(device_id=phone.device_id, by_id=world.cast.owner, at=NOON)
    answer = ask(client, phone.token)
    assert (answer.status_code, answer.json()) == (401, {"why": "revoked"})


def test_another_teams_phone_finds_nothing(client: Client, phone: Enrolment, world: World) -> None:
    other = syncing.enrol(shift_id=world.later_shift, person_id=None, at=NOON)
    assert ask(client, other.token).status_code == 404
    answer = client.get(
        f"/terrain/app/paquets/{new_id()}.json", headers={"Authorization": f"Bearer {phone.token}"}
    )
    assert (answer.status_code, answer.json()) == (404, {"why": "foreign"})


def test_what_was_taken_back_is_over(client: Client, phone: Enrolment, world: World, at_noon: Any) -> None:
    api.take_back(by_id=world.cast.owner, turf_id=world.turf.id, at=NOON)
    answer = ask(client, phone.token)
    assert (answer.status_code, answer.json()) == (410, {"why": "over"})


def test_a_lease_that_ran_out_is_over(client: Client, phone: Enrolment, at_noon: Any) -> None:
    Assignment.objects.update(until=NOON)
    assert ask(client, phone.token).status_code == 410


def test_asking_without_end_is_stopped(client: Client, phone: Enrolment, at_noon: Any) -> None:
    Assignment.objects.update(until=NOON)
    codes = [ask(client, phone.token).status_code for _ in range(31)]
    assert set(codes[:-1]) == {410}
    last = ask(client, phone.token)
    assert (codes[-1], last["Retry-After"], last.json()) == (429, "60", {"why": "busy"})


@pytest.mark.parametrize("method", ["post", "put", "delete", "patch"])
def test_the_app_is_only_read(client: Client, method: str) -> None:
    for address in ("/terrain/app/", "/terrain/app/fr/", "/terrain/app/sw.js", "/terrain/app/fr.webmanifest"):
        assert getattr(client, method)(address).status_code == 405
    assert getattr(client, method)(f"/terrain/app/paquets/{new_id()}.json").status_code == 405
