"""Places in a shift: never one too many, never one empty while somebody waits who could have it.

Pure rules over the sign-ups of one shift. Whoever stores them applies ``ask``, ``settle`` and the
gestures inside one transaction that holds the shift; the laws here then hold there. Instants are numbers
(seconds); nothing here reads a clock.

A seat that becomes free is *offered* to the first who waits and fits; an offer holds the seat until it is
accepted, declined, or expires, and then falls to the next. A party is one gesture: it comes whole or not
at all; a smaller one may pass a larger one that does not fit.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from types import MappingProxyType


class State(StrEnum):
    """Of a sign-up."""

    REQUESTED = "requested"
    WAITING = "waiting"
    OFFERED = "offered"
    CONFIRMED = "confirmed"
    CANCELLED = "cancelled"
    DECLINED = "declined"
    EXPIRED = "expired"
    REFUSED = "refused"
    ATTENDED = "attended"
    NO_SHOW = "no-show"


HOLDS = frozenset({State.OFFERED, State.CONFIRMED, State.ATTENDED, State.NO_SHOW})
"""States that hold seats."""

NEXT: Mapping[State, frozenset[State]] = MappingProxyType(
    {
        State.REQUESTED: frozenset({State.CONFIRMED, State.WAITING, State.REFUSED, State.CANCELLED}),
        State.WAITING: frozenset({State.OFFERED, State.CANCELLED}),
        State.OFFERED: frozenset({State.CONFIRMED, State.DECLINED, State.EXPIRED, State.CANCELLED}),
        State.CONFIRMED: frozenset({State.CANCELLED, State.ATTENDED, State.NO_SHOW}),
        State.CANCELLED: frozenset(),
        State.DECLINED: frozenset(),
        State.EXPIRED: frozenset(),
        State.REFUSED: frozenset(),
        State.ATTENDED: frozenset({State.NO_SHOW}),
        State.NO_SHOW: frozenset({State.ATTENDED}),
    }
)
"""What may follow what. Who comes back after an end makes a new sign-up, at the end of the list."""


class Role(StrEnum):
    """What somebody comes as. All but newcomers count as experienced."""

    LEAD = "lead"
    DRIVER = "driver"
    VOLUNTEER = "volunteer"
    NEWCOMER = "newcomer"


@dataclass(frozen=True, kw_only=True, slots=True)
class Rules:
    """Of one shift. ``least``: seats kept for a role until ``kept_until``; ``most``: seats that a role
    may hold; ``newcomers_each``: newcomers that one experienced person may take along (None: no rule).
    ``offer_s``: how long an offer stands; none stands beyond ``closes_at``, when signing up ends."""

    capacity: int
    closes_at: float
    offer_s: float
    approval: bool = False
    least: Mapping[Role, int] = field(default_factory=dict)
    most: Mapping[Role, int] = field(default_factory=dict)
    kept_until: float = 0.0
    newcomers_each: int | None = None

    def __post_init__(self) -> None:
        if self.capacity < 1 or self.offer_s <= 0:
            raise ValueError("A shift has at least one place, and an offer lasts some time.")
        if sum(self.least.values()) > self.capacity:
            raise ValueError("More places are kept for roles than the shift has.")


@dataclass(frozen=True, kw_only=True, slots=True)
class SignUp:
    """``rank`` is the order of asking, unique in the shift. ``until``: when an offer expires."""

    rank: int
    role: Role = Role.VOLUNTEER
    party: int = 1
    state: State = State.WAITING
    until: float | None = None

    def __post_init__(self) -> None:
        if self.party < 1:
            raise ValueError("A party has at least one person.")
        if (self.until is not None) != (self.state is State.OFFERED):
            raise ValueError("An offer, and nothing else, has an end.")


class NotNow(ValueError):
    """The sign-up's state does not allow the gesture: ``state`` is where it stands."""

    def __init__(self, state: State) -> None:
        super().__init__(f"Not possible while the sign-up is {state.value}.")
        self.state = state


def taken(sign_ups: Iterable[SignUp]) -> int:
    """Seats that are held, offers included."""
    return sum(each.party for each in sign_ups if each.state in HOLDS)


def fits(rules: Rules, sign_ups: Iterable[SignUp], newcomer: SignUp, *, at: float) -> bool:
    """Whether the seats for ``newcomer`` are there at ``at``, among the others of ``sign_ups``: in all,
    for the role, and beside the seats that are still kept for other roles."""
    held = [each for each in sign_ups if each.state in HOLDS and each.rank != newcomer.rank]
    by_role = {role: sum(each.party for each in held if each.role is role) for role in Role}
    mine = by_role[newcomer.role] + newcomer.party
    if mine > rules.most.get(newcomer.role, rules.capacity):
        return False
    kept = 0
    if at < rules.kept_until:
        others = ((role, least) for role, least in rules.least.items() if role is not newcomer.role)
        kept = sum(max(0, least - by_role[role]) for role, least in others)
    if taken(held) + newcomer.party + kept > rules.capacity:
        return False
    return newcomer.role is not Role.NEWCOMER or _is_accompanied(rules, by_role, mine)


def _is_accompanied(rules: Rules, by_role: Mapping[Role, int], newcomers: int) -> bool:
    if rules.newcomers_each is None:
        return True
    experienced = sum(count for role, count in by_role.items() if role is not Role.NEWCOMER)
    return newcomers <= experienced * rules.newcomers_each


def ask(rules: Rules, sign_ups: Sequence[SignUp], asking: SignUp, *, at: float) -> SignUp:
    """``asking`` with its first state: confirmed when there is a seat that nobody before has a claim to,
    else waiting; requested where a leader approves. ``sign_ups`` must be settled at ``at``."""
    if at >= rules.closes_at:
        raise NotNow(State.EXPIRED)
    if rules.approval:
        return replace(asking, state=State.REQUESTED)
    return replace(asking, state=State.CONFIRMED if fits(rules, sign_ups, asking, at=at) else State.WAITING)


def approved(rules: Rules, sign_ups: Sequence[SignUp], asking: SignUp, *, at: float) -> SignUp:
    """A requested sign-up that a leader approves: as if it had been asked without approval, at its rank."""
    _check(asking, State.REQUESTED)
    ahead = [each for each in sign_ups if each.state is State.WAITING and each.rank < asking.rank]
    free = fits(rules, sign_ups, asking, at=at)
    passed = any(fits(rules, sign_ups, each, at=at) for each in ahead)
    return replace(asking, state=State.CONFIRMED if free and not passed else State.WAITING)


def accepted(sign_up: SignUp, *, at: float) -> SignUp:
    """An offer that is taken. ``NotNow`` when it stands no more, though nobody has noted that yet."""
    _check(sign_up, State.OFFERED)
    if sign_up.until is not None and at >= sign_up.until:
        raise NotNow(State.EXPIRED)
    return replace(sign_up, state=State.CONFIRMED, until=None)


def ended(sign_up: SignUp, state: State) -> SignUp:
    """A sign-up that goes to one of its ends. ``NotNow`` when it cannot."""
    if state not in NEXT[sign_up.state] or state in (State.OFFERED, State.CONFIRMED, State.WAITING):
        raise NotNow(sign_up.state)
    return replace(sign_up, state=state, until=None)


def settle(rules: Rules, sign_ups: Sequence[SignUp], *, at: float) -> tuple[SignUp, ...]:
    """What changes at ``at``: offers that expired, then offers to those who wait, in the order of asking.
    Settling again changes nothing. Once signing up is closed nobody is offered anything."""
    now = [_expired(each, at) for each in sign_ups]
    if at < rules.closes_at:
        _offer(rules, now, at)
    return tuple(new for new, old in zip(now, sign_ups, strict=True) if new != old)


def _offer(rules: Rules, now: list[SignUp], at: float) -> None:
    """Offers what is free. An experienced person who is offered a place makes room for newcomers before him
    who could not come alone: one goes back to the first of these."""
    until = min(at + rules.offer_s, rules.closes_at)
    waiting = sorted((i for i in range(len(now)) if now[i].state is State.WAITING), key=lambda i: now[i].rank)
    place, passed = 0, None
    while place < len(waiting):
        each = now[waiting[place]]
        is_newcomer = each.role is Role.NEWCOMER
        if each.state is State.WAITING and fits(rules, now, each, at=at):
            now[waiting[place]] = replace(each, state=State.OFFERED, until=until)
            if passed is not None and not is_newcomer:
                place, passed = passed, None
                continue
        elif each.state is State.WAITING and is_newcomer and passed is None:
            passed = place
        place += 1


def next_change(rules: Rules, sign_ups: Iterable[SignUp], *, at: float) -> float | None:
    """When ``settle`` must be called again though nobody does anything: the next expiry, or the end of
    what is kept for roles."""
    ends = [each.until for each in sign_ups if each.until is not None and each.until > at]
    kept = [rules.kept_until] if rules.least and at < rules.kept_until < rules.closes_at else []
    return min([*ends, *kept], default=None)


def _expired(sign_up: SignUp, at: float) -> SignUp:
    if sign_up.until is None or at < sign_up.until:
        return sign_up
    return replace(sign_up, state=State.EXPIRED, until=None)


def _check(sign_up: SignUp, state: State) -> None:
    if sign_up.state is not state:
        raise NotNow(sign_up.state)
