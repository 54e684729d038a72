"""Actions, their shifts and who signed up."""

from django.db import models
from django.db.models import F, Q

from amiral.kit.clock import now
from amiral.kit.ids import new_id


class Action(models.Model):
    """Something a group does at a place."""

    RETENTION = "No person but its author: kept as long as the campaign."

    class Kind(models.TextChoices):
        DOOR_TO_DOOR = "door-to-door"
        LEAFLET_DROP = "leaflet-drop"

    class State(models.TextChoices):
        PUBLISHED = "published"
        CANCELLED = "cancelled"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    kind = models.CharField(max_length=20, choices=Kind)
    title = models.CharField(max_length=120)
    description = models.TextField(blank=True)
    group = models.ForeignKey("network.Group", on_delete=models.PROTECT, related_name="+")
    commune = models.ForeignKey("territory.Territory", null=True, on_delete=models.PROTECT, related_name="+")
    place = models.CharField(max_length=200, help_text="Meeting point, in words.")
    longitude = models.FloatField(null=True)
    latitude = models.FloatField(null=True)
    state = models.CharField(max_length=12, choices=State, default=State.PUBLISHED)
    created_by = models.ForeignKey("people.Person", null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(default=now)
    sequence = models.PositiveIntegerField(
        default=0, help_text="Grows with each change, for calendars (RFC 5545)."
    )

    def __str__(self) -> str:
        return self.title


class ActionTalkingPoint(models.Model):
    """A card that the volunteers of an action take along."""

    RETENTION = "As the action."

    action = models.ForeignKey(Action, on_delete=models.CASCADE, related_name="talking_point_links")
    point = models.ForeignKey("talking_points.TalkingPoint", on_delete=models.CASCADE, related_name="+")
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["position"]
        constraints = [models.UniqueConstraint(fields=["action", "point"], name="mobilisation_point_once")]

    def __str__(self) -> str:
        return f"{self.action_id} {self.point_id}"


class Shift(models.Model):
    """A stretch of time with a number of places. ``taken`` is the seat counter that guards the capacity."""

    RETENTION = "As the action."

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    action = models.ForeignKey(Action, on_delete=models.CASCADE, related_name="shifts")
    starts_at = models.DateTimeField(db_index=True)
    ends_at = models.DateTimeField()
    capacity = models.PositiveIntegerField()
    needed = models.PositiveIntegerField(help_text="Below this number the action makes no sense.")
    taken = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["starts_at"]
        constraints = [
            models.CheckConstraint(
                condition=Q(taken__lte=F("capacity")), name="mobilisation_never_overbooked"
            ),
            models.CheckConstraint(condition=Q(needed__lte=F("capacity")), name="mobilisation_needed_fits"),
            models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="mobilisation_shift_order"),
        ]

    def __str__(self) -> str:
        return f"{self.starts_at:%Y-%m-%d %H:%M} {self.taken}/{self.capacity}"


class SignUp(models.Model):
    """A person's place in a shift."""

    RETENTION = "Twelve months after the shift: experience of the volunteer; erased with the person."

    class State(models.TextChoices):
        CONFIRMED = "confirmed"
        CANCELLED = "cancelled"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    shift = models.ForeignKey(Shift, on_delete=models.CASCADE, related_name="sign_ups")
    person = models.ForeignKey("people.Person", on_delete=models.CASCADE, related_name="+")
    state = models.CharField(max_length=10, choices=State, default=State.CONFIRMED)
    created_at = models.DateTimeField(default=now)
    changed_at = models.DateTimeField(default=now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["shift", "person"], name="mobilisation_one_place_each")
        ]
        indexes = [models.Index(fields=["person", "state"])]

    def __str__(self) -> str:
        return f"{self.shift_id} {self.state}"
