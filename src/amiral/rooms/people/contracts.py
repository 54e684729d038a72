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
