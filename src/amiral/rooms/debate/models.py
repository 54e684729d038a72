"""Consultations, what is said in them, votes, maps, answers.

Who took part (``RollShard``) and what was voted (``Voter``, ``Vote``) are two stores that no column joins; a
voter is known by the hash of a key that only he holds. What voters write carries a day and an id of pure
chance, not ``new_id``, which tells the millisecond. docs/debate.md says what that protects and what not.
"""

from enum import StrEnum
from uuid import uuid4

from django.db import models
from django.db.models import Q

from amiral.cores.phases import Phase
from amiral.kit.clock import now
from amiral.kit.ids import new_id
from amiral.rooms.debate.contracts import (
    ARGUMENT_MAX_CHARACTERS,
    DETAILS_MAX_CHARACTERS,
    PROMISED,
    STATEMENT_MAX_CHARACTERS,
    Identity,
    Outcome,
    Promise,
    Side,
    StatementKind,
    StatementState,
)


def _choices(kinds: type[StrEnum]) -> list[tuple[str, str]]:
    return [(one.value, one.value) for one in kinds]


class Consultation(models.Model):
    """A question, its frame, and the promise of an answer by a day."""

    RETENTION = "Public: kept as long as the campaign; who opened it is emptied with the person."

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    territory = models.ForeignKey("territory.Territory", on_delete=models.PROTECT, related_name="+")
    question = models.CharField(max_length=200)
    framing = models.TextField(help_text="Markdown")
    sources = models.TextField(help_text="Markdown")
    decider = models.CharField(max_length=300)
    answers_due_on = models.DateField()
    first_due_on = models.DateField(null=True, help_text="As promised when contributions opened.")
    promised = models.PositiveSmallIntegerField(default=PROMISED)
    identity = models.CharField(max_length=10, choices=_choices(Identity), default=Identity.MEMBER)
    overlap = models.BooleanField(default=True)
    premoderated = models.BooleanField(default=True)
    results_while_voting = models.BooleanField(default=False)
    phase = models.CharField(max_length=16, choices=_choices(Phase), default=Phase.DRAFT)
    phase_since = models.DateTimeField(default=now)
    salt = models.CharField(max_length=64, editable=False)
    origin = models.CharField(max_length=200, blank=True, help_text="Where imported statements come from.")
    double_voices = models.PositiveIntegerField(
        default=0, help_text="Merges of two accounts that had each taken a key: at most so many voices twice."
    )
    created_by = models.ForeignKey("people.Person", null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(default=now)

    class Meta:
        ordering = ["-created_at"]
        constraints = [
            models.CheckConstraint(condition=~Q(question=""), name="debate_consultation_asks"),
            models.CheckConstraint(
                condition=Q(phase="draft") | Q(first_due_on__isnull=False),
                name="debate_consultation_promises",
            ),
        ]

    def __str__(self) -> str:
        return self.question


class Step(models.Model):
    """A phase begun, or a promised day put off; never changed, never deleted."""

    RETENTION = "Public: kept as the consultation; who acted is emptied with the person."

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    consultation = models.ForeignKey(Consultation, on_delete=models.CASCADE, related_name="steps")
    phase = models.CharField(max_length=16, choices=_choices(Phase))
    came_from = models.CharField(max_length=16, choices=_choices(Phase))
    reason = models.TextField(blank=True)
    due_before = models.DateField(null=True)
    due_after = models.DateField(null=True)
    by = models.ForeignKey("people.Person", null=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField(default=now)

    class Meta:
        ordering = ["at", "id"]

    def __str__(self) -> str:
        return f"{self.came_from} → {self.phase}"


class RollShard(models.Model):
    """Who has taken a voting key: salted hashes in order of their value, a part of the roll in each row.

    One text per part, sorted and without a date, so that neither the order of rows nor a time can be laid
    beside the order of votes.
    """

    RETENTION = "As the consultation: keeps one person from two voices; hashes of ids, nothing of a vote."

    consultation = models.ForeignKey(Consultation, on_delete=models.CASCADE, related_name="+")
    shard = models.PositiveSmallIntegerField()
    members = models.TextField(default="", help_text="Hashes, one per line, sorted.")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["consultation", "shard"], name="debate_shard_once")]

    def __str__(self) -> str:
        return str(self.shard)


class CodeBatch(models.Model):
    """Paper codes printed together."""

    RETENTION = "As the consultation; who had them printed is emptied with the person."

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    consultation = models.ForeignKey(Consultation, on_delete=models.CASCADE, related_name="batches")
    label = models.CharField(max_length=80)
    size = models.PositiveSmallIntegerField()
    printed_by = models.ForeignKey("people.Person", null=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField(default=now)

    class Meta:
        ordering = ["-at"]

    def __str__(self) -> str:
        return self.label


class DoorCode(models.Model):
    """The hash of one paper code; the code itself is on the paper only."""

    RETENTION = "No person: the hash of a code that no name goes with; as the consultation."

    digest = models.CharField(primary_key=True, max_length=64)
    batch = models.ForeignKey(CodeBatch, on_delete=models.CASCADE, related_name="codes")

    def __str__(self) -> str:
        return self.digest[:8]


class Voter(models.Model):
    """A voice in one consultation, known by the hash of a key; no person, no date."""

    RETENTION = "Until withdrawn with its key, else as the consultation; nobody can be found by it."

    consultation = models.ForeignKey(Consultation, on_delete=models.CASCADE, related_name="voters")
    number = models.PositiveIntegerField(help_text="The person's id in votes and maps of this consultation.")
    pseudonym = models.CharField(max_length=64)
    by_code = models.BooleanField(default=False)
    by_lot = models.BooleanField(default=False, help_text="Of somebody who was drawn by lot and invited.")
    opens_votes = models.BooleanField(default=False, help_text="Agreed to publish the row of votes.")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["consultation", "number"], name="debate_voter_number"),
            models.UniqueConstraint(fields=["consultation", "pseudonym"], name="debate_voter_pseudonym"),
        ]

    def __str__(self) -> str:
        return str(self.number)


class Statement(models.Model):
    """One idea to vote on. Its words never change once somebody has voted."""

    RETENTION = "Public: as the consultation; hidden words are kept for appeals and evidence. No person."

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    consultation = models.ForeignKey(Consultation, on_delete=models.CASCADE, related_name="statements")
    number = models.PositiveIntegerField()
    kind = models.CharField(max_length=12, choices=_choices(StatementKind), default=StatementKind.STATEMENT)
    text = models.CharField(max_length=STATEMENT_MAX_CHARACTERS)
    details = models.TextField(blank=True, max_length=DETAILS_MAX_CHARACTERS)
    amends = models.ForeignKey("self", null=True, on_delete=models.CASCADE, related_name="amendments")
    voter = models.ForeignKey(Voter, null=True, on_delete=models.SET_NULL, related_name="statements")
    about_voter = models.BooleanField(default=False, help_text="Meta: “I am a nurse”.")
    talking_point_id = models.UUIDField(null=True)
    times_heard = models.PositiveIntegerField(
        null=True, help_text="At doors; only where enough stand behind."
    )
    state = models.CharField(max_length=12, choices=_choices(StatementState), default=StatementState.PENDING)
    reason = models.TextField(blank=True, help_text="Why it was hidden or left out; the author reads it.")
    decided_by = models.ForeignKey("people.Person", null=True, on_delete=models.SET_NULL, related_name="+")
    hidden_at = models.DateTimeField(null=True)
    agreed = models.PositiveIntegerField(default=0)
    disagreed = models.PositiveIntegerField(default=0)
    passed = models.PositiveIntegerField(default=0)
    written_on = models.DateField()

    class Meta:
        ordering = ["number"]
        indexes = [models.Index(fields=["consultation", "state", "number"])]
        constraints = [
            models.UniqueConstraint(fields=["consultation", "number"], name="debate_statement_number"),
            models.CheckConstraint(condition=~Q(text=""), name="debate_statement_says"),
            models.CheckConstraint(
                condition=Q(kind="amendment", amends__isnull=False)
                | (~Q(kind="amendment") & Q(amends__isnull=True)),
                name="debate_amendment_amends",
            ),
        ]

    def __str__(self) -> str:
        return self.text

    @property
    def is_sealed(self) -> bool:
        """A moderator hid it: whoever manages gives a reason, a moderator's stands in his decision."""
        return self.state == StatementState.HIDDEN and not self.reason

    @property
    def answers(self) -> int:
        """Votes on it, passes included."""
        return self.agreed + self.disagreed + self.passed


class Vote(models.Model):
    """One gesture; the latest of a voter on a statement counts. Rows are added, never changed."""

    RETENTION = "Until the voter withdraws them, else as the consultation; no person, no time."

    voter = models.ForeignKey(Voter, on_delete=models.CASCADE, related_name="votes")
    statement = models.ForeignKey(Statement, on_delete=models.CASCADE, related_name="votes")
    value = models.SmallIntegerField()

    class Meta:
        indexes = [models.Index(fields=["voter", "statement"])]
        constraints = [
            models.CheckConstraint(condition=Q(value__in=[-1, 0, 1]), name="debate_vote_value"),
        ]

    def __str__(self) -> str:
        return str(self.value)


class MapVersion(models.Model):
    """A map as it was published: the document, what it was made from and by."""

    RETENTION = "Public, no person: kept as the consultation."

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    consultation = models.ForeignKey(Consultation, on_delete=models.CASCADE, related_name="maps")
    number = models.PositiveIntegerField()
    fingerprint = models.CharField(max_length=64)
    votes_sha256 = models.CharField(max_length=64)
    votes_seen = models.PositiveBigIntegerField(help_text="Id of the last vote that it counts.")
    code_version = models.CharField(max_length=40)
    seed = models.PositiveBigIntegerField(default=0)
    document = models.TextField(help_text="Canonical JSON; its SHA-256 is the fingerprint.")
    cells = models.JSONField(default=list, help_text="[x, y, people] of cells with five people or more.")
    linked_voices = models.PositiveIntegerField(null=True, help_text="Null: nobody looked for them yet.")
    linked_sets = models.JSONField(default=list, help_text="How many voices each linked set has.")
    once_document = models.TextField(blank=True, help_text="The map with each linked set as one voice.")
    once_fingerprint = models.CharField(max_length=64, blank=True)
    control = models.JSONField(default=dict, help_text="Answers of those drawn by lot beside the others’.")
    double_voices = models.PositiveIntegerField(default=0, help_text="As of the consultation, that day.")
    at = models.DateTimeField(default=now)

    class Meta:
        ordering = ["-number"]
        constraints = [models.UniqueConstraint(fields=["consultation", "number"], name="debate_map_number")]

    def __str__(self) -> str:
        return f"{self.number}: {self.fingerprint[:8]}"


class Argument(models.Model):
    """For or against a statement, with its sources."""

    RETENTION = "Public: as the consultation; hidden words are kept for appeals and evidence. No person."

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    statement = models.ForeignKey(Statement, on_delete=models.CASCADE, related_name="arguments")
    side = models.CharField(max_length=8, choices=_choices(Side))
    text = models.CharField(max_length=ARGUMENT_MAX_CHARACTERS)
    voter = models.ForeignKey(Voter, null=True, on_delete=models.SET_NULL, related_name="arguments")
    state = models.CharField(max_length=12, choices=_choices(StatementState), default=StatementState.PENDING)
    reason = models.TextField(blank=True)
    decided_by = models.ForeignKey("people.Person", null=True, on_delete=models.SET_NULL, related_name="+")
    hidden_at = models.DateTimeField(null=True)
    written_on = models.DateField()

    class Meta:
        ordering = ["written_on", "id"]

    def __str__(self) -> str:
        return self.text[:60]

    @property
    def is_sealed(self) -> bool:
        """As of a statement."""
        return self.state == StatementState.HIDDEN and not self.reason


class ArgumentSource(models.Model):
    """What an argument rests on, with what stood there when it was read."""

    RETENTION = "Public, as the argument. No person."

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    argument = models.ForeignKey(Argument, on_delete=models.CASCADE, related_name="sources")
    url = models.URLField(max_length=500)
    note = models.CharField(max_length=300)
    consulted_on = models.DateField()
    archived_text = models.TextField(blank=True)
    archived_sha256 = models.CharField(max_length=64, blank=True)

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return self.url


class Synthesis(models.Model):
    """What the votes and arguments say, in sentences that each cite statements; written by a person."""

    RETENTION = "Public: as the consultation; who wrote it is emptied with the person."

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    consultation = models.ForeignKey(Consultation, on_delete=models.CASCADE, related_name="syntheses")
    version = models.PositiveIntegerField()
    sentences = models.JSONField(default=list, help_text="List of {text, cites: [statement numbers]}.")
    author = models.ForeignKey("people.Person", null=True, on_delete=models.SET_NULL, related_name="+")
    published_at = models.DateTimeField(default=now)

    class Meta:
        ordering = ["-version"]
        constraints = [
            models.UniqueConstraint(fields=["consultation", "version"], name="debate_synthesis_once")
        ]

    def __str__(self) -> str:
        return str(self.version)


class Challenge(models.Model):
    """Somebody contradicts a sentence of the synthesis; its author answers in public."""

    RETENTION = "Public: as the consultation; who answered is emptied with the person."

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    synthesis = models.ForeignKey(Synthesis, on_delete=models.CASCADE, related_name="challenges")
    sentence = models.PositiveSmallIntegerField()
    text = models.TextField()
    voter = models.ForeignKey(Voter, null=True, on_delete=models.SET_NULL, related_name="challenges")
    state = models.CharField(max_length=12, choices=_choices(StatementState), default=StatementState.SHOWN)
    reason = models.TextField(blank=True)
    hidden_at = models.DateTimeField(null=True)
    answer = models.TextField(blank=True)
    answered_by = models.ForeignKey("people.Person", null=True, on_delete=models.SET_NULL, related_name="+")
    answered_at = models.DateTimeField(null=True)
    written_on = models.DateField()

    class Meta:
        ordering = ["written_on", "id"]

    def __str__(self) -> str:
        return self.text[:60]


class OwedAnswer(models.Model):
    """A statement that was promised an answer, fixed when the synthesis is published."""

    RETENTION = "Public, no person: kept as the consultation."

    consultation = models.ForeignKey(Consultation, on_delete=models.CASCADE, related_name="owed")
    statement = models.ForeignKey(Statement, on_delete=models.CASCADE, related_name="owed")
    promise = models.CharField(max_length=12, choices=_choices(Promise))
    rank = models.PositiveSmallIntegerField()

    class Meta:
        ordering = ["promise", "rank"]
        constraints = [models.UniqueConstraint(fields=["statement"], name="debate_owed_once")]

    def __str__(self) -> str:
        return f"{self.promise} {self.rank}"


class Answer(models.Model):
    """What the campaign says and does about a statement; a later one replaces it and both stay readable."""

    RETENTION = "Public: as the consultation; who published it is emptied with the person."

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    statement = models.ForeignKey(Statement, on_delete=models.CASCADE, related_name="formal_answers")
    outcome = models.CharField(max_length=12, choices=_choices(Outcome))
    reasons = models.TextField()
    cost = models.CharField(max_length=200, blank=True)
    in_charge = models.CharField(max_length=120)
    programme_before = models.TextField(blank=True, help_text="What the programme said…")
    programme_after = models.TextField(blank=True, help_text="… and says because of it.")
    by = models.ForeignKey("people.Person", null=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField(default=now)

    class Meta:
        ordering = ["-at", "-id"]

    def __str__(self) -> str:
        return self.outcome


class Milestone(models.Model):
    """How far the work after an answer is."""

    RETENTION = "Public: as the consultation; who published it is emptied with the person."

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    answer = models.ForeignKey(Answer, on_delete=models.CASCADE, related_name="milestones")
    percent = models.PositiveSmallIntegerField()
    text = models.TextField()
    by = models.ForeignKey("people.Person", null=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField(default=now)

    class Meta:
        ordering = ["at", "id"]
        constraints = [models.CheckConstraint(condition=Q(percent__lte=100), name="debate_milestone_percent")]

    def __str__(self) -> str:
        return f"{self.percent} %"


class Follower(models.Model):
    """A person who asked to be told of answers and milestones of a consultation; says nothing of a vote."""

    RETENTION = "Until the person stops following or is erased."

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    consultation = models.ForeignKey(Consultation, on_delete=models.CASCADE, related_name="followers")
    person = models.ForeignKey("people.Person", on_delete=models.CASCADE, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["consultation", "person"], name="debate_follower_once")
        ]

    def __str__(self) -> str:
        return str(self.pk)


class PublishedReply(models.Model):
    """A reply as it stands under the page that it answers: nobody changes or removes it."""

    RETENTION = "As long as the page that it answers: the law asks for it."

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    page = models.CharField(max_length=300, db_index=True, help_text="The path of the page.")
    page_title = models.CharField(max_length=200)
    name = models.CharField(max_length=120)
    text = models.TextField()
    digest = models.CharField(max_length=64, help_text="SHA-256 of the text.")
    published_at = models.DateTimeField()

    class Meta:
        ordering = ["published_at", "id"]

    def __str__(self) -> str:
        return self.page


class ReplyRequest(models.Model):
    """Somebody who is named on a page asks for a reply (``cores.reply``): a dated case."""

    RETENTION = "Three years after its end: proof that the right was kept; thirty days while not confirmed."

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    reference = models.CharField(max_length=20, unique=True)
    secret_hash = models.CharField(max_length=64, unique=True, help_text="Of the link to follow the case.")
    page = models.CharField(max_length=300)
    page_title = models.CharField(max_length=200)
    page_from = models.DateTimeField(null=True, help_text="When it was published, if that is known.")
    original = models.TextField(blank=True, help_text="The text as it stood on the day of the request.")
    rejoinder_to = models.ForeignKey(
        PublishedReply, null=True, on_delete=models.SET_NULL, related_name="rejoinders"
    )
    reply = models.OneToOneField(PublishedReply, null=True, on_delete=models.SET_NULL, related_name="case")
    rules = models.CharField(max_length=40, help_text="The name of the rule set of that day.")
    zone = models.CharField(max_length=40)
    electoral = models.BooleanField(default=False)
    step = models.CharField(max_length=12, default="received", db_index=True)
    received_at = models.DateTimeField()
    target_at = models.DateTimeField(help_text="What the campaign promises.")
    due_at = models.DateTimeField(help_text="What the law says.")
    confirmed_at = models.DateTimeField(null=True, help_text="When the address was confirmed.")
    ended_at = models.DateTimeField(null=True)
    language = models.CharField(max_length=7, default="fr")
    name = models.CharField(max_length=120)
    capacity = models.CharField(max_length=20)
    email = models.EmailField()
    proof = models.CharField(max_length=20)
    proof_words = models.TextField(blank=True)
    passages = models.TextField()
    text = models.TextField()
    lines = models.PositiveIntegerField()
    ground = models.CharField(max_length=30, blank=True)
    answer = models.TextField(blank=True, help_text="The sentence of a refusal or of an agreement.")

    class Meta:
        ordering = ["received_at", "id"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(step="refused") | (~Q(ground="") & ~Q(answer="")),
                name="debate_reply_refused_with_a_ground",
            ),
            models.CheckConstraint(
                condition=~Q(step="published") | Q(reply__isnull=False), name="debate_reply_is_there"
            ),
        ]

    def __str__(self) -> str:
        return self.reference


class ReplyMove(models.Model):
    """One step of a case, with its moment."""

    RETENTION = "As the case."

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    case = models.ForeignKey(ReplyRequest, on_delete=models.CASCADE, related_name="moves")
    step = models.CharField(max_length=12)
    at = models.DateTimeField()
    by = models.ForeignKey("people.Person", null=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        ordering = ["at", "id"]

    def __str__(self) -> str:
        return self.step


class Lot(models.Model):
    """A sample of members drawn by lot, once in a consultation: announced first, drawn by a public result.

    ``drawn`` holds salted hashes of those drawn, sorted, as the roll does: whoever of them takes his key gets
    a voice of a second kind, and nothing tells which.
    """

    RETENTION = "As the consultation: proves how the sample was drawn; hashes of ids, nothing of a vote."

    consultation = models.OneToOneField(Consultation, on_delete=models.CASCADE, related_name="lot")
    size = models.PositiveSmallIntegerField()
    source = models.CharField(max_length=200, help_text="Which public draw will decide, and when.")
    secret = models.CharField(max_length=64, help_text="Public from the draw on.")
    commitment = models.CharField(max_length=64, help_text="SHA-256 of the secret, public at once.")
    announced_at = models.DateTimeField()
    announced_by = models.ForeignKey("people.Person", null=True, on_delete=models.SET_NULL, related_name="+")
    result = models.CharField(max_length=200, blank=True, help_text="What came out of the public draw.")
    members = models.PositiveIntegerField(default=0, help_text="Among how many it was drawn.")
    members_sha256 = models.CharField(max_length=64, blank=True, help_text="Of their hashes, sorted.")
    drawn = models.TextField(default="", help_text="Hashes, one per line, sorted.")
    drawn_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(drawn_at__isnull=True) | ~Q(result=""), name="debate_lot_drawn_by_a_result"
            ),
        ]

    def __str__(self) -> str:
        return self.commitment[:8]


class OpenRows(models.Model):
    """The rows of votes of those who agreed to publish theirs, as one map found them, and their own map."""

    RETENTION = "Votes that their voters agreed to publish: until one of them withdraws, or the next map."

    version = models.OneToOneField(
        MapVersion, primary_key=True, on_delete=models.CASCADE, related_name="open_rows"
    )
    numbers = models.JSONField(default=list, help_text="Statements that somebody voted on.")
    statements_sha256 = models.CharField(max_length=64, help_text="Their words and states, that moment.")
    votes = models.TextField(help_text="CSV")
    comments = models.TextField(help_text="CSV")
    document = models.TextField(help_text="The map of these rows: canonical JSON.")
    once_document = models.TextField(blank=True, help_text="With each set of linked voices as one, if any.")

    def __str__(self) -> str:
        return str(self.version_id)
