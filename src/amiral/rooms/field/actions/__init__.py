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
    PlaceTooFar,
    PlanInUse,
    TooManyAddresses,
    create_canvass,
    plan_canvass,
    start_planning,
)
from .purging import purge
from .replanning import (
    Material,
    NothingToReplan,
    TooBusy,
    preview_replanning,
    replan_canvass,
    start_replanning,
)
from .rounding import BadBag, NoStreetsHere, RoundsStayWhole
from .series import NoCommunes, SomeWithoutTurfs, TooManyCommunes, plan_series, start_series
from .touring import NoTour, TooManyTours, TourChanged, propose_tour, take_tour
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
    "Material",
    "NoAddress",
    "NoCommunes",
    "NoStreetsHere",
    "NoTour",
    "NotOfASide",
    "NotYourShift",
    "NothingToCorrect",
    "NothingToReplan",
    "PlaceTooFar",
    "PlanChanged",
    "PlanInUse",
    "RoundsStayWhole",
    "ShiftIsOver",
    "SomeWithoutTurfs",
    "TooBusy",
    "TooManyAddresses",
    "TooManyCommunes",
    "TooManyTours",
    "TourChanged",
    "TurfInUse",
    "VisitTaken",
    "assign_turf",
    "create_canvass",
    "edit_plan",
    "plan_canvass",
    "plan_series",
    "preview_edit",
    "preview_replanning",
    "preview_return",
    "propose_tour",
    "purge",
    "record_visit",
    "replan_canvass",
    "return_to",
    "standing_of",
    "start_planning",
    "start_replanning",
    "start_series",
    "take_back",
    "take_tour",
    "turfs_in_use",
]
