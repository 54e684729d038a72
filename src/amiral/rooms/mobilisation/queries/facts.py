"""What segments know of persons from this room: the actions they came to.

One came to an action when one was confirmed in a shift that was not called off and is over. Kept for twelve
months, as sign-ups are.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import groupby
from operator import itemgetter
from uuid import UUID

from django.db.models import CharField
from django.db.models.functions import Cast
from django.utils.translation import gettext, ngettext, pgettext

from amiral.kit.clock import now
from amiral.kit.criteria import (
    Asked,
    Criterion,
    CriterionKind,
    Facts,
    Watch,
    Watched,
    days_words,
    either,
    times_facet,
)
from amiral.rooms.mobilisation.contracts import LONGEST_SHIFT, Kind, State
from amiral.rooms.mobilisation.models import Action, Shift, SignUp, SignUpQuerySet
from amiral.rooms.mobilisation.queries.labels import KIND_LABELS

NAME = "actions"
MOST = 10
"""How many times are told apart; more than ten are ten."""


def _came(at: datetime) -> SignUpQuerySet:
    return SignUp.objects.confirmed().filter(shift__ends_at__lte=at, shift__state=State.PUBLISHED)


def facts(*, person_ids: Sequence[UUID] | None) -> Iterator[Facts]:
    """The days of the last ten times, of any kind and of each; one query."""
    came = _came(now())
    rows = came if person_ids is None else came.filter(person_id__in=person_ids)
    fields = rows.annotate(key=Cast("person_id", CharField()), day=Cast("shift__ends_at", CharField()))
    lines = fields.order_by("person_id", "-shift__ends_at").values_list("key", "shift__action__kind", "day")
    facets = tuple(
        times_facet(NAME, kind=kind, times=times) for kind in ("", *Kind) for times in range(1, MOST + 1)
    )
    yield Facts(
        facets=facets, rows=_rows(lines.iterator(chunk_size=10_000), facets), moments=frozenset(facets)
    )


def _rows(lines: Iterable[tuple[str, str, str]], facets: tuple[str, ...]) -> Iterator[Sequence[object]]:
    place = {facet: number for number, facet in enumerate(facets, start=1)}
    for key, shifts in groupby(lines, key=itemgetter(0)):
        row: list[str | None] = [key, *[None] * len(facets)]
        seen: Counter[str] = Counter()
        for _key, kind, day in shifts:
            for one in ("", kind):
                seen[one] += 1
                if seen[one] <= MOST:
                    row[place[times_facet(NAME, kind=one, times=seen[one])]] = day
        yield row


def watched() -> Watched:
    """Sign-ups, and the shifts and actions they hang on."""
    return Watched(
        tables=(
            Watch(table=SignUp._meta.db_table, column="person_id"),
            Watch(
                table=Shift._meta.db_table,
                column="id",
                what="shift",
                columns=("action_id", "starts_at", "ends_at", "state"),
            ),
            Watch(table=Action._meta.db_table, column="id", what="action", columns=("kind",)),
        ),
        concerned=_concerned,
        lapsed=_lapsed,
    )


def _concerned(what: str, keys: Sequence[str]) -> Iterable[UUID]:
    field = {"shift": "shift_id", "action": "shift__action_id"}.get(what)
    if field is None:
        return ()
    return SignUp.objects.filter(**{f"{field}__in": list(keys)}).values_list("person_id", flat=True)


def _lapsed(since: datetime, until: datetime) -> Iterable[UUID]:
    """Whose shift ended; the beginning is indexed, the end is not."""
    over = Shift.objects.filter(
        starts_at__gt=since - 2 * LONGEST_SHIFT, starts_at__lte=until, ends_at__gt=since, ends_at__lte=until
    )
    return SignUp.objects.filter(shift__in=over).values_list("person_id", flat=True)


def criteria() -> tuple[Criterion, ...]:
    """One: having come to actions."""
    return (
        Criterion(
            name=NAME,
            kind=CriterionKind.TIMES,
            label=pgettext("criterion", "Actions they came to"),
            phrase=_words,
            choices=lambda: tuple((kind.value, str(label)) for kind, label in KIND_LABELS.items()),
            most_times=MOST,
        ),
    )


def _words(asked: Asked) -> str:
    came = ngettext("came to an action", "came to at least %(times)d actions", asked.times) % {
        "times": asked.times
    }
    kind = f" ({either([label[:1].lower() + label[1:] for label in asked.labels])})" if asked.labels else ""
    days = days_words(asked)
    return (
        gettext("%(came)s%(kind)s %(days)s") % {"came": came, "kind": kind, "days": days}
        if days
        else came + kind
    )
