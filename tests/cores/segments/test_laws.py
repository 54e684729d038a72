"""Laws of segments: they agree with plain Python sets, and a change in place with a rebuild."""

from dataclasses import dataclass

from hypothesis import given, settings
from hypothesis import strategies as st
from pyroaring import BitMap

from amiral.cores.segments import (
    EVERYBODY,
    AtLeast,
    Between,
    Every,
    Expression,
    Having,
    Index,
    Not,
    Some,
    at_least,
    canonical,
    explain,
    select,
    split,
)

PEOPLE = range(40)
ABOVE = {"place": {"a": ("north", "all"), "b": ("north", "all"), "c": ("all",)}}
PLACES, WORDS, DAYS = "abc", "uvwxy", st.integers(min_value=0, max_value=9000)


@dataclass(frozen=True)
class Person:
    place: str
    words: frozenset[str]
    day: int | None


persons = st.builds(
    Person,
    place=st.sampled_from(PLACES),
    words=st.frozensets(st.sampled_from(WORDS)),
    day=st.none() | DAYS,
)
worlds = st.dictionaries(st.sampled_from(PEOPLE), persons, max_size=20)
places = st.lists(st.sampled_from(["a", "b", "c", "north", "all", "nowhere"]), max_size=3).map(tuple)
leaves: st.SearchStrategy[Expression] = st.one_of(
    st.builds(Having, st.just("place"), places),
    st.builds(Having, st.just("word"), st.lists(st.sampled_from(WORDS), max_size=3).map(tuple)),
    st.builds(Between, st.just("day"), st.none() | DAYS, st.none() | DAYS),
    st.just(Having("unknown", ("u",))),
)


def grow(inner: st.SearchStrategy[Expression]) -> st.SearchStrategy[Expression]:
    parts = st.lists(inner, max_size=4).map(tuple)
    return st.one_of(
        st.builds(Every, parts),
        st.builds(Some, parts),
        st.builds(Not, inner),
        st.builds(AtLeast, st.integers(-1, 5), parts),
    )


expressions = st.recursive(leaves, grow, max_leaves=12)


def rows(world: dict[int, Person]) -> list[tuple[str, str | int, list[int]]]:
    found: list[tuple[str, str | int, list[int]]] = []
    for number, person in world.items():
        found.append(("place", person.place, [number]))
        found += [("word", word, [number]) for word in sorted(person.words)]
        if person.day is not None:
            found.append(("day", person.day, [number]))
    return found


def built(world: dict[int, Person]) -> Index:
    index = Index(above=ABOVE, everybody=BitMap(world))
    index.add(rows(world))
    return index


def naive(world: dict[int, Person], expression: Expression) -> set[int]:
    """The meaning, in plain sets."""
    match expression:
        case Having("place", values):
            held = {n: {p.place, *ABOVE["place"][p.place]} for n, p in world.items()}
            return {n for n in world if held[n] & set(values)}
        case Having("word", values):
            return {n for n, p in world.items() if p.words & set(values)}
        case Having():
            return set()
        case Between(_, since, until):
            return {
                n
                for n, p in world.items()
                if p.day is not None
                and (since is None or p.day >= since)
                and (until is None or p.day <= until)
            }
        case Not(part):
            return set(world) - naive(world, part)
        case Every(parts):
            return {n for n in world if all(n in naive(world, part) for part in parts)}
        case Some(parts):
            return {n for n in world if any(n in naive(world, part) for part in parts)}
        case AtLeast(k, parts):
            sets = [naive(world, part) for part in parts]
            return {n for n in world if sum(n in one for one in sets) >= k}


@given(worlds, expressions)
@settings(max_examples=300)
def test_it_agrees_with_plain_sets(world: dict[int, Person], expression: Expression) -> None:
    assert set(select(built(world), expression)) == naive(world, expression)


@given(worlds, expressions, st.frozensets(st.sampled_from(PEOPLE)))
def test_a_scope_is_an_intersection(
    world: dict[int, Person], expression: Expression, scope: frozenset[int]
) -> None:
    index = built(world)
    within = BitMap(scope) & index.everybody
    assert set(select(index, expression, within=within)) == naive(world, expression) & set(within)


@given(worlds, expressions, expressions)
def test_de_morgan(world: dict[int, Person], one: Expression, other: Expression) -> None:
    index = built(world)
    assert select(index, Not(Every((one, other)))) == select(index, Some((Not(one), Not(other))))
    assert select(index, Not(Some((one, other)))) == select(index, Every((Not(one), Not(other))))


@given(worlds, expressions)
def test_the_canonical_form_means_the_same_and_is_one(
    world: dict[int, Person], expression: Expression
) -> None:
    form = canonical(expression)
    assert canonical(form) == form
    assert set(select(built(world), form)) == naive(world, expression)


@given(expressions, expressions)
def test_order_and_doubles_do_not_count(one: Expression, other: Expression) -> None:
    assert canonical(Every((one, other, one))) == canonical(Every((other, Every((one,)))))
    assert canonical(Not(Not(Some((one, other))))) == canonical(Some((other, one)))


@given(worlds, worlds, st.frozensets(st.sampled_from(PEOPLE)))
@settings(max_examples=300)
def test_a_change_in_place_is_a_rebuild(
    before: dict[int, Person], after: dict[int, Person], touched: frozenset[int]
) -> None:
    """Those touched take their new facts, or go; the others keep theirs."""
    world = {n: p for n, p in before.items() if n not in touched}
    new = {n: p for n, p in after.items() if n in touched}
    index = built(before)
    index.replace(BitMap(touched), present=BitMap(new), rows=rows(new))
    fresh = built(world | new)
    assert index.shape() == fresh.shape()
    assert not index.differing(fresh)
    assert select(index, EVERYBODY) == BitMap(world | new)


@given(worlds, worlds)
def test_the_differing_are_those_whose_facts_differ(one: dict[int, Person], other: dict[int, Person]) -> None:
    differing = {n for n in PEOPLE if one.get(n) != other.get(n)}
    assert set(built(one).differing(built(other))) == differing


@given(worlds, st.lists(expressions, max_size=5))
def test_each_step_says_what_its_part_does(world: dict[int, Person], parts: list[Expression]) -> None:
    found, steps = explain(built(world), parts)
    sets = [naive(world, part) for part in parts]
    everybody = set(world)
    assert set(found) == everybody.intersection(*sets)
    for place, step in enumerate(steps):
        others = everybody.intersection(*(one for number, one in enumerate(sets) if number != place))
        assert step.meeting == len(sets[place])
        assert step.left == len(everybody.intersection(*sets[: place + 1]))
        assert step.removes == len(others - sets[place])


@given(st.frozensets(st.sampled_from(PEOPLE)), st.lists(st.frozensets(st.sampled_from(PEOPLE)), max_size=4))
def test_reasons_share_everybody_out(found: frozenset[int], reasons: list[frozenset[int]]) -> None:
    counts, left = split(BitMap(found), [BitMap(reason) for reason in reasons])
    assert sum(counts) + len(left) == len(found)
    assert set(left) == found.difference(*reasons)


@given(st.lists(st.frozensets(st.sampled_from(PEOPLE)), max_size=6), st.integers(0, 7))
def test_at_least_counts_the_sets(sets: list[frozenset[int]], k: int) -> None:
    found = at_least(k, [BitMap(one) for one in sets], BitMap(PEOPLE))
    assert set(found) == {n for n in PEOPLE if sum(n in one for one in sets) >= k}


@given(worlds, expressions)
def test_selecting_changes_nothing(world: dict[int, Person], expression: Expression) -> None:
    index = built(world)
    before = index.shape()
    found = select(index, expression)
    found |= BitMap([99])
    assert index.shape() == before
    assert 99 not in index.everybody
