"""Canvasses, turfs, doors and what happened at them. No person hangs on a door."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from amiral.kit.clock import now
from amiral.kit.ids import new_id, new_secret
from amiral.rooms.field.contracts import BAG_DEFAULT, MINUTES_DEFAULT, CanvassKind, Outcome, VersionKind

KIND_LABELS = {
    CanvassKind.DOOR_TO_DOOR: _("Door to door"),
    CanvassKind.LEAFLET_DROP: _("Leaflet drop"),
    CanvassKind.LEAFLET_ROUNDS: _("Leaflet rounds, by side of the street"),
}

OUTCOME_LABELS = {
    Outcome.NOBODY: pgettext_lazy("outcome of a visit", "Nobody"),
    Outcome.REFUSED: pgettext_lazy("outcome of a visit", "Refused"),
    Outcome.TALKED: pgettext_lazy("outcome of a visit", "Talked"),
    Outcome.COME_BACK: pgettext_lazy("outcome of a visit", "Come back"),
    Outcome.LEAFLET_LEFT: pgettext_lazy("outcome of a visit", "Leaflet left"),
    Outcome.DO_NOT_COME_BACK: pgettext_lazy("outcome of a visit", "Do not come back"),
}

SIDE_LABELS = {
    Outcome.LEAFLET_LEFT: pgettext_lazy("outcome of a side of a street", "Done"),
    Outcome.COME_BACK: pgettext_lazy("outcome of a side of a street", "Partly"),
    Outcome.REFUSED: pgettext_lazy("outcome of a side of a street", "Impossible"),
}
"""The same outcomes, as somebody with a bag of leaflets says them of a side of a street."""


class Canvass(models.Model):
    """A quarter to be cut into turfs. Its turfs exist all together or not at all."""

    RETENTION = "No person but its author, emptied when the person is erased: kept as long as the campaign."

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    name = models.CharField(max_length=120)
    kind = models.CharField(max_length=20, choices=[(kind.value, kind.value) for kind in CanvassKind])
    group = models.ForeignKey("network.Group", on_delete=models.PROTECT, related_name="+")
    address_file_id = models.UUIDField(help_text="The territory room's reference file.")
    address_file_name = models.CharField(
        max_length=120, help_text="Survives the file's replacement; wishes of addresses hang on it."
    )
    commune_code = models.CharField(max_length=5, blank=True, help_text="Only this commune of the file.")
    bounds = models.JSONField(null=True, help_text="[west, south, east, north]: only this box.")
    minutes = models.PositiveIntegerField(default=MINUTES_DEFAULT)
    bag = models.PositiveIntegerField(
        default=BAG_DEFAULT, help_text="Leaflets of a round, in leaflet rounds."
    )
    seed = models.PositiveIntegerField(default=0)
    run_id = models.UUIDField(null=True, help_text="The latest planning, whatever became of it.")
    planned_at = models.DateTimeField(null=True, help_text="Empty until turfs exist.")
    report = models.JSONField(default=dict, help_text="Figures of the plan, addresses left out, and why.")
    attribution = models.CharField(max_length=200, blank=True)
    start = models.JSONField(null=True, help_text="[longitude, latitude]: every walk begins here.")
    end = models.JSONField(null=True, help_text="[longitude, latitude]: every walk ends here.")
    max_walk_m = models.PositiveIntegerField(null=True, help_text="Longer walks are cut smaller.")
    team_sizes = models.JSONField(default=list, help_text="Persons in each team; turfs take them in turn.")
    plan_version = models.PositiveIntegerField(default=0, help_text="The number of its latest PlanVersion.")
    created_by = models.ForeignKey("people.Person", null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(default=now)

    class Meta:
        ordering: ClassVar[list[str]] = ["-created_at", "-id"]

    def __str__(self) -> str:
        return self.name


class Turf(models.Model):
    """The doors that one team does in one go, and the walk past them."""

    RETENTION = "No person: as the canvass."

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    canvass = models.ForeignKey(Canvass, on_delete=models.CASCADE, related_name="turfs")
    number = models.PositiveIntegerField()
    minutes = models.FloatField()
    metres = models.FloatField()
    straight = models.BooleanField(default=False, help_text="Planned by straight lines: no street nearby.")
    connected = models.BooleanField(default=True, help_text="Its doors are neighbours of one another.")
    walk = models.JSONField(help_text="GeoJSON geometry of the walked line, WGS84.")
    is_tour = models.BooleanField(default=False, help_text="Taken from where a team stood, not planned.")
    team_size = models.PositiveSmallIntegerField(default=2, help_text="Persons for whom minutes are counted.")

    class Meta:
        ordering: ClassVar[list[str]] = ["number"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["canvass", "number"], name="field_turf_number")
        ]

    def __str__(self) -> str:
        return f"{self.canvass_id} {self.number}"


class Door(models.Model):
    """An address of a turf, at its place in the walking order. Holds outcomes, never a person."""

    RETENTION = "No person: as the canvass."

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    turf = models.ForeignKey(Turf, on_delete=models.CASCADE, related_name="doors")
    position = models.PositiveIntegerField()
    address_id = models.CharField(max_length=80, help_text="The id in the address file.")
    label = models.CharField(max_length=200, help_text="12 bis rue de Lappe")
    number = models.CharField(max_length=20, blank=True, help_text="12 bis")
    street = models.CharField(max_length=160, blank=True)
    commune_code = models.CharField(max_length=5, blank=True)
    longitude = models.FloatField()
    latitude = models.FloatField()
    dwellings = models.PositiveIntegerField(default=0, help_text="0: nobody knows.")
    origin = models.PositiveSmallIntegerField(
        default=0, help_text="Where the number of dwellings comes from: amiral.cores.walk.Origin."
    )
    floors = models.PositiveSmallIntegerField(default=0, help_text="Above the ground floor, to be climbed.")
    lift = models.BooleanField(default=False)
    leg = models.JSONField(
        null=True, help_text="In leaflet rounds: which side of the street, its line, and how to get there."
    )

    class Meta:
        ordering: ClassVar[list[str]] = ["position"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["turf", "position"], name="field_door_position")
        ]

    def __str__(self) -> str:
        return self.label


class Assignment(models.Model):
    """A turf given to the team of a shift; the token opens its walk list by link or QR code."""

    RETENTION = "As the canvass; the team is whoever is signed up to the shift."

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    turf = models.ForeignKey(Turf, on_delete=models.CASCADE, related_name="assignments")
    shift = models.ForeignKey("mobilisation.Shift", on_delete=models.CASCADE, related_name="+")
    token = models.CharField(max_length=64, unique=True, default=new_secret)
    assigned_by = models.ForeignKey("people.Person", null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(default=now)
    ended_at = models.DateTimeField(null=True, help_text="When the turf was taken back.")
    moved_doors = models.JSONField(
        default=list, help_text="Ids of doors that went to another turf while late visits still counted."
    )

    class Meta:
        ordering: ClassVar[list[str]] = ["created_at", "id"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["turf"], condition=Q(ended_at__isnull=True), name="field_one_team_per_turf"
            )
        ]

    def __str__(self) -> str:
        return f"{self.turf_id} {self.shift_id}"


class Visit(models.Model):
    """What happened at a door. Only ever added: a correction is a newer visit that names the old one."""

    RETENTION = "Outcome without a person; the canvasser's id is emptied thirty days after the visit."

    id = models.UUIDField(
        primary_key=True,
        default=new_id,
        editable=False,
        help_text="Made by the client: a repeat is recognised.",
    )
    door = models.ForeignKey(Door, on_delete=models.PROTECT, related_name="visits")
    outcome = models.CharField(
        max_length=20, choices=[(outcome.value, label) for outcome, label in OUTCOME_LABELS.items()]
    )
    by = models.ForeignKey("people.Person", null=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField(help_text="The device's clock: shown, never used for order or rights.")
    received_at = models.DateTimeField(default=now, db_index=True)
    supersedes_id = models.UUIDField(
        null=True, help_text="The visit of the same door that this one corrects; it may arrive later."
    )

    class Meta:
        ordering: ClassVar[list[str]] = ["received_at", "id"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(condition=~Q(supersedes_id=F("id")), name="field_visit_not_of_itself")
        ]

    def __str__(self) -> str:
        return f"{self.door_id} {self.outcome}"


class AddressWish(models.Model):
    """The wish not to be visited again: belongs to the address, without a name, and expires."""

    RETENTION = "Two years, then deleted: the address may be visited again."

    address_file_name = models.CharField(max_length=120)
    address_id = models.CharField(max_length=80)
    since = models.DateTimeField(default=now)
    until = models.DateTimeField(db_index=True)
    visit_id = models.UUIDField(help_text="The visit that heard it: correcting that visit takes it back.")

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["address_file_name", "address_id"], name="field_wish_once_per_address"
            ),
            models.CheckConstraint(condition=Q(until__gt=F("since")), name="field_wish_expires"),
        ]

    def __str__(self) -> str:
        return self.address_id


class PlanVersion(models.Model):
    """What a plan was at one time: its figures, and the turf of each door. Added to, never changed."""

    RETENTION = (
        "No person but its author, emptied when the person is erased: the first and the latest fifty of a"
        " canvass, as long as the canvass."
    )

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    canvass = models.ForeignKey(Canvass, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    kind = models.CharField(max_length=10, choices=[(kind.value, kind.value) for kind in VersionKind])
    made_at = models.DateTimeField(default=now)
    made_by = models.ForeignKey("people.Person", null=True, on_delete=models.SET_NULL, related_name="+")
    restored = models.PositiveIntegerField(null=True, help_text="The version that this one went back to.")
    figures = models.JSONField(help_text="Of all turfs together.")
    turfs = models.JSONField(help_text="By number: figures, and the address ids in walking order.")

    class Meta:
        ordering: ClassVar[list[str]] = ["-number"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["canvass", "number"], name="field_version_number")
        ]

    def __str__(self) -> str:
        return f"{self.canvass_id} {self.number}"


class Priority(models.Model):
    """What a canvass is scored by, as ``PriorityChoice``. The score itself is never kept."""

    RETENTION = "No person: as the canvass."

    canvass = models.OneToOneField(
        Canvass, primary_key=True, on_delete=models.CASCADE, related_name="priority"
    )
    election_id = models.UUIDField(help_text="The territory room's ballot, which may be taken away.")
    lists = models.JSONField(default=list, help_text="Keys of the campaign's own lists.")
    reach = models.JSONField(default=list, help_text="Keys of lists within reach.")
    before_id = models.UUIDField(null=True, help_text="The older ballot.")
    before_lists = models.JSONField(default=list)
    before_reach = models.JSONField(default=list)
    weights = models.JSONField(default=dict, help_text="-3 to 3 by part.")
    changed_at = models.DateTimeField(default=now)

    def __str__(self) -> str:
        return str(self.canvass_id)


class DwellingCount(models.Model):
    """How many dwellings a team counted at an address; corrects the estimate of the next plans."""

    RETENTION = "No person: kept as long as the campaign."

    address_file_name = models.CharField(max_length=120)
    address_id = models.CharField(max_length=80)
    dwellings = models.PositiveIntegerField()
    counted_at = models.DateTimeField(default=now)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["address_file_name", "address_id"], name="field_count_once_per_address"
            ),
            models.CheckConstraint(condition=Q(dwellings__gt=0), name="field_count_above_zero"),
        ]

    def __str__(self) -> str:
        return self.address_id
