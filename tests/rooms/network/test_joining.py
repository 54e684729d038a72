"""Requests, invitations, roles and moves: what each verb does, refuses and tells."""

from datetime import timedelta
from typing import Any

import pytest

from amiral.kit.errors import NotFound, Refused
from amiral.rooms.network import actions, api
from amiral.rooms.network.contracts import GroupKind, MemberRole, Openness
from amiral.rooms.network.models import Invitation, JoinRequest, Membership, Notification, Transfer
from amiral.rooms.people.models import Referral
from tests.conftest import NOON, Cast, make_person

LATER = NOON + timedelta(days=31)


def told(person_id: Any) -> list[str]:
    return list(Notification.objects.filter(person_id=person_id).values_list("subject", flat=True))


@pytest.fixture
def moderated(cast: Cast) -> Cast:
    actions.set_openness(by_id=cast.owner, group_id=cast.group, openness=Openness.MODERATED)
    return cast


def ask(cast: Cast, at: Any = NOON) -> JoinRequest:
    api.join(person_id=cast.stranger, group_id=cast.group, at=at)
    return JoinRequest.objects.get(person_id=cast.stranger)


def test_a_moderated_group_is_asked_and_answers(moderated: Cast) -> None:
    cast = moderated
    request = ask(cast)
    ask(cast)
    assert not api.is_member(person_id=cast.stranger, group_id=cast.group)
    assert told(cast.owner) == ["Stranger E. demande à rejoindre Mâcon"]
    values: dict[str, Any] = {"by_id": cast.owner, "request_id": request.pk, "sentence": "Bienvenue"}
    actions.answer_request(accepted=True, at=NOON, **values)
    assert api.is_member(person_id=cast.stranger, group_id=cast.group)
    assert "Bienvenue" in told(cast.stranger)[0]
    with pytest.raises(NotFound):
        actions.answer_request(accepted=False, at=NOON, **values)


def test_a_refusal_says_why_and_lasts_thirty_days(moderated: Cast) -> None:
    cast = moderated
    request = ask(cast)
    values: dict[str, Any] = {"by_id": cast.owner, "request_id": request.pk, "accepted": False, "at": NOON}
    with pytest.raises(Refused):
        actions.answer_request(sentence=" ", **values)
    actions.answer_request(sentence="Le groupe est complet.", **values)
    assert "Le groupe est complet." in told(cast.stranger)[0]
    with pytest.raises(actions.AskedLately):
        ask(cast)
    assert ask(cast, at=LATER).state == "open"
    api.leave(person_id=cast.stranger, group_id=cast.group, at=LATER)
    assert JoinRequest.objects.get().state == "withdrawn"


def test_the_group_of_a_departement_stays_open(cast: Cast) -> None:
    with pytest.raises(actions.StaysOpen):
        actions.set_openness(
            by_id=cast.coordinator, group_id=cast.departement_group, openness=Openness.INVITATION
        )


def test_newcomers_are_not_placed_where_one_asks_first(moderated: Cast) -> None:
    person = make_person("Newcomer")
    api.place_newcomer(person_id=person)
    assert [card.group.id for card in api.groups_of(person_id=person)] == [moderated.departement_group]


def hidden_team(cast: Cast) -> Any:
    return actions.create_other_group(
        by_id=cast.coordinator,
        kind=GroupKind.CAMPAIGN,
        name="Équipe",
        territory_id="departement:71",
        openness=Openness.INVITATION,
        presentation="",
        at=NOON,
    )


def test_an_invitation_is_shown_by_get_and_answered_by_post(cast: Cast, sign_in: Any) -> None:
    team = hidden_team(cast)
    actions.invite(by_id=cast.coordinator, group_id=team, person_id=cast.teammate, at=NOON)
    with pytest.raises(actions.InvitedAlready):
        actions.invite(by_id=cast.coordinator, group_id=team, person_id=cast.teammate, at=NOON)
    with pytest.raises(NotFound):  # a member of another département: nobody whom the coordinator can meet
        actions.invite(by_id=cast.coordinator, group_id=team, person_id=cast.stranger, at=NOON)
    page = f"/moi/invitations/{Invitation.objects.get().pk}/"
    browser = sign_in(cast.teammate)
    assert page in browser.get("/groupes/").content.decode()
    assert browser.get(page).status_code == 200
    assert not api.is_member(person_id=cast.teammate, group_id=team)
    assert browser.get("/groupes/equipe/").status_code == 200
    browser.post(page, {"accepted": "no"})
    assert browser.get("/groupes/equipe/").status_code == 404
    browser.post(page, {"accepted": "yes"})
    assert not api.is_member(person_id=cast.teammate, group_id=team)


def test_who_accepts_is_a_member_and_reads_why(cast: Cast) -> None:
    team = hidden_team(cast)
    actions.invite(by_id=cast.coordinator, group_id=team, person_id=cast.teammate, at=NOON)
    row = Invitation.objects.get()
    actions.answer_invitation(person_id=cast.teammate, invitation_id=row.pk, accepted=True, at=NOON)
    card = next(card for card in api.groups_of(person_id=cast.teammate) if card.group.id == team)
    assert card.reason == "parce que vous avez accepté une invitation"


def test_an_address_gets_one_message_and_the_inviter_learns_nothing(cast: Cast) -> None:
    for address in ("inconnu@example.org", "inconnu@example.org", "stranger@example.org"):
        actions.invite_address(by_id=cast.owner, group_id=cast.group, address=address, at=NOON)
    assert Referral.objects.count() == 1
    row = Invitation.objects.get(person_id=cast.stranger)
    assert row.by_address
    from amiral.rooms.network.queries.joining import waiting_names

    assert waiting_names(group_id=cast.group) == ()


def test_roles_are_set_by_leaders_and_end_with_leaving(cast: Cast) -> None:
    values: dict[str, Any] = {"group_id": cast.group, "person_id": cast.teammate}
    actions.set_role(by_id=cast.owner, role=MemberRole.MANAGER, **values)
    with pytest.raises(NotFound):
        actions.set_role(by_id=cast.teammate, role=MemberRole.MEMBER, **values)
    with pytest.raises(NotFound):
        actions.set_role(by_id=cast.owner, role=MemberRole.LEADER, **values)
    with pytest.raises(actions.LeadsByMandate):
        actions.set_role(
            by_id=cast.coordinator, role=MemberRole.MEMBER, group_id=cast.group, person_id=cast.owner
        )
    api.leave(person_id=cast.teammate, group_id=cast.group)
    api.join(person_id=cast.teammate, group_id=cast.group)
    assert Membership.objects.get(person_id=cast.teammate).role == "member"


def move(cast: Cast, **changes: Any) -> Any:
    values: dict[str, Any] = {
        "by_id": cast.owner,
        "group_id": cast.group,
        "person_id": cast.teammate,
        "target_id": cast.departement_group,
        "reason": "Vous habitez Chalon.",
        "at": NOON,
    }
    return actions.move_member(**(values | changes))


def test_a_move_is_told_and_taken_back(cast: Cast) -> None:
    transfer = move(cast)
    assert [card.group.id for card in api.groups_of(person_id=cast.teammate)] == [cast.departement_group]
    assert "Vous habitez Chalon." in told(cast.teammate)[0]
    api.place_newcomer(person_id=cast.teammate)
    assert not api.is_member(person_id=cast.teammate, group_id=cast.group)
    actions.undo_transfer(person_id=cast.teammate, transfer_id=transfer, at=NOON)
    card = api.groups_of(person_id=cast.teammate)[0]
    assert (card.group.id, card.source) == (cast.group, "choice")
    assert len(told(cast.owner)) == 1
    with pytest.raises(actions.TooLate):
        actions.undo_transfer(person_id=cast.teammate, transfer_id=transfer, at=NOON)
    with pytest.raises(actions.WasThere):
        move(cast)


def test_who_may_not_be_moved(cast: Cast) -> None:
    with pytest.raises(actions.LeadsHere):
        move(cast, by_id=cast.coordinator, person_id=cast.owner)
    for changes in (
        {"by_id": cast.teammate},
        {"by_id": cast.other_coordinator},
        {"person_id": cast.stranger},
        {"target_id": cast.group},
        {"target_id": hidden_team(cast)},
    ):
        with pytest.raises(NotFound):
            move(cast, **changes)
    with pytest.raises(Refused):
        move(cast, reason=" ")
    assert not Transfer.objects.exists()
    late = move(cast)
    with pytest.raises(actions.TooLate):
        actions.undo_transfer(person_id=cast.teammate, transfer_id=late, at=LATER)


def test_what_is_old_is_purged_and_what_is_kept_is_exported(moderated: Cast) -> None:
    cast = moderated
    ask(cast)
    move(cast)
    kept = api.export_person(person_id=cast.teammate)["network"]
    assert kept["transfers"][0]["reason"] == "Vous habitez Chalon."
    assert api.export_person(person_id=cast.stranger)["network"]["requests"][0]["state"] == "open"
    counts = api.purge(at=NOON + timedelta(days=366))
    assert (counts["network.JoinRequest"], counts["network.Transfer"]) == (1, 1)


def test_the_demonstration_shows_a_request_and_an_invitation(cast: Cast) -> None:
    from amiral.config.demonstration import circles

    circles.build(coordinator=cast.coordinator, leader=cast.owner, volunteer=cast.teammate, now=NOON)
    assert JoinRequest.objects.get().person_id == cast.teammate
    assert Invitation.objects.get().person_id == cast.owner
