"""Reports and the decisions on them."""

from datetime import datetime
from uuid import UUID

from django.db import models
from django.db.models import Q

from amiral.kit.clock import now
from amiral.kit.ids import new_id
from amiral.rooms.moderation.contracts import Grounds, ReportState, SubjectKind


class ReportQuerySet(models.QuerySet["Report"]):
    """Filters that read like the sentence."""

    def open(self) -> "ReportQuerySet":
        return self.filter(state=ReportState.OPEN)

    def on(self, *, subject_kind: str, subject_id: UUID) -> "ReportQuerySet":
        return self.filter(subject_kind=subject_kind, subject_id=subject_id)

    def decided_before(self, moment: datetime) -> "ReportQuerySet":
        return self.filter(decided_at__lt=moment)


class Report(models.Model):
    """Somebody asks that something be looked at; a moderator decides with reasons."""

    RETENTION = (
        "Twelve months after the decision: proof that notices were handled (DSA art. 16); then purged."
    )

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    subject_kind = models.CharField(max_length=20, choices=[(k.value, k.value) for k in SubjectKind])
    subject_id = models.UUIDField()
    subject_author = models.ForeignKey(
        "people.Person", null=True, on_delete=models.SET_NULL, related_name="+"
    )
    territory = models.ForeignKey("territory.Territory", on_delete=models.PROTECT, related_name="+")
    excerpt = models.TextField(help_text="The words as they were when they were reported.")
    reporter = models.ForeignKey("people.Person", null=True, on_delete=models.SET_NULL, related_name="+")
    grounds = models.CharField(max_length=30, choices=[(g.value, g.value) for g in Grounds])
    explanation = models.TextField(blank=True)
    state = models.CharField(
        max_length=10, choices=[(s.value, s.value) for s in ReportState], default=ReportState.OPEN
    )
    created_at = models.DateTimeField(default=now)
    decided_by = models.ForeignKey("people.Person", null=True, on_delete=models.SET_NULL, related_name="+")
    decision_reason = models.TextField(blank=True)
    decided_at = models.DateTimeField(null=True)

    objects = ReportQuerySet.as_manager()

    class Meta:
        ordering = ["created_at", "id"]
        indexes = [models.Index(fields=["state", "territory", "created_at"])]
        constraints = [
            models.UniqueConstraint(
                fields=["subject_kind", "subject_id", "reporter"], name="moderation_one_per_reporter"
            ),
            models.CheckConstraint(
                condition=Q(state="open", decided_at=None, decision_reason="")
                | (~Q(state="open") & Q(decided_at__isnull=False) & ~Q(decision_reason="")),
                name="moderation_decided_with_a_reason",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.subject_kind} {self.state}"
