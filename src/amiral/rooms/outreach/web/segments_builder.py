"""The form that builds a tree of criteria, with or without JavaScript.

Every node has a path (``0`` the whole, ``0.2`` its third part) that stands in the names of its fields. A
button sends ``do`` with what to do where; the page comes back with the tree changed and all that was typed.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Protocol

from django.http import QueryDict
from django.utils.translation import gettext, pgettext

from amiral.kit.criteria import Criterion, CriterionKind
from amiral.rooms.outreach.contracts import DEEPEST, MOST_NODES, Clause, Group, How, Node
from amiral.rooms.outreach.queries import trees
from amiral.rooms.territory import api as territory
from amiral.rooms.territory.contracts import TerritoryCard

GROUP = "group"
LONG_LIST = 25
"""A list with more choices is shown as one box to choose in."""
NEW = Group(parts=(Clause(criterion="consent", values=("newsletter",)),))
Path = tuple[int, ...]


@dataclass(frozen=True, kw_only=True)
class Choice:
    """A value of a list; for places also one that was found and not yet chosen."""

    value: str
    label: str
    chosen: bool


@dataclass(frozen=True, kw_only=True)
class NodeView:
    """A node as the template draws it."""

    path: str
    kind: str
    label: str
    negated: bool
    removable: bool
    how: str = ""
    k: int = 2
    children: "tuple[NodeView, ...]" = ()
    offers: tuple[tuple[str, str], ...] = ()
    may_nest: bool = False
    choices: tuple[Choice, ...] = ()
    as_box: bool = False
    since: str = ""
    until: str = ""
    times: int = 1
    most_times: int = 1
    looking: str = ""
    not_found: bool = False

    @property
    def is_group(self) -> bool:
        return self.kind == GROUP


@dataclass
class Build:
    """A tree under construction: what was typed to find places, by path, and what of the dates is wrong."""

    tree: Group
    looking: dict[str, str] = field(default_factory=dict)
    problems: dict[str, str] = field(default_factory=dict)


# Reading -------------------------------------------------------------------------------------------


def read(sent: QueryDict) -> Build:
    """The tree that a form sent; fields that make no sense are left out."""
    offered = trees.criteria()
    kinds = {
        _path(name[5:]): str(sent.get(name) or "") for name in list(sent.keys())[:2000] if _is_kind(name)
    }
    build = Build(tree=Group())
    node = _read_node((0,), kinds, sent, offered, build)
    build.tree = node if isinstance(node, Group) else Group()
    return build


def _is_kind(name: str) -> bool:
    parts = name[5:].split(".")
    return (
        name.startswith("kind-")
        and len(parts) <= DEEPEST + 1
        and all(part.isascii() and part.isdigit() and len(part) < 4 for part in parts)
    )


def _path(text: str) -> Path:
    return tuple(map(int, text.split(".")))


def _text(path: Path) -> str:
    return ".".join(map(str, path))


def _read_node(
    path: Path, kinds: Mapping[Path, str], sent: QueryDict, offered: Mapping[str, Criterion], build: Build
) -> Node | None:
    kind, name = kinds.get(path, ""), _text(path)
    negated = bool(sent.get(f"not-{name}"))
    if kind == GROUP:
        below = sorted(other for other in kinds if other[:-1] == path)
        parts = (_read_node(child, kinds, sent, offered, build) for child in below)
        how = str(sent.get(f"how-{name}") or "")
        return Group(
            how=How(how) if how in set(How) else How.ALL,
            parts=tuple(part for part in parts if part is not None),
            k=_number(sent.get(f"k-{name}"), least=1, most=MOST_NODES, usual=2),
            negated=negated,
        )
    return _read_clause(name, offered[kind], sent, build, negated) if kind in offered else None


def _read_clause(name: str, criterion: Criterion, sent: QueryDict, build: Build, negated: bool) -> Clause:
    values = [value for value in dict.fromkeys(sent.getlist(f"v-{name}")) if value]
    if criterion.kind is not CriterionKind.PLACES:
        known = {value for value, _label in criterion.choices()}
        values = [value for value in values if value in known]
    looking = str(sent.get(f"q-{name}") or "").strip()[:80]
    if looking:
        build.looking[name] = looking
    return Clause(
        criterion=criterion.name,
        values=tuple(values[:200]),
        since=_read_day(sent, f"since-{name}", build),
        until=_read_day(sent, f"until-{name}", build),
        times=_number(sent.get(f"times-{name}"), least=1, most=criterion.most_times, usual=1),
        negated=negated,
    )


def _read_day(sent: QueryDict, name: str, build: Build) -> date | None:
    text = str(sent.get(name) or "").strip()
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        build.problems[name] = gettext("Write the day as 2026-03-01.")
        return None


def _number(text: str | None, *, least: int, most: int, usual: int) -> int:
    digits = (text or "").strip()
    if not (digits.isascii() and digits.isdigit() and len(digits) < 6):
        return usual
    return max(least, min(most, int(digits)))


# Doing ---------------------------------------------------------------------------------------------


def act(build: Build, *, order: str, sent: QueryDict) -> None:
    """Carries out a button: ``add:0``, ``group:0``, ``remove:0.2``, ``find:0.1``; ignores the rest."""
    verb, _colon, name = order.partition(":")
    if not _is_kind(f"kind-{name}"):
        return
    path = _path(name)
    if verb == "remove" and len(path) > 1:
        build.tree = _changed(build.tree, path[1:], lambda _node: None)
        build.looking.clear()  # the paths behind it have moved
    elif verb == "add" and (added := str(sent.get(f"add-{name}") or "")) in trees.criteria():
        build.tree = _changed(build.tree, path[1:], lambda node: _with(node, Clause(criterion=added)))
    elif verb == "group" and len(path) < DEEPEST:
        build.tree = _changed(build.tree, path[1:], lambda node: _with(node, Group(how=How.ANY)))


def choose_single_finds(build: Build, *, scope_id: str) -> None:
    """What was typed and names exactly one place is that place; the rest is asked."""
    for name, text in list(build.looking.items()):
        found = territory.find_places(text=text, within=scope_id)
        if len(found) == 1 or (found and len([one for one in found if _is_named(one, text)]) == 1):
            chosen = found[0].id
            build.tree = _changed(
                build.tree, _path(name)[1:], lambda node, chosen=chosen: _with_value(node, chosen)
            )
            del build.looking[name]


def _is_named(card: TerritoryCard, text: str) -> bool:
    return card.name.casefold() == text.strip().casefold() or card.code == text.strip().upper()


class _Change(Protocol):
    def __call__(self, node: Node) -> Node | None: ...


def _changed(tree: Group, path: Path, change: _Change) -> Group:
    """The tree with the node at ``path`` changed or, for ``None``, taken out; else as it was."""
    if not path:
        new = change(tree)
        return new if isinstance(new, Group) else tree
    first, rest = path[0], path[1:]
    if first >= len(tree.parts):
        return tree
    part = tree.parts[first]
    if rest and isinstance(part, Clause):
        return tree
    new = _changed(part, rest, change) if rest and isinstance(part, Group) else change(part)
    middle = () if new is None else (new,)
    return replace(tree, parts=(*tree.parts[:first], *middle, *tree.parts[first + 1 :]))


def _with(node: Node, added: Node) -> Node:
    return replace(node, parts=(*node.parts, added)) if isinstance(node, Group) else node


def _with_value(node: Node, value: str) -> Node:
    if isinstance(node, Group):
        return node
    return replace(node, values=tuple(dict.fromkeys((*node.values, value))))


# Drawing -------------------------------------------------------------------------------------------


def view(build: Build, *, scope_id: str) -> NodeView:
    """The whole tree as the template draws it. Two queries for the places, whatever their number."""
    return _Drawing(build, scope_id).group(build.tree, (0,))


class _Drawing:
    def __init__(self, build: Build, scope_id: str) -> None:
        self.build, self.scope_id = build, scope_id
        self.offered = trees.criteria()
        self.offers = tuple((one.name, one.label) for one in self.offered.values())
        self.lists = {
            name: one.choices()
            for name, one in self.offered.items()
            if one.kind in {CriterionKind.CHOICES, CriterionKind.TIMES}
        }
        ids = set(_places(build.tree, self.offered))
        self.places = territory.territories(territory_ids=ids) if ids else {}

    def group(self, group: Group, path: Path) -> NodeView:
        children = tuple(self.node(part, (*path, place)) for place, part in enumerate(group.parts))
        return NodeView(
            path=_text(path),
            kind=GROUP,
            label=pgettext("of criteria", "Group"),
            negated=group.negated,
            removable=len(path) > 1,
            how=group.how.value,
            k=group.k,
            children=children,
            offers=self.offers,
            may_nest=len(path) < DEEPEST,
        )

    def node(self, node: Node, path: Path) -> NodeView:
        return self.group(node, path) if isinstance(node, Group) else self.clause(node, path)

    def clause(self, clause: Clause, path: Path) -> NodeView:
        criterion, name = self.offered[clause.criterion], _text(path)
        choices = self._choices(clause, criterion, name)
        looking = self.build.looking.get(name, "")
        return NodeView(
            path=name,
            kind=criterion.kind.value,
            label=criterion.label,
            negated=clause.negated,
            removable=True,
            how=criterion.name,
            choices=choices,
            as_box=len(choices) > LONG_LIST and criterion.kind is CriterionKind.CHOICES,
            since=clause.since.isoformat() if clause.since else "",
            until=clause.until.isoformat() if clause.until else "",
            times=clause.times,
            most_times=criterion.most_times,
            looking=looking,
            not_found=bool(looking) and not any(not choice.chosen for choice in choices),
        )

    def _choices(self, clause: Clause, criterion: Criterion, name: str) -> tuple[Choice, ...]:
        if criterion.kind is CriterionKind.PLACES:
            return self._place_choices(clause, name)
        return tuple(
            Choice(value=value, label=label, chosen=value in clause.values)
            for value, label in self.lists.get(criterion.name, ())
        )

    def _place_choices(self, clause: Clause, name: str) -> tuple[Choice, ...]:
        chosen = [self.places[value] for value in clause.values if value in self.places]
        text = self.build.looking.get(name, "")
        found = territory.find_places(text=text, within=self.scope_id) if text else ()
        return (
            *(Choice(value=one.id, label=_label(one), chosen=True) for one in chosen),
            *(
                Choice(value=one.id, label=_label(one), chosen=False)
                for one in found
                if one.id not in clause.values
            ),
        )


def _label(card: TerritoryCard) -> str:
    return f"{card.label} – {trees.kind_words(card.kind)}"


def _places(tree: Group, offered: Mapping[str, Criterion]) -> Iterable[str]:
    for part in tree.parts:
        if isinstance(part, Group):
            yield from _places(part, offered)
        elif offered[part.criterion].kind is CriterionKind.PLACES:
            yield from part.values
