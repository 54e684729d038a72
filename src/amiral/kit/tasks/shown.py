"""What an administrator sees of the jobs, and what must be forgotten in them."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.core.paginator import Page, Paginator
from django.db.models import Count

from amiral.kit.models import Job

PER_PAGE = 50
OVERDUE = timedelta(minutes=5)
"""A job that is due for longer and waits: no worker runs, or there are too few."""


@dataclass(frozen=True, kw_only=True)
class JobCard:
    """One job as the page lists it; ``trouble`` says what broke without repeating any value."""

    id: UUID
    task_path: str
    key: str
    attempts: int
    created_at: datetime
    due_at: datetime | None
    started_at: datetime | None
    ended_at: datetime | None
    trouble: str


@dataclass(frozen=True, kw_only=True)
class JobsView:
    """The jobs of the page: how many in each state, those that failed, and the next that wait or run."""

    waiting: int
    running: int
    done: int
    failed: Page[Job]
    failed_cards: tuple[JobCard, ...]
    failed_before: tuple[JobCard, ...]
    next_cards: tuple[JobCard, ...]
    running_cards: tuple[JobCard, ...]
    is_late: bool


def jobs_view(*, number: str | int | None, at: datetime) -> JobsView:
    """Everything on the page of jobs. Six queries, however many jobs there are."""
    counts = dict(Job.objects.order_by().values_list("state").annotate(Count("pk")))
    failed = Paginator(Job.objects.filter(state=Job.State.FAILED).order_by("-ended_at", "pk"), PER_PAGE)
    page = failed.get_page(number)
    waiting = Job.objects.filter(state=Job.State.WAITING).order_by("due_at")
    running = Job.objects.filter(state=Job.State.RUNNING).order_by("started_at")
    upcoming = [card(job=job) for job in waiting.filter(attempts=0)[:PER_PAGE]]
    return JobsView(
        waiting=counts.get(Job.State.WAITING, 0),
        running=counts.get(Job.State.RUNNING, 0),
        done=counts.get(Job.State.DONE, 0),
        failed=page,
        failed_cards=tuple(card(job=job) for job in page),
        failed_before=tuple(card(job=job) for job in waiting.filter(attempts__gt=0)[:PER_PAGE]),
        next_cards=tuple(upcoming),
        running_cards=tuple(card(job=job) for job in running[:PER_PAGE]),
        is_late=any(one.due_at is not None and one.due_at < at - OVERDUE for one in upcoming[:1]),
    )


def card(*, job: Job) -> JobCard:
    """The job without its arguments and without the report's values."""
    return JobCard(
        id=job.pk,
        task_path=job.task_path,
        key=job.key,
        attempts=job.attempts,
        created_at=job.created_at,
        due_at=job.due_at,
        started_at=job.started_at,
        ended_at=job.ended_at,
        trouble=trouble_of(job.problem),
    )


def trouble_of(problem: str) -> str:
    """A refusal's own sentence, else the class of the error: its message may quote what a row held."""
    if not problem.startswith("Traceback"):
        return problem
    last = [line for line in problem.splitlines() if line and not line.startswith(" ")][-1]
    return last.partition(":")[0].rpartition(".")[2]


def forget_problems(*, containing: str) -> int:
    """Empties the reports of jobs that hold this value; how many there were."""
    return Job.objects.filter(problem__icontains=containing).update(problem="")
