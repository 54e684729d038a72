"""Paper that comes back, in a real browser: sent, checked beside its picture, entered."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import time_machine
from benchmarks.field.photographs import Hand
from playwright.sync_api import Page, expect

from amiral.kit import runs
from amiral.rooms.field.contracts import Outcome
from amiral.rooms.field.models import Scan, Visit
from tests.rooms.field.conftest import World, import_addresses, make_world, reference_dir, world
from tests.rooms.field.test_scanning import FLAT, LATER, print_list

__all__ = ["import_addresses", "make_world", "reference_dir", "world"]

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.mark.parametrize("width", [360, 1280])
def test_a_page_is_sent_checked_and_entered(
    world: World,
    sign_in: Callable[..., Any],
    open_page: Callable[..., Page],
    enter_as: Callable[[Page, Any], Page],
    assert_accessible: Callable[[Page], None],
    tmp_path: Path,
    settings: Any,
    width: int,
) -> None:
    settings.STATE_DIR = tmp_path / "state"
    with time_machine.travel(LATER, tick=True):
        card = world.assign()
        paper = print_list(sign_in(world.cast.teammate), card)
        photo = tmp_path / "page 1.jpg"
        hand = Hand.BLACK if width == 360 else Hand.CROSS
        photo.write_bytes(paper.tick({1: Outcome.TALKED, 3: Outcome.NOBODY}, hand=hand, camera=FLAT))
        page = enter_as(open_page(viewport={"width": width, "height": 800}), world.cast.teammate)
        page.goto(card.url)
        page.get_by_role("link", name="Envoyer des pages remplies").click()
        assert_accessible(page)
        page.get_by_label("Photos ou scans").set_input_files(photo)
        page.get_by_role("button", name="Envoyer les pages").click()
        expect(page.locator("h1")).to_have_text("Pages lues")
        run_id = Scan.objects.get().run_id
        assert run_id is not None
        runs.carry_out(run_id)
        page.goto(f"/papier/{Scan.objects.get().pk}/")
        assert_accessible(page)
        page.get_by_role("link", name="Vérifier la page suivante").click()
        assert_accessible(page)
        page.screenshot(path=str(tmp_path / "review.png"), full_page=True)
        if hand is Hand.BLACK:
            expect(page.get_by_role("heading", name="2 lignes à vérifier")).to_be_visible()
            assert page.locator(".scan__strip").first.evaluate("image => image.naturalWidth") == 736
        else:
            expect(page.get_by_role("heading", name="2 lignes lues sans doute")).to_be_visible()
        page.get_by_role("button", name="Saisir ces passages").click()
        expect(page.get_by_text("2 passages saisis.")).to_be_visible()
        assert sorted(Visit.objects.values_list("outcome", flat=True)) == ["nobody", "talked"]
        page.goto(f"{card.url}papier/")
        expect(page.get_by_text("traité")).to_be_visible()
