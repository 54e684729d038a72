"""Groups, who belongs to them, and what is said there."""

from datetime import datetime
from uuid import UUID

from django.db import models
from django.db.models import Q

from amiral.kit.clock import now
from amiral.kit.ids import new_id
from amiral.rooms.network.contracts import (
    COMMENT_MAX_CHARACTERS,
    NAME_MAX_CHARACTERS,
    POST_MAX_CHARACTERS,
    GroupKind,
    Source,
)


class Group(models.Model):
    """A group of members; one per département from the start, local ones beside."""

    RETENTION = "Organisation, no person: kept."

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    kind = models.CharField(max_length=20, choices=[(k.value, k.value) for k in GroupKind])
    slug = models.SlugField(max_length=140, unique=True)
    name = models.CharField(max_length=NAME_MAX_CHARACTERS)
    presentation = models.TextField(blank=True, help_text="Markdown, public.")
    territory = models.ForeignKey("territory.Territory", on_delete=models.PROTECT, related_name="+")
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

    class Meta:
        ordering = ["-created_at", "-id"]
        indexes = [models.Index(fields=["group", "-created_at", "-id"])]
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

    class Meta:
        ordering = ["created_at", "id"]
        indexes = [models.Index(fields=["post", "created_at", "id"])]
        constraints = [models.CheckConstraint(condition=~Q(body=""), name="network_comment_says_something")]

    def __str__(self) -> str:
        return str(self.pk)
