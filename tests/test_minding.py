"""What the worker looks after beside the queue."""

from datetime import timedelta

import pytest

from amiral.config import minding
from amiral.kit import runs
from amiral.kit.clock import now
from amiral.kit.models import Run

pytestmark = pytest.mark.django_db(transaction=True)


def purges() -> list[Run]:
    return list(Run.objects.filter(kind="purge"))


def test_everything_is_purged_once_a_day() -> None:
    minding.once()
    minding.once()
    (run,) = purges()
    runs.carry_out(run.pk)
    assert runs.run_by_id(run_id=run.pk).state == "done"
    Run.objects.filter(pk=run.pk).update(created_at=now() - timedelta(hours=25))
    minding.once()
    assert len(purges()) == 2


def test_a_failing_round_is_logged_and_the_next_one_follows(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail() -> None:
        raise OSError("the disk is full")

    monkeypatch.setattr(runs, "abandoned", fail)
    minding.once()
    assert "round failed" in caplog.text
