"""What crosses the door of this room."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

Report = Callable[[int, int], None]
"""Told what is done of how much."""


class Purpose(StrEnum):
    """What a person may agree to, each separately (GDPR art. 7)."""

    NEWSLETTER = "newsletter"
    ACTIONS = "actions"
    GROUP_CONTACT = "group-contact"


class Way(StrEnum):
    """By which channel somebody agrees to be reached for a purpose, each separately. ``PHONE``: called by a
    volunteer; nobody is ever called by a machine."""

    EMAIL = "email"
    SMS = "sms"
    PUSH = "push"
    PHONE = "phone"


WAYS_OFFERED: dict[Purpose, tuple[Way, ...]] = {
    Purpose.NEWSLETTER: (Way.EMAIL, Way.SMS, Way.PUSH),
    Purpose.ACTIONS: (Way.EMAIL, Way.SMS, Way.PUSH, Way.PHONE),
    Purpose.GROUP_CONTACT: (Way.EMAIL, Way.SMS, Way.PUSH),
}
"""For which purpose which channel is asked for: leaders never see a number, so that they cannot call."""
WAYS_AT_THE_DOOR = (Way.EMAIL, Way.SMS)
"""Asked for in the join form; a notification needs a device that is signed in."""


class ContactKind(StrEnum):
    """How a person is reached; also the channels that a refusal closes."""

    EMAIL = "email"
    PHONE = "phone"
    POSTAL = "postal"


class BounceState(StrEnum):
    """What the last letters to a contact point met."""

    OK = "ok"
    SOFT = "soft"
    HARD = "hard"
    COMPLAINED = "complained"


class JoinSource(StrEnum):
    """Where somebody typed his address: on the join form, or at his own door."""

    FORM = "form"
    DOORSTEP = "doorstep"


class SuppressionReason(StrEnum):
    """Why nothing may be sent there."""

    OBJECTION = "objection"
    ERASURE = "erasure"
    COMPLAINT = "complaint"
    STOP = "stop"


class Basis(StrEnum):
    """By which right somebody is written to: GDPR art. 9(2)(a), art. 9(2)(d)."""

    CONSENT = "consent"
    REGULAR_CONTACT = "regular-contact"


class Origin(StrEnum):
    """Where a file of people comes from. Those of ``REFUSED_ORIGINS`` may not be used."""

    CAMPAIGN_FORM = "campaign-form"
    EVENT = "event"
    PETITION = "petition"
    MEMBERS = "members"
    OTHER_TOOL = "other-tool"
    EMPLOYER = "employer"
    ADMINISTRATION = "administration"
    PATIENTS = "patients"
    CUSTOMERS = "customers"
    BOUGHT = "bought"
    PUBLISHED = "published"
    ROLL = "roll"


REFUSED_ORIGINS = frozenset(
    {
        Origin.EMPLOYER,
        Origin.ADMINISTRATION,
        Origin.PATIENTS,
        Origin.CUSTOMERS,
        Origin.BOUGHT,
        Origin.PUBLISHED,
        Origin.ROLL,
    }
)
"""Files made for another purpose (CNIL, sanctions of 18 December 2025), or that belong elsewhere."""

REGULAR_CONTACT_ORIGINS = frozenset({Origin.EVENT, Origin.MEMBERS, Origin.OTHER_TOOL})
"""Where people in regular contact with the organisation may come from (GDPR art. 9(2)(d))."""


class ImportState(StrEnum):
    """Where an import of supporters stands."""

    DRAFT = "draft"
    RUNNING = "running"
    DONE = "done"
    UNDOING = "undoing"
    UNDONE = "undone"


IMPORT_STEPS: dict[ImportState, frozenset[ImportState]] = {
    ImportState.DRAFT: frozenset({ImportState.RUNNING}),
    ImportState.RUNNING: frozenset({ImportState.DONE, ImportState.UNDOING}),
    ImportState.DONE: frozenset({ImportState.UNDOING}),
    ImportState.UNDOING: frozenset({ImportState.UNDONE}),
    ImportState.UNDONE: frozenset(),
}
"""Which state may follow which."""


class LineOutcome(StrEnum):
    """What became of a line: a new person, something new about one, nothing new, or not imported."""

    CREATED = "created"
    ENRICHED = "enriched"
    KNOWN = "known"
    PROBLEM = "problem"


class RollQuality(StrEnum):
    """Who may be given an electoral roll (Code électoral, art. L. 37)."""

    VOTER = "voter"
    CANDIDATE = "candidate"
    PARTY = "party"


class Role(StrEnum):
    """The mandates. A volunteer is a person without one."""

    ADMINISTRATOR = "administrator"
    COORDINATOR = "departement-coordinator"
    GROUP_LEADER = "group-leader"
    DELEGATE = "delegate"
    """Only what the mandate itself names: a part of somebody else's."""


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
    IMPORT_SUPPORTERS = "import-supporters"
    USE_ELECTORAL_ROLL = "use-electoral-roll"
    MERGE_PERSONS = "merge-persons"
    HANDLE_REQUESTS = "handle-requests"
    USE_SEGMENTS = "use-segments"
    SEND_MAILINGS = "send-mailings"
    MANAGE_DEBATES = "manage-debates"


ROLE_FEATURES: dict[Role, frozenset[Feature]] = {
    Role.ADMINISTRATOR: frozenset(Feature),
    Role.COORDINATOR: frozenset(Feature),
    Role.GROUP_LEADER: frozenset(
        {Feature.MANAGE_GROUPS, Feature.MANAGE_ACTIONS, Feature.MANAGE_FIELD, Feature.SEE_COVERAGE}
    ),
    Role.DELEGATE: frozenset(),
}

ROLE_DELEGABLE: dict[Role, frozenset[Feature]] = {
    Role.ADMINISTRATOR: frozenset(Feature),
    Role.COORDINATOR: frozenset(Feature),
    # Who leads a group is decided above it: a leader lends his work, not his place.
    Role.GROUP_LEADER: frozenset({Feature.MANAGE_ACTIONS, Feature.MANAGE_FIELD, Feature.SEE_COVERAGE}),
    Role.DELEGATE: frozenset(),
}
"""What the holder of a role may give on, unless his mandate says otherwise."""


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
    features: frozenset[Feature] = frozenset()
    delegable: frozenset[Feature] = frozenset()
    delegated_from: UUID | None = None

    @property
    def place(self) -> str:
        """What the mandate holds over, in words."""
        return self.scope_name or self.territory_name


@dataclass(frozen=True, kw_only=True)
class Application:
    """What somebody typed in the join form, checked. ``consents``: purpose, channel and the exact text shown.
    ``phone``: in E.164, or empty."""

    email: str
    given_name: str
    family_name: str
    language: str
    postal_code: str
    commune_id: str
    consents: tuple[tuple[Purpose, Way, str], ...]
    next_path: str
    phone: str = ""
    by: str = ""
    """What stood behind ``par=`` in the address: a member's code, or the token of a letter."""
    shows_name: bool = False


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
    way: Way
    granted: bool
    text_shown: str
    channel: str
    at: datetime


@dataclass(frozen=True, kw_only=True)
class ContactCard:
    """One way to reach a person, for himself or for the proof."""

    kind: ContactKind
    value: str
    verified_at: datetime | None
    bounce_state: BounceState
    primary: bool
    suppressed: bool


@dataclass(frozen=True, kw_only=True)
class ProofLine:
    """One line of the ledger with all that proves it. ``intact``: the sentence still has its hash."""

    purpose_name: str
    basis: Basis
    granted: bool
    in_force: bool
    text_shown: str
    text_sha256: str
    intact: bool
    channel: str
    proof: str
    at: datetime


@dataclass(frozen=True, kw_only=True)
class ImportTrace:
    """From which file and line a person is known."""

    import_id: UUID
    file_name: str
    file_sha256: str
    line: int
    origin: str
    basis: str
    basis_proof: str
    at: datetime | None


@dataclass(frozen=True, kw_only=True)
class LawfulnessProof:
    """Why one person may be written to, or may not, on one printable page."""

    person_id: UUID
    name: str
    has_account: bool
    known_since: datetime
    contacts: tuple[ContactCard, ...]
    lines: tuple[ProofLine, ...]
    imports: tuple[ImportTrace, ...]
    printed_at: datetime


@dataclass(frozen=True, kw_only=True)
class ImportDeclaration:
    """What an importer answers for. ``mapping``: for each column what it holds, or empty."""

    mapping: tuple[str, ...]
    origin: Origin
    basis: Basis
    basis_proof: str
    purpose: Purpose
    consent_text: str
    consented_on: date | None


@dataclass(frozen=True, kw_only=True)
class ImportCard:
    """An import in a list, with the counts of its lines by outcome."""

    id: UUID
    file_name: str
    territory_name: str
    imported_by: str
    state: ImportState
    lines: int
    counts: dict[LineOutcome, int]
    created_at: datetime
    removed: int
    kept: int


@dataclass(frozen=True, kw_only=True)
class ImportColumn:
    """A column of a draft: its place, its name, what it seems to hold, and its first values."""

    place: int
    name: str
    guess: str
    examples: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class ImportDraft:
    """A draft as its page shows it: the first lines under their columns, and what was thrown away."""

    card: ImportCard
    columns: tuple[ImportColumn, ...]
    preview: tuple[tuple[int, tuple[str, ...]], ...]
    dropped: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class LineProblem:
    """A line that was not imported whole, in words. ``left_out``: not imported at all."""

    number: int
    sentence: str
    left_out: bool


class RollKind(StrEnum):
    """The roll itself, or the list of those who signed at the first round (Code électoral, art. L. 68)."""

    ROLL = "roll"
    SIGNATURES = "signatures"


@dataclass(frozen=True, kw_only=True)
class RollDeclared:
    """What somebody declares to use an electoral roll. ``first_round_on``: for lists of signatures only."""

    territory_id: str
    ballot: str
    ballot_on: date
    quality: RollQuality
    pledged: bool
    kind: RollKind = RollKind.ROLL
    first_round_on: date | None = None


@dataclass(frozen=True, kw_only=True)
class RollFilter:
    """The only criteria by which voters are chosen; ages in years, both included."""

    sex: str = ""
    bureau: str = ""
    abstained: bool = False
    youngest: int | None = None
    oldest: int | None = None


@dataclass(frozen=True, kw_only=True)
class RollCard:
    """A declared roll. ``usable``: its ballot is not over and its voters are there."""

    id: UUID
    ballot: str
    ballot_on: date
    territory_name: str
    quality: RollQuality
    pledge_text: str
    pledged_at: datetime
    voters: int
    dropped: tuple[str, ...]
    usable: bool
    kind: RollKind
    expires_at: datetime


@dataclass(frozen=True, kw_only=True)
class RollCounts:
    """How many voters meet the criteria; every bureau of the roll, for the form."""

    total: int
    by_bureau: tuple[tuple[str, int], ...]
    bureaus: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class PurgeCard:
    """The certificate of a deleted roll."""

    what: str
    voters: int
    data_sha256: str
    seal: str
    at: datetime


@dataclass(frozen=True, kw_only=True)
class WayState:
    """Where a purpose stands today by one channel, and the sentence that giving it would write."""

    way: Way
    name: str
    granted: bool
    text: str


@dataclass(frozen=True, kw_only=True)
class ConsentState:
    """Where a purpose stands today, channel by channel."""

    purpose: Purpose
    name: str
    ways: tuple[WayState, ...]


@dataclass(frozen=True, kw_only=True)
class MandateRow:
    """A mandate as its manager reads it."""

    card: MandateCard
    role_name: str
    granted_by: str
    may_end: bool
    opens: tuple[str, ...] = ()
    below: int = 0


@dataclass(frozen=True, kw_only=True)
class DemonstrationCode:
    """The six digits that a demonstration account's authenticator would show now."""

    address: str
    name: str
    code: str
    seconds_left: int


class CandidateState(StrEnum):
    """Where a pair that may be one person stands; once merged, the merge itself speaks."""

    OPEN = "open"
    REJECTED = "rejected"


class MergeField(StrEnum):
    """What may be taken from the person who is absorbed; the rest stays the kept one's."""

    GIVEN_NAME = "given_name"
    FAMILY_NAME = "family_name"
    PLACE = "place"
    LANGUAGE = "language"


@dataclass(frozen=True, kw_only=True)
class Side:
    """One of two persons on the page that compares them. ``address`` is masked: ``j…@example.org``."""

    id: UUID
    given_name: str
    family_name: str
    address: str
    place: str
    language: str
    joined_at: datetime
    last_seen_at: datetime
    mandates: tuple[str, ...]

    @property
    def name(self) -> str:
        """Both names."""
        return f"{self.given_name} {self.family_name}".strip()


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """Two persons who may be one, and why, in words; ``percent`` is the probability."""

    id: UUID
    first: Side
    second: Side
    percent: int
    reasons: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class MergeLine:
    """A merge that was made, undone or not."""

    id: UUID
    survivor_id: UUID
    kept_name: str
    absorbed_name: str
    absorbed_address: str
    at: datetime
    by_name: str
    undone_at: datetime | None
    undone_by_name: str


class ContactField(StrEnum):
    """What of a person somebody else was shown."""

    PHONE = "phone"
    EMAIL = "email"
    POSTAL = "postal"
    MASKED_EMAIL = "masked-email"
    EVERYTHING = "everything"


class DisclosureReason(StrEnum):
    """Why a person's contact data were shown to somebody."""

    ACTION = "action"
    TEAM = "team"
    EXPLAINED = "explained"
    PROOF = "proof"
    DUPLICATE = "duplicate"
    IMPORT = "import"
    EXPORT = "export"


@dataclass(frozen=True, kw_only=True)
class PhoneShown:
    """A number as a telephone dials it (E.164) and as people read it."""

    value: str
    readable: str


@dataclass(frozen=True, kw_only=True)
class Receipt:
    """That somebody was shown something of a person. ``viewer_name`` is empty once the viewer is erased.

    ``viewer_role`` is what the viewer was at that moment, in the words of then; ``subject`` names the thing
    (an action, an import) for which it was.
    """

    person_id: UUID
    person_name: str
    viewer_id: UUID | None
    viewer_name: str
    viewer_role: str
    fields: tuple[str, ...]
    reason: DisclosureReason
    subject: str
    explanation: str
    at: datetime


class Skill(StrEnum):
    """What somebody says he can do; a fixed list, so that nothing else is written about anybody."""

    DOOR_TO_DOOR = "door-to-door"
    TELEPHONE = "telephone"
    SPEAKING = "speaking"
    WELCOMING = "welcoming"
    WRITING = "writing"
    TRANSLATING = "translating"
    DESIGN = "design"
    PHOTO_VIDEO = "photo-video"
    COMPUTING = "computing"
    BOOKKEEPING = "bookkeeping"
    LAW = "law"
    DRIVING = "driving"
    COOKING = "cooking"
    POLLING = "polling"


class DayPart(StrEnum):
    """The parts of a day in which somebody may have time."""

    MORNING = "morning"
    AFTERNOON = "afternoon"
    EVENING = "evening"


SLOTS: tuple[str, ...] = tuple(f"{day}-{part}" for day in range(1, 8) for part in DayPart)
"""The parts of a week, Monday morning (``1-morning``) first; its place is its bit in an availability mask."""


@dataclass(frozen=True, kw_only=True)
class Helping:
    """What a person says he can do, and in which of ``SLOTS`` he usually has time."""

    skills: frozenset[Skill] = frozenset()
    slots: frozenset[str] = frozenset()


@dataclass(frozen=True, kw_only=True)
class Marks:
    """By which texts somebody would be recognised; ``values``: all addresses and numbers."""

    addresses: tuple[str, ...]
    values: tuple[str, ...]
    names: tuple[str, ...]


class Ability(StrEnum):
    """One thing that somebody may do to one thing of the site: a page shows its button when it is there."""

    READ_GROUP = "read-group"
    WRITE_IN_GROUP = "write-in-group"
    JOIN_GROUP = "join-group"
    LEAVE_GROUP = "leave-group"
    EDIT_GROUP = "edit-group"
    NAME_LEADERS = "name-leaders"
    HOLD_ACTION = "hold-action"
    CHANGE_ACTION = "change-action"
    SEE_TEAM = "see-team"
    PLAN_FIELD = "plan-field"
    SEE_COVERAGE = "see-coverage"


class Standing(StrEnum):
    """How somebody stands to a thing, whatever his mandates."""

    SIGNED_IN = "signed-in"
    MEMBER = "member"
    INSIDE = "inside"
    """A member of a group that lies inside this one."""
    DELEGATE = "delegate"
    """Somebody to whom this one thing was lent."""


class Circumstance(StrEnum):
    """How the thing stands, whoever looks at it."""

    CANCELLED = "cancelled"


@dataclass(frozen=True, kw_only=True)
class AbilityRule:
    """Given by any of the features (carried over the thing's place) or of the standings; taken by any
    circumstance or standing of ``never``."""

    features: frozenset[Feature] = frozenset()
    standings: frozenset[Standing] = frozenset()
    never: frozenset[Circumstance | Standing] = frozenset()


ABILITIES: dict[Ability, AbilityRule] = {
    Ability.READ_GROUP: AbilityRule(
        features=frozenset({Feature.MANAGE_GROUPS}), standings=frozenset({Standing.MEMBER, Standing.INSIDE})
    ),
    Ability.WRITE_IN_GROUP: AbilityRule(
        features=frozenset({Feature.MANAGE_GROUPS}), standings=frozenset({Standing.MEMBER})
    ),
    Ability.JOIN_GROUP: AbilityRule(
        standings=frozenset({Standing.SIGNED_IN}), never=frozenset({Standing.MEMBER})
    ),
    Ability.LEAVE_GROUP: AbilityRule(standings=frozenset({Standing.MEMBER})),
    Ability.EDIT_GROUP: AbilityRule(features=frozenset({Feature.MANAGE_GROUPS})),
    Ability.NAME_LEADERS: AbilityRule(features=frozenset({Feature.MANAGE_MANDATES})),
    Ability.HOLD_ACTION: AbilityRule(features=frozenset({Feature.MANAGE_ACTIONS})),
    Ability.CHANGE_ACTION: AbilityRule(
        features=frozenset({Feature.MANAGE_ACTIONS}),
        standings=frozenset({Standing.DELEGATE}),
        never=frozenset({Circumstance.CANCELLED}),
    ),
    Ability.SEE_TEAM: AbilityRule(
        features=frozenset({Feature.MANAGE_ACTIONS}), standings=frozenset({Standing.DELEGATE})
    ),
    Ability.PLAN_FIELD: AbilityRule(features=frozenset({Feature.MANAGE_FIELD})),
    Ability.SEE_COVERAGE: AbilityRule(features=frozenset({Feature.SEE_COVERAGE})),
}


def abilities_of(
    *,
    features: frozenset[Feature],
    standings: frozenset[Standing] = frozenset(),
    circumstances: frozenset[Circumstance] = frozenset(),
) -> frozenset[Ability]:
    """What ``ABILITIES`` gives somebody who carries these features over a thing and stands so to it. Pure."""
    return frozenset(
        ability
        for ability, rule in ABILITIES.items()
        if (rule.features & features or rule.standings & standings)
        and not rule.never & (circumstances | standings)
    )


class RightKind(StrEnum):
    """What somebody asks for (GDPR art. 15, 16, 21, 17)."""

    ACCESS = "access"
    CORRECTION = "correction"
    OBJECTION = "objection"
    ERASURE = "erasure"


class RightState(StrEnum):
    """Where a request stands."""

    RECEIVED = "received"
    IDENTITY_ASKED = "identity-asked"
    IN_WORK = "in-work"
    DONE = "done"
    REFUSED = "refused"


RIGHT_STEPS: dict[RightState, frozenset[RightState]] = {
    RightState.RECEIVED: frozenset({RightState.IDENTITY_ASKED, RightState.IN_WORK, RightState.REFUSED}),
    RightState.IDENTITY_ASKED: frozenset({RightState.IN_WORK, RightState.REFUSED}),
    RightState.IN_WORK: frozenset({RightState.DONE, RightState.REFUSED}),
    RightState.DONE: frozenset(),
    RightState.REFUSED: frozenset(),
}
"""Which state may follow which. Nothing is carried out before ``IN_WORK``: the identity is proven there."""


class RightChannel(StrEnum):
    """How a request came."""

    FORM = "form"
    EMAIL = "email"
    LETTER = "letter"
    TELEPHONE = "telephone"
    IN_PERSON = "in-person"


class RightRefusal(StrEnum):
    """The only reasons for which a request may be refused (GDPR art. 11, 12(5), 17(3))."""

    NOT_IDENTIFIED = "not-identified"
    EXCESSIVE = "excessive"
    LEGAL_DUTY = "legal-duty"


@dataclass(frozen=True, kw_only=True)
class RightTyped:
    """A request as it came. ``address``: where the answer goes, an e-mail address or empty."""

    kind: RightKind
    channel: RightChannel
    address: str
    words: str
    territory_id: str | None
    received_on: date | None = None


@dataclass(frozen=True, kw_only=True)
class RightCard:
    """A request as those in charge read it. ``days_left`` is negative once the month is over."""

    id: UUID
    kind: RightKind
    channel: RightChannel
    state: RightState
    address: str
    words: str
    territory_name: str
    known: bool
    has_account: bool
    identity: str
    received_at: datetime
    due_at: datetime
    days_left: int
    late: bool
    alarm: bool
    extension_reason: str
    closed_at: datetime | None
    refused_because: str

    @property
    def is_open(self) -> bool:
        """Whether somebody still has to do something."""
        return bool(RIGHT_STEPS[self.state])


@dataclass(frozen=True, kw_only=True)
class Correspondent:
    """Somebody to whom a letter is written, for the outbox only; ``address`` is empty without one to use."""

    id: UUID
    given_name: str
    family_name: str
    language: str
    commune_id: str | None
    address: str


@dataclass(frozen=True, kw_only=True)
class Notice:
    """What the first message to somebody must say whose data did not come from himself (GDPR art. 14).

    ``mentions``: name of each mention and the words that must stand in the message.
    """

    text: str
    mentions: tuple[tuple[str, str], ...]


class RecruitVia(StrEnum):
    """How the word reached somebody."""

    LINK = "link"
    LETTER = "letter"


@dataclass(frozen=True, kw_only=True)
class Invited:
    """By whom somebody was brought, into which group by a letter to his own address, if any."""

    by_id: UUID | None
    scope_id: UUID | None
    at: datetime
