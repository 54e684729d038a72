"""Pages that belong to no room, and the frame that all pages share."""

import re
from pathlib import Path
from typing import Any
from uuid import UUID

import polib
import pytest
from django.apps import apps
from django.conf import settings as conf
from django.core.cache import cache
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.test import Client
from django.utils import translation

from amiral.config import context, legal, pages
from amiral.kit.models import Run
from tests.conftest import Cast

KIT = Path(conf.PACKAGE_DIR) / "kit"
RETENTION_PO = Path(conf.PACKAGE_DIR) / "config/locale/fr/LC_MESSAGES/retention.po"


# Colours -------------------------------------------------------------------------------------------
def colours(scheme: str) -> dict[str, str]:
    """The custom properties of the style sheet that are plain colours."""
    sheet = (KIT / "static/kit/app.css").read_text(encoding="utf-8")
    light, dark = re.findall(r":root \{(.*?)\}", sheet, re.S)[:2]
    found = dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6});", light))
    return found | (dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6});", dark)) if scheme == "dark" else {})


def luminance(colour: str) -> float:
    """Relative luminance (WCAG 2.2)."""
    channels = [int(colour[index : index + 2], 16) / 255 for index in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


TEXTS = [
    *(
        (ink, ground)
        for ink in ("ink", "muted", "link", "error", "ok", "warn")
        for ground in ("paper", "surface", "sunk")
    ),
    *((tone, f"{tone}-soft") for tone in ("ok", "warn", "error")),
    *(("ink", f"{tone}-soft") for tone in ("ok", "warn", "error")),
    ("on-deep", "deep"),
    ("on-brand", "brand"),
    ("on-brand", "brand-hover"),
]
OUTLINES = [(line, ground) for line in ("edge", "focus", "brand") for ground in ("paper", "surface", "sunk")]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("pairs", "least"), [(TEXTS, 4.5), (OUTLINES, 3.0)])
def test_colours_are_told_apart(scheme: str, pairs: list[tuple[str, str]], least: float) -> None:
    known = colours(scheme)
    assert {
        pair: contrast(known[pair[0]], known[pair[1]])
        for pair in pairs
        if contrast(known[pair[0]], known[pair[1]]) < least
    } == {}


@pytest.mark.parametrize(("name", "most"), [("app.css", 17_000), ("map.css", 6_000)])
def test_the_style_sheets_are_light_and_ask_for_nothing(name: str, most: int) -> None:
    sheet = (KIT / "static/kit" / name).read_text(encoding="utf-8")
    assert len(sheet.encode()) < most
    assert "url(" not in sheet
    assert "@import" not in sheet


# Frame ---------------------------------------------------------------------------------------------
def navigation_of(rf: Any, cast: Cast, who: str | None) -> context.Navigation:
    from django.contrib.auth.models import AnonymousUser

    from amiral.rooms.people.models import Person

    request: HttpRequest = rf.get("/actions/")
    request.user = Person.objects.get(pk=getattr(cast, who)) if who else AnonymousUser()
    with translation.override("en"):
        return context.navigation(request)


EVERYBODY = ["Groups", "Actions", "Talking points", "Debates"]
MEMBERS = [*EVERYBODY, "My feed", "My actions"]
MANAGERS = [
    *MEMBERS,
    *("Field", "Moderation", "Data", "Supporters", "Mandates", "Duplicates", "Segments", "Mailings"),
    *("Requests", "Messages", "Ballots"),
]


@pytest.mark.parametrize(
    ("who", "rooms", "person"),
    [
        (None, EVERYBODY, ["Sign in", "Join"]),
        ("teammate", MEMBERS, ["Me"]),
        ("owner", [*MEMBERS, "Field", "Mandates", "Messages", "Ballots"], ["Me"]),
        ("coordinator", MANAGERS, ["Me"]),
        ("administrator", MANAGERS, ["Me"]),
    ],
)
def test_the_header_offers_what_the_reader_may_open(
    rf: Any, cast: Cast, who: str | None, rooms: list[str], person: list[str]
) -> None:
    nav = navigation_of(rf, cast, who)
    assert [entry.label for entry in nav.rooms] == rooms
    assert [entry.label for entry in nav.person] == person
    assert [entry.label for entry in nav.rooms if entry.current] == ["Actions"]
    assert bool(nav.sign_out) == (who is not None)


def test_the_header_costs_one_query_at_most(rf: Any, cast: Cast, django_assert_max_num_queries: Any) -> None:
    from amiral.rooms.people.models import Person

    request = rf.get("/")
    request.user = Person.objects.get(pk=cast.coordinator)
    with django_assert_max_num_queries(1):
        str(context.site(request)["navigation"])


def test_the_mailbox_is_offered_in_a_demonstration_only(rf: Any, cast: Cast, settings: Any) -> None:
    settings.DEMONSTRATION = False
    assert navigation_of(rf, cast, None).mailbox == ""
    settings.DEMONSTRATION = True
    assert navigation_of(rf, cast, None).mailbox == "/boite-aux-lettres/"


@pytest.mark.django_db
def test_the_language_is_changed_by_a_form_and_remembered() -> None:
    client = Client(enforce_csrf_checks=True)
    token = re.search(
        r'csrfmiddlewaretoken" value="(\w+)"', client.get("/mentions-legales/").content.decode()
    )
    assert token
    answer = client.post(
        "/langue/", {"language": "en", "next": "/mentions-legales/", "csrfmiddlewaretoken": token[1]}
    )
    assert answer.headers["Location"] == "/mentions-legales/"
    assert "Legal notice and personal data" in client.get("/mentions-legales/").content.decode()


def test_errors_are_said_in_words(client: Client, db: None) -> None:
    missing = client.get("/introuvable/")
    assert missing.status_code == 404
    assert "Page introuvable" in missing.content.decode()


def test_the_page_of_a_broken_site_needs_no_request_and_no_query(
    django_assert_num_queries: Any, db: None, rf: Any
) -> None:
    with django_assert_num_queries(0):
        answer = pages.broken(rf.get("/"))
    assert answer.status_code == 500
    assert "Quelque chose s’est cassé de notre côté" in answer.content.decode()


def test_too_many_requests_says_when_to_come_back(rf: Any, cast: Cast) -> None:
    page = render_to_string("kit/too_many.html", {"minutes": 5})
    assert "Réessayez dans 5 minutes." in page


def test_health_answers_without_a_query(client: Client, django_assert_num_queries: Any, db: None) -> None:
    with django_assert_num_queries(0):
        assert client.get("/etat/").json() == {"ok": True}


def test_a_page_without_an_icon_finds_one(client: Client) -> None:
    assert client.get("/favicon.ico").headers["Location"].startswith("/static/kit/logo")


# Home ----------------------------------------------------------------------------------------------
@pytest.fixture
def _counted_anew() -> None:
    cache.clear()


@pytest.mark.usefixtures("_counted_anew")
def test_a_visitor_is_told_what_to_do(cast: Cast, sign_in: Any) -> None:
    page = sign_in(None).get("/").content.decode()
    assert "La campagne se gagne porte à porte" in page
    assert 'href="/rejoindre/"' in page
    assert 'action="/actions/"' in page
    assert 'formaction="/groupes/"' in page


def action_with_shifts(cast: Cast, *, count: int) -> list[UUID]:
    """A published action of Mâcon with shifts from tomorrow on; their ids."""
    from datetime import timedelta

    from amiral.kit.clock import now
    from amiral.rooms.mobilisation.api import create_action
    from amiral.rooms.mobilisation.contracts import ActionDraft, Kind, ShiftDraft
    from amiral.rooms.mobilisation.models import Shift

    first = now() + timedelta(days=1)
    shifts = [
        ShiftDraft(
            starts_at=first + timedelta(days=n), ends_at=first + timedelta(days=n, hours=2), capacity=5
        )
        for n in range(count)
    ]
    draft = ActionDraft(
        kind=Kind.DOOR_TO_DOOR,
        title="Autour de la place",
        place="Place Saint-Pierre",
        commune_id="commune:71270",
    )
    action_id = create_action(by_id=cast.owner, group_id=cast.group, draft=draft, shifts=shifts)
    return list(Shift.objects.filter(action=action_id).values_list("pk", flat=True))


@pytest.mark.usefixtures("_counted_anew")
def test_a_member_sees_his_group_and_his_next_action(cast: Cast, sign_in: Any) -> None:
    from amiral.rooms.mobilisation.api import sign_up

    (shift,) = action_with_shifts(cast, count=1)
    before = sign_in(cast.teammate).get("/").content.decode()
    assert "Bonjour Teammate" in before
    assert 'href="/groupes/macon/"' in before
    assert "Vous n’êtes pas encore inscrit à une action." in before
    sign_up(person_id=cast.teammate, shift_id=shift)
    after = sign_in(cast.teammate).get("/").content.decode()
    assert "Vous n’êtes pas encore inscrit à une action." not in after
    assert after.count("Autour de la place") == 2


@pytest.mark.usefixtures("_counted_anew")
def test_the_first_page_costs_the_same_with_more_actions(
    cast: Cast, sign_in: Any, django_assert_max_num_queries: Any
) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    browser = sign_in(cast.teammate)

    def count() -> int:
        cache.clear()
        with CaptureQueriesContext(connection) as queries:
            browser.get("/")
        return len(queries)

    action_with_shifts(cast, count=2)
    few = count()
    for _n in range(10):
        action_with_shifts(cast, count=2)
    assert count() == few


# Legal ---------------------------------------------------------------------------------------------
def test_every_table_is_on_the_legal_page_or_known_to_hold_nobody() -> None:
    silent = {model._meta.label for model in apps.get_models() if not legal.retention_of(model)}
    assert silent == legal.TECHNICAL_TABLES


def test_every_sentence_of_retention_is_translated_and_none_is_stale() -> None:
    said = {words for table in legal.declared() for words in table}
    known = {entry.msgid for entry in polib.pofile(str(RETENTION_PO)) if entry.translated()}
    assert known == said


@pytest.mark.parametrize(
    ("language", "words"), [("fr", "Douze mois après sa fin"), ("en", "Twelve months after its end")]
)
def test_the_legal_page_speaks_both_languages(client: Client, db: None, language: str, words: str) -> None:
    page = client.get("/mentions-legales/", headers={"accept-language": language}).content.decode()
    assert words in page


def test_the_legal_page_names_who_answers_for_it(client: Client, db: None, settings: Any) -> None:
    settings.CONTACT = "donnees@example.org"
    settings.PUBLISHER = "Association d’essai, 1 rue Basse, Mâcon"
    assert "AMIRAL_HOSTING" in client.get("/mentions-legales/").content.decode()
    settings.HOSTING = "Hébergeur d’essai"
    page = client.get("/mentions-legales/").content.decode()
    assert 'href="mailto:donnees@example.org"' in page
    assert "Association d’essai, 1 rue Basse, Mâcon" in page
    assert "AMIRAL_" not in page


# Runs ----------------------------------------------------------------------------------------------
@pytest.fixture
def run(cast: Cast) -> Run:
    """Started by the coordinator of Saône-et-Loire, half done."""
    return Run.objects.create(
        kind="import-addresses", state=Run.State.RUNNING, done=5, total=10, started_by_id=cast.coordinator
    )


RIGHTS = {
    "coordinator": True,
    "administrator": True,
    "other_coordinator": False,
    "owner": False,
    "teammate": False,
    "stranger": False,
}


@pytest.mark.parametrize(("who", "allowed"), RIGHTS.items())
def test_a_run_is_seen_by_who_started_it_and_by_administrators(
    cast: Cast, sign_in: Any, run: Run, who: str, allowed: bool
) -> None:
    answer = sign_in(getattr(cast, who)).get(f"/travaux/{run.pk}/")
    assert answer.status_code == (200 if allowed else 404)
    assert ('value="50"' in answer.content.decode()) == allowed


@pytest.mark.parametrize(("who", "allowed"), RIGHTS.items())
@pytest.mark.parametrize("verb", ["arreter", "reprendre"])
def test_a_run_is_steered_by_the_same_people(
    cast: Cast, sign_in: Any, run: Run, who: str, allowed: bool, verb: str
) -> None:
    answer = sign_in(getattr(cast, who)).post(f"/travaux/{run.pk}/{verb}/")
    assert answer.status_code == (302 if allowed else 404)
    run.refresh_from_db()
    assert run.stop_asked == (allowed and verb == "arreter")


@pytest.mark.parametrize("path", ["", "arreter/", "reprendre/"])
def test_a_visitor_is_asked_to_sign_in_before_a_run(run: Run, path: str) -> None:
    method = Client().post if path else Client().get
    assert method(f"/travaux/{run.pk}/{path}").headers["Location"].startswith("/compte/")


def test_a_run_is_not_steered_by_a_link(cast: Cast, sign_in: Any, run: Run) -> None:
    assert sign_in(cast.coordinator).get(f"/travaux/{run.pk}/arreter/").status_code == 405


@pytest.mark.parametrize(
    ("state", "refreshes", "words"),
    [
        ("waiting", True, "En attente de son tour."),
        ("running", True, "En cours"),
        ("done", False, "Voir le résultat"),
        ("failed", False, "Le fichier est vide."),
        ("stopped", False, "Reprendre"),
    ],
)
def test_the_page_of_a_run_asks_for_news_until_it_is_over(
    cast: Cast, sign_in: Any, run: Run, state: str, refreshes: bool, words: str
) -> None:
    Run.objects.filter(pk=run.pk).update(
        state=state, problem="Le fichier est vide." if state == "failed" else "", result={"url": "/donnees/"}
    )
    answer = sign_in(cast.coordinator).get(f"/travaux/{run.pk}/")
    assert ("Refresh" in answer.headers) == refreshes
    assert words in answer.content.decode()


@pytest.mark.parametrize(("kind", "leads_back"), [("import-streets", True), ("plan-canvass", False)])
def test_an_import_that_failed_leads_back_to_the_reference_files(
    cast: Cast, sign_in: Any, run: Run, kind: str, leads_back: bool
) -> None:
    Run.objects.filter(pk=run.pk).update(kind=kind, state="failed", problem="Le fichier est vide.")
    page = sign_in(cast.coordinator).get(f"/travaux/{run.pk}/").content.decode()
    crumbs = page.partition('class="breadcrumb"')[2].partition("</nav>")[0]
    assert ('<a href="/donnees/">' in crumbs) == leads_back


def test_every_kind_of_run_has_a_title() -> None:
    assert set(pages.RUN_TITLES) == set(conf.AMIRAL_RUNS)
