"""One click in a letter: effective at once, for whoever holds the letter, and never by a mere look."""

import re
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.core import mail
from django.test import Client

from amiral.kit.clock import now
from amiral.kit.mail import tags
from amiral.rooms.outreach import jobs
from amiral.rooms.outreach.actions import posting, postmarks
from amiral.rooms.outreach.actions.postmarks import Unsubscription
from amiral.rooms.outreach.models import DemonstrationLetter, Mailing, MailingRecipient, Message
from amiral.rooms.outreach.queries import framing
from amiral.rooms.outreach.web.unsubscribe_views import PER_LINK
from amiral.rooms.people import api as people
from amiral.rooms.people.actions.consents import set_consent
from amiral.rooms.people.contracts import Purpose
from amiral.rooms.people.models import Consent, Person
from tests.conftest import Cast
from tests.rooms.outreach.conftest import send

pytestmark = pytest.mark.django_db


@pytest.fixture
def agreed(cast: Cast) -> Cast:
    for purpose in (Purpose.ACTIONS, Purpose.NEWSLETTER):
        set_consent(person_id=cast.teammate, purpose=purpose, granted=True, channel="system", at=now())
    return cast


def link(cast: Cast, **fields: Any) -> str:
    values = {"person_id": cast.teammate, "purpose": "actions", "kind": "m", "letter_id": uuid4()}
    return f"/desinscription/{postmarks.token_of(Unsubscription(**(values | fields)))}/"


def test_the_letter_holds_the_link_in_its_headers_and_in_its_words(agreed: Cast) -> None:
    send(purpose="actions", person_id=agreed.teammate, html="<p>Corps</p>")
    assert jobs.deliver_due(at=now()) == 1
    (letter,) = mail.outbox
    assert isinstance(letter, mail.EmailMultiAlternatives)
    assert letter.extra_headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    found = re.fullmatch(
        r"<(http://127\.0\.0\.1:8000(/desinscription/[^>]+/))>", letter.extra_headers["List-Unsubscribe"]
    )
    assert found is not None
    assert found[1] in letter.body
    assert f'href="{found[1]}"' in str(letter.alternatives[0][0])
    # As a mail program does it: no cookie, nobody signed in, no other page.
    client = Client(enforce_csrf_checks=True)
    answer = client.post(found[2], {"List-Unsubscribe": "One-Click"})
    assert answer.status_code == 200
    assert not people.has_consent(person_id=agreed.teammate, purpose="actions")
    assert people.has_consent(person_id=agreed.teammate, purpose="newsletter")


def test_what_was_asked_for_has_no_such_link(agreed: Cast, commit: Any) -> None:
    with commit():
        send(person_id=agreed.teammate)
    (letter,) = mail.outbox
    assert not {"List-Unsubscribe", "List-Unsubscribe-Post"} & set(letter.extra_headers)
    assert letter.extra_headers["Auto-Submitted"] == "auto-generated"
    assert "desinscription" not in letter.body


@pytest.mark.parametrize("method", ["get", "head"])
def test_a_look_changes_nothing(agreed: Cast, method: str) -> None:
    client = Client()
    page = getattr(client, method)(link(agreed))
    assert page.status_code == 200
    assert people.has_consent(person_id=agreed.teammate, purpose="actions")
    if method == "get":
        assert page.content.decode().count("<button") - page.content.decode().count('class="menu') >= 1
        assert 'name="List-Unsubscribe"' in page.content.decode()


@pytest.mark.parametrize(("language", "words"), [("fr", "Se désabonner"), ("en", "Unsubscribe")])
def test_the_page_speaks_both_languages(agreed: Cast, language: str, words: str) -> None:
    page = Client().get(link(agreed), headers={"accept-language": language}).content.decode()
    assert words in page
    assert page.count("<h1") == 1
    assert "<script" not in page.partition("<main")[2].partition("</main")[0]


def test_it_is_effective_on_all_that_is_queued(agreed: Cast) -> None:
    tomorrow = now() + timedelta(days=1)
    for number, purpose in enumerate(["actions", "actions", "newsletter", "service"]):
        send(str(number), purpose=purpose, person_id=agreed.teammate)
    Message.objects.update(not_before=tomorrow)
    set_consent(person_id=agreed.owner, purpose=Purpose.ACTIONS, granted=True, channel="system", at=now())
    send("other", purpose="actions", person_id=agreed.owner, to_address="owner@example.org")
    before = Consent.objects.count()
    Client().post(link(agreed), {"List-Unsubscribe": "One-Click"})
    states = dict(Message.objects.values_list("idempotency_key", "state"))
    assert states == {"0": "held", "1": "held", "2": "queued", "3": "queued", "other": "queued"}
    held = Message.objects.filter(state="held")
    assert set(held.values_list("reason", "body")) == {("no-consent", "")}
    (line,) = Consent.objects.order_by("-at", "-pk")[: Consent.objects.count() - before]
    assert (line.granted, line.purpose, line.channel) == (False, "actions", "unsubscribe link")
    assert line.proof.startswith("letter m ")
    Client().post(link(agreed), {"List-Unsubscribe": "One-Click"})
    assert Consent.objects.count() == before + 1


def test_who_was_written_to_on_another_ground_can_say_no_too(cast: Cast) -> None:
    assert Client().post(link(cast)).status_code == 200
    (line,) = Consent.objects.filter(person_id=cast.teammate, purpose="actions")
    assert not line.granted


def test_a_mailing_counts_it(agreed: Cast) -> None:
    mailing = Mailing.objects.create(
        code="c",
        name="Envoi",
        territory_id="departement:71",
        purpose="newsletter",
        sender_name="Équipe, à côté",
    )
    row = MailingRecipient.objects.create(id=uuid4(), mailing=mailing, person_id=agreed.teammate)
    mark = postmarks.for_mailing(recipient_id=row.pk, person_id=agreed.teammate, mailing=mailing)
    assert mark.message_id == f"{row.pk}@amiral.example"
    Client().post(mark.unsubscribe_url.removeprefix("http://127.0.0.1:8000"))
    row.refresh_from_db()
    assert row.unsubscribed_at is not None
    assert not people.has_consent(person_id=agreed.teammate, purpose="newsletter")


def test_the_link_outlives_a_merge_and_an_erasure(agreed: Cast) -> None:
    from amiral.rooms.people.models import Merge

    gone = uuid4()
    Merge.objects.create(survivor_id=agreed.teammate, kept_id=agreed.teammate, absorbed_id=gone)
    assert Client().post(link(agreed, person_id=gone)).status_code == 200
    assert not people.has_consent(person_id=agreed.teammate, purpose="actions")
    assert Client().post(link(agreed, person_id=uuid4())).status_code == 200


@pytest.mark.parametrize(
    "who", ["anonymous", "stranger", "teammate", "owner", "coordinator", "administrator"]
)
def test_the_letter_is_the_right_and_nothing_else(sign_in: Any, agreed: Cast, who: str) -> None:
    client = sign_in(None if who == "anonymous" else getattr(agreed, who))
    good = link(agreed)
    forged = good[:-3] + ("AA/" if good[-3:] != "AA/" else "BB/")
    for bad in (forged, "/desinscription/x/", f"/desinscription/{agreed.teammate}/", "/desinscription/a:b/"):
        assert client.get(bad).status_code == 404
        assert client.post(bad).status_code == 404
    assert people.has_consent(person_id=agreed.teammate, purpose="actions")
    assert client.get(good).status_code == 200
    assert client.put(good).status_code == 405
    assert client.post(good).status_code == 200
    assert not people.has_consent(person_id=agreed.teammate, purpose="actions")


def test_posts_are_limited_by_link_and_not_by_address(agreed: Cast) -> None:
    client = Client()
    for _time in range(PER_LINK):
        assert client.post(link(agreed, letter_id=agreed.group)).status_code == 200
    assert client.post(link(agreed, letter_id=agreed.group)).status_code == 429
    assert client.post(link(agreed)).status_code == 200


def test_the_page_costs_the_same_whatever_is_queued(agreed: Cast, django_assert_num_queries: Any) -> None:
    """Nothing of the queue: only the replies that stand under any page."""
    with django_assert_num_queries(1):
        Client().get(link(agreed))


def test_in_the_demonstration_the_link_can_be_followed(agreed: Cast, settings: Any) -> None:
    settings.DEMONSTRATION = True
    settings.EMAIL_BACKEND = "amiral.rooms.outreach.mailbox.DemonstrationBackend"
    send(purpose="actions", person_id=agreed.teammate)
    jobs.deliver_due(at=now())
    letter = DemonstrationLetter.objects.get()
    page = Client().get(f"/boite-aux-lettres/{letter.pk}/")
    assert any(piece.href.startswith("/desinscription/") for piece in page.context["letter"].pieces)


# The frame ------------------------------------------------------------------------------------------


def test_every_template_makes_every_mention_in_both_languages(db: None) -> None:
    assert framing.lint() == ()


def test_the_linter_sees_a_mention_that_was_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    def without_rights(name: str, words: Any) -> str:
        return f"{words['controller']} {words['purpose']} {words['origin']}"

    monkeypatch.setattr(framing, "render_to_string", without_rights)
    found = framing.lint()
    assert any(line.endswith("(fr, actions): rights") for line in found)
    assert any(line.endswith("(en, newsletter): unsubscribe") for line in found)


def test_the_check_of_the_build_fails_with_it(monkeypatch: pytest.MonkeyPatch) -> None:
    from amiral.rooms.outreach import checks

    assert checks.legal_mentions() == []
    monkeypatch.setattr(framing, "lint", lambda: ("footer.txt (fr, actions): rights",))
    (error,) = checks.legal_mentions()
    assert error.id == "outreach.E001"
    assert "footer.txt" in error.msg


def test_the_receiver_reads_his_own_language(agreed: Cast) -> None:
    Person.objects.filter(pk=agreed.teammate).update(language="en")
    send(purpose="actions", person_id=agreed.teammate)
    jobs.deliver_due(at=now())
    assert "Where your data come from" in mail.outbox[0].body


# Way back -------------------------------------------------------------------------------------------


def test_each_letter_has_a_way_back_of_its_own(agreed: Cast, settings: Any) -> None:
    settings.RETURN_ADDRESS = "retours@campagne.example"
    send("a", purpose="actions", person_id=agreed.teammate)
    send("b", person_id=agreed.teammate, to_address="b@example.org")
    paths = []
    for message in Message.objects.order_by("idempotency_key"):
        parcel = posting.parcel_of(message, at=now())
        assert tags.read(parcel.return_path) == ("m", message.pk)
        assert len(parcel.return_path.partition("@")[0]) <= 64
        paths.append(parcel.return_path)
    assert len(set(paths)) == 2
    assert (
        f"<mailto:{paths[0]}?subject=unsubscribe>"
        in postmarks.for_message(Message.objects.get(idempotency_key="a")).headers["List-Unsubscribe"]
    )


@pytest.mark.parametrize(
    "change", [lambda a: a.replace("+m-", "+e-"), lambda a: a.replace("@", "x@"), str.upper]
)
def test_a_tag_cannot_be_made_up(settings: Any, change: Any) -> None:
    settings.RETURN_ADDRESS = "retours@campagne.example"
    id_ = uuid4()
    made = change(tags.address("m", id_))
    assert tags.read(made) == (("m", id_) if made.isupper() or made == made.upper() else None)


def test_a_tag_survives_a_change_of_key(settings: Any) -> None:
    settings.RETURN_ADDRESS = "retours@campagne.example"
    id_ = uuid4()
    made = tags.address("m", id_)
    settings.SECRET_KEY_FALLBACKS, settings.SECRET_KEY = [settings.SECRET_KEY], "another"
    assert tags.read(made) == ("m", id_)
    settings.SECRET_KEY_FALLBACKS = []
    assert tags.read(made) is None


@pytest.mark.parametrize(
    "text", ["", "x", "@", "retours@campagne.example", "retours+m@x", "a+m-b-c@d", "+m--@x"]
)
def test_any_other_address_is_no_tag(text: str) -> None:
    assert tags.read(text) is None
