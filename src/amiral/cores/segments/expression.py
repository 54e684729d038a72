"""The expression: a tree of criteria. Two trees that mean the same have one canonical form."""

from dataclasses import dataclass
from typing import Union


@dataclass(frozen=True)
class Having:
    """Those who have any of ``values`` in ``facet``; nobody when there is no value."""

    facet: str
    values: tuple[str, ...]


@dataclass(frozen=True)
class Between:
    """Those whose day lies from ``since`` to ``until``, both included, each open when ``None``."""

    facet: str
    since: int | None = None
    until: int | None = None


@dataclass(frozen=True)
class Every:
    """Those who meet all parts; everybody when there is none."""

    parts: "tuple[Expression, ...]"


@dataclass(frozen=True)
class Some:
    """Those who meet one part at least; nobody when there is none."""

    parts: "tuple[Expression, ...]"


@dataclass(frozen=True)
class Not:
    """Everybody else."""

    part: "Expression"


@dataclass(frozen=True)
class AtLeast:
    """Those who meet ``k`` parts at least; a part that stands twice counts twice."""

    k: int
    parts: "tuple[Expression, ...]"


Expression = Union[Having, Between, Every, Some, Not, AtLeast]  # noqa: UP007 the parts above name it
EVERYBODY = Every(())


def canonical(expression: Expression) -> Expression:
    """The one form of a tree: flat, sorted, without doubles, without double negation. Doing it twice
    changes nothing, and the form selects the same persons.
    """
    match expression:
        case Having(facet, values):
            return Having(facet, tuple(sorted(set(values))))
        case Between():
            return expression
        case Not(part):
            inner = canonical(part)
            return inner.part if isinstance(inner, Not) else Not(inner)
        case Every(parts):
            return _joined(Every, parts)
        case Some(parts):
            return _joined(Some, parts)
        case AtLeast(k, parts):
            return _counted(k, parts)


def _joined(kind: type[Every] | type[Some], parts: tuple[Expression, ...]) -> Expression:
    flat: list[Expression] = []
    for part in map(canonical, parts):
        flat.extend(part.parts if isinstance(part, kind) else (part,))
    unique = tuple(sorted(set(flat), key=repr))
    return unique[0] if len(unique) == 1 else kind(unique)


def _counted(k: int, parts: tuple[Expression, ...]) -> Expression:
    if k <= 0:
        return EVERYBODY
    if k > len(parts):
        return Some(())
    if k == 1:
        return _joined(Some, parts)
    if k == len(parts):
        return _joined(Every, parts)
    return AtLeast(k, tuple(sorted(map(canonical, parts), key=repr)))
