"""The outbox, and the letters of the demonstration."""

from django.db import models

from amiral.kit.clock import now
from amiral.kit.ids import new_id


class Message(models.Model):
    """One message to one person. Whether it may leave is decided when it leaves, not when it is written."""

    RETENTION = (
        "Thirty days after sending or refusal: proof of what was sent; bodies are emptied at once when sent."
    )

    class State(models.TextChoices):
        QUEUED = "queued"
        SENT = "sent"
        HELD = "held"
        FAILED = "failed"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    person = models.ForeignKey("people.Person", null=True, on_delete=models.CASCADE, related_name="+")
    to_address = models.EmailField(
        blank=True, help_text="Empty: the channel finds it by the person. A number while it is being shown."
    )
    channel = models.CharField(max_length=10, default="email", help_text="email, push or sms.")
    purpose = models.CharField(
        max_length=20, help_text="A consent purpose, or 'service' for what the person asked for."
    )
    conduct = models.CharField(
        max_length=20, blank=True, help_text="See cores.silence.Conduct; empty: as the purpose says."
    )
    territory_ids = models.JSONField(default=list, help_text="Whom it speaks to; empty: where the person is.")
    still = models.CharField(max_length=80, blank=True, help_text="'<kind>:<uuid>': asked when it leaves.")
    counted = models.BooleanField(default=False, help_text="Whether it counts for the weekly cap.")
    urgent = models.BooleanField(
        default=False, help_text="Somebody sits in front of a page and waits for it."
    )
    link = models.CharField(max_length=300, blank=True, help_text="Where a notification leads: a path here.")
    sender = models.ForeignKey("people.Person", null=True, on_delete=models.SET_NULL, related_name="+")
    scope_id = models.UUIDField(null=True, db_index=True, help_text="The group in whose name it is sent.")
    subject = models.CharField(max_length=200)
    body = models.TextField()
    html = models.TextField(blank=True)
    headers = models.JSONField(default=dict)
    attachment_name = models.CharField(max_length=80, blank=True)
    attachment_type = models.CharField(max_length=80, blank=True)
    attachment_text = models.TextField(blank=True)
    state = models.CharField(max_length=10, choices=State, default=State.QUEUED, db_index=True)
    reason = models.CharField(max_length=200, blank=True, help_text="Why it was held or failed.")
    attempts = models.PositiveSmallIntegerField(default=0)
    idempotency_key = models.CharField(max_length=120, unique=True)
    created_at = models.DateTimeField(default=now)
    not_before = models.DateTimeField(default=now)
    lease_until = models.DateTimeField(null=True)
    sent_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["person", "sent_at"], name="outreach_message_week")]

    def __str__(self) -> str:
        return f"{self.purpose} {self.state}"


class DemonstrationLetter(models.Model):
    """A letter that the demonstration shows on its mailbox page instead of sending it."""

    RETENTION = "Demonstration only: fictional persons; the newest five hundred are kept."

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    to_address = models.CharField(max_length=254)
    channel = models.CharField(max_length=10, default="email", help_text="email, push or sms.")
    subject = models.CharField(max_length=200)
    body = models.TextField()
    at = models.DateTimeField(default=now)

    class Meta:
        ordering = ["-at", "-id"]

    def __str__(self) -> str:
        return self.subject


class PersonChange(models.Model):
    """That something changed which segments count by. Written by triggers, in the change's transaction."""

    RETENTION = "Two days: ids only, so that every process that counts segments follows the changes."

    what = models.CharField(max_length=20, help_text="person, or another kind of key; see outreach.changes.")
    key = models.CharField(max_length=40, blank=True)
    xid = models.BigIntegerField(default=0, help_text="PostgreSQL: the transaction; ids alone are no order.")

    class Meta:
        indexes = [models.Index(fields=["xid"])]

    def __str__(self) -> str:
        return f"{self.what} {self.key}"


class Segment(models.Model):
    """A boolean of criteria over the persons of a territory. Who meets it is counted, never kept."""

    RETENTION = "Criteria, no person but its author: as long as the campaign."

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    name = models.CharField(max_length=120)
    owner = models.ForeignKey("people.Person", null=True, on_delete=models.SET_NULL, related_name="+")
    territory = models.ForeignKey("territory.Territory", on_delete=models.PROTECT, related_name="+")
    expression = models.JSONField(help_text="The tree of criteria; see outreach.contracts.")
    version = models.PositiveIntegerField(default=1, help_text="Grows with each change of the criteria.")
    created_at = models.DateTimeField(default=now)
    changed_at = models.DateTimeField(default=now)

    class Meta:
        ordering = ["name", "id"]
        constraints = [models.CheckConstraint(condition=~models.Q(name=""), name="outreach_segment_named")]

    def __str__(self) -> str:
        return self.name


class SegmentUse(models.Model):
    """A line of the register of targeting: who used which criteria, why, when, over how many persons."""

    RETENTION = (
        "Seven years: the register that Regulation (EU) 2024/900 asks for; speaks of nobody but who used it."
    )

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    segment = models.ForeignKey(Segment, null=True, on_delete=models.SET_NULL, related_name="uses")
    segment_name = models.CharField(max_length=120)
    segment_version = models.PositiveIntegerField()
    territory = models.ForeignKey("territory.Territory", on_delete=models.PROTECT, related_name="+")
    used_by = models.ForeignKey("people.Person", null=True, on_delete=models.SET_NULL, related_name="+")
    used_at = models.DateTimeField(default=now)
    why = models.CharField(max_length=300)
    purpose = models.CharField(max_length=20)
    channel = models.CharField(max_length=10, help_text="email or sms.")
    starts_on = models.DateField()
    ends_on = models.DateField()
    cost_cents = models.PositiveIntegerField(null=True)
    expression = models.JSONField(help_text="The criteria as they were.")
    criteria = models.TextField(help_text="The same in words, in French.")
    found = models.PositiveIntegerField()
    reachable = models.PositiveIntegerField()

    class Meta:
        ordering = ["-used_at", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(ends_on__gte=models.F("starts_on")), name="outreach_use_period"
            )
        ]

    def __str__(self) -> str:
        return f"{self.segment_name} {self.used_at:%Y-%m-%d}"


class Ballot(models.Model):
    """A vote of the public, in one or two rounds, entered by an administrator. Its results are elsewhere."""

    RETENTION = "A public fact, no person: as long as the campaign."

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    name = models.CharField(max_length=120, unique=True)
    kind = models.CharField(max_length=20, help_text="See contracts.BallotKind.")
    national = models.BooleanField(help_text="Some lands overseas vote on Saturday.")
    created_at = models.DateTimeField(default=now)

    def __str__(self) -> str:
        return self.name


class BallotRound(models.Model):
    """One round. ``quiet_from`` and ``quiet_until`` hold all its silences: written with its polls."""

    RETENTION = "A public fact, no person: as long as the campaign."

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    ballot = models.ForeignKey(Ballot, on_delete=models.CASCADE, related_name="rounds")
    number = models.PositiveSmallIntegerField()
    sunday = models.DateField(help_text="The day of the round in metropolitan France.")
    quiet_from = models.DateTimeField(help_text="Midnight before the first eve, anywhere.")
    quiet_until = models.DateTimeField(db_index=True, help_text="The close of the last station, anywhere.")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["ballot", "number"], name="outreach_round_once"),
            models.CheckConstraint(
                condition=models.Q(quiet_until__gt=models.F("quiet_from")), name="outreach_round_lasts"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.ballot_id} {self.number}"


class BallotPoll(models.Model):
    """The vote of a round in one territory on one clock: its day there, and when its last station closes."""

    RETENTION = "A public fact, no person: as long as the campaign."

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    round = models.ForeignKey(BallotRound, on_delete=models.CASCADE, related_name="polls")
    territory = models.ForeignKey("territory.Territory", on_delete=models.PROTECT, related_name="+")
    zone = models.CharField(max_length=40, help_text="A name of the IANA time zone database.")
    day = models.DateField()
    closes = models.TimeField(help_text="On the clock of the place.")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["round", "territory", "zone"], name="outreach_poll_once")
        ]

    def __str__(self) -> str:
        return f"{self.territory_id} {self.day}"


class Mailing(models.Model):
    """One text in French and in English to the persons of a segment; see ``contracts.MAILING_TRANSITIONS``.

    Letters are rendered when they leave; none is kept.
    """

    RETENTION = "What was said to whom by which criteria, no recipient: as long as the campaign."

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    code = models.CharField(
        max_length=12, unique=True, help_text="In links to this site, the same for everybody."
    )
    name = models.CharField(max_length=120, help_text="How it stands in the list.")
    owner = models.ForeignKey("people.Person", null=True, on_delete=models.SET_NULL, related_name="+")
    territory = models.ForeignKey("territory.Territory", on_delete=models.PROTECT, related_name="+")
    segment = models.ForeignKey(Segment, null=True, on_delete=models.SET_NULL, related_name="+")
    use = models.ForeignKey(
        SegmentUse,
        null=True,
        on_delete=models.SET_NULL,
        related_name="+",
        help_text="Its line of the register.",
    )
    purpose = models.CharField(max_length=20)
    channel = models.CharField(max_length=10, default="email", help_text="email or sms.")
    sender_name = models.CharField(max_length=80)
    subject_fr = models.CharField(max_length=200, blank=True)
    body_fr = models.TextField(blank=True)
    subject_en = models.CharField(max_length=200, blank=True)
    body_en = models.TextField(blank=True)
    state = models.CharField(max_length=10, default="draft", db_index=True)
    version = models.PositiveIntegerField(default=1, help_text="Grows with each change of what is typed.")
    per_minute = models.PositiveIntegerField(default=0, help_text="Letters a minute at most; 0: no limit.")
    paced_until = models.DateTimeField(null=True, help_text="Before then no further letter is taken.")
    scheduled_for = models.DateTimeField(null=True)
    started_at = models.DateTimeField(null=True)
    filled_at = models.DateTimeField(null=True, help_text="When all its recipients were written down.")
    ended_at = models.DateTimeField(null=True)
    trouble = models.CharField(max_length=80, blank=True, help_text="What the mail server last refused.")
    trouble_count = models.PositiveIntegerField(default=0, help_text="How often in a row.")
    created_at = models.DateTimeField(default=now)
    changed_at = models.DateTimeField(default=now)

    class Meta:
        ordering = ["-created_at", "-id"]
        constraints = [models.CheckConstraint(condition=~models.Q(name=""), name="outreach_mailing_named")]

    def __str__(self) -> str:
        return f"{self.name} {self.state}"


class MailingRecipient(models.Model):
    """That somebody is to be written to by a mailing. Its id is its letter's Message-ID: a repeat shows."""

    RETENTION = "Thirty days after the mailing's end, to recognise what comes back; then figures remain."

    id = models.UUIDField(primary_key=True, editable=False, help_text="Made of the mailing and the person.")
    mailing = models.ForeignKey(Mailing, on_delete=models.CASCADE, related_name="recipients")
    person = models.ForeignKey("people.Person", on_delete=models.CASCADE, related_name="+")
    state = models.CharField(max_length=10, default="waiting")
    reason = models.CharField(max_length=60, blank=True, help_text="Why it waits, was held or failed.")
    attempts = models.PositiveSmallIntegerField(default=0)
    not_before = models.DateTimeField(default=now)
    lease_until = models.DateTimeField(null=True)
    lease_owner = models.CharField(max_length=60, blank=True)
    sent_at = models.DateTimeField(null=True)
    bounced_at = models.DateTimeField(null=True)
    complained_at = models.DateTimeField(null=True)
    unsubscribed_at = models.DateTimeField(null=True)
    replied_at = models.DateTimeField(null=True)
    signed_up_at = models.DateTimeField(null=True, help_text="By a link of the letter.")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["mailing", "person"], name="outreach_recipient_once")]
        indexes = [
            models.Index(fields=["mailing", "state", "not_before"], name="outreach_recipient_due"),
            models.Index(fields=["person", "sent_at"], name="outreach_recipient_week"),
            models.Index(
                fields=["lease_owner"], condition=~models.Q(lease_owner=""), name="outreach_recipient_leased"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.pk} {self.state}"


class MailingFigures(models.Model):
    """What a mailing amounted to, once nobody of its recipients is kept any more."""

    RETENTION = "Numbers, no person: as long as the campaign."

    mailing = models.OneToOneField(
        Mailing, primary_key=True, on_delete=models.CASCADE, related_name="figures"
    )
    counts = models.JSONField(help_text="State to reason to number, and what came back.")
    at = models.DateTimeField(default=now)

    def __str__(self) -> str:
        return str(self.pk)


class PushSubscription(models.Model):
    """That a browser on a device takes notifications for a person. Its address is a secret: who knows it and
    the keys writes to that screen."""

    RETENTION = (
        "Until it is switched off, refused by its push service or unused for a year; erased with the person."
    )

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    person = models.ForeignKey("people.Person", on_delete=models.CASCADE, related_name="+")
    endpoint = models.TextField(help_text="Where its push service takes notifications for it.")
    endpoint_sha256 = models.CharField(max_length=64, unique=True)
    p256dh = models.CharField(max_length=100, help_text="The browser's public key, in base64url.")
    auth = models.CharField(max_length=40, help_text="The secret it shares with us, in base64url.")
    device = models.CharField(max_length=60, blank=True, help_text="Browser and system, for the list.")
    created_at = models.DateTimeField(default=now)
    used_at = models.DateTimeField(default=now, help_text="When it last took a notification.")

    class Meta:
        ordering = ["created_at", "id"]

    def __str__(self) -> str:
        return str(self.pk)


class TextPart(models.Model):
    """One SMS as it was handed to the gateway: a long text is several. Joins what comes back to what left."""

    RETENTION = "As what it is a part of: thirty days; no number and no text."

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    message = models.ForeignKey(Message, null=True, on_delete=models.CASCADE, related_name="+")
    recipient = models.ForeignKey(
        MailingRecipient, null=True, on_delete=models.CASCADE, related_name="text_parts"
    )
    gateway_id = models.CharField(max_length=65, db_index=True, help_text="As the gateway calls it.")
    state = models.CharField(max_length=12, default="taken", help_text="taken, delivered or undelivered.")
    at = models.DateTimeField(default=now)
    receipt_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.gateway_id} {self.state}"
