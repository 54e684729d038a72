"""Actions, their shifts and who signed up."""

from datetime import datetime
from uuid import UUID

from django.db import models
from django.db.models import F, Q

from amiral.kit.clock import now
from amiral.kit.ids import new_id
from amiral.rooms.mobilisation.contracts import (
    COMING,
    LIVE,
    OFFER_MINUTES,
    CoState,
    Kind,
    Role,
    SignUpState,
    State,
    Step,
)


class Action(models.Model):
    """Something a group does at a place."""

    RETENTION = "No person but its author: kept as long as the campaign."

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    kind = models.CharField(max_length=20, choices=[(k.value, k.value) for k in Kind])
    title = models.CharField(max_length=120)
    description = models.TextField(blank=True)
    group = models.ForeignKey("network.Group", on_delete=models.PROTECT, related_name="+")
    commune = models.ForeignKey("territory.Territory", on_delete=models.PROTECT, related_name="+")
    place = models.CharField(
        max_length=200, blank=True, help_text="Meeting point, in words; an action from home may have none."
    )
    link = models.URLField(
        max_length=500, blank=True, help_text="Where an online action is held: shown to those who come."
    )
    series = models.ForeignKey(
        "ActionSeries", null=True, blank=True, on_delete=models.SET_NULL, related_name="occurrences"
    )
    occurs_on = models.DateField(
        null=True, blank=True, help_text="The day of the series that this action stands for."
    )
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
    hidden_words = models.JSONField(
        null=True, help_text="What a moderator's decision took away, for an appeal that gives it back."
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
    """The seats of a shift. Each verb is one conditional write, and says whether it wrote."""

    def hold(self, *, shift_id: UUID) -> "Shift | None":
        """The shift with its action, in this transaction's hands: every other gesture on it waits.

        An update of the row's own counter and not ``SELECT … FOR UPDATE``, which SQLite does not know. Its
        condition is the key alone: one that looked into another table would make Django write ``WHERE id IN
        (SELECT …)``, and PostgreSQL does not look into the subquery again after waiting for the row. What is
        read after this statement is what the gesture before has written; so nobody ever has to try again.
        """
        if not self.filter(pk=shift_id).update(version=F("version") + 1):
            return None
        return self.select_related("action").get(pk=shift_id)

    def write_seats(
        self, *, held: "Shift", taken: int, offered: int, waiting: int, due_at: datetime | None
    ) -> bool:
        """Writes what the gesture that holds the shift came to, unless there are not so many places."""
        mine = self.filter(pk=held.pk, version=held.version, capacity__gte=taken)
        return mine.update(taken=taken, offered=offered, waiting=waiting, due_at=due_at) == 1

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
        if not self.filter(pk=shift_id, taken=0, waiting=0).update(state=State.CANCELLED):
            return False
        # Every other gesture waits now. Who asks for a place that a leader gives stands in no counter.
        return not SignUp.objects.live().filter(shift=shift_id).exists()


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

    # Who may come, and how: see cores.seats.Rules.
    approval = models.BooleanField(default=False, help_text="A leader says yes to each.")
    offer_minutes = models.PositiveIntegerField(default=OFFER_MINUTES, help_text="How long an offer stands.")
    closes_at = models.DateTimeField(null=True, help_text="When signing up ends; the start if empty.")
    least = models.JSONField(default=dict, help_text="Places kept for a role until kept_until.")
    most = models.JSONField(default=dict, help_text="Places that a role may hold.")
    kept_until = models.DateTimeField(null=True, help_text="The start if empty.")
    newcomers_each = models.PositiveSmallIntegerField(
        null=True, help_text="Newcomers that one experienced person takes along; no rule if empty."
    )
    # What the gestures keep.
    version = models.PositiveIntegerField(
        default=0, help_text="Grows with each gesture, which thereby waits for the one before; gives ranks."
    )
    offered = models.PositiveIntegerField(default=0, help_text="Those of taken that are only offered.")
    waiting = models.PositiveIntegerField(default=0, help_text="People on the waiting list.")
    due_at = models.DateTimeField(
        null=True, db_index=True, help_text="When places change hands though nobody does anything."
    )

    objects = ShiftQuerySet.as_manager()

    class Meta:
        ordering = ["starts_at", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(offered__lte=F("taken")), name="mobilisation_offers_hold_places"
            ),
            models.CheckConstraint(
                condition=Q(taken__lte=F("capacity")), name="mobilisation_never_overbooked"
            ),
            models.CheckConstraint(condition=Q(needed__lte=F("capacity")), name="mobilisation_needed_fits"),
            models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="mobilisation_shift_order"),
        ]

    def __str__(self) -> str:
        return f"{self.starts_at:%Y-%m-%d %H:%M} {self.taken}/{self.capacity}"


class SignUpQuerySet(models.QuerySet["SignUp"]):
    """Sign-ups by what they have come to. All writing goes through ``actions.seating``."""

    def live(self) -> "SignUpQuerySet":
        """Those who have a place, wait for one, or ask for one."""
        return self.filter(state__in=LIVE)

    def confirmed(self) -> "SignUpQuerySet":
        """Those who come, or came as far as anybody said."""
        return self.filter(state__in=COMING)


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
    role = models.CharField(
        max_length=10, choices=[(r.value, r.value) for r in Role], default=Role.VOLUNTEER.value
    )
    party = models.PositiveSmallIntegerField(default=1, help_text="How many people come, this one included.")
    rank = models.PositiveIntegerField(default=0, help_text="The order of asking within the shift.")
    until = models.DateTimeField(null=True, help_text="When an offer ends.")
    guest = models.BooleanField(default=False, help_text="Asked for without an account.")

    objects = SignUpQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["shift", "person"], name="mobilisation_one_place_each"),
            models.UniqueConstraint(
                fields=["shift", "rank"], condition=Q(rank__gt=0), name="mobilisation_rank_once"
            ),
            models.CheckConstraint(
                condition=Q(state=SignUpState.OFFERED.value, until__isnull=False)
                | (~Q(state=SignUpState.OFFERED.value) & Q(until__isnull=True)),
                name="mobilisation_an_offer_ends",
            ),
            models.CheckConstraint(condition=Q(party__gte=1), name="mobilisation_party_of_some"),
        ]
        indexes = [models.Index(fields=["person", "state"])]

    def __str__(self) -> str:
        return f"{self.shift_id} {self.state}"


class GuestRequest(models.Model):
    """What somebody without an account typed to sign up, until the address is confirmed.

    Confirming empties the row; its hash stays, so that a second click finds the sign-up it made.
    """

    RETENTION = "Emptied at once when confirmed; purged seven days after it was written in any case."

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    token_hash = models.CharField(max_length=64, unique=True)
    shift = models.ForeignKey(Shift, on_delete=models.CASCADE, related_name="guest_requests")
    email = models.EmailField(blank=True)
    given_name = models.CharField(max_length=80, blank=True)
    language = models.CharField(max_length=2, default="fr")
    role = models.CharField(
        max_length=10, choices=[(r.value, r.value) for r in Role], default=Role.VOLUNTEER.value
    )
    party = models.PositiveSmallIntegerField(default=1)
    consent_text = models.TextField(blank=True, help_text="The sentence ticked to be told of other actions.")
    created_at = models.DateTimeField(default=now, db_index=True)
    confirmed_at = models.DateTimeField(null=True)
    sign_up = models.ForeignKey(SignUp, null=True, on_delete=models.SET_NULL, related_name="+")

    def __str__(self) -> str:
        return str(self.pk)


class ActionSeries(models.Model):
    """A repeated action: the rule by which its occurrences were made. Each occurrence is an action."""

    RETENTION = "No person but its author: kept as long as the campaign."

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    rule = models.CharField(max_length=200, help_text="RRULE of RFC 5545, without the name of the property.")
    starts_on = models.DateField()
    exceptions = models.JSONField(default=list, help_text="Days left out, as ISO dates (EXDATE).")
    created_by = models.ForeignKey("people.Person", null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(default=now)

    def __str__(self) -> str:
        return self.rule


class ActionGroup(models.Model):
    """Another group that is asked to hold an action too."""

    RETENTION = "No person but who asked and who answered: kept as long as the campaign."

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    action = models.ForeignKey(Action, on_delete=models.CASCADE, related_name="co_organisers")
    group = models.ForeignKey("network.Group", on_delete=models.CASCADE, related_name="+")
    state = models.CharField(max_length=10, choices=[(s.value, s.value) for s in CoState])
    invited_by = models.ForeignKey("people.Person", null=True, on_delete=models.SET_NULL, related_name="+")
    invited_at = models.DateTimeField(default=now)
    answered_by = models.ForeignKey("people.Person", null=True, on_delete=models.SET_NULL, related_name="+")
    answered_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["action", "group"], name="mobilisation_co_organiser_once")
        ]
        indexes = [models.Index(fields=["group", "state"])]

    def __str__(self) -> str:
        return f"{self.action_id} {self.group_id} {self.state}"


class ActionDelegate(models.Model):
    """Somebody without a mandate who leads one single action."""

    RETENTION = "Three months after the last shift of the action; erased with the person."

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    action = models.ForeignKey(Action, on_delete=models.CASCADE, related_name="delegates")
    person = models.ForeignKey("people.Person", on_delete=models.CASCADE, related_name="+")
    given_by = models.ForeignKey("people.Person", null=True, on_delete=models.SET_NULL, related_name="+")
    given_at = models.DateTimeField(default=now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["action", "person"], name="mobilisation_delegate_once")
        ]

    def __str__(self) -> str:
        return f"{self.action_id} {self.person_id}"


class Reminded(models.Model):
    """A step around a shift that is done: its team was reminded, or asked, for that day."""

    RETENTION = "As the action."

    shift = models.ForeignKey(Shift, on_delete=models.CASCADE, related_name="+")
    step = models.CharField(max_length=10, choices=[(s.value, s.value) for s in Step])
    starts_at = models.DateTimeField(help_text="When the shift began, as it was then planned.")
    done_at = models.DateTimeField(default=now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["shift", "step", "starts_at"], name="mobilisation_reminded_once")
        ]

    def __str__(self) -> str:
        return f"{self.shift_id} {self.step} {self.starts_at:%Y-%m-%d %H:%M}"


class SignUpAnswer(models.Model):
    """What somebody answered to a reminder: that he comes; afterwards, whether he came."""

    RETENTION = "As the sign-up; erased with the person."

    sign_up = models.OneToOneField(SignUp, primary_key=True, on_delete=models.CASCADE, related_name="answer")
    comes_at = models.DateTimeField(null=True, help_text="When the person confirmed for the day before.")
    came = models.BooleanField(null=True, help_text="What the person says; the leader's word counts.")
    came_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.sign_up_id}"


class ActionReport(models.Model):
    """What became of an action, in numbers and words."""

    RETENTION = "Figures without persons, and its author: kept as long as the campaign."

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    action = models.OneToOneField(Action, on_delete=models.CASCADE, related_name="report")
    people = models.PositiveIntegerField(null=True, help_text="Volunteers who were there.")
    doors = models.PositiveIntegerField(null=True)
    conversations = models.PositiveIntegerField(null=True)
    leaflets = models.PositiveIntegerField(null=True)
    posters = models.PositiveIntegerField(null=True)
    newcomers = models.PositiveIntegerField(null=True, help_text="People who want to join.")
    words = models.TextField(blank=True)
    written_by = models.ForeignKey("people.Person", null=True, on_delete=models.SET_NULL, related_name="+")
    written_at = models.DateTimeField(default=now)
    changed_at = models.DateTimeField(default=now)
    thanked_at = models.DateTimeField(null=True, help_text="When the team was thanked.")

    def __str__(self) -> str:
        return f"{self.action_id}"


class ReportPicture(models.Model):
    """A photograph of an action; its bytes lie in a sealed file of its id."""

    RETENTION = "Twelve months after it was sent, as it shows people; or until it is taken away."

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    report = models.ForeignKey(ActionReport, on_delete=models.CASCADE, related_name="pictures")
    words = models.CharField(max_length=200, blank=True, help_text="What is seen, for who does not see it.")
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()
    sent_by = models.ForeignKey("people.Person", null=True, on_delete=models.SET_NULL, related_name="+")
    sent_at = models.DateTimeField(default=now, db_index=True)

    class Meta:
        ordering = ["sent_at", "id"]

    def __str__(self) -> str:
        return f"{self.report_id} {self.id}"
