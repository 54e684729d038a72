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
EXCERPT_CHARACTERS = 280
ALT_MAX_CHARACTERS = 500
QUESTION_MAX_CHARACTERS = 200
CHOICE_MAX_CHARACTERS = 120
PRIVATE_MAX_CHARACTERS = 4000
SUBJECT_MAX_CHARACTERS = 200
SENTENCE_MAX_CHARACTERS = 300


class GroupKind(StrEnum):
    """What a group covers."""

    DEPARTEMENT = "departement"
    LOCAL = "local"
    THEMATIC = "thematic"
    CAMPAIGN = "campaign-team"
    """The team around those who hold a territory by mandate."""


class Openness(StrEnum):
    """How one becomes a member."""

    OPEN = "open"
    MODERATED = "moderated"
    INVITATION = "invitation"
    """Not listed; for strangers it does not exist."""


class MemberRole(StrEnum):
    """What a member is in a group, each step more than the one before."""

    FOLLOWER = "follower"
    MEMBER = "member"
    MANAGER = "manager"
    LEADER = "leader"
    """By mandate, with a second factor: never written in a membership."""


class GroupAct(StrEnum):
    """What a role opens."""

    READ = "read"
    WRITE = "write"
    INVITE = "invite"
    ANSWER_REQUESTS = "answer-requests"
    SET_ROLES = "set-roles"
    MOVE_MEMBERS = "move-members"
    EXCLUDE = "exclude"
    EDIT = "edit"


ROLE_ACTS: dict[MemberRole, frozenset[GroupAct]] = {
    MemberRole.FOLLOWER: frozenset({GroupAct.READ}),
    MemberRole.MEMBER: frozenset({GroupAct.READ, GroupAct.WRITE}),
    MemberRole.MANAGER: frozenset({GroupAct.READ, GroupAct.WRITE, GroupAct.INVITE, GroupAct.ANSWER_REQUESTS}),
    MemberRole.LEADER: frozenset(GroupAct),
}
"""Whoever holds the group's territory may do there what a leader may."""


class AnswerState(StrEnum):
    """Where a request or an invitation stands."""

    OPEN = "open"
    ACCEPTED = "accepted"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


class Source(StrEnum):
    """Why a person is in a group."""

    COMMUNE = "commune"
    DEPARTEMENT = "departement"
    CHOICE = "choice"
    EARLIER = "earlier"
    REQUEST = "request"
    INVITATION = "invitation"
    TRANSFER = "transfer"
    RULE = "rule"
    INVITED = "invited"
    """By a letter to his address, before he had an account."""


class NotificationKind(StrEnum):
    """What a person can be told of; each is tuned by itself."""

    MENTION = "mention"
    REPLY = "reply"
    MESSAGE = "message"
    ANNOUNCEMENT = "announcement"
    POST = "post"
    GROUP = "group"
    """Invitations, roles: what happens to one's place in a group."""
    ACTION = "action"
    """What other rooms tell of actions and shifts."""


class Tell(StrEnum):
    """When a letter says so."""

    AT_ONCE = "at-once"
    DAILY = "daily"
    NEVER = "never"


DEFAULT_TELL: dict[NotificationKind, Tell] = {
    NotificationKind.MENTION: Tell.AT_ONCE,
    NotificationKind.REPLY: Tell.DAILY,
    NotificationKind.MESSAGE: Tell.AT_ONCE,
    NotificationKind.ANNOUNCEMENT: Tell.DAILY,
    NotificationKind.POST: Tell.DAILY,
    NotificationKind.GROUP: Tell.AT_ONCE,
    NotificationKind.ACTION: Tell.AT_ONCE,
}
"""Addressed to one person: at once; to many: once a day."""


TOLD_BY_SMS = frozenset({NotificationKind.ACTION})
"""Kinds that may be told by SMS: an SMS costs the campaign money, and rings."""


class Reachable(StrEnum):
    """Who may write somebody a first message."""

    MEMBERS = "members"
    LEADERS = "leaders"
    NOBODY = "nobody"


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
    openness: Openness = Openness.OPEN

    @property
    def public_name(self) -> str:
        """What pages for everybody may say: nothing of a group that does not exist for strangers."""
        return "" if self.openness == Openness.INVITATION else self.name


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
    role: MemberRole | None = None
    acts: frozenset[GroupAct] = frozenset()


@dataclass(frozen=True, kw_only=True)
class MemberView:
    """A line of the members' list: a public name, never an address."""

    person_id: UUID
    public_name: str
    joined_at: datetime
    is_leader: bool
    handle: str = ""
    """What calls the member behind an @; empty in a group too large for names."""


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
    author_id: UUID | None
    author_name: str
    body_html: str
    created_at: datetime
    is_own: bool
    when: str = ""
    iso: str = ""


@dataclass(frozen=True, kw_only=True)
class PictureView:
    """A picture under a post; ``url`` and ``small_url`` answer only to who reads the post."""

    url: str
    small_url: str
    alt: str
    width: int
    height: int


@dataclass(frozen=True, kw_only=True)
class ChoiceView:
    """An answer of a poll; ``votes`` and ``percent`` are ``None`` while they could tell who voted what."""

    id: UUID
    label: str
    votes: int | None
    percent: int | None


@dataclass(frozen=True, kw_only=True)
class PollView:
    """A poll as one reader sees it."""

    question: str
    is_multiple: bool
    closes_at: datetime
    is_open: bool
    voters: int
    has_voted: bool
    choices: tuple[ChoiceView, ...]

    @property
    def may_vote(self) -> bool:
        """The ballot is shown to who has not voted, until the poll closes."""
        return self.is_open and not self.has_voted


@dataclass(frozen=True, kw_only=True)
class PostView:
    """A post as a reader sees it; ``body_html`` is safe HTML, ``comments`` the last ones, oldest first.

    In a list a long post is its excerpt (``is_cut``). ``when`` and ``iso``: its date in words, for machines.
    """

    id: UUID
    group: GroupCard
    author_id: UUID | None
    author_name: str
    body_html: str
    created_at: datetime
    is_own: bool
    comment_count: int
    comments: tuple[CommentView, ...]
    url: str
    when: str = ""
    iso: str = ""
    is_cut: bool = False
    is_announcement: bool = False
    is_pinned: bool = False
    names_reader: bool = False
    pictures: tuple[PictureView, ...] = ()
    poll: PollView | None = None


@dataclass(frozen=True, kw_only=True)
class FeedEntry:
    """A line of the personal feed: a post, or a comment that names the reader under ``post``."""

    post: PostView
    comment: CommentView | None = None


@dataclass(frozen=True, kw_only=True)
class FeedPage:
    """A page of the feed; ``after`` is the mark of the next page, empty on the last one."""

    entries: tuple[FeedEntry, ...]
    after: str
    newest: str
    """The mark of the newest entry: what is younger is new to this page."""


@dataclass(frozen=True, kw_only=True)
class NotificationView:
    """One line of the notifications; ``words`` say what happened, in the language of the reader."""

    id: UUID
    kind: NotificationKind
    words: str
    excerpt: str
    url: str
    when: str
    iso: str
    is_new: bool


@dataclass(frozen=True, kw_only=True)
class Mentionable:
    """A member who can be named in a group; ``handle`` stands behind the @."""

    person_id: UUID
    public_name: str
    handle: str


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


CRITERION_MAX_CHARACTERS = 200
REASONS_MAX_CHARACTERS = 1000


class CriterionKind(StrEnum):
    """What a written criterion asks of a group; all but the last are computed."""

    AGE = "age"
    MEMBERS = "members"
    ACTIONS = "actions"
    LEADERS = "leaders"
    RECENT_POST = "recent-post"
    DECLARED = "declared"
    """Nothing that can be counted: who decides confirms it."""


class CertificationState(StrEnum):
    """Where the certification of a group stands."""

    ASKED = "asked"
    GRANTED = "granted"
    REFUSED = "refused"
    SUSPENDED = "suspended"
    WITHDRAWN = "withdrawn"


CERTIFICATION_TRANSITIONS: dict[CertificationState, frozenset[CertificationState]] = {
    CertificationState.ASKED: frozenset({CertificationState.GRANTED, CertificationState.REFUSED}),
    CertificationState.GRANTED: frozenset({CertificationState.SUSPENDED, CertificationState.WITHDRAWN}),
    CertificationState.SUSPENDED: frozenset({CertificationState.GRANTED, CertificationState.WITHDRAWN}),
    CertificationState.REFUSED: frozenset({CertificationState.ASKED}),
    CertificationState.WITHDRAWN: frozenset({CertificationState.ASKED}),
}
"""A badge is suspended by the daily check alone and comes back by it; people grant, refuse and withdraw."""


class CertificationStepKind(StrEnum):
    """What happened to a certification; the trace that the page shows."""

    ASKED = "asked"
    GRANTED = "granted"
    REFUSED = "refused"
    WARNED = "warned"
    MENDED = "mended"
    SUSPENDED = "suspended"
    RESTORED = "restored"
    WITHDRAWN = "withdrawn"


class AppealState(StrEnum):
    """Where the appeal against an exclusion stands."""

    NONE = "none"
    OPEN = "open"
    UPHELD = "upheld"
    LIFTED = "lifted"


NOTE_MAX_CHARACTERS = 5000
"""A public announcement; Mastodon shows more than it lets write."""
REMOTE_MAX_CHARACTERS = 5000
"""Of words from elsewhere, after cleaning; what is beyond is cut."""
ADDRESS_MAX_CHARACTERS = 500
"""Of an address (``https://…``) from elsewhere; longer ones are refused."""


class OutsideState(StrEnum):
    """Where words from another network stand; nothing is public before somebody decided so."""

    WAITING = "waiting"
    SHOWN = "shown"
    REFUSED = "refused"


class ReactionKind(StrEnum):
    """What is counted under a public announcement, never by whom."""

    LIKE = "like"
    ANNOUNCE = "announce"


class DeliveryState(StrEnum):
    """Where an activity for one server stands."""

    WAITING = "waiting"
    SENT = "sent"
    FAILED = "failed"
    """Given up after the last attempt, or refused for good."""
    DROPPED = "dropped"
    """Nobody there follows any more, or the server was blocked meanwhile."""


@dataclass(frozen=True, kw_only=True)
class OutsideView:
    """Words from another network as who decides on them reads them; ``html`` is safe and loads nothing."""

    id: UUID
    author: str
    """``@name@domain``."""
    author_url: str
    domain: str
    html: str
    url: str
    received_at: datetime
    state: OutsideState
    is_public: bool
    passed_on: bool
    group: GroupCard | None
    """``None``: written to the campaign itself."""
    note_id: UUID | None
    note_excerpt: str
    answers: tuple[str, ...] = ()
    """What was answered from here, as safe HTML."""


@dataclass(frozen=True, kw_only=True)
class NoteView:
    """A public announcement as everybody reads it; counts, never names."""

    id: UUID
    group: GroupCard | None
    author: str
    html: str
    other_html: str
    language: str
    other_language: str
    published_at: datetime | None
    updated_at: datetime | None
    url: str
    likes: int = 0
    shares: int = 0
    replies: tuple[OutsideView, ...] = ()
    waits: str = ""
    """Why it is not public yet, in a sentence; empty when it is."""


@dataclass(frozen=True, kw_only=True)
class FollowableView:
    """A group (or the campaign) as it can be followed from elsewhere."""

    actor_id: UUID
    handle: str
    """``@name@domain``."""
    address: str
    followers: int
    notes: int
    waiting: int
    """Public announcements that wait for the end of a silence."""
    key_since: datetime


@dataclass(frozen=True, kw_only=True)
class DomainLine:
    """A server of others: blocked, or one that takes nothing any more."""

    domain: str
    blocked_at: datetime | None
    reason: str
    failing_since: datetime | None
    last_answer: str
    waiting: int
    failed: int
