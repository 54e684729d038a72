"""Word of mouth: who brought whom as a forest, and what may be told of it.

Somebody is brought by one person who was there before, so links whose elder came later are cut: what is
left has no cycle. The reproduction R is the mean number of people whom one brings within a window after
joining, over those whose window is over (the Harris estimator of a Galton-Watson process: all children over
all mothers; Harris 1948, "Branching processes", Annals of Mathematical Statistics 19). Who joined since is
not counted as barren.

Figures for others than oneself: k-anonymity (Sweeney 2002, "k-anonymity: a model for protecting privacy",
IJUFKS 10). Neighbouring classes are folded until each holds ``k`` persons, so that no difference of told
figures is smaller; the newest persons are not told before ``k`` of them are together, so that asking again
tomorrow shows either the same or at least ``k`` more.

No Django, no clock, no chance.
"""

from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

K = 5
"""Below so many nothing is said."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Link:
    """``person`` joined at ``at``, brought by ``by``; ``None``: came by himself."""

    person: Hashable
    by: Hashable | None
    at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Told:
    """So many persons (``k`` at least) from class ``first`` to class ``last``, both included."""

    first: int
    last: int
    count: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Reproduction:
    """``children`` were brought by ``mothers`` persons."""

    mothers: int
    children: int

    @property
    def r(self) -> float:
        """Mean children; above one the word spreads by itself."""
        return self.children / self.mothers


class Forest:
    """Links by person, cleaned: a link to somebody who came later or at once is cut, as is one to oneself."""

    def __init__(self, links: Iterable[Link]) -> None:
        self.links: dict[Hashable, Link] = {link.person: link for link in links}
        self._elder: dict[Hashable, Hashable] = {}
        self._children: defaultdict[Hashable, list[Hashable]] = defaultdict(list)
        for link in self.links.values():
            if link.by is not None and self._was_there(link):
                self._elder[link.person] = link.by
                self._children[link.by].append(link.person)

    def _was_there(self, link: Link) -> bool:
        elder = self.links.get(link.by)
        return link.by != link.person and (elder is None or elder.at < link.at)

    def children(self, person: Hashable) -> Sequence[Hashable]:
        """Those whom somebody brought himself."""
        return self._children.get(person, ())

    def generations(self, person: Hashable) -> tuple[tuple[Hashable, ...], ...]:
        """Those whom somebody brought, those whom they brought, and so on; nobody twice."""
        found: list[tuple[Hashable, ...]] = []
        level: tuple[Hashable, ...] = tuple(self.children(person))
        while level:
            found.append(level)
            level = tuple(child for one in level for child in self.children(one))
        return tuple(found)

    def depths(self) -> dict[Hashable, int]:
        """How many steps each is from somebody who came by himself, or is unknown (0). Linear."""
        found: dict[Hashable, int] = {}
        for person in self.links:
            road = []
            step: Hashable | None = person
            while step is not None and step not in found:
                road.append(step)
                step = self._elder.get(step)
            depth = -1 if step is None else found[step]
            for number, one in enumerate(reversed(road), start=1):
                found[one] = depth + number
        return {person: found[person] for person in self.links}

    def months(self, persons: Iterable[Hashable]) -> dict[tuple[int, int], int]:
        """How many of ``persons`` joined in each month, as ``(year, month)``, in order."""
        counts = Counter((self.links[p].at.year, self.links[p].at.month) for p in persons if p in self.links)
        return dict(sorted(counts.items()))


def reproduction(
    forest: Forest, persons: Iterable[Hashable], *, until: datetime, window: timedelta
) -> Reproduction | None:
    """Children brought within ``window`` by those of ``persons`` whose window is over at ``until``; ``None``
    without any."""
    mothers = [p for p in persons if p in forest.links and forest.links[p].at + window <= until]
    children = sum(
        forest.links[child].at <= forest.links[mother].at + window
        for mother in mothers
        for child in forest.children(mother)
    )
    return Reproduction(mothers=len(mothers), children=children) if mothers else None


def folded(counts: Mapping[int, int], *, k: int = K) -> tuple[Told, ...]:
    """Counts by class, neighbouring classes together until each has ``k``; the end joins the last that has.

    Nothing when there are fewer than ``k`` in all. The sum of what is told is the sum of the counts.
    """
    told: list[Told] = list(settled(counts, k=k))
    rest = sum(counts.values()) - sum(one.count for one in told)
    if told and counts:
        end = told.pop()
        told.append(Told(first=end.first, last=max(*counts, end.last), count=end.count + rest))
    return tuple(told)


def settled(counts: Mapping[int, int], *, k: int = K) -> tuple[Told, ...]:
    """As ``folded``, in order, but the end that has fewer than ``k`` is not told at all.

    Classes are times: as time goes on, what was told stays, and grows by ``k`` or more.
    """
    if k < 1:
        raise ValueError("A threshold below one protects nobody.")
    told: list[Told] = []
    first, count = None, 0
    for place in sorted(counts):
        first, count = (place if first is None else first), count + counts[place]
        if count >= k:
            told.append(Told(first=first, last=place, count=count))
            first, count = None, 0
    return tuple(told)


def may_tell(estimate: Reproduction | None, *, k: int = K) -> bool:
    """Whether both numbers behind R are at least ``k``: either could be computed from it and the other."""
    return estimate is not None and estimate.mothers >= k and estimate.children >= k
