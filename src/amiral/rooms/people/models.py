"""Persons, their consents and their mandates."""

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum
from typing import ClassVar, Self
from uuid import UUID

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models import Exists, OuterRef, Q

from amiral.kit.clock import now
from amiral.kit.ids import new_id, new_secret
from amiral.rooms.people.contracts import (
    ROLE_DELEGABLE,
    ROLE_FEATURES,
    Basis,
    BounceState,
    CandidateState,
    ContactField,
    ContactKind,
    DisclosureReason,
    Feature,
    ImportState,
    JoinSource,
    LineOutcome,
    Origin,
    Purpose,
    RecruitVia,
    RightChannel,
    RightKind,
    RightRefusal,
    RightState,
    Role,
    RollKind,
    RollQuality,
    Skill,
    SuppressionReason,
    Way,
)


def _choices(kinds: type[StrEnum]) -> list[tuple[str, str]]:
    return [(kind.value, kind.value) for kind in kinds]


class PersonManager(BaseUserManager["Person"]):
    """Finds the account of an address; addresses are kept in lower case."""

    def get_by_natural_key(self, username: str | None) -> "Person":
        return self.get(email=(username or "").lower())


class Person(AbstractBaseUser):
    """Someone who joined and confirmed the address. Signs in by a code sent by e-mail, never by password.

    Somebody known from an import only has no account: no ``email``, not active, until he joins himself.
    """

    RETENTION = "As long as the person stays; erased on request, or after 36 months without any sign of life."

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    # Nothing and not an empty text: many have no account, and an account has one address.
    email = models.EmailField(  # noqa: DJ001 unique, see above
        unique=True, null=True, help_text="The account; empty when there is none."
    )
    given_name = models.CharField(max_length=80)
    family_name = models.CharField(max_length=80, blank=True)
    language = models.CharField(max_length=2, default="fr")
    postal_code = models.CharField(max_length=5, blank=True)
    commune = models.ForeignKey("territory.Territory", null=True, on_delete=models.PROTECT, related_name="+")
    calendar_token = models.CharField(max_length=64, unique=True, default=new_secret)
    joined_at = models.DateTimeField(default=now)
    last_seen_at = models.DateTimeField(default=now)
    silence_warned_at = models.DateTimeField(null=True, help_text="When told that the account will go.")
    informed_at = models.DateTimeField(
        null=True, help_text="When told where his data come from; nothing for who joined by himself."
    )
    is_active = models.BooleanField(default=True)

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []
    objects = PersonManager()

    def __str__(self) -> str:
        return str(self.pk)

    @property
    def public_name(self) -> str:
        """Given name and initial: what other members read."""
        initial = f" {self.family_name[0]}." if self.family_name else ""
        return f"{self.given_name}{initial}"


class JoinRequest(models.Model):
    """What somebody typed in the join form, until the address is confirmed; no Person exists before.

    Confirming empties the row and leaves its hash, so that a second click can be told what happened.
    """

    RETENTION = "Emptied at once when confirmed; purged seven days after it was written in any case."

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    token_hash = models.CharField(max_length=64, unique=True)
    source = models.CharField(max_length=10, default=JoinSource.FORM, choices=_choices(JoinSource))
    email = models.EmailField(blank=True)
    given_name = models.CharField(max_length=80, blank=True)
    family_name = models.CharField(max_length=80, blank=True)
    language = models.CharField(max_length=2, default="fr")
    postal_code = models.CharField(max_length=5, blank=True)
    commune = models.ForeignKey("territory.Territory", null=True, on_delete=models.CASCADE, related_name="+")
    phone = models.CharField(max_length=20, blank=True, help_text="In E.164; not shown to be his yet.")
    consents = models.JSONField(default=list, help_text="What was ticked: purpose, channel, text shown.")
    next_path = models.CharField(max_length=300, blank=True, help_text="Where the person was going.")
    recruiter = models.ForeignKey(Person, null=True, on_delete=models.SET_NULL, related_name="+")
    referral = models.ForeignKey("Referral", null=True, on_delete=models.SET_NULL, related_name="+")
    shows_name = models.BooleanField(default=False, help_text="To who brought him: see Recruitment.")
    created_at = models.DateTimeField(default=now)
    confirmed_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return str(self.pk)


class ConsentQuerySet(models.QuerySet["Consent"]):
    """The ledger; the newest line of a person, purpose and channel is the one that counts."""

    def given_now(self, purpose: Purpose | str, way: Way = Way.EMAIL) -> Self:
        """The lines that give ``purpose`` by ``way`` and that no later line withdraws."""
        return self.standing().filter(purpose=purpose, way=way)

    def standing(self) -> Self:
        """The lines that give something and that no later line withdraws."""
        later = Consent.objects.filter(
            Q(at__gt=OuterRef("at")) | Q(at=OuterRef("at"), pk__gt=OuterRef("pk")),
            person_id=OuterRef("person_id"),
            purpose=OuterRef("purpose"),
            way=OuterRef("way"),
        )
        return self.filter(~Exists(later), granted=True)


class Consent(models.Model):
    """One line of the ledger: given or withdrawn. Never changed, never deleted but with the person."""

    RETENTION = "As long as the person: proof of lawfulness (GDPR art. 7(1)); erased with the person."

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="consents")
    purpose = models.CharField(max_length=20, choices=[(p.value, p.value) for p in Purpose])
    way = models.CharField(
        max_length=10, default=Way.EMAIL.value, choices=_choices(Way), help_text="By which channel."
    )
    granted = models.BooleanField()
    text_shown = models.TextField()
    text_sha256 = models.CharField(max_length=64)
    channel = models.CharField(max_length=20, help_text="join form, account page, unsubscribe link …")
    basis = models.CharField(max_length=20, default=Basis.CONSENT, choices=_choices(Basis))
    proof = models.TextField(
        blank=True, help_text="What shows that it was so: ids, hashes, where originals lie."
    )
    supporter_import = models.ForeignKey(
        "SupporterImport", null=True, on_delete=models.SET_NULL, related_name="consents"
    )
    at = models.DateTimeField(default=now)

    objects = ConsentQuerySet.as_manager()

    class Meta:
        ordering = ["at", "id"]
        indexes = [models.Index(fields=["person", "purpose", "at"])]

    def __str__(self) -> str:
        return f"{self.purpose} by {self.way} {'given' if self.granted else 'withdrawn'} {self.at:%Y-%m-%d}"


class MandateQuerySet(models.QuerySet["Mandate"]):
    """Mandates by time and by what they open."""

    def in_force(self, at: datetime) -> Self:
        """Begun and not ended at the moment ``at``."""
        return self.filter(starts_at__lte=at).exclude(ends_at__lte=at)

    def carrying(self, feature: Feature) -> Self:
        """Those that open ``feature``: by their role, or because they name it."""
        roles = [role for role, opened in ROLE_FEATURES.items() if feature in opened]
        return self.filter(Q(features="", role__in=roles) | Q(features__contains=f"|{feature}|"))

    def over(self, *, territory_id: str | None = None, scope_id: UUID | None = None) -> Self:
        """Held over an ancestor of the territory, or exactly over the scope; nothing asked, nothing found."""
        asked = Q(pk__in=[])
        if territory_id:
            # The closure is read through the foreign key, so that the answer stays one query.
            asked |= Q(scope_id__isnull=True, territory__descendant_links__descendant_id=territory_id)
        if scope_id:
            asked |= Q(scope_id=scope_id)
        return self.filter(asked)


def written(features: Iterable[Feature]) -> str:
    """Features as a mandate keeps them: ``|manage-actions|see-coverage|``; ``|`` for none."""
    return "|" + "".join(f"{feature}|" for feature in sorted(features))


def _read(text: str) -> frozenset[Feature]:
    # A feature that a newer version took away opens nothing any more.
    return frozenset(feature for feature in Feature if f"|{feature}|" in text)


class Mandate(models.Model):
    """A right: features × scope × time.

    The features are those of the role, or the part of them that ``features`` names. What hangs on another
    mandate (``delegated_from``) never reaches further than it: see ``actions.mandates``.

    Without ``scope_id`` it holds over ``territory`` and all that lies in it. With ``scope_id`` it holds over
    that one thing (a group) only; ``territory`` then says where the thing lies, which decides who may end it.
    """

    RETENTION = "Twelve months after its end: proof of who held which right."

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="mandates")
    role = models.CharField(max_length=30, choices=[(r.value, r.value) for r in Role])
    territory = models.ForeignKey(
        "territory.Territory", null=True, on_delete=models.PROTECT, related_name="+"
    )
    scope_id = models.UUIDField(null=True, help_text="The group that a group leader leads.")
    scope_name = models.CharField(max_length=120, blank=True, help_text="Its name when granted, for lists.")
    starts_at = models.DateTimeField(default=now)
    ends_at = models.DateTimeField(null=True)
    granted_by = models.ForeignKey(Person, null=True, on_delete=models.SET_NULL, related_name="+")
    features = models.CharField(
        max_length=600, blank=True, help_text="What it opens, between bars; empty: all that its role opens."
    )
    delegable = models.CharField(
        max_length=600, blank=True, help_text="What may be given on, between bars; empty: as the role has it."
    )
    delegated_from = models.ForeignKey(
        # A right without its source must not outlive it, whatever deletes the source.
        "self",
        null=True,
        on_delete=models.CASCADE,
        related_name="delegates",
    )

    objects = MandateQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(territory__isnull=False) | Q(scope_id__isnull=False),
                name="people_mandate_over_something",
            ),
            models.CheckConstraint(
                condition=~Q(role=Role.DELEGATE.value) | ~Q(features=""),
                name="people_delegate_names_features",
            ),
        ]
        indexes = [models.Index(fields=["person", "role"]), models.Index(fields=["scope_id"])]

    def __str__(self) -> str:
        return f"{self.role} {self.territory_id or self.scope_id}"

    @property
    def opens(self) -> frozenset[Feature]:
        """What it opens."""
        return _read(self.features) if self.features else ROLE_FEATURES[Role(self.role)]

    @property
    def gives_on(self) -> frozenset[Feature]:
        """What of it may be given on."""
        wide = _read(self.delegable) if self.delegable else ROLE_DELEGABLE[Role(self.role)]
        return wide & self.opens


class ContactPoint(models.Model):
    """One way to reach a person; the value is written in one form only (``contact_values.normalised``).

    The account's own address stays ``Person.email``; the same value stands here, verified.
    """

    RETENTION = "As long as the person; erased with the person."

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="contact_points")
    kind = models.CharField(max_length=10, choices=_choices(ContactKind))
    value = models.CharField(
        max_length=320, help_text="The e-mail address, the number or the postal address."
    )
    verified_at = models.DateTimeField(null=True, help_text="When the person showed that it is his.")
    bounce_state = models.CharField(max_length=10, default=BounceState.OK, choices=_choices(BounceState))
    primary = models.BooleanField(default=False)
    created_at = models.DateTimeField(default=now)

    class Meta:
        constraints = [
            # A household shares its letter box; an address or a number leads to one person.
            models.UniqueConstraint(
                fields=["kind", "value"],
                condition=Q(kind__in=[ContactKind.EMAIL, ContactKind.PHONE]),
                name="people_contact_leads_to_one",
            ),
            models.UniqueConstraint(fields=["person", "kind", "value"], name="people_contact_once_a_person"),
        ]
        indexes = [models.Index(fields=["kind", "value"])]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"


class Suppression(models.Model):
    """A refusal that outlives the person: the salted hash of an address, and never the address."""

    RETENTION = "For ever, as a salted hash that names nobody: keeps the refusal of somebody who was erased."

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    value_hash = models.CharField(max_length=64, help_text="See contact_values.salted_hash.")
    channel = models.CharField(max_length=10, choices=_choices(ContactKind))
    reason = models.CharField(max_length=20, choices=_choices(SuppressionReason))
    since = models.DateTimeField(default=now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["value_hash", "channel"], name="people_suppression_once")
        ]

    def __str__(self) -> str:
        return f"{self.channel} {self.reason} {self.since:%Y-%m-%d}"


class SupporterImport(models.Model):
    """A file of supporters: where it came from, by which right, what became of it."""

    RETENTION = (
        "As long as a person it brought stays: proof of origin and lawful basis; a draft for seven days."
    )

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    territory = models.ForeignKey("territory.Territory", on_delete=models.PROTECT, related_name="+")
    imported_by = models.ForeignKey(Person, null=True, on_delete=models.SET_NULL, related_name="+")
    file_name = models.CharField(max_length=120)
    file_sha256 = models.CharField(max_length=64)
    file_format = models.CharField(max_length=10)
    lines = models.PositiveIntegerField(default=0)
    dropped = models.JSONField(default=list, help_text="Names of the columns that were thrown away unread.")
    state = models.CharField(max_length=10, default=ImportState.DRAFT, choices=_choices(ImportState))
    mapping = models.JSONField(default=list, help_text="For each column what it holds, or nothing.")
    origin = models.CharField(max_length=20, blank=True, choices=_choices(Origin))
    basis = models.CharField(max_length=20, blank=True, choices=_choices(Basis))
    basis_proof = models.TextField(blank=True, help_text="Where the originals are; why the basis holds.")
    purpose = models.CharField(max_length=20, blank=True, choices=_choices(Purpose))
    consent_text = models.TextField(blank=True, help_text="The sentence that people were shown.")
    consented_on = models.DateField(null=True, help_text="For the lines that have no date of their own.")
    run_id = models.UUIDField(null=True)
    removed = models.PositiveIntegerField(default=0, help_text="Persons that undoing removed.")
    kept = models.PositiveIntegerField(default=0, help_text="Persons that undoing left, and why they stay.")
    created_at = models.DateTimeField(default=now)
    done_at = models.DateTimeField(null=True)
    undone_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return f"{self.file_name} {self.state}"


class ImportLine(models.Model):
    """What became of one line; its text is not kept."""

    RETENTION = "As long as its import: lets an import be undone exactly, and shows what was wrong."

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    supporter_import = models.ForeignKey(
        SupporterImport, on_delete=models.CASCADE, related_name="import_lines"
    )
    number = models.PositiveIntegerField(help_text="Line of the file, from 1.")
    outcome = models.CharField(max_length=10, choices=_choices(LineOutcome))
    problem = models.CharField(max_length=20, blank=True)
    column = models.CharField(max_length=20, blank=True, help_text="What the problem is about.")
    person = models.ForeignKey(Person, null=True, on_delete=models.SET_NULL, related_name="+")
    points = models.ManyToManyField(ContactPoint, through="ImportedPoint", related_name="import_lines")

    class Meta:
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["supporter_import", "number"], name="people_import_line_once")
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.outcome}"


class ImportedPoint(models.Model):
    """That a line vouches for a contact point."""

    RETENTION = "As long as its import: says which contact points undoing it removes."

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    line = models.ForeignKey(ImportLine, on_delete=models.CASCADE, related_name="+")
    point = models.ForeignKey(ContactPoint, on_delete=models.CASCADE, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["line", "point"], name="people_imported_point_once")]

    def __str__(self) -> str:
        return f"{self.line_id} {self.point_id}"


class RollDeclaration(models.Model):
    """What was declared to use an electoral roll (Code électoral, art. L. 37); voters lie in a file apart."""

    RETENTION = "Twelve months after the ballot: proof of the pledge; the voters go the day after the ballot."

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    territory = models.ForeignKey("territory.Territory", on_delete=models.PROTECT, related_name="+")
    declared_by = models.ForeignKey(Person, null=True, on_delete=models.SET_NULL, related_name="+")
    ballot = models.CharField(max_length=120)
    kind = models.CharField(max_length=10, default=RollKind.ROLL, choices=_choices(RollKind))
    ballot_on = models.DateField(help_text="The last day on which one votes.")
    first_round_on = models.DateField(null=True, help_text="Of a list of signatures: when they were given.")
    quality = models.CharField(max_length=10, choices=_choices(RollQuality))
    pledge_text = models.TextField(help_text="The sentence that was shown.")
    pledge_sha256 = models.CharField(max_length=64)
    pledged_at = models.DateTimeField(default=now)
    file_sha256 = models.CharField(max_length=64)
    voters = models.PositiveIntegerField(default=0)
    dropped = models.JSONField(default=list, help_text="Names of the columns that were thrown away unread.")
    expires_at = models.DateTimeField(help_text="Midnight after the ballot.")
    purged_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-pledged_at"]
        indexes = [models.Index(fields=["expires_at"])]

    def __str__(self) -> str:
        return f"{self.ballot} {self.ballot_on}"


class PurgeCertificate(models.Model):
    """That voters were deleted: what, how many, when, which file; sealed with our secret."""

    RETENTION = "Five years: proof that an electoral roll was deleted; speaks of no voter."

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    declaration_id = models.UUIDField(unique=True, help_text="No foreign key: the certificate lives longer.")
    what = models.CharField(max_length=200)
    voters = models.PositiveIntegerField()
    data_sha256 = models.CharField(max_length=64, help_text="Of the file that was deleted.")
    seal = models.CharField(max_length=64, help_text="HMAC of all the above.")
    at = models.DateTimeField()

    class Meta:
        ordering = ["-at"]

    def __str__(self) -> str:
        return f"{self.what} {self.at:%Y-%m-%d}"


class DuplicateCandidate(models.Model):
    """Two persons who may be one. Plain ids, no foreign keys: merging and un-merging change no row here."""

    RETENTION = "As long as both persons; a rejected pair is kept so that it is not proposed again."

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    first_id = models.UUIDField(help_text="The smaller of the two ids of persons.")
    second_id = models.UUIDField(db_index=True)
    score = models.FloatField(help_text="Probability that they are one person, 0 to 1.")
    features = models.JSONField(default=dict, help_text="How far each feature agrees; see cores.linkage.")
    state = models.CharField(
        max_length=10,
        default=CandidateState.OPEN.value,
        choices=[(state.value, state.value) for state in CandidateState],
    )
    found_at = models.DateTimeField(default=now)
    rejected_by = models.ForeignKey(Person, null=True, on_delete=models.SET_NULL, related_name="+")
    rejected_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["first_id", "second_id"], name="people_candidate_once"),
            models.CheckConstraint(
                condition=Q(score__gte=0, score__lte=1), name="people_candidate_probability"
            ),
        ]
        indexes = [models.Index(fields=["state", "-score", "id"])]

    def __str__(self) -> str:
        return f"{self.state} {self.score:.2f}"


class Merge(models.Model):
    """One person absorbed another; everything needed to take it back. The content is emptied when undone."""

    RETENTION = (
        "As long as the person who was kept, so that a mistake can be undone; erased with that person, "
        "emptied when undone."
    )

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    survivor = models.ForeignKey(
        Person,
        on_delete=models.CASCADE,
        related_name="merges",
        help_text="Who holds it all today: the kept person, or whoever absorbed that one later.",
    )
    kept_id = models.UUIDField()
    absorbed_id = models.UUIDField()
    chosen = models.JSONField(default=list, help_text="What was taken from the absorbed: names of fields.")
    absorbed_place = models.CharField(
        max_length=40, blank=True, help_text="The commune he lived in: who may undo."
    )
    snapshot = models.JSONField(default=dict, help_text="The absorbed person's name and address.")
    records = models.JSONField(default=dict, help_text="The way back, by room; see kit.relations.")
    administrators_only = models.BooleanField(default=False, help_text="One of the two held a mandate.")
    at = models.DateTimeField(default=now)
    by = models.ForeignKey(Person, null=True, on_delete=models.SET_NULL, related_name="+")
    undone_at = models.DateTimeField(null=True)
    undone_by = models.ForeignKey(Person, null=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        # Ids grow with time and are made under the lock of both persons; the clock alone could tie.
        ordering = ["id"]
        indexes = [models.Index(fields=["survivor", "undone_at"])]

    def __str__(self) -> str:
        return f"{self.kept_id} <- {self.absorbed_id}"


class Disclosure(models.Model):
    """That one person was shown how to reach another; a receipt for that other.

    One row for each viewer, person, field, reason, thing and day. Names are read when shown, never copied.
    """

    RETENTION = "Twelve months: lets each person read who saw the data, and answers after a breach."

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="+")
    viewer = models.ForeignKey(Person, null=True, on_delete=models.SET_NULL, related_name="+")
    viewer_role = models.CharField(max_length=30, blank=True, help_text="Of the mandate that was used.")
    field = models.CharField(max_length=20, choices=_choices(ContactField))
    reason = models.CharField(max_length=20, choices=_choices(DisclosureReason))
    subject_id = models.UUIDField(help_text="The action, the pair or the import it was for.")
    subject = models.CharField(max_length=120, blank=True, help_text="Its name at that moment.")
    explanation = models.CharField(max_length=300, blank=True, help_text="What the viewer said to see it.")
    day = models.DateField(help_text="In the campaign's own time zone.")
    at = models.DateTimeField(default=now, help_text="The first time of that day.")

    class Meta:
        ordering = ["-at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["viewer", "person", "field", "reason", "subject_id", "day"],
                name="people_disclosure_once_a_day",
            )
        ]
        indexes = [models.Index(fields=["person", "-at"]), models.Index(fields=["at"])]

    def __str__(self) -> str:
        return f"{self.field} {self.reason} {self.day}"


class PersonSkill(models.Model):
    """Something that a person says he can do."""

    RETENTION = "As long as the person says so; erased with the person."

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="skills")
    skill = models.CharField(max_length=20, choices=_choices(Skill))

    class Meta:
        constraints = [models.UniqueConstraint(fields=["person", "skill"], name="people_skill_once")]

    def __str__(self) -> str:
        return self.skill


class Availability(models.Model):
    """When a person usually has time: one bit for each of ``contracts.SLOTS``. No row, nothing said."""

    RETENTION = "As long as the person says so; erased with the person."

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    person = models.OneToOneField(Person, on_delete=models.CASCADE, related_name="availability")
    slots = models.PositiveIntegerField(help_text="Monday morning is the lowest bit, Sunday evening bit 20.")

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(slots__gt=0, slots__lt=1 << 21), name="people_week_of_slots")
        ]

    def __str__(self) -> str:
        return f"{self.slots:021b}"


class RightsRequest(models.Model):
    """What somebody asks about his own data, until it is answered; a month from its arrival."""

    RETENTION = (
        "Three years after the answer: proof that it was given in time; "
        "what names the person is emptied when it is closed."
    )

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    kind = models.CharField(max_length=12, choices=_choices(RightKind))
    channel = models.CharField(max_length=12, choices=_choices(RightChannel))
    state = models.CharField(max_length=16, default=RightState.RECEIVED, choices=_choices(RightState))
    territory = models.ForeignKey(
        "territory.Territory", null=True, on_delete=models.PROTECT, related_name="+"
    )
    person = models.ForeignKey(Person, null=True, on_delete=models.SET_NULL, related_name="+")
    address = models.EmailField(blank=True, help_text="Where the answer goes; emptied when closed.")
    address_hash = models.CharField(max_length=64, blank=True, help_text="See contact_values.salted_hash.")
    words = models.TextField(blank=True, help_text="What was asked; emptied when closed.")
    language = models.CharField(max_length=2, default="fr")
    token_hash = models.CharField(max_length=64, blank=True, db_index=True)
    identity = models.CharField(max_length=10, blank=True, help_text="link, check, or nothing yet.")
    identity_note = models.TextField(blank=True, help_text="What was looked at; emptied when closed.")
    received_at = models.DateTimeField(default=now)
    due_at = models.DateTimeField(db_index=True)
    extension_reason = models.TextField(blank=True)
    alarm_at = models.DateTimeField(null=True, help_text="When those in charge were warned.")
    closed_at = models.DateTimeField(null=True)
    closed_by = models.ForeignKey(Person, null=True, on_delete=models.SET_NULL, related_name="+")
    refused_because = models.CharField(max_length=16, blank=True, choices=_choices(RightRefusal))

    class Meta:
        ordering = ["due_at", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(due_at__gt=models.F("received_at")), name="people_right_due_later"
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.state}"


class Referral(models.Model):
    """A member asked us to write to somebody, once. The address goes; its salted hash stays a while."""

    RETENTION = (
        "Fifteen days, then only a salted hash, for a year: "
        "nobody is written to a second time because somebody gave his address."
    )

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    inviter = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="+")
    address = models.EmailField(blank=True, help_text="Emptied by the answer, or after fifteen days.")
    address_hash = models.CharField(max_length=64, unique=True, help_text="See contact_values.salted_hash.")
    token_hash = models.CharField(max_length=64, unique=True)
    scope_id = models.UUIDField(null=True, help_text="The group into which the letter invites, if any.")
    created_at = models.DateTimeField(default=now)

    class Meta:
        ordering = ["-created_at", "-id"]

    def __str__(self) -> str:
        return str(self.pk)


class InvitedOnce(models.Model):
    """An address to which a member's one letter was sent: nobody has it written to again, whoever leaves."""

    RETENTION = "For ever, as a salted hash that names nobody: one message only, never again."

    address_hash = models.CharField(
        primary_key=True, max_length=64, help_text="See contact_values.salted_hash."
    )

    def __str__(self) -> str:
        return self.address_hash


class RecruitCode(models.Model):
    """The secret in a member's own link and QR code; a new one makes the old one void."""

    RETENTION = "As long as the person stays; erased with him, or replaced when he asks for a new one."

    person = models.OneToOneField(Person, primary_key=True, on_delete=models.CASCADE, related_name="+")
    code = models.CharField(max_length=16, unique=True)

    def __str__(self) -> str:
        return self.code


class Recruitment(models.Model):
    """Somebody joined by what a member said: his link, or the letter that he had sent."""

    RETENTION = (
        "As long as who came stays; who brought him is emptied when that one is erased, "
        "and then nobody counts it any more."
    )

    person = models.OneToOneField(Person, primary_key=True, on_delete=models.CASCADE, related_name="+")
    recruiter = models.ForeignKey(Person, null=True, on_delete=models.SET_NULL, related_name="+")
    via = models.CharField(max_length=10, choices=_choices(RecruitVia))
    scope_id = models.UUIDField(null=True, help_text="The group into which the letter invited him.")
    shows_name = models.BooleanField(default=False, help_text="Agrees that who brought him reads his name.")
    at = models.DateTimeField(default=now)

    class Meta:
        ordering = ["at", "person_id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(recruiter=None) | ~Q(person=models.F("recruiter")),
                name="people_nobody_brings_himself",
            )
        ]
        indexes = [models.Index(fields=["recruiter", "at"])]

    def __str__(self) -> str:
        return str(self.pk)


class PhoneCode(models.Model):
    """A code that was sent to a number, to show that it is the person's own. One at a time."""

    RETENTION = "Ten minutes: as long as the code works; purged within a day."

    person = models.OneToOneField(Person, primary_key=True, on_delete=models.CASCADE, related_name="+")
    value = models.CharField(max_length=20, help_text="The number that it was sent to, in E.164.")
    code_hash = models.CharField(max_length=64)
    tries = models.PositiveSmallIntegerField(default=0)
    sent_at = models.DateTimeField(default=now)

    def __str__(self) -> str:
        return str(self.pk)
