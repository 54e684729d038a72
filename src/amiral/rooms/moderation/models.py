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
        "Twelve months after the decision, and while its original is under seal: proof that notices were"
        " handled."
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
    notifier_email = models.EmailField(
        blank=True, help_text="Of a notice without an account: the receipt and the decision go there."
    )
    notifier_language = models.CharField(max_length=8, blank=True, help_text="Of those letters.")
    grounds = models.CharField(max_length=30, choices=[(g.value, g.value) for g in Grounds])
    explanation = models.TextField(blank=True)
    state = models.CharField(
        max_length=10, choices=[(s.value, s.value) for s in ReportState], default=ReportState.OPEN
    )
    created_at = models.DateTimeField(default=now)
    looked_at = models.DateTimeField(null=True, help_text="When a moderator first opened it.")
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
            models.UniqueConstraint(
                fields=["subject_kind", "subject_id", "notifier_email"],
                condition=~Q(notifier_email=""),
                name="moderation_one_per_address",
            ),
            models.CheckConstraint(
                condition=Q(state="open", decided_at=None, decision_reason="")
                | (~Q(state="open") & Q(decided_at__isnull=False) & ~Q(decision_reason="")),
                name="moderation_decided_with_a_reason",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.subject_kind} {self.state}"


class Appeal(models.Model):
    """Who is concerned by a decision asks another moderator to look again; once."""

    RETENTION = "As the report it is about."

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    report = models.ForeignKey(Report, on_delete=models.CASCADE, related_name="appeals")
    appellant = models.ForeignKey("people.Person", null=True, on_delete=models.SET_NULL, related_name="+")
    words = models.TextField(help_text="Why the decision should be another.")
    created_at = models.DateTimeField(default=now)
    granted = models.BooleanField(null=True, help_text="None while nobody has decided.")
    decided_by = models.ForeignKey("people.Person", null=True, on_delete=models.SET_NULL, related_name="+")
    decision_reason = models.TextField(blank=True)
    decided_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["created_at", "id"]
        constraints = [
            models.UniqueConstraint(fields=["report", "appellant"], name="moderation_one_appeal_each"),
            models.CheckConstraint(
                condition=Q(granted=None, decided_at=None, decision_reason="")
                | (Q(granted__isnull=False, decided_at__isnull=False) & ~Q(decision_reason="")),
                name="moderation_appeal_decided_with_a_reason",
            ),
        ]

    def __str__(self) -> str:
        return str(self.pk)


class Decision(models.Model):
    """A decision with its statement of reasons (DSA art. 17); who decided stands with the report."""

    RETENTION = "As the report it is about."

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    report = models.ForeignKey(Report, on_delete=models.CASCADE, related_name="decisions")
    appeal = models.OneToOneField(Appeal, null=True, on_delete=models.CASCADE, related_name="decision")
    hidden = models.BooleanField(help_text="Whether what was said is hidden by it.")
    ground = models.CharField(max_length=60, blank=True, help_text="Empty when nothing is restricted.")
    rule = models.TextField(blank=True, help_text="The article of the law or of the charter.")
    explanation = models.TextField(blank=True, help_text="Why it applies.")
    facts = models.TextField(blank=True, help_text="What happened, without anybody's name.")
    category = models.CharField(max_length=80, blank=True)
    notices = models.PositiveIntegerField(default=1, help_text="How many notices it answers.")
    noticed_at = models.DateTimeField(help_text="Of the first notice, or of the appeal.")
    looked_at = models.DateTimeField(null=True)
    decided_at = models.DateTimeField(db_index=True)

    class Meta:
        ordering = ["decided_at", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(hidden=False)
                | (Q(hidden=True) & ~Q(ground="") & ~Q(rule="") & ~Q(facts="") & ~Q(category="")),
                name="moderation_a_restriction_is_stated",
            ),
        ]

    def __str__(self) -> str:
        return str(self.pk)


class LogLine(models.Model):
    """One entry of the public log (``cores.chain``). No two may follow the same one: ``before`` is unique."""

    RETENTION = "As long as the campaign: what was decided, without a person and without words."

    number = models.BigIntegerField(primary_key=True)
    at = models.CharField(max_length=20, help_text="UTC, ISO 8601 with Z: as it was hashed.")
    about = models.UUIDField(null=True, db_index=True, help_text="The decision or case it speaks of.")
    body = models.JSONField()
    before = models.CharField(max_length=64, unique=True)
    hash = models.CharField(max_length=64, unique=True)

    class Meta:
        ordering = ["number"]

    def __str__(self) -> str:
        return f"{self.number} {self.hash}"


class Sealed(models.Model):
    """The original of what was hidden, encrypted; it outlives the report, so it holds its own context."""

    RETENTION = (
        "One year, six years for fraud, violence or harm to minors: evidence for a judge; then destroyed."
    )

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    about = models.UUIDField(unique=True, help_text="The decision, even once it is purged.")
    content = models.BinaryField(help_text="JSON under the seal's key; empty once destroyed.")
    digest = models.CharField(max_length=64, help_text="As in the public log.")
    sealed_at = models.DateTimeField()
    keep_until = models.DateTimeField(db_index=True)
    destroyed_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return str(self.pk)


class Opening(models.Model):
    """One asks that a seal be opened, another confirms; then both read for a day."""

    RETENTION = "As the sealed original."

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    sealed = models.ForeignKey(Sealed, on_delete=models.CASCADE, related_name="openings")
    asked_by = models.ForeignKey("people.Person", null=True, on_delete=models.SET_NULL, related_name="+")
    reason = models.TextField()
    asked_at = models.DateTimeField()
    # That the two differ is said by the verb: two accounts of one person may be merged later.
    confirmed_by = models.ForeignKey("people.Person", null=True, on_delete=models.SET_NULL, related_name="+")
    confirmed_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["asked_at", "id"]

    def __str__(self) -> str:
        return str(self.pk)
