"""Talking points (argumentaires) and their versions."""

import re
import unicodedata
from datetime import date

from django.db import models
from django.db.models import Q

from amiral.kit.clock import now
from amiral.kit.ids import new_id
from amiral.rooms.talking_points.contracts import LANGUAGES, SHORT_LINE_MAX_CHARACTERS, VersionState


def folded(text: str) -> str:
    """Lower case, no accent, words separated by one blank: how text is searched on both databases."""
    plain = _decomposed(_decomposed(text).casefold()).replace("œ", "oe").replace("æ", "ae")
    letters = "".join(char for char in plain if not unicodedata.combining(char))
    return " ".join(re.findall(r"\w+", letters))


def _decomposed(text: str) -> str:
    return unicodedata.normalize("NFKD", text)


class Theme(models.Model):
    """A subject under which cards are filed."""

    RETENTION = "No person: kept."

    slug = models.SlugField(primary_key=True, max_length=60)
    name_fr = models.CharField(max_length=80)
    name_en = models.CharField(max_length=80)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["position", "slug"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(name_fr="") & ~Q(name_en=""), name="talking_points_theme_named"
            )
        ]

    def __str__(self) -> str:
        return self.slug

    def name(self, language: str) -> str:
        """The name in ``language``, French unless English is asked for."""
        return self.name_en if language == "en" else self.name_fr


class TalkingPoint(models.Model):
    """One card; what it says is in its versions."""

    RETENTION = "No person: kept as long as the campaign."

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    theme = models.ForeignKey(Theme, on_delete=models.PROTECT, related_name="points")
    created_at = models.DateTimeField(default=now)

    def __str__(self) -> str:
        return str(self.pk)


class VersionQuerySet(models.QuerySet["Version"]):
    """Filters that read like the sentence."""

    def approved(self) -> "VersionQuerySet":
        return self.filter(state=VersionState.APPROVED)

    def drafts(self) -> "VersionQuerySet":
        return self.filter(state=VersionState.DRAFT)

    def valid_on(self, day: date) -> "VersionQuerySet":
        return self.filter(Q(valid_until=None) | Q(valid_until__gte=day))

    def saying(self, text: str) -> "VersionQuerySet":
        """Those that hold every word of ``text``, accents and capitals aside."""
        found = self
        for word in folded(text).split():
            found = found.filter(search_text__contains=word)
        return found


class Version(models.Model):
    """What a card says in one language, once written never changed; at most one is approved at a time."""

    RETENTION = "As the card; author and approver are emptied when the person is erased."

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    point = models.ForeignKey(TalkingPoint, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    language = models.CharField(max_length=2, default="fr", choices=[(code, code) for code in LANGUAGES])
    short_line = models.CharField(max_length=SHORT_LINE_MAX_CHARACTERS)
    body = models.TextField(help_text="Markdown")
    search_text = models.TextField(editable=False, help_text="Short line and body as folded() writes them.")
    sources = models.JSONField(default=list, help_text="List of {title, url, on}.")
    valid_until = models.DateField(null=True)
    state = models.CharField(
        max_length=12, choices=[(s.value, s.value) for s in VersionState], default=VersionState.DRAFT
    )
    author = models.ForeignKey("people.Person", null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(default=now)
    approved_by = models.ForeignKey("people.Person", null=True, on_delete=models.SET_NULL, related_name="+")
    approved_at = models.DateTimeField(null=True)
    hidden_at = models.DateTimeField(null=True, help_text="When a moderator's decision hid its words.")

    objects = VersionQuerySet.as_manager()

    class Meta:
        ordering = ["-number"]
        indexes = [models.Index(fields=["state", "valid_until"])]
        constraints = [
            models.UniqueConstraint(fields=["point", "number"], name="talking_points_number"),
            models.UniqueConstraint(
                fields=["point", "language"],
                condition=Q(state="approved"),
                name="talking_points_one_approved",
            ),
            models.CheckConstraint(
                condition=Q(state="withdrawn")
                | Q(state="draft", approved_at=None)
                | Q(state__in=["approved", "superseded"], approved_at__isnull=False),
                name="talking_points_approved_at",
            ),
            # Four eyes. Both are emptied when persons are erased, and NULL passes.
            models.CheckConstraint(
                condition=Q(approved_by=None) | ~Q(approved_by=models.F("author")),
                name="talking_points_four_eyes",
            ),
            models.CheckConstraint(condition=~Q(short_line=""), name="talking_points_says_something"),
        ]

    def __str__(self) -> str:
        return f"{self.point_id} v{self.number} {self.state}"

    def expired_on(self, day: date) -> bool:
        """Whether the last day of validity has passed."""
        return self.valid_until is not None and self.valid_until < day
