"""What people say they can do and when, and the words for it."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.utils.translation import gettext, pgettext

from amiral.rooms.people.contracts import SLOTS, DayPart, Helping, Skill
from amiral.rooms.people.models import Availability, PersonSkill


def helping(*, person_id: UUID) -> Helping:
    """What a person said of himself. Two queries."""
    skills = PersonSkill.objects.filter(person_id=person_id).values_list("skill", flat=True)
    mask = Availability.objects.filter(person_id=person_id).values_list("slots", flat=True).first()
    return Helping(skills=frozenset(map(Skill, skills)), slots=slots_of(mask=mask or 0))


def everything_about(*, person_id: UUID) -> list[dict[str, Any]]:
    """What a person said he can do and when, as plain types for his export."""
    said = helping(person_id=person_id)
    skills = [{"table": "skill", "skill": str(skill)} for skill in sorted(said.skills)]
    slots = [slot for slot in SLOTS if slot in said.slots]
    return [*skills, *([{"table": "availability", "slots": slots}] if slots else [])]


def slots_of(*, mask: int) -> frozenset[str]:
    """The parts of the week whose bit is set."""
    return frozenset(slot for place, slot in enumerate(SLOTS) if mask >> place & 1)


def mask_of(*, slots: Iterable[str]) -> int:
    """The bits of some of ``SLOTS``."""
    return sum(1 << SLOTS.index(slot) for slot in set(slots))


def skill_name(skill: Skill | str) -> str:
    """What somebody can do, in the active language."""
    return {
        Skill.DOOR_TO_DOOR: pgettext("skill", "Going from door to door"),
        Skill.TELEPHONE: pgettext("skill", "Telephoning"),
        Skill.SPEAKING: pgettext("skill", "Speaking in public"),
        Skill.WELCOMING: pgettext("skill", "Welcoming newcomers"),
        Skill.WRITING: pgettext("skill", "Writing"),
        Skill.TRANSLATING: pgettext("skill", "Translating"),
        Skill.DESIGN: pgettext("skill", "Graphic design"),
        Skill.PHOTO_VIDEO: pgettext("skill", "Photography, video"),
        Skill.COMPUTING: pgettext("skill", "Computing"),
        Skill.BOOKKEEPING: pgettext("skill", "Bookkeeping"),
        Skill.LAW: pgettext("skill", "Law"),
        Skill.DRIVING: pgettext("skill", "Driving, with a car"),
        Skill.COOKING: pgettext("skill", "Cooking for a team"),
        Skill.POLLING: pgettext("skill", "Serving at a polling station"),
    }[Skill(skill)]


def day_name(day: int) -> str:
    """A day of the week, Monday is 1. With a context: the bare words are Django's own, for dates."""
    return (
        pgettext("day of the week", "Monday"),
        pgettext("day of the week", "Tuesday"),
        pgettext("day of the week", "Wednesday"),
        pgettext("day of the week", "Thursday"),
        pgettext("day of the week", "Friday"),
        pgettext("day of the week", "Saturday"),
        pgettext("day of the week", "Sunday"),
    )[day - 1]


def part_name(part: DayPart | str) -> str:
    """A part of a day."""
    return {
        DayPart.MORNING: pgettext("part of the day", "morning"),
        DayPart.AFTERNOON: pgettext("part of the day", "afternoon"),
        DayPart.EVENING: pgettext("part of the day", "evening"),
    }[DayPart(part)]


def slot_name(slot: str) -> str:
    """A part of the week: “Saturday morning”."""
    day, part = slot.split("-")
    return gettext("%(day)s %(part)s") % {"day": day_name(int(day)), "part": part_name(part)}
