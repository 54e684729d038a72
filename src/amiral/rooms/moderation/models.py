"""Reports and the decisions on them."""

from django.db import models

from amiral.kit.clock import now
from amiral.kit.ids import new_id


class Report(models.Model):
    """Somebody asks that something be looked at; a moderator decides with reasons."""

    RETENTION = (
        "Twelve months after the decision: proof that notices were handled (DSA art. 16); then purged."
    )

    class State(models.TextChoices):
        OPEN = "open"
        UPHELD = "upheld"
        REJECTED = "rejected"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    subject_kind = models.CharField(max_length=20, help_text="post, comment")
    subject_id = models.UUIDField()
    subject_author = models.ForeignKey(
        "people.Person", null=True, on_delete=models.SET_NULL, related_name="+"
    )
    territory = models.ForeignKey("territory.Territory", on_delete=models.PROTECT, related_name="+")
    excerpt = models.TextField()
    reporter = models.ForeignKey("people.Person", null=True, on_delete=models.SET_NULL, related_name="+")
    grounds = models.CharField(max_length=30)
    explanation = models.TextField(blank=True)
    state = models.CharField(max_length=10, choices=State, default=State.OPEN, db_index=True)
    created_at = models.DateTimeField(default=now)
    decided_by = models.ForeignKey("people.Person", null=True, on_delete=models.SET_NULL, related_name="+")
    decision_reason = models.TextField(blank=True)
    decided_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["created_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["subject_kind", "subject_id", "reporter"], name="moderation_one_per_reporter"
            )
        ]

    def __str__(self) -> str:
        return f"{self.subject_kind} {self.state}"
