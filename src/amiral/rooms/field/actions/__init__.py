"""Verbs of this room."""

from .assigning import (
    AlreadyAssigned,
    NotYourShift,
    ShiftIsOver,
    assign_turf,
    take_back,
)
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
from .visiting import NothingToCorrect, VisitTaken, record_visit

__all__ = [
    "AlreadyAssigned",
    "AlreadyPlanning",
    "BadArea",
    "BadMinutes",
    "BadName",
    "FileIsGone",
    "NoAddress",
    "NotYourShift",
    "NothingToCorrect",
    "PlanInUse",
    "ShiftIsOver",
    "TooManyAddresses",
    "VisitTaken",
    "assign_turf",
    "create_canvass",
    "plan_canvass",
    "purge",
    "record_visit",
    "start_planning",
    "take_back",
]
