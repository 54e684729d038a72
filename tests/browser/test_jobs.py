"""An administrator looks after a failed job: on a phone, without JavaScript, by keyboard."""

from collections.abc import Callable
from uuid import UUID

import pytest
from playwright.sync_api import Page, expect

from amiral.kit.clock import now
from amiral.kit.models import Job
from tests.conftest import Cast

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
TROUBLE = "Traceback (most recent call last):\nsmtplib.SMTPServerDisconnected: please run connect() first\n"


def test_a_failed_job_is_found_from_every_page_and_tried_again(
    page_without_javascript: Page, cast: Cast, enter_as: Callable[[Page, UUID], Page]
) -> None:
    at = now()
    for _ in range(2):
        Job.objects.create(
            task_path="amiral.kit.runs.work",
            queue="runs",
            state="failed",
            attempts=8,
            ended_at=at,
            problem=TROUBLE,
        )
    page = enter_as(page_without_javascript, cast.administrator)
    page.goto("/")
    page.get_by_role("link", name="Travaux d’arrière-plan").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Travaux d’arrière-plan")
    expect(page.get_by_role("table")).to_contain_text("SMTPServerDisconnected")
    page.get_by_role("button", name="Réessayer : Réveil").first.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("La tâche est reprise")).to_be_visible()
    assert Job.objects.filter(state="waiting").count() == 1
