"""Two decisions of moderators, an open notice, a published reply and a request that runs."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from amiral.rooms.debate import api as debate
from amiral.rooms.debate.contracts import ReplyCapacity, ReplyDraft, ReplyProof
from amiral.rooms.moderation import api as moderation
from amiral.rooms.moderation.contracts import Grounds, ReportState, SubjectKind
from amiral.rooms.network import api as network

SCAM = "Démonstration : gagnez 500 € par jour, envoyez-moi votre code bancaire."
ROUGH = "Démonstration : franchement, cette réunion était ratée."
NAMED = "Démonstration : le numéro de ma voisine est le 00 00 00 00 00, appelez-la."


def build(
    *,
    administrator: UUID,
    coordinator: UUID,
    volunteer: UUID,
    crowd: Sequence[UUID],
    group_id: UUID,
    point_id: UUID,
    now: datetime,
) -> None:
    """All within the last days."""
    _replies(administrator, f"/arguments/{point_id}/", now)
    members = [one for one in crowd if group_id in _groups(one)][:3]
    words = ((SCAM, Grounds.FRAUD), (ROUGH, Grounds.INSULT), (NAMED, Grounds.PERSONAL_DATA))
    reports = [
        _reported(author, volunteer, group_id, said, grounds, at=now - timedelta(minutes=70))
        for author, (said, grounds) in zip(members, words, strict=False)
    ]
    decided = now - timedelta(minutes=20)
    for report_id, state, reason in zip(
        reports,
        (ReportState.UPHELD, ReportState.REJECTED),
        ("Tentative d’escroquerie (démonstration).", "Une critique, même vive, est permise."),
        strict=False,
    ):
        moderation.decide(by_id=coordinator, report_id=report_id, state=state, reason=reason, at=decided)


def _groups(person_id: UUID) -> set[UUID]:
    return {one.group.id for one in network.groups_of(person_id=person_id)}


def _reported(
    author: UUID, reporter: UUID, group_id: UUID, said: str, grounds: Grounds, *, at: datetime
) -> UUID:
    post = network.publish(author_id=author, group_id=group_id, body=said, at=at - timedelta(minutes=30))
    return moderation.report(
        subject_kind=SubjectKind.POST,
        subject_id=post,
        subject_author_id=author,
        territory_id="commune:71270",
        excerpt=said,
        reporter_id=reporter,
        grounds=grounds,
        explanation="",
        at=at,
    )


def _replies(administrator: UUID, page: str, now: datetime) -> None:
    asked = now - timedelta(hours=30)
    first = debate.ask_for_reply(draft=_draft(page, "Association fictive des quais"), at=asked)
    debate.confirm_reply_address(secret=first, at=asked + timedelta(minutes=5))
    case_id = debate.reply_case_id(secret=first)
    debate.publish_reply(by_id=administrator, case_id=case_id, at=asked + timedelta(hours=9))
    second = debate.ask_for_reply(draft=_draft(page, "Dominique Inventé"), at=now - timedelta(hours=5))
    debate.confirm_reply_address(secret=second, at=now - timedelta(hours=4))


def _draft(page: str, name: str) -> ReplyDraft:
    return ReplyDraft(
        page=page,
        page_on=None,
        name=name,
        capacity=ReplyCapacity.REPRESENTATIVE,
        email="reponse@demonstration.example",
        proof=ReplyProof.LETTER,
        proof_words="",
        passages="« … » (démonstration)",
        text="Démonstration : ce qui est dit ici de nous est inexact. Voici ce que nous avons fait.",
        language="fr",
    )
