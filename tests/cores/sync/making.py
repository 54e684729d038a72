"""Events out of thin air, for laws."""

from uuid import UUID

from hypothesis import strategies as st

from amiral.cores.outcomes import Outcome
from amiral.cores.sync import Body, Event, Objection, Visit, Void

DOORS = [UUID(int=100 + i) for i in range(3)]
DEVICES = [UUID(int=200 + i) for i in range(3)]
POINTS = [UUID(int=300 + i) for i in range(2)]
TURF = UUID(int=400)
UNITS = ["0.1", "0.2", "1", "1.1", "12.3"]

clocks = st.sampled_from(["2026-03-01T10:00:00Z", "1999-12-31T23:59:59.999Z", "2036-01-01T00:00:00+02:00"])


def bodies(ids: list[UUID]) -> st.SearchStrategy[Body]:
    """Visits, voids and objections; corrections name any of ``ids``, or an event nobody has."""
    targets = st.sampled_from([*ids, UUID(int=999)])
    doors = st.sampled_from(DOORS)
    visits = st.builds(
        Visit,
        door=doors,
        outcome=st.sampled_from(Outcome),
        units=st.lists(st.sampled_from(UNITS), unique=True).map(lambda units: tuple(sorted(units))),
        replaces=st.none() | targets,
        seconds=st.integers(0, 600),
    )
    return (
        visits
        | st.builds(Void, door=doors, target=targets)
        | st.builds(Objection, turf=st.just(TURF), point=st.sampled_from(POINTS))
    )


@st.composite
def logs(draw: st.DrawFn, most: int = 10) -> list[Event]:
    """A log as devices may have written it: unique ids, sequence numbers unique for a device."""
    count = draw(st.integers(0, most))
    ids = [UUID(int=i + 1) for i in range(count)]
    seqs = dict.fromkeys(DEVICES, 0)
    log = []
    for id_ in ids:
        device = draw(st.sampled_from(DEVICES))
        seqs[device] += 1
        log.append(
            Event(
                id=id_,
                device=device,
                seq=seqs[device],
                lam=draw(st.integers(1, 6)),
                at=draw(clocks),
                form=draw(st.integers(1, 3)),
                body=draw(bodies(ids)),
            )
        )
    return log


events = logs(most=1).filter(bool).map(lambda log: log[0])
