"""A sample of members drawn by lot and invited by letter: what those say who would not come by themselves.

Announced once: a secret whose SHA-256 is public, and a public draw yet to come. Drawn once, by the result of
that draw, among those who were members before the announcement. The letter holds no code: it would lie in
the outbox beside the address. Whoever of those drawn takes his key gets a voice of a second kind.
"""

import secrets
from collections.abc import Iterator
from datetime import datetime
from itertools import islice
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from amiral.cores.by_lot import commitment, drawn, members_hash
from amiral.cores.phases import Phase
from amiral.kit.audit import record
from amiral.kit.tasks import defer, once, task
from amiral.rooms.debate.access import access_consultation_to_manage_by_id
from amiral.rooms.debate.actions.errors import LotNotNow, LotTooLarge, NothingToSay
from amiral.rooms.debate.contracts import LOT_LEAST, LOT_MOST, Identity
from amiral.rooms.debate.models import Consultation, Lot
from amiral.rooms.debate.queries.voices import in_lot
from amiral.rooms.outreach import api as outreach
from amiral.rooms.people import api as people
from amiral.rooms.people.contracts import PersonCard, Purpose
from amiral.rooms.territory import api as territory

SHARE = 5_000
"""Persons asked for in one query."""
OPEN = (Phase.CONTRIBUTIONS, Phase.VOTES)
"""Not a draft: what is announced there is not public, and letters would lead to a page that nobody reads."""
_COUNTRY = "pays:FR"


@transaction.atomic
def announce(*, by_id: UUID, consultation_id: UUID, size: int, source: str, at: datetime) -> None:
    """Says in public how many will be drawn and by which public draw; cannot be said twice.

    Raises ``NotFound``, ``LotNotNow``, ``LotTooLarge``, ``NothingToSay``.
    """
    row = _open(by_id, consultation_id)
    if Lot.objects.filter(consultation=row).exists():
        raise LotNotNow
    if not LOT_LEAST <= size <= LOT_MOST:
        raise LotTooLarge(LOT_LEAST, LOT_MOST)
    secret = secrets.token_hex(32)
    Lot.objects.create(
        consultation=row,
        size=size,
        source=_words(source),
        secret=secret,
        commitment=commitment(secret=secret),
        announced_at=at,
        announced_by_id=by_id,
    )
    record(actor_id=by_id, verb="announce-lot", subject_kind="consultation", subject_id=row.pk, size=size)


@transaction.atomic
def draw(*, by_id: UUID, consultation_id: UUID, result: str, at: datetime) -> None:
    """Draws by the result of the public draw, shows the secret, and has the letters written; once.

    Raises ``NotFound``, ``LotNotNow``, ``LotTooLarge`` when there are fewer members, ``NothingToSay``.
    O(members).
    """
    row = _open(by_id, consultation_id)
    lot = Lot.objects.select_for_update().filter(consultation=row, drawn_at=None).first()
    if lot is None:
        raise LotNotNow
    members = [in_lot(salt=row.salt, person_id=card.id) for card in _members(lot)]
    if len(members) < lot.size:
        raise LotTooLarge(LOT_LEAST, len(members))
    lot.result = _words(result)
    lot.members, lot.members_sha256 = len(members), members_hash(members=members)
    lot.drawn = "\n".join(drawn(secret=lot.secret, result=lot.result, members=members, size=lot.size))
    lot.drawn_at = at
    lot.save()
    record(actor_id=by_id, verb="draw-lot", subject_kind="consultation", subject_id=row.pk, size=lot.size)
    defer(invite_drawn, key=str(lot.pk), lot_id=lot.pk)


@task
def invite_drawn(lot_id: int) -> None:
    """A letter to each of those drawn, once; the outbox looks at consent, quiet hours and silence."""
    lot = Lot.objects.select_related("consultation").get(pk=lot_id)
    chosen, salt = set(lot.drawn.split()), lot.consultation.salt
    for card in _members(lot):
        if in_lot(salt=salt, person_id=card.id) in chosen:
            with once(f"debate:lot:{lot.pk}:{card.id}") as first:
                if first:
                    _invite(lot, card)


def _invite(lot: Lot, card: PersonCard) -> None:
    url = settings.PUBLIC_URL + reverse("debate:ballot", args=[lot.consultation_id])
    writing_to = people.correspondents(person_ids=[card.id]).get(card.id)
    if writing_to is None or not writing_to.address:
        return
    with translation.override(card.language):
        outreach.send(
            to_address=writing_to.address,
            purpose=Purpose.NEWSLETTER,
            subject=_("You were drawn by lot to give your opinion"),
            body=_(
                "“%(question)s”\n\n%(size)d members were drawn by lot among %(members)d, and you are one of "
                "them. Whoever comes to a debate by himself often thinks otherwise than the others: your "
                "answers show it, whatever they are.\n\n%(url)s\n\nSign in, take your voting key and answer "
                "as many statements as you like. Nobody learns what you answer.\n"
            )
            % {
                "question": lot.consultation.question,
                "size": lot.size,
                "members": lot.members,
                "url": url,
            },
            idempotency_key=f"debate:lot:{lot.pk}:{card.id}",
            person_id=card.id,
            territory_ids=(lot.consultation.territory_id,),
        )


def _members(lot: Lot) -> Iterator[PersonCard]:
    """Those who agreed to letters, live where it is asked, and joined before the announcement. Two queries
    for every 5,000 persons."""
    place, keys = lot.consultation.territory_id, people.person_keys()
    inside = None if place == _COUNTRY else set(territory.descendant_filter(ancestor_ids=[place]))
    while share := [UUID(key) for key in islice(keys, SHARE)]:
        agreed = people.person_ids_with_consent(person_ids=share, purpose=Purpose.NEWSLETTER)
        for card in people.cards(person_ids=agreed).values():
            if card.joined_at <= lot.announced_at and (inside is None or card.commune_id in inside):
                yield card


def _open(by_id: UUID, consultation_id: UUID) -> Consultation:
    access_consultation_to_manage_by_id(person_id=by_id, consultation_id=consultation_id)
    row = Consultation.objects.select_for_update().get(pk=consultation_id)
    if row.identity not in (Identity.MEMBER, Identity.PHONE) or row.phase not in OPEN:
        raise LotNotNow
    return row


def _words(typed: str) -> str:
    plain = " ".join(typed.split())
    if not plain:
        raise NothingToSay
    return plain[:200]
