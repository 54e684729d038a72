"""Statements: proposing, near-duplicates, amendments, hiding, doorstep remarks; who sees what."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from amiral.kit.errors import NotFound
from amiral.rooms.debate.actions import arguments
from amiral.rooms.debate.actions import statements as verbs
from amiral.rooms.debate.actions.errors import (
    AsksAQuestion,
    BadLine,
    HoldsALink,
    NeedsReason,
    NotNow,
    NotVotable,
    SaidAlready,
    TextTooLong,
    TooManyLines,
    TooManyToday,
    VotedOn,
)
from amiral.rooms.debate.contracts import Choice, Side, SourceTyped, StatementKind, StatementState
from amiral.rooms.debate.models import Argument, Consultation, Statement, Vote
from amiral.rooms.debate.queries import statements as queries
from tests.conftest import Cast
from tests.rooms.debate.conftest import NOON, TODAY, enter, numbered, vote

pytestmark = pytest.mark.django_db


def propose(consultation: UUID, key: str, text: str, **more: Any) -> Statement:
    pk = verbs.propose(consultation_id=consultation, key=key, text=text, on=TODAY, **more)
    return Statement.objects.get(pk=pk)


def test_the_author_is_counted_as_agreeing_the_organiser_is_not(cast: Cast, consultation: UUID) -> None:
    row = propose(consultation, enter(consultation), "Il faut éclairer la rue du Port.")
    assert (row.number, row.agreed, row.kind) == (9, 1, StatementKind.STATEMENT)
    assert list(Vote.objects.values_list("statement__number", "value")) == [(9, 1)]


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("Faut-il éclairer ?", AsksAQuestion),
        ("Voir www.exemple.example", HoldsALink),
        ("x" * 141, TextTooLong),
        ("il faut un centre  de santé municipal.", SaidAlready),
    ],
)
def test_what_cannot_be_voted_on_is_refused(
    cast: Cast, consultation: UUID, text: str, error: type[Exception]
) -> None:
    with pytest.raises(error):
        propose(consultation, enter(consultation), text)


def test_words_stay_once_somebody_has_voted(cast: Cast, consultation: UUID) -> None:
    key = enter(consultation)
    row = propose(consultation, key, "Il faut éclairer la rue du Pont.")
    verbs.edit(
        consultation_id=consultation, key=key, statement_id=row.pk, text="Il faut éclairer la rue du Port."
    )
    vote(consultation, enter(consultation, "Autre"), (row.number, Choice.SKIP))
    with pytest.raises(VotedOn):
        verbs.edit(consultation_id=consultation, key=key, statement_id=row.pk, text="Autre chose")
    with pytest.raises(NotVotable):
        verbs.edit(
            consultation_id=consultation,
            key=key,
            statement_id=numbered(consultation, 1).pk,
            text="Pas à moi",
        )


def test_one_voice_leaves_room_for_others(cast: Cast, consultation: UUID) -> None:
    key = enter(consultation)
    for number in range(5):
        propose(consultation, key, f"Il faut {number} arbres place {'abcde'[number]}.")
    with pytest.raises(TooManyToday):
        propose(consultation, key, "Il faut un banc.")
    verbs.propose(
        consultation_id=consultation, key=key, text="Il faut un banc.", on=TODAY + timedelta(days=1)
    )


def test_near_duplicates_are_shown_before_posting(cast: Cast, consultation: UUID, sign_in: Any) -> None:
    browser = sign_in(cast.teammate)
    browser.post(f"/debats/{consultation}/voix/prendre/")
    page = f"/debats/{consultation}/enonces/ecrire/"
    typed = {"text": "La médiathèque doit ouvrir le dimanche"}
    shown = browser.post(page, typed)
    assert "Il faut ouvrir la médiathèque le dimanche." in shown.content.decode()
    assert Statement.objects.count() == 8
    assert browser.post(page, typed | {"different": "1"}).status_code == 302
    assert Statement.objects.count() == 9


def test_an_amendment_shows_what_it_changes_and_may_take_the_place(
    cast: Cast, consultation: UUID, sign_in: Any
) -> None:
    key = enter(consultation)
    first = numbered(consultation, 6)
    row = propose(consultation, key, "Il faut planter deux mille arbres en trois ans.", amends_id=first.pk)
    page = sign_in(None).get(f"/debats/enonces/{row.pk}/").content.decode()
    assert "<ins>" in page
    assert "<ins>deux</ins>" in page.replace("<ins> ", "<ins>").replace(" </ins>", "</ins>")
    verbs.adopt(by_id=cast.coordinator, statement_id=row.pk)
    first.refresh_from_db()
    assert first.state == StatementState.SUPERSEDED
    with pytest.raises(NotVotable):
        vote(consultation, key, (6, Choice.AGREE))
    assert sign_in(None).get(f"/debats/enonces/{first.pk}/").status_code == 200


def test_what_waits_is_read_by_who_manages_only(cast: Cast, consultation: UUID, sign_in: Any) -> None:
    Consultation.objects.update(premoderated=True)
    row = propose(consultation, enter(consultation), "Une phrase qui attend.")
    for who in (None, cast.teammate, cast.other_coordinator):
        assert sign_in(who).get(f"/debats/enonces/{row.pk}/").status_code == 404
    page = sign_in(cast.coordinator).get(f"/debats/{consultation}/enonces/a-lire/").content.decode()
    assert "Une phrase qui attend." in page
    with pytest.raises(NeedsReason):
        verbs.decide(by_id=cast.coordinator, statement_id=row.pk, show=False, reason=" ", at=NOON)
    verbs.decide(by_id=cast.coordinator, statement_id=row.pk, show=True, reason="", at=NOON)
    assert sign_in(None).get(f"/debats/enonces/{row.pk}/").status_code == 200


def test_hidden_words_vanish_everywhere(cast: Cast, mapped: UUID, sign_in: Any) -> None:
    """A known fault of others: hidden amendments stayed in lists."""
    row = numbered(mapped, 1)
    browser = sign_in(None)
    addresses = [
        f"/debats/{mapped}/",
        f"/debats/{mapped}/enonces/",
        f"/debats/{mapped}/enonces/?q=médiathèque",
        f"/debats/{mapped}/voter/",
        f"/debats/{mapped}/carte/",
        f"/debats/{mapped}/carte/1/",
        f"/debats/{mapped}/carte/1.json",
        f"/debats/{mapped}/synthese/",
    ]
    assert any(row.text in browser.get(one).content.decode() for one in addresses)
    assert verbs.hide_reported(subject_kind="contribution", subject_id=row.pk, at=NOON)
    for address in addresses:
        assert row.text not in browser.get(address).content.decode(), address
    assert browser.get(f"/debats/enonces/{row.pk}/").status_code == 404
    with pytest.raises(NotFound):
        verbs.decide(by_id=cast.coordinator, statement_id=row.pk, show=True, reason="", at=NOON)
    assert verbs.restore_reported(subject_kind="contribution", subject_id=row.pk)
    assert browser.get(f"/debats/enonces/{row.pk}/").status_code == 200


def test_who_manages_reads_what_he_hid_not_what_a_moderator_did(
    cast: Cast, consultation: UUID, sign_in: Any
) -> None:
    own, sealed = numbered(consultation, 1), numbered(consultation, 2)
    verbs.decide(by_id=cast.coordinator, statement_id=own.pk, show=False, reason="Doublon", at=NOON)
    assert verbs.hide_reported(subject_kind="contribution", subject_id=sealed.pk, at=NOON)
    browser, there = sign_in(cast.coordinator), f"/debats/{consultation}/enonces/a-lire/"
    page = browser.get(there).content.decode()
    assert own.text in page
    assert sealed.text not in page
    assert "Énoncé 2" in page
    assert browser.get(f"/debats/enonces/{own.pk}/").status_code == 200
    assert browser.get(f"/debats/enonces/{sealed.pk}/").status_code == 404
    # A moderator's decision on what was hidden here already cannot be undone here any more.
    assert verbs.hide_reported(subject_kind="contribution", subject_id=own.pk, at=NOON)
    assert not verbs.hide_reported(subject_kind="contribution", subject_id=own.pk, at=NOON)
    assert own.text not in browser.get(there).content.decode()
    with pytest.raises(NotFound):
        verbs.decide(by_id=cast.coordinator, statement_id=own.pk, show=True, reason="", at=NOON)


def test_an_amendment_does_not_repeat_what_was_hidden(cast: Cast, consultation: UUID, sign_in: Any) -> None:
    key, first = enter(consultation), numbered(consultation, 6)
    row = propose(consultation, key, "Il faut planter deux mille arbres.", amends_id=first.pk)
    vote(consultation, key, (6, Choice.AGREE))
    address = f"/debats/enonces/{row.pk}/"
    assert first.text in sign_in(None).get(address).content.decode()
    assert verbs.hide_reported(subject_kind="contribution", subject_id=first.pk, at=NOON)
    for who in (None, cast.coordinator):
        page = sign_in(who).get(address).content.decode()
        assert "<del>" not in page
        assert first.text not in page
        assert "énoncé 6" in page
    browser = sign_in(None)
    browser.post(f"/debats/{consultation}/voix/ouvrir/", {"key": key})
    votes = browser.get(f"/debats/{consultation}/voix/mes-votes.json").json()
    assert {one["statement"]: one["text"] for one in votes["votes"]} == {6: "", row.number: row.text}


def test_an_argument_hidden_here_is_told_to_its_author_and_can_be_shown_again(
    cast: Cast, consultation: UUID, sign_in: Any
) -> None:
    key = enter(consultation)
    source = SourceTyped(url="https://exemple.example/", note="Rapport", consulted_on=TODAY)
    argument = arguments.argue(
        key=key,
        statement_id=numbered(consultation, 1).pk,
        side=Side.FOR,
        text="Les gens travaillent la semaine.",
        sources=(source,),
        on=TODAY,
    )
    arguments.decide(by_id=cast.coordinator, argument_id=argument, show=False, reason="Hors sujet", at=NOON)
    author = sign_in(None)
    author.post(f"/debats/{consultation}/voix/ouvrir/", {"key": key})
    page = author.get(f"/debats/{consultation}/voix/").content.decode()
    assert "Les gens travaillent la semaine." in page
    assert "Hors sujet" in page
    manager, waiting = sign_in(cast.coordinator), f"/debats/{consultation}/enonces/a-lire/"
    assert "Les gens travaillent la semaine." in manager.get(waiting).content.decode()
    manager.post(f"/debats/arguments/{argument}/decider/", {"show": "1"})
    assert Argument.objects.get().state == StatementState.SHOWN
    assert verbs.hide_reported(subject_kind="argument", subject_id=argument, at=NOON)
    assert "Les gens travaillent la semaine." not in manager.get(waiting).content.decode()
    assert manager.post(f"/debats/arguments/{argument}/decider/", {"show": "1"}).status_code == 404


def test_first_statements_are_added_all_or_none(cast: Cast, consultation: UUID, sign_in: Any) -> None:
    def seed(*texts: str) -> None:
        verbs.seed(by_id=cast.coordinator, consultation_id=consultation, texts=texts, on=TODAY)

    with pytest.raises(BadLine, match="Faut-il un marché"):
        seed("Il faut un marché.", "Faut-il un marché ?")
    with pytest.raises(TooManyLines):
        seed(*(f"Il faut {number} bancs." for number in range(verbs.SEEDS_MOST + 1)))
    assert Statement.objects.count() == 8
    address = f"/debats/{consultation}/enonces/semer/"
    response = sign_in(cast.coordinator).post(address, {"texts": "Il faut un marché.\nFaut-il un marché ?"})
    assert "Faut-il un marché ?" in response.context["form"].errors["texts"][0]


def test_reports_go_to_the_moderators_without_an_author(cast: Cast, consultation: UUID, sign_in: Any) -> None:
    from amiral.rooms.moderation.models import Report

    row = numbered(consultation, 2)
    form = f"/debats/enonces/{row.pk}/signaler/"
    browser = sign_in(cast.teammate)
    grounds = browser.get(form).context["form"].fields["grounds"].choices[0][0]
    response = browser.post(form, {"grounds": grounds, "explanation": "Insulte"})
    assert response.status_code == 302
    report = Report.objects.get()
    assert (report.subject_kind, report.subject_author_id) == ("contribution", None)
    row.refresh_from_db()
    assert row.state == StatementState.SHOWN  # nothing is hidden on a report alone
    assert "Signalé. La modération vous écrira" in browser.get("/debats/").content.decode()
    listed = sign_in(cast.coordinator).get("/moderation/").content.decode()
    assert ">Contribution</a>" in listed
    assert "Ancien membre" not in listed


def test_doorstep_remarks_carry_their_count(
    cast: Cast, consultation: UUID, sign_in: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from amiral.rooms.debate.queries import hearing

    heard = hearing.Heard(point_id=UUID(int=7), words="Trop cher", times=12, stands=False)
    monkeypatch.setattr(hearing, "heard_at_doors", lambda **_: (heard,))
    browser = sign_in(cast.coordinator)
    page = f"/debats/{consultation}/enonces/portes/"
    assert "12 fois" in browser.get(page).content.decode()
    refused = browser.post(page, {"talking_point_id": str(UUID(int=7)), "text": "Est-ce trop cher ?"})
    assert "Est-ce trop cher ?" in refused.content.decode()  # what was typed is there to be corrected
    browser.post(page, {"talking_point_id": str(UUID(int=7)), "text": "Ce projet coûte trop cher."})
    row = Statement.objects.get(kind=StatementKind.REMARK)
    assert (row.times_heard, row.agreed) == (12, 0)


def test_what_was_heard_in_a_week_asks_as_little_as_a_day(
    cast: Cast, consultation: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    from amiral.rooms.debate.queries import hearing

    row, asked = Consultation.objects.get(pk=consultation), []
    hearing.heard_at_doors(consultation=row, day=TODAY, language="fr")  # closes periods, once an hour
    for days in (1, 7):
        monkeypatch.setattr(hearing, "DAYS", days)
        with CaptureQueriesContext(connection) as queries:
            assert hearing.heard_at_doors(consultation=row, day=TODAY, language="fr") == ()
        asked.append(len(queries))
    assert asked[0] == asked[1] <= 6


def test_the_common_core_comes_first_and_each_voice_goes_on(cast: Cast, consultation: UUID) -> None:
    key = enter(consultation)
    propose(consultation, enter(consultation, "Autre"), "Il faut un banc.")
    row = Consultation.objects.get(pk=consultation)
    seen = []
    answered: dict[UUID, Choice] = {}
    while (found := queries.next_statement(consultation=row, answered=answered, who=key)).line:
        seen.append(found.line.number)
        answered[found.line.id] = Choice.SKIP
    assert sorted(seen) == list(range(1, 10))
    assert seen[-1] == 9


def test_lists_ask_the_same_at_two_and_at_twenty(
    cast: Cast, consultation: UUID, sign_in: Any, django_assert_max_num_queries: Any
) -> None:
    browser = sign_in(None)
    with django_assert_max_num_queries(6) as few:
        browser.get(f"/debats/{consultation}/enonces/")
    verbs.seed(
        by_id=cast.coordinator,
        consultation_id=consultation,
        texts=[f"Il faut {number} bancs." for number in range(12)],
        on=TODAY,
    )
    with django_assert_max_num_queries(len(few.captured_queries)):
        browser.get(f"/debats/{consultation}/enonces/")


def test_seeds_stop_with_the_contributions(cast: Cast, consultation: UUID) -> None:
    Consultation.objects.update(phase="map")
    with pytest.raises(NotNow):
        verbs.seed(by_id=cast.coordinator, consultation_id=consultation, texts=["Tard"], on=TODAY)
