"""Trees of criteria: from and to what a row keeps, into an expression, into words."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from django.utils.translation import get_language, gettext, ngettext, pgettext

from amiral.cores.segments import EVERYBODY, AtLeast, Between, Every, Expression, Having, Not, Some
from amiral.kit import ports
from amiral.kit.criteria import Asked, Criterion, CriterionKind, either, times_facet
from amiral.kit.errors import Refused
from amiral.rooms.outreach.contracts import DEEPEST, MOST_NODES, Clause, Group, How, Node
from amiral.rooms.outreach.counting import day_number
from amiral.rooms.territory import api as territory
from amiral.rooms.territory.contracts import TerritoryCard


class UnknownCriterion(Refused):
    """A tree speaks of something that nobody offers, or is far too large."""

    def __init__(self) -> None:
        super().__init__(gettext("These criteria cannot be read. Begin a new segment."))


def criteria() -> dict[str, Criterion]:
    """What can be asked, by name, in the active language and in the order of the menu."""
    return {one.name: one for room in ports.call("segment_criteria") for one in room}


# Keeping -------------------------------------------------------------------------------------------


def as_json(node: Node) -> dict[str, Any]:
    """Plain types; what is as usual is left out."""
    negated = {"not": True} if node.negated else {}
    if isinstance(node, Group):
        count = {"k": node.k} if node.how is How.AT_LEAST else {}
        return {"how": node.how.value, "of": [as_json(part) for part in node.parts]} | count | negated
    days = {
        name: day.isoformat()
        for name, day in (("since", node.since), ("until", node.until))
        if day is not None
    }
    times = {"times": node.times} if node.times > 1 else {}
    values = {"values": list(node.values)} if node.values else {}
    return {"criterion": node.criterion} | values | days | times | negated


def tree_of(data: Mapping[str, Any]) -> Group:
    """What ``as_json`` wrote. Raises ``UnknownCriterion`` for anything else."""
    try:
        node = _node_of(data)
    except (KeyError, TypeError, ValueError):
        raise UnknownCriterion from None
    if not isinstance(node, Group):
        raise UnknownCriterion
    check(node)
    return node


def _node_of(data: Mapping[str, Any]) -> Node:
    negated = bool(data.get("not", False))
    if "how" in data:
        parts = tuple(map(_node_of, data["of"]))
        return Group(how=How(data["how"]), parts=parts, k=int(data.get("k", 2)), negated=negated)
    return Clause(
        criterion=str(data["criterion"]),
        values=tuple(map(str, data.get("values", ()))),
        since=_day(data.get("since")),
        until=_day(data.get("until")),
        times=int(data.get("times", 1)),
        negated=negated,
    )


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def check(tree: Group) -> None:
    """Raises ``UnknownCriterion`` for a criterion or a value that no room offers, and for a giant."""
    offered = criteria()
    nodes = list(_walk(tree, 0))
    if len(nodes) > MOST_NODES or max(depth for _node, depth in nodes) > DEEPEST:
        raise UnknownCriterion
    for node, _depth in nodes:
        if isinstance(node, Clause) and not _is_offered(node, offered.get(node.criterion)):
            raise UnknownCriterion


def _walk(node: Node, depth: int) -> Iterable[tuple[Node, int]]:
    yield node, depth
    for part in node.parts if isinstance(node, Group) else ():
        yield from _walk(part, depth + 1)


def _is_offered(clause: Clause, criterion: Criterion | None) -> bool:
    if criterion is None or not 1 <= clause.times <= criterion.most_times:
        return False
    if criterion.kind is CriterionKind.PLACES:
        return all(len(value) <= 40 and "\x00" not in value for value in clause.values)
    return set(clause.values) <= {value for value, _label in criterion.choices()}


def filled(tree: Group) -> Group:
    """The tree without what says nothing yet."""
    offered = criteria()

    def prune(node: Node) -> Node | None:
        if isinstance(node, Clause):
            return node if is_filled(node, offered[node.criterion].kind) else None
        parts = tuple(part for part in map(prune, node.parts) if part is not None)
        return Group(how=node.how, parts=parts, k=node.k, negated=node.negated) if parts else None

    found = prune(tree)
    return found if isinstance(found, Group) else Group(negated=False)


def is_filled(clause: Clause, kind: CriterionKind) -> bool:
    """Whether a criterion of that kind says something."""
    if kind is CriterionKind.TIMES:
        return True
    return bool(clause.since or clause.until) if kind is CriterionKind.DAYS else bool(clause.values)


# Counting ------------------------------------------------------------------------------------------


def expression_of(tree: Group) -> Expression:
    """What the index is asked; what says nothing yet is left out."""
    return _expression(filled(tree), criteria())


def parts_of(tree: Group) -> tuple[Node, ...]:
    """What stands side by side at the top, each to be explained by itself."""
    top = filled(tree)
    return top.parts if top.how is How.ALL and not top.negated else ((top,) if top.parts else ())


def _expression(node: Node, offered: Mapping[str, Criterion]) -> Expression:
    inner = _group(node, offered) if isinstance(node, Group) else _clause(node, offered[node.criterion].kind)
    return Not(inner) if node.negated else inner


def expressions_of(nodes: Iterable[Node]) -> list[Expression]:
    """One expression for each node."""
    offered = criteria()
    return [_expression(node, offered) for node in nodes]


def _group(group: Group, offered: Mapping[str, Criterion]) -> Expression:
    parts = tuple(_expression(part, offered) for part in group.parts)
    if not parts:
        return EVERYBODY
    if group.how is How.AT_LEAST:
        return AtLeast(group.k, parts)
    return Every(parts) if group.how is How.ALL else Some(parts)


def _clause(clause: Clause, kind: CriterionKind) -> Expression:
    since = None if clause.since is None else day_number(clause.since)
    until = None if clause.until is None else day_number(clause.until)
    if kind is CriterionKind.DAYS:
        return Between(clause.criterion, since, until)
    if kind is CriterionKind.TIMES:
        return _times(clause, since)
    return Having(clause.criterion, clause.values)


def _times(clause: Clause, since: int | None) -> Expression:
    """The n-th last time since that day. Of several kinds, one kind must reach the number by itself."""
    kinds = clause.values or ("",)
    facets = (times_facet(clause.criterion, kind=kind, times=clause.times) for kind in kinds)
    return Some(tuple(Between(facet, since) for facet in facets))


# Words ---------------------------------------------------------------------------------------------

_OF = {0: "de ", 1: "d’", 2: "du ", 3: "de la ", 4: "des ", 5: "de l’", 6: "des ", 7: "de las ", 8: "de los "}
"""“Of” before a name in French, by the TNCC of INSEE."""
_THE = {2: "Le ", 3: "La ", 4: "Les ", 5: "L’", 6: "Aux ", 7: "Las ", 8: "Los "}


def of_place(card: TerritoryCard) -> str:
    """The place as a complement: « de Saône-et-Loire », “of Saône-et-Loire”."""
    if not (get_language() or "").startswith("fr"):
        return f"of {card.name}"
    elided = card.name_type == 0 and card.name[:1].upper() in "AEÉÈIÎOÔUYŒ"
    return f"{_OF[1 if elided else card.name_type]}{card.name}"


def place_name(card: TerritoryCard) -> str:
    """The place by its name, with its article where it has one."""
    return f"{_THE.get(card.name_type, '').lower()}{card.name}" if card.kind != "commune" else card.label


def sentence(tree: Group, *, scope: TerritoryCard) -> str:
    """The whole segment in the active language, as one would say it."""
    top = filled(tree)
    nodes = parts_of(tree)
    speaker = _Speaker(nodes)
    people = gettext("The people %(of_place)s") % {"of_place": of_place(scope)}
    if not top.parts:
        return gettext("%(people)s, all of them.") % {"people": people}
    kept = [speaker.say(node) for node in nodes if not node.negated]
    left_out = [speaker.bare(node) for node in nodes if node.negated]
    said = people
    if kept:
        said = gettext("%(people)s who %(what)s") % {"people": people, "what": _both(kept)}
    if left_out:
        words = {"said": said, "what": either(left_out)}
        said = gettext("%(said)s, except those who %(what)s") % words
    return f"{said}."


def _both(words: list[str]) -> str:
    if len(words) < 2:
        return "".join(words)
    return gettext("%(several)s and %(last)s") % {"several": ", ".join(words[:-1]), "last": words[-1]}


def words_of(node: Node) -> str:
    """One part by itself: “agreed to the newsletter”, “not: …”."""
    return _Speaker((node,)).say(node)


class _Speaker:
    """Says nodes in words; the names of all places are read in one query."""

    def __init__(self, nodes: Iterable[Node]) -> None:
        self.offered = criteria()
        found = [clause for top in nodes for clause, _depth in _walk(top, 0) if isinstance(clause, Clause)]
        ids = {
            value
            for clause in found
            if self.offered[clause.criterion].kind is CriterionKind.PLACES
            for value in clause.values
        }
        self.places = territory.territories(territory_ids=ids) if ids else {}

    def say(self, node: Node) -> str:
        said = self.bare(node)
        return gettext("do not meet this: %(what)s") % {"what": said} if node.negated else said

    def bare(self, node: Node) -> str:
        return self._group(node) if isinstance(node, Group) else self._clause(node)

    def _group(self, group: Group) -> str:
        said = [self.say(part) for part in group.parts]
        if len(said) == 1 and group.how is not How.AT_LEAST:
            return said[0]
        if group.how is How.ANY:
            return f"({either(said)})"
        if group.how is How.ALL:
            return f"({_both(said)})"
        count = ngettext(
            "meet at least %(k)d of this: %(what)s", "meet at least %(k)d of these: %(what)s", group.k
        )
        return f"({count % {'k': group.k, 'what': ' ; '.join(said)}})"

    def _clause(self, clause: Clause) -> str:
        criterion = self.offered[clause.criterion]
        asked = Asked(
            values=clause.values,
            labels=tuple(self._labels(clause, criterion)),
            since=clause.since,
            until=clause.until,
            times=clause.times,
        )
        return criterion.phrase(asked)

    def _labels(self, clause: Clause, criterion: Criterion) -> Iterable[str]:
        if criterion.kind is CriterionKind.PLACES:
            return (place_name(self.places[value]) for value in clause.values if value in self.places)
        known = dict(criterion.choices())
        return (known.get(value, value) for value in clause.values)


def kind_words(kind: str) -> str:
    """What sort of place it is, to tell homonyms apart."""
    return {
        "pays": pgettext("place", "country"),
        "region": pgettext("place", "region"),
        "departement": pgettext("place", "département"),
        "epci": pgettext("place", "group of communes"),
        "arrondissement": pgettext("place", "arrondissement"),
        "arrondissement-municipal": pgettext("place", "municipal arrondissement"),
        "canton": pgettext("place", "canton"),
        "circonscription": pgettext("place", "constituency"),
        "zone": pgettext("place", "zone of the campaign"),
    }.get(kind, pgettext("place", "commune"))
