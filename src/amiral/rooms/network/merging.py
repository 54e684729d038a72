"""What becomes of this room's rows when a person absorbs another."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from django.db.models import Q

from amiral.kit.relations import Journal, Move, Once, Own, Relations
from amiral.rooms.network.models import (
    Block,
    Certification,
    CertificationStep,
    Comment,
    Exclusion,
    GroupRule,
    Invitation,
    JoinRequest,
    Membership,
    Mention,
    Notification,
    NotificationChoice,
    Participant,
    PollVoter,
    Post,
    PrivateMessage,
    Reach,
    Transfer,
)


def _one_membership(journal: Journal, kept: Membership, absorbed: Membership, _at: datetime) -> None:
    """The earliest joining counts; who is in by one of the two is in."""
    earliest = min(kept, absorbed, key=lambda row: row.joined_at)
    left = kept.left_at and absorbed.left_at and max(kept.left_at, absorbed.left_at)
    journal.change(kept, joined_at=earliest.joined_at, source=earliest.source, left_at=left)
    journal.drop(absorbed)


def _one_exclusion(journal: Journal, kept: Exclusion, absorbed: Exclusion, _at: datetime) -> None:
    """What holds for one of the two holds; the newer one is read."""
    holds = kept.lifted_at is None or absorbed.lifted_at is not None
    journal.drop(absorbed if holds else kept)
    if not holds:
        journal.change(absorbed, person_id=kept.person_id)


def _nobody_blocks_himself(journal: Journal, kept_id: UUID, absorbed_id: UUID, _at: datetime) -> None:
    both = Q(blocker_id=kept_id, blocked_id=absorbed_id) | Q(blocker_id=absorbed_id, blocked_id=kept_id)
    between: Iterable[Block] = Block.objects.filter(both).order_by("pk")
    for row in between:
        journal.drop(row)


RELATIONS = Relations(
    "network",
    Own(covers=(), act=_nobody_blocks_himself),
    Move(Post, "author"),
    Move(Comment, "author"),
    Move(Mention, "person"),
    Move(Notification, "person", "actor"),
    Move(PrivateMessage, "author"),
    Once(model=NotificationChoice, field="person", within=("kind",)),
    Once(model=PollVoter, field="person", within=("poll_id",)),
    Once(model=Block, field="blocker", within=("blocked_id",)),
    Once(model=Block, field="blocked", within=("blocker_id",)),
    Once(model=Reach, field="person", within=()),
    Move(JoinRequest, "answered_by"),
    Move(GroupRule, "set_by"),
    Move(Invitation, "invited_by"),
    Move(Transfer, "person", "moved_by"),
    Move(Certification, "asked_by", "decided_by"),
    Move(CertificationStep, "by"),
    Move(Exclusion, "excluded_by", "answered_by"),
    Once(model=Exclusion, field="person", within=("group_id",), settle=_one_exclusion),
    Once(model=JoinRequest, field="person", within=("group_id",)),
    Once(model=Invitation, field="person", within=("group_id",)),
    Once(model=Participant, field="person", within=("conversation_id",)),
    Once(model=Membership, field="person", within=("group_id",), settle=_one_membership),
)
