"""Reads that return dataclasses ready for a page. The caller has asked ``access`` before."""

from collections.abc import Iterable, Sequence
from datetime import date
from uuid import UUID

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from amiral.kit import ports
from amiral.kit.markdown import to_html
from amiral.rooms.people import api as people
from amiral.rooms.people.contracts import PersonCard
from amiral.rooms.talking_points.contracts import (
    ObjectionLine,
    ObjectionsOfDay,
    ObjectionsView,
    ObjectionTally,
    PointCard,
    PointPage,
    Source,
    ThemeCard,
    VersionState,
    VersionView,
)
from amiral.rooms.talking_points.models import TalkingPoint, Theme, Version, VersionQuerySet


def state_label(state: VersionState) -> str:
    """The state in words."""
    return {
        VersionState.DRAFT: pgettext("version of a card", "Draft"),
        VersionState.APPROVED: pgettext("version of a card", "Approved"),
        VersionState.SUPERSEDED: pgettext("version of a card", "Replaced"),
        VersionState.WITHDRAWN: pgettext("version of a card", "Withdrawn"),
    }[state]


def themes(*, language: str) -> tuple[ThemeCard, ...]:
    """All themes in their order; one query."""
    return tuple(ThemeCard(slug=theme.slug, name=theme.name(language)) for theme in Theme.objects.all())


# Approved cards ------------------------------------------------------------------------------------


def approved(*, language: str, day: date, theme: str | None = None, text: str = "") -> tuple[PointCard, ...]:
    """The cards approved and valid on ``day``, in the order of themes; two queries.

    Each in ``language`` if it exists in it, else in the other one.
    """
    rows = _valid(day).saying(text)
    if theme:
        rows = rows.filter(point__theme_id=theme)
    chosen = _in_language(rows, language)
    return _point_cards(sorted(chosen, key=_place_in_list), language)


def known(*, point_ids: Iterable[UUID]) -> set[UUID]:
    """Those of the ids that are talking points; one query, none for no id."""
    wanted = list(point_ids)
    return set(TalkingPoint.objects.filter(pk__in=wanted).values_list("pk", flat=True)) if wanted else set()


def cards(*, point_ids: Iterable[UUID], language: str, day: date) -> tuple[PointCard, ...]:
    """The named cards in the order given, those that are not approved and valid left out; two queries."""
    order = {point_id: place for place, point_id in enumerate(point_ids)}
    chosen = _in_language(_valid(day).filter(point_id__in=order), language)
    return _point_cards(sorted(chosen, key=lambda version: order[version.point_id]), language)


def _valid(day: date) -> VersionQuerySet:
    return Version.objects.approved().valid_on(day).select_related("point__theme")


def _in_language(rows: Iterable[Version], language: str) -> list[Version]:
    """One version of each card: in the language asked for, else in the other one."""
    wanted_last = sorted(rows, key=lambda version: version.language == language)
    return list({version.point_id: version for version in wanted_last}.values())


def _place_in_list(version: Version) -> tuple[int, str, UUID]:
    theme = version.point.theme
    return theme.position, theme.slug, version.point_id


def _point_cards(versions: Sequence[Version], language: str) -> tuple[PointCard, ...]:
    names = people.cards(person_ids=_persons(versions))
    return tuple(_point_card(version, names, language) for version in versions)


def _point_card(version: Version, names: dict[UUID, PersonCard], language: str) -> PointCard:
    assert version.approved_at is not None  # held by the constraint talking_points_approved_at
    return PointCard(
        point_id=version.point_id,
        version_number=version.number,
        theme_slug=version.point.theme_id,
        theme_name=version.point.theme.name(language),
        language=version.language,
        short_line=version.short_line,
        body_html=to_html(version.body),
        sources=_sources(version),
        valid_until=version.valid_until,
        approved_by_name=_name(version.approved_by_id, names),
        approved_at=version.approved_at,
        url=_url(version.point_id),
    )


def objections(*, language: str, day: date, today: date) -> ObjectionsView:
    """What people objected to most on ``day``, as the field tells it (port ``frequent_objections``); two
    queries besides its own."""
    told = [one for one in ports.call("frequent_objections", day=day) if isinstance(one, ObjectionsOfDay)]
    tallies = [
        tally for one in told for tally in (*one.whole, *(t for place in one.places for t in place.tallies))
    ]
    known = cards(point_ids=dict.fromkeys(tally.point_id for tally in tallies), language=language, day=today)
    words = {card.point_id: card.short_line for card in known}
    return ObjectionsView(
        day=day,
        whole=tuple(_objection(tally, words) for one in told for tally in one.whole),
        places=tuple(
            (place.name, tuple(_objection(tally, words) for tally in place.tallies))
            for one in told
            for place in one.places
        ),
    )


def _objection(tally: ObjectionTally, words: dict[UUID, str]) -> ObjectionLine:
    return ObjectionLine(
        short_line=words.get(tally.point_id, _("A card that is no longer valid")),
        times=tally.times,
        url=_url(tally.point_id),
        draft_url=reverse("talking_points:new_version", args=[tally.point_id]),
    )


# One card ------------------------------------------------------------------------------------------


def point_page(*, point: TalkingPoint, language: str, day: date, with_drafts: bool) -> PointPage:
    """A card with its history; drafts only for those who manage cards. Two queries."""
    rows = list(point.versions.select_related("point__theme"))
    views = _version_views(rows, language, day)
    current = _in_language([row for row in rows if row.state == VersionState.APPROVED], language)
    return PointPage(
        point_id=point.pk,
        theme_slug=point.theme_id,
        theme_name=point.theme.name(language),
        current=next((view for view in views if current and view.id == current[0].pk), None),
        history=tuple(view for view in views if view.approved_at),
        drafts=tuple(view for view in views if with_drafts and view.state == VersionState.DRAFT),
    )


def drafts(*, language: str, day: date) -> tuple[VersionView, ...]:
    """What waits for approval, oldest first; two queries."""
    rows = Version.objects.drafts().select_related("point__theme").order_by("created_at", "id")
    return tuple(_version_views(list(rows), language, day))


def expired(*, language: str, day: date) -> tuple[VersionView, ...]:
    """Approved versions whose validity has passed: they need a new version, or to be withdrawn."""
    rows = Version.objects.approved().filter(valid_until__lt=day).select_related("point__theme")
    return tuple(_version_views(list(rows.order_by("valid_until", "id")), language, day))


def version_view(*, version: Version, language: str, day: date) -> VersionView:
    """One version."""
    return _version_views([version], language, day)[0]


def kept_of(*, person_id: UUID) -> list[dict[str, str]]:
    """What the person wrote or approved, for the person."""
    rows = Version.objects.filter(Q(author_id=person_id) | Q(approved_by_id=person_id))
    return [
        {
            "part": "author" if row.author_id == person_id else "approver",
            "at": row.created_at.isoformat(),
            "short_line": "" if row.hidden_at and row.author_id != person_id else row.short_line,
            "text": row.body if row.author_id == person_id else "",
        }
        for row in rows.order_by("created_at", "id")
    ]


def _version_views(rows: Sequence[Version], language: str, day: date) -> list[VersionView]:
    names = people.cards(person_ids=_persons(rows))
    return [_version_view(row, names, language, day) for row in rows]


def _version_view(row: Version, names: dict[UUID, PersonCard], language: str, day: date) -> VersionView:
    return VersionView(
        id=row.pk,
        point_id=row.point_id,
        number=row.number,
        theme_name=row.point.theme.name(language),
        language=row.language,
        short_line=_("Hidden by a moderator") if row.hidden_at else row.short_line,
        body="" if row.hidden_at else row.body,
        body_html="" if row.hidden_at else to_html(row.body),
        sources=() if row.hidden_at else _sources(row),
        hidden=row.hidden_at is not None,
        valid_until=row.valid_until,
        expired=row.expired_on(day),
        state=VersionState(row.state),
        state_label=state_label(VersionState(row.state)),
        author_name=_name(row.author_id, names),
        created_at=row.created_at,
        approved_by_name=_name(row.approved_by_id, names) if row.approved_at else "",
        approved_at=row.approved_at,
        url=reverse("talking_points:version", args=[row.pk]),
    )


def _sources(version: Version) -> tuple[Source, ...]:
    return tuple(Source.from_json(value) for value in version.sources)


def _persons(versions: Iterable[Version]) -> set[UUID]:
    ids = {id_ for version in versions for id_ in (version.author_id, version.approved_by_id)}
    return {id_ for id_ in ids if id_}


def _name(person_id: UUID | None, names: dict[UUID, PersonCard]) -> str:
    card = names.get(person_id) if person_id else None
    return card.public_name if card else _("Former member")


def _url(point_id: UUID) -> str:
    return reverse("talking_points:point", args=[point_id])
