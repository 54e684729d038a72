"""A sample drawn by lot: announced once, drawn once, invited by letter, voting like everybody."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from amiral.cores.by_lot import commitment, drawn, members_hash
from amiral.cores.phases import Phase
from amiral.kit.clock import now
from amiral.kit.errors import NotFound
from amiral.rooms.debate.actions import ballots, lots
from amiral.rooms.debate.actions.errors import LotNotNow, LotTooLarge, NothingToSay
from amiral.rooms.debate.contracts import LOT_LEAST, Identity
from amiral.rooms.debate.models import Consultation, Lot, Vote, Voter
from amiral.rooms.debate.queries.voices import in_lot
from amiral.rooms.outreach.models import Message
from amiral.rooms.people.models import Consent, Person
from tests.conftest import Cast

pytestmark = pytest.mark.django_db
SOURCE = "Le tirage de samedi prochain"
MACON, DIJON = "commune:71270", "commune:21231"


def members(many: int, *, commune: str = MACON, agreed: bool = True, late: bool = False) -> list[UUID]:
    """People who agreed to letters, or not; before the announcement, or after."""
    from allauth.account.models import EmailAddress

    from amiral.rooms.people.models import ContactPoint

    joined = now() + timedelta(days=1 if late else -30)
    people = Person.objects.bulk_create(
        Person(
            email=f"{commune[-5:]}-{agreed}-{late}-{at}@example.org".lower(),
            given_name=f"Membre{at}",
            family_name="Essai",
            commune_id=commune,
            postal_code="71000",
            language="fr",
            joined_at=joined,
            password="!",
        )
        for at in range(many)
    )
    EmailAddress.objects.bulk_create(
        EmailAddress(user=one, email=one.email, verified=True, primary=True) for one in people
    )
    ContactPoint.objects.bulk_create(
        ContactPoint(person=one, kind="email", value=one.email, verified_at=joined, primary=True)
        for one in people
    )
    if agreed:
        Consent.objects.bulk_create(
            Consent(person=one, purpose="newsletter", way="email", granted=True, at=joined, channel="web")
            for one in people
        )
    return [one.pk for one in people]


@pytest.fixture
def announced(cast: Cast, consultation: UUID) -> UUID:
    lots.announce(
        by_id=cast.coordinator, consultation_id=consultation, size=LOT_LEAST, source=SOURCE, at=now()
    )
    return consultation


def draw(cast: Cast, consultation: UUID, result: str = "3 14 15 92 65") -> Lot:
    lots.draw(by_id=cast.coordinator, consultation_id=consultation, result=result, at=now())
    return Lot.objects.get()


def test_the_secret_is_told_with_the_result_only(cast: Cast, announced: UUID, sign_in: Any) -> None:
    members(LOT_LEAST + 10)
    lot = Lot.objects.get()
    page = sign_in(None).get(f"/debats/{announced}/tirage/").content.decode()
    assert lot.commitment == commitment(secret=lot.secret)
    assert lot.commitment in page
    assert lot.secret not in page
    lot = draw(cast, announced)
    page = sign_in(None).get(f"/debats/{announced}/tirage/").content.decode()
    assert lot.secret in page
    assert lot.members_sha256 in page
    assert "moins de huit" in page


def test_anybody_with_the_list_draws_the_same(cast: Cast, announced: UUID) -> None:
    ids = members(LOT_LEAST + 25)
    members(5, agreed=False)
    members(5, late=True)
    members(5, commune=DIJON)
    lot, salt = draw(cast, announced), Consultation.objects.get().salt
    listed = [in_lot(salt=salt, person_id=one) for one in ids]
    assert lot.members == len(ids)
    assert lot.members_sha256 == members_hash(members=listed)
    wanted = drawn(secret=lot.secret, result=lot.result, members=listed, size=LOT_LEAST)
    assert lot.drawn.split() == list(wanted)


def test_nobody_draws_until_he_likes_the_sample(cast: Cast, announced: UUID) -> None:
    members(LOT_LEAST + 10)
    before = draw(cast, announced).drawn
    with pytest.raises(LotNotNow):
        draw(cast, announced, "1 2 3")
    with pytest.raises(LotNotNow):
        lots.announce(by_id=cast.coordinator, consultation_id=announced, size=40, source=SOURCE, at=now())
    assert Lot.objects.get().drawn == before


def test_what_a_draw_refuses(cast: Cast, consultation: UUID) -> None:
    def announce(size: int = LOT_LEAST, source: str = SOURCE, by: UUID = cast.coordinator) -> None:
        lots.announce(by_id=by, consultation_id=consultation, size=size, source=source, at=now())

    with pytest.raises(NotFound):
        announce(by=cast.stranger)
    with pytest.raises(LotTooLarge):
        announce(size=LOT_LEAST - 1)
    with pytest.raises(NothingToSay):
        announce(source="  ")
    with pytest.raises(LotNotNow):
        draw(cast, consultation)
    announce()
    with pytest.raises(LotTooLarge):
        draw(cast, consultation)
    members(LOT_LEAST)
    with pytest.raises(NothingToSay):
        draw(cast, consultation, " ")
    Consultation.objects.update(identity=Identity.CODE)
    with pytest.raises(LotNotNow):
        draw(cast, consultation)
    Consultation.objects.update(identity=Identity.MEMBER, phase=Phase.FROZEN)
    with pytest.raises(LotNotNow):
        draw(cast, consultation)


def test_each_of_those_drawn_gets_one_letter_without_a_code(cast: Cast, announced: UUID) -> None:
    members(LOT_LEAST + 10)
    lot = draw(cast, announced)
    lots.invite_drawn.call(lot_id=lot.pk)
    lots.invite_drawn.call(lot_id=lot.pk)
    letters = Message.objects.filter(idempotency_key__startswith="debate:lot:")
    assert letters.count() == LOT_LEAST
    assert {one.purpose for one in letters} == {"newsletter"}
    invited = {in_lot(salt=Consultation.objects.get().salt, person_id=one.person_id) for one in letters}
    assert invited == set(lot.drawn.split())
    letter = letters[0]
    assert f"/debats/{announced}/voix/" in letter.body
    assert len({one.body for one in letters}) == 1


def test_those_drawn_vote_like_everybody_with_a_voice_of_a_second_kind(
    cast: Cast, announced: UUID, sign_in: Any
) -> None:
    ids = members(LOT_LEAST + 2)
    lot, salt = draw(cast, announced), Consultation.objects.get().salt
    chosen = [one for one in ids if in_lot(salt=salt, person_id=one) in lot.drawn.split()]
    left = next(one for one in ids if one not in chosen)
    page = sign_in(chosen[0]).get(f"/debats/{announced}/voix/").content.decode()
    assert "tiré au sort" in page
    assert "tiré au sort" not in sign_in(left).get(f"/debats/{announced}/voix/").content.decode()
    for person_id in (chosen[0], left):
        ballots.take_key(consultation_id=announced, person_id=person_id)
    assert sorted(Voter.objects.values_list("by_lot", flat=True)) == [False, True]
    # What is kept of the draw and of the voice join nobody: no id, no moment beside a voice.
    written = str(list(Lot.objects.values())) + str(list(Voter.objects.values()))
    assert str(chosen[0]) not in written
    assert not Vote.objects.exists()


def test_the_page_leads_from_announcement_to_draw(cast: Cast, consultation: UUID, sign_in: Any) -> None:
    members(LOT_LEAST)
    browser, address = sign_in(cast.coordinator), f"/debats/{consultation}/tirage/"
    refused = browser.post(f"{address}annoncer/", {"size": 3, "source": ""})
    assert refused.status_code == 200
    assert not Lot.objects.exists()
    browser.post(f"{address}annoncer/", {"size": LOT_LEAST, "source": SOURCE})
    assert SOURCE in browser.get(address).content.decode()
    browser.post(f"{address}tirer/", {"result": "1 2 3"})
    assert Lot.objects.get().drawn_at is not None
    assert address in sign_in(None).get(f"/debats/{consultation}/").content.decode()
    Consultation.objects.update(identity=Identity.CODE)
    assert "personne ne peut être tiré" in sign_in(None).get(address).content.decode()


def test_nothing_is_announced_in_a_draft(cast: Cast, draft: UUID, sign_in: Any) -> None:
    """What stands there is not public, and a letter would lead to a page that nobody reads."""
    members(LOT_LEAST)
    with pytest.raises(LotNotNow):
        lots.announce(by_id=cast.coordinator, consultation_id=draft, size=LOT_LEAST, source=SOURCE, at=now())
    page = sign_in(cast.coordinator).get(f"/debats/{draft}/tirage/").content.decode()
    assert "une fois la consultation ouverte" in page
    assert "/tirage/annoncer/" not in page


def test_a_result_that_is_missing_is_said_at_its_field(cast: Cast, announced: UUID, sign_in: Any) -> None:
    members(LOT_LEAST)
    refused = sign_in(cast.coordinator).post(f"/debats/{announced}/tirage/tirer/", {"result": " "})
    assert list(refused.context["result_form"].errors) == ["result"]
    assert Lot.objects.get().drawn_at is None


def test_a_draft_hides_its_draw(cast: Cast, draft: UUID, sign_in: Any) -> None:
    assert sign_in(None).get(f"/debats/{draft}/tirage/").status_code == 404
    assert sign_in(cast.coordinator).get(f"/debats/{draft}/tirage/").status_code == 200
