"""Verbs of this room."""

from .assigning import (
    AlreadyAssigned,
    NotYourShift,
    ShiftIsOver,
    assign_turf,
    take_back,
)
from .checking import LogCheck, check_log
from .drafting import Draft, InUse, TurfInUse, standing_of, turfs_in_use
from .editing import PlanChanged, edit_plan, preview_edit, preview_return, return_to
from .leasing import BadLease, change_lease, end_leases, renew_number
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
from .releasing import close_due, close_due_once, close_everywhere, close_everywhere_once
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
from .sharing import NothingToShare, ShareChanged, Shared, share_turf
from .touring import NoTour, TooManyTours, TourChanged, propose_tour, take_tour
from .visiting import NothingToCorrect, NotOfASide, VisitTaken, record_visit, record_visit_by_number

__all__ = [
    "AlreadyAssigned",
    "AlreadyPlanning",
    "BadArea",
    "BadBag",
    "BadLease",
    "BadMinutes",
    "BadName",
    "Draft",
    "FileIsGone",
    "InUse",
    "LogCheck",
    "Material",
    "NoAddress",
    "NoCommunes",
    "NoStreetsHere",
    "NoTour",
    "NotOfASide",
    "NotYourShift",
    "NothingToCorrect",
    "NothingToReplan",
    "NothingToShare",
    "PlaceTooFar",
    "PlanChanged",
    "PlanInUse",
    "RoundsStayWhole",
    "ShareChanged",
    "Shared",
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
    "change_lease",
    "check_log",
    "close_due",
    "close_due_once",
    "close_everywhere",
    "close_everywhere_once",
    "create_canvass",
    "edit_plan",
    "end_leases",
    "plan_canvass",
    "plan_series",
    "preview_edit",
    "preview_replanning",
    "preview_return",
    "propose_tour",
    "purge",
    "record_visit",
    "record_visit_by_number",
    "renew_number",
    "replan_canvass",
    "return_to",
    "share_turf",
    "standing_of",
    "start_planning",
    "start_replanning",
    "start_series",
    "take_back",
    "take_tour",
    "turfs_in_use",
]
