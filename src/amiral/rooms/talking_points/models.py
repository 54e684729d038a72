"""Talking points (argumentaires) and their versions."""

from django.db import models
from django.db.models import Q

from amiral.kit.clock import now
from amiral.kit.ids import new_id


class Theme(models.Model):
    """A subject under which cards are filed."""

    RETENTION = "No person: kept."

    slug = models.SlugField(primary_key=True, max_length=60)
    name_fr = models.CharField(max_length=80)
    name_en = models.CharField(max_length=80)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["position", "slug"]

    def __str__(self) -> str:
        return self.slug


class TalkingPoint(models.Model):
    """One card; what it says is in its versions."""

    RETENTION = "No person: kept as long as the campaign."

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    theme = models.ForeignKey(Theme, on_delete=models.PROTECT, related_name="points")
    created_at = models.DateTimeField(default=now)

    def __str__(self) -> str:
        return str(self.pk)


class Version(models.Model):
    """What a card says, once written never changed; at most one version of a card is approved."""

    RETENTION = "As the card; author and approver are emptied when the person is erased."

    class State(models.TextChoices):
        DRAFT = "draft"
        APPROVED = "approved"
        SUPERSEDED = "superseded"
        WITHDRAWN = "withdrawn"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    point = models.ForeignKey(TalkingPoint, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    language = models.CharField(max_length=2, default="fr")
    short_line = models.CharField(max_length=140)
    body = models.TextField(help_text="Markdown")
    sources = models.JSONField(default=list, help_text="List of {title, url, on}.")
    valid_until = models.DateField(null=True)
    state = models.CharField(max_length=12, choices=State, default=State.DRAFT)
    author = models.ForeignKey("people.Person", null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(default=now)
    approved_by = models.ForeignKey("people.Person", null=True, on_delete=models.SET_NULL, related_name="+")
    approved_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-number"]
        constraints = [
            models.UniqueConstraint(fields=["point", "number"], name="talking_points_number"),
            models.UniqueConstraint(
                fields=["point"], condition=Q(state="approved"), name="talking_points_one_approved"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.point_id} v{self.number} {self.state}"
