"""Verbs of this room."""

from .assigning import (
    AlreadyAssigned,
    NotYourShift,
    ShiftIsOver,
    assign_turf,
    take_back,
)
from .drafting import Draft, InUse, TurfInUse, standing_of, turfs_in_use
from .editing import PlanChanged, edit_plan, preview_edit, preview_return, return_to
from .planning import (
    AlreadyPlanning,
    BadArea,
    BadMinutes,
    BadName,
    FileIsGone,
    NoAddress,
    PlanInUse,
    TooManyAddresses,
    create_canvass,
    plan_canvass,
    start_planning,
)
from .purging import purge
from .series import NoCommunes, SomeWithoutTurfs, TooManyCommunes, plan_series, start_series
from .rounding import BadBag, NoStreetsHere, RoundsStayWhole
from .visiting import NothingToCorrect, NotOfASide, VisitTaken, record_visit

__all__ = [
    "AlreadyAssigned",
    "AlreadyPlanning",
    "BadArea",
    "BadBag",
    "BadMinutes",
    "BadName",
    "Draft",
    "FileIsGone",
    "InUse",
    "NoAddress",
    "NoCommunes",
    "NoStreetsHere",
    "NotOfASide",
    "NotYourShift",
    "NothingToCorrect",
    "PlanChanged",
    "PlanInUse",
    "RoundsStayWhole",
    "ShiftIsOver",
    "SomeWithoutTurfs",
    "TooManyAddresses",
    "TooManyCommunes",
    "TurfInUse",
    "VisitTaken",
    "assign_turf",
    "create_canvass",
    "edit_plan",
    "plan_canvass",
    "plan_series",
    "preview_edit",
    "preview_return",
    "purge",
    "record_visit",
    "return_to",
    "standing_of",
    "start_planning",
    "start_series",
    "take_back",
    "turfs_in_use",
]
