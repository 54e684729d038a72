"""Debates in a real browser: the whole chain on a telephone without JavaScript, and every page for axe."""

import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from playwright.sync_api import Page, expect

from amiral.config.demonstration import debates
from amiral.kit.clock import now
from amiral.rooms.debate.actions import arguments
from amiral.rooms.debate.models import Argument, Consultation, ReplyRequest, Statement, Vote
from amiral.rooms.debate.queries.replies import address_key
from amiral.rooms.moderation import api as moderation
from amiral.rooms.moderation.contracts import Grounds, ReportState
from tests.conftest import Cast

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

Enter = Callable[[Page, Any], Page]
SHOTS = os.environ.get("AMIRAL_SHOTS", "")
"""A folder for pictures of the pages, to look at."""


def test_a_citizen_goes_the_whole_way_without_javascript(
    page_without_javascript: Page, enter_as: Enter, cast: Cast
) -> None:
    moment = now()
    page = enter_as(page_without_javascript, cast.coordinator)
    page.goto("/debats/nouveau/", timeout=90_000)  # the first page of a process loads the whole site
    page.get_by_role("textbox", name="La question").fill("Que changer d’abord ?")
    page.get_by_label("Note de cadrage").fill("Rien n’est décidé.")
    page.get_by_label("Sources").fill("https://exemple.example/")
    page.get_by_label("Qui décide").fill("L’équipe")
    page.get_by_label("Réponses promises pour le").fill(f"{(moment + timedelta(days=30)).date()}")
    page.get_by_label("Ce que les gens écrivent est lu").uncheck()
    page.get_by_role("button", name="Garder le brouillon").click()
    page.get_by_role("link", name="Écrire les premiers énoncés").click()
    page.get_by_label("Énoncés, un par ligne").fill("Il faut un bus.\nIl faut un parc.")
    page.get_by_role("button", name="Ajouter les énoncés").click()
    row = Consultation.objects.get()
    page.goto(f"/debats/{row.pk}/calendrier/")
    page.get_by_role("button", name="Commencer « Contributions »").click()

    page.context.clear_cookies()
    page.goto("/debats/")
    page.get_by_role("link", name="Que changer d’abord ?").click()
    page.get_by_role("link", name="Donner mon avis").click()
    page.get_by_role("button", name="Pas d’accord").click()
    expect(page.get_by_text("rien ne compte encore")).to_be_visible()
    enter_as(page, cast.teammate).goto(f"/debats/{row.pk}/voix/")
    page.get_by_role("button", name="Prendre ma clé de vote").click()
    assert Vote.objects.count() == 1
    page.goto(f"/debats/{row.pk}/voter/")
    page.get_by_role("button", name="D’accord", exact=False).first.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("Vous avez répondu à tous les énoncés")).to_be_visible()
    page.get_by_role("link", name="Il manque quelque chose").click()
    page.get_by_label("Votre énoncé").fill("Un parc, il en faut un")
    page.get_by_role("button", name="Publier").click()
    expect(page.get_by_text("Cela a-t-il déjà été dit")).to_be_visible()
    page.get_by_role("button", name="Le mien dit autre chose").click()
    assert Statement.objects.count() == 3


def test_who_is_named_confirms_the_address_in_a_browser(page_without_javascript: Page, cast: Cast) -> None:
    """A page that sent no referrer made browsers send "Origin: null", which is refused as forged."""
    page = page_without_javascript
    page.goto("/droit-de-reponse/?page=/mentions-legales/", timeout=90_000)
    page.get_by_label("Passages que vous contestez").fill("Dominique Essai a dit cela.")
    page.get_by_label("Votre réponse").fill("Je ne l’ai pas dit.")
    page.get_by_label("Nom à publier").fill("Dominique Essai")
    page.get_by_label("Votre adresse électronique").fill("dominique@example.org")
    page.get_by_role("button", name="Envoyer ma demande").click()
    expect(page.get_by_text("ouvrez le lien du courrier")).to_be_visible()
    page.goto(f"{page.url}?cle={address_key(ReplyRequest.objects.get())}")  # the link of the letter
    page.get_by_role("button", name="Confirmer mon adresse").click()
    expect(page.get_by_text("Votre adresse est confirmée")).to_be_visible()
    page.get_by_role("button", name="Retirer ma demande").click()
    expect(page.get_by_text("Votre demande est retirée")).to_be_visible()


def test_a_hidden_argument_is_appealed_with_the_key_and_no_refusal_is_a_dead_end(
    page_without_javascript: Page, enter_as: Enter, cast: Cast
) -> None:
    debates.build(coordinator=cast.coordinator, member=cast.teammate, now=datetime.now(UTC))
    row = Consultation.objects.get(phase="contributions")
    page = enter_as(page_without_javascript, cast.teammate)
    page.goto(f"/debats/{row.pk}/voix/", timeout=90_000)
    page.get_by_label("Clé ou code").fill("nonsense")
    page.get_by_role("button", name="Ouvrir ma voix").click()
    expect(page.get_by_role("alert")).to_be_visible()
    page.get_by_role("button", name="English").click()  # the address of the refused form took no question
    expect(page.get_by_role("heading", name="My voice")).to_be_visible()
    page.get_by_role("button", name="Français").click()
    page.get_by_role("button", name="Prendre ma clé de vote").click()
    statement = Statement.objects.get(consultation=row, number=8).pk
    page.goto(f"/debats/enonces/{statement}/argumenter/")
    page.get_by_label("Pour", exact=True).check()
    page.get_by_role("textbox", name="Argument", exact=True).fill("C’est faux, dit la fiction.")
    page.get_by_label("Adresse de la source").fill("https://exemple.example/")
    page.get_by_label("Ce qu’elle dit").fill("Rien")
    page.get_by_label("Jour où vous l’avez lue").fill(f"{now().date() - timedelta(days=2)}")
    page.get_by_role("button", name="Ajouter l’argument").click()
    expect(page.get_by_text("en attendant, il figure dans")).to_be_visible()
    mine = Argument.objects.get(text="C’est faux, dit la fiction.")
    arguments.decide(by_id=cast.coordinator, argument_id=mine.pk, show=True, reason="", at=now())
    report = arguments.report(
        by_id=cast.owner, argument_id=mine.pk, grounds=Grounds.INSULT, explanation="Une insulte."
    )
    moderation.decide(
        by_id=cast.coordinator, report_id=report, state=ReportState.UPHELD, reason="Insulte.", at=now()
    )
    page.goto(f"/debats/{row.pk}/voix/")
    page.get_by_role("link", name="Raisons, et recours").click()
    expect(page.get_by_text("Charte\u00a0: Insulte ou harcèlement")).to_be_visible()
    page.get_by_label("Pourquoi vous n’êtes pas d’accord").fill("C’était de l’ironie.")
    page.get_by_role("button", name="Faire un recours").click()
    expect(page.get_by_text("Un autre modérateur n’a pas encore tranché")).to_be_visible()
    wide, window = page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
    assert wide <= window


@pytest.mark.parametrize("locale", ["fr-FR", "en-GB"])
def test_every_page_is_accessible(
    open_page: Callable[..., Page],
    enter_as: Enter,
    assert_accessible: Callable[[Page], None],
    cast: Cast,
    locale: str,
) -> None:
    debates.build(coordinator=cast.coordinator, member=cast.teammate, now=datetime.now(UTC))
    running = Consultation.objects.get(phase="contributions")
    answered = Consultation.objects.get(phase="follow-up")
    page = enter_as(open_page(locale=locale), cast.coordinator)
    page.goto(f"/debats/{running.pk}/voix/")
    page.get_by_role("button", name="clé de vote" if locale == "fr-FR" else "voting key").click()
    for name, address in _addresses(running.pk, answered.pk).items():
        page.goto(address)
        assert_accessible(page)
        if SHOTS:
            page.screenshot(path=Path(SHOTS) / f"{name}-{locale}.png", full_page=True)


def _addresses(running: UUID, answered: UUID) -> dict[str, str]:
    amendment = Statement.objects.get(consultation_id=running, kind="amendment").pk
    argued = Statement.objects.get(consultation_id=running, number=8).pk
    given = Statement.objects.filter(consultation_id=answered, owed__isnull=False)[0]
    return {
        "list": "/debats/",
        "new": "/debats/nouveau/",
        "page": f"/debats/{running}/",
        "calendar": f"/debats/{running}/calendrier/",
        "vote": f"/debats/{running}/voter/",
        "voice": f"/debats/{running}/voix/",
        "withdraw": f"/debats/{running}/voix/retirer/",
        "codes": f"/debats/{running}/codes/",
        "statements": f"/debats/{running}/enonces/",
        "propose": f"/debats/{running}/enonces/ecrire/",
        "waiting": f"/debats/{running}/enonces/a-lire/",
        "seed": f"/debats/{running}/enonces/semer/",
        "remarks": f"/debats/{running}/enonces/portes/",
        "amendment": f"/debats/enonces/{amendment}/",
        "argued": f"/debats/enonces/{argued}/",
        "argue": f"/debats/enonces/{argued}/argumenter/",
        "report": f"/debats/enonces/{argued}/signaler/",
        "map": f"/debats/{running}/carte/",
        "data": f"/debats/{running}/donnees/",
        "answered": f"/debats/{answered}/",
        "synthesis": f"/debats/{answered}/synthese/",
        "answer": f"/debats/enonces/{given.pk}/",
        "answering": f"/debats/enonces/{given.pk}/repondre/",
        "milestone": f"/debats/reponses/{given.formal_answers.get().pk}/etape/",
    }
