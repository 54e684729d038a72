"""Certification by written criteria, exclusions and their appeals: rules, pages and who may open them."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from amiral.kit.errors import NotFound, Refused
from amiral.kit.models import AuditLine
from amiral.rooms.network import actions, api
from amiral.rooms.network.contracts import (
    CERTIFICATION_TRANSITIONS,
    AppealState,
    CertificationState,
    CertificationStepKind,
    CriterionKind,
)
from amiral.rooms.network.models import (
    Certification,
    CertificationCriterion,
    CertificationStep,
    Exclusion,
    Group,
    Invitation,
    Membership,
    Notification,
)
from amiral.rooms.people.models import Mandate
from tests.conftest import NOON, Cast, give_mandate, make_person

DAY = timedelta(days=1)
PERSONS = (
    "anonymous", "teammate", "owner", "stranger", "coordinator", "other_coordinator", "administrator"
)  # fmt: skip
L = "sign in"
LEADERS = (L, 404, 200, 404, 200, 404, 200)
LEADERS_DONE = (L, 404, 302, 404, 302, 404, 302)
PAGES: dict[tuple[str, str], tuple[Any, ...]] = {
    ("get", "/certification/"): (200, 200, 200, 200, 200, 200, 200),
    ("post", "/certification/"): (404, 404, 404, 404, 404, 404, 302),
    ("post", "/certification/{criterion}/retirer/"): (L, 404, 404, 404, 404, 404, 302),
    ("get", "/groupes/macon/certification/"): LEADERS,
    # Nobody decides what he asked for himself: the page again; a leader who waits has nothing to send.
    ("post", "/groupes/macon/certification/"): (L, 404, 200, 404, 302, 404, 302),
    ("get", "/groupes/macon/exclusions/?membre={teammate}"): LEADERS,
    ("post", "/groupes/macon/exclusions/?membre={teammate}"): LEADERS_DONE,
    ("post", "/exclusions/{exclusion}/lever/"): LEADERS_DONE,
    ("post", "/exclusions/{exclusion}/repondre/"): (L, 404, 404, 404, 302, 404, 302),
    ("get", "/moi/exclusions/{exclusion}/"): (L, 404, 404, 200, 404, 404, 404),
    ("post", "/moi/exclusions/{exclusion}/"): (L, 404, 404, 200, 404, 404, 404),
}
ADDRESSES = {
    pattern.replace("macon", "<slug:slug>")
    .replace("{criterion}", "<uuid:criterion_id>")
    .replace("{exclusion}", "<uuid:exclusion_id>")
    .partition("?")[0]
    .lstrip("/")
    for _verb, pattern in PAGES
}
SENT = {
    "kind": "members",
    "least": "2",
    "text_fr": "Au moins deux membres",
    "text_en": "Two members at least",
    "decision": "yes",
    "reasons": "Tout y est.",
    "reason": "Insultes répétées.",
    "words": "Je conteste.",
}


def write(cast: Cast, kind: CriterionKind, least: int = 0, months: int = 0) -> UUID:
    return api.write_criterion(
        by_id=cast.administrator, kind=kind, least=least, within_months=months,
        text_fr=f"Critère {kind} {least}", text_en=f"Criterion {kind} {least}", at=NOON,
    )  # fmt: skip


@pytest.fixture
def led(cast: Cast) -> Cast:
    """The mandate of the leader says where the group lies, as ``name_leader`` writes it."""
    Mandate.objects.filter(scope_id=cast.group).update(territory_id="commune:71270")
    Group.objects.filter(pk=cast.group).update(created_at=NOON - 40 * DAY)
    return cast


@pytest.fixture
def world(led: Cast) -> Mapping[str, UUID]:
    """A criterion that the group meets, its request, a stranger who is excluded and appeals."""
    criterion = write(led, CriterionKind.MEMBERS, 2)
    api.ask_certification(by_id=led.owner, group_id=led.group, words="", at=NOON)
    api.join(person_id=led.stranger, group_id=led.group, at=NOON)
    exclusion = api.exclude(
        by_id=led.owner, group_id=led.group, person_id=led.stranger, reason="Insultes.", at=NOON
    )
    actions.appeal_exclusion(person_id=led.stranger, exclusion_id=exclusion, words="Non.", at=NOON)
    return {"criterion": criterion, "exclusion": exclusion, "teammate": led.teammate}


def answer(browser: Any, verb: str, address: str) -> Any:
    sent = SENT | ({"decision": "lift", "sentence": "Soit."} if "repondre" in address else {})
    response = browser.get(address) if verb == "get" else browser.post(address, sent)
    if response.status_code == 302 and response.url.startswith("/compte/"):
        return L
    return response.status_code


@pytest.mark.parametrize("person", PERSONS)
def test_matrix(led: Cast, world: Mapping[str, UUID], sign_in: Any, person: str) -> None:
    from django.db import transaction

    browser = sign_in(getattr(led, person, None))
    for (verb, pattern), wanted in PAGES.items():
        with transaction.atomic():
            got = answer(browser, verb, pattern.format(**world))
            transaction.set_rollback(True)
        assert (pattern, got) == (pattern, wanted[PERSONS.index(person)])


def test_every_post_is_limited(
    led: Cast, world: Mapping[str, UUID], sign_in: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("amiral.kit.ratelimit.is_allowed", lambda **_: False)
    browser = sign_in(led.administrator)
    for verb, pattern in PAGES:
        if verb == "post":
            assert answer(browser, verb, pattern.format(**world)) == 429


# Certification ------------------------------------------------------------------------------------------


def told(person_id: UUID) -> list[str]:
    rows = Notification.objects.filter(person_id=person_id).order_by("created_at", "id")
    return list(rows.values_list("subject", flat=True))


def steps(cast: Cast) -> list[str]:
    rows = CertificationStep.objects.filter(group_id=cast.group).order_by("at", "id")
    return list(rows.values_list("kind", flat=True))


def daily(at: Any) -> dict[str, int]:
    return actions.check_certifications(at=at, report=lambda done, total: None)


def grant(cast: Cast, *, confirmed: tuple[UUID, ...] = (), at: Any = NOON) -> None:
    api.grant_certification(
        by_id=cast.coordinator, group_id=cast.group, confirmed=confirmed, reasons="Vu sur place.", at=at
    )


def test_asked_confirmed_granted_and_read_by_everybody(led: Cast, sign_in: Any) -> None:
    write(led, CriterionKind.AGE, 30)
    charter = write(led, CriterionKind.DECLARED)
    api.ask_certification(by_id=led.owner, group_id=led.group, words="Voilà.", at=NOON)
    assert told(led.coordinator) == ["La certification du groupe Mâcon est demandée"]
    assert "Mâcon" in sign_in(led.coordinator).get("/certification/").content.decode()
    with pytest.raises(actions.NotConfirmed):
        grant(led)
    grant(led, confirmed=(charter,))
    assert "Vu sur place." in told(led.owner)[0]
    page = sign_in(None).get("/groupes/macon/").content.decode()
    assert "Groupe certifié depuis le" in page
    assert "Critère declared 0" in page
    listed = sign_in(None).get("/groupes/?certifies=1").content.decode()
    assert "/groupes/macon/" in listed
    assert "/groupes/dijon/" not in listed
    assert "Certified group since" in sign_in(None).get(
        "/groupes/macon/", headers={"accept-language": "en"}
    ).content.decode()  # fmt: skip


def test_what_is_not_met_cannot_be_asked_nor_granted(led: Cast, sign_in: Any) -> None:
    with pytest.raises(actions.NothingWritten):
        api.ask_certification(by_id=led.owner, group_id=led.group, words="", at=NOON)
    write(led, CriterionKind.MEMBERS, 3)
    with pytest.raises(actions.NotYet, match="Critère members 3"):
        api.ask_certification(by_id=led.owner, group_id=led.group, words="", at=NOON)
    assert "non rempli" in sign_in(led.owner).get("/groupes/macon/certification/").content.decode()
    third = make_person("Troisieme")
    api.join(person_id=third, group_id=led.group, at=NOON)
    api.ask_certification(by_id=led.owner, group_id=led.group, words="", at=NOON)
    api.leave(person_id=third, group_id=led.group, at=NOON)
    with pytest.raises(actions.NotYet):
        grant(led)
    actions.decide_certification(
        by_id=led.coordinator, group_id=led.group, granted=False, confirmed=(), reasons="Trop peu.", at=NOON
    )
    with pytest.raises(actions.NothingAsked):
        grant(led)
    assert steps(led) == ["asked", "refused"]


def test_nobody_decides_what_he_asked(led: Cast, sign_in: Any) -> None:
    write(led, CriterionKind.MEMBERS, 1)
    api.ask_certification(by_id=led.coordinator, group_id=led.group, words="", at=NOON)
    with pytest.raises(actions.AnotherDecides):
        grant(led)
    with pytest.raises(actions.AskedOrGranted):
        api.ask_certification(by_id=led.owner, group_id=led.group, words="", at=NOON)
    with pytest.raises(NotFound):
        api.grant_certification(
            by_id=led.owner, group_id=led.group, confirmed=(), reasons="Moi-même", at=NOON
        )
    assert (
        "quelqu’un d’autre" in sign_in(led.coordinator).get("/groupes/macon/certification/").content.decode()
    )


def test_each_computed_criterion_counts(led: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    from amiral.rooms.network.queries import certification as queries

    monkeypatch.setattr(queries, "call", lambda _name, **_asked: [2])
    api.publish(author_id=led.owner, group_id=led.group, body="Samedi.", at=NOON - 40 * DAY)
    for kind, least, months in [
        (CriterionKind.AGE, 40, 0), (CriterionKind.AGE, 41, 0),
        (CriterionKind.MEMBERS, 2, 0), (CriterionKind.MEMBERS, 3, 0),
        (CriterionKind.LEADERS, 1, 0), (CriterionKind.LEADERS, 2, 0),
        (CriterionKind.ACTIONS, 2, 3), (CriterionKind.ACTIONS, 3, 3),
        (CriterionKind.RECENT_POST, 1, 2), (CriterionKind.RECENT_POST, 1, 1),
    ]:  # fmt: skip
        write(led, kind, least, months)
    group = Group.objects.get(pk=led.group)
    found = queries.check(group=group, at=NOON)
    assert [one.met for one in found] == [True, False] * 5


@pytest.mark.parametrize(
    ("kind", "least", "months"),
    [(CriterionKind.MEMBERS, 0, 0), (CriterionKind.ACTIONS, 1, 0), (CriterionKind.AGE, 200_000, 0)],
)
def test_a_criterion_without_its_number_is_refused(
    cast: Cast, kind: CriterionKind, least: int, months: int
) -> None:
    with pytest.raises(actions.BadCriterion):
        write(cast, kind, least, months)
    with pytest.raises(NotFound):
        api.write_criterion(
            by_id=cast.coordinator, kind=kind, least=2, within_months=2, text_fr="x", text_en="x", at=NOON
        )


def test_warned_then_suspended_then_restored(led: Cast, sign_in: Any) -> None:
    write(led, CriterionKind.MEMBERS, 2)
    api.ask_certification(by_id=led.owner, group_id=led.group, words="", at=NOON)
    grant(led)
    assert not any(daily(NOON + DAY).values())
    api.leave(person_id=led.teammate, group_id=led.group, at=NOON + DAY)
    assert daily(NOON + 2 * DAY)["warned"] == 1
    assert not any(daily(NOON + 3 * DAY).values())
    assert "ne remplit plus" in told(led.owner)[-1]
    assert "Groupe certifié" in sign_in(None).get("/groupes/macon/").content.decode()
    assert "sera suspendu" in sign_in(led.owner).get("/groupes/macon/certification/").content.decode()
    assert daily(NOON + 32 * DAY)["suspended"] == 1
    assert "Groupe certifié" not in sign_in(None).get("/groupes/macon/").content.decode()
    assert "/groupes/macon/" not in sign_in(None).get("/groupes/?certifies=1").content.decode()
    assert not any(daily(NOON + 33 * DAY).values())
    api.join(person_id=led.teammate, group_id=led.group, at=NOON + 34 * DAY)
    assert daily(NOON + 35 * DAY)["restored"] == 1
    assert steps(led) == ["asked", "granted", "warned", "suspended", "restored"]
    trace = AuditLine.objects.filter(verb__startswith="certification-", subject_id=str(led.group))
    assert {line.actor_id for line in trace} == {None}
    actions.withdraw_certification(by_id=led.coordinator, group_id=led.group, reasons="Dissous.", at=NOON)
    assert Certification.objects.get().state == CertificationState.WITHDRAWN


def test_a_warning_ends_when_the_group_mends_and_a_new_criterion_warns(led: Cast) -> None:
    write(led, CriterionKind.MEMBERS, 2)
    api.ask_certification(by_id=led.owner, group_id=led.group, words="", at=NOON)
    grant(led)
    new = write(led, CriterionKind.AGE, 45)
    assert daily(NOON + DAY)["warned"] == 1
    assert daily(NOON + 6 * DAY)["mended"] == 1
    assert Certification.objects.get().warned_at is None
    actions.retire_criterion(by_id=led.administrator, criterion_id=new, at=NOON)
    with pytest.raises(NotFound):
        actions.retire_criterion(by_id=led.administrator, criterion_id=new, at=NOON)
    assert CertificationCriterion.objects.filter(retired_at=None).count() == 1


def test_states_move_only_as_the_table_says() -> None:
    assert set(CERTIFICATION_TRANSITIONS) == set(CertificationState)
    reached = {state for after in CERTIFICATION_TRANSITIONS.values() for state in after}
    assert reached == set(CertificationState)
    assert set(actions.certifying._STATE_AFTER) < set(CertificationStepKind)


# Exclusions -------------------------------------------------------------------------------------------


def test_excluded_told_and_kept_out_on_every_road(led: Cast, sign_in: Any) -> None:
    mate = led.teammate
    exclusion = api.exclude(
        by_id=led.owner, group_id=led.group, person_id=mate, reason="Insultes répétées.", at=NOON
    )
    assert not api.is_member(person_id=mate, group_id=led.group)
    assert "Insultes répétées." in told(mate)[-1]
    for verb in (
        lambda: api.join(person_id=mate, group_id=led.group, at=NOON),
        lambda: actions.follow(person_id=mate, group_id=led.group, at=NOON),
        lambda: api.invite(by_id=led.owner, group_id=led.group, person_id=mate, at=NOON),
        lambda: api.exclude(by_id=led.owner, group_id=led.group, person_id=mate, reason="x", at=NOON),
    ):
        with pytest.raises((Refused, NotFound)):
            verb()
    # Also once the row of his membership is purged, which keeps leavers from being put back.
    Membership.objects.filter(person_id=mate).delete()
    api.place_newcomer(person_id=mate)
    api.place_many(person_ids=[mate], at=NOON)
    assert not Membership.objects.filter(person_id=mate, group_id=led.group).exists()
    page = sign_in(mate).get("/groupes/macon/").content.decode()
    assert f"/moi/exclusions/{exclusion}/" in page
    assert sign_in(mate).get("/groupes/macon/membres/").status_code == 404


def test_an_invitation_that_waits_is_withdrawn(led: Cast) -> None:
    actions.follow(person_id=led.stranger, group_id=led.group, at=NOON)
    Invitation.objects.create(group_id=led.group, person_id=led.stranger)
    api.exclude(by_id=led.owner, group_id=led.group, person_id=led.stranger, reason="Non.", at=NOON)
    assert Invitation.objects.get().state == "withdrawn"


def test_the_excluded_of_a_departement_read_it_no_more_from_inside(cast: Cast, sign_in: Any) -> None:
    api.join(person_id=cast.teammate, group_id=cast.departement_group, at=NOON)
    assert sign_in(cast.teammate).get("/groupes/saone-et-loire/membres/").status_code == 200
    api.exclude(
        by_id=cast.coordinator,
        group_id=cast.departement_group,
        person_id=cast.teammate,
        reason="Non.",
        at=NOON,
    )
    assert sign_in(cast.teammate).get("/groupes/saone-et-loire/membres/").status_code == 404


def test_leaders_holders_and_oneself_are_not_excluded(led: Cast) -> None:
    api.join(person_id=led.coordinator, group_id=led.group, at=NOON)
    for by_id, who, error in [
        (led.coordinator, led.owner, actions.LeadsByMandate),
        (led.owner, led.coordinator, actions.HoldsHere),
        (led.owner, led.owner, NotFound),
        (led.owner, led.stranger, NotFound),
        (led.teammate, led.owner, NotFound),
    ]:
        with pytest.raises(error):
            api.exclude(by_id=by_id, group_id=led.group, person_id=who, reason="Non.", at=NOON)


@pytest.mark.parametrize("lifted", [True, False])
def test_an_appeal_is_answered_by_another_coordinator(led: Cast, lifted: bool) -> None:
    row = api.exclude(by_id=led.coordinator, group_id=led.group, person_id=led.teammate, reason="N.", at=NOON)
    second = make_person("Seconde")
    give_mandate(second, "departement-coordinator", territory_id="departement:71")
    actions.appeal_exclusion(person_id=led.teammate, exclusion_id=row, words="Erreur.", at=NOON)
    with pytest.raises(actions.AppealedAlready):
        actions.appeal_exclusion(person_id=led.teammate, exclusion_id=row, words="Encore.", at=NOON)
    assert told(led.coordinator) == []
    assert "appel" in told(second)[0]
    values: dict[str, Any] = {"exclusion_id": row, "lifted": lifted, "sentence": "Après lecture.", "at": NOON}
    with pytest.raises(NotFound):
        actions.answer_appeal(by_id=led.coordinator, **values)
    actions.answer_appeal(by_id=second, **values)
    assert "Après lecture." in told(led.teammate)[-1]
    found = Exclusion.objects.get()
    assert found.appeal == (AppealState.LIFTED if lifted else AppealState.UPHELD)
    if lifted:
        api.join(person_id=led.teammate, group_id=led.group, at=NOON)
    assert api.is_member(person_id=led.teammate, group_id=led.group) is lifted


def test_lifted_by_the_leader_and_excluded_anew(led: Cast) -> None:
    values: dict[str, Any] = {"by_id": led.owner, "group_id": led.group, "person_id": led.teammate}
    row = api.exclude(reason="Un.", at=NOON, **values)
    actions.lift_exclusion(by_id=led.owner, exclusion_id=row, at=NOON)
    with pytest.raises(NotFound):
        actions.lift_exclusion(by_id=led.owner, exclusion_id=row, at=NOON)
    api.join(person_id=led.teammate, group_id=led.group, at=NOON)
    assert api.exclude(reason="Deux.", at=NOON, **values) == row
    assert Exclusion.objects.get().lifted_at is None
    assert "Deux." in told(led.teammate)[-1]
    kept = api.export_person(person_id=led.teammate)["network"]["exclusions"]
    assert kept[0]["reason"] == "Deux."
    actions.lift_exclusion(by_id=led.owner, exclusion_id=row, at=NOON)
    assert actions.purge_exclusions(at=NOON + 360 * DAY) == 0
    assert actions.purge_exclusions(at=NOON + 366 * DAY) == 1


def test_lists_ask_the_same_number_of_queries(
    led: Cast, sign_in: Any, django_assert_max_num_queries: Any
) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    write(led, CriterionKind.MEMBERS, 1)
    browser = sign_in(led.coordinator)

    def counts() -> list[int]:
        found = []
        for address in ("/certification/", "/groupes/?certifies=1", "/groupes/macon/exclusions/"):
            browser.get(address)
            with CaptureQueriesContext(
                connection,
            ) as queries:
                assert browser.get(address).status_code == 200
            found.append(len(queries))
        return found

    def more(number: int) -> None:
        for n in range(number):
            name = f"G{Group.objects.count()}x{n}"
            group = Group.objects.create(
                kind="thematic", slug=name.lower(), name=name, territory_id="departement:71"
            )
            state = "asked" if n % 2 else "granted"
            Certification.objects.create(group=group, state=state, asked_at=NOON)
            person = make_person(name)
            Exclusion.objects.create(
                group_id=led.group, person_id=person, reason="N", excluded_by_id=led.owner
            )

    more(2)
    before = counts()
    more(12)
    assert counts() == before
