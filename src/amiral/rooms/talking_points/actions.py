"""Verbs of talking points: one transaction each, with an audit line."""

from collections.abc import Sequence
from datetime import date, datetime
from urllib.parse import urlsplit
from uuid import UUID

from django.db import transaction
from django.db.models import Max
from django.utils.text import slugify
from django.utils.translation import gettext as _

from amiral.cores.silence import Conduct
from amiral.kit.audit import record
from amiral.kit.errors import Refused
from amiral.rooms.moderation import api as moderation
from amiral.rooms.moderation.contracts import Grounds, SubjectKind
from amiral.rooms.outreach import api as outreach
from amiral.rooms.people.contracts import COUNTRY
from amiral.rooms.talking_points.access import (
    access_management,
    access_point_by_id,
    access_point_to_manage_by_id,
    access_theme_by_slug,
    access_version_by_id,
)
from amiral.rooms.talking_points.contracts import (
    BODY_MAX_CHARACTERS,
    LANGUAGES,
    SHORT_LINE_MAX_CHARACTERS,
    SOURCES_MAX,
    TRANSITIONS,
    Source,
    VersionState,
)
from amiral.rooms.talking_points.models import TalkingPoint, Theme, Version, folded


class ThemeExists(Refused):
    """Two themes of one name."""

    def __init__(self) -> None:
        super().__init__(_("There is a theme of this name already. Use it, or choose another name."))


class ThemeUnnamed(Refused):
    """A theme without a name in one of the languages."""

    def __init__(self) -> None:
        super().__init__(_("Give the theme a name in French and in English."))


class NothingSaid(Refused):
    """An empty card."""

    def __init__(self) -> None:
        super().__init__(_("Write the short line and the text of the card."))


class TooLong(Refused):
    """Text beyond its limit."""

    def __init__(self, *, limit: int) -> None:
        sentence = _("The text is too long: shorten it to %(limit)d characters at most, then send it again.")
        super().__init__(sentence % {"limit": limit})


class BadSource(Refused):
    """A source nobody can check."""

    def __init__(self) -> None:
        super().__init__(_("Each source needs a title and an address that begins with http:// or https://."))


class TooManySources(Refused):
    """More sources than the page shows."""

    def __init__(self) -> None:
        super().__init__(_("Keep the %(number)d best sources.") % {"number": SOURCES_MAX})


class NoSource(Refused):
    """Approval without proof."""

    def __init__(self) -> None:
        super().__init__(
            _("A card needs at least one source to be approved. Draft it again with its source.")
        )


class OwnDraft(Refused):
    """The four-eyes rule."""

    def __init__(self) -> None:
        super().__init__(_("You wrote this draft: ask another person to read and approve it."))


class OutOfDate(Refused):
    """Approving what has expired."""

    def __init__(self) -> None:
        super().__init__(_("The last day of validity has passed. Draft the card again with a later day."))


class NewerApproved(Refused):
    """Approving an old draft over a newer text."""

    def __init__(self) -> None:
        super().__init__(_("A newer version is approved already. Draft a new version from it instead."))


class NothingShown(Refused):
    """Reporting a card that says nothing to members."""

    def __init__(self) -> None:
        super().__init__(_("This card was withdrawn meanwhile: there is nothing left to report."))


class WrongState(Refused):
    """A verb that the state does not allow."""

    def __init__(self) -> None:
        super().__init__(_("This version has changed meanwhile. Look at the card again."))


@transaction.atomic
def create_theme(*, by_id: UUID, name_fr: str, name_en: str, slug: str = "", position: int = 0) -> str:
    """A theme; answers its slug, made from the French name unless given."""
    access_management(person_id=by_id)
    french, english = name_fr.strip(), name_en.strip()
    slug = slug or slugify(french.replace("’", "-").replace("'", "-"))[:60]
    if not (slug and french and english):
        raise ThemeUnnamed
    if Theme.objects.filter(slug=slug).exists():
        raise ThemeExists
    Theme.objects.create(slug=slug, name_fr=french, name_en=english, position=position)
    record(actor_id=by_id, verb="create-theme", subject_kind="theme", subject_id=slug)
    return slug


@transaction.atomic
def draft(
    *,
    by_id: UUID,
    theme: str,
    point_id: UUID | None,
    language: str,
    short_line: str,
    body: str,
    sources: Sequence[Source],
    valid_until: date | None,
    at: datetime,
) -> UUID:
    """A draft: of a new card under ``theme``, or the next version of ``point_id``. Answers the version's id.

    A draft is never changed: whoever approves it approves what was written, not what it became meanwhile.
    """
    access_management(person_id=by_id)
    checked_sources = _checked_sources(sources)
    line = _text(short_line, limit=SHORT_LINE_MAX_CHARACTERS)
    text = _text(body, limit=BODY_MAX_CHARACTERS)
    point = _point(by_id=by_id, theme=theme, point_id=point_id, at=at)
    version = Version.objects.create(
        point=point,
        number=_next_number(point),
        language=language if language in LANGUAGES else LANGUAGES[0],
        short_line=line,
        body=text,
        search_text=folded(f"{line} {text}"),
        sources=[source.as_json() for source in checked_sources],
        valid_until=valid_until,
        author_id=by_id,
        created_at=at,
    )
    _note(version, "draft", by_id)
    return version.pk


def _point(*, by_id: UUID, theme: str, point_id: UUID | None, at: datetime) -> TalkingPoint:
    if point_id is None:
        return TalkingPoint.objects.create(theme=access_theme_by_slug(slug=theme), created_at=at)
    return access_point_to_manage_by_id(person_id=by_id, point_id=point_id)


def _next_number(point: TalkingPoint) -> int:
    """The card is locked first, so that two drafts at once get two numbers."""
    _lock(point.pk)
    highest: int | None = point.versions.aggregate(highest=Max("number"))["highest"]
    return (highest or 0) + 1


@transaction.atomic
def approve(*, by_id: UUID, version_id: UUID, at: datetime, day: date) -> None:
    """Makes a draft what the campaign says in its language; the version approved before is superseded.

    Four eyes: never by its author, whatever his mandate. Raises ``OwnDraft``, ``NoSource``, ``OutOfDate``,
    ``NewerApproved``, ``WrongState``; ``Silenced`` while any ballot is silent, for the page is everybody's;
    ``FreePhone``.
    """
    outreach.check_silence(territory_ids=(), at=at, conduct=Conduct.PUBLICATION)
    version = _locked_version(by_id, version_id, to=VersionState.APPROVED)
    outreach.check_free_phone(text=f"{version.short_line} {version.body}", territory_ids=(), at=at)
    _check_approvable(version, by_id=by_id, day=day)
    before = Version.objects.approved().filter(point_id=version.point_id, language=version.language)
    if before.filter(number__gt=version.number).exists():
        raise NewerApproved
    before.update(state=VersionState.SUPERSEDED)
    version.state, version.approved_by_id, version.approved_at = VersionState.APPROVED, by_id, at
    version.save(update_fields=["state", "approved_by", "approved_at"])
    _note(version, "approve", by_id)


def _check_approvable(version: Version, *, by_id: UUID, day: date) -> None:
    if version.author_id == by_id:
        raise OwnDraft
    if not version.sources:
        raise NoSource
    if version.expired_on(day):
        raise OutOfDate


@transaction.atomic
def withdraw(*, by_id: UUID, version_id: UUID) -> None:
    """Takes a draft or the approved text back; the one before does not return by itself."""
    version = _locked_version(by_id, version_id, to=VersionState.WITHDRAWN)
    version.state = VersionState.WITHDRAWN
    version.save(update_fields=["state"])
    _note(version, "withdraw", by_id)


def report(*, by_id: UUID, point_id: UUID, grounds: Grounds, explanation: str) -> UUID:
    """Asks the moderators of the whole campaign to look at what a card says now. Raises ``NothingShown``."""
    point, _manages = access_point_by_id(person_id=by_id, point_id=point_id)
    said = list(point.versions.approved().order_by("language"))
    if not said:
        raise NothingShown
    return moderation.report(
        subject_kind=SubjectKind.TALKING_POINT,
        subject_id=point.pk,
        subject_author_id=said[-1].author_id,
        territory_id=COUNTRY,
        excerpt="\n\n".join(f"{version.short_line}\n{version.body}" for version in said),
        reporter_id=by_id,
        grounds=grounds,
        explanation=explanation,
    )


@transaction.atomic
def hide_reported(*, subject_kind: str, subject_id: UUID, at: datetime) -> bool:
    """Withdraws what a card says and hides its words from those who manage cards, too; ``False`` if it is
    not ours, or says nothing."""
    if subject_kind != SubjectKind.TALKING_POINT:
        return False
    said = Version.objects.approved().filter(point_id=subject_id)
    return bool(said.update(state=VersionState.WITHDRAWN, hidden_at=at))


@transaction.atomic
def restore_reported(*, subject_kind: str, subject_id: UUID) -> bool:
    """An appeal found that it was wrongly hidden: it is said again, unless something newer is."""
    if subject_kind != SubjectKind.TALKING_POINT:
        return False
    hidden = Version.objects.filter(point_id=subject_id).exclude(hidden_at=None)
    newer = set(Version.objects.approved().filter(point_id=subject_id).values_list("language", flat=True))
    again = hidden.exclude(language__in=newer).update(state=VersionState.APPROVED, hidden_at=None)
    return bool(again + hidden.update(state=VersionState.SUPERSEDED, hidden_at=None))


def _locked_version(by_id: UUID, version_id: UUID, *, to: VersionState) -> Version:
    """The version, read again under the lock of its card, if its state allows to go to ``to``."""
    _lock(access_version_by_id(person_id=by_id, version_id=version_id).point_id)
    version = access_version_by_id(person_id=by_id, version_id=version_id)
    if to not in TRANSITIONS[VersionState(version.state)]:
        raise WrongState
    return version


def _lock(point_id: UUID) -> None:
    TalkingPoint.objects.select_for_update().get(pk=point_id)


def _note(version: Version, verb: str, by_id: UUID) -> None:
    record(actor_id=by_id, verb=verb, subject_kind="version", subject_id=version.pk, number=version.number)


def _checked_sources(sources: Sequence[Source]) -> tuple[Source, ...]:
    if len(sources) > SOURCES_MAX:
        raise TooManySources
    if not all(source.title.strip() and is_web_address(source.url) for source in sources):
        raise BadSource
    return tuple(sources)


def is_web_address(url: str) -> bool:
    """Whether a link to ``url`` is harmless and can be opened: http or https, with a host."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and bool(parts.netloc)


def _text(text: str, *, limit: int) -> str:
    """The text without the blanks around it; forms send two characters for a line end."""
    stripped = text.replace("\r\n", "\n").strip()
    if not stripped:
        raise NothingSaid
    if len(stripped) > limit:
        raise TooLong(limit=limit)
    return stripped
