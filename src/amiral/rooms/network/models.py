"""Groups, who belongs to them, and what is said there."""

from django.db import models

from amiral.kit.clock import now
from amiral.kit.ids import new_id


class Group(models.Model):
    """A group of members; one per département from the start, local ones beside."""

    RETENTION = "Organisation, no person: kept."

    class Kind(models.TextChoices):
        DEPARTEMENT = "departement"
        LOCAL = "local"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    kind = models.CharField(max_length=20, choices=Kind)
    slug = models.SlugField(max_length=120, unique=True)
    name = models.CharField(max_length=120)
    presentation = models.TextField(blank=True)
    territory = models.ForeignKey("territory.Territory", on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=now)

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(
                fields=["territory"],
                condition=models.Q(kind="departement"),
                name="network_one_per_departement",
            )
        ]

    def __str__(self) -> str:
        return self.name


class Membership(models.Model):
    """A person in a group, and why."""

    RETENTION = "As long as the membership; erased with the person, or twelve months after leaving."

    class Source(models.TextChoices):
        COMMUNE = "commune"
        DEPARTEMENT = "departement"
        CHOICE = "choice"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    group = models.ForeignKey(Group, on_delete=models.CASCADE, related_name="memberships")
    person = models.ForeignKey("people.Person", on_delete=models.CASCADE, related_name="+")
    source = models.CharField(max_length=20, choices=Source)
    joined_at = models.DateTimeField(default=now)
    left_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["group", "person"], name="network_membership_once")]
        indexes = [models.Index(fields=["person", "left_at"])]

    def __str__(self) -> str:
        return f"{self.person_id} in {self.group_id}"


class Post(models.Model):
    """A message to a group."""

    RETENTION = "Until its author or a moderator removes it; the author's name is erased with the person."

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    group = models.ForeignKey(Group, on_delete=models.CASCADE, related_name="posts")
    author = models.ForeignKey("people.Person", null=True, on_delete=models.SET_NULL, related_name="+")
    body = models.TextField(max_length=5000)
    created_at = models.DateTimeField(default=now)
    hidden_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-created_at", "-id"]
        indexes = [models.Index(fields=["group", "-created_at"])]

    def __str__(self) -> str:
        return str(self.pk)


class Comment(models.Model):
    """An answer under a post."""

    RETENTION = "As the post it answers."

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    post = models.ForeignKey(Post, on_delete=models.CASCADE, related_name="comments")
    author = models.ForeignKey("people.Person", null=True, on_delete=models.SET_NULL, related_name="+")
    body = models.TextField(max_length=2000)
    created_at = models.DateTimeField(default=now)
    hidden_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["created_at", "id"]
        indexes = [models.Index(fields=["post", "created_at"])]

    def __str__(self) -> str:
        return str(self.pk)
