"""Word of mouth: a member's own link, what it brings, who reads what; one letter only, on every road."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse

from amiral.kit.clock import now
from amiral.rooms.network import actions as network_actions
from amiral.rooms.network import api as network
from amiral.rooms.network.contracts import MemberRole, Openness, Source
from amiral.rooms.network.models import Group, Invitation, JoinRequest, Membership
from amiral.rooms.people import api
from amiral.rooms.people.actions import account, recruiting
from amiral.rooms.people.contracts import RecruitVia
from amiral.rooms.people.models import InvitedOnce, Person, RecruitCode, Recruitment, Referral
from amiral.rooms.people.queries import cascade
from tests.conftest import Cast, make_person
from tests.rooms.people.conftest import last_letter, link_in

pytestmark = pytest.mark.django_db
WHO = "nouvelle@example.org"
L = "sign in"


def join(commit: Any, par: str, *, address: str = WHO, **more: str) -> UUID:
    """Fills in the form behind a link with ``par=``, then confirms from the letter."""
    visitor = Client()
    page = visitor.get(reverse("people:join"), {"par": par}).content.decode()
    assert f'value="{par}"' in page or not par
    sent = {"email": address, "given_name": "Nouvelle", "postal_code": "71100", "by": par, **more}
    with commit():
        assert visitor.post(reverse("people:join"), sent).status_code == 302
    with commit():
        visitor.post(link_in(last_letter(address)))
    return Person.objects.get(email=address).pk


def test_by_the_link_of_a_member(cast: Cast, commit: Any, sign_in: Any) -> None:
    code = api.recruit_code(person_id=cast.teammate)
    page = sign_in(cast.teammate).get("/moi/parrainage/").content.decode()
    assert f"/rejoindre/?par={code}" in page
    new = join(commit, code, shows_name="on")
    row = Recruitment.objects.get()
    assert (row.person_id, row.recruiter_id, row.via) == (new, cast.teammate, RecruitVia.LINK)
    page = sign_in(cast.teammate).get("/moi/parrainage/").content.decode()
    assert "<li>Nouvelle</li>" in page
    browser = sign_in(new)
    assert "peut lire votre prénom" in browser.get("/moi/parrainage/").content.decode()
    browser.post("/moi/parrainage/", {"do": "hide"})
    assert "<li>Nouvelle</li>" not in sign_in(cast.teammate).get("/moi/parrainage/").content.decode()


def test_without_a_tick_only_the_number_is_read(cast: Cast, commit: Any, sign_in: Any) -> None:
    join(commit, api.recruit_code(person_id=cast.teammate))
    page = sign_in(cast.teammate).get("/moi/parrainage/").content.decode()
    assert "Nouvelle" not in page
    assert "<dd>1</dd>" in page


@pytest.mark.parametrize("par", ["inconnu", "", "x" * 79])
def test_an_unknown_code_brings_nobody_and_stops_nobody(cast: Cast, commit: Any, par: str) -> None:
    join(commit, par)
    assert not Recruitment.objects.exists()


def test_a_renewed_link_brings_nobody(cast: Cast, commit: Any, sign_in: Any) -> None:
    old = api.recruit_code(person_id=cast.teammate)
    sign_in(cast.teammate).post("/moi/parrainage/", {"do": "renew"})
    assert RecruitCode.objects.get().code != old
    join(commit, old)
    assert not Recruitment.objects.exists()


def test_the_form_asks_for_the_name_only_of_who_was_invited(cast: Cast) -> None:
    assert "shows_name" not in Client().get("/rejoindre/").content.decode()
    assert "shows_name" in Client().get("/rejoindre/?par=abc").content.decode()


def invite_into(cast: Cast, commit: Any, sign_in: Any, group_slug: str = "macon") -> str:
    """The token of the letter by which the leader of Mâcon invites an address into his group."""
    with commit():
        sign_in(cast.owner).post(f"/groupes/{group_slug}/inviter/", {"address": WHO})
    return link_in(last_letter(WHO)).rstrip("/").rsplit("/", 1)[1]


def test_invited_into_a_group_by_address_one_finds_it_beside_the_local_group(
    cast: Cast, commit: Any, sign_in: Any
) -> None:
    token = invite_into(cast, commit, sign_in)
    assert "pour le groupe «\u00a0Mâcon\u00a0»" in last_letter(WHO)
    assert f"par={token}" in Client().get(f"/invitation/{token}/").content.decode()
    new = join(commit, token)
    groups = {card.group.slug: card for card in network.groups_of(person_id=new)}
    assert set(groups) == {"macon", "saone-et-loire"}
    assert groups["macon"].source == Source.INVITED
    assert groups["macon"].reason == "parce que Owner E. vous y a invité(e)"
    assert Recruitment.objects.get().via == RecruitVia.LETTER
    assert Referral.objects.get().address == ""
    page = sign_in(new).get("/bienvenue/").content.decode()
    assert "/groupes/macon/" in page
    assert "/groupes/saone-et-loire/" in page
    Invitation.objects.all().delete()
    assert (
        "une lettre"
        in network.groups_of(person_id=new)[0].reason + network.groups_of(person_id=new)[1].reason
    )


def test_the_letter_of_another_opens_no_group(cast: Cast, commit: Any, sign_in: Any) -> None:
    """A link that was passed on still counts for who sent it; the place was not for everybody."""
    token = invite_into(cast, commit, sign_in)
    new = join(commit, token, address="autre@example.org")
    assert not network.is_member(person_id=new, group_id=cast.group)
    assert Recruitment.objects.get().recruiter_id == cast.owner
    assert Referral.objects.get().address == WHO


@pytest.mark.parametrize(
    ("openness", "still", "wanted"),
    [
        (Openness.OPEN, False, "member"),
        (Openness.MODERATED, True, "member"),
        (Openness.MODERATED, False, "asks"),
        (Openness.INVITATION, True, "member"),
        (Openness.INVITATION, False, "nothing"),
    ],
)
def test_openness_counts_as_it_is_when_one_comes(
    cast: Cast, openness: Openness, still: bool, wanted: str
) -> None:
    Group.objects.filter(pk=cast.group).update(openness=openness)
    if still:
        Membership.objects.filter(person_id=cast.teammate).update(role=MemberRole.MANAGER)
    new = make_person("Venue")
    for _twice in range(2):
        network.place_invited(person_id=new, by_id=cast.teammate, scope_id=cast.group, at=now())
    assert network.is_member(person_id=new, group_id=cast.group) == (wanted == "member")
    assert JoinRequest.objects.filter(person_id=new).exists() == (wanted == "asks")


def test_the_excluded_are_not_placed_nor_invited_by_address(cast: Cast) -> None:
    network.exclude(by_id=cast.owner, group_id=cast.group, person_id=cast.teammate, reason="Non.", at=now())
    network.place_invited(person_id=cast.teammate, by_id=cast.owner, scope_id=cast.group, at=now())
    network_actions.invite_address(
        by_id=cast.owner, group_id=cast.group, address="teammate@example.org", at=now()
    )
    assert not Invitation.objects.filter(state="open").exists()
    assert not network.is_member(person_id=cast.teammate, group_id=cast.group)


# One letter only ---------------------------------------------------------------------------------------


def test_never_a_second_letter_by_anybody_nor_after_the_rows_are_gone(cast: Cast, commit: Any) -> None:
    """By another member, into a group, after the purge, after the inviter is erased."""
    at = now()
    with commit():
        api.invite(person_id=cast.teammate, address=WHO, at=at)
        api.invite(person_id=cast.owner, address=f" {WHO.upper()} ", at=at)
        network_actions.invite_address(by_id=cast.owner, group_id=cast.group, address=WHO, at=at)
    api.purge(at=at + timedelta(days=400))
    assert not Referral.objects.exists()
    with commit():
        api.invite(person_id=cast.coordinator, address=WHO, at=at + timedelta(days=401))
    assert [letter.to for letter in mail.outbox] == [[WHO]]
    with commit():
        api.invite(person_id=cast.teammate, address="tiers@example.org", at=at)
    account.erase(person_id=cast.teammate, by_id=None, at=at, wipes=False)
    with commit():
        api.invite(person_id=cast.owner, address="tiers@example.org", at=at)
    assert len([letter for letter in mail.outbox if letter.to == ["tiers@example.org"]]) == 1
    assert InvitedOnce.objects.count() == 2
    assert not any(WHO in str(value) for row in InvitedOnce.objects.values() for value in row.values())


def test_joining_by_another_road_answers_the_letter(cast: Cast, commit: Any) -> None:
    with commit():
        api.invite(person_id=cast.teammate, address=WHO, at=now())
    join(commit, "")
    assert Referral.objects.get().address == ""
    assert not Recruitment.objects.exists()


# What is read of it --------------------------------------------------------------------------------------


def brought(count: int, by: UUID | None, *, days: int = 100, at: Any = None) -> list[UUID]:
    found = []
    for _n in range(count):
        moment = at or now() - timedelta(days=days)
        person = make_person(f"P{Person.objects.count()}", joined_at=moment)
        if by:
            Recruitment.objects.create(person_id=person, recruiter_id=by, via="link", at=moment)
        found.append(person)
    return found


def test_ones_own_cascade_by_generation(cast: Cast, django_assert_num_queries: Any) -> None:
    first = brought(3, cast.teammate)
    second = brought(2, first[0], days=60)
    brought(1, second[0], days=30)
    with django_assert_num_queries(5):
        found = cascade.own_cascade(person_id=cast.teammate)
    assert found.generations == (3, 2, 1)
    assert found.total == sum(count for _month, count in found.months) == 6
    assert found.names == ()
    assert found.shows_name is None


def test_a_loop_in_the_rows_ends(cast: Cast) -> None:
    """Two accounts that were merged may leave one."""
    first = brought(1, cast.teammate)[0]
    Recruitment.objects.create(person_id=cast.teammate, recruiter_id=first, via="link")
    assert cascade.own_cascade(person_id=cast.teammate).total == 1


def test_coordinators_read_figures_of_five_and_no_name(cast: Cast, sign_in: Any) -> None:
    brought(4, cast.teammate, days=200)
    browser = sign_in(cast.coordinator)
    page = browser.get("/parrainages/").content.decode()
    assert "Trop peu" in page
    from django.core.cache import cache

    cache.clear()
    some = brought(3, cast.teammate, days=150)
    brought(6, some[0], days=120)
    found = cascade.territory_cascade(territory_id="departement:71", at=now())
    assert found.told == 13
    assert sum(bar.count for bar in found.depths) == 13
    assert all(bar.count >= 5 for bar in (*found.depths, *found.months))
    assert found.r is not None
    assert cascade.territory_cascade(territory_id="departement:21", at=now()).told == 0


def test_this_month_is_not_told_yet(cast: Cast) -> None:
    brought(30, cast.teammate, at=now())
    assert cascade.territory_cascade(territory_id="departement:71", at=now()).told == 0


@pytest.mark.parametrize(
    ("person", "own", "figures", "elsewhere"),
    [
        (None, L, L, L),
        ("teammate", 200, 404, 404),
        ("owner", 200, 404, 404),
        ("coordinator", 200, 200, 404),
        ("other_coordinator", 200, 200, 200),
        ("administrator", 200, 200, 404),
    ],
)
def test_who_opens_what(
    cast: Cast, sign_in: Any, person: str | None, own: Any, figures: Any, elsewhere: Any
) -> None:
    browser = sign_in(getattr(cast, person) if person else None)
    wanted = {
        "/moi/parrainage/": own,
        "/parrainages/": figures,
        "/parrainages/?territoire=departement:21": elsewhere,
    }
    for address, status in wanted.items():
        response = browser.get(address)
        got = L if response.status_code == 302 else response.status_code
        assert (address, got) == (address, status)
    if own == 200:
        assert ("/parrainages/" in browser.get("/moi/parrainage/").content.decode()) == (figures == 200)
    post = browser.post("/moi/parrainage/", {"do": "renew"})
    assert post.status_code == 302


def test_posts_are_limited(cast: Cast, sign_in: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("amiral.kit.ratelimit.is_allowed", lambda **_: False)
    assert sign_in(cast.teammate).post("/moi/parrainage/", {"do": "renew"}).status_code == 429


def test_merging_leaves_nobody_brought_by_himself(cast: Cast) -> None:
    first = brought(1, cast.teammate)[0]
    api.merge(by_id=cast.administrator, kept_id=cast.teammate, absorbed_id=first, silent=True)
    assert not Recruitment.objects.exists()


def test_the_link_of_a_page_keeps_its_own_question(settings: Any) -> None:
    settings.PUBLIC_URL = "https://campagne.example"
    assert (
        recruiting.link_of(code="abc", path="/actions/?q=1")
        == "https://campagne.example/actions/?q=1&par=abc"
    )
    assert recruiting.link_of(code="abc", path="/") == "https://campagne.example/?par=abc"
