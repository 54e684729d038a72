"""Tables that belong to no room: the audit trail and the long runs."""

from django.db import models

from amiral.kit.clock import now
from amiral.kit.ids import new_id


class AuditLine(models.Model):
    """Who did what to what, and when; written in the transaction of the act itself."""

    RETENTION = "Twelve months: proof of who used which right; then purged."

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    at = models.DateTimeField(default=now, db_index=True)
    actor_id = models.UUIDField(null=True, help_text="Person; empty for the system itself.")
    verb = models.CharField(max_length=60)
    subject_kind = models.CharField(max_length=40)
    subject_id = models.CharField(max_length=64)
    detail = models.JSONField(default=dict)

    class Meta:
        ordering = ["-at"]
        indexes = [models.Index(fields=["subject_kind", "subject_id"])]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.verb} {self.subject_kind} {self.subject_id}"


class Run(models.Model):
    """A long piece of work that shows its progress, can be stopped and taken up again.

    The queue (``django.tasks``) only wakes a worker; the truth of the work is here: a worker holds the run
    by a lease, so that a killed worker's run is taken up by the next one.
    """

    RETENTION = "Three months after its end: lets a coordinator see what was imported or planned."

    class State(models.TextChoices):
        WAITING = "waiting"
        RUNNING = "running"
        DONE = "done"
        FAILED = "failed"
        STOPPED = "stopped"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    kind = models.CharField(max_length=60)
    arguments = models.JSONField(default=dict)
    state = models.CharField(max_length=10, choices=State, default=State.WAITING)
    done = models.BigIntegerField(default=0)
    total = models.BigIntegerField(default=0)
    result = models.JSONField(default=dict)
    problem = models.TextField(blank=True)
    stop_asked = models.BooleanField(default=False)
    started_by_id = models.UUIDField(null=True)
    language = models.CharField(max_length=7, default="fr", help_text="Of who started it: for its sentences.")
    created_at = models.DateTimeField(default=now)
    lease_until = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return f"{self.kind} {self.state} {self.done}/{self.total}"

    @property
    def percent(self) -> int:
        """Progress for a bar, 0 to 100; 0 while the total is unknown."""
        return min(100, 100 * self.done // self.total) if self.total else 0

    @property
    def is_over(self) -> bool:
        return self.state in {self.State.DONE, self.State.FAILED, self.State.STOPPED}


class Job(models.Model):
    """A short piece of work in the background (``kit.tasks``): who holds it, until when, and how it ended.

    ``due_at`` is the one moment from which any worker may take the job: its time while it waits, the end of
    the lease while it runs, empty once it is over. ``token`` grows with every taking and never shrinks: what
    a worker writes counts only under the token it was given.
    """

    RETENTION = "Fourteen days after its end: shows an administrator what failed, and that a repeat is none."

    class State(models.TextChoices):
        WAITING = "waiting"
        RUNNING = "running"
        DONE = "done"
        FAILED = "failed"
        DISCARDED = "discarded"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    task_path = models.TextField()
    queue = models.CharField(max_length=32)
    key = models.TextField(blank=True, help_text="Ids only, never a name or an address.")
    arguments = models.JSONField(default=dict)
    priority = models.SmallIntegerField(default=0)
    state = models.CharField(max_length=10, choices=State, default=State.WAITING)
    token = models.BigIntegerField(default=0)
    attempts = models.PositiveSmallIntegerField(default=0)
    worker = models.CharField(max_length=64, blank=True)
    problem = models.TextField(blank=True)
    result = models.JSONField(null=True)
    created_at = models.DateTimeField(default=now)
    due_at = models.DateTimeField(null=True)
    started_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-created_at"]
        indexes = [
            models.Index(
                fields=["queue", "-priority", "due_at"],
                condition=models.Q(due_at__isnull=False),
                name="kit_job_due",
            ),
            models.Index(fields=["-ended_at"], condition=models.Q(state="failed"), name="kit_job_failed"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state__in=["waiting", "running"], due_at__isnull=False)
                | models.Q(state__in=["done", "failed", "discarded"], due_at__isnull=True),
                name="kit_job_due_until_over",
            )
        ]

    def __str__(self) -> str:
        return f"{self.task_path} {self.key} {self.state}"


class Effect(models.Model):
    """That something was done once (``kit.tasks.once``), written in the transaction that did it."""

    RETENTION = "Three months: a job that is run again after a crash does nothing a second time."

    key = models.TextField(primary_key=True, help_text="Ids only, never a name or an address.")
    at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return self.key
