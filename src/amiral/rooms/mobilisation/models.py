"""Actions, their shifts and who signed up."""

from datetime import datetime
from uuid import UUID

from django.db import models
from django.db.models import F, Q

from amiral.kit.clock import now
from amiral.kit.ids import new_id
from amiral.rooms.mobilisation.contracts import Kind, SignUpState, State


class Action(models.Model):
    """Something a group does at a place."""

    RETENTION = "No person but its author: kept as long as the campaign."

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    kind = models.CharField(max_length=20, choices=[(k.value, k.value) for k in Kind])
    title = models.CharField(max_length=120)
    description = models.TextField(blank=True)
    group = models.ForeignKey("network.Group", on_delete=models.PROTECT, related_name="+")
    commune = models.ForeignKey("territory.Territory", on_delete=models.PROTECT, related_name="+")
    place = models.CharField(max_length=200, help_text="Meeting point, in words.")
    longitude = models.FloatField(null=True)
    latitude = models.FloatField(null=True)
    state = models.CharField(
        max_length=12, choices=[(s.value, s.value) for s in State], default=State.PUBLISHED.value
    )
    created_by = models.ForeignKey("people.Person", null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(default=now)
    changed_at = models.DateTimeField(default=now)
    sequence = models.PositiveIntegerField(
        default=0, help_text="Grows with each change, for calendars (RFC 5545)."
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(longitude__isnull=True, latitude__isnull=True)
                | Q(longitude__range=(-180, 180), latitude__range=(-90, 90)),
                name="mobilisation_action_point",
            )
        ]

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


class ShiftQuerySet(models.QuerySet["Shift"]):
    """The seat counter. Each verb is one conditional write, and says whether it wrote."""

    def take_seat(self, *, shift_id: UUID, at: datetime) -> bool:
        """Takes a place if one is left, the shift is open and has not started.

        All conditions stand on the counter's own row. A condition on the action would make Django write
        ``WHERE id IN (SELECT …)``, and PostgreSQL does not look into the subquery again after waiting for
        the row: the fiftieth person would pass the test of the first. Hence ``Shift.state``.
        """
        free = self.filter(pk=shift_id, taken__lt=F("capacity"), state=State.PUBLISHED, starts_at__gt=at)
        return free.update(taken=F("taken") + 1) == 1

    def free_seat(self, *, shift_id: UUID) -> bool:
        """Gives a place back."""
        return self.filter(pk=shift_id, taken__gt=0).update(taken=F("taken") - 1) == 1

    def resize(self, *, shift_id: UUID, capacity: int, needed: int) -> bool:
        """Changes the number of places of an open shift, unless more are taken already."""
        roomy = self.filter(pk=shift_id, taken__lte=capacity, state=State.PUBLISHED)
        return roomy.update(capacity=capacity, needed=needed) == 1

    def cancel(self, *, at: datetime, **which: UUID) -> list[UUID]:
        """Calls open shifts off; returns those whose team is still to be told, being not over."""
        open_ones = self.filter(state=State.PUBLISHED, **which)
        told = list(open_ones.filter(ends_at__gt=at).values_list("pk", flat=True))
        open_ones.update(state=State.CANCELLED)
        return told

    def close_if_empty(self, *, shift_id: UUID) -> bool:
        """Shuts a shift that nobody is signed up to, so that it can be deleted in the same transaction."""
        return self.filter(pk=shift_id, taken=0).update(state=State.CANCELLED) == 1


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
    state = models.CharField(
        max_length=12, choices=[(s.value, s.value) for s in State], default=State.PUBLISHED.value
    )

    objects = ShiftQuerySet.as_manager()

    class Meta:
        ordering = ["starts_at", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(taken__lte=F("capacity")), name="mobilisation_never_overbooked"
            ),
            models.CheckConstraint(condition=Q(needed__lte=F("capacity")), name="mobilisation_needed_fits"),
            models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="mobilisation_shift_order"),
        ]

    def __str__(self) -> str:
        return f"{self.starts_at:%Y-%m-%d %H:%M} {self.taken}/{self.capacity}"


class SignUpQuerySet(models.QuerySet["SignUp"]):
    """A person's row in a shift; each verb says whether it changed anything."""

    def claim(self, *, shift_id: UUID, person_id: UUID, at: datetime) -> bool:
        """Confirms the person's row, making it if need be; ``False`` when it was confirmed already.

        Two requests of one person at once: the second waits for the first on the unique constraint, finds
        the row confirmed, and takes no second seat.
        """
        blank = SignUp(
            shift_id=shift_id, person_id=person_id, state=SignUpState.CANCELLED, created_at=at, changed_at=at
        )
        self.bulk_create([blank], ignore_conflicts=True)
        mine = self.filter(shift_id=shift_id, person_id=person_id, state=SignUpState.CANCELLED)
        return mine.update(state=SignUpState.CONFIRMED, changed_at=at, sequence=F("sequence") + 1) == 1

    def release(self, *, shift_id: UUID, person_id: UUID, at: datetime) -> bool:
        """Cancels the person's row; ``False`` when there was nothing to cancel."""
        mine = self.filter(shift_id=shift_id, person_id=person_id, state=SignUpState.CONFIRMED)
        return mine.update(state=SignUpState.CANCELLED, changed_at=at, sequence=F("sequence") + 1) == 1

    def confirmed(self) -> "SignUpQuerySet":
        """Those who come."""
        return self.filter(state=SignUpState.CONFIRMED)


class SignUp(models.Model):
    """A person's place in a shift."""

    RETENTION = "Twelve months after the shift: experience of the volunteer; erased with the person."

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    shift = models.ForeignKey(Shift, on_delete=models.CASCADE, related_name="sign_ups")
    person = models.ForeignKey("people.Person", on_delete=models.CASCADE, related_name="+")
    state = models.CharField(
        max_length=10, choices=[(s.value, s.value) for s in SignUpState], default=SignUpState.CONFIRMED.value
    )
    created_at = models.DateTimeField(default=now)
    changed_at = models.DateTimeField(default=now)
    sequence = models.PositiveIntegerField(default=0, help_text="Grows with each change, for calendars.")
    shows_phone = models.BooleanField(
        default=False, help_text="The person lets the leader see the number, around the action."
    )

    objects = SignUpQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["shift", "person"], name="mobilisation_one_place_each")
        ]
        indexes = [models.Index(fields=["person", "state"])]

    def __str__(self) -> str:
        return f"{self.shift_id} {self.state}"
