"""The administrator's page of background work: who sees it, what it says, what its buttons do."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from amiral.config.jobs_page import JOB_TITLES
from amiral.kit.clock import now
from amiral.kit.errors import NotFound, Refused
from amiral.kit.ids import new_id
from amiral.kit.models import AuditLine, Job
from amiral.kit.tasks import deciding, shown
from tests.conftest import Cast

pytestmark = pytest.mark.django_db

RIGHTS = {
    "administrator": True,
    "coordinator": False,
    "other_coordinator": False,
    "owner": False,
    "teammate": False,
    "stranger": False,
}
QUOTING = (
    'Traceback (most recent call last):\n  File "x"\ndjango.db.utils.IntegrityError: Key (email)=(a@b.fr)\n'
)


def make(state: str = "failed", **fields: Any) -> UUID:
    at = now()
    over = state in {"failed", "done", "discarded"}
    values: dict[str, Any] = {
        "task_path": "amiral.kit.runs.work", "queue": "default", "key": "k", "attempts": 8,
        "due_at": None if over else at, "ended_at": at if over else None, "started_at": at,
    }  # fmt: skip
    return Job.objects.create(state=state, **(values | fields)).pk


def addresses(job_id: UUID) -> list[str]:
    one = f"/travaux/taches/{job_id}"
    return [f"{one}/recommencer/", f"{one}/abandonner/", "/travaux/taches/recommencer/"]


@pytest.mark.parametrize(("who", "allowed"), RIGHTS.items())
def test_only_administrators_see_and_decide(cast: Cast, sign_in: Any, who: str, allowed: bool) -> None:
    job_id = make()
    browser = sign_in(getattr(cast, who))
    assert browser.get("/travaux/").status_code == (200 if allowed else 404)
    for address in addresses(job_id):
        assert browser.post(address).status_code == (302 if allowed else 404)
    assert (Job.objects.get(pk=job_id).state == "failed") == (not allowed)
    home = browser.get("/").content.decode()
    assert ('href="/travaux/"' in home) == allowed


def test_a_visitor_is_asked_to_sign_in() -> None:
    assert Client().get("/travaux/").headers["Location"].startswith("/compte/")
    for address in addresses(make()):
        assert Client().post(address).headers["Location"].startswith("/compte/")
        assert Client().get(address).status_code == 405


def test_the_page_names_what_failed_without_quoting_a_row(cast: Cast, sign_in: Any) -> None:
    make(problem=QUOTING)
    make(problem="L’adresse du serveur manque.", task_path="amiral.essai.inconnu")
    make("waiting", attempts=2, problem=QUOTING)
    make("waiting", attempts=0, due_at=now() + timedelta(hours=1))
    make("running")
    page = sign_in(cast.administrator).get("/travaux/").content.decode()
    assert page.count("IntegrityError") == 2
    assert "a@b.fr" not in page
    for words in [
        "L’adresse du serveur manque.",
        "amiral.essai.inconnu",
        "Réveil d’un travail",
        "Prochain essai",
    ]:
        assert words in page
    assert "cinq minutes" not in page


def test_the_page_says_when_no_worker_runs(cast: Cast, sign_in: Any) -> None:
    make("waiting", attempts=0, due_at=now() - timedelta(minutes=6))
    assert "cinq minutes" in sign_in(cast.administrator).get("/travaux/").content.decode()


def test_an_empty_page_says_so_in_both_languages(cast: Cast, sign_in: Any) -> None:
    browser = sign_in(cast.administrator)
    assert "Aucune tâche n’a échoué." in browser.get("/travaux/").content.decode()
    browser.cookies["langue"] = "en"
    assert "No job has failed." in browser.get("/travaux/").content.decode()


def test_the_buttons_do_what_they_say_and_leave_a_trace(cast: Cast, sign_in: Any) -> None:
    browser = sign_in(cast.administrator)
    one, other, third = make(), make(), make()
    browser.post(addresses(one)[0])
    browser.post(addresses(other)[1])
    answer = browser.post(addresses(other)[2], follow=True)
    assert "1 tâche est reprise" in answer.content.decode()
    states = {job.pk: job.state for job in Job.objects.all()}
    assert states == {one: "waiting", other: "discarded", third: "waiting"}
    verbs = AuditLine.objects.filter(subject_kind="job").values_list("verb", flat=True)
    assert sorted(verbs) == ["discard-job", "retry-job", "retry-jobs"]
    answer = browser.post(addresses(other)[0], follow=True)
    assert "s’est terminée entre-temps" in answer.content.decode()


def test_what_cannot_be_decided_is_refused(cast: Cast) -> None:
    with pytest.raises(NotFound):
        deciding.retry(by_id=cast.administrator, job_id=new_id(), at=now())
    with pytest.raises(Refused):
        deciding.discard(by_id=cast.administrator, job_id=make("running"), at=now())
    assert not AuditLine.objects.filter(subject_kind="job").exists()


def test_the_page_asks_as_much_for_twenty_jobs_as_for_two(cast: Cast, sign_in: Any) -> None:
    browser, counts = sign_in(cast.administrator), []
    for _ in range(2):
        for state in ["failed", "waiting", "running"]:
            for _ in range(1 if not counts else 20):
                make(state, attempts=1)
        with CaptureQueriesContext(
            connection,
        ) as queries:
            assert browser.get("/travaux/").status_code == 200
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_reports_that_quote_a_value_are_emptied() -> None:
    job_id = make(problem=QUOTING)
    assert shown.forget_problems(containing="A@b.fr") == 1
    assert Job.objects.get(pk=job_id).problem == ""


def test_every_title_is_of_a_task() -> None:
    from django.utils.module_loading import import_string
    from django_tasks.base import Task

    assert all(isinstance(import_string(path), Task) for path in JOB_TITLES)
