"""The letters this room writes, each in the language of its reader, through the outbox."""

from uuid import UUID

from django.conf import settings
from django.urls import reverse
from django.utils import translation
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from amiral.kit import ports
from amiral.kit.ids import new_id
from amiral.rooms.people import texts
from amiral.rooms.people.models import Mandate, Person


def absolute(name: str, *arguments: str) -> str:
    """The public address of a page. Never built from the request: its Host header is the visitor's."""
    return settings.PUBLIC_URL + reverse(name, args=arguments)


def confirm_address(*, email: str, given_name: str, language: str, token: str, key: UUID) -> None:
    """Asks to confirm the address that was typed in the join form."""
    with translation.override(language):
        body = _(
            "Hello %(name)s,\n\n"
            "You asked to join %(campaign)s. To confirm this address, open this link:\n\n"
            "%(link)s\n\n"
            "The link works for seven days. If you asked for nothing, do nothing: "
            "what was typed will be deleted."
        ) % {
            "name": given_name,
            "campaign": settings.CAMPAIGN_NAME,
            "link": absolute("people:confirm", token),
        }
        _post(email=email, subject=_("Confirm your address"), body=body, key=f"join:{key}")


def phone_code(*, person_id: UUID, number: str, code: str) -> None:
    """The code that shows that a number is the person's own, by SMS to that number."""
    with translation.override(Person.objects.values_list("language", flat=True).get(pk=person_id)):
        body = _("%(code)s is your code; it works for ten minutes. Nobody will ever ask you for it.")
        ports.call(
            "send_message",
            to_address=number,
            purpose="service",
            subject=_("Code for your telephone number"),
            body=body % {"code": code},
            idempotency_key=f"phone-code:{new_id()}",
            person_id=person_id,
            channel="sms",
            urgent=True,
        )


def confirm_doorstep(*, email: str, language: str, text: str, token: str, key: UUID) -> None:
    """Asks to confirm the address that somebody typed at his door."""
    with translation.override(language):
        body = _(
            "Hello,\n\n"
            "Somebody, probably you, typed this address on a page of %(campaign)s and agreed to this:\n\n"
            "%(text)s\n\n"
            "To confirm it, open this link; without it nothing is sent and nothing is kept:\n\n"
            "%(link)s\n\n"
            "The link works for seven days. What is kept is your address and this sentence: no name, and "
            "nothing about where you live."
        ) % {
            "campaign": settings.CAMPAIGN_NAME,
            "text": text,
            "link": absolute("people:doorstep_confirm", token),
        }
        _post(email=email, subject=_("Confirm your address"), body=body, key=f"doorstep:{key}")


def already_member(*, email: str, language: str, key: UUID) -> None:
    """Tells somebody who joins again that an account exists; the page itself does not say it."""
    with translation.override(language):
        body = _(
            "Hello,\n\n"
            "Somebody, probably you, asked to join %(campaign)s with this address. "
            "You already have an account. Sign in here:\n\n"
            "%(link)s\n\n"
            "If you asked for nothing, do nothing: nothing was changed."
        ) % {"campaign": settings.CAMPAIGN_NAME, "link": absolute("account_request_login_code")}
        _post(email=email, subject=_("You already have an account"), body=body, key=f"join:{key}")


def mandate_granted(*, mandate: Mandate, person: Person, place: str) -> None:
    """Tells a person which right was given."""
    with translation.override(person.language):
        body = _(
            "Hello %(name)s,\n\n"
            "You have received a mandate on %(campaign)s: %(role)s, %(place)s.%(opens)s\n\n"
            "People with a mandate sign in with a second factor, a code shown by an application on their "
            "telephone. The next time you sign in you will be shown how to set it up:\n\n"
            "%(link)s"
        ) % _words(mandate, person, place)
        _post(
            email=person.email or "",
            subject=_("You have received a mandate"),
            body=body,
            key=f"mandate-granted:{mandate.pk}",
            person_id=person.pk,
        )


def mandate_ended(*, mandate: Mandate, person: Person, place: str) -> None:
    """Tells a person which right was ended."""
    with translation.override(person.language):
        body = _(
            "Hello %(name)s,\n\n"
            "Your mandate on %(campaign)s has ended: %(role)s, %(place)s. Thank you for what you did.\n\n"
            "%(link)s"
        ) % _words(mandate, person, place)
        _post(
            email=person.email or "",
            subject=_("Your mandate has ended"),
            body=body,
            key=f"mandate-ended:{mandate.pk}",
            person_id=person.pk,
        )


def mandate_shortened(*, mandate: Mandate, person: Person, place: str) -> None:
    """Tells a person that a right will end earlier."""
    with translation.override(person.language):
        day = date_format(localtime(mandate.ends_at), "DATETIME_FORMAT") if mandate.ends_at else ""
        body = _(
            "Hello %(name)s,\n\n"
            "Your mandate on %(campaign)s will end on %(day)s: %(role)s, %(place)s.\n\n"
            "%(link)s"
        ) % {**_words(mandate, person, place), "day": day}
        _post(
            email=person.email or "",
            subject=_("Your mandate will end earlier"),
            body=body,
            key=f"mandate-shortened:{mandate.pk}:{mandate.ends_at:%Y%m%d%H%M%S}",
            person_id=person.pk,
        )


def silence(*, person: Person) -> None:
    """Tells somebody who has not signed in for long that the account will be erased."""
    with translation.override(person.language):
        body = _(
            "Hello %(name)s,\n\n"
            "You have not signed in to %(campaign)s for almost three years. In thirty days your account and "
            "all that we keep about you will be erased. To keep it, sign in once:\n\n"
            "%(link)s\n\n"
            "If you no longer want it, do nothing."
        ) % {
            "name": person.given_name,
            "campaign": settings.CAMPAIGN_NAME,
            "link": absolute("account_request_login_code"),
        }
        _post(
            email=person.email or "",
            subject=_("Your account will be erased"),
            body=body,
            key=f"silence:{person.pk}:{person.last_seen_at:%Y%m%d}",
            person_id=person.pk,
        )


def merged(*, merge_id: UUID, addresses: dict[str, Person]) -> None:
    """Tells both addresses that two accounts were made one: whoever knows better must be able to say so."""
    for address, person in addresses.items():
        with translation.override(person.language):
            body = _(
                "Hello %(name)s,\n\n"
                "Two accounts of %(campaign)s looked like yours, and a coordinator has made one of them. "
                "From now on sign in with this address:\n\n"
                "%(kept)s\n\n"
                "If these are two different persons, write to us: it can be undone, and each gets back "
                "exactly what was his.\n\n"
                "%(contact)s"
            ) % {
                "name": person.given_name,
                "campaign": settings.CAMPAIGN_NAME,
                "kept": _hidden(next(iter(addresses)), shown_to=address),
                "contact": settings.CONTACT or settings.PUBLIC_URL,
            }
            subject = _("Two accounts were made one")
            # Named by the merge and not by the person: the letter is about both, and one of them is gone.
            key = f"merge:{merge_id}:{texts.fingerprint(address)[:16]}"
            _post(email=address, subject=subject, body=body, key=key)


def _hidden(address: str, *, shown_to: str) -> str:
    """One's own address whole, another's masked: the two may be strangers after all."""
    return address if address == shown_to else texts.masked(address)


def _words(mandate: Mandate, person: Person, place: str) -> dict[str, str]:
    return {
        "name": person.given_name,
        "campaign": settings.CAMPAIGN_NAME,
        "role": texts.role_name(mandate.role),
        "place": place,
        "opens": "".join(f"\n– {words}" for words in texts.mandate_words(mandate)),
        "link": absolute("people:me"),
    }


def _post(*, email: str, subject: str, body: str, key: str, person_id: UUID | None = None) -> None:
    ports.call(
        "send_message",
        to_address=email,
        purpose="service",
        subject=f"{subject} – {settings.CAMPAIGN_NAME}",
        body=body,
        idempotency_key=key,
        person_id=person_id,
    )
