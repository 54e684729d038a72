"""Territories, their postal codes and what was imported about them."""

from django.db import models

from amiral.kit.clock import now
from amiral.kit.ids import new_id
from amiral.rooms.territory.contracts import ElectionKind, FileKind, SuccessionKind, TableKind, TerritoryKind

PUBLIC_REFERENCE = "Public reference data, no person: kept until it is replaced."


class Territory(models.Model):
    """A place of the official geography. Its id is readable and survives a new import: ``commune:71076``."""

    RETENTION = PUBLIC_REFERENCE

    id = models.CharField(primary_key=True, max_length=40)
    kind = models.CharField(max_length=30, choices=[(k.value, k.value) for k in TerritoryKind], db_index=True)
    code = models.CharField(max_length=20, help_text="INSEE or SIREN code, as text.")
    name = models.CharField(max_length=120)
    search_name = models.CharField(
        max_length=120, db_index=True, help_text="Lower case, no accent, no punctuation."
    )
    name_type = models.PositiveSmallIntegerField(
        default=0, help_text="TNCC of INSEE: which article the name takes."
    )
    departement_code = models.CharField(max_length=3, blank=True, db_index=True)
    population = models.PositiveIntegerField(null=True)
    retired_at = models.DateTimeField(
        null=True,
        help_text="When a newer referential no longer held it; it is then neither found nor resolved.",
    )
    valid_from = models.DateField(null=True, help_text="First day; empty where it is not known.")
    valid_to = models.DateField(null=True, help_text="First day it is no more; empty: today, or not known.")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["kind", "code"], name="territory_kind_code")]

    def __str__(self) -> str:
        return f"{self.name} ({self.code})"


class TerritoryClosure(models.Model):
    """Every (ancestor, descendant) pair, itself included: any scope filter is one indexed semi-join."""

    RETENTION = PUBLIC_REFERENCE

    # No index of its own: the constraint's begins with it.
    ancestor = models.ForeignKey(
        Territory, on_delete=models.CASCADE, related_name="descendant_links", db_index=False
    )
    descendant = models.ForeignKey(Territory, on_delete=models.CASCADE, related_name="ancestor_links")
    depth = models.PositiveSmallIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["ancestor", "descendant"], name="territory_closure_pair")
        ]

    def __str__(self) -> str:
        return f"{self.ancestor_id} > {self.descendant_id}"


class PostalCode(models.Model):
    """A postal code of a commune: many-to-many, never a property of either."""

    RETENTION = PUBLIC_REFERENCE

    code = models.CharField(max_length=5, db_index=True)
    territory = models.ForeignKey(Territory, on_delete=models.CASCADE, related_name="postal_codes")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["code", "territory"], name="territory_postal_code")]

    def __str__(self) -> str:
        return f"{self.code} {self.territory_id}"


class FormerCode(models.Model):
    """An INSEE code, and the name that goes with it, which a commune absorbed.

    Communes déléguées and associées are here, with their names: people go on naming the village they live
    in. One in five keeps the code of the commune that took it in, hence no foreign meaning in the code alone.
    """

    RETENTION = PUBLIC_REFERENCE

    code = models.CharField(max_length=5, unique=True)
    name = models.CharField(max_length=120, blank=True, help_text="Empty where the source gives a bare code.")
    search_name = models.CharField(max_length=120, blank=True)
    commune = models.ForeignKey(Territory, on_delete=models.CASCADE, related_name="former_codes")

    def __str__(self) -> str:
        return f"{self.code} → {self.commune_id}"


class ReferenceFile(models.Model):
    """A file of addresses or streets that was imported, and where its columns lie.

    The rows themselves are in ``REFERENCE_DIR`` as Parquet, complete before this row exists, so a reader
    never sees half a file. A replaced file keeps its row: it says where the doors of an old plan came from.
    """

    RETENTION = (
        "Public reference data; the row outlives the columns, to say where the doors of old plans came from."
        " The importer's id speaks of nobody once the person is erased."
    )

    class State(models.TextChoices):
        LIVE = "live"
        REPLACED = "replaced"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    kind = models.CharField(max_length=10, choices=[(k.value, k.value) for k in FileKind])
    name = models.CharField(
        max_length=120, help_text="Shown to coordinators; a second file of the same name replaces the first."
    )
    state = models.CharField(max_length=10, choices=State, default=State.LIVE)
    attribution = models.CharField(max_length=200, blank=True)
    sha256 = models.CharField(max_length=64)
    rows = models.PositiveIntegerField()
    bad_rows = models.PositiveIntegerField()
    category = models.CharField(max_length=30, blank=True, help_text="Of official places: what they are.")
    flagged_rows = models.PositiveIntegerField(
        default=0, help_text="Kept apart because their position is doubtful; not among ``rows``."
    )
    west = models.FloatField(null=True)
    south = models.FloatField(null=True)
    east = models.FloatField(null=True)
    north = models.FloatField(null=True)
    commune_codes = models.JSONField(
        default=dict, help_text="INSEE codes met in the file, with their number of rows."
    )
    imported_by_id = models.UUIDField(null=True)
    created_at = models.DateTimeField(default=now)

    class Meta:
        ordering = ["name"]
        indexes = [models.Index(fields=["kind", "state"])]
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "name"], condition=models.Q(state="live"), name="territory_one_live_file"
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.name} {self.state}"


class BadLine(models.Model):
    """A line that was left out of an import, and why."""

    RETENTION = PUBLIC_REFERENCE

    file = models.ForeignKey(ReferenceFile, on_delete=models.CASCADE, related_name="bad_lines")
    line_number = models.PositiveIntegerField(help_text="From 1; 0 where the file has no lines.")
    object_id = models.CharField(max_length=80, blank=True, help_text="Its id in the file, if it has one.")
    code = models.CharField(max_length=40)
    params = models.JSONField(default=dict)

    class Meta:
        ordering = ["line_number", "id"]

    def __str__(self) -> str:
        return f"{self.line_number}: {self.code}"


class TerritoryLink(models.Model):
    """One place lies in another, from a day to a day. The closure holds the exact ones in force today.

    A place that several others share has one link to each, not exact: a commune of two circonscriptions.
    ``approximate`` speaks of the beginning in the same way where the link took the place of another.
    """

    RETENTION = PUBLIC_REFERENCE

    child = models.ForeignKey(Territory, on_delete=models.CASCADE, related_name="links_up")
    parent = models.ForeignKey(Territory, on_delete=models.CASCADE, related_name="links_down")
    exact = models.BooleanField(default=True, help_text="All of the child lies in the parent.")
    share = models.FloatField(null=True, help_text="Part of its people, from 0 to 1, where it is known.")
    valid_from = models.DateField(null=True, help_text="First day; empty where it is not known.")
    valid_to = models.DateField(null=True, help_text="First day it is true no more; empty: true today.")
    approximate = models.BooleanField(
        default=False,
        help_text="The end is the day a newer source lacked it: it ended on that day at the latest.",
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["child", "parent"],
                condition=models.Q(valid_to__isnull=True),
                name="territory_one_link_in_force",
            )
        ]

    def __str__(self) -> str:
        return f"{self.child_id} < {self.parent_id}"


class TerritorySuccession(models.Model):
    """The code of a commune became another's, wholly or in part, on a day which may be unknown.

    A merge of three communes is three rows of one date and one new code; a split is one old code and several
    new ones. ``new`` is the commune of the new code while the referential holds it.
    """

    RETENTION = PUBLIC_REFERENCE

    old_code = models.CharField(max_length=5, db_index=True)
    old_name = models.CharField(max_length=120, blank=True)
    new_code = models.CharField(max_length=5, db_index=True)
    new_name = models.CharField(max_length=120, blank=True)
    new = models.ForeignKey(Territory, null=True, on_delete=models.SET_NULL, related_name="successions")
    date = models.DateField(
        null=True, help_text="First day of the new state; empty: the source does not tell."
    )
    kind = models.CharField(max_length=10, choices=[(k.value, k.value) for k in SuccessionKind])
    code = models.CharField(
        max_length=2, blank=True, help_text="MOD of INSEE, where a file of movements gave it."
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["old_code", "new_code", "date", "kind"], name="territory_succession_once"
            ),
            models.UniqueConstraint(
                fields=["old_code", "new_code"],
                condition=models.Q(date__isnull=True),
                name="territory_undated_succession_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.old_code} → {self.new_code} {self.date or ''}"


class Zone(models.Model):
    """A territory that the campaign drew itself: places picked from a list, a polygon on the map, or both."""

    RETENTION = (
        "Kept while the zone is in use, and retired with it; the id of who drew it speaks of nobody once the"
        " person is erased."
    )

    territory = models.OneToOneField(
        Territory, primary_key=True, on_delete=models.CASCADE, related_name="drawn"
    )
    geometry = models.JSONField(null=True, help_text="GeoJSON Polygon or MultiPolygon in degrees of WGS84.")
    drawn_by_id = models.UUIDField(null=True)
    created_at = models.DateTimeField(default=now)
    changed_at = models.DateTimeField(default=now)

    def __str__(self) -> str:
        return self.territory_id


class Election(models.Model):
    """One round of one ballot: an election is a row."""

    RETENTION = "Public reference data, no person: kept while results of it are."

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    kind = models.CharField(max_length=20, choices=[(k.value, k.value) for k in ElectionKind])
    date = models.DateField()
    round = models.PositiveSmallIntegerField()
    name = models.CharField(max_length=120, blank=True, help_text="Where kind and year do not tell it all.")
    created_at = models.DateTimeField(default=now)

    class Meta:
        ordering = ["-date", "-round", "kind"]
        constraints = [models.UniqueConstraint(fields=["kind", "date", "round"], name="territory_one_ballot")]

    def __str__(self) -> str:
        return f"{self.kind} {self.date} {self.round}"


class Candidacy(models.Model):
    """A candidate, a pair, a list, a nuance or an answer of one election, as the State published it."""

    RETENTION = (
        "Public reference data, the names of candidates as the State publishes them with the results: kept"
        " while results of the election are."
    )

    election = models.ForeignKey(Election, on_delete=models.CASCADE, related_name="candidacies")
    number = models.PositiveIntegerField(help_text="What the columns of votes call it.")
    key = models.CharField(max_length=300, help_text="What tells it from the others of the election.")
    scope = models.CharField(max_length=10, blank=True, help_text="Code of the place where it stands.")
    label = models.CharField(max_length=250)
    nuance = models.CharField(max_length=60, blank=True)

    class Meta:
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["election", "key"], name="territory_candidacy_once"),
            models.UniqueConstraint(fields=["election", "number"], name="territory_candidacy_number"),
        ]

    def __str__(self) -> str:
        return self.label


class ResultSet(models.Model):
    """What a live file of results is about, and what all its lines add up to."""

    RETENTION = PUBLIC_REFERENCE

    file = models.OneToOneField(
        ReferenceFile, primary_key=True, on_delete=models.CASCADE, related_name="results"
    )
    election = models.ForeignKey(Election, on_delete=models.CASCADE, related_name="files")
    level = models.CharField(max_length=30)
    flagged = models.PositiveIntegerField(default=0, help_text="Lines kept whose figures disagree.")
    totals = models.JSONField(default=dict, help_text="Sums of all lines, and votes by number of candidacy.")

    def __str__(self) -> str:
        return f"{self.election_id} {self.level}"


class NamesEdition(models.Model):
    """Which state of the names and postal codes stands in these tables: one row, rewritten with them.

    Whoever keeps the names in memory reads this first. Without a row nothing is kept.
    """

    RETENTION = PUBLIC_REFERENCE

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    edition = models.UUIDField(default=new_id)

    def __str__(self) -> str:
        return str(self.edition)


class AcceptedAddress(models.Model):
    """That a person looked at a doubtful position and found it right; the address is used from then on."""

    RETENTION = "As its file: which doubtful positions of a public file were found right, and by whom."

    file = models.ForeignKey(ReferenceFile, on_delete=models.CASCADE, related_name="accepted")
    address_id = models.CharField(max_length=200, help_text="The address's id in the file.")
    accepted_by_id = models.UUIDField(null=True)
    accepted_at = models.DateTimeField(default=now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["file", "address_id"], name="territory_accepted_address_once")
        ]

    def __str__(self) -> str:
        return self.address_id


class PendingImport(models.Model):
    """A file that was sent and waits in the state folder to be looked at before it is imported."""

    RETENTION = "A day, with the file: then neither is there any more. A file of public addresses or places."

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    kind = models.CharField(max_length=10, choices=[(k.value, k.value) for k in FileKind])
    name = models.CharField(max_length=120)
    attribution = models.CharField(max_length=200, blank=True)
    category = models.CharField(max_length=30, blank=True, help_text="Of official places.")
    sent_by_id = models.UUIDField()
    plan = models.JSONField(default=dict, help_text="How the table is read: encoding, columns, projection.")
    created_at = models.DateTimeField(default=now)

    class Meta:
        indexes = [models.Index(fields=["created_at"], name="territory_pending_since")]

    def __str__(self) -> str:
        return f"{self.kind} {self.name}"


class ContourFile(models.Model):
    """What a reference file of contours draws, and since when these borders hold."""

    RETENTION = PUBLIC_REFERENCE

    file = models.OneToOneField(
        ReferenceFile, primary_key=True, on_delete=models.CASCADE, related_name="contours"
    )
    territory_kind = models.CharField(
        max_length=30, choices=[(k.value, k.value) for k in TerritoryKind], db_index=True
    )
    valid_from = models.DateField(
        null=True, help_text="First day on which these borders held, as the importer said it."
    )

    def __str__(self) -> str:
        return f"{self.territory_kind} {self.valid_from or ''}"


class TableImport(models.Model):
    """A table of movements or memberships that was imported, what it changed and which lines it left out."""

    RETENTION = (
        "Kept to say where the graph of territories comes from; the importer's id speaks of nobody once the"
        " person is erased."
    )

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    kind = models.CharField(max_length=12, choices=[(k.value, k.value) for k in TableKind])
    name = models.CharField(max_length=120)
    imported_by_id = models.UUIDField(null=True)
    created_at = models.DateTimeField(default=now)
    used = models.PositiveIntegerField()
    other = models.PositiveIntegerField(help_text="Lines that are right and of no use to us.")
    left_out = models.PositiveIntegerField()
    changed = models.PositiveIntegerField(help_text="Rows of the graph that were written.")
    first_day = models.DateField(null=True)
    last_day = models.DateField(null=True)
    problems = models.JSONField(default=list, help_text="Lines, codes and values of a public table.")

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return f"{self.kind} {self.name}"
