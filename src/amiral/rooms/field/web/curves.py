"""The curve of the days, drawn as an inline SVG that needs no script and no style of its own."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from amiral.rooms.field.queries.progress import DayDone

WIDTH, HEIGHT = 640, 220
LEFT, RIGHT, TOP, BOTTOM = 56, 12, 14, 30
FLOOR = HEIGHT - TOP - BOTTOM
"""Of the axis, below the greatest value."""
LABELS = 5


@dataclass(frozen=True, kw_only=True)
class Mark:
    """A word beside an axis."""

    x: float
    y: float
    text: str


@dataclass(frozen=True, kw_only=True)
class Bar:
    """The doors of one day."""

    x: float
    y: float
    width: float
    height: float
    label: str


@dataclass(frozen=True, kw_only=True)
class Curve:
    """A plot ready for its template: all places in units of the view box."""

    title: str
    box: str
    bars: tuple[Bar, ...]
    done: str
    planned: str
    days: tuple[Mark, ...]
    levels: tuple[Mark, ...]
    rows: tuple[DayDone, ...]


def curve_of(days: Sequence[DayDone], *, doors: int) -> Curve | None:
    """Doors done day by day: bars for the day, a line for all so far, a dashed one for the plan."""
    if len(days) < 2 or not doors:
        return None
    scale = _Scale(days=len(days), most=doors)
    return Curve(
        title=_("Doors done, day by day"),
        box=f"0 0 {WIDTH} {HEIGHT}",
        bars=_bars(days, scale),
        done=scale.line(day.total for day in days),
        planned=scale.line(day.planned for day in days) if days[-1].planned else "",
        days=_dates(days, scale),
        levels=tuple(
            Mark(x=LEFT - 6, y=scale.y(doors * share), text=str(round(doors * share)))
            for share in (0, 0.5, 1)
        ),
        rows=tuple(day for day in days if day.done),
    )


@dataclass(frozen=True, kw_only=True)
class _Scale:
    """Where a day and a number of doors lie in the view box."""

    days: int
    most: int

    @property
    def step(self) -> float:
        return (WIDTH - LEFT - RIGHT) / self.days

    def x(self, place: float) -> float:
        return round(LEFT + self.step * place, 1)

    def y(self, value: float) -> float:
        return round(TOP + FLOOR * (1 - value / self.most), 1)

    def line(self, values: Iterable[int]) -> str:
        return " ".join(f"{self.x(at + 0.5)},{self.y(value)}" for at, value in enumerate(values))


def _bars(days: Sequence[DayDone], scale: _Scale) -> tuple[Bar, ...]:
    return tuple(
        Bar(
            x=scale.x(at + 0.15),
            y=scale.y(day.done),
            width=round(scale.step * 0.7, 1),
            height=round(TOP + FLOOR - scale.y(day.done), 1),
            label=f"{date_format(day.day, 'SHORT_DATE_FORMAT')} – {day.done}",
        )
        for at, day in enumerate(days)
        if day.done
    )


def _dates(days: Sequence[DayDone], scale: _Scale) -> tuple[Mark, ...]:
    every = max(1, -(-len(days) // LABELS))
    return tuple(
        Mark(x=scale.x(at + 0.5), y=HEIGHT - 9, text=date_format(days[at].day, "j/m"))
        for at in range(0, len(days), every)
    )
