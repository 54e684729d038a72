"""Territories, their postal codes and what was imported about them."""

from django.db import models

from amiral.kit.clock import now
from amiral.kit.ids import new_id
from amiral.rooms.territory.contracts import FileKind, TerritoryKind

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

    class Meta:
        constraints = [models.UniqueConstraint(fields=["kind", "code"], name="territory_kind_code")]

    def __str__(self) -> str:
        return f"{self.name} ({self.code})"


class TerritoryClosure(models.Model):
    """Every (ancestor, descendant) pair, itself included: any scope filter is one indexed semi-join."""

    RETENTION = PUBLIC_REFERENCE

    ancestor = models.ForeignKey(Territory, on_delete=models.CASCADE, related_name="descendant_links")
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
