"""The outbox, and the letters of the demonstration."""

from django.db import models

from amiral.kit.clock import now
from amiral.kit.ids import new_id


class Message(models.Model):
    """One message to one person. Whether it may leave is decided when it leaves, not when it is written."""

    RETENTION = (
        "Thirty days after sending or refusal: proof of what was sent; bodies are emptied at once when sent."
    )

    class State(models.TextChoices):
        QUEUED = "queued"
        SENT = "sent"
        HELD = "held"
        FAILED = "failed"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    person = models.ForeignKey("people.Person", null=True, on_delete=models.CASCADE, related_name="+")
    to_address = models.EmailField()
    purpose = models.CharField(
        max_length=20, help_text="A consent purpose, or 'service' for what the person asked for."
    )
    subject = models.CharField(max_length=200)
    body = models.TextField()
    html = models.TextField(blank=True)
    headers = models.JSONField(default=dict)
    attachment_name = models.CharField(max_length=80, blank=True)
    attachment_type = models.CharField(max_length=80, blank=True)
    attachment_text = models.TextField(blank=True)
    state = models.CharField(max_length=10, choices=State, default=State.QUEUED, db_index=True)
    reason = models.CharField(max_length=200, blank=True, help_text="Why it was held or failed.")
    attempts = models.PositiveSmallIntegerField(default=0)
    idempotency_key = models.CharField(max_length=120, unique=True)
    created_at = models.DateTimeField(default=now)
    not_before = models.DateTimeField(default=now)
    lease_until = models.DateTimeField(null=True)
    sent_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.purpose} {self.state}"


class DemonstrationLetter(models.Model):
    """A letter that the demonstration shows on its mailbox page instead of sending it."""

    RETENTION = "Demonstration only: fictional persons; the newest five hundred are kept."

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    to_address = models.CharField(max_length=254)
    subject = models.CharField(max_length=200)
    body = models.TextField()
    at = models.DateTimeField(default=now)

    class Meta:
        ordering = ["-at", "-id"]

    def __str__(self) -> str:
        return self.subject


class PersonChange(models.Model):
    """That something changed which segments count by. Written by triggers, in the change's transaction."""

    RETENTION = "Two days: ids only, so that every process that counts segments follows the changes."

    what = models.CharField(max_length=20, help_text="person, or another kind of key; see outreach.changes.")
    key = models.CharField(max_length=40, blank=True)
    xid = models.BigIntegerField(default=0, help_text="PostgreSQL: the transaction; ids alone are no order.")

    class Meta:
        indexes = [models.Index(fields=["xid"])]

    def __str__(self) -> str:
        return f"{self.what} {self.key}"


class Segment(models.Model):
    """A boolean of criteria over the persons of a territory. Who meets it is counted, never kept."""

    RETENTION = "Criteria, no person but its author: as long as the campaign."

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    name = models.CharField(max_length=120)
    owner = models.ForeignKey("people.Person", null=True, on_delete=models.SET_NULL, related_name="+")
    territory = models.ForeignKey("territory.Territory", on_delete=models.PROTECT, related_name="+")
    expression = models.JSONField(help_text="The tree of criteria; see outreach.contracts.")
    version = models.PositiveIntegerField(default=1, help_text="Grows with each change of the criteria.")
    created_at = models.DateTimeField(default=now)
    changed_at = models.DateTimeField(default=now)

    class Meta:
        ordering = ["name", "id"]
        constraints = [models.CheckConstraint(condition=~models.Q(name=""), name="outreach_segment_named")]

    def __str__(self) -> str:
        return self.name


class SegmentUse(models.Model):
    """A line of the register of targeting: who used which criteria, why, when, over how many persons."""

    RETENTION = (
        "Seven years: the register that Regulation (EU) 2024/900 asks for; speaks of nobody but who used it."
    )

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    segment = models.ForeignKey(Segment, null=True, on_delete=models.SET_NULL, related_name="uses")
    segment_name = models.CharField(max_length=120)
    segment_version = models.PositiveIntegerField()
    territory = models.ForeignKey("territory.Territory", on_delete=models.PROTECT, related_name="+")
    used_by = models.ForeignKey("people.Person", null=True, on_delete=models.SET_NULL, related_name="+")
    used_at = models.DateTimeField(default=now)
    why = models.CharField(max_length=300)
    purpose = models.CharField(max_length=20)
    channel = models.CharField(max_length=10, help_text="email or phone.")
    starts_on = models.DateField()
    ends_on = models.DateField()
    cost_cents = models.PositiveIntegerField(null=True)
    expression = models.JSONField(help_text="The criteria as they were.")
    criteria = models.TextField(help_text="The same in words, in French.")
    found = models.PositiveIntegerField()
    reachable = models.PositiveIntegerField()

    class Meta:
        ordering = ["-used_at", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(ends_on__gte=models.F("starts_on")), name="outreach_use_period"
            )
        ]

    def __str__(self) -> str:
        return f"{self.segment_name} {self.used_at:%Y-%m-%d}"
