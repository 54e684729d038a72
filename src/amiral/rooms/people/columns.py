"""Which column of a file holds what, which must never be kept, and what one line says.

Beside the common files because it is pure: no table, no clock; the pages, the verbs and the tests share it.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from amiral.kit.readers.columns import plain_name
from amiral.rooms.people.contact_values import NoContactValue, normalised
from amiral.rooms.people.contracts import ContactKind

FIELDS: dict[str, str] = {
    "given_name": "prenom prenoms first firstname given givenname forename prenomusuel",
    "family_name": "nom nomdefamille last lastname family familyname surname nomusage nomdusage",
    "full_name": "nomcomplet nometprenom nomprenom prenomnom name fullname contact displayname fn",
    "email": "email mail courriel adressemail adresseemail emailaddress emailprincipal adresseelectronique"
    " adressecourriel emailaddresses e1",
    "email2": "email2 mail2 autreemail emailsecondaire secondaryemail",
    "phone": "telephone tel phone mobile portable telephonemobile telmobile telportable cell cellphone gsm"
    " numerodetelephone phonenumber primaryphone phonenumbers",
    "phone2": "phone2 tel2 telephone2 fixe telephonefixe telfixe homephone workphone",
    "street": "adresse adresse1 adressepostale rue voie address address1 street streetaddress addressline1"
    " addresslines homestreet primaryaddress1 address1street",
    "postal_code": "codepostal cp postcode postalcode zip zipcode zip5 homepostalcode primaryzip"
    " address1postalcode",
    "city": "ville commune city town localite locality nomcommune homecity primarycity address1city",
    "consented_on": "datedeconsentement dateconsentement consenteddate consentdate optindate dateoptin"
    " consentedon",
}
_FIELD_OF = {name: known for known, names in FIELDS.items() for name in names.split()}

_SENSITIVE = re.compile(
    r"^(ethn|race|racial|relig|confession|croyan|sant[e]|health|handicap|disab|syndic|union(member)?$|tradeunion"
    r"|orientationsex|sexual|opinion|politic|ideolog|nationalit|citizenship|origine$|partisan|genet"
    r"|biometr)|(partyaffil|partyident|partycode|registeredparty|votehistory|voteintent|intentiondevote"
    r"|soutien|support(er)?(level|score)|scorepolitique|orientationpolit|couleurpolit|ethnicit)"
)
_SENSITIVE_NAMES = frozenset(
    {
        "adhesionparti",
        "ethnicities",
        "nuance",
        "parti",
        "partidescription",
        "partipolitique",
        "partis",
        "party",
        "partydescription",
        "sympathie",
        "vote",
        "votedfor",
        "votes",
    }
)


def is_sensitive(name: str) -> bool:
    """Whether a column's name announces data of GDPR art. 9 that no import may keep."""
    plain = plain_name(name)
    return plain in _SENSITIVE_NAMES or bool(_SENSITIVE.search(plain))


def guessed(header: Sequence[str], sample: Sequence[Sequence[str]]) -> list[str]:
    """What each column holds (a key of ``FIELDS`` or empty), by its name and else by its values."""
    found: list[str] = []
    for place, name in enumerate(header):
        known = name if name in FIELDS else _FIELD_OF.get(plain_name(name), "")
        known = known or _by_values([row[place] for row in sample])
        second = {"email": "email2", "phone": "phone2"}.get(known, "")
        found.append(known if known not in found else second if second not in found else "")
    return found


def _by_values(values: Sequence[str]) -> str:
    given = [value for value in values if value]
    mostly = len(given) // 2 + 1
    if given and sum("@" in value for value in given) >= mostly:
        return "email"
    digits = [re.sub(r"[\s.()+-]", "", value) for value in given]
    numbers = sum(bool(re.fullmatch(r"(0|33|0033)[1-9]\d{8}", value)) for value in digits)
    return "phone" if given and numbers >= mostly else ""


@dataclass(frozen=True, kw_only=True)
class Problem:
    """What is wrong with a line: a code, and which field it is about."""

    code: str
    column: str = ""


@dataclass(frozen=True, kw_only=True)
class ReadLine:
    """One line in our forms. ``points``: kind and normalised value, the primary one of a kind first."""

    number: int
    given_name: str
    family_name: str
    points: tuple[tuple[ContactKind, str], ...]
    postal_code: str
    city: str
    consented_on: date | None
    problems: tuple[Problem, ...] = field(default=())


_KINDS = {
    "email": ContactKind.EMAIL,
    "email2": ContactKind.EMAIL,
    "phone": ContactKind.PHONE,
    "phone2": ContactKind.PHONE,
}


def read_line(*, number: int, fields: Sequence[str], mapping: Sequence[str]) -> ReadLine:
    """What a line says, with everything that cannot be used named."""
    said = {known: value for known, value in zip(mapping, fields, strict=True) if known}
    points, problems = _points(said)
    given, family = _names(said)
    consented_on, late = _day(said.get("consented_on", ""))
    return ReadLine(
        number=number,
        given_name=given[:80],
        family_name=family[:80],
        points=tuple(dict.fromkeys(points)),
        postal_code=_postal_code(said.get("postal_code", "")),
        city=said.get("city", "")[:120],
        consented_on=consented_on,
        problems=(*problems, *late),
    )


def _points(said: dict[str, str]) -> tuple[list[tuple[ContactKind, str]], list[Problem]]:
    points: list[tuple[ContactKind, str]] = []
    problems: list[Problem] = []
    for known, kind in _KINDS.items():
        if not said.get(known):
            continue
        try:
            points.append((kind, normalised(kind=kind, value=said[known])))
        except NoContactValue:
            problems.append(Problem(code=f"bad_{kind}", column=known))
    street = said.get("street", "")
    if street:
        place = " ".join([street, _postal_code(said.get("postal_code", "")), said.get("city", "")])
        points.append((ContactKind.POSTAL, " ".join(place.split())[:320]))
    return points, problems


def _names(said: dict[str, str]) -> tuple[str, str]:
    given, family = said.get("given_name", ""), said.get("family_name", "")
    if given or family or not said.get("full_name"):
        return given, family
    first, _space, rest = said["full_name"].partition(" ")
    return first, rest


def _postal_code(value: str) -> str:
    """Five digits; spreadsheets lose the zero of 01000."""
    digits = re.sub(r"\s", "", value)
    return digits.zfill(5) if re.fullmatch(r"\d{4,5}", digits) else digits[:10]


_DAYS = ("%Y-%m-%d", "%d/%m/%Y", "%d-%m-%Y", "%d.%m.%Y", "%d/%m/%y")


def _day(value: str) -> tuple[date | None, list[Problem]]:
    if not value:
        return None, []
    for form in _DAYS:
        try:
            return datetime.strptime(value.split("T")[0].split(" ")[0], form).date(), []  # noqa: DTZ007 a day has no hour
        except ValueError:
            continue
    return None, [Problem(code="bad_date", column="consented_on")]
