"""Under seal: what was hidden is read by two together, leaves in one file, and is gone on its day."""

import io
import json
import zipfile
from datetime import timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID

import pytest

from amiral.cores.chain import sealed_digest
from amiral.kit.errors import NotFound
from amiral.rooms.moderation import actions, api
from amiral.rooms.moderation.actions import sealing
from amiral.rooms.moderation.contracts import Category, DecisionGround, ReportState, ScrubGround, Statement
from amiral.rooms.moderation.models import Decision, LogLine, Opening, Report, Sealed
from amiral.rooms.moderation.queries import seals
from tests.conftest import NOON, Cast, give_mandate, make_person

pytestmark = pytest.mark.django_db
WORDS = "Vous êtes des <b>ânes</b>."
LATER = NOON + timedelta(hours=1)


@pytest.fixture
def second(cast: Cast) -> UUID:
    """Another administrator."""
    person = make_person("Second")
    give_mandate(person, "administrator", territory_id="pays:FR")
    return person


@pytest.fixture
def hidden(cast: Cast, report: UUID) -> UUID:
    """The report, upheld by the coordinator."""
    actions.decide(
        by_id=cast.coordinator, report_id=report, state=ReportState.UPHELD, reason="Insulte.", at=NOON
    )
    return report


def opened(cast: Cast, second: UUID, hidden: UUID) -> None:
    asked = actions.ask_to_open(by_id=cast.administrator, report_id=hidden, reason="Plainte.", at=NOON)
    actions.confirm_opening(by_id=second, opening_id=asked, at=LATER)


def test_what_is_hidden_lies_nowhere_in_clear(cast: Cast, hidden: UUID) -> None:
    sealed = Sealed.objects.get()
    assert Report.objects.get().excerpt == ""
    assert "ânes".encode() not in bytes(sealed.content)
    held = seals.content(sealed=sealed)
    assert held["words"] == WORDS
    assert sealed.digest == sealed_digest(WORDS, held["salt"]) == LogLine.objects.get().body["sealed"]


def test_a_key_that_is_gone_opens_nothing_and_an_old_one_still_does(
    cast: Cast, hidden: UUID, settings: Any
) -> None:
    settings.SEAL_KEYS = ["new"]
    assert seals.content(sealed=Sealed.objects.get()) == {}
    settings.SEAL_KEYS = ["new", settings.SECRET_KEY]
    assert seals.content(sealed=Sealed.objects.get())["words"] == WORDS


def test_one_person_alone_opens_nothing(cast: Cast, hidden: UUID, second: UUID, sign_in: Any) -> None:
    browser = sign_in(cast.administrator)
    assert "ânes" not in browser.get(f"/moderation/{hidden}/").content.decode()
    browser.post(f"/moderation/{hidden}/scelle/", {"reason": "Plainte."})
    opening = Opening.objects.get()
    with pytest.raises(sealing.NeedsAnother):
        actions.confirm_opening(by_id=cast.administrator, opening_id=opening.pk, at=NOON)
    assert "ânes" not in browser.get(f"/moderation/{hidden}/").content.decode()
    other = sign_in(second)
    assert "Plainte." in other.get(f"/moderation/{hidden}/").content.decode()
    other.post(f"/moderation/scelles/{opening.pk}/", {"report": str(hidden)})
    for reader in (browser, other):
        assert "ânes" in reader.get(f"/moderation/{hidden}/").content.decode()
    assert LogLine.objects.filter(body__kind="opened").count() == 1


def test_only_administrators_touch_seals(cast: Cast, hidden: UUID, second: UUID) -> None:
    for person in (cast.coordinator, cast.teammate, cast.owner, cast.other_coordinator):
        with pytest.raises(NotFound):
            actions.ask_to_open(by_id=person, report_id=hidden, reason="x", at=NOON)
        with pytest.raises(NotFound):
            actions.scrub(by_id=person, report_id=hidden, ground=ScrubGround.MISTAKE, at=NOON)
    asked = actions.ask_to_open(by_id=second, report_id=hidden, reason="x", at=NOON)
    with pytest.raises(NotFound):
        actions.confirm_opening(by_id=cast.coordinator, opening_id=asked, at=NOON)
    with pytest.raises(sealing.SealReasonMissing):
        actions.ask_to_open(by_id=second, report_id=hidden, reason=" ", at=NOON)


def test_a_request_lapses_and_an_opening_ends_after_a_day(cast: Cast, hidden: UUID, second: UUID) -> None:
    asked = actions.ask_to_open(by_id=cast.administrator, report_id=hidden, reason="Plainte.", at=NOON)
    with pytest.raises(sealing.NothingToOpen):
        actions.confirm_opening(by_id=second, opening_id=asked, at=NOON + timedelta(days=1, minutes=1))
    opened(cast, second, hidden)
    sealed = Sealed.objects.get()
    view = seals.seal_view(sealed=sealed, person_id=second, at=LATER + timedelta(hours=23))
    assert view.words == WORDS
    assert seals.seal_view(sealed=sealed, person_id=second, at=LATER + timedelta(hours=25)).words == ""


def test_who_decides_an_appeal_reads_what_it_is_about(cast: Cast, hidden: UUID, sign_in: Any) -> None:
    asked = actions.appeal(by_id=cast.teammate, report_id=hidden, words="Ironie.", at=NOON)
    for _time in range(2):
        page = sign_in(cast.administrator).get(f"/moderation/recours/{asked}/").content.decode()
        assert "&lt;b&gt;ânes" in page
    opening = Opening.objects.get()
    assert (opening.asked_by_id, opening.confirmed_by_id) == (cast.teammate, cast.administrator)


def test_what_is_shown_again_is_no_longer_kept(cast: Cast, hidden: UUID) -> None:
    asked = actions.appeal(by_id=cast.teammate, report_id=hidden, words="Ironie.", at=NOON)
    actions.decide_appeal(by_id=cast.administrator, appeal_id=asked, granted=True, reason="Oui.", at=LATER)
    assert seals.content(sealed=Sealed.objects.get()) == {}


def test_a_refused_appeal_keeps_the_seal_and_says_the_reasons_again(cast: Cast, hidden: UUID) -> None:
    asked = actions.appeal(by_id=cast.teammate, report_id=hidden, words="Ironie.", at=NOON)
    actions.decide_appeal(by_id=cast.administrator, appeal_id=asked, granted=False, reason="Non.", at=LATER)
    first, again = Decision.objects.order_by("decided_at")
    assert (again.rule, again.facts, again.category) == (first.rule, first.facts, first.category)
    assert seals.content(sealed=Sealed.objects.get())["words"] == WORDS


def test_scrubbing_is_a_second_decision_of_somebody_else(
    cast: Cast, hidden: UUID, second: UUID, client: Any
) -> None:
    Report.objects.update(decided_by_id=second)
    with pytest.raises(sealing.OwnDecision):
        actions.scrub(by_id=second, report_id=hidden, ground=ScrubGround.MISTAKE, at=LATER)
    actions.scrub(by_id=cast.administrator, report_id=hidden, ground=ScrubGround.COURT_ORDER, at=LATER)
    assert seals.content(sealed=Sealed.objects.get()) == {}
    assert set(Decision.objects.values_list("rule", "facts", "explanation").get()) == {"–"}
    assert [row.body["kind"] for row in LogLine.objects.all()] == ["decision", "scrub"]
    page = client.get("/moderation/journal/").content.decode()
    assert "original détruit : ligne" in page.replace("\xa0", " ")
    with pytest.raises(sealing.NothingToOpen):
        actions.scrub(by_id=cast.administrator, report_id=hidden, ground=ScrubGround.MISTAKE, at=LATER)


@pytest.mark.parametrize(("category", "days"), [(Category.SPEECH, 365), (Category.SCAMS, 6 * 365 + 2)])
def test_originals_are_destroyed_on_their_day(
    cast: Cast, report: UUID, category: Category, days: int
) -> None:
    statement = Statement(
        ground=DecisionGround.ILLEGAL, rule="Loi", explanation="", facts="Faits.", category=category
    )
    actions.decide(
        by_id=cast.coordinator,
        report_id=report,
        state=ReportState.UPHELD,
        reason="x",
        at=NOON,
        statement=statement,
    )
    assert api.purge(at=NOON + timedelta(days=days))["moderation.Sealed"] == 0
    assert Report.objects.exists()  # what leads to the seal stays with it
    assert api.purge(at=NOON + timedelta(days=days, seconds=1))["moderation.Sealed"] == 1
    assert not Sealed.objects.exists()
    assert LogLine.objects.last().body["kind"] == "destroyed"  # type: ignore[union-attr]  # there are two


def test_an_erased_author_leaves_the_seal_as_evidence(cast: Cast, hidden: UUID) -> None:
    api.erase_person(person_id=cast.teammate)
    assert seals.content(sealed=Sealed.objects.get())["words"] == WORDS
    assert Decision.objects.get().explanation == "–"


def files_of(response: Any) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(response.content)) as archive:
        return {name.removeprefix("preuves/"): archive.read(name) for name in archive.namelist()}


def test_the_evidence_is_one_file_with_its_proof(
    cast: Cast, hidden: UUID, second: UUID, sign_in: Any
) -> None:
    closed = files_of(sign_in(cast.coordinator).post(f"/moderation/{hidden}/preuves/"))
    assert "original.txt" not in closed
    assert "sous scellé" in closed["LISEZMOI.txt"].decode()
    sealed = Sealed.objects.get()
    asked = actions.ask_to_open(by_id=cast.administrator, report_id=hidden, reason="Plainte.", at=NOON)
    Opening.objects.filter(pk=asked)
    from amiral.kit.clock import now

    Opening.objects.filter(pk=asked).update(confirmed_by_id=second, confirmed_at=now())
    files = files_of(sign_in(second).post(f"/moderation/{hidden}/preuves/"))
    assert files["original.txt"].decode() == WORDS
    held = json.loads(files["scelle.json"])
    assert files["empreinte.txt"].decode().strip() == sealed_digest(held["words"], held["salt"])
    assert sealed.digest in files["journal.jsonl"].decode()
    assert "Owner" not in "".join(content.decode() for content in files.values())
    for line in files["SHA256SUMS.txt"].decode().splitlines():
        digest, name = line.split("  ")
        assert sha256(files[name]).hexdigest() == digest
    assert {"LISEZMOI.txt", "signalements.json", "contexte.json", "chronologie.csv", "declaration.json",
            "verify_log.py", "racines.txt"} <= set(files)  # fmt: skip


def test_the_evidence_of_an_open_notice_has_the_words(cast: Cast, report: UUID, sign_in: Any) -> None:
    files = files_of(sign_in(cast.coordinator).post(f"/moderation/{report}/preuves/"))
    assert files["original.txt"].decode() == WORDS
    assert files["empreinte.txt"].decode().strip() == sha256(WORDS.encode()).hexdigest()


POSTS = {
    "/moderation/{report}/preuves/": (302, 404, 404, 404, 200, 404, 200),
    "/moderation/{report}/scelle/": (302, 404, 404, 404, 404, 404, 302),
    "/moderation/scelles/{opening}/": (302, 404, 404, 404, 404, 404, 302),
    "/moderation/{report}/retrait/": (302, 404, 404, 404, 404, 404, 302),
}


@pytest.mark.parametrize("address", POSTS)
def test_who_may_do_what(cast: Cast, hidden: UUID, second: UUID, sign_in: Any, address: str) -> None:
    asked = actions.ask_to_open(by_id=second, report_id=hidden, reason="Plainte.", at=NOON)
    persons = (None, cast.teammate, cast.owner, cast.stranger, cast.coordinator, cast.other_coordinator,
               cast.administrator)  # fmt: skip
    to = address.format(report=hidden, opening=asked)
    sent = {"reason": "Plainte.", "ground": "mistake", "report": str(hidden)}
    assert tuple(sign_in(person).post(to, sent).status_code for person in persons) == POSTS[address]


@pytest.mark.parametrize("address", POSTS)
def test_every_verb_is_limited(
    cast: Cast, report: UUID, sign_in: Any, monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    monkeypatch.setattr("amiral.kit.ratelimit.is_allowed", lambda **_: False)
    to = address.format(report=report, opening=report)
    assert sign_in(cast.administrator).post(to, {}).status_code == 429
