"""The statement of reasons of a decision, its seal and its line in the public log."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, override

from amiral.kit.errors import Refused
from amiral.rooms.moderation.actions import logging, sealing
from amiral.rooms.moderation.contracts import (
    AGAINST_THE_LAW,
    CATEGORY_OF,
    FACTS_MAX_CHARACTERS,
    RULE_MAX_CHARACTERS,
    DecisionGround,
    Grounds,
    Statement,
)
from amiral.rooms.moderation.models import Appeal, Decision, Report
from amiral.rooms.moderation.queries.reports import grounds_label


class StatementIncomplete(Refused):
    """A restriction without all that art. 17 asks."""

    def __init__(self) -> None:
        super().__init__(
            _("Name the rule and say what happened: whoever is restricted must be able to understand why.")
        )


def proposed(*, report: Report, reason: str = "") -> Statement:
    """What the machine knows already, for the moderator to correct."""
    grounds = Grounds(report.grounds)
    lawful = DecisionGround.INCOMPATIBLE
    ground = DecisionGround.ILLEGAL if grounds in AGAINST_THE_LAW else lawful
    label = grounds_label(grounds)
    rule = _("Charter: %(grounds)s") if ground is lawful else _("Law: %(grounds)s")
    return Statement(
        ground=ground,
        rule=rule % {"grounds": label},
        explanation=reason,
        facts=_facts(report, label),
        category=CATEGORY_OF[grounds],
    )


def for_author(*, report: Report, statement: Statement, language: str) -> Statement:
    """The statement as who wrote the words reads it: what nobody changed of the proposal, in his language.

    To be asked before the notices are closed: the proposal counts those that are open.
    """
    here = proposed(report=report)
    with override(language):
        there = proposed(report=report)
    return replace(
        statement,
        rule=there.rule if statement.rule == here.rule else statement.rule,
        facts=there.facts if statement.facts == here.facts else statement.facts,
    )


def _facts(report: Report, label: str) -> str:
    same = Report.objects.open().on(subject_kind=report.subject_kind, subject_id=report.subject_id)
    number = max(1, same.count())
    day = date_format(localtime(report.created_at), "SHORT_DATETIME_FORMAT")
    said = ngettext(
        "Reported on %(day)s (%(grounds)s), then read by a moderator.",
        "Reported %(number)s times, on %(day)s for one (%(grounds)s), then read by a moderator.",
        number,
    )
    return said % {"number": number, "day": day, "grounds": label}


def complete(statement: Statement) -> Statement:
    """The statement without blanks around its texts. Raises ``StatementIncomplete``."""
    texts = {name: getattr(statement, name).replace("\r\n", "\n").strip() for name in ("rule", "facts")}
    fits = len(texts["rule"]) <= RULE_MAX_CHARACTERS and len(texts["facts"]) <= FACTS_MAX_CHARACTERS
    if not all(texts.values()) or not fits:
        raise StatementIncomplete
    return replace(statement, **texts)


def enter(
    *,
    report: Report,
    closed: Iterable[Report],
    hidden: bool,
    statement: Statement | None,
    explanation: str,
    at: datetime,
    appeal: Appeal | None = None,
) -> Decision:
    """Writes the decision down, puts what it hides under seal and adds its line to the public log.

    ``closed``: the notices it answers. ``statement``: ``None`` when nothing is restricted by it.
    """
    notices = list(closed)
    restriction = statement if hidden else None
    decision = Decision.objects.create(
        report=report,
        appeal=appeal,
        hidden=hidden,
        ground=restriction.ground.value if restriction else "",
        rule=restriction.rule if restriction else "",
        facts=restriction.facts if restriction else "",
        category=restriction.category.value if restriction else "",
        explanation=explanation,
        notices=len(notices),
        noticed_at=appeal.created_at if appeal else min(one.created_at for one in notices),
        looked_at=None if appeal else _first_look(notices, at),
        decided_at=at,
    )
    digest = sealing.seal(report=report, decision=decision, at=at) if hidden else ""
    if hidden:
        same = Report.objects.on(subject_kind=report.subject_kind, subject_id=report.subject_id)
        same.update(excerpt="")
    first = report.decisions.filter(appeal=None).order_by("decided_at").first()
    logging.append(body=_line(decision, first, digest), at=at, about=(first or decision).pk)
    return decision


def _first_look(notices: Iterable[Report], at: datetime) -> datetime:
    return min((one.looked_at for one in notices if one.looked_at), default=at)


def _line(decision: Decision, first: Decision | None, digest: str) -> dict[str, str | int | bool]:
    """What may be public for ever: no person, no words. An appeal names the decision that it is about."""
    line: dict[str, str | int | bool] = {
        "kind": "appeal" if decision.appeal_id else "decision",
        "decision": str(decision.pk),
        "about": decision.report.subject_kind,
        "outcome": "hidden" if decision.hidden else "kept",
        "ground": decision.ground,
        "category": decision.category,
        "source": "SOURCE_ARTICLE_16",
        "notices": decision.notices,
        "automated_detection": False,
        "automated_decision": False,
        "decided_after_s": _seconds(decision.decided_at, decision.noticed_at),
        "sealed": digest,
    }
    if decision.appeal_id:
        line["against"] = str(first.pk) if first else ""
        line["appeal"] = "granted" if first and first.hidden != decision.hidden else "refused"
    if decision.looked_at:
        line["looked_after_s"] = _seconds(decision.looked_at, decision.noticed_at)
    return line


def _seconds(later: datetime, earlier: datetime) -> int:
    return max(0, int((later - earlier).total_seconds()))
