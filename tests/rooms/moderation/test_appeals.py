"""Another moderator looks again: who may ask, who may decide, what follows."""

from typing import Any
from uuid import UUID

import pytest

from amiral.kit.errors import NotFound
from amiral.rooms.moderation import actions
from amiral.rooms.moderation.contracts import ReportState
from amiral.rooms.moderation.models import Appeal
from amiral.rooms.network.models import Post
from amiral.rooms.outreach.models import Message
from tests.conftest import NOON, Cast

PERSONS = (
    "anonymous", "teammate", "owner", "stranger", "coordinator", "other_coordinator", "administrator"
)  # fmt: skip
L = "sign in"
# The coordinator has hidden what the team-mate wrote and the owner reported; the administrator is another.
PAGES: dict[tuple[str, str], tuple[Any, ...]] = {
    ("get", "/moderation/{report}/recours/"): (L, 200, 404, 404, 404, 404, 404),
    ("get", "/moderation/recours/"): (L, 404, 404, 404, 200, 200, 200),
    ("get", "/moderation/recours/{appeal}/"): (L, 404, 404, 404, 404, 404, 200),
    ("post", "/moderation/recours/{appeal}/"): (L, 404, 404, 404, 404, 404, 302),
}


def decide(report: UUID, by: UUID, state: str = "upheld") -> None:
    actions.decide(by_id=by, report_id=report, state=ReportState(state), reason="Charte, 2.", at=NOON)


@pytest.fixture
def appeal(cast: Cast, report: UUID) -> UUID:
    """Of the team-mate against the coordinator's decision."""
    decide(report, cast.coordinator)
    return actions.appeal(by_id=cast.teammate, report_id=report, words="C’était pour rire.", at=NOON)


@pytest.mark.parametrize("person", PERSONS)
def test_matrix(cast: Cast, report: UUID, appeal: UUID, sign_in: Any, person: str) -> None:
    browser = sign_in(getattr(cast, person, None))
    for (verb, pattern), wanted in PAGES.items():
        address = pattern.format(report=report, appeal=appeal)
        sent = {"outcome": "granted", "reason": "Ironie."}
        response = browser.get(address) if verb == "get" else browser.post(address, sent)
        signing_in = response.status_code == 302 and response.url.startswith("/compte/")
        assert (L if signing_in else response.status_code) == wanted[PERSONS.index(person)], address
    assert Appeal.objects.get().granted is (True if person == "administrator" else None)


@pytest.mark.parametrize("address", ["/moderation/{report}/recours/", "/moderation/recours/{report}/"])
def test_every_verb_is_limited(
    cast: Cast, report: UUID, sign_in: Any, monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    monkeypatch.setattr("amiral.kit.ratelimit.is_allowed", lambda **_: False)
    assert sign_in(cast.teammate).post(address.format(report=report), {}).status_code == 429


def test_what_was_hidden_is_shown_again(cast: Cast, appeal: UUID) -> None:
    assert Post.objects.get().hidden_at is not None
    actions.decide_appeal(by_id=cast.administrator, appeal_id=appeal, granted=True, reason="Ironie.", at=NOON)
    assert Post.objects.get().hidden_at is None
    letters = Message.objects.filter(idempotency_key__startswith="moderation-appeal:")
    assert [letter.person_id for letter in letters] == [cast.teammate]


def test_what_was_kept_is_hidden_and_its_author_told(cast: Cast, report: UUID) -> None:
    decide(report, cast.coordinator, "rejected")
    asked = actions.appeal(by_id=cast.owner, report_id=report, words="Relisez.", at=NOON)
    actions.decide_appeal(by_id=cast.administrator, appeal_id=asked, granted=True, reason="Insulte.", at=NOON)
    assert Post.objects.get().hidden_at is not None
    letters = Message.objects.filter(idempotency_key__startswith="moderation-appeal:")
    assert {letter.person_id for letter in letters} == {cast.owner, cast.teammate}


def test_refused_nothing_changes_and_it_is_over(cast: Cast, appeal: UUID) -> None:
    actions.decide_appeal(by_id=cast.administrator, appeal_id=appeal, granted=False, reason="Non.", at=NOON)
    assert Post.objects.get().hidden_at is not None
    with pytest.raises(actions.AlreadyDecided):
        actions.decide_appeal(
            by_id=cast.administrator, appeal_id=appeal, granted=True, reason="Oui.", at=NOON
        )


def test_only_who_lost_appeals_and_once_with_words(cast: Cast, report: UUID) -> None:
    with pytest.raises(NotFound):
        actions.appeal(by_id=cast.teammate, report_id=report, words="Trop tôt.", at=NOON)
    decide(report, cast.coordinator)
    with pytest.raises(NotFound):
        actions.appeal(by_id=cast.owner, report_id=report, words="J’ai gagné.", at=NOON)
    with pytest.raises(actions.WordsMissing):
        actions.appeal(by_id=cast.teammate, report_id=report, words=" ", at=NOON)
    actions.appeal(by_id=cast.teammate, report_id=report, words="Non.", at=NOON)
    with pytest.raises(actions.AppealedAlready):
        actions.appeal(by_id=cast.teammate, report_id=report, words="Encore.", at=NOON)


def test_a_decision_has_a_reason(cast: Cast, appeal: UUID) -> None:
    with pytest.raises(actions.ReasonMissing):
        actions.decide_appeal(by_id=cast.administrator, appeal_id=appeal, granted=True, reason=" ", at=NOON)


def test_the_letter_of_who_lost_says_where_to_appeal(cast: Cast, report: UUID) -> None:
    decide(report, cast.coordinator)
    bodies = dict(
        Message.objects.filter(idempotency_key__startswith="moderation:").values_list("person_id", "body")
    )
    # A letter that has left keeps no words: those that wait do.
    waiting = {person: body for person, body in bodies.items() if body}
    assert all(
        (f"/moderation/{report}/recours/" in body) is (person == cast.teammate)
        for person, body in waiting.items()
    )
