"""From the order of pieces to what a person can follow: the line, and the list turn by turn."""

import itertools
from collections import Counter, defaultdict
from dataclasses import dataclass, replace

import numpy as np

from amiral.cores.walk.geo import flat, line_length
from amiral.cores.walk.headings import SPIKE_M, arrival, difference, heading
from amiral.cores.walk.names import plain
from amiral.cores.walk.problem import Doors, Floats, Ints
from amiral.cores.walk.result import DECIMALS
from amiral.cores.walk.space import MM

from .districts import Work, is_connected
from .ground import BOTH, LEFT, RIGHT, SIDES, Ground
from .result import Parity, Piece, Round, Side, Step, Turn, Walked, Way
from .ways import path

STRAIGHT_DEGREES, BACK_DEGREES = 40, 150
LINE_BOXES, LINE_M = 80, 400
"""A line of the list is closed when it has so many boxes, or is so long, even where the street goes on."""

GAP_M = 100
"""So far the street may go on without boxes inside one line of the list."""


def number_of(doors: Doors, door: int) -> str:
    """``12 bis``, but ``2-4``: what begins with a sign stands next to the number."""
    number, suffix = int(doors.numbers[door]), doors.suffixes[door]
    if number <= 0:
        return suffix
    return f"{number} {suffix}".strip() if suffix[:1].isalnum() else f"{number}{suffix}"


MOST_CUTS = 20
"""A street cut more often than this between two others is named no end."""


ALONG_M = 15
"""A shorter way along one street is only the width of a junction, and not told."""
ASIDE_M = 2
"""So far one must go aside and come back for that to be told."""


@dataclass(frozen=True)
class _Way:
    """Between two pieces: each chain on it with its street's name, what crossings and all of it cost (mm)."""

    chains: tuple[tuple[str, Floats], ...]
    crossing_mm: int
    cost_mm: int

    @property
    def line(self) -> Floats:
        return np.concatenate([line for _, line in self.chains]) if self.chains else np.empty((0, 2))


@dataclass(frozen=True)
class _Stretch:
    """A part of a walk along one street: its line in metres; shape (p, 2)."""

    street: str
    flat: Floats
    metres: float


class Drawer:
    """Draws the rounds of one ground; knows which streets meet at each node."""

    def __init__(self, doors: Doors, ground: Ground) -> None:
        self._doors, self._ground, self._net = doors, ground, ground.network
        self._tail = np.repeat(np.arange(len(self._net.corner_node)), np.diff(self._net.first))
        self._names = [self._name(i) for i in range(len(ground.pieces))]
        self._meeting: dict[int, set[str]] = defaultdict(set)
        self._at: dict[int, list[int]] = defaultdict(list)
        for chain, name in enumerate(ground.names):
            for node in self._ends(chain):
                self._at[node].append(chain)
                if name:
                    self._meeting[node].add(name)
        self._served = set(zip(ground.pieces.chain.tolist(), ground.pieces.side.tolist(), strict=True))

    def pieces(self) -> tuple[Piece, ...]:
        """All pieces of the ground in their order."""
        columns = self._ground.pieces
        return tuple(
            Piece(
                street=self._names[i],
                side=SIDES[columns.side[i]],
                line=self._line(int(columns.chain[i]), False),
                length_m=float(self._net.length[columns.chain[i]]) / MM,
                boxes=int(columns.boxes[i]),
                addresses=int(columns.addresses[i]),
                estimated=bool(columns.estimated[i]),
                doors=columns.doors[i],
                part=int(columns.part[i]),
                parts=int(columns.parts[i]),
            )
            for i in range(len(columns))
        )

    def round(self, work: Work, order: Ints) -> Round:
        """``order``: codes of the ground's pieces. The number is given later."""
        columns, parameters = self._ground.pieces, work.parameters
        speed = parameters.speed_m_per_min * MM
        codes = self._facing(order, parameters.start).tolist()
        ways = [self._between(a, b) for a, b in itertools.pairwise(codes)]
        home = self._between(codes[-1], codes[0]) if parameters.closed else _Way((), 0, 0)
        lines = [self._code_line(codes[0])]
        for code, way in zip(codes[1:], ways, strict=True):
            lines += [way.line, self._code_line(code)]
        line = _drawn(np.concatenate([*lines, home.line]))
        crossing = sum(way.crossing_mm for way in (*ways, home))
        spent = sum(way.cost_mm for way in (*ways, home))
        some = np.array(codes) // 2
        spent += int((columns.length[some] + columns.service[some]).sum())
        inner = 2 * np.searchsorted(work.some, some) + np.array(codes) % 2
        return Round(
            number=0,
            steps=self._steps(codes, ways),
            boxes=int(columns.boxes[some].sum()),
            addresses=int(columns.addresses[some].sum()),
            metres=line_length(line),
            served_m=float(self._net.length[columns.chain[some]].sum()) / MM,
            minutes=spent / speed,
            crossing_s=crossing / speed * 60,
            line=line,
            connected=is_connected(work, inner),
        )

    def _facing(self, order: Ints, start: tuple[float, float] | None) -> Ints:
        """The same walk from the end nearer to the meeting point (without one: from the smaller piece)."""
        back = order[::-1] ^ 1
        if start is None:
            return order if order[0] // 2 <= order[-1] // 2 else back
        away = [line_length(np.array([start, self._code_line(int(one[0]))[0]])) for one in (order, back)]
        return order if away[0] <= away[1] else back

    def _name(self, i: int) -> str:
        """The street's name; where the way has none, that of most addresses along it."""
        columns = self._ground.pieces
        name: str = self._ground.names[columns.chain[i]]
        if name or not columns.doors[i]:
            return name
        streets: Counter[str] = Counter(self._doors.streets[d] for d in columns.doors[i])
        return min(streets, key=lambda one: (-streets[one], one))

    def _line(self, chain: int, backwards: bool) -> Floats:
        nodes = self._net.nodes[self._net.starts[chain] : self._net.starts[chain + 1]]
        nodes = nodes[::-1] if backwards else nodes
        return np.column_stack([self._net.lon[nodes], self._net.lat[nodes]])

    def _code_line(self, code: int) -> Floats:
        return self._line(int(self._ground.pieces.chain[code // 2]), bool(code % 2))

    def _between(self, a: int, b: int) -> _Way:
        """The way from the end of code a to the beginning of code b."""
        columns, net = self._ground.pieces, self._net
        source = int((columns.u if a % 2 else columns.v)[a // 2])
        sink = int((columns.v if b % 2 else columns.u)[b // 2])
        chains = list[tuple[str, Floats]]()
        crossing = cost = 0
        for edge in path(net, source, sink).tolist():
            cost += int(net.cost[edge])
            arc = int(net.via[edge])
            if arc < 0:
                crossing += int(net.cost[edge])
                continue
            chain = arc // 2
            chains.append((self._ground.names[chain], self._line(chain, net.arc_u[arc] != self._tail[edge])))
        return _Way(tuple(chains), crossing, cost)

    def _steps(self, codes: list[int], ways: list[_Way]) -> tuple[Step, ...]:
        steps = [self._step(codes[0], None, None)]
        last = steps[-1]
        for code, way in zip(codes[1:], ways, strict=True):
            step = self._step(code, way, last)
            last = step
            if _goes_on(steps[-1], way, step):
                steps[-1] = self._joined(steps[-1], way.line, step)
            else:
                steps.append(step)
        return tuple(steps)

    def _step(self, code: int, way: _Way | None, before: Step | None) -> Step:
        """``before``: the piece walked before, over ``way``."""
        columns, i, back = self._ground.pieces, code // 2, bool(code % 2)
        line = self._code_line(code)
        doors = columns.doors[i][::-1] if back else columns.doors[i]
        side = SIDES[columns.side[i]]
        if back and columns.side[i] != BOTH:
            side = Side.RIGHT if columns.side[i] == LEFT else Side.LEFT
        step = Step(
            turn=Turn.BEGIN,
            way=(),
            crosses=bool(way and way.crossing_mm),
            street=self._names[i],
            side=side,
            parity=Parity.NONE,
            first="",
            last="",
            begins_at="",
            ends_at="",
            boxes=int(columns.boxes[i]),
            addresses=int(columns.addresses[i]),
            estimated=bool(columns.estimated[i]),
            metres=float(self._net.length[columns.chain[i]]) / MM,
            doors=doors,
            walked=(Walked(piece=i, backwards=back),),
            line=line,
            part=int(columns.part[i]),
            parts=int(columns.parts[i]),
        )
        return self._worded(_led(before, way, step) if before and way else step)

    def _worded(self, step: Step) -> Step:
        """With its numbers, and the streets that it meets at its ends."""
        name = plain(step.street)
        own = [d for d in step.doors if plain(self._doors.streets[d]) == name and number_of(self._doors, d)]
        ends = [self._end(step.walked[0], first=True), self._end(step.walked[-1], first=False)]
        return replace(
            step,
            parity=_parity([int(self._doors.numbers[d]) for d in own]),
            first=number_of(self._doors, own[0]) if own else "",
            last=number_of(self._doors, own[-1]) if own else "",
            begins_at=self._other(ends[0], name),
            ends_at=self._other(ends[1], name),
        )

    def _ends(self, chain: int) -> tuple[int, int]:
        nodes, starts = self._net.nodes, self._net.starts
        return int(nodes[starts[chain]]), int(nodes[starts[chain + 1] - 1])

    def _end(self, walked: Walked, *, first: bool) -> int:
        """Where a piece ends; where the street goes on without a box of this side, the end of that."""
        chain, side = (int(column[walked.piece]) for column in self._columns)
        forwards = first == walked.backwards  # how one leaves the piece over this end
        node = self._ends(chain)[forwards]
        for _ in range(MOST_CUTS):
            beyond = [one for one in self._at[node] if one != chain]
            if len(self._at[node]) != 2 or not beyond or len(self._meeting[node]) > 1:
                break
            onwards = self._ends(beyond[0])[0] == node
            side = side if side == BOTH or onwards == forwards else LEFT + RIGHT - side
            if (beyond[0], side) in self._served:
                break
            chain, forwards = beyond[0], onwards
            node = self._ends(chain)[forwards]
        return node

    @property
    def _columns(self) -> tuple[Ints, Ints]:
        return self._ground.pieces.chain, self._ground.pieces.side

    def _other(self, node: int, name: str) -> str:
        return min((one for one in self._meeting[node] if plain(one) != name), default="")

    def _joined(self, a: Step, way: Floats, b: Step) -> Step:
        return self._worded(
            replace(
                a,
                boxes=a.boxes + b.boxes,
                addresses=a.addresses + b.addresses,
                estimated=a.estimated or b.estimated,
                metres=a.metres + b.way_m + b.metres,
                doors=a.doors + b.doors,
                walked=a.walked + b.walked,
                line=np.concatenate([a.line, way[1:], b.line[1:]]),
            )
        )


def _goes_on(a: Step, way: _Way, b: Step) -> bool:
    """Whether the next piece is the same side of the same street, straight on, and the line is not full."""
    straight = all(turn == Turn.STRAIGHT for turn in (b.turn, *(one.turn for one in b.way)))
    along = all(street == a.street for street, _ in way.chains) and b.way_m <= GAP_M
    same = a.street == b.street and a.side == b.side and straight and along
    whole = a.parts == b.parts == 1 and not b.crosses
    return same and whole and a.boxes + b.boxes <= LINE_BOXES and a.metres + b.metres <= LINE_M


def _parity(numbers: list[int]) -> Parity:
    kinds = {number % 2 for number in numbers if number > 0}
    if not kinds:
        return Parity.NONE
    return Parity.MIXED if len(kinds) == 2 else Parity.ODD if 1 in kinds else Parity.EVEN


def _led(before: Step, way: _Way, step: Step) -> Step:
    """With the way to it from the end of the piece before, and each turn on it."""
    middle = float(before.line[-1, 1])
    flats = [flat(line[:, 0], line[:, 1], middle) for line in (before.line, step.line)]
    came, goes = (
        _Stretch(before.street, flats[0], before.metres),
        _Stretch(step.street, flats[1], step.metres),
    )
    told = _told(came, _stretches(way, middle), goes)
    turns = [_turn(a.flat, b.flat) for a, b in itertools.pairwise([came, *told, goes])]
    if before.side == step.side != Side.BOTH and {one.street for one in (came, *told, goes)} == {step.street}:
        # On the same hand after turning round: on the other side.
        turns = [Turn.CROSS if turn == Turn.BACK and turns.count(Turn.BACK) == 1 else turn for turn in turns]
    ways = (Way(street=s.street, metres=s.metres, turn=turn) for s, turn in zip(told, turns, strict=False))
    return replace(
        step, way=tuple(ways), way_m=sum(line_length(line) for _, line in way.chains), turn=turns[-1]
    )


def _stretches(way: _Way, middle: float) -> list[_Stretch]:
    """The chains of a way, those put together that follow one street straight on."""
    found = list[_Stretch]()
    for street, line in way.chains:
        one = _Stretch(street, flat(line[:, 0], line[:, 1], middle), line_length(line))
        if found and found[-1].street == street and _turn(found[-1].flat, one.flat) == Turn.STRAIGHT:
            found[-1] = _merged(found[-1], one, street)
        else:
            found.append(one)
    return found


def _told(came: _Stretch, stretches: list[_Stretch], goes: _Stretch) -> list[_Stretch]:
    """What is worth a word."""
    told = list[_Stretch]()
    for k, one in enumerate(stretches):
        before = told[-1] if told else came
        after = stretches[k + 1] if k + 1 < len(stretches) else goes
        if not _is_told(before, one, after):
            continue
        if told and before.street == one.street and _turn(before.flat, one.flat) == Turn.STRAIGHT:
            told[-1] = _merged(before, one, one.street)
        else:
            told.append(one)
    return told


def _merged(a: _Stretch, b: _Stretch, street: str) -> _Stretch:
    return _Stretch(street, np.concatenate([a.flat, b.flat]), a.metres + b.metres)


def _is_told(before: _Stretch, one: _Stretch, after: _Stretch) -> bool:
    """Whether a stretch is worth a word: it is long, or its two turns made one would mislead.

    Twice to the same hand would seem to be turning round; out of a dead end and to the right, to the left; to
    the left and back, to the right; and who turns round too early misses what lies ahead.
    """
    turns = _turn(before.flat, one.flat), _turn(one.flat, after.flat)
    aside = {Turn.LEFT, Turn.RIGHT}
    if turns[1] == Turn.BACK and turns[0] in aside:
        return one.metres >= ASIDE_M
    twice = turns[0] == turns[1] and turns[0] in aside
    misleads = twice or turns == (Turn.STRAIGHT, Turn.BACK) or (turns[0] == Turn.BACK and turns[1] in aside)
    return one.metres >= (SPIKE_M if misleads else ALONG_M)


def _turn(before: Floats, after: Floats) -> Turn:
    """From the end of one line to the beginning of another one, both in metres."""
    comes, goes = arrival(before), heading(after)
    if comes is None or goes is None:
        return Turn.STRAIGHT
    by = difference(goes, comes)
    if abs(by) <= STRAIGHT_DEGREES:
        return Turn.STRAIGHT
    if abs(by) >= BACK_DEGREES:
        return Turn.BACK
    return Turn.LEFT if by > 0 else Turn.RIGHT


def _drawn(line: Floats) -> Floats:
    """Rounded, without repeated points; a line of one point is that point twice (RFC 7946)."""
    line = np.round(line, DECIMALS)
    moved = np.ones(len(line), bool)
    moved[1:] = (line[1:] != line[:-1]).any(axis=1)
    line = line[moved]
    return np.repeat(line, 2, axis=0) if len(line) == 1 else line


def aside(line: Floats, metres: float) -> Floats:
    """The line moved to its left by so many metres (negative: right), to draw two sides of one street."""
    scale = np.array([np.cos(np.radians(line[:, 1].mean())), 1.0])
    flat = line * scale
    step = np.diff(flat, axis=0)
    unit = step / np.maximum(np.hypot(step[:, 0], step[:, 1]), 1e-12)[:, None]
    normal = np.column_stack([-unit[:, 1], unit[:, 0]])
    at = np.vstack([normal[:1], (normal[:-1] + normal[1:]) / 2, normal[-1:]])
    moved: Floats = np.round((flat + at * metres / 111_195.0) / scale, DECIMALS)
    return moved
