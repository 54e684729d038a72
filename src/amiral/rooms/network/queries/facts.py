"""What segments know of persons from this room: their groups."""

from collections.abc import Iterator, Sequence
from uuid import UUID

from django.db.models import CharField
from django.db.models.functions import Cast
from django.utils.translation import ngettext, pgettext

from amiral.kit.criteria import Asked, Criterion, CriterionKind, Facts, Watch, Watched, either
from amiral.rooms.network.models import Group, Membership


def facts(*, person_ids: Sequence[UUID] | None) -> Iterator[Facts]:
    """The groups of each; one query."""
    rows = Membership.objects.active()
    rows = rows if person_ids is None else rows.filter(person_id__in=person_ids)
    keys = rows.order_by().annotate(
        key=Cast("person_id", CharField()), in_group=Cast("group_id", CharField())
    )
    pairs = keys.values_list("key", "in_group").iterator(chunk_size=10_000)
    # PostgreSQL writes an id with dashes, SQLite without.
    yield Facts(facets=("group",), rows=((key, group.replace("-", "")) for key, group in pairs))


def watched() -> Watched:
    """Memberships."""
    return Watched(tables=(Watch(table=Membership._meta.db_table, column="person_id"),))


def criteria() -> tuple[Criterion, ...]:
    """One: being a member of a group."""
    return (
        Criterion(
            name="group",
            kind=CriterionKind.CHOICES,
            label=pgettext("criterion", "Group"),
            phrase=_words,
            choices=_groups,
        ),
    )


def _groups() -> tuple[tuple[str, str], ...]:
    rows = Group.objects.select_related("territory").order_by("territory__departement_code", "kind", "name")
    found = rows.values_list("pk", "name", "territory__departement_code")
    return tuple((pk.hex, f"{name} ({code})" if code else name) for pk, name, code in found)


def _words(asked: Asked) -> str:
    said = ngettext(
        "are members of the group %(groups)s",
        "are members of one of the groups %(groups)s",
        len(asked.labels),
    )
    return said % {"groups": either(asked.labels)}
