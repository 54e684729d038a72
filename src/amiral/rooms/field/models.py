"""Canvasses, turfs, doors and what happened at them. No person hangs on a door."""

import secrets
from typing import ClassVar
from uuid import UUID

from django.db import models
from django.db.models import F, Q
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from amiral.kit.clock import now
from amiral.kit.ids import new_id, new_secret
from amiral.rooms.field.contracts import (
    BAG_DEFAULT,
    MINUTES_DEFAULT,
    CanvassKind,
    CautionCode,
    Outcome,
    VersionKind,
)

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


def new_list_number() -> str:
    """Eight digits by chance; ``actions.leasing.lease`` makes sure that no live list has them already."""
    return f"{secrets.randbelow(10**8):08d}"


LETTERS = "BCDFGHJKLMNPQRSTVWXZ"
"""Consonants that nobody confuses when they are read aloud; without vowels they make no word."""


def letters_of(*, assignment_id: UUID, list_number: str) -> str:
    """The four letters that stand behind a list number, made from it with the site's key.

    They are asked for only while somebody guesses numbers (``web.numbers``): 1.6 · 10¹³ possibilities.
    """
    made = salted_hmac("amiral.field.list-letters", f"{assignment_id}:{list_number}", algorithm="sha256")
    value = int.from_bytes(made.digest()[:16], "big")
    return "".join(LETTERS[value // len(LETTERS) ** place % len(LETTERS)] for place in range(4))


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
    counts_only = models.BooleanField(
        default=True,
        help_text="Outcomes and nothing else: residents are not even offered to leave an address.",
    )
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
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["address_id"], name="field_door_address")
        ]

    def __str__(self) -> str:
        return self.label


class Assignment(models.Model):
    """A turf leased to the team of a shift until a time; the token opens its walk list by link or QR code.

    ``list_number`` is typed in instead of an account: it opens this one list while the lease lives.
    """

    RETENTION = "As the canvass; the team is whoever is signed up to the shift."

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    turf = models.ForeignKey(Turf, on_delete=models.CASCADE, related_name="assignments")
    shift = models.ForeignKey("mobilisation.Shift", on_delete=models.CASCADE, related_name="+")
    token = models.CharField(max_length=64, unique=True, default=new_secret)
    assigned_by = models.ForeignKey("people.Person", null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(default=now)
    until = models.DateTimeField(db_index=True, help_text="When the lease ends by itself.")
    list_number = models.CharField(max_length=8, default=new_list_number, help_text="Eight digits.")
    ended_at = models.DateTimeField(null=True, help_text="When the turf was taken back, or its lease ended.")
    moved_doors = models.JSONField(
        default=list, help_text="Ids of doors that went to another turf while late visits still counted."
    )

    class Meta:
        ordering: ClassVar[list[str]] = ["created_at", "id"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["turf"], condition=Q(ended_at__isnull=True), name="field_one_team_per_turf"
            ),
            models.UniqueConstraint(
                fields=["list_number"], condition=Q(ended_at__isnull=True), name="field_list_number_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.turf_id} {self.shift_id}"

    @property
    def list_letters(self) -> str:
        """What stands behind the list number."""
        return letters_of(assignment_id=self.pk, list_number=self.list_number)


class Visit(models.Model):
    """A visit of the field log that counts: none corrected it, none took it back. Written from the log in the
    same transaction, and from nowhere else; ``amiral field check-log --rebuild`` writes it again."""

    RETENTION = "Outcome without a person: as the canvass."

    id = models.UUIDField(primary_key=True, editable=False, help_text="The id of the event in the log.")
    door = models.ForeignKey(Door, on_delete=models.PROTECT, related_name="visits")
    outcome = models.CharField(
        max_length=20, choices=[(outcome.value, label) for outcome, label in OUTCOME_LABELS.items()]
    )
    units = models.JSONField(default=list, help_text="The dwellings, floor.dwelling; empty: the whole door.")
    seconds = models.PositiveIntegerField(default=0, help_text="How long it took; 0: nobody measured.")
    at = models.DateTimeField(help_text="The device's clock: shown, never used for order or rights.")
    received_at = models.DateTimeField(db_index=True)
    lam = models.BigIntegerField(default=0, help_text="With device, seq and id: the order of the log.")
    device_id = models.UUIDField(null=True)
    seq = models.BigIntegerField(default=0)

    class Meta:
        ordering: ClassVar[list[str]] = ["lam", "device_id", "seq", "id"]

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
    address_key = models.CharField(
        max_length=300, db_index=True, blank=True, help_text="The same address under another id."
    )

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


class Pair(models.Model):
    """Two or three of a shift's team who stay together, and the walk list that they do."""

    RETENTION = "Thirty days after the end of the shift: who went with whom; then deleted."

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    shift = models.ForeignKey("mobilisation.Shift", on_delete=models.CASCADE, related_name="+")
    number = models.PositiveSmallIntegerField()
    assignment = models.ForeignKey(Assignment, null=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        ordering: ClassVar[list[str]] = ["number"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["shift", "number"], name="field_pair_number")
        ]

    def __str__(self) -> str:
        return f"{self.shift_id} {self.number}"


class PairMember(models.Model):
    """Somebody in a pair. Who left the team since is left out by the readers."""

    RETENTION = "Thirty days after the end of the shift: who went with whom; then deleted."

    pair = models.ForeignKey(Pair, on_delete=models.CASCADE, related_name="members")
    shift = models.ForeignKey("mobilisation.Shift", on_delete=models.CASCADE, related_name="+")
    person = models.ForeignKey("people.Person", on_delete=models.CASCADE, related_name="+")

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["shift", "person"], name="field_in_one_pair")
        ]

    def __str__(self) -> str:
        return str(self.pair_id)


class Presence(models.Model):
    """From going out to being back, as said. Never a position: at most the turf and door that one tells."""

    RETENTION = "Thirty days after the end of the shift: to miss nobody; then deleted."

    id = models.UUIDField(
        primary_key=True, default=new_id, editable=False, help_text="Follows from the gesture's own id."
    )
    shift = models.ForeignKey("mobilisation.Shift", on_delete=models.CASCADE, related_name="+")
    person = models.ForeignKey("people.Person", null=True, on_delete=models.CASCADE, related_name="+")
    device_id = models.UUIDField(null=True, help_text="A phone that joined the team without an account.")
    in_at = models.DateTimeField(help_text="This server's clock.")
    in_phone_at = models.DateTimeField(null=True, help_text="The device's clock: shown, never used.")
    out_at = models.DateTimeField(null=True)
    out_phone_at = models.DateTimeField(null=True, help_text="The device's clock: shown, never used.")
    out_gesture_id = models.UUIDField(null=True, help_text="The gesture that ended it: a repeat is known.")
    turf_number = models.PositiveIntegerField(null=True)
    door_number = models.PositiveIntegerField(null=True, help_text="On the walk list, if it was told.")
    reminded_at = models.DateTimeField(null=True)
    leader_told_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["in_at", "id"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["shift", "person"],
                condition=Q(out_at__isnull=True, person__isnull=False),
                name="field_out_once",
            ),
            models.UniqueConstraint(
                fields=["shift", "device_id"],
                condition=Q(out_at__isnull=True, device_id__isnull=False),
                name="field_phone_out_once",
            ),
            models.CheckConstraint(
                condition=Q(person__isnull=False) ^ Q(device_id__isnull=False), name="field_presence_of_one"
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["shift"], condition=Q(out_at__isnull=True), name="field_still_out")
        ]

    def __str__(self) -> str:
        return str(self.pk)


class HelpCall(models.Model):
    """Somebody who is out asked for help. One at a time for each; told to leaders, step by step."""

    RETENTION = "Thirty days after the call: who asked, where he said he was, who answered; then deleted."

    id = models.UUIDField(
        primary_key=True, default=new_id, editable=False, help_text="Made by the client: a repeat is known."
    )
    shift = models.ForeignKey("mobilisation.Shift", on_delete=models.CASCADE, related_name="+")
    person = models.ForeignKey("people.Person", null=True, on_delete=models.CASCADE, related_name="+")
    device_id = models.UUIDField(null=True, help_text="A phone that joined the team without an account.")
    called_at = models.DateTimeField(db_index=True, help_text="This server's clock.")
    phone_at = models.DateTimeField(null=True, help_text="The device's clock: shown, never used.")
    turf_number = models.PositiveIntegerField(null=True)
    door_number = models.PositiveIntegerField(null=True, help_text="On the walk list, if it was told.")
    step = models.PositiveSmallIntegerField(default=0, help_text="How many rounds of messages have left.")
    next_at = models.DateTimeField(db_index=True, help_text="When the next leaders are told.")
    answered_at = models.DateTimeField(null=True)
    answered_by = models.ForeignKey("people.Person", null=True, on_delete=models.SET_NULL, related_name="+")
    ended_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["called_at", "id"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["shift", "person"],
                condition=Q(ended_at__isnull=True, person__isnull=False),
                name="field_one_call_each",
            ),
            models.UniqueConstraint(
                fields=["shift", "device_id"],
                condition=Q(ended_at__isnull=True, device_id__isnull=False),
                name="field_one_call_a_phone",
            ),
            models.CheckConstraint(
                condition=Q(person__isnull=False) ^ Q(device_id__isnull=False), name="field_call_of_one"
            ),
        ]

    def __str__(self) -> str:
        return str(self.pk)


class LeaderPhone(models.Model):
    """A leader lets the teams of an action see his number; the number itself stays with the person."""

    RETENTION = "Thirty days after the action's last shift, or until taken back: the leader's own choice."

    action = models.ForeignKey("mobilisation.Action", on_delete=models.CASCADE, related_name="+")
    person = models.ForeignKey("people.Person", on_delete=models.CASCADE, related_name="+")
    since = models.DateTimeField(default=now)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["action", "person"], name="field_leader_phone_once")
        ]

    def __str__(self) -> str:
        return str(self.action_id)


class Caution(models.Model):
    """What to mind at an address: a code of a closed list about the place, never about a person."""

    RETENTION = (
        "Until its end, twelve months by default and twenty-four at most; a report that nobody confirms,"
        " thirty days; who reported and confirmed is emptied after thirty days."
    )

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    address_file_name = models.CharField(max_length=120)
    address_id = models.CharField(max_length=80)
    address_key = models.CharField(
        max_length=300, db_index=True, blank=True, help_text="The same address under another id."
    )
    code = models.CharField(max_length=24, choices=[(code.value, code.value) for code in CautionCode])
    since = models.DateTimeField(default=now)
    until = models.DateTimeField(db_index=True)
    confirmed_at = models.DateTimeField(null=True, help_text="Empty: reported by a team, not yet shown.")
    reported_by = models.ForeignKey("people.Person", null=True, on_delete=models.SET_NULL, related_name="+")
    confirmed_by = models.ForeignKey("people.Person", null=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        ordering: ClassVar[list[str]] = ["since", "id"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["address_file_name", "address_id", "code"], name="field_caution_once_per_address"
            ),
            models.CheckConstraint(condition=Q(until__gt=F("since")), name="field_caution_expires"),
        ]

    def __str__(self) -> str:
        return f"{self.address_id} {self.code}"


class DeviceKind(models.TextChoices):
    """What writes: a phone, or the server itself for its pages and for paper that was read."""

    PHONE = "phone"
    PAGE = "page"
    PAPER = "paper"


class Device(models.Model):
    """One enrolment of a phone for the team of a shift; also the shift's pages and its paper. Each writes
    its own part of the field log."""

    RETENTION = (
        "As the canvass; who carried the phone is emptied thirty days after it was enrolled, or later when"
        " its team gives back its last turf, and when the person is erased."
    )

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    shift = models.ForeignKey("mobilisation.Shift", null=True, on_delete=models.SET_NULL, related_name="+")
    person = models.ForeignKey("people.Person", null=True, on_delete=models.SET_NULL, related_name="+")
    kind = models.CharField(max_length=5, choices=DeviceKind.choices)
    number = models.PositiveIntegerField(default=0, help_text="1, 2, 3… among the team's phones; others 0.")
    only_list = models.UUIDField(
        null=True, help_text="The one assignment that it sees: it came in by the number of that list."
    )
    key = models.BinaryField(max_length=32, help_text="Seals the events; known to the phone and to us.")
    token_hash = models.CharField(  # noqa: DJ001 unique, and many have none
        max_length=64, null=True, unique=True, help_text="SHA-256 of its token; pages have none."
    )
    enrolled_at = models.DateTimeField(default=now)
    seen_at = models.DateTimeField(null=True, help_text="When it last sent something.")
    revoked_at = models.DateTimeField(null=True)
    head = models.BigIntegerField(default=0, help_text="Events that it says it recorded.")
    seen = models.JSONField(default=list, help_text="Numbers that arrived: [[first, last], …].")

    class Meta:
        ordering: ClassVar[list[str]] = ["enrolled_at", "id"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["shift", "kind", "number"], name="field_device_number")
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.number} {self.shift_id}"


class LogStatus(models.TextChoices):
    """Stored events count. Those in quarantine wait for a person, who takes them in or sets them aside."""

    STORED = "stored"
    QUARANTINED = "quarantined"
    DISMISSED = "dismissed"


class LogEntry(models.Model):
    """One event of the field log: added once, never changed; erasing blanks it and keeps its id.

    ``door``, ``turf`` and ``point`` are ids without a constraint: an event may outlive what it is about.
    """

    RETENTION = (
        "Outcome without a person, as the canvass; the canvasser's id is emptied thirty days after it"
        " arrived. An erased event keeps only its id, so that a copy still on a phone is not taken again."
    )

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    device = models.ForeignKey(Device, on_delete=models.PROTECT, related_name="+")
    seq = models.BigIntegerField()
    lam = models.BigIntegerField(default=0, help_text="Lamport counter: the order of the log.")
    kind = models.CharField(max_length=20, blank=True)
    door = models.UUIDField(null=True)
    turf = models.UUIDField(null=True)
    point = models.UUIDField(null=True, help_text="The talking point that was objected to.")
    undoes = models.UUIDField(null=True, help_text="The event of the same door that no longer counts.")
    content = models.TextField(blank=True, help_text="The canonical event; empty once erased.")
    seal = models.CharField(max_length=64, blank=True)
    digest = models.CharField(max_length=64, help_text="SHA-256 of the content; of the id once erased.")
    status = models.CharField(max_length=11, choices=LogStatus.choices, default=LogStatus.STORED)
    why = models.CharField(max_length=20, blank=True, help_text="Why it is in quarantine.")
    by = models.ForeignKey("people.Person", null=True, on_delete=models.SET_NULL, related_name="+")
    carrier = models.ForeignKey(Device, null=True, on_delete=models.PROTECT, related_name="+")
    received_at = models.DateTimeField(default=now, db_index=True)
    erased_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["lam", "device_id", "seq", "id"]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["device", "seq"], name="field_log_numbers"),
            models.Index(fields=["status", "lam"], name="field_log_order"),
            models.Index(fields=["door", "status"], name="field_log_doors"),
            models.Index(
                fields=["turf", "point"], name="field_log_objections", condition=Q(point__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.device_id} {self.seq}"


class LogConflict(models.Model):
    """Another content that came under the id of an event: kept beside it until a person has seen it."""

    RETENTION = "No person: as the event, and deleted when it is erased."

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    entry = models.ForeignKey(LogEntry, on_delete=models.CASCADE, related_name="conflicts")
    device = models.ForeignKey(Device, on_delete=models.PROTECT, related_name="+")
    content = models.TextField(blank=True)
    seal = models.CharField(max_length=64, blank=True)
    digest = models.CharField(max_length=64)
    received_at = models.DateTimeField(default=now)
    settled_at = models.DateTimeField(null=True, help_text="When a person had looked at it.")

    class Meta:
        ordering: ClassVar[list[str]] = ["received_at", "id"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["entry", "digest"], name="field_conflict_once")
        ]

    def __str__(self) -> str:
        return f"{self.entry_id} {self.digest[:8]}"


class Release(models.Model):
    """A period of the field log of a canvass that is closed: what was answered in it may be shown, where
    enough stands behind it. Written once."""

    RETENTION = "No person: as the canvass."

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    canvass = models.ForeignKey(Canvass, on_delete=models.CASCADE, related_name="releases")
    through = models.DateTimeField(db_index=True, help_text="Its end; it began at the end of the one before.")

    class Meta:
        ordering: ClassVar[list[str]] = ["through", "id"]

    def __str__(self) -> str:
        return f"{self.canvass_id} {self.through:%Y-%m-%d %H:%M}"


class ReleasedFigure(models.Model):
    """What may be shown of a place and a period: at least ten dwellings and five answers, and no smaller
    place can be computed from it and the others (``amiral.cores.disclosure``)."""

    RETENTION = "No person: as the canvass."

    release = models.ForeignKey(Release, on_delete=models.CASCADE, related_name="figures")
    subject = models.CharField(max_length=10, help_text="outcomes or objections")
    level = models.CharField(max_length=16)
    key = models.CharField(max_length=80, blank=True, help_text="INSEE code, territory, turf or door.")
    dwellings = models.PositiveIntegerField()
    answers = models.PositiveIntegerField()
    counts = models.JSONField(help_text="By outcome, or by talking point; less than 0 where corrected.")

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["release", "subject", "level", "key"], name="field_figure_once"),
            models.CheckConstraint(
                condition=Q(dwellings__gte=10, answers__gte=5), name="field_figure_enough"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.subject} {self.level} {self.key}"


class CountedEvent(models.Model):
    """That an event of the log stands in a closed period, and as what: it is never counted twice."""

    RETENTION = "No person: as the canvass."

    id = models.UUIDField(primary_key=True, editable=False, help_text="That of the event.")
    canvass = models.ForeignKey(Canvass, on_delete=models.CASCADE, related_name="+")
    door = models.UUIDField(null=True)
    turf = models.UUIDField(null=True, help_text="Of an objection.")
    release = models.ForeignKey(
        Release, null=True, on_delete=models.CASCADE, related_name="+", help_text="Its period."
    )
    what = models.CharField(max_length=36, help_text="The outcome, or the talking point.")
    weight = models.PositiveSmallIntegerField(default=1, help_text="Dwellings that the visit named, or 1.")

    def __str__(self) -> str:
        return f"{self.id} {self.what}"


class PrintedPage(models.Model):
    """A page of doors as it was printed: which door stands on which line, whatever the plan is today."""

    RETENTION = "No person: as the assignment, so that paper found again later maps to the right doors."

    code = models.CharField(
        primary_key=True, max_length=16, editable=False, help_text="A digest of all the rest; in its QR code."
    )
    assignment = models.ForeignKey(Assignment, on_delete=models.CASCADE, related_name="printed_pages")
    number = models.PositiveSmallIntegerField()
    version = models.PositiveSmallIntegerField(help_text="Of the layout: amiral.cores.marks.")
    outcomes = models.JSONField(help_text="Of the boxes, from left to right.")
    doors = models.JSONField(
        help_text="For each line the door and the visit printed beside it, or nothing where it has no box."
    )
    entered = models.JSONField(
        default=dict, help_text="By door, the event and the outcome that were entered from this page."
    )
    printed_at = models.DateTimeField(default=now)

    class Meta:
        ordering: ClassVar[list[str]] = ["assignment", "number", "code"]

    def __str__(self) -> str:
        return self.code


class Scan(models.Model):
    """Photographs or scans of filled-in pages, sent together. The pictures lie encrypted in files."""

    RETENTION = "Seven days after it was sent, then deleted with its pictures; a page's picture once entered."

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    assignment = models.ForeignKey(Assignment, on_delete=models.CASCADE, related_name="scans")
    run_id = models.UUIDField(null=True, help_text="The reading.")
    names = models.JSONField(default=list, help_text="Names of the files, to say which one to take again.")
    sent_at = models.DateTimeField(default=now, db_index=True)
    read_at = models.DateTimeField(null=True, help_text="When its files had all been read, and were deleted.")

    class Meta:
        ordering: ClassVar[list[str]] = ["-sent_at", "-id"]

    def __str__(self) -> str:
        return str(self.id)


class ScannedPage(models.Model):
    """One page found in the pictures of a scan, or a picture in which none was found."""

    RETENTION = "As the scan: seven days."

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    scan = models.ForeignKey(Scan, on_delete=models.CASCADE, related_name="pages")
    number = models.PositiveIntegerField()
    file = models.PositiveSmallIntegerField(help_text="Its place among the names of the scan.")
    printed = models.ForeignKey(PrintedPage, null=True, on_delete=models.CASCADE, related_name="scanned")
    problem = models.CharField(max_length=20, blank=True, help_text="Why nothing was read.")
    rows = models.JSONField(default=list, help_text="For each line the verdict and the column, or nothing.")
    entered_at = models.DateTimeField(null=True)
    set_aside_at = models.DateTimeField(null=True, help_text="Somebody decided not to enter it.")

    class Meta:
        ordering: ClassVar[list[str]] = ["number"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["scan", "number"], name="field_scanned_page_number")
        ]

    def __str__(self) -> str:
        return f"{self.scan_id} {self.number}"
