"""Persons, their consents and their mandates."""

from typing import ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models

from amiral.kit.clock import now
from amiral.kit.ids import new_id, new_secret
from amiral.rooms.people.contracts import Purpose, Role


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
    """What somebody typed in the join form, until the address is confirmed; no Person exists before."""

    RETENTION = "Seven days without confirmation, then purged; at once when confirmed."

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    token_hash = models.CharField(max_length=64, unique=True)
    email = models.EmailField()
    given_name = models.CharField(max_length=80)
    family_name = models.CharField(max_length=80, blank=True)
    language = models.CharField(max_length=2, default="fr")
    postal_code = models.CharField(max_length=5)
    commune = models.ForeignKey("territory.Territory", on_delete=models.CASCADE, related_name="+")
    consents = models.JSONField(default=list, help_text="The purposes ticked, each with the text shown.")
    next_path = models.CharField(max_length=300, blank=True, help_text="Where the person was going.")
    created_at = models.DateTimeField(default=now)

    def __str__(self) -> str:
        return str(self.pk)


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

    class Meta:
        ordering = ["at", "id"]
        indexes = [models.Index(fields=["person", "purpose", "at"])]

    def __str__(self) -> str:
        return f"{self.purpose} {'given' if self.granted else 'withdrawn'} {self.at:%Y-%m-%d}"


class Mandate(models.Model):
    """A right: role × scope × time. The scope is a territory, or one thing (a group) by its id."""

    RETENTION = "Twelve months after its end: proof of who held which right."

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="mandates")
    role = models.CharField(max_length=30, choices=[(r.value, r.value) for r in Role])
    territory = models.ForeignKey(
        "territory.Territory", null=True, on_delete=models.PROTECT, related_name="+"
    )
    scope_id = models.UUIDField(null=True, help_text="The group that a group leader leads.")
    starts_at = models.DateTimeField(default=now)
    ends_at = models.DateTimeField(null=True)
    granted_by = models.ForeignKey(Person, null=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(territory__isnull=False) ^ models.Q(scope_id__isnull=False),
                name="people_mandate_one_scope",
            )
        ]
        indexes = [models.Index(fields=["person", "role"]), models.Index(fields=["scope_id"])]

    def __str__(self) -> str:
        return f"{self.role} {self.territory_id or self.scope_id}"
