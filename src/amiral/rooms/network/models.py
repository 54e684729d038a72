"""Groups, who belongs to them, and what is said there."""

from datetime import datetime
from uuid import UUID, uuid4

from django.db import models
from django.db.models import F, Q

from amiral.kit.clock import now
from amiral.kit.ids import new_id
from amiral.rooms.network.contracts import (
    ADDRESS_MAX_CHARACTERS,
    ALT_MAX_CHARACTERS,
    CHOICE_MAX_CHARACTERS,
    COMMENT_MAX_CHARACTERS,
    CRITERION_MAX_CHARACTERS,
    EXCERPT_CHARACTERS,
    NAME_MAX_CHARACTERS,
    POST_MAX_CHARACTERS,
    PRIVATE_MAX_CHARACTERS,
    QUESTION_MAX_CHARACTERS,
    REASONS_MAX_CHARACTERS,
    SENTENCE_MAX_CHARACTERS,
    SUBJECT_MAX_CHARACTERS,
    AnswerState,
    AppealState,
    CertificationState,
    CertificationStepKind,
    CriterionKind,
    DeliveryState,
    GroupKind,
    MemberRole,
    NotificationKind,
    Openness,
    OutsideState,
    Reachable,
    ReactionKind,
    Source,
    Tell,
)
from amiral.rooms.outreach.contracts import Channel


class Group(models.Model):
    """A group of members; one per département from the start, local ones beside."""

    RETENTION = "Organisation, no person: kept."

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    kind = models.CharField(max_length=20, choices=[(k.value, k.value) for k in GroupKind])
    slug = models.SlugField(max_length=140, unique=True)
    name = models.CharField(max_length=NAME_MAX_CHARACTERS)
    presentation = models.TextField(blank=True, help_text="Markdown, public.")
    territory = models.ForeignKey("territory.Territory", on_delete=models.PROTECT, related_name="+")
    openness = models.CharField(
        max_length=12, choices=[(o.value, o.value) for o in Openness], default=Openness.OPEN
    )
    created_at = models.DateTimeField(default=now)

    class Meta:
        ordering = ["name", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["territory"],
                condition=Q(kind="departement"),
                name="network_one_per_departement",
            ),
            models.UniqueConstraint(fields=["territory", "name"], name="network_name_once_per_place"),
            models.CheckConstraint(condition=~Q(name=""), name="network_group_has_a_name"),
            models.CheckConstraint(
                condition=~Q(kind="departement") | Q(openness="open"), name="network_departement_is_open"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class MembershipQuerySet(models.QuerySet["Membership"]):
    """Filters that read like the sentence."""

    def active(self) -> "MembershipQuerySet":
        return self.filter(left_at=None)

    def of(self, person_id: UUID | None) -> "MembershipQuerySet":
        return self.filter(person_id=person_id) if person_id else self.none()

    def left_before(self, moment: datetime) -> "MembershipQuerySet":
        return self.filter(left_at__lt=moment)


class Membership(models.Model):
    """A person in a group, and why. The row stays when the person leaves, so that nobody puts him back."""

    RETENTION = "As long as the membership; erased with the person, or twelve months after leaving."

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    group = models.ForeignKey(Group, on_delete=models.CASCADE, related_name="memberships")
    person = models.ForeignKey("people.Person", on_delete=models.CASCADE, related_name="+")
    source = models.CharField(max_length=20, choices=[(s.value, s.value) for s in Source])
    role = models.CharField(
        max_length=10,
        choices=[(r.value, r.value) for r in MemberRole if r != MemberRole.LEADER],
        default=MemberRole.MEMBER,
    )
    joined_at = models.DateTimeField(default=now)
    left_at = models.DateTimeField(null=True)

    objects = MembershipQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["group", "person"], name="network_membership_once")]
        indexes = [
            models.Index(fields=["person", "left_at"]),
            models.Index(fields=["group", "left_at", "joined_at"]),
        ]

    def __str__(self) -> str:
        return f"{self.person_id} in {self.group_id}"


class Post(models.Model):
    """A message to a group."""

    RETENTION = "Until its author or a moderator removes it; the author's name is erased with the person."

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    group = models.ForeignKey(Group, on_delete=models.CASCADE, related_name="posts")
    author = models.ForeignKey("people.Person", null=True, on_delete=models.SET_NULL, related_name="+")
    body = models.TextField(max_length=POST_MAX_CHARACTERS, help_text="Markdown")
    created_at = models.DateTimeField(default=now)
    hidden_at = models.DateTimeField(null=True, help_text="When a moderator hid it.")
    html = models.TextField(blank=True, help_text="The body as safe HTML, made when it is written.")
    excerpt = models.CharField(
        max_length=EXCERPT_CHARACTERS, blank=True, help_text="Plain text; lists of a long post show it."
    )
    is_announcement = models.BooleanField(default=False, help_text="Said by who leads, for the group.")
    pinned_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-created_at", "-id"]
        indexes = [
            models.Index(fields=["group", "-created_at", "-id"]),
            models.Index(
                fields=["group", "-pinned_at"],
                condition=Q(pinned_at__isnull=False),
                name="network_pinned",
            ),
        ]
        constraints = [models.CheckConstraint(condition=~Q(body=""), name="network_post_says_something")]

    def __str__(self) -> str:
        return str(self.pk)


class Comment(models.Model):
    """An answer under a post."""

    RETENTION = "As the post it answers."

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    post = models.ForeignKey(Post, on_delete=models.CASCADE, related_name="comments")
    author = models.ForeignKey("people.Person", null=True, on_delete=models.SET_NULL, related_name="+")
    body = models.TextField(max_length=COMMENT_MAX_CHARACTERS, help_text="Markdown")
    created_at = models.DateTimeField(default=now)
    hidden_at = models.DateTimeField(null=True, help_text="When a moderator hid it.")
    html = models.TextField(blank=True, help_text="The body as safe HTML, made when it is written.")

    class Meta:
        ordering = ["created_at", "id"]
        indexes = [models.Index(fields=["post", "created_at", "id"])]
        constraints = [models.CheckConstraint(condition=~Q(body=""), name="network_comment_says_something")]

    def __str__(self) -> str:
        return str(self.pk)


class Mention(models.Model):
    """A member named in a post or in a comment; ``handle`` is what the author typed."""

    RETENTION = "As the words it stands in; erased with the person who is named."

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    post = models.ForeignKey(Post, on_delete=models.CASCADE, related_name="mentions")
    comment = models.ForeignKey(Comment, null=True, on_delete=models.CASCADE, related_name="mentions")
    person = models.ForeignKey("people.Person", on_delete=models.CASCADE, related_name="+")
    handle = models.CharField(max_length=NAME_MAX_CHARACTERS)
    created_at = models.DateTimeField(default=now)

    class Meta:
        indexes = [models.Index(fields=["person", "-created_at", "-id"])]

    def __str__(self) -> str:
        return str(self.pk)


class Notification(models.Model):
    """Something that a person is told: by a letter at once, in the letter of the day, or on the page only.

    What this room itself tells is put in words when it is read, from ``actor`` and what it points to;
    ``subject`` is for what other rooms tell.
    """

    RETENTION = "Ninety days: read, or too old to matter."

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    person = models.ForeignKey("people.Person", on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=20, choices=[(k.value, k.value) for k in NotificationKind])
    actor = models.ForeignKey("people.Person", null=True, on_delete=models.CASCADE, related_name="+")
    post = models.ForeignKey(Post, null=True, on_delete=models.CASCADE, related_name="+")
    comment = models.ForeignKey(Comment, null=True, on_delete=models.CASCADE, related_name="+")
    conversation = models.ForeignKey("Conversation", null=True, on_delete=models.CASCADE, related_name="+")
    subject = models.CharField(max_length=SUBJECT_MAX_CHARACTERS, blank=True)
    url = models.CharField(max_length=300)
    tell = models.CharField(max_length=15, choices=[(t.value, t.value) for t in Tell])
    created_at = models.DateTimeField(default=now)
    told_at = models.DateTimeField(null=True, help_text="When a letter was written about it.")
    read_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-created_at", "-id"]
        indexes = [
            models.Index(fields=["person", "-created_at", "-id"]),
            models.Index(
                fields=["created_at", "person"],
                condition=Q(tell=Tell.DAILY, told_at=None),
                name="network_to_tell",
            ),
            models.Index(
                fields=["created_at"],
                condition=Q(tell=Tell.AT_ONCE, told_at=None, read_at=None),
                name="network_to_tell_at_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"


class NotificationChoice(models.Model):
    """How a person wants to be told of one kind of news, where he changed the default."""

    RETENTION = "As long as the person stays; erased with him."

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    person = models.ForeignKey("people.Person", on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=20, choices=[(k.value, k.value) for k in NotificationKind])
    tell = models.CharField(max_length=15, choices=[(t.value, t.value) for t in Tell])
    way = models.CharField(
        max_length=10, default=Channel.EMAIL.value, help_text="By which channel what is told at once."
    )

    class Meta:
        constraints = [models.UniqueConstraint(fields=["person", "kind"], name="network_one_choice_per_kind")]
        indexes = [models.Index(fields=["kind", "tell", "person"])]

    def __str__(self) -> str:
        return f"{self.kind}: {self.tell}"


class Picture(models.Model):
    """A picture under a post, written anew from its pixels in two sizes; no place, date or camera is left."""

    RETENTION = "As the post it belongs to."

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    post = models.ForeignKey(Post, on_delete=models.CASCADE, related_name="pictures")
    position = models.PositiveSmallIntegerField()
    alt = models.CharField(max_length=ALT_MAX_CHARACTERS, help_text="What it shows, for who does not see it.")
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["post", "position"], name="network_one_picture_per_place"),
            models.CheckConstraint(condition=~Q(alt=""), name="network_picture_has_words"),
        ]

    def __str__(self) -> str:
        return str(self.pk)


class PictureFile(models.Model):
    """The bytes of a picture, apart, so that no list reads them."""

    RETENTION = "As the picture."

    picture = models.OneToOneField(Picture, primary_key=True, on_delete=models.CASCADE, related_name="file")
    large = models.BinaryField()
    small = models.BinaryField()

    def __str__(self) -> str:
        return str(self.pk)


class Poll(models.Model):
    """A question to a group under a post. The ballot is secret: who voted and what was voted are never
    written together."""

    RETENTION = "As the post it belongs to."

    post = models.OneToOneField(Post, primary_key=True, on_delete=models.CASCADE, related_name="poll")
    question = models.CharField(max_length=QUESTION_MAX_CHARACTERS)
    is_multiple = models.BooleanField(default=False)
    closes_at = models.DateTimeField()
    voters = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return str(self.pk)


class PollChoice(models.Model):
    """One answer of a poll and how many chose it."""

    RETENTION = "As the poll."

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    poll = models.ForeignKey(Poll, on_delete=models.CASCADE, related_name="choices")
    position = models.PositiveSmallIntegerField()
    label = models.CharField(max_length=CHOICE_MAX_CHARACTERS)
    votes = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["poll", "position"], name="network_one_choice_per_place")
        ]

    def __str__(self) -> str:
        return str(self.pk)


class PollVoter(models.Model):
    """That a person has voted, so that nobody votes twice; never what."""

    RETENTION = "As the poll; erased with the person, whose vote stays counted."

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    poll = models.ForeignKey(Poll, on_delete=models.CASCADE, related_name="+")
    person = models.ForeignKey("people.Person", on_delete=models.CASCADE, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["poll", "person"], name="network_one_vote_each")]

    def __str__(self) -> str:
        return str(self.pk)


class Block(models.Model):
    """``blocker`` and ``blocked`` no longer read each other; nobody is told."""

    RETENTION = "Until it is lifted; erased with either person."

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    blocker = models.ForeignKey("people.Person", on_delete=models.CASCADE, related_name="+")
    blocked = models.ForeignKey("people.Person", on_delete=models.CASCADE, related_name="+")
    created_at = models.DateTimeField(default=now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["blocker", "blocked"], name="network_block_once"),
            models.CheckConstraint(condition=~Q(blocker=F("blocked")), name="network_nobody_blocks_himself"),
        ]

    def __str__(self) -> str:
        return str(self.pk)


class Reach(models.Model):
    """Who may write a first message to a person, where he changed the default."""

    RETENTION = "As long as the person stays; erased with him."

    person = models.OneToOneField(
        "people.Person", primary_key=True, on_delete=models.CASCADE, related_name="+"
    )
    reachable = models.CharField(max_length=10, choices=[(r.value, r.value) for r in Reachable])

    def __str__(self) -> str:
        return self.reachable


class Conversation(models.Model):
    """Messages between two members, or of a whole group (``group``)."""

    RETENTION = "Twelve months after its last message."

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    group = models.OneToOneField(Group, null=True, on_delete=models.CASCADE, related_name="+")
    pair = models.CharField(
        max_length=65, blank=True, help_text="Both ids in order, so that two have one only."
    )
    created_at = models.DateTimeField(default=now)
    last_at = models.DateTimeField(default=now)
    answered_at = models.DateTimeField(null=True, help_text="When the one who was written to answered.")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["pair"], condition=~Q(pair=""), name="network_one_per_pair")
        ]

    def __str__(self) -> str:
        return str(self.pk)


class Participant(models.Model):
    """A person in a conversation and how far he has read."""

    RETENTION = "As the conversation; erased with the person."

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="participants")
    person = models.ForeignKey("people.Person", on_delete=models.CASCADE, related_name="+")
    read_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["conversation", "person"], name="network_participant_once")
        ]

    def __str__(self) -> str:
        return str(self.pk)


class PrivateMessage(models.Model):
    """One message of a conversation."""

    RETENTION = "Twelve months; at once when its author deletes it or is erased."

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="messages")
    author = models.ForeignKey("people.Person", null=True, on_delete=models.CASCADE, related_name="+")
    body = models.TextField(max_length=PRIVATE_MAX_CHARACTERS, help_text="Markdown")
    html = models.TextField(blank=True, help_text="The body as safe HTML, made when it is written.")
    created_at = models.DateTimeField(default=now)
    hidden_at = models.DateTimeField(null=True, help_text="When a moderator hid it.")
    withheld = models.BooleanField(
        default=False, help_text="Written across a block: its author alone sees it."
    )

    class Meta:
        ordering = ["created_at", "id"]
        indexes = [models.Index(fields=["conversation", "created_at", "id"])]
        constraints = [models.CheckConstraint(condition=~Q(body=""), name="network_message_says_something")]

    def __str__(self) -> str:
        return str(self.pk)


class SearchEntry(models.Model):
    """A post or a comment in the search; the words themselves lie in the engine's own index."""

    RETENTION = "As the words it finds."

    id = models.BigAutoField(primary_key=True)
    post = models.ForeignKey(Post, on_delete=models.CASCADE, related_name="+")
    comment = models.ForeignKey(Comment, null=True, on_delete=models.CASCADE, related_name="+")

    def __str__(self) -> str:
        return str(self.pk)


class JoinRequest(models.Model):
    """Somebody asks to enter a moderated group; asking again writes the same row anew."""

    RETENTION = "Twelve months after it was asked; erased with the person."

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    group = models.ForeignKey(Group, on_delete=models.CASCADE, related_name="+")
    person = models.ForeignKey("people.Person", on_delete=models.CASCADE, related_name="+")
    asked_at = models.DateTimeField(default=now)
    state = models.CharField(
        max_length=10, choices=[(s.value, s.value) for s in AnswerState], default=AnswerState.OPEN
    )
    answer = models.CharField(max_length=SENTENCE_MAX_CHARACTERS, blank=True)
    answered_at = models.DateTimeField(null=True)
    answered_by = models.ForeignKey("people.Person", null=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["group", "person"], name="network_one_request")]
        indexes = [models.Index(fields=["group", "state", "asked_at"])]

    def __str__(self) -> str:
        return f"{self.person_id} asks {self.group_id}"


class Invitation(models.Model):
    """A member is asked into a group; one per person and group, so that nobody is asked twice."""

    RETENTION = "Twelve months after it was made; erased with the person."

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    group = models.ForeignKey(Group, on_delete=models.CASCADE, related_name="+")
    person = models.ForeignKey("people.Person", on_delete=models.CASCADE, related_name="+")
    invited_by = models.ForeignKey("people.Person", null=True, on_delete=models.SET_NULL, related_name="+")
    invited_at = models.DateTimeField(default=now)
    state = models.CharField(
        max_length=10, choices=[(s.value, s.value) for s in AnswerState], default=AnswerState.OPEN
    )
    answered_at = models.DateTimeField(null=True)
    by_address = models.BooleanField(
        default=False, help_text="The inviter typed an address: no list may tell him that it has an account."
    )

    class Meta:
        constraints = [models.UniqueConstraint(fields=["group", "person"], name="network_one_invitation")]
        indexes = [models.Index(fields=["person", "state"])]

    def __str__(self) -> str:
        return f"{self.person_id} into {self.group_id}"


class Transfer(models.Model):
    """A member was moved from one group to another: by whom, when, why, and whether he took it back."""

    RETENTION = "Twelve months; erased with the person who was moved."

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    person = models.ForeignKey("people.Person", on_delete=models.CASCADE, related_name="+")
    origin = models.ForeignKey(Group, on_delete=models.CASCADE, related_name="+")
    target = models.ForeignKey(Group, on_delete=models.CASCADE, related_name="+")
    moved_by = models.ForeignKey("people.Person", null=True, on_delete=models.SET_NULL, related_name="+")
    reason = models.CharField(max_length=SENTENCE_MAX_CHARACTERS)
    source = models.CharField(
        max_length=20, choices=[(s.value, s.value) for s in Source], help_text="Why he was in the origin."
    )
    moved_at = models.DateTimeField(default=now)
    undone_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-moved_at", "-id"]
        constraints = [
            models.CheckConstraint(condition=~Q(origin=F("target")), name="network_transfer_moves"),
            models.CheckConstraint(condition=~Q(reason=""), name="network_transfer_says_why"),
        ]
        indexes = [models.Index(fields=["person", "-moved_at"])]

    def __str__(self) -> str:
        return f"{self.person_id}: {self.origin_id} to {self.target_id}"


class GroupRule(models.Model):
    """The members of a group are computed from a line of the register of targeting, until ``ends_on``."""

    RETENTION = "Until the rule is lifted or ends; who set it is emptied with the person."

    group = models.OneToOneField(Group, primary_key=True, on_delete=models.CASCADE, related_name="+")
    use_id = models.UUIDField(help_text="The line of the register: outreach.SegmentUse.")
    because = models.CharField(max_length=SENTENCE_MAX_CHARACTERS, help_text="What its members read.")
    ends_on = models.DateField()
    set_by = models.ForeignKey("people.Person", null=True, on_delete=models.SET_NULL, related_name="+")
    set_at = models.DateTimeField(default=now)
    ran_at = models.DateTimeField(null=True, help_text="When the members were computed last.")

    class Meta:
        indexes = [models.Index(fields=["ran_at"])]

    def __str__(self) -> str:
        return str(self.pk)


class CertificationCriterion(models.Model):
    """One written criterion of certification. It is never changed: it is retired, and another one written."""

    RETENTION = "What the campaign wrote, no person: kept, so that past decisions can be read."

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    kind = models.CharField(max_length=12, choices=[(k.value, k.value) for k in CriterionKind])
    least = models.PositiveIntegerField(default=0, help_text="How many; days for the age of a group.")
    within_months = models.PositiveSmallIntegerField(default=0, help_text="In how many months, if it counts.")
    text_fr = models.CharField(max_length=CRITERION_MAX_CHARACTERS)
    text_en = models.CharField(max_length=CRITERION_MAX_CHARACTERS)
    written_at = models.DateTimeField(default=now)
    retired_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["written_at", "id"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(text_fr="") & ~Q(text_en=""), name="network_criterion_says_itself"
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.least}"


class Certification(models.Model):
    """Where a group stands: asked by who leads it, decided by who holds its territory, checked every day."""

    RETENTION = "As long as the group; who asked and who decided are emptied with the person."

    group = models.OneToOneField(Group, primary_key=True, on_delete=models.CASCADE, related_name="+")
    state = models.CharField(max_length=10, choices=[(s.value, s.value) for s in CertificationState])
    asked_at = models.DateTimeField()
    asked_by = models.ForeignKey("people.Person", null=True, on_delete=models.SET_NULL, related_name="+")
    decided_at = models.DateTimeField(null=True)
    decided_by = models.ForeignKey("people.Person", null=True, on_delete=models.SET_NULL, related_name="+")
    met = models.JSONField(default=list, help_text="Ids of the criteria met when it was granted.")
    warned_at = models.DateTimeField(null=True, help_text="Since when a computed criterion is not met.")

    class Meta:
        indexes = [models.Index(fields=["state", "asked_at"])]

    def __str__(self) -> str:
        return f"{self.pk} {self.state}"


class CertificationStep(models.Model):
    """The trace: who did what when, for which reasons, about which criteria. Nobody: the daily check."""

    RETENTION = "As long as the group; who acted is emptied with the person."

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    group = models.ForeignKey(Group, on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=10, choices=[(k.value, k.value) for k in CertificationStepKind])
    by = models.ForeignKey("people.Person", null=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField(default=now)
    reasons = models.CharField(max_length=REASONS_MAX_CHARACTERS, blank=True)
    criteria = models.JSONField(default=list, help_text="Ids: met when granted, missing otherwise.")

    class Meta:
        ordering = ["-at", "-id"]
        indexes = [models.Index(fields=["group", "-at"])]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"


class Exclusion(models.Model):
    """Who may not come back into a group by himself, why, and what came of his appeal.

    One per person and group: excluding again writes the row anew; the log keeps the one before.
    """

    RETENTION = "As long as it holds, then twelve months; erased with the person."

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    group = models.ForeignKey(Group, on_delete=models.CASCADE, related_name="+")
    person = models.ForeignKey("people.Person", on_delete=models.CASCADE, related_name="+")
    reason = models.CharField(max_length=REASONS_MAX_CHARACTERS)
    excluded_by = models.ForeignKey("people.Person", null=True, on_delete=models.SET_NULL, related_name="+")
    excluded_at = models.DateTimeField(default=now)
    lifted_at = models.DateTimeField(null=True)
    appeal = models.CharField(
        max_length=8, choices=[(s.value, s.value) for s in AppealState], default=AppealState.NONE
    )
    appeal_words = models.CharField(max_length=REASONS_MAX_CHARACTERS, blank=True)
    answer = models.CharField(max_length=REASONS_MAX_CHARACTERS, blank=True)
    answered_by = models.ForeignKey("people.Person", null=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        ordering = ["-excluded_at", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["group", "person"], name="network_one_exclusion"),
            models.CheckConstraint(condition=~Q(reason=""), name="network_exclusion_says_why"),
        ]
        indexes = [models.Index(fields=["person", "lifted_at"])]

    def __str__(self) -> str:
        return str(self.pk)


class LocalActor(models.Model):
    """What can be followed from other networks: a group whose leaders chose so, or the campaign itself."""

    RETENTION = "Organisation, no person: kept, so that its address is never given to somebody else."

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    group = models.OneToOneField(
        Group, null=True, on_delete=models.CASCADE, related_name="+", help_text="Empty: the campaign."
    )
    handle = models.SlugField(max_length=150, unique=True)
    opened_at = models.DateTimeField(null=True, help_text="Empty: it cannot be followed.")
    key_number = models.PositiveIntegerField(default=1)
    key_since = models.DateTimeField(default=now)
    private_key = models.TextField(help_text="PEM, sealed with the server's secret key.")
    public_key = models.TextField(help_text="PEM")
    former_key = models.TextField(blank=True, help_text="The private key before the last change, sealed.")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                models.Value(1), condition=Q(group__isnull=True), name="network_one_campaign_actor"
            )
        ]

    def __str__(self) -> str:
        return self.handle


class RemoteActor(models.Model):
    """Somebody on another server who wrote to us or follows a group: what his server says of him."""

    RETENTION = (
        "While the account follows, or words of it are kept; else thirty days. At once when it is deleted."
    )

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    url = models.CharField(max_length=ADDRESS_MAX_CHARACTERS, unique=True)
    domain = models.CharField(max_length=255)
    handle = models.CharField(max_length=300, help_text="name@domain")
    inbox = models.CharField(max_length=ADDRESS_MAX_CHARACTERS)
    shared_inbox = models.CharField(max_length=ADDRESS_MAX_CHARACTERS, blank=True)
    key_id = models.CharField(max_length=ADDRESS_MAX_CHARACTERS)
    public_key = models.TextField(help_text="PEM")
    knows_rfc9421 = models.BooleanField(default=False, help_text="It signed to us so, or asked for it.")
    fetched_at = models.DateTimeField(default=now)
    blocked_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["domain"]), models.Index(fields=["key_id"])]

    def __str__(self) -> str:
        return self.handle


class RemoteDomain(models.Model):
    """Another server: whether it is blocked, since when it takes nothing."""

    RETENTION = "Organisation, no person: while it is blocked or takes nothing, else thirty days."

    domain = models.CharField(primary_key=True, max_length=255)
    blocked_at = models.DateTimeField(null=True)
    reason = models.CharField(max_length=SENTENCE_MAX_CHARACTERS, blank=True)
    failing_since = models.DateTimeField(null=True)
    last_answer = models.CharField(max_length=200, blank=True)
    knows_rfc9421 = models.BooleanField(default=False, help_text="An answer asked for it (Accept-Signature).")
    seen_at = models.DateTimeField(default=now)

    def __str__(self) -> str:
        return self.domain


class Follower(models.Model):
    """An account elsewhere follows a group. Who follows is a political opinion: only the number is shown."""

    RETENTION = "Until it stops following, its server is gone for two weeks, or the group closes."

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    actor = models.ForeignKey(LocalActor, on_delete=models.CASCADE, related_name="followers")
    remote = models.ForeignKey(RemoteActor, on_delete=models.CASCADE, related_name="follows")
    follow_url = models.CharField(max_length=ADDRESS_MAX_CHARACTERS)
    since = models.DateTimeField(default=now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["actor", "remote"], name="network_follows_once")]

    def __str__(self) -> str:
        return str(self.pk)


class PublicNote(models.Model):
    """A public announcement of a group or of the campaign, or an answer to words from elsewhere.

    Its own copy of the words, said for the group: no author. Empty ``html``: it was withdrawn.
    """

    RETENTION = "Until it is withdrawn, with its post or its author; then only that it was."

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    actor = models.ForeignKey(LocalActor, on_delete=models.CASCADE, related_name="notes")
    post = models.OneToOneField(Post, null=True, on_delete=models.SET_NULL, related_name="+")
    answers = models.ForeignKey(
        "RemoteReply",
        null=True,
        on_delete=models.SET_NULL,
        related_name="given",
        help_text="What it answers.",
    )
    body = models.TextField(blank=True, help_text="Markdown")
    html = models.TextField(blank=True)
    other_body = models.TextField(blank=True, help_text="The same in the other language.")
    other_html = models.TextField(blank=True)
    language = models.CharField(max_length=2, default="fr")
    only_to = models.CharField(
        max_length=ADDRESS_MAX_CHARACTERS, blank=True, help_text="An answer to words that were not public."
    )
    created_at = models.DateTimeField(default=now)
    published_at = models.DateTimeField(null=True, help_text="Empty: it waits for the end of a silence.")
    updated_at = models.DateTimeField(null=True)
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["actor", "-published_at", "-id"]),
            models.Index(
                fields=["created_at"],
                condition=Q(published_at__isnull=True, withdrawn_at__isnull=True),
                name="network_note_waits",
            ),
        ]

    def __str__(self) -> str:
        return str(self.pk)


class RemoteReply(models.Model):
    """Words from another network under a public announcement, or to a group. Nobody sees them before a
    leader decided so."""

    RETENTION = (
        "Refused: thirty days; waiting: six months; shown: as the announcement. At once when deleted there."
    )

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    actor = models.ForeignKey(LocalActor, on_delete=models.CASCADE, related_name="replies")
    remote = models.ForeignKey(RemoteActor, on_delete=models.CASCADE, related_name="said")
    note = models.ForeignKey(PublicNote, null=True, on_delete=models.CASCADE, related_name="replies")
    url = models.CharField(max_length=ADDRESS_MAX_CHARACTERS, unique=True)
    html = models.TextField(help_text="Cleaned: no picture, script or style.")
    is_public = models.BooleanField(default=True, help_text="Else it was written to us only.")
    state = models.CharField(
        max_length=10, choices=[(s.value, s.value) for s in OutsideState], default=OutsideState.WAITING
    )
    received_at = models.DateTimeField(default=now)
    decided_at = models.DateTimeField(null=True)
    passed_on = models.BooleanField(default=False, help_text="Sent on to those who follow the group.")

    class Meta:
        indexes = [
            models.Index(fields=["state", "-received_at", "-id"]),
            models.Index(fields=["note", "state", "received_at"]),
        ]

    def __str__(self) -> str:
        return str(self.pk)


class RemoteReaction(models.Model):
    """A like or a share from elsewhere: counted once, by a keyed hash that names nobody."""

    RETENTION = "As the announcement."

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    note = models.ForeignKey(PublicNote, on_delete=models.CASCADE, related_name="reactions")
    kind = models.CharField(max_length=10, choices=[(k.value, k.value) for k in ReactionKind])
    who = models.CharField(max_length=64)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["note", "kind", "who"], name="network_reacts_once")]

    def __str__(self) -> str:
        return str(self.pk)


class InboxSeen(models.Model):
    """That a signature or an activity came in already, as a digest, so that it does nothing a second time."""

    RETENTION = "Ninety days; a signature is too old after an hour."

    digest = models.CharField(primary_key=True, max_length=64)
    at = models.DateTimeField(default=now)

    class Meta:
        indexes = [models.Index(fields=["at"])]

    def __str__(self) -> str:
        return self.digest


class OutActivity(models.Model):
    """What leaves for other servers, as it is signed."""

    RETENTION = "Ninety days after it was made."

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    actor = models.ForeignKey(LocalActor, on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=20)
    note = models.ForeignKey(PublicNote, null=True, on_delete=models.CASCADE, related_name="+")
    body = models.TextField(help_text="JSON")
    is_publication = models.BooleanField(default=False, help_text="Waits while an electoral silence lasts.")
    with_former_key = models.BooleanField(default=False, help_text="Tells of a new key, signed with the old.")
    created_at = models.DateTimeField(default=now)

    class Meta:
        indexes = [models.Index(fields=["created_at"])]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"


class Delivery(models.Model):
    """One activity for one inbox: attempts, and what was answered."""

    RETENTION = "As the activity."

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    activity = models.ForeignKey(OutActivity, on_delete=models.CASCADE, related_name="deliveries")
    inbox = models.CharField(max_length=ADDRESS_MAX_CHARACTERS)
    domain = models.CharField(max_length=255)
    state = models.CharField(
        max_length=10, choices=[(s.value, s.value) for s in DeliveryState], default=DeliveryState.WAITING
    )
    attempts = models.PositiveSmallIntegerField(default=0)
    due_at = models.DateTimeField(default=now)
    answer = models.CharField(max_length=200, blank=True, help_text="What was answered last.")
    scheme = models.CharField(max_length=10, blank=True, help_text="How what was accepted was signed.")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["activity", "inbox"], name="network_delivered_once")]
        indexes = [models.Index(fields=["domain", "state"])]

    def __str__(self) -> str:
        return str(self.pk)
