"""What crosses the door of this room."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from amiral.rooms.people.contracts import Ability

POST_MAX_CHARACTERS = 5000
COMMENT_MAX_CHARACTERS = 2000
PRESENTATION_MAX_CHARACTERS = 5000
NAME_MAX_CHARACTERS = 120


class GroupKind(StrEnum):
    """What a group covers."""

    DEPARTEMENT = "departement"
    LOCAL = "local"


class Source(StrEnum):
    """Why a person is in a group."""

    COMMUNE = "commune"
    DEPARTEMENT = "departement"
    CHOICE = "choice"
    EARLIER = "earlier"


@dataclass(frozen=True, kw_only=True)
class GroupCard:
    """What other rooms and pages know of a group; ``departement_code`` is empty for a wider territory."""

    id: UUID
    slug: str
    kind: GroupKind
    name: str
    territory_id: str
    territory_name: str
    departement_code: str
    url: str


@dataclass(frozen=True, kw_only=True)
class MembershipCard:
    """A group of a person; ``reason`` is a translated clause that begins with "because"."""

    group: GroupCard
    source: Source
    reason: str
    joined_at: datetime


@dataclass(frozen=True, kw_only=True)
class Rights:
    """What one person may do in one group, worked out once for the page, the verbs and the tests."""

    member: bool = False
    read: bool = False
    write: bool = False
    manage: bool = False
    can: frozenset[Ability] = frozenset()


@dataclass(frozen=True, kw_only=True)
class MemberView:
    """A line of the members' list: a public name, never an address."""

    person_id: UUID
    public_name: str
    joined_at: datetime
    is_leader: bool


@dataclass(frozen=True, kw_only=True)
class LeaderView:
    """Who leads a group, and by which mandate."""

    mandate_id: UUID
    person_id: UUID
    public_name: str


@dataclass(frozen=True, kw_only=True)
class CommentView:
    """A comment as a reader sees it; ``body_html`` is safe HTML."""

    id: UUID
    author_name: str
    body_html: str
    created_at: datetime
    is_own: bool


@dataclass(frozen=True, kw_only=True)
class PostView:
    """A post as a reader sees it; ``body_html`` is safe HTML, ``comments`` the last ones, oldest first."""

    id: UUID
    group: GroupCard
    author_name: str
    body_html: str
    created_at: datetime
    is_own: bool
    comment_count: int
    comments: tuple[CommentView, ...]
    url: str


@dataclass(frozen=True, kw_only=True)
class CommuneFound:
    """A commune that answers a search, and the group of those who live there, if any."""

    commune_id: str
    commune_name: str
    departement_code: str
    group: GroupCard | None


@dataclass(frozen=True, kw_only=True)
class DepartementLine:
    """A line of the list of groups: the département's group and how many local groups it has."""

    group: GroupCard
    local_groups: int
