"""Who may open which page and use which verb."""

from typing import Any

import pytest

from amiral.rooms.moderation.models import Report
from amiral.rooms.talking_points.models import TalkingPoint, Theme, Version
from tests.conftest import Cast
from tests.rooms.talking_points.conftest import Cards

PERSONS = (
    "anonymous", "teammate", "owner", "stranger", "coordinator", "other_coordinator", "administrator"
)  # fmt: skip
L = "sign in"
EVERY_MEMBER = (L, 200, 200, 200, 200, 200, 200)
MANAGERS_READ = (L, 404, 404, 404, 200, 200, 200)
MANAGERS_SEND = (L, 404, 404, 404, 302, 302, 302)
PAGES: dict[tuple[str, str], tuple[Any, ...]] = {
    ("get", "/arguments/"): EVERY_MEMBER,
    ("get", "/arguments/?q=medecin&theme=sante"): EVERY_MEMBER,
    ("get", "/arguments/imprimer/"): EVERY_MEMBER,
    ("get", "/arguments/imprimer/?carte={point}&carte=nonsense"): EVERY_MEMBER,
    ("get", "/arguments/{point}/"): EVERY_MEMBER,
    ("get", "/arguments/{point}/signaler/"): EVERY_MEMBER,
    ("post", "/arguments/{point}/signaler/"): (L, 302, 302, 302, 302, 302, 302),
    ("get", "/arguments/{draft}/signaler/"): (L, 404, 404, 404, 404, 404, 404),
    ("get", "/arguments/nouveau/"): MANAGERS_READ,
    ("post", "/arguments/nouveau/"): MANAGERS_SEND,
    ("get", "/arguments/brouillons/"): MANAGERS_READ,
    ("get", "/arguments/themes/"): MANAGERS_READ,
    ("post", "/arguments/themes/"): MANAGERS_SEND,
    ("get", "/arguments/{point}/nouvelle-version/"): MANAGERS_READ,
    ("post", "/arguments/{point}/nouvelle-version/"): MANAGERS_SEND,
    ("get", "/arguments/versions/{draft}/"): MANAGERS_READ,
    ("get", "/arguments/versions/{approved}/"): MANAGERS_READ,
    ("post", "/arguments/versions/{draft}/approuver/"): MANAGERS_SEND,
    ("post", "/arguments/versions/{draft}/retirer/"): MANAGERS_SEND,
    ("get", "/arguments/{draft}/"): (L, 404, 404, 404, 404, 404, 404),
    ("get", "/arguments/versions/{point}/"): (L, 404, 404, 404, 404, 404, 404),
}
SENT = {
    "grounds": "insult",
    "theme": "sante",
    "language": "fr",
    "short_line": "Une phrase",
    "body": "Un texte",
    "source_1_title": "Une source",
    "source_1_url": "https://exemple.example/",
    "name_fr": "Écologie",
    "name_en": "Ecology",
}


def _address(pattern: str, cards: Cards) -> str:
    return pattern.format(point=cards.point, approved=cards.approved, draft=cards.draft)


@pytest.mark.parametrize("person", PERSONS)
@pytest.mark.parametrize(("verb", "pattern"), PAGES)
def test_matrix(cast: Cast, cards: Cards, sign_in: Any, verb: str, pattern: str, person: str) -> None:
    browser = sign_in(getattr(cast, person, None))
    address = _address(pattern, cards)
    before = _state()
    response = browser.get(address) if verb == "get" else browser.post(address, SENT)
    signing_in = response.status_code == 302 and response.url.startswith("/compte/")
    wanted = PAGES[verb, pattern][PERSONS.index(person)]
    assert (L if signing_in else response.status_code) == wanted
    # The author of the draft is redirected too, but to a sentence that says why nothing changed.
    own = person == "coordinator" and "approuver" in pattern
    assert (_state() != before) is (verb == "post" and wanted == 302 and not own)


def _state() -> tuple[Any, ...]:
    return (
        Theme.objects.count(),
        TalkingPoint.objects.count(),
        sorted(Version.objects.values_list("pk", "state")),
        Report.objects.count(),
    )


def test_every_address_stands_in_the_matrix() -> None:
    from amiral.rooms.talking_points.web.urls import urlpatterns

    known = {
        pattern.replace("versions/{draft}", "versions/<uuid:version_id>")
        .replace("{point}", "<uuid:point_id>")
        .partition("?")[0]
        .lstrip("/")
        for _verb, pattern in PAGES
    }
    assert {str(entry.pattern) for entry in urlpatterns} <= known


@pytest.mark.parametrize("pattern", [pattern for verb, pattern in PAGES if verb == "post"])
def test_every_verb_is_limited(
    cast: Cast, cards: Cards, sign_in: Any, pattern: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("amiral.kit.ratelimit.is_allowed", lambda **_: False)
    assert sign_in(cast.coordinator).post(_address(pattern, cards), SENT).status_code == 429


@pytest.mark.parametrize("person", ["teammate", "owner", "stranger"])
def test_members_read_no_draft_anywhere(cast: Cast, cards: Cards, sign_in: Any, person: str) -> None:
    browser = sign_in(getattr(cast, person))
    for verb, pattern in PAGES:
        if verb == "get":
            page = browser.get(_address(pattern, cards)).content.decode()
            assert "Un médecin partout" not in page
            assert str(cards.draft) not in page or str(cards.draft) in pattern.format(
                point="", approved="", draft=cards.draft
            )


def test_a_card_that_was_never_approved_does_not_exist_for_members(
    cast: Cast, theme: str, sign_in: Any
) -> None:
    from tests.rooms.talking_points.conftest import draft

    point = Version.objects.get(pk=draft(cast.coordinator)).point_id
    assert sign_in(cast.teammate).get(f"/arguments/{point}/").status_code == 404
    assert sign_in(cast.other_coordinator).get(f"/arguments/{point}/").status_code == 200


def test_no_page_shows_an_address(cast: Cast, cards: Cards, sign_in: Any) -> None:
    browser = sign_in(cast.administrator)
    for verb, pattern in PAGES:
        if verb == "get":
            page = browser.get(_address(pattern, cards)).content.decode()
            assert "@example.org" not in page.replace("administrator@example.org", "")
