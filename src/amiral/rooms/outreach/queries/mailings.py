"""Mailings: lists, what one amounts to, letters to look at before anything leaves."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.paginator import Page, Paginator
from django.db.models import Count, Min, Q
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from amiral.cores.gate import Code
from amiral.kit.errors import NotFound
from amiral.rooms.outreach import access
from amiral.rooms.outreach.contracts import (
    Channel,
    Figures,
    Lint,
    MailingCard,
    MailingCounts,
    MailingState,
    MailingTexts,
    RecipientState,
    Rendered,
    Returned,
)
from amiral.rooms.outreach.models import Mailing, MailingFigures, MailingRecipient, TextPart
from amiral.rooms.outreach.queries import mailing_text as text
from amiral.rooms.outreach.queries import segments, sms_text, trees
from amiral.rooms.people import api as people
from amiral.rooms.people.contracts import Correspondent, Purpose
from amiral.rooms.territory import api as territory

PER_PAGE = 50


def mailings(*, person_id: UUID, page_number: str | int) -> tuple[Page[Mailing], tuple[MailingCard, ...]]:
    """The mailings of the person's territories, newest first: the page for its numbers, the cards to show."""
    found = access.access_mailings(person_id=person_id).select_related("owner", "territory", "segment", "use")
    page = Paginator(found, PER_PAGE).get_page(page_number)
    return page, tuple(map(card, page.object_list))


def card(row: Mailing) -> MailingCard:
    """A row as it may cross the door."""
    use = row.use
    return MailingCard(
        id=row.pk,
        code=row.code,
        name=row.name,
        state=MailingState(row.state),
        territory_id=row.territory_id,
        territory_name=row.territory.name,
        segment_id=row.segment_id,
        segment_name=use.segment_name if use else "",
        owner_name=row.owner.public_name if row.owner else "",
        channel=Channel(row.channel),
        purpose=row.purpose,
        why=use.why if use else "",
        starts_on=use.starts_on if use else None,
        ends_on=use.ends_on if use else None,
        cost_cents=use.cost_cents if use else None,
        sender_name=row.sender_name,
        french=MailingTexts(subject=row.subject_fr, body=row.body_fr),
        english=MailingTexts(subject=row.subject_en, body=row.body_en),
        version=row.version,
        per_minute=row.per_minute,
        scheduled_for=row.scheduled_for,
        started_at=row.started_at,
        ended_at=row.ended_at,
        changed_at=row.changed_at,
        filled=row.filled_at is not None,
        trouble=row.trouble,
    )


def segment_choices(*, person_id: UUID) -> tuple[tuple[str, str], ...]:
    """``(id, label)`` of the segments that the person may write to. Three queries."""
    found = access.access_segments(person_id=person_id)
    inside = territory.descendant_filter(ancestor_ids=access.mailing_territories(person_id=person_id))
    rows = found.filter(territory_id__in=inside).select_related("territory")
    return tuple((str(row.pk), f"{row.name} ({row.territory.name})") for row in rows[:500])


def everything_about(*, person_id: UUID) -> list[dict[str, Any]]:
    """The mailings that a person was written to by, and wrote, as plain types for his export."""
    names = ("state", "reason", "sent_at", "bounced_at", "unsubscribed_at", "replied_at", "signed_up_at")
    received = MailingRecipient.objects.filter(person_id=person_id).select_related("mailing")
    written = Mailing.objects.filter(owner_id=person_id).order_by("created_at", "pk")
    return [
        *(
            {"table": "mailing_recipient", "mailing": row.mailing.name}
            | {"subject": row.mailing.subject_fr}
            | {name: _plain(getattr(row, name)) for name in names}
            for row in received.order_by("mailing__created_at", "pk")
        ),
        *({"table": "mailing", "name": row.name, "at": row.created_at.isoformat()} for row in written),
    ]


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value


# What it amounts to ---------------------------------------------------------------------------------


def counts(*, mailing_id: UUID) -> MailingCounts:
    """What became of the letters until now; once the recipients are forgotten, what was kept of it."""
    kept = MailingFigures.objects.filter(mailing_id=mailing_id).values_list("counts", flat=True).first()
    if kept is not None:
        return counts_of(kept)
    return counted(mailing_id=mailing_id)


def counted(*, mailing_id: UUID) -> MailingCounts:
    """The same, counted from the recipients."""
    rows = MailingRecipient.objects.filter(mailing_id=mailing_id).order_by()
    by_state: dict[str, list[tuple[str, int]]] = {state.value: [] for state in RecipientState}
    for state, reason, number in rows.values_list("state", "reason").annotate(Count("pk")):
        by_state[state].append((_code(reason), number))
    back = rows.aggregate(
        until=Min("not_before", filter=Q(state=RecipientState.WAITING)),
        **{one.value: Count("pk", filter=Q(**{f"{one.value}_at__isnull": False})) for one in Returned},
    )
    waiting = by_state[RecipientState.WAITING]
    parts = TextPart.objects.filter(recipient__mailing=mailing_id).aggregate(
        parts=Count("pk"), delivered=Count("pk", filter=Q(state="delivered"))
    )
    return MailingCounts(
        **parts,
        sent=_sum(by_state[RecipientState.SENT]),
        waiting=_sum(waiting),
        postponed=_by_reason([one for one in waiting if one[0]]),
        held=_by_reason(by_state[RecipientState.HELD]),
        failed=_by_reason(by_state[RecipientState.FAILED]),
        returned=tuple((one, back[one.value]) for one in Returned),
        until=back["until"],
    )


def _code(reason: str) -> str:
    """``silence: Présidentielle, premier tour`` counts as ``silence``; refusals keep their code."""
    return reason if reason.startswith(("refused", "sms-refused")) else reason.partition(":")[0]


def _sum(found: Iterable[tuple[str, int]]) -> int:
    return sum(number for _reason, number in found)


def _by_reason(found: Iterable[tuple[str, int]]) -> tuple[tuple[str, int], ...]:
    told: dict[str, int] = {}
    for reason, number in found:
        told[reason] = told.get(reason, 0) + number
    return tuple(sorted(told.items(), key=lambda one: (-one[1], one[0])))


def as_json(counts: MailingCounts) -> dict[str, Any]:
    """Counts as ``MailingFigures`` keeps them."""
    return {
        "sent": counts.sent,
        "waiting": counts.waiting,
        "postponed": dict(counts.postponed),
        "held": dict(counts.held),
        "failed": dict(counts.failed),
        "returned": {one.value: number for one, number in counts.returned},
        "parts": counts.parts,
        "delivered": counts.delivered,
    }


def counts_of(kept: Mapping[str, Any]) -> MailingCounts:
    """The way back."""
    return MailingCounts(
        sent=kept["sent"],
        waiting=kept["waiting"],
        postponed=tuple(kept["postponed"].items()),
        held=tuple(kept["held"].items()),
        failed=tuple(kept["failed"].items()),
        returned=tuple((Returned(name), number) for name, number in kept["returned"].items()),
        parts=kept.get("parts", 0),
        delivered=kept.get("delivered", 0),
    )


def state_words(state: MailingState) -> str:
    """A state, in the active language."""
    return {
        MailingState.DRAFT: pgettext("mailing", "Draft"),
        MailingState.TEST: pgettext("mailing", "Tested"),
        MailingState.SCHEDULED: pgettext("mailing", "Scheduled"),
        MailingState.RUNNING: pgettext("mailing", "Under way"),
        MailingState.PAUSED: pgettext("mailing", "Paused"),
        MailingState.DONE: pgettext("mailing", "Done"),
        MailingState.CANCELLED: pgettext("mailing", "Cancelled"),
    }[state]


def reason_words(reason: str) -> str:
    """Why a letter waits, was held back or failed, in the active language."""
    known = {
        Code.SUPPRESSED.value: pgettext("held", "They refused to be written to"),
        Code.NO_CHANNEL.value: pgettext("held", "No address that may be used"),
        Code.NO_CONSENT.value: pgettext("held", "They do not agree to this purpose (any more)"),
        Code.NO_LONGER_WANTED.value: pgettext("held", "What it was about is over"),
        Code.SILENCE.value: pgettext("held", "Electoral silence where they live (art. L. 49)"),
        Code.QUIET_HOURS.value: pgettext("held", "Quiet hours where they live"),
        Code.WEEKLY_CAP.value: pgettext("held", "They had as many messages this week as the campaign allows"),
        "no-notice": pgettext("held", "It is not known where their data come from"),
        "cancelled": pgettext("held", "The mailing was cancelled before their turn"),
        "no-answer": pgettext("held", "The mail server did not answer whether it took the letter"),
        "interrupted": pgettext("held", "The work was interrupted while the letter left; it is sent again"),
        "no-such-address": pgettext("held", "The address cannot be written to"),
        "unreachable": pgettext("held", "The mail server could not be reached"),
        "cut": pgettext("held", "The line to the mail server broke"),
        "handed": pgettext("held", "Just being handed to the SMS gateway"),
        "in-doubt": pgettext("held", "Nobody knows whether the SMS gateway took it: not sent again"),
        "too-long": pgettext("held", "The text became too long with their name in it"),
        "no-line": pgettext("held", "The SMS gateway could not be reached"),
    }
    if reason.startswith("sms-refused"):
        return _("The SMS gateway refused: %(code)s") % {"code": reason.partition(":")[2].strip()}
    if reason.startswith("refused"):
        return _("The mail server refused: %(code)s") % {"code": reason.partition(":")[2].strip()}
    return known.get(reason, reason)


def returned_words(one: Returned) -> str:
    """What came back, in the active language."""
    return {
        Returned.BOUNCE: pgettext("returned", "came back: the address takes no letters"),
        Returned.COMPLAINT: pgettext("returned", "reported as unwanted"),
        Returned.UNSUBSCRIBED: pgettext("returned", "want no more letters"),
        Returned.REPLY: pgettext("returned", "answered"),
        Returned.SIGN_UP: pgettext("returned", "signed up by a link of the letter"),
    }[one]


# Before it leaves -----------------------------------------------------------------------------------


def lint(one: MailingCard) -> tuple[Lint, ...]:
    """What keeps a mailing from leaving, and what should be looked at."""
    if one.channel is Channel.SMS:
        return sms_text.lint(french=one.french, english=one.english)
    return text.lint(
        french=one.french,
        english=one.english,
        sender_name=one.sender_name,
        purpose=one.purpose,
    )


def reach(row: Mailing, *, exact: bool) -> Figures:
    """How many can be reached now by the criteria of its line of the register, and why the others cannot.

    Raises ``BeingBuilt``, and ``NotFound`` once the line is gone.
    """
    if row.use is None:
        raise NotFound
    return segments.figures(
        scope=territory.territory(territory_id=row.use.territory_id),
        tree=trees.tree_of(row.use.expression),
        purpose=Purpose(row.purpose),
        exact=exact,
    )


def compiled(row: Mailing) -> dict[str, text.Compiled]:
    """The text for readers of each language; the same for both where only one is written."""
    one, made = card_texts(row), {}
    for language in text.LANGUAGES:
        written, texts = text.chosen(**one, language=language)
        made[language] = text.compiled(texts, language=written, purpose=row.purpose, code=row.code)
    return made


def card_texts(row: Mailing) -> dict[str, MailingTexts]:
    """The texts of a row, by parameter of ``mailing_text.chosen``."""
    return {
        "french": MailingTexts(subject=row.subject_fr, body=row.body_fr),
        "english": MailingTexts(subject=row.subject_en, body=row.body_en),
    }


def preview(row: Mailing, *, language: str, person_id: UUID | None) -> Rendered:
    """The letter as a person gets it in a language; ``None``: somebody invented."""
    made = compiled(row)["en" if language == "en" else "fr"]
    if person_id is None:
        return text.rendered(made, fictional_values())
    one = people.correspondents(person_ids=[person_id])[person_id]
    return text.rendered(made, values(one, communes=commune_names([one]), unsubscribe=_preferences()))


def preview_sms(row: Mailing, *, language: str, person_id: UUID | None) -> sms_text.SmsPreview:
    """The SMS as a person gets it in a language; ``None``: somebody invented."""
    written, texts = text.chosen(**card_texts(row), language=language)
    given = fictional_values()
    if person_id is not None:
        one = people.correspondents(person_ids=[person_id])[person_id]
        given = values(one, communes=commune_names([one]), unsubscribe="")
    return sms_text.preview(text=texts.body, language=written, values=given)


def fictional_values() -> dict[str, str]:
    """Somebody whom nobody can take for real."""
    return text.values_of(
        given_name="Camille", family_name="Exemple", commune="Mâcon", unsubscribe=_preferences()
    )


def _preferences() -> str:
    """Where the reader of a preview would end: his own page of consents, which changes nothing by itself."""
    return f"{settings.PUBLIC_URL}/moi/consentements/"


def commune_names(persons: Iterable[Correspondent]) -> dict[str, str]:
    """Names of the communes of these persons, by id. One query."""
    ids = {one.commune_id for one in persons if one.commune_id}
    return {id_: found.name for id_, found in territory.territories(territory_ids=ids).items()} if ids else {}


def values(one: Correspondent, *, communes: Mapping[str, str], unsubscribe: str) -> dict[str, str]:
    """What is filled in for somebody."""
    return text.values_of(
        given_name=one.given_name,
        family_name=one.family_name,
        commune=communes.get(one.commune_id or "", ""),
        unsubscribe=unsubscribe,
    )
