"""Classical bugs of offline queues, each one injected on purpose. The model must find every one of them."""

from dataclasses import replace
from typing import Any
from uuid import UUID

from amiral.cores.sync import (
    KEPT,
    VERSION,
    Answer,
    Body,
    Event,
    Known,
    Phone,
    Sealed,
    Seen,
    Status,
    Visit,
    Why,
    digest,
    judge,
    parse,
    record,
    seal,
    sealed,
    see,
)

from .world import Handset, Json, Row, Server, Store


class NoMemoryOfIds(Server):
    """Takes a repeated event for a new one: doors counted twice."""

    def known(self, store: Store, event: Event) -> Known:
        return replace(super().known(store, event), same_id=None, same_seq=False)


class CountsRepeats(Server):
    """Recognises the repeat, and adds it to the figures all the same."""

    def decide(self, store: Store, said: Json, event: Event) -> Answer:
        answer = super().decide(store, said, event)
        if answer.status is Status.DUPLICATE and isinstance(event.body, Visit):
            store.tally[event.body.door, event.body.outcome.value] += 1
        return answer


class AnswersBeforeCommit(Server):
    """Says "stored", then writes: a crash in between loses what was acknowledged."""

    def handle(self, request: Json, *, crash: str = "") -> Json | None:
        if not crash:
            return super().handle(request)
        kept, before = self.disk, super().handle(request)
        self.disk = kept
        return before


class WritesEventByEvent(Server):
    """No transaction: a crash leaves the log without its projection."""

    def handle(self, request: Json, *, crash: str = "") -> Json | None:
        if crash != "before":
            return super().handle(request, crash=crash)
        project, self.project = self.project, lambda store, event: None  # type: ignore[method-assign]
        super().handle(request, crash="after")
        self.project = project  # type: ignore[method-assign]
        return None


class LastContentWins(Server):
    """Another content under a known id replaces the first one."""

    def decide(self, store: Store, said: Json, event: Event) -> Answer:
        if event.id in store.ids:
            store.rows[store.ids[event.id]].said = said
            return Answer(status=Status.DUPLICATE)
        return super().decide(store, said, event)


class ForgetsRevocation(Server):
    """A lost phone goes on counting."""

    def known(self, store: Store, event: Event) -> Known:
        return replace(super().known(store, event), revoked=False)


class TrustsAnySeal(Server):
    """Whoever carries an event may change it."""

    def take(self, store: Store, said: Json) -> Answer:
        key = store.keys.get(UUID(said["device"]))
        if key is None or said["v"] != VERSION:
            return super().take(store, said)
        return super().take(store, sealed(parse(said), key))


class RefusesLateEvents(Server):
    """An event of a lease that ended is thrown away."""

    def decide(self, store: Store, said: Json, event: Event) -> Answer:
        answer = judge(event=event, digest=digest(event), known=self.known(store, event))
        return answer if answer.why is Why.DOOR else super().decide(store, said, event)


class ForgetsWhoHadTheTurf(Server):
    """A turf that changes hands: what its first team sends later is put aside."""

    def take_back(self, device: UUID, places: set[UUID]) -> None:
        self.disk.leased[device] = self.disk.leased[device] - places


class TellsTheFirstTeamForEver(Server):
    """A turf that changes hands: its first team is still told what the next one does there."""

    def take_back(self, device: UUID, places: set[UUID]) -> None:
        pass


class TakesOnlyTheNewestForm(Server):
    """An event recorded with the form of yesterday is put aside."""

    newest = 1

    def decide(self, store: Store, said: Json, event: Event) -> Answer:
        self.newest = max(self.newest, event.form)
        if event.form == self.newest or event.id in store.ids:
            return super().decide(store, said, event)
        answer = Answer(status=Status.QUARANTINED, why=Why.FUTURE)
        row = Row(said=said, digest=digest(event), status=answer.status, device=event.device, seq=event.seq)
        self.add(store, row, event.id)
        return answer


class DropsTheFuture(Server):
    """Acknowledges what it cannot read, and keeps nothing."""

    def future(self, store: Store, said: Json) -> Answer:
        return Answer(status=Status.QUARANTINED, why=Why.FUTURE)


class BringsBackTheErased(Server):
    """A repeat of an erased event restores its content."""

    def decide(self, store: Store, said: Json, event: Event) -> Answer:
        if event.id in store.ids and store.rows[store.ids[event.id]].said is None:
            store.rows[store.ids[event.id]].said = said
            return Answer(status=Status.DUPLICATE)
        return super().decide(store, said, event)


class TellsEverybody(Server):
    """Gives a phone the doors of other teams."""

    def news(self, store: Store, device: UUID) -> list[Json]:
        return [row.said for row in store.rows if row.said and row.status is Status.STORED]


class CountsTheGapFromTheLast(Server):
    """Takes the highest number that arrived for the number of events."""

    def add(self, store: Store, row: Row, id_: UUID) -> None:
        super().add(store, row, id_)
        store.seen[row.device] = see(Seen(), seqs=range(1, row.seq + 1), head=store.seen[row.device].head)


class ForgetsOnSending(Handset):
    """Empties the outbox when the request leaves, not when the answer comes."""

    def request(self) -> Json:
        request = super().request()
        self.disk = replace(self.disk, unsent=frozenset())
        return request


class ForgetsByCount(Handset):
    """Deletes as many events as were answered, from the front of the queue."""

    def absorb(self, response: Json) -> None:
        count = sum(answer.status in KEPT for answer in response["answers"].values())
        queue = sorted(self.disk.unsent, key=lambda id_: self.disk.log[id_].event.rank)
        super().absorb({**response, "answers": {}})
        self.disk = replace(self.disk, unsent=frozenset(queue[count:]))


class ForgetsTheWholeOutbox(Handset):
    """After any answer the outbox is cleared, with what was recorded meanwhile."""

    def absorb(self, response: Json) -> None:
        super().absorb(response)
        self.disk = replace(self.disk, unsent=frozenset())


class ForgetsWhatWasRefused(Handset):
    """A refused or conflicting event vanishes without a word."""

    def absorb(self, response: Json) -> None:
        super().absorb(response)
        self.disk = replace(self.disk, troubles={})


class KeepsTheOutboxInMemory(Handset):
    """Says "kept" before the store has it: a pulled battery loses it."""

    def __init__(self, device: UUID, key: bytes) -> None:
        super().__init__(device, key)
        self.durable = self.disk

    def absorb(self, response: Json) -> None:
        super().absorb(response)
        self.durable = self.disk

    def kill(self) -> None:
        self.disk = self.durable


class NumbersFromMemory(Handset):
    """The counter of events is not kept: after a restart a number is used again."""

    def kill(self) -> None:
        self.disk = replace(self.disk, seq=0)


class OrdersByTheClock(Handset):
    """The counter follows the phone's clock: a wrong one overrules what was seen before."""

    def record(self, body: Body, id_: UUID, at: str) -> Event:
        year = int(at[:4])
        self.disk, event = record(replace(self.disk, lam=max(0, year - 1990)), body, id=id_, at=at)
        return event


class IgnoresOthersCounters(Handset):
    """Does not move its counter past what the partner did: a later correction may lose."""

    def absorb(self, response: Json) -> None:
        lam = self.disk.lam
        super().absorb(response)
        self.disk = replace(self.disk, lam=lam)


def _changed(theirs: Sealed, phone: Phone) -> Sealed:
    return Sealed(event=replace(theirs.event, seq=phone.seq + 1), seal=theirs.seal)


class RewritesTheOutbox(Handset):
    """Brings what is waiting up to the new form: its seal no longer fits, or its id says something else."""

    def new_form(self) -> None:
        super().new_form()
        log = {
            id_: Sealed(event=replace(one.event, form=self.disk.form), seal=one.seal)
            if id_ in self.disk.unsent
            else one
            for id_, one in self.disk.log.items()
        }
        self.disk = replace(self.disk, log=log)


class StampsWithTheClock(Handset):
    """Corrects the times of what is waiting when the clock is set: the same id with other content."""

    def record(self, body: Body, id_: UUID, at: str) -> Event:
        event = super().record(body, id_, at)
        log = {
            id_: Sealed(event=replace(one.event, at=at), seal=seal(replace(one.event, at=at), self.disk.key))
            if id_ in self.disk.unsent and one.event.device == self.disk.device
            else one
            for id_, one in self.disk.log.items()
        }
        self.disk = replace(self.disk, log=log)
        return event


class CarriesAsItsOwn(Handset):
    """Renumbers a partner's events before carrying them."""

    def meet(self, other: Handset) -> None:
        for one, two in ((self, other), (other, self)):
            for theirs in list(two.disk.log.values()):
                id_ = theirs.event.id
                if id_ not in one.disk.log:
                    log: dict[UUID, Any] = {**one.disk.log, id_: _changed(theirs, one.disk)}
                    one.disk = replace(one.disk, log=log, unsent=one.disk.unsent | {id_})


SERVERS = [
    NoMemoryOfIds,
    CountsRepeats,
    AnswersBeforeCommit,
    WritesEventByEvent,
    LastContentWins,
    ForgetsRevocation,
    TrustsAnySeal,
    RefusesLateEvents,
    ForgetsWhoHadTheTurf,
    TellsTheFirstTeamForEver,
    TakesOnlyTheNewestForm,
    DropsTheFuture,
    BringsBackTheErased,
    TellsEverybody,
    CountsTheGapFromTheLast,
]
HANDSETS = [
    ForgetsOnSending,
    ForgetsByCount,
    ForgetsTheWholeOutbox,
    ForgetsWhatWasRefused,
    KeepsTheOutboxInMemory,
    NumbersFromMemory,
    OrdersByTheClock,
    IgnoresOthersCounters,
    RewritesTheOutbox,
    StampsWithTheClock,
    CarriesAsItsOwn,
]
