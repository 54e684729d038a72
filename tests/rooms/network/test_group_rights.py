"""Who may open which page of entering groups: one row per address, one column per person."""

import itertools
from collections.abc import Mapping
from typing import Any
from uuid import UUID

import pytest

from amiral.rooms.network.contracts import ROLE_ACTS, GroupAct, MemberRole
from amiral.rooms.network.models import Group, Invitation, JoinRequest, Membership, Transfer
from tests.conftest import NOON, Cast, make_person

PERSONS = (
    "anonymous", "teammate", "owner", "stranger", "coordinator", "other_coordinator", "administrator"
)  # fmt: skip
L = "sign in"
LEADERS = (L, 404, 200, 404, 200, 404, 200)
LEADERS_DONE = (L, 404, 302, 404, 302, 404, 302)
OWN = (L, 200, 404, 404, 404, 404, 404)
PAGES: dict[tuple[str, str], tuple[Any, ...]] = {
    ("get", "/groupes/nouveau/autre/"): (L, 404, 404, 404, 200, 200, 200),
    ("post", "/groupes/nouveau/autre/"): (L, 404, 404, 404, 302, 200, 302),
    ("post", "/groupes/macon/suivre/"): (L, 302, 302, 302, 302, 302, 302),
    ("get", "/groupes/macon/ouverture/"): LEADERS,
    ("post", "/groupes/macon/ouverture/"): LEADERS_DONE,
    ("get", "/groupes/macon/demandes/"): LEADERS,
    ("post", "/groupes/demandes/{request}/repondre/"): LEADERS_DONE,
    ("get", "/groupes/macon/inviter/?q=te"): LEADERS,
    ("post", "/groupes/macon/inviter/"): LEADERS_DONE,
    ("get", "/groupes/macon/roles/"): LEADERS,
    ("post", "/groupes/macon/roles/"): LEADERS_DONE,
    ("get", "/groupes/macon/transferts/?membre={teammate}"): LEADERS,
    ("post", "/groupes/macon/transferts/?membre={teammate}"): LEADERS_DONE,
    ("get", "/groupes/macon/regle/"): (L, 404, 404, 404, 200, 404, 200),
    ("post", "/groupes/macon/regle/"): (L, 404, 404, 404, 200, 404, 200),
    ("get", "/moi/invitations/{invitation}/"): OWN,
    ("post", "/moi/invitations/{invitation}/"): (L, 302, 404, 404, 404, 404, 404),
    ("get", "/moi/transferts/{transfer}/"): OWN,
    ("post", "/moi/transferts/{transfer}/"): (L, 302, 404, 404, 404, 404, 404),
}
ADDRESSES = {
    pattern.replace("macon", "<slug:slug>")
    .replace("{request}", "<uuid:request_id>")
    .replace("{invitation}", "<uuid:invitation_id>")
    .replace("{transfer}", "<uuid:transfer_id>")
    .partition("?")[0]
    .lstrip("/")
    for _verb, pattern in PAGES
}
HIDDEN = {
    ("get", "/groupes/cache/"): (404, 200, 404, 404, 200, 404, 200),
    ("get", "/groupes/cache/membres/"): (L, 200, 404, 404, 200, 404, 200),
    ("post", "/groupes/cache/rejoindre/"): (L, 302, 404, 404, 302, 404, 302),
    ("post", "/groupes/cache/suivre/"): (L, 404, 404, 404, 404, 404, 404),
    ("post", "/groupes/cache/quitter/"): (L, 302, 404, 404, 302, 404, 302),
}


@pytest.fixture
def world(cast: Cast) -> Mapping[str, UUID]:
    """An open request of somebody new; an invitation and a move of the team-mate; a group nobody lists."""
    asks = make_person("Nouvelle")
    request = JoinRequest.objects.create(group_id=cast.group, person_id=asks, asked_at=NOON)
    invitation = Invitation.objects.create(group_id=cast.other_group, person_id=cast.teammate)
    transfer = Transfer.objects.create(
        person_id=cast.teammate,
        origin_id=cast.other_group,
        target_id=cast.group,
        reason="Plus près",
        source="choice",
    )
    hidden = Group.objects.create(
        kind="campaign-team",
        slug="cache",
        name="Équipe cachée",
        territory_id="departement:71",
        openness="invitation",
    )
    Membership.objects.create(group=hidden, person_id=cast.teammate, source="invitation")
    return {
        "request": request.pk,
        "invitation": invitation.pk,
        "transfer": transfer.pk,
        "teammate": cast.teammate,
        "departement": cast.departement_group,
    }


def answer(browser: Any, verb: str, address: str, world: Mapping[str, UUID]) -> Any:
    """The status of one request, or ``L``."""
    sent = {
        "kind": "thematic",
        "territory_id": "departement:71",
        "name": "Climat",
        "openness": "moderated",
        "accepted": "yes",
        "person_id": str(world["teammate"]),
        "role": "manager",
        "target": str(world["departement"]),
        "reason": "Plus près de chez vous",
    }
    response = browser.get(address) if verb == "get" else browser.post(address, sent)
    if response.status_code == 302 and response.url.startswith("/compte/"):
        return L
    return response.status_code


@pytest.mark.parametrize("person", PERSONS)
def test_matrix(cast: Cast, world: Mapping[str, UUID], sign_in: Any, person: str) -> None:
    from django.db import transaction

    browser = sign_in(getattr(cast, person, None))
    for (verb, pattern), wanted in (PAGES | HIDDEN).items():
        with transaction.atomic():
            got = answer(browser, verb, pattern.format(**world), world)
            transaction.set_rollback(True)
        assert (pattern, got) == (pattern, wanted[PERSONS.index(person)])


def test_a_group_by_invitation_stands_in_no_list(cast: Cast, world: Mapping[str, UUID], sign_in: Any) -> None:
    for address in ("/groupes/", "/groupes/?q=71000", "/groupes/saone-et-loire/"):
        for person in ("owner", "stranger", None):
            browser = sign_in(getattr(cast, person) if person else None)
            assert "Équipe cachée" not in browser.get(address).content.decode()


def test_every_post_is_limited(
    cast: Cast, world: Mapping[str, UUID], sign_in: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("amiral.kit.ratelimit.is_allowed", lambda **_: False)
    browser = sign_in(cast.teammate)
    for verb, pattern in PAGES:
        if verb == "post":
            assert answer(browser, verb, pattern.format(**world), world) == 429


ACT_PAGES = {
    GroupAct.EXCLUDE: "/groupes/macon/exclusions/",
    GroupAct.READ: "/groupes/macon/membres/",
    GroupAct.WRITE: "/groupes/macon/publier/",
    GroupAct.INVITE: "/groupes/macon/inviter/",
    GroupAct.ANSWER_REQUESTS: "/groupes/macon/demandes/",
    GroupAct.SET_ROLES: "/groupes/macon/roles/",
    GroupAct.MOVE_MEMBERS: "/groupes/macon/transferts/",
    GroupAct.EDIT: "/groupes/macon/modifier/",
}


@pytest.mark.parametrize("role", list(MemberRole))
def test_each_role_opens_exactly_what_the_table_says(cast: Cast, sign_in: Any, role: MemberRole) -> None:
    person = cast.owner if role == MemberRole.LEADER else cast.teammate
    if role != MemberRole.LEADER:
        Membership.objects.filter(person_id=person).update(role=role)
    browser = sign_in(person)
    opened = {act for act in GroupAct if browser.get(ACT_PAGES[act]).status_code == 200}
    assert opened == ROLE_ACTS[role]


def test_each_role_opens_more_than_the_one_before() -> None:
    steps = [ROLE_ACTS[role] for role in MemberRole]
    assert all(lower < higher for lower, higher in itertools.pairwise(steps))


def test_a_list_of_twenty_asks_as_many_queries_as_one_of_two(cast: Cast, sign_in: Any) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    def counts() -> list[int]:
        found = []
        for page in ("demandes", "inviter", "roles", "transferts"):
            with CaptureQueriesContext(connection) as context:
                assert browser.get(f"/groupes/macon/{page}/").status_code == 200
            found.append(len(context))
        return found

    def add(number: int) -> None:
        for index in range(number):
            person = make_person(f"P{number}x{index}")
            JoinRequest.objects.create(group_id=cast.group, person_id=person)
            Invitation.objects.create(group_id=cast.group, person_id=person)
            Membership.objects.create(group_id=cast.group, person_id=person, source="choice")
            Transfer.objects.create(
                person_id=person,
                moved_by_id=person,
                origin_id=cast.group,
                target_id=cast.other_group,
                reason="x",
                source="choice",
            )

    browser = sign_in(cast.owner)
    add(2)
    browser.get("/groupes/macon/")
    few = counts()
    add(18)
    assert counts() == few
