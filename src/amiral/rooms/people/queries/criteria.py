"""What can be asked of persons in this room, in words.

There is no criterion on a name or a place of birth (CNIL, use of lists; platforms keep neither here), and
none on an age: no date of birth is kept.
"""

from collections.abc import Callable

from django.utils.translation import gettext, ngettext, pgettext

from amiral.kit.criteria import Asked, Criterion, CriterionKind, days_words, either
from amiral.rooms.people import texts
from amiral.rooms.people.contracts import (
    REFUSED_ORIGINS,
    SLOTS,
    WAYS_OFFERED,
    Basis,
    Origin,
    Purpose,
    Role,
    Skill,
)
from amiral.rooms.people.queries.facts import SELF, consent_value
from amiral.rooms.people.queries.helping import skill_name, slot_name

Pairs = tuple[tuple[str, str], ...]


def criteria() -> tuple[Criterion, ...]:
    """In the order of the menu, in the active language."""
    return (
        Criterion(
            name="territory",
            kind=CriterionKind.PLACES,
            label=pgettext("criterion", "Where they live"),
            phrase=lambda asked: gettext("live in %(places)s") % {"places": either(asked.labels)},
        ),
        _choice("consent", pgettext("criterion", "Consent"), _consent_words, _purposes),
        _choice("skill", pgettext("criterion", "What they can do"), _skill_words, _skills),
        _choice("availability", pgettext("criterion", "When they have time"), _slot_words, _slots),
        _choice("language", pgettext("criterion", "Language"), _language_words, _languages),
        _days("joined", pgettext("criterion", "When they joined"), _joined_words),
        _days("seen", pgettext("criterion", "When they last signed in"), _seen_words),
        _choice("contact", pgettext("criterion", "How they are reached"), _contact_words, _contacts),
        _choice("origin", pgettext("criterion", "Where their data come from"), _origin_words, _origins),
        _choice("basis", pgettext("criterion", "By which right they are known"), _basis_words, _bases),
        _choice("mandate", pgettext("criterion", "Mandate"), _mandate_words, _roles),
    )


def _choice(name: str, label: str, phrase: Callable[[Asked], str], choices: Callable[[], Pairs]) -> Criterion:
    return Criterion(name=name, kind=CriterionKind.CHOICES, label=label, phrase=phrase, choices=choices)


def _days(name: str, label: str, phrase: Callable[[Asked], str]) -> Criterion:
    return Criterion(name=name, kind=CriterionKind.DAYS, label=label, phrase=phrase)


def _purposes() -> Pairs:
    return tuple(
        (consent_value(purpose, way), texts.purpose_by_way(purpose, way))
        for purpose in Purpose
        for way in WAYS_OFFERED[purpose]
    )


def _consent_words(asked: Asked) -> str:
    return either([_agreed(*value.partition(":")[::2]) for value in asked.values])


def _agreed(purpose: str, way: str) -> str:
    said = {
        Purpose.NEWSLETTER: gettext("agreed to the newsletter"),
        Purpose.ACTIONS: gettext("agreed to be told of actions near their home"),
        Purpose.GROUP_CONTACT: gettext("agreed to messages of their groups’ leaders"),
    }[Purpose(purpose)]
    return f"{said} ({texts.way_name(way)})" if way else said


def _skills() -> Pairs:
    return tuple((skill.value, skill_name(skill)) for skill in Skill)


def _skill_words(asked: Asked) -> str:
    return gettext("say that they can help by: %(skills)s") % {"skills": either(_lower(asked.labels))}


def _slots() -> Pairs:
    return tuple((slot, slot_name(slot)) for slot in SLOTS)


def _slot_words(asked: Asked) -> str:
    return gettext("have time on: %(slots)s") % {"slots": either(_lower(asked.labels))}


def _lower(labels: tuple[str, ...]) -> list[str]:
    return [label[:1].lower() + label[1:] for label in labels]


def _languages() -> Pairs:
    return (("fr", pgettext("language", "French")), ("en", pgettext("language", "English")))


def _language_words(asked: Asked) -> str:
    said = {"fr": gettext("read French"), "en": gettext("read English")}
    return either([said[value] for value in asked.values])


def _joined_words(asked: Asked) -> str:
    return gettext("are known to us %(days)s") % {"days": days_words(asked)}


def _seen_words(asked: Asked) -> str:
    return gettext("last signed in %(days)s") % {"days": days_words(asked)}


def _contacts() -> Pairs:
    return (
        ("email-verified", gettext("An e-mail address shown to be their own")),
        ("email", gettext("An e-mail address, verified or not")),
        ("email-returned", gettext("An e-mail address from which letters come back")),
        ("phone", gettext("A telephone number")),
        ("postal", gettext("A postal address")),
    )


def _contact_words(asked: Asked) -> str:
    said = {
        "email-verified": gettext("have a verified e-mail address"),
        "email": gettext("have an e-mail address"),
        "email-returned": gettext("have an e-mail address from which letters come back"),
        "phone": gettext("have a telephone number"),
        "postal": gettext("have a postal address"),
    }
    return either([said[value] for value in asked.values])


def _origins() -> Pairs:
    files = [origin for origin in Origin if origin not in REFUSED_ORIGINS]
    return (
        (SELF, gettext("They joined by themselves")),
        *((origin.value, texts.origin_name(origin)) for origin in files),
    )


def _origin_words(asked: Asked) -> str:
    pairs = zip(asked.values, asked.labels, strict=True)
    files = [label for value, label in pairs if value != SELF]
    said = [gettext("joined by themselves")] if SELF in asked.values else []
    if files:
        said.append(gettext("are known from: %(files)s") % {"files": either(_lower(tuple(files)))})
    return either(said)


def _bases() -> Pairs:
    return (
        (SELF, gettext("They joined by themselves")),
        *((basis.value, texts.basis_name(basis)) for basis in Basis),
    )


def _basis_words(asked: Asked) -> str:
    said = {
        SELF: gettext("joined by themselves"),
        Basis.CONSENT: gettext("agreed to be written to"),
        Basis.REGULAR_CONTACT: gettext("are in regular contact with us"),
    }
    return either([said[value] for value in asked.values])


def _roles() -> Pairs:
    return tuple((role.value, texts.role_name(role)) for role in Role)


def _mandate_words(asked: Asked) -> str:
    held = ngettext("hold the mandate: %(roles)s", "hold one of the mandates: %(roles)s", len(asked.labels))
    return held % {"roles": either(asked.labels)}
