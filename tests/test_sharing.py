"""Share kits: what everybody may see, in texts, a picture and a leaflet; whose code the link holds."""

from datetime import timedelta
from io import BytesIO
from typing import Any
from uuid import UUID

import pytest
from django.test import Client
from PIL import Image

from amiral.config import sharing
from amiral.kit import posters
from amiral.kit.clock import now
from amiral.rooms.mobilisation import api as mobilisation
from amiral.rooms.mobilisation.contracts import ActionDraft, Kind, ShiftDraft
from amiral.rooms.network.models import Group
from amiral.rooms.people import api as people
from amiral.rooms.talking_points import api as talking_points
from amiral.rooms.talking_points.contracts import Source
from tests.conftest import Cast

pytestmark = pytest.mark.django_db


@pytest.fixture
def action(cast: Cast) -> UUID:
    starts = now() + timedelta(days=3)
    draft = ActionDraft(
        kind=Kind.MARKET, title="Marché <du> samedi", description="On **parle** à tout le monde.",
        commune_id="commune:71270", place="Place Saint-Pierre", longitude=None, latitude=None,
    )  # fmt: skip
    shift = ShiftDraft(starts_at=starts, ends_at=starts + timedelta(hours=2), capacity=4, needed=2)
    return mobilisation.create_action(by_id=cast.owner, group_id=cast.group, draft=draft, shifts=(shift,))


@pytest.fixture
def point(cast: Cast) -> UUID:
    theme = talking_points.create_theme(by_id=cast.coordinator, name_fr="Santé", name_en="Health")
    version = talking_points.draft(
        by_id=cast.coordinator,
        theme=theme,
        short_line="Un médecin à moins de trente minutes.",
        body="Texte.",
        sources=(Source(title="Rapport", url="https://exemple.fr/"),),
    )
    talking_points.approve(by_id=cast.administrator, version_id=version)
    return talking_points.approved(language="fr")[0].point_id


def test_who_opens_what(cast: Cast, action: UUID, point: UUID, sign_in: Any) -> None:
    Group.objects.filter(pk=cast.other_group).update(openness="invitation")
    wanted = {
        f"/partager/action/{action}/": (200, 200),
        "/partager/groupe/macon/": (200, 200),
        "/partager/page/accueil/": (200, 200),
        f"/partager/argument/{point}/": (404, 200),
        # By invitation: for its own members too there is nothing to share.
        "/partager/groupe/dijon/": (404, 404),
        "/partager/page/mandats/": (404, 404),
        "/partager/personne/macon/": (404, 404),
        "/partager/action/macon/": (404, 404),
        f"/partager/action/{cast.group}/": (404, 404),
    }
    for address, statuses in wanted.items():
        for browser, status in zip((Client(), sign_in(cast.stranger)), statuses, strict=True):
            for page in ("", "image.png", "tract-a5.pdf"):
                assert (address, page, browser.get(address + page).status_code) == (address, page, status)
    assert Client().get(f"/partager/action/{action}/tract-a3.pdf").status_code == 404
    assert Client().post(f"/partager/action/{action}/").status_code == 405


def test_texts_in_both_languages_with_ones_own_code(cast: Cast, action: UUID, sign_in: Any) -> None:
    code = people.recruit_code(person_id=cast.teammate)
    page = sign_in(cast.teammate).get(f"/partager/action/{action}/").content.decode()
    assert page.count("<textarea") == 7
    assert page.count(f"par={code}") >= 7
    assert "I am going, come with me:" in page
    assert "venez avec moi" in page
    assert "Marché &lt;du&gt; samedi" in page
    assert 'href="mailto:?subject=' in page
    assert 'href="sms:?body=' in page
    assert "par=" not in Client().get(f"/partager/action/{action}/").content.decode()
    assert code not in sign_in(cast.owner).get(f"/partager/action/{action}/").content.decode()


def test_a_code_travels_by_links_without_a_cookie(cast: Cast, action: UUID) -> None:
    visitor = Client()
    page = visitor.get(f"/actions/{action}/?par=abc123").content.decode()
    assert 'href="/rejoindre/?par=abc123"' in page
    assert "sessionid" not in visitor.cookies
    for bad in ('"><script>', "a" * 81, "a b"):
        assert "/rejoindre/?par=" not in visitor.get("/groupes/", {"par": bad}).content.decode()


def test_public_pages_say_what_networks_show(cast: Cast, action: UUID) -> None:
    for address, image in [
        (f"/actions/{action}/", f"/partager/action/{action}/image.png"),
        ("/groupes/macon/", "/partager/groupe/macon/image.png"),
        ("/", "/partager/page/accueil/image.png"),
    ]:
        page = Client().get(address).content.decode()
        assert 'property="og:title"' in page
        assert image in page
    Group.objects.filter(pk=cast.group).update(openness="invitation")
    assert "og:title" not in Client().get("/groupes/macon/").content.decode()


def test_picture_and_leaflet(cast: Cast, action: UUID) -> None:
    response = Client().get(f"/partager/action/{action}/image.png")
    assert response["Content-Type"] == "image/png"
    assert Image.open(BytesIO(response.content)).size == (1200, 630)
    other = Client().get(f"/partager/action/{action}/image.png?par=abc")
    assert other.content != response.content
    small, large = (
        Client().get(f"/partager/action/{action}/tract-{size}.pdf").content for size in ("a5", "a4")
    )
    assert b"419.5" in small
    assert b"595.2" in large


def test_any_words_fit_the_picture_and_the_paper() -> None:
    values: dict[str, Any] = {
        "campaign": "C" * 200, "title": "Très long " * 60 + "x" * 400, "lines": ("y" * 300,) * 9,
        "link": "https://campagne.example/" + "z" * 200,
    }  # fmt: skip
    assert posters.picture(**values) == posters.picture(**values)
    for size in posters.SIZES:
        assert posters.leaflet(about="mot " * 3000, size=size, language="fr", **values).startswith(b"%PDF")


def test_nothing_is_handed_out_during_a_silence(
    cast: Cast, action: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sharing, "held", lambda **_: "Silence électoral (art. L. 49).")
    page = Client().get(f"/partager/action/{action}/").content.decode()
    assert "Silence électoral" in page
    assert "<textarea" not in page
    assert Client().get(f"/partager/action/{action}/tract-a4.pdf").status_code == 302


def test_pictures_and_leaflets_are_limited(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("amiral.kit.ratelimit.is_allowed", lambda **_: False)
    for page in ("image.png", "tract-a5.pdf"):
        assert Client().get(f"/partager/groupe/macon/{page}").status_code == 429


def test_the_sharing_page_asks_the_same_queries_for_many_shifts(cast: Cast, action: UUID) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    def asked() -> int:
        with CaptureQueriesContext(connection) as queries:
            Client().get(f"/partager/action/{action}/")
        return len(queries)

    asked()
    assert asked() == asked() < 30
