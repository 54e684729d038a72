"""Canvasses, turfs, doors and what happened at them. No person hangs on a door."""

from django.db import models

from amiral.kit.clock import now
from amiral.kit.ids import new_id, new_secret


class Canvass(models.Model):
    """A quarter cut into turfs, once."""

    RETENTION = "No person but its author: kept as long as the campaign."

    class State(models.TextChoices):
        PLANNING = "planning"
        READY = "ready"
        FAILED = "failed"
        CLOSED = "closed"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    name = models.CharField(max_length=120)
    kind = models.CharField(max_length=20, default="door-to-door", help_text="door-to-door or leaflet-drop")
    group = models.ForeignKey("network.Group", on_delete=models.PROTECT, related_name="+")
    address_file_id = models.UUIDField(help_text="The territory room's reference file.")
    commune_code = models.CharField(max_length=5, blank=True, help_text="Only this commune of the file.")
    bounds = models.JSONField(null=True, help_text="[west, south, east, north]: only this box.")
    minutes = models.PositiveIntegerField(default=120)
    seed = models.PositiveIntegerField(default=0)
    state = models.CharField(max_length=10, choices=State, default=State.PLANNING)
    run_id = models.UUIDField(null=True)
    report = models.JSONField(default=dict)
    attribution = models.CharField(max_length=300, blank=True)
    created_by = models.ForeignKey("people.Person", null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(default=now)

    class Meta:
        ordering = ["-created_at"]

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
    walk = models.JSONField(help_text="GeoJSON geometry of the walked line, WGS84.")

    class Meta:
        ordering = ["number"]
        constraints = [models.UniqueConstraint(fields=["canvass", "number"], name="field_turf_number")]

    def __str__(self) -> str:
        return f"{self.canvass_id} {self.number}"


class Door(models.Model):
    """An address of a turf, at its place in the walking order. Holds outcomes, never a person."""

    RETENTION = "No person: as the canvass."

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    turf = models.ForeignKey(Turf, on_delete=models.CASCADE, related_name="doors")
    position = models.PositiveIntegerField()
    address_id = models.CharField(max_length=80, help_text="The id in the address file.")
    label = models.CharField(max_length=200)
    street = models.CharField(max_length=160, blank=True)
    commune_code = models.CharField(max_length=5, blank=True, db_index=True)
    longitude = models.FloatField()
    latitude = models.FloatField()
    dwellings = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["position"]
        constraints = [models.UniqueConstraint(fields=["turf", "position"], name="field_door_position")]

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
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["turf"], condition=models.Q(ended_at__isnull=True), name="field_one_team_per_turf"
            )
        ]

    def __str__(self) -> str:
        return f"{self.turf_id} {self.shift_id}"


class Visit(models.Model):
    """What happened at a door. Only ever added: a correction is a newer visit that names the old one."""

    RETENTION = "Outcome without a person; the canvasser's id is emptied thirty days after the visit."

    class Outcome(models.TextChoices):
        NOBODY = "nobody"
        REFUSED = "refused"
        TALKED = "talked"
        COME_BACK = "come-back"
        LEAFLET_LEFT = "leaflet-left"
        DO_NOT_COME_BACK = "do-not-come-back"

    id = models.UUIDField(
        primary_key=True,
        default=new_id,
        editable=False,
        help_text="Made by the client: a repeat is recognised.",
    )
    door = models.ForeignKey(Door, on_delete=models.CASCADE, related_name="visits")
    outcome = models.CharField(max_length=20, choices=Outcome)
    by = models.ForeignKey("people.Person", null=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField(help_text="The device's clock.")
    received_at = models.DateTimeField(default=now)
    supersedes = models.ForeignKey("self", null=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        ordering = ["received_at", "id"]
        indexes = [models.Index(fields=["door", "received_at"])]

    def __str__(self) -> str:
        return f"{self.door_id} {self.outcome}"


class AddressWish(models.Model):
    """The wish not to be visited again: belongs to the address, without a name, and expires."""

    RETENTION = "Two years, then the address may be visited again."

    address_id = models.CharField(max_length=80)
    address_file_name = models.CharField(max_length=120)
    since = models.DateTimeField(default=now)
    until = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["address_file_name", "address_id"], name="field_wish_once_per_address"
            )
        ]

    def __str__(self) -> str:
        return self.address_id
