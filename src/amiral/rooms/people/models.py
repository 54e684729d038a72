"""Persons, their consents and their mandates."""

from datetime import datetime
from typing import ClassVar, Self
from uuid import UUID

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models import Exists, OuterRef, Q

from amiral.kit.clock import now
from amiral.kit.ids import new_id, new_secret
from amiral.rooms.people.contracts import ROLE_FEATURES, Feature, Purpose, Role


class PersonManager(BaseUserManager["Person"]):
    """Finds the account of an address; addresses are kept in lower case."""

    def get_by_natural_key(self, username: str | None) -> "Person":
        return self.get(email=(username or "").lower())


class Person(AbstractBaseUser):
    """Someone who joined and confirmed the address. Signs in by a code sent by e-mail, never by password."""

    RETENTION = "As long as the person stays; erased on request, or after 36 months without any sign of life."

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    email = models.EmailField(unique=True)
    given_name = models.CharField(max_length=80)
    family_name = models.CharField(max_length=80, blank=True)
    language = models.CharField(max_length=2, default="fr")
    postal_code = models.CharField(max_length=5, blank=True)
    commune = models.ForeignKey("territory.Territory", null=True, on_delete=models.PROTECT, related_name="+")
    calendar_token = models.CharField(max_length=64, unique=True, default=new_secret)
    joined_at = models.DateTimeField(default=now)
    last_seen_at = models.DateTimeField(default=now)
    silence_warned_at = models.DateTimeField(null=True, help_text="When told that the account will go.")
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
    email = models.EmailField(blank=True)
    given_name = models.CharField(max_length=80, blank=True)
    family_name = models.CharField(max_length=80, blank=True)
    language = models.CharField(max_length=2, default="fr")
    postal_code = models.CharField(max_length=5, blank=True)
    commune = models.ForeignKey("territory.Territory", null=True, on_delete=models.CASCADE, related_name="+")
    consents = models.JSONField(default=list, help_text="The purposes ticked, each with the text shown.")
    next_path = models.CharField(max_length=300, blank=True, help_text="Where the person was going.")
    created_at = models.DateTimeField(default=now)
    confirmed_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return str(self.pk)


class ConsentQuerySet(models.QuerySet["Consent"]):
    """The ledger; the newest line of a person and purpose is the one that counts."""

    def given_now(self, purpose: Purpose | str) -> Self:
        """The lines that give ``purpose`` and that no later line withdraws."""
        later = Consent.objects.filter(
            Q(at__gt=OuterRef("at")) | Q(at=OuterRef("at"), pk__gt=OuterRef("pk")),
            person_id=OuterRef("person_id"),
            purpose=purpose,
        )
        return self.filter(~Exists(later), purpose=purpose, granted=True)


class Consent(models.Model):
    """One line of the ledger: given or withdrawn. Never changed, never deleted but with the person."""

    RETENTION = "As long as the person: proof of lawfulness (GDPR art. 7(1)); erased with the person."

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="consents")
    purpose = models.CharField(max_length=20, choices=[(p.value, p.value) for p in Purpose])
    granted = models.BooleanField()
    text_shown = models.TextField()
    text_sha256 = models.CharField(max_length=64)
    channel = models.CharField(max_length=20, help_text="join form, account page, unsubscribe link …")
    at = models.DateTimeField(default=now)

    objects = ConsentQuerySet.as_manager()

    class Meta:
        ordering = ["at", "id"]
        indexes = [models.Index(fields=["person", "purpose", "at"])]

    def __str__(self) -> str:
        return f"{self.purpose} {'given' if self.granted else 'withdrawn'} {self.at:%Y-%m-%d}"


class MandateQuerySet(models.QuerySet["Mandate"]):
    """Mandates by time and by what they open."""

    def in_force(self, at: datetime) -> Self:
        """Begun and not ended at the moment ``at``."""
        return self.filter(starts_at__lte=at).exclude(ends_at__lte=at)

    def carrying(self, feature: Feature) -> Self:
        """Of a role that opens ``feature``."""
        return self.filter(role__in=[role for role, opened in ROLE_FEATURES.items() if feature in opened])

    def over(self, *, territory_id: str | None = None, scope_id: UUID | None = None) -> Self:
        """Held over an ancestor of the territory, or exactly over the scope; nothing asked, nothing found."""
        asked = Q(pk__in=[])
        if territory_id:
            # The closure is read through the foreign key, so that the answer stays one query.
            asked |= Q(scope_id__isnull=True, territory__descendant_links__descendant_id=territory_id)
        if scope_id:
            asked |= Q(scope_id=scope_id)
        return self.filter(asked)


class Mandate(models.Model):
    """A right: role × scope × time.

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

    objects = MandateQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(territory__isnull=False) | Q(scope_id__isnull=False),
                name="people_mandate_over_something",
            )
        ]
        indexes = [models.Index(fields=["person", "role"]), models.Index(fields=["scope_id"])]

    def __str__(self) -> str:
        return f"{self.role} {self.territory_id or self.scope_id}"
