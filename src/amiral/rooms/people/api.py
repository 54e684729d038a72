"""The door of this room: ids in, contracts out. Every function reads the state of this moment."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from amiral.kit.clock import now
from amiral.kit.criteria import Criterion, Facts, Watched
from amiral.kit.relations import Records
from amiral.rooms.people import merging, queries, texts
from amiral.rooms.people.actions import (
    account,
    finding,
    importing,
    objection,
    recruiting,
    rights,
    stopping,
    suppression,
    volume,
)
from amiral.rooms.people.actions import consents as consent_actions
from amiral.rooms.people.actions import contacts as contact_actions
from amiral.rooms.people.actions import disclosures as disclosure_actions
from amiral.rooms.people.actions import guests as guest_actions
from amiral.rooms.people.actions import helping as helping_actions
from amiral.rooms.people.actions import holding as holding_actions
from amiral.rooms.people.actions import mandates as mandate_actions
from amiral.rooms.people.actions import merging as merge_actions
from amiral.rooms.people.actions import persons as person_actions
from amiral.rooms.people.actions import purge as purge_actions
from amiral.rooms.people.actions import referrals as referral_actions
from amiral.rooms.people.contracts import (
    Ability,
    Basis,
    BounceState,
    Circumstance,
    ContactKind,
    Correspondent,
    DemonstrationCode,
    DisclosureReason,
    Feature,
    Helping,
    MandateCard,
    Marks,
    MergeField,
    Newcomer,
    Notice,
    Origin,
    PersonCard,
    PhoneShown,
    Purpose,
    RightTyped,
    Role,
    Standing,
    SuppressionReason,
    Way,
    abilities_of,
)
from amiral.rooms.people.queries import contacts as contact_queries
from amiral.rooms.people.queries import criteria as criterion_queries
from amiral.rooms.people.queries import disclosures as disclosure_queries
from amiral.rooms.people.queries import duplicates as duplicate_queries
from amiral.rooms.people.queries import facts as fact_queries
from amiral.rooms.people.queries import helping as helping_queries
from amiral.rooms.people.queries import marks as mark_queries
from amiral.rooms.people.queries import notices as notice_queries
from amiral.rooms.people.queries import rights as right_queries
from amiral.rooms.people.queries import writing


def show_phones(
    *,
    viewer_id: UUID | None,
    person_ids: Iterable[UUID],
    reason: DisclosureReason,
    subject_id: UUID,
    subject: str,
    explanation: str = "",
) -> dict[UUID, PhoneShown]:
    """Numbers of those who have one and refuse no call, with a receipt that each of them reads.

    The only way by which a number of somebody else leaves this room, but for the outbox. ``subject``: the
    name of the thing (an action) for which it is shown. Who has no account is told of by ``explanation``
    alone. The caller has checked the right.
    """
    return disclosure_actions.show_phones(
        viewer_id=viewer_id,
        person_ids=person_ids,
        reason=reason,
        subject_id=subject_id,
        subject=subject,
        at=now(),
        explanation=explanation,
    )


def set_phone(*, person_id: UUID, typed: str) -> None:
    """The person's own telephone number; empty removes it. Raises ``Refused`` for what is no number."""
    contact_actions.set_phone(person_id=person_id, typed=typed)


def add_shown_number(*, person_id: UUID, number: str) -> None:
    """A number in E.164 that is taken as shown to be his own: for the demonstration and for measurements."""
    contact_actions.keep_shown_number(person_id=person_id, number=number, at=now())


def has_phone(*, person_id: UUID) -> bool:
    """Whether the person has given a telephone number. One query."""
    return contact_queries.has_phone(person_id=person_id)


def may(
    *,
    person_id: UUID | None,
    feature: Feature,
    territory_id: str | None = None,
    scope_id: UUID | None = None,
) -> bool:
    """Whether a mandate in force carries ``feature`` over an ancestor of ``territory_id`` (itself included),
    or exactly over ``scope_id``. One query; ``False`` for nobody and when neither place is given.
    """
    return queries.may(
        person_id=person_id, feature=feature, at=now(), territory_id=territory_id, scope_id=scope_id
    )


def abilities(
    *,
    person_id: UUID | None,
    territory_id: str | None = None,
    scope_id: UUID | None = None,
    standings: Iterable[Standing] = (),
    circumstances: Iterable[Circumstance] = (),
) -> frozenset[Ability]:
    """What the person may do to the thing that lies in ``territory_id`` or hangs on ``scope_id``. One query.

    The same table (``contracts.ABILITIES``) decides for the page and for the address behind its button.
    ``standings`` and ``circumstances`` are what the caller knows of the person and of the thing.
    """
    features = queries.features_over(
        person_id=person_id, at=now(), territory_id=territory_id, scope_id=scope_id
    )
    signed_in = {Standing.SIGNED_IN} if person_id else set()
    return abilities_of(
        features=features,
        standings=frozenset(standings) | signed_in,
        circumstances=frozenset(circumstances),
    )


def holds(*, person_id: UUID | None, feature: Feature) -> bool:
    """Whether a mandate in force carries ``feature`` anywhere. One query."""
    return queries.holds(person_id=person_id, feature=feature, at=now())


def territories_held(*, person_id: UUID | None, feature: Feature) -> tuple[str, ...]:
    """Ids of the territories over which the person holds ``feature`` (not those inside them). One query."""
    return queries.territories_held(person_id=person_id, feature=feature, at=now())


def is_place_of_mandates(*, territory_id: str) -> bool:
    """Whether a mandate that is not over is held over exactly that territory. One query."""
    return queries.is_place_of_mandates(territory_id=territory_id, at=now())


def scopes_held(*, person_id: UUID | None, feature: Feature) -> tuple[UUID, ...]:
    """Ids of the single things (groups) over which the person holds ``feature``. One query."""
    return queries.scopes_held(person_id=person_id, feature=feature, at=now())


def card(*, person_id: UUID) -> PersonCard:
    """What others may know of a person. Raises ``NotFound``. One query."""
    return queries.card(person_id=person_id)


def cards(*, person_ids: Iterable[UUID]) -> dict[UUID, PersonCard]:
    """The cards of those who exist, by id. One query."""
    return queries.cards(person_ids=person_ids)


def address_of(*, person_id: UUID) -> str:
    """The e-mail address: for the outbox and for mandated use only, never for a page. Raises ``NotFound``."""
    return queries.address_of(person_id=person_id)


def has_consent(*, person_id: UUID, purpose: Purpose | str, way: Way = Way.EMAIL) -> bool:
    """Whether the newest line of the ledger for ``purpose`` by ``way`` gives it. One query."""
    return bool(queries.person_ids_with_consent(person_ids=[person_id], purpose=purpose, way=way))


def person_ids_with_consent(
    *, person_ids: Iterable[UUID], purpose: Purpose | str, way: Way = Way.EMAIL
) -> set[UUID]:
    """Those of ``person_ids`` who agree to ``purpose`` by ``way`` now. One query."""
    return queries.person_ids_with_consent(person_ids=person_ids, purpose=purpose, way=way)


def give_consent(*, person_id: UUID, purpose: Purpose, way: Way, channel: str) -> bool:
    """The person agrees to ``purpose`` by ``way``; whether that is new. Raises ``NotFound``."""
    return consent_actions.set_consent(
        person_id=person_id, purpose=purpose, granted=True, channel=channel, at=now(), way=way
    )


def grant_mandate(
    *,
    by_id: UUID | None,
    person_id: UUID,
    role: Role,
    territory_id: str | None = None,
    scope_id: UUID | None = None,
    scope_name: str = "",
    ends_at: datetime | None = None,
) -> UUID:
    """Grants a mandate (or finds the same one in force), writes to the person, and returns its id.

    Over a territory: ``territory_id`` alone. Over a group: ``scope_id`` with its ``scope_name``, and in
    ``territory_id`` where the group lies, by which the granter's own right is checked. ``by_id`` ``None``
    is the system: nothing is checked. Raises ``Refused`` when the granter's mandate does not reach that far.
    """
    return mandate_actions.grant(
        by_id=by_id,
        person_id=person_id,
        role=role,
        at=now(),
        territory_id=territory_id,
        scope_id=scope_id,
        scope_name=scope_name,
        ends_at=ends_at,
    )


def end_mandate(*, by_id: UUID | None, mandate_id: UUID) -> None:
    """Ends a mandate now. Raises ``NotFound`` when it is missing, over, or out of reach of ``by_id``."""
    mandate_actions.end(by_id=by_id, mandate_id=mandate_id, at=now())


def mandates_of(*, person_id: UUID) -> tuple[MandateCard, ...]:
    """The mandates in force of a person, oldest first."""
    return queries.mandates_of(person_id=person_id, at=now())


def holders(
    *, scope_id: UUID | None = None, territory_id: str | None = None, role: Role | None = None
) -> tuple[MandateCard, ...]:
    """The mandates in force held exactly over the scope, or exactly over the territory."""
    return queries.holders(at=now(), scope_id=scope_id, territory_id=territory_id, role=role)


def add_confirmed_person(
    *,
    email: str,
    given_name: str,
    family_name: str = "",
    language: str = "fr",
    postal_code: str,
    commune_id: str | None,
    consents: tuple[Purpose, ...] = (),
) -> UUID:
    """Creates a person whose address needs no confirmation (demonstration), and places him in a group.

    Raises ``Refused`` when the address has an account.
    """
    newcomer = Newcomer(
        email=email,
        given_name=given_name,
        family_name=family_name,
        language=language,
        postal_code=postal_code,
        commune_id=commune_id,
    )
    lines = person_actions.consent_lines(purposes=consents, language=language)
    return person_actions.add_person(newcomer=newcomer, consents=lines, channel="system", at=now())


def confirmed_guest(
    *, email: str, given_name: str, language: str, consent_text: str, proof: str, at: datetime
) -> UUID:
    """Who signs up to something without an account from a confirmed address: whoever is known by it, else a
    new contact without an account. ``consent_text``: what he ticked to be told of other actions, or nothing.
    """
    return guest_actions.confirmed_guest(
        email=email,
        given_name=given_name,
        language=language,
        consent_text=consent_text,
        proof=proof,
        at=at,
    )


def forget_guests(*, person_ids: Iterable[UUID], at: datetime) -> int:
    """Erases those who have no account, whom no import brought and who agreed to nothing; how many."""
    return guest_actions.forget_guests(person_ids=person_ids, at=at)


def add_many(*, newcomers: Sequence[Newcomer], at: datetime) -> tuple[UUID, ...]:
    """Creates many confirmed persons at once, for measurements: no consent, no group. Ids in their order."""
    return volume.add_many(newcomers=newcomers, at=at)


def person_id_of(*, email: str) -> UUID | None:
    """Whose address it is, or ``None``. For commands only: a page must not tell who has an account."""
    return queries.person_id_of(email=email)


def invite(
    *, person_id: UUID, address: str, at: datetime, scope_id: UUID | None = None, scope_name: str = ""
) -> None:
    """A member has one single message sent to somebody; he is told the same whoever it is. ``Refused``.

    ``scope_id``, ``scope_name``: a group in which whoever joins by it is placed (port ``person_invited``).
    """
    referral_actions.invite(
        person_id=person_id, address=address, at=at, scope_id=scope_id, scope_name=scope_name
    )


def recruit_code(*, person_id: UUID) -> str:
    """The code behind ``par=`` in a member's own links."""
    return recruiting.code_of(person_id=person_id)


def note_brought(*, person_id: UUID, by_id: UUID, at: datetime, shows_name: bool = False) -> None:
    """That a member's link brought somebody: for the demonstration and measurements."""
    recruiting.note_brought(person_id=person_id, by_id=by_id, shows_name=shows_name, at=at)


def recruit_link(*, code: str, path: str) -> str:
    """A page of this site with a member's code."""
    return recruiting.link_of(code=code, path=path)


def person_by_calendar_token(*, token: str) -> PersonCard:
    """Whose personal calendar a secret address opens. Raises ``NotFound``."""
    return queries.person_by_calendar_token(token=token)


def renew_calendar_token(*, person_id: UUID) -> str:
    """Replaces the secret of the person's calendar and returns the new one; the old one is void."""
    return account.renew_calendar_token(person_id=person_id)


def export_person(*, person_id: UUID) -> dict[str, list[dict[str, Any]]]:
    """What this room keeps of a person, for the person (port ``export_person``)."""
    merges = duplicate_queries.everything_about(person_id=person_id)
    said = helping_queries.everything_about(person_id=person_id)
    receipts = disclosure_queries.everything_about(person_id=person_id)
    return {"people": [*queries.everything_about(person_id=person_id), *receipts, *merges, *said]}


def erase_person(*, person_id: UUID) -> None:
    """Deletes the pairs of likely duplicates that name the person (port ``erase_person``)."""
    merge_actions.forget_candidates(person_id=person_id)


def hold_persons(*, person_ids: Iterable[UUID]) -> set[UUID]:
    """Those of the persons who exist: until the end of the caller's transaction they are neither merged nor
    erased. To be called before any other lock. One query, none for nobody."""
    return holding_actions.hold(person_ids=set(person_ids))


def urgent_requests(*, person_id: UUID | None) -> int:
    """How many requests about personal data this person should answer soon. Two queries at most."""
    return right_queries.urgent_count(person_id=person_id, at=now())


def withdraw_consent(
    *,
    person_id: UUID,
    purpose: Purpose,
    channel: str,
    proof: str,
    at: datetime,
    way: Way = Way.EMAIL,
) -> UUID | None:
    """Takes consent back by a link that only the person's own letter held, whoever has absorbed him since.

    Answers who that is now; ``None`` when nobody is left. A repeat writes no second line.
    """
    return consent_actions.withdraw(
        person_id=person_id, purpose=purpose, channel=channel, proof=proof, at=at, way=way
    )


def withdraw_everything(*, person_id: UUID, channel: str, proof: str, at: datetime) -> UUID | None:
    """The same for every purpose by every channel."""
    return consent_actions.withdraw_everything(person_id=person_id, channel=channel, proof=proof, at=at)


def stop(*, number: str, at: datetime) -> UUID | None:
    """Somebody answered STOP from this number: no text message goes there any more, whatever the purpose.

    Answers who is reached by it, ``None`` when nobody is known. Raises ``Refused`` for what is no number.
    """
    return stopping.stop(number=number, at=at)


def take_stop_back(*, number: str) -> None:
    """Whoever answers so from a number ends its STOP; consents do not come back by it."""
    stopping.take_back(number=number)


def numbers_of(*, person_ids: Sequence[UUID]) -> dict[UUID, str]:
    """The number that each has shown to be his own, in E.164; for the outbox only. One query."""
    return writing.numbers_of(person_ids=person_ids)


def notice_for(*, person_id: UUID, purpose: str) -> Notice | None:
    """What the next message to somebody from a file must say, ``None`` when nothing (GDPR art. 14)."""
    return notice_queries.notice_for(person_id=person_id, purpose=purpose)


def purpose_name(*, purpose: str) -> str:
    """To what a consent was given, in the active language."""
    return texts.purpose_name(purpose)


def correspondents(*, person_ids: Sequence[UUID]) -> dict[UUID, Correspondent]:
    """Names, language and the address to write to, for mailings only. Three queries, however many."""
    return writing.correspondents(person_ids=person_ids)


def notices_for(*, person_ids: Iterable[UUID], purpose: str) -> dict[UUID, Notice]:
    """``notice_for`` of those who must still be told where their data come from. Two queries."""
    return writing.notices_for(person_ids=person_ids, purpose=purpose)


def note_informed_all(*, person_ids: Sequence[UUID], at: datetime) -> None:
    """``note_informed`` for many. One statement."""
    contact_actions.note_informed_all(person_ids=person_ids, at=at)


def missing_mentions(*, text: str, notice: Notice) -> tuple[str, ...]:
    """The names of the mentions of a notice that a message does not make."""
    return notice_queries.missing_mentions(text=text, notice=notice)


def note_informed(*, person_id: UUID, at: datetime) -> None:
    """Writes that a message with the notice has left."""
    contact_actions.note_informed(person_id=person_id, at=at)


def import_file(
    *,
    by_id: UUID,
    territory_id: str,
    path: Path,
    origin: Origin,
    basis: Basis,
    basis_proof: str,
    purpose: Purpose,
    consent_text: str = "",
) -> UUID:
    """Imports a file of supporters at once, its columns as they are guessed; answers the import's id.

    For the demonstration: a page asks about each column. Raises ``Refused``.
    """
    return importing.import_at_once(
        by_id=by_id,
        territory_id=territory_id,
        path=path,
        origin=origin,
        basis=basis,
        basis_proof=basis_proof,
        purpose=purpose,
        consent_text=consent_text,
        at=now(),
    )


def record_request(*, by_id: UUID, typed: RightTyped) -> UUID:
    """Types in a request about personal data that came by letter or by telephone. Raises ``NotFound``."""
    return rights.record(by_id=by_id, typed=typed, language="fr", at=now())


def marks_of(*, person_id: UUID) -> Marks:
    """By which texts a person would be recognised, those of absorbed accounts included: for erasing only."""
    return mark_queries.marks_of(person_id=person_id)


def is_suppressed(*, channel: ContactKind, value: str) -> bool:
    """Whether somebody refused that anything be sent to this address or number. One query."""
    return contact_queries.is_suppressed(channel=channel, value=value)


def suppressed(*, channel: ContactKind, values: Iterable[str]) -> set[str]:
    """Those of these addresses or numbers to which somebody refused that anything be sent. One query."""
    return contact_queries.suppressed(channel=channel, values=values)


def suppress(*, channel: ContactKind, value: str, reason: SuppressionReason) -> None:
    """Keeps a refusal for ever, as a salted hash. Raises ``Refused`` for what is no address or number."""
    suppression.suppress(channel=channel, value=value, reason=reason, at=now())


def object_to_all(*, person_id: UUID, channel: str) -> None:
    """The person objects (unsubscribe link, account page): all consents end, no address is used again."""
    objection.object_to_all(person_id=person_id, channel=channel, at=now())


def note_bounce(*, address: str, state: BounceState) -> None:
    """Writes what a letter to this address met; for the outbox."""
    contact_actions.note_bounce(address=address, state=state)


def purge(*, at: datetime) -> dict[str, int]:
    """Deletes what is past its time here (port ``purge``); table name to number of rows."""
    return purge_actions.purge(at=at)


def demonstration_codes() -> tuple[DemonstrationCode, ...]:
    """What the demonstration accounts' authenticators show now. Raises outside the demonstration."""
    # Loaded here and not above: the module refuses to exist outside the demonstration.
    from amiral.rooms.people import demonstration

    return demonstration.codes(at=now())


def merge_person(*, kept_id: UUID, absorbed_id: UUID, at: datetime) -> Records:
    """Moves this room's rows to the person who is kept (port ``merge_person``); answers the way back."""
    return merging.RELATIONS.merge(kept_id=kept_id, absorbed_id=absorbed_id, at=at)


def unmerge_person(*, records: Records) -> None:
    """Takes back what ``merge_person`` did in this room (port ``unmerge_person``)."""
    merging.RELATIONS.unmerge(records=records)


def merge(
    *, by_id: UUID, kept_id: UUID, absorbed_id: UUID, chosen: Iterable[MergeField] = (), silent: bool = False
) -> UUID:
    """Lets one person absorb another and returns the id of the merge; ``silent`` writes no letter.

    Raises ``NotFound`` when one is out of reach of ``by_id``, ``Refused`` when an administrator is needed.
    """
    return merge_actions.merge(
        by_id=by_id, kept_id=kept_id, absorbed_id=absorbed_id, chosen=set(chosen), at=now(), silent=silent
    )


def undo_merge(*, by_id: UUID, merge_id: UUID) -> None:
    """Takes a merge back, whatever was merged since. Raises as ``merge`` does."""
    merge_actions.undo_merge(by_id=by_id, merge_id=merge_id, at=now())


def find_duplicates() -> dict[str, int]:
    """Looks for duplicates at once, in this process: how many persons were compared, how many pairs found."""
    return finding.find_duplicates(report=lambda _done, _total: None, at=now())


def person_keys(*, person_ids: Sequence[UUID] | None = None) -> Iterator[str]:
    """The ids of those who exist as text, in order: of all persons, or of those among some. One query."""
    return fact_queries.person_keys(person_ids=person_ids)


def count_persons() -> int:
    """How many persons are known, with an account or without."""
    return fact_queries.count_persons()


def consent_value(*, purpose: Purpose | str, way: Way) -> str:
    """A consent as the facet ``consent`` of segments has it."""
    return fact_queries.consent_value(Purpose(purpose), way)


def segment_criteria() -> tuple[Criterion, ...]:
    """What can be asked of persons here (port ``segment_criteria``)."""
    return criterion_queries.criteria()


def segment_facts(*, person_ids: Sequence[UUID] | None) -> Iterator[Facts]:
    """What segments know of all persons, or of some (port ``segment_facts``)."""
    return fact_queries.facts(person_ids=person_ids)


def segment_watch() -> Watched:
    """The tables whose changes concern segments (port ``segment_watch``)."""
    return fact_queries.watched()


def say_helping(*, person_id: UUID, helping: Helping) -> None:
    """What a person says he can do and when; replaces what he said before. Raises ``NotFound``."""
    helping_actions.say(person_id=person_id, helping=helping)
