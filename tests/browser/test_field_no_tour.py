"""The app when no tour comes: it says why, instead of an empty page."""

from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Route, expect

from amiral.rooms.field.contracts import AssignmentCard
from tests.browser.test_field_app import (
    assignment,
    import_addresses,
    line,
    make_world,
    phone,
    reference_dir,
    world,
)
from tests.rooms.field.conftest import World

__all__ = ["assignment", "import_addresses", "line", "make_world", "phone", "reference_dir", "world"]

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.mark.parametrize(
    ("status", "body", "said"),
    [
        (200, '{"v": 1, "digest": "of another one"}', "Cette tournée est arrivée abîmée"),
        (429, "", "Trop de demandes à la fois"),
        (404, "", "Ce secteur est celui d’une autre équipe"),
    ],
)
def test_why_there_is_no_tour(
    world: World,
    assignment: AssignmentCard,
    phone: Callable[..., BrowserContext],
    status: int,
    body: str,
    said: str,
) -> None:
    def answered(route: Route) -> None:
        route.fulfill(status=status, body=body, content_type="application/json")

    context = phone(world.cast.teammate, service_workers="block")
    context.route("**/terrain/app/paquets/**", answered)
    page = context.new_page()
    page.goto(f"/terrain/app/fr/?liste={assignment.id}")
    expect(page.get_by_role("heading", name="Aucune tournée sur ce téléphone")).to_be_visible()
    expect(page.get_by_role("alert").filter(has_text=said)).to_be_visible()
