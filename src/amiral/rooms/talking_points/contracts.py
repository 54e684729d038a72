"""What crosses the door of this room."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

SHORT_LINE_MAX_CHARACTERS = 140
BODY_MAX_CHARACTERS = 10_000
SOURCES_MAX = 8
LANGUAGES = ("fr", "en")


class VersionState(StrEnum):
    """Where a version is."""

    DRAFT = "draft"
    APPROVED = "approved"
    SUPERSEDED = "superseded"
    WITHDRAWN = "withdrawn"


TRANSITIONS: dict[VersionState, frozenset[VersionState]] = {
    VersionState.DRAFT: frozenset({VersionState.APPROVED, VersionState.WITHDRAWN}),
    VersionState.APPROVED: frozenset({VersionState.SUPERSEDED, VersionState.WITHDRAWN}),
    VersionState.SUPERSEDED: frozenset(),
    VersionState.WITHDRAWN: frozenset(),
}
"""Nothing comes back: to say an old thing again, draft a new version and have it approved."""


@dataclass(frozen=True, kw_only=True)
class Source:
    """Where a claim comes from; ``url`` is http or https, ``on`` the date of the source."""

    title: str
    url: str
    on: date | None = None

    def as_json(self) -> dict[str, str]:
        """As kept in the database."""
        return {"title": self.title, "url": self.url, "on": self.on.isoformat() if self.on else ""}

    @classmethod
    def from_json(cls, value: Mapping[str, str]) -> "Source":
        """As read from the database."""
        on = value.get("on")
        return cls(title=value["title"], url=value["url"], on=date.fromisoformat(on) if on else None)


@dataclass(frozen=True, kw_only=True)
class ThemeCard:
    """A subject under which cards are filed; ``name`` is in the language asked for."""

    slug: str
    name: str


@dataclass(frozen=True, kw_only=True)
class PointCard:
    """An approved talking point, ready to be shown.

    ``language`` is that of the text, which may differ from the one asked for; ``body_html`` is safe HTML;
    ``valid_until`` is the last day, ``None`` without end.
    """

    point_id: UUID
    version_number: int
    theme_slug: str
    theme_name: str
    language: str
    short_line: str
    body_html: str
    sources: tuple[Source, ...]
    valid_until: date | None
    approved_by_name: str
    approved_at: datetime
    url: str


@dataclass(frozen=True, kw_only=True)
class VersionView:
    """One version as those who manage cards read it, or a line of the history."""

    id: UUID
    point_id: UUID
    number: int
    theme_name: str
    language: str
    short_line: str
    body: str
    body_html: str
    sources: tuple[Source, ...]
    hidden: bool
    valid_until: date | None
    expired: bool
    state: VersionState
    state_label: str
    author_name: str
    created_at: datetime
    approved_by_name: str
    approved_at: datetime | None
    url: str


@dataclass(frozen=True, kw_only=True)
class PointPage:
    """The page of a card: what is said now (none when withdrawn or expired) and what was said before."""

    point_id: UUID
    theme_slug: str
    theme_name: str
    current: VersionView | None
    history: tuple[VersionView, ...]
    drafts: tuple[VersionView, ...]


@dataclass(frozen=True, kw_only=True)
class ObjectionTally:
    """How often people objected to a talking point."""

    point_id: UUID
    times: int


@dataclass(frozen=True, kw_only=True)
class PlaceObjections:
    """The most frequent objections in a place, the most frequent first. ``name`` is ready to be read."""

    name: str
    tallies: tuple[ObjectionTally, ...]


@dataclass(frozen=True, kw_only=True)
class ObjectionsOfDay:
    """What a room where people are met tells of a day (port ``frequent_objections``): of the whole campaign,
    and by département where enough people answered to be told."""

    day: date
    whole: tuple[ObjectionTally, ...] = ()
    places: tuple[PlaceObjections, ...] = ()


@dataclass(frozen=True, kw_only=True)
class ObjectionLine:
    """An objection on the editors' page: what the card says today, and where to draft a better answer."""

    short_line: str
    times: int
    url: str
    draft_url: str


@dataclass(frozen=True, kw_only=True)
class ObjectionsView:
    """The objections of a day, for the editors; ``places`` by name."""

    day: date
    whole: tuple[ObjectionLine, ...]
    places: tuple[tuple[str, tuple[ObjectionLine, ...]], ...]
