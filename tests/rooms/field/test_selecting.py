"""Laws of telling the same door from another."""

from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from amiral.rooms.field.actions.selecting import SAME_DOOR_M, same_doors, select
from amiral.rooms.territory.contracts import AddressColumns

METRE = 1 / 111_195

Row = tuple[str, int, str, float, int]
"""Street, number, suffix, metres north of the origin (NaN: unknown), dwellings."""

rows = st.lists(
    st.tuples(
        st.sampled_from(["Rue A", "rue a", "Rue B", ""]),
        st.integers(0, 2),
        st.sampled_from(["", "bis", "BIS"]),
        st.sampled_from([0.0, 30.0, 500.0, float("nan")]),
        st.integers(0, 9),
    ),
    max_size=25,
)


def columns(table: list[Row]) -> AddressColumns:
    def column(i: int, dtype: Any) -> Any:
        return np.array([row[i] for row in table], dtype=dtype)

    return AddressColumns(
        ids=tuple(f"id{i}" for i in range(len(table))),
        streets=tuple(row[0] for row in table),
        numbers=column(1, np.int64),
        suffixes=tuple(row[2] for row in table),
        commune_codes=("71270",) * len(table),
        lon=np.full(len(table), 4.83),
        lat=46.3 + column(3, np.float64) * METRE,
        dwellings=column(4, np.int64),
    )


@given(rows)
def test_every_address_belongs_to_one_door_that_stands_for_itself(table: list[Row]) -> None:
    doors = same_doors(columns(table))
    assert all(doors[door] == door <= address for address, door in enumerate(doors))


@given(rows)
def test_one_door_is_one_written_address_at_one_place(table: list[Row]) -> None:
    for address, door in enumerate(same_doors(columns(table))):
        one, other = table[address], table[door]
        if address != door:
            assert one[0].casefold() == other[0].casefold() != ""
            assert one[1] == other[1] > 0
            assert one[2].casefold() == other[2].casefold()
            assert abs(one[3] - other[3]) < SAME_DOOR_M


@given(rows, st.sets(st.integers(0, 24)))
def test_nothing_is_lost_and_wishes_bind_the_whole_door(table: list[Row], asked: set[int]) -> None:
    found = columns(table)
    wished = {f"id{i}" for i in asked}
    selection = select(found=found, wished=wished)
    assert len(selection.addresses) + selection.merged + selection.wishes == len(table)
    doors = same_doors(found)
    kept = {int(one.removeprefix("id")) for one in selection.addresses.ids}
    assert kept == set(doors) - {doors[i] for i in asked if i < len(doors)}
    for one, dwellings in zip(selection.addresses.ids, selection.addresses.dwellings, strict=True):
        door = int(one.removeprefix("id"))
        assert dwellings == max(row[4] for i, row in enumerate(table) if doors[i] == door)
