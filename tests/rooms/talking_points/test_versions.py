"""Versions of a card: the table of states, four eyes, sources, validity; one approved text at a time."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import IntegrityError, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from amiral.kit.errors import NotFound, Refused
from amiral.kit.models import AuditLine
from amiral.rooms.talking_points import actions, api
from amiral.rooms.talking_points.contracts import TRANSITIONS, Source, VersionState
from amiral.rooms.talking_points.models import TalkingPoint, Theme, Version, folded
from tests.conftest import NOON, Cast
from tests.rooms.talking_points.conftest import SOURCE, Cards, draft

TODAY = NOON.date()
VERBS = {VersionState.APPROVED: "approve", VersionState.WITHDRAWN: "withdraw"}


def put_in(version_id: UUID, state: VersionState, *, by: UUID, author: UUID) -> None:
    """Brings a draft to ``state`` by verbs alone."""
    point = Version.objects.get(pk=version_id).point_id
    if state in (VersionState.APPROVED, VersionState.SUPERSEDED):
        api.approve(by_id=by, version_id=version_id, at=NOON)
    if state == VersionState.SUPERSEDED:
        api.approve(by_id=by, version_id=draft(author, point_id=point), at=NOON)
    if state == VersionState.WITHDRAWN:
        api.withdraw(by_id=by, version_id=version_id)
    assert Version.objects.get(pk=version_id).state == state


@pytest.mark.parametrize("now", list(VersionState))
@pytest.mark.parametrize("then", list(VERBS))
def test_the_state_machine_exhaustively(
    cast: Cast, theme: str, now: VersionState, then: VersionState
) -> None:
    version = draft(cast.coordinator)
    put_in(version, now, by=cast.administrator, author=cast.coordinator)

    def act() -> None:
        getattr(api, VERBS[then])(by_id=cast.administrator, version_id=version)

    if then in TRANSITIONS[now]:
        act()
        assert Version.objects.get(pk=version).state == then
    else:
        with pytest.raises(actions.WrongState):
            act()
        assert Version.objects.get(pk=version).state == now


def test_nothing_becomes_a_draft_again_and_only_approval_supersedes() -> None:
    assert all(VersionState.DRAFT not in onward for onward in TRANSITIONS.values())
    assert [one for one, onward in TRANSITIONS.items() if VersionState.SUPERSEDED in onward] == ["approved"]


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["draft", "approve", "withdraw"]),
            st.sampled_from(["coordinator", "other_coordinator", "administrator"]),
            st.integers(0, 7),
            st.sampled_from(["fr", "en"]),
        ),
        max_size=25,
    )
)
def test_whatever_the_verbs_one_text_at_most_is_approved_in_a_language(
    cast: Cast, theme: str, verbs: list[tuple[str, str, int, str]]
) -> None:
    """Also: numbers run from 1 without a gap, two pairs of eyes saw every approved text, none goes back."""
    with transaction.atomic():
        first = draft(cast.coordinator)
        point = Version.objects.get(pk=first).point_id
        versions = [first]
        approved_numbers: dict[str, list[int]] = {"fr": [], "en": []}
        for verb, person, place, language in verbs:
            by = getattr(cast, person)
            target = versions[place % len(versions)]
            try:
                if verb == "draft":
                    versions.append(draft(by, point_id=point, language=language))
                else:
                    getattr(api, verb)(by_id=by, version_id=target)
            except Refused:
                continue
            if verb == "approve":
                row = Version.objects.get(pk=target)
                approved_numbers[row.language].append(row.number)
            rows = list(Version.objects.filter(point_id=point))
            for one in ("fr", "en"):
                assert sum(row.state == "approved" and row.language == one for row in rows) <= 1
            assert sorted(row.number for row in rows) == list(range(1, len(rows) + 1))
            assert all(row.author_id != row.approved_by_id for row in rows)
        for numbers in approved_numbers.values():
            # Withdrawn texts may give way to older drafts; otherwise the approved number only grows.
            assert len(set(numbers)) == len(numbers)
        transaction.set_rollback(True)


# Four eyes, sources, validity ----------------------------------------------------------------------


@pytest.mark.parametrize("person", ["coordinator", "administrator"])
def test_nobody_approves_his_own_draft_whatever_his_mandate(
    cast: Cast, theme: str, sign_in: Any, person: str
) -> None:
    by = getattr(cast, person)
    version = draft(by)
    with pytest.raises(actions.OwnDraft):
        api.approve(by_id=by, version_id=version)
    browser = sign_in(by)
    assert "approuver/" not in browser.get(f"/arguments/versions/{version}/").content.decode()
    page = browser.post(f"/arguments/versions/{version}/approuver/", follow=True).content.decode()
    assert "demandez à une autre personne" in page


def test_the_database_holds_four_eyes_too(cast: Cast, cards: Cards) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Version.objects.filter(pk=cards.approved).update(approved_by_id=cast.coordinator)
    Version.objects.filter(pk=cards.approved).update(author_id=None)
    Version.objects.filter(pk=cards.approved).update(approved_by_id=None)


@pytest.mark.parametrize(
    "change",
    [
        {"state": "approved"},
        {"approved_at": NOON},
        {"short_line": ""},
        {"number": 1},
        {"state": "approved", "approved_at": NOON},
    ],
)
def test_the_database_refuses_what_no_verb_does(cast: Cast, cards: Cards, change: dict[str, Any]) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Version.objects.filter(pk=cards.draft).update(**change)


def test_the_database_allows_one_approved_text_in_each_language(cast: Cast, cards: Cards) -> None:
    Version.objects.filter(pk=cards.draft).update(state="approved", approved_at=NOON, language="en")


def test_a_card_without_source_is_not_approved(cast: Cast, theme: str) -> None:
    version = draft(cast.coordinator, sources=())
    with pytest.raises(actions.NoSource):
        api.approve(by_id=cast.administrator, version_id=version)


@pytest.mark.parametrize(
    "source",
    [
        Source(title="", url="https://a.example/"),
        Source(title="x", url=""),
        Source(title="x", url="javascript:alert(1)"),
        Source(title="x", url="ftp://a.example/"),
        Source(title="x", url="//a.example/"),
        Source(title="x", url="https://"),
        Source(title="x", url="https://[broken"),
    ],
)
def test_a_source_that_nobody_can_open_is_refused(cast: Cast, theme: str, source: Source) -> None:
    with pytest.raises(actions.BadSource):
        draft(cast.coordinator, sources=(source,))
    assert not TalkingPoint.objects.exists()


def test_too_many_sources(cast: Cast, theme: str) -> None:
    with pytest.raises(actions.TooManySources):
        draft(cast.coordinator, sources=(SOURCE,) * 9)


@pytest.mark.parametrize(
    "change",
    [{"short_line": ""}, {"short_line": "x" * 141}, {"body": " "}, {"body": "x" * 10_001}],
)
def test_a_card_says_something_and_not_too_much(cast: Cast, theme: str, change: dict[str, str]) -> None:
    with pytest.raises(Refused):
        draft(cast.coordinator, **change)
    assert not TalkingPoint.objects.exists()


def test_an_unknown_theme_or_card_is_not_found(cast: Cast, theme: str) -> None:
    with pytest.raises(NotFound):
        draft(cast.coordinator, theme="nulle-part")
    with pytest.raises(NotFound):
        draft(cast.coordinator, point_id=cast.owner)


def test_a_card_is_valid_to_the_end_of_its_last_day(cast: Cast, theme: str) -> None:
    from amiral.rooms.talking_points import queries

    version = draft(cast.coordinator, valid_until=TODAY)
    api.approve(by_id=cast.administrator, version_id=version, at=NOON)
    assert queries.approved(language="fr", day=TODAY)
    assert not queries.approved(language="fr", day=TODAY + timedelta(days=1))
    assert not queries.drafts(language="fr", day=TODAY)
    assert [one.id for one in queries.expired(language="fr", day=TODAY + timedelta(days=1))] == [version]


def test_what_has_expired_is_not_approved(cast: Cast, theme: str) -> None:
    version = draft(cast.coordinator, valid_until=TODAY - timedelta(days=1))
    with pytest.raises(actions.OutOfDate):
        api.approve(by_id=cast.administrator, version_id=version, at=NOON)


def test_an_older_draft_does_not_replace_a_newer_text(cast: Cast, cards: Cards) -> None:
    newer = draft(cast.coordinator, point_id=cards.point)
    api.approve(by_id=cast.administrator, version_id=newer)
    with pytest.raises(actions.NewerApproved):
        api.approve(by_id=cast.administrator, version_id=cards.draft)


def test_approval_supersedes_and_leaves_a_trace(cast: Cast, cards: Cards) -> None:
    api.approve(by_id=cast.other_coordinator, version_id=cards.draft, at=NOON)
    assert Version.objects.get(pk=cards.approved).state == "superseded"
    (card,) = api.approved(language="fr")
    assert (card.version_number, card.short_line) == (2, "Un médecin partout")
    assert card.approved_by_name == "Othercoordinator E."
    line = AuditLine.objects.get(verb="approve", subject_id=str(cards.draft))
    assert (line.actor_id, line.detail) == (cast.other_coordinator, {"number": 2})


def test_after_a_withdrawal_nothing_comes_back_by_itself(cast: Cast, cards: Cards) -> None:
    api.approve(by_id=cast.administrator, version_id=cards.draft)
    api.withdraw(by_id=cast.coordinator, version_id=cards.draft)
    assert api.approved(language="fr") == ()
    assert api.cards(point_ids=[cards.point], language="fr") == ()


def test_erased_persons_leave_the_card(cast: Cast, cards: Cards) -> None:
    from amiral.rooms.people.models import Person

    Person.objects.filter(pk__in=[cast.coordinator, cast.administrator]).delete()
    (card,) = api.approved(language="fr")
    assert card.approved_by_name == "Ancien membre"


def test_themes(cast: Cast, theme: str, sign_in: Any) -> None:
    assert theme == "sante"
    with pytest.raises(actions.ThemeExists):
        api.create_theme(by_id=cast.coordinator, name_fr="Santé", name_en="Health")
    with pytest.raises(actions.ThemeUnnamed):
        api.create_theme(by_id=cast.coordinator, name_fr="Eau", name_en=" ")
    with pytest.raises(NotFound):
        api.create_theme(by_id=cast.owner, name_fr="Eau", name_en="Water")
    assert [one.name for one in api.themes(language="en")] == ["Health"]
    page = sign_in(cast.coordinator).post("/arguments/themes/", {"name_fr": "Santé", "name_en": "Health"})
    assert "Un thème porte déjà ce nom." in page.content.decode()
    with pytest.raises(IntegrityError), transaction.atomic():
        Theme.objects.create(slug="eau", name_fr="Eau", name_en="")


@pytest.mark.parametrize(
    ("text", "plain"),
    [("L’Œuvre d’été", "l oeuvre d ete"), ("  ÉCOLE\n", "ecole"), ("n° 12 %", "n 12"), ("", "")],
)
def test_folding(text: str, plain: str) -> None:
    assert folded(text) == plain


@given(st.text())
def test_folding_twice_changes_nothing(text: str) -> None:
    assert folded(folded(text)) == folded(text)


def test_a_person_receives_what_he_wrote(cast: Cast, cards: Cards) -> None:
    wrote = api.export_person(person_id=cast.coordinator)["talking_points"]
    approved = api.export_person(person_id=cast.administrator)["talking_points"]
    assert [one["part"] for one in wrote] == ["author", "author"]
    assert [(one["part"], one["text"]) for one in approved] == [("approver", "")]


def test_sources_survive_storage() -> None:
    for source in (SOURCE, Source(title="x", url="http://a.example/")):
        assert Source.from_json(source.as_json()) == source
    assert SOURCE.on == date(2026, 5, 4)
