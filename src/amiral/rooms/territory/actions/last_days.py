"""The last days of communes that are no more, from the dated successions: no day is ever invented."""

from collections import defaultdict
from datetime import date

from django.db.models import F, Q

from amiral.rooms.territory.actions.graph import parts
from amiral.rooms.territory.contracts import TerritoryKind
from amiral.rooms.territory.models import Territory, TerritoryLink, TerritorySuccession

AT_ONCE = 500


def put_last_days() -> int:
    """Gives each retired commune the first day when it was no more, and its links that ended with it too.

    A commune of today has none. Answers how many days changed. In the caller's transaction.
    """
    communes = Territory.objects.filter(kind=TerritoryKind.COMMUNE)
    changed = communes.filter(retired_at=None).exclude(valid_to=None).update(valid_to=None)
    retired = dict(communes.exclude(retired_at=None).values_list("code", "valid_to"))
    for codes in parts(sorted(retired), AT_ONCE):
        for code, day in _ends(codes).items():
            if retired[code] != day:
                communes.filter(code=code).update(valid_to=day)
                changed += 1
            if day is not None:
                _end_links(f"{TerritoryKind.COMMUNE}:{code}", day)
    return changed


def _ends(codes: list[str]) -> dict[str, date | None]:
    """The day on which each code went for good; ``None`` where no dated event tells it."""
    rows = TerritorySuccession.objects.exclude(date=None).filter(
        Q(old_code__in=codes) | Q(new_code__in=codes)
    )
    left: dict[str, set[date]] = defaultdict(set)
    reached: dict[str, set[date]] = defaultdict(set)
    for old, new, day in rows.values_list("old_code", "new_code", "date"):
        if day is not None:
            left[old].add(day)
            reached[new].add(day)
    return {code: _end(left[code], reached[code]) for code in codes}


def _end(left: set[date], reached: set[date]) -> date | None:
    last = max(left, default=None)
    # A code that was reached later came back; on the same day it goes on, as the larger of two that merge.
    return None if last is None or any(day >= last for day in reached) else last


def _end_links(territory_id: str, day: date) -> None:
    """Links that a later edition of the referential ended on the day of its loading."""
    links = TerritoryLink.objects.filter(child_id=territory_id, approximate=True).exclude(valid_to=None)
    began = Q(valid_from=None) | Q(valid_from__lt=day)
    links.filter(began, valid_to__gt=day).exclude(valid_to=F("valid_from")).update(
        valid_to=day, approximate=False
    )
