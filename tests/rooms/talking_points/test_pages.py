"""Lists, cards, the printed sheet and the forms."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils.timezone import localdate

from amiral.kit.clock import now
from amiral.rooms.talking_points import api
from amiral.rooms.talking_points.contracts import Source
from amiral.rooms.talking_points.models import Version
from tests.conftest import NOON, Cast
from tests.rooms.network.test_words import dangers
from tests.rooms.talking_points.conftest import SOURCE, Cards, draft


def approve_new(cast: Cast, **changes: Any) -> Version:
    """An approved card."""
    version = draft(cast.coordinator, **changes)
    api.approve(by_id=cast.administrator, version_id=version, at=NOON)
    return Version.objects.get(pk=version)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("medecin", True),
        ("MÉDECIN", True),
        ("trente medecin", True),
        ("huit communes", True),
        ("vélo", False),
        ("médecin vélo", False),
        ("%", True),
        ("", True),
    ],
)
def test_the_search_ignores_accents_and_capitals(
    cast: Cast, cards: Cards, sign_in: Any, text: str, found: bool
) -> None:
    page = sign_in(cast.teammate).get("/arguments/", {"q": text}).content.decode()
    assert ("Un médecin à moins de trente minutes" in page) is found
    assert ("Aucune fiche ne répond" in page) is not found


def test_a_theme_narrows_the_list(cast: Cast, cards: Cards, sign_in: Any) -> None:
    api.create_theme(by_id=cast.coordinator, name_fr="Écologie", name_en="Ecology")
    approve_new(cast, theme="ecologie", short_line="Des trains la nuit")
    browser = sign_in(cast.teammate)
    page = browser.get("/arguments/?theme=ecologie").content.decode()
    assert "Des trains la nuit" in page
    assert "Un médecin" not in page
    assert [card.theme_slug for card in api.approved(language="fr")] == ["ecologie", "sante"]
    assert browser.get("/arguments/?theme=nulle-part").status_code == 200


def test_a_card_is_shown_in_the_readers_language_else_in_the_other(
    cast: Cast, cards: Cards, sign_in: Any
) -> None:
    (card,) = api.approved(language="en")
    assert (card.language, card.theme_name) == ("fr", "Health")
    english = draft(cast.coordinator, point_id=cards.point, language="en", short_line="A doctor near you")
    api.approve(by_id=cast.administrator, version_id=english, at=NOON)
    assert api.approved(language="en")[0].short_line == "A doctor near you"
    assert api.approved(language="fr")[0].short_line == "Un médecin à moins de trente minutes"
    browser = sign_in(cast.teammate)
    browser.cookies["langue"] = "en"
    assert "A doctor near you" in browser.get("/arguments/").content.decode()


def test_cards_come_in_the_order_asked_for(cast: Cast, cards: Cards) -> None:
    other = approve_new(cast, short_line="Autre chose")
    asked = [other.point_id, cards.point]
    assert [card.point_id for card in api.cards(point_ids=asked, language="fr")] == asked
    assert [card.point_id for card in api.cards(point_ids=asked[::-1], language="fr")] == asked[::-1]


def test_the_page_of_a_card(cast: Cast, cards: Cards, sign_in: Any) -> None:
    page = sign_in(cast.teammate).get(f"/arguments/{cards.point}/").content.decode()
    assert "<strong>Huit</strong>" in page
    assert 'href="https://www.insee.fr/fr/1"' in page
    assert "Insee Première" in page
    assert "Version 1, approuvée par Administrator E. le 3 mars 2027." in page
    assert "Retirer" not in page


def test_an_expired_card_is_marked_and_leaves_the_list(cast: Cast, theme: str, sign_in: Any) -> None:
    version = approve_new(cast, valid_until=localdate(NOON))
    Version.objects.update(valid_until=localdate(now()) - timedelta(days=1))
    browser = sign_in(cast.teammate)
    assert "Périmée depuis le" in browser.get(f"/arguments/{version.point_id}/").content.decode()
    assert "Un médecin" not in browser.get("/arguments/").content.decode()
    assert "Un médecin" not in browser.get("/arguments/imprimer/").content.decode()
    drafts = sign_in(cast.coordinator).get("/arguments/brouillons/").content.decode()
    assert "Fiches périmées" in drafts


def test_a_withdrawn_card_says_so_and_no_longer_its_text(cast: Cast, cards: Cards, sign_in: Any) -> None:
    api.withdraw(by_id=cast.coordinator, version_id=cards.approved)
    page = sign_in(cast.teammate).get(f"/arguments/{cards.point}/").content.decode()
    assert "Cette fiche a été retirée" in page
    assert "Huit" not in page
    assert "Retirée" in page


def test_the_printed_sheet_needs_no_script(cast: Cast, cards: Cards, sign_in: Any) -> None:
    approve_new(cast, short_line="Autre chose")
    browser = sign_in(cast.teammate)
    page = browser.get("/arguments/imprimer/").content.decode()
    assert "<script" not in page
    assert "Autre chose" in page
    assert "https://www.insee.fr/fr/1" in page
    one = browser.get(f"/arguments/imprimer/?carte={cards.point}").content.decode()
    assert "Autre chose" not in one
    assert "Un médecin" in one


def test_words_never_become_code(cast: Cast, theme: str, sign_in: Any) -> None:
    version = approve_new(
        cast,
        short_line="<script>1</script>",
        body="<img src=x onerror=alert(1)> [x](javascript:alert(1))",
        sources=(Source(title="<b>x</b>", url='https://a.example/"onmouseover="alert(1)'),),
    )
    browser = sign_in(cast.coordinator)
    for address in (
        "/arguments/",
        "/arguments/imprimer/",
        f"/arguments/{version.point_id}/",
        f"/arguments/versions/{version.pk}/",
        f"/arguments/{version.point_id}/nouvelle-version/",
    ):
        page = browser.get(address).content.decode()
        assert dangers(page) == []
        assert "<b>x</b>" not in page


def test_drafting_through_the_forms(cast: Cast, theme: str, sign_in: Any) -> None:
    author, reader = sign_in(cast.coordinator), sign_in(cast.administrator)
    sent = {
        "theme": "sante",
        "language": "fr",
        "short_line": "Une phrase",
        "body": "Un texte",
        "valid_until": "2031-01-31",
        "source_1_title": "Une source",
        "source_1_url": "exemple.example/page",
        "source_1_on": "2026-02-01",
    }
    assert author.post("/arguments/nouveau/", sent).status_code == 302
    version = Version.objects.get()
    assert version.sources == [
        {"title": "Une source", "url": "https://exemple.example/page", "on": "2026-02-01"}
    ]
    assert reader.post(f"/arguments/versions/{version.pk}/approuver/").status_code == 302
    again = author.get(f"/arguments/{version.point_id}/nouvelle-version/").content.decode()
    assert 'value="Une phrase"' in again
    assert 'value="2026-02-01"' in again
    author.post(f"/arguments/{version.point_id}/nouvelle-version/", sent | {"short_line": "Une autre"})
    assert Version.objects.get(number=2).state == "draft"


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"short_line": ""}, "short_line"),
        ({"short_line": "x" * 141}, "short_line"),
        ({"source_1_title": ""}, "source_1_title"),
        ({"source_1_url": ""}, "source_1_url"),
        ({"source_1_url": "pas une adresse"}, "source_1_url"),
        ({"source_2_on": "2026-02-01"}, "source_2_title"),
        ({"valid_until": "demain"}, "valid_until"),
        ({"theme": "nulle-part"}, "theme"),
    ],
)
def test_errors_stand_beside_their_field(
    cast: Cast, theme: str, sign_in: Any, change: dict[str, str], field: str
) -> None:
    sent = {
        "theme": "sante",
        "language": "fr",
        "short_line": "Une phrase",
        "body": "Un texte",
        "source_1_title": "Une source",
        "source_1_url": "https://exemple.example/",
    }
    response = sign_in(cast.coordinator).post("/arguments/nouveau/", sent | change)
    assert response.status_code == 200
    assert field in response.context["form"].errors
    assert not Version.objects.exists()


def test_a_source_elsewhere_than_on_the_web_is_refused_in_the_form(
    cast: Cast, theme: str, sign_in: Any
) -> None:
    sent = {
        "theme": "sante",
        "language": "fr",
        "short_line": "Une phrase",
        "body": "Un texte",
        "source_1_title": "Une source",
        "source_1_url": "ftp://exemple.example/",
    }
    page = sign_in(cast.coordinator).post("/arguments/nouveau/", sent).content.decode()
    assert "commence par http:// ou https://" in page


def test_all_sources_of_a_card_are_offered_again(cast: Cast, theme: str, sign_in: Any) -> None:
    version = approve_new(cast, sources=(SOURCE,) * 7)
    page = sign_in(cast.coordinator).get(f"/arguments/{version.point_id}/nouvelle-version/")
    assert 'name="source_8_title"' in page.content.decode()


@pytest.mark.parametrize(
    "address",
    ["/arguments/", "/arguments/imprimer/", "/arguments/brouillons/", "/arguments/{point}/"],
)
def test_as_many_queries_for_twenty_rows_as_for_two(
    cast: Cast, cards: Cards, sign_in: Any, address: str
) -> None:
    browser = sign_in(cast.coordinator)
    path = address.format(point=cards.point)

    def more(number: int) -> None:
        for count in range(number):
            approve_new(cast, short_line=f"Carte {count}")
            draft(cast.other_coordinator, short_line=f"Brouillon {count}")
            draft(cast.other_coordinator, point_id=cards.point)
            version = draft(cast.other_coordinator, point_id=cards.point)
            api.approve(by_id=cast.administrator, version_id=version, at=NOON)

    def count() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert browser.get(path).status_code == 200
        return len(captured)

    more(2)
    count()
    few = count()
    more(18)
    assert count() == few
