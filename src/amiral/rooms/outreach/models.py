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
