"""What crosses the door of this room."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID


class Purpose(StrEnum):
    """What a person may agree to, each separately (GDPR art. 7)."""

    NEWSLETTER = "newsletter"
    ACTIONS = "actions"
    GROUP_CONTACT = "group-contact"


class Role(StrEnum):
    """The mandates. A volunteer is a person without one."""

    ADMINISTRATOR = "administrator"
    COORDINATOR = "departement-coordinator"
    GROUP_LEADER = "group-leader"


COUNTRY = "pays:FR"
"""The only territory an administrator administers: nothing is out of his reach."""


class Feature(StrEnum):
    """What a mandate opens; see ``ROLE_FEATURES``."""

    MANAGE_MANDATES = "manage-mandates"
    IMPORT_REFERENCE = "import-reference"
    MANAGE_GROUPS = "manage-groups"
    MANAGE_ACTIONS = "manage-actions"
    MANAGE_TALKING_POINTS = "manage-talking-points"
    MODERATE = "moderate"
    MANAGE_FIELD = "manage-field"
    SEE_COVERAGE = "see-coverage"


ROLE_FEATURES: dict[Role, frozenset[Feature]] = {
    Role.ADMINISTRATOR: frozenset(Feature),
    Role.COORDINATOR: frozenset(Feature),
    Role.GROUP_LEADER: frozenset(
        {Feature.MANAGE_GROUPS, Feature.MANAGE_ACTIONS, Feature.MANAGE_FIELD, Feature.SEE_COVERAGE}
    ),
}


@dataclass(frozen=True, kw_only=True)
class PersonCard:
    """What other rooms may know of a person: no address, no telephone."""

    id: UUID
    public_name: str
    language: str
    commune_id: str | None
    joined_at: datetime


@dataclass(frozen=True, kw_only=True)
class MandateCard:
    """One right, in force or not."""

    id: UUID
    person_id: UUID
    person_name: str
    role: Role
    territory_id: str | None
    territory_name: str
    scope_id: UUID | None
    scope_name: str
    starts_at: datetime
    ends_at: datetime | None

    @property
    def place(self) -> str:
        """What the mandate holds over, in words."""
        return self.scope_name or self.territory_name


@dataclass(frozen=True, kw_only=True)
class Application:
    """What somebody typed in the join form, checked. ``consents``: purpose and the exact text shown."""

    email: str
    given_name: str
    family_name: str
    language: str
    postal_code: str
    commune_id: str
    consents: tuple[tuple[Purpose, str], ...]
    next_path: str


@dataclass(frozen=True, kw_only=True)
class Newcomer:
    """What is known of a person whose address is confirmed."""

    email: str
    given_name: str
    family_name: str
    language: str
    postal_code: str
    commune_id: str | None


@dataclass(frozen=True, kw_only=True)
class Joined:
    """A confirmation that created a person; ``next_path`` is where he was going, or empty."""

    person_id: UUID
    next_path: str


@dataclass(frozen=True, kw_only=True)
class ProfileChange:
    """A person's own corrections."""

    given_name: str
    family_name: str
    postal_code: str
    commune_id: str
    language: str


@dataclass(frozen=True, kw_only=True)
class Profile:
    """A person's own page."""

    id: UUID
    email: str
    given_name: str
    family_name: str
    postal_code: str
    commune_id: str | None
    commune_name: str
    language: str
    joined_at: datetime
    mandates: tuple[MandateCard, ...]
    has_second_factor: bool


@dataclass(frozen=True, kw_only=True)
class ConsentLine:
    """One line of the ledger."""

    purpose: Purpose
    granted: bool
    text_shown: str
    channel: str
    at: datetime


@dataclass(frozen=True, kw_only=True)
class ConsentState:
    """Where a purpose stands today, and the sentence that giving it would write in the ledger."""

    purpose: Purpose
    name: str
    granted: bool
    text: str


@dataclass(frozen=True, kw_only=True)
class MandateRow:
    """A mandate as its manager reads it."""

    card: MandateCard
    role_name: str
    granted_by: str
    may_end: bool


@dataclass(frozen=True, kw_only=True)
class DemonstrationCode:
    """The six digits that a demonstration account's authenticator would show now."""

    address: str
    name: str
    code: str
    seconds_left: int
