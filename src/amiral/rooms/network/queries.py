"""Reads that return dataclasses ready for a page. The caller has asked ``access`` before."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from typing import Any, TypeVar
from uuid import UUID

from django.core.paginator import Page, Paginator
from django.db.models import Count, F, Q, QuerySet, Window
from django.db.models.functions import RowNumber
from django.urls import reverse
from django.utils.translation import gettext as _

from amiral.kit.contracts import Link
from amiral.kit.markdown import to_html
from amiral.kit.ports import call
from amiral.rooms.network.contracts import (
    CommentView,
    CommuneFound,
    DepartementLine,
    GroupCard,
    GroupKind,
    LeaderView,
    MembershipCard,
    MemberView,
    PostView,
    Source,
)
from amiral.rooms.network.models import Comment, Group, Membership, Post
from amiral.rooms.people import api as people
from amiral.rooms.people.contracts import Feature, PersonCard, Role
from amiral.rooms.territory import api as territory
from amiral.rooms.territory.contracts import TerritoryCard

POSTS_PER_PAGE = 20
MEMBERS_PER_PAGE = 50
COMMENTS_IN_FEED = 3
COMMUNES_FOUND_MAX = 20

View = TypeVar("View")


# Groups --------------------------------------------------------------------------------------------


def cards_of(groups: Iterable[Group]) -> tuple[GroupCard, ...]:
    """One query for all the territories, in the order given."""
    found = tuple(groups)
    places = territory.territories(territory_ids={group.territory_id for group in found}) if found else {}
    return tuple(_card(group, places[group.territory_id]) for group in found)


def card_of(group: Group) -> GroupCard:
    """One query."""
    return cards_of((group,))[0]


def _card(group: Group, place: TerritoryCard) -> GroupCard:
    return GroupCard(
        id=group.pk,
        slug=group.slug,
        kind=GroupKind(group.kind),
        name=group.name,
        territory_id=group.territory_id,
        territory_name=place.name,
        departement_code=place.departement_code,
        url=reverse("network:group", args=[group.slug]),
    )


def groups_by_id(*, group_ids: Iterable[UUID]) -> dict[UUID, GroupCard]:
    """Two queries; ids that do not exist are left out."""
    return {card.id: card for card in cards_of(Group.objects.filter(pk__in=set(group_ids)))}


def presentation_html(*, group: Group) -> str:
    """The public presentation, as safe HTML."""
    return to_html(group.presentation)


def groups_for_communes(*, communes: Sequence[TerritoryCard]) -> dict[str, GroupCard]:
    """The nearest group of each commune, by commune id; communes without one are left out.

    The local group of the commune (the oldest, should there be several), else the group of its département.
    A constant number of queries.
    """
    if not communes:
        return {}
    local = _oldest_by_territory(commune.id for commune in communes)
    departements = {card.departement_code: card for card in departement_cards()}
    nearest = {c.id: local.get(c.id) or departements.get(c.departement_code) for c in communes}
    return {commune_id: group for commune_id, group in nearest.items() if group}


def _oldest_by_territory(territory_ids: Iterable[str]) -> dict[str, GroupCard]:
    groups = Group.objects.filter(kind=GroupKind.LOCAL, territory_id__in=set(territory_ids))
    newest_first = groups.order_by("-created_at", "-id")
    return {card.territory_id: card for card in cards_of(newest_first)}


def departement_cards() -> tuple[GroupCard, ...]:
    """The groups of the départements, in the order of their codes; two queries."""
    cards = cards_of(Group.objects.filter(kind=GroupKind.DEPARTEMENT))
    return tuple(sorted(cards, key=lambda card: card.departement_code))


def departement_lines() -> tuple[DepartementLine, ...]:
    """The list of groups: every département with the number of its local groups; four queries."""
    local = Counter(card.departement_code for card in cards_of(Group.objects.filter(kind=GroupKind.LOCAL)))
    return tuple(
        DepartementLine(group=card, local_groups=local[card.departement_code]) for card in departement_cards()
    )


def local_groups_in(*, territory_id: str) -> tuple[GroupCard, ...]:
    """The local groups inside a territory, by name."""
    inside = territory.descendant_filter(ancestor_ids=[territory_id])
    return cards_of(Group.objects.filter(kind=GroupKind.LOCAL, territory_id__in=inside))


def search(*, text: str) -> tuple[CommuneFound, ...]:
    """The communes of a postal code or of a name, each with its group."""
    communes = territory.search_communes(text=text, limit=COMMUNES_FOUND_MAX)
    groups = groups_for_communes(communes=communes)
    return tuple(
        CommuneFound(
            commune_id=commune.id,
            commune_name=commune.name,
            departement_code=commune.departement_code,
            group=groups.get(commune.id),
        )
        for commune in communes
    )


def agenda(*, group_id: UUID) -> list[Link]:
    """The next actions of the group, asked of the rooms above."""
    return [link for links in call("group_agenda", group_id=group_id) for link in links]


# Members -------------------------------------------------------------------------------------------


def memberships_of(*, person_id: UUID) -> tuple[MembershipCard, ...]:
    """The groups of a person, newest first; two queries."""
    rows = Membership.objects.active().of(person_id).select_related("group").order_by("-joined_at", "-id")
    found = tuple(rows)
    cards = cards_of(row.group for row in found)
    return tuple(_membership(row, card) for row, card in zip(found, cards, strict=True))


def _membership(row: Membership, card: GroupCard) -> MembershipCard:
    source = Source(row.source)
    return MembershipCard(
        group=card, source=source, reason=reason_of(source=source, group=card), joined_at=row.joined_at
    )


def reason_of(*, source: Source, group: GroupCard) -> str:
    """Why somebody is in a group, as a clause of a sentence, in the language of the reader."""
    if source == Source.COMMUNE:
        return _("because you live in %(commune)s") % {"commune": group.territory_name}
    if source == Source.DEPARTEMENT:
        return _(
            "because your commune has no group yet and you live in this département (%(departement)s)"
        ) % {"departement": group.territory_name}
    return _("because you joined it yourself")


def is_member(*, person_id: UUID | None, group_id: UUID) -> bool:
    """One query."""
    return Membership.objects.active().of(person_id).filter(group_id=group_id).exists()


def member_count(*, group_id: UUID) -> int:
    """One query."""
    return Membership.objects.active().filter(group_id=group_id).count()


def members(*, group_id: UUID, page_number: str | int) -> "Page[MemberView]":
    """The members, those who came first at the top; public names only."""
    rows = Membership.objects.active().filter(group_id=group_id).order_by("joined_at", "id")
    page = Paginator(rows, MEMBERS_PER_PAGE).get_page(page_number)
    names = people.cards(person_ids={row.person_id for row in page.object_list})
    leading = {leader.person_id for leader in leaders(group_id=group_id)}
    views = [
        MemberView(
            person_id=row.person_id,
            public_name=_name(row.person_id, names),
            joined_at=row.joined_at,
            is_leader=row.person_id in leading,
        )
        for row in page.object_list
    ]
    return _page_of(views, page)


def _page_of(views: list[View], page: "Page[Any]") -> "Page[View]":
    """The same page of a list, with dataclasses in place of rows."""
    return Page(views, page.number, page.paginator)


def member_choices(*, group_id: UUID) -> tuple[tuple[str, str], ...]:
    """Members who do not lead the group yet, as choices of a form, by name."""
    rows = Membership.objects.active().filter(group_id=group_id)
    leading = {leader.person_id for leader in leaders(group_id=group_id)}
    ids = set(rows.values_list("person_id", flat=True)) - leading
    named = people.cards(person_ids=ids).values()
    return tuple((str(card.id), card.public_name) for card in sorted(named, key=lambda c: c.public_name))


def leaders(*, group_id: UUID) -> tuple[LeaderView, ...]:
    """Who leads the group by a mandate in force; one query."""
    return tuple(
        LeaderView(mandate_id=card.id, person_id=card.person_id, public_name=card.person_name)
        for card in people.holders(scope_id=group_id, role=Role.GROUP_LEADER)
    )


def groups_led(*, person_id: UUID, feature: Feature) -> tuple[GroupCard, ...]:
    """The groups over which the person holds ``feature``, by the group itself or by its territory."""
    scopes = people.scopes_held(person_id=person_id, feature=feature)
    held = people.territories_held(person_id=person_id, feature=feature)
    led = Q(pk__in=scopes)
    if held:
        led |= Q(territory_id__in=territory.descendant_filter(ancestor_ids=held))
    return cards_of(Group.objects.filter(led))


def _name(person_id: UUID | None, names: dict[UUID, PersonCard]) -> str:
    """The public name, or a word for a person who was erased."""
    card = names.get(person_id) if person_id else None
    return card.public_name if card else _("Former member")


# What is said --------------------------------------------------------------------------------------


def feed(*, group: Group, person_id: UUID | None, page_number: str | int) -> "Page[PostView]":
    """The posts of a group, newest first, each with its last comments; a constant number of queries."""
    posts = Post.objects.filter(group=group, hidden_at=None)
    page = Paginator(posts, POSTS_PER_PAGE).get_page(page_number)
    cards = {group.pk: card_of(group)}
    views = _post_views(list(page.object_list), cards, person_id)
    return _page_of(views, page)


def personal_feed(*, person_id: UUID, limit: int = POSTS_PER_PAGE) -> tuple[PostView, ...]:
    """The newest posts of all the groups of a person; a constant number of queries."""
    cards = {card.group.id: card.group for card in memberships_of(person_id=person_id)}
    posts = Post.objects.filter(group_id__in=cards, hidden_at=None)[:limit]
    return tuple(_post_views(list(posts), cards, person_id))


def post_view(*, post: Post, person_id: UUID | None) -> PostView:
    """One post with all its comments."""
    comments = list(_visible_comments().filter(post=post))
    said: list[Post | Comment] = [post, *comments]
    names = people.cards(person_ids=_authors(said))
    return _post(post, card_of(post.group), comments, len(comments), names, person_id)


def _post_views(
    posts: Sequence[Post], cards: dict[UUID, GroupCard], person_id: UUID | None
) -> list[PostView]:
    post_ids = [post.pk for post in posts]
    comments = _last_comments(post_ids)
    counts = _comment_counts(post_ids)
    said: list[Post | Comment] = [*posts, *(comment for several in comments.values() for comment in several)]
    names = people.cards(person_ids=_authors(said))
    return [
        _post(post, cards[post.group_id], comments[post.pk], counts.get(post.pk, 0), names, person_id)
        for post in posts
    ]


def _last_comments(post_ids: Sequence[UUID]) -> dict[UUID, list[Comment]]:
    """The last few comments of each post, oldest first; one query whatever the number of comments."""
    from_the_end = Window(RowNumber(), partition_by=F("post_id"), order_by=["-created_at", "-id"])
    ranked = _visible_comments().filter(post_id__in=post_ids).annotate(from_the_end=from_the_end)
    by_post: dict[UUID, list[Comment]] = defaultdict(list)
    for comment in ranked.filter(from_the_end__lte=COMMENTS_IN_FEED):
        by_post[comment.post_id].append(comment)
    return by_post


def _comment_counts(post_ids: Sequence[UUID]) -> dict[UUID, int]:
    counted = _visible_comments().filter(post_id__in=post_ids).order_by().values("post_id")
    return dict(counted.annotate(number=Count("id")).values_list("post_id", "number"))


def _visible_comments() -> QuerySet[Comment]:
    return Comment.objects.filter(hidden_at=None)


def _authors(said: Iterable[Post | Comment]) -> set[UUID]:
    return {words.author_id for words in said if words.author_id}


def _post(
    post: Post,
    group: GroupCard,
    comments: Sequence[Comment],
    comment_count: int,
    names: dict[UUID, PersonCard],
    person_id: UUID | None,
) -> PostView:
    return PostView(
        id=post.pk,
        group=group,
        author_name=_name(post.author_id, names),
        body_html=to_html(post.body),
        created_at=post.created_at,
        is_own=_is_own(post, person_id),
        comment_count=comment_count,
        comments=tuple(_comment(comment, names, person_id) for comment in comments),
        url=reverse("network:post", args=[post.pk]),
    )


def _comment(comment: Comment, names: dict[UUID, PersonCard], person_id: UUID | None) -> CommentView:
    return CommentView(
        id=comment.pk,
        author_name=_name(comment.author_id, names),
        body_html=to_html(comment.body),
        created_at=comment.created_at,
        is_own=_is_own(comment, person_id),
    )


def _is_own(words: Post | Comment, person_id: UUID | None) -> bool:
    return words.author_id is not None and words.author_id == person_id
