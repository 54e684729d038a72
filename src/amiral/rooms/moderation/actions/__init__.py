"""Verbs of moderation: one transaction each, with an audit line."""

from amiral.rooms.moderation.actions.deciding import (
    DECIDED_REPORT_KEPT,
    AlreadyDecided,
    AlreadyReported,
    AppealedAlready,
    OwnCause,
    ReasonMissing,
    TooLong,
    WordsMissing,
    appeal,
    appeal_without_account,
    decide,
    decide_appeal,
    erase,
    look,
    purge,
    report,
)
from amiral.rooms.moderation.actions.sealing import ask_to_open, confirm_opening, open_for_appeal, scrub
from amiral.rooms.moderation.actions.stating import StatementIncomplete

__all__ = [
    "DECIDED_REPORT_KEPT",
    "AlreadyDecided",
    "AlreadyReported",
    "AppealedAlready",
    "OwnCause",
    "ReasonMissing",
    "StatementIncomplete",
    "TooLong",
    "WordsMissing",
    "appeal",
    "appeal_without_account",
    "ask_to_open",
    "confirm_opening",
    "decide",
    "decide_appeal",
    "erase",
    "look",
    "open_for_appeal",
    "purge",
    "report",
    "scrub",
]
