"""The exact sentences a person is shown; what the ledger keeps is what they say at that moment."""

from collections.abc import Iterable
from hashlib import sha256

from django.conf import settings
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext, pgettext

from amiral.rooms.people.contracts import (
    Basis,
    ContactField,
    ContactKind,
    DisclosureReason,
    Feature,
    ImportState,
    Origin,
    Purpose,
    RightChannel,
    RightKind,
    RightRefusal,
    RightState,
    Role,
    RollCard,
    RollKind,
    RollQuality,
    Way,
)
from amiral.rooms.people.models import Mandate


def consent_text(purpose: Purpose | str, way: Way | str = Way.EMAIL) -> str:
    """The sentence beside the box, in the active language."""
    name = {"campaign": settings.CAMPAIGN_NAME}
    if way != Way.EMAIL:
        return _other_consents(name)[Purpose(purpose), Way(way)]
    return {
        Purpose.NEWSLETTER: gettext("I agree that %(campaign)s sends me its newsletter by e-mail.") % name,
        Purpose.ACTIONS: gettext(
            "I agree that %(campaign)s writes to me by e-mail about actions near my home."
        )
        % name,
        Purpose.GROUP_CONTACT: gettext(
            "I agree that the leaders of my groups write to me through %(campaign)s, "
            "without seeing my address."
        )
        % name,
    }[Purpose(purpose)]


def _other_consents(name: dict[str, str]) -> dict[tuple[Purpose, Way], str]:
    return {
        (Purpose.NEWSLETTER, Way.SMS): gettext("I agree that %(campaign)s sends me its news by SMS.") % name,
        (Purpose.ACTIONS, Way.SMS): gettext(
            "I agree that %(campaign)s writes to me by SMS about actions near my home."
        )
        % name,
        (Purpose.GROUP_CONTACT, Way.SMS): gettext(
            "I agree that the leaders of my groups write to me by SMS through %(campaign)s, "
            "without seeing my number."
        )
        % name,
        (Purpose.NEWSLETTER, Way.PUSH): gettext(
            "I agree that %(campaign)s tells me of its news by notifications on my devices."
        )
        % name,
        (Purpose.ACTIONS, Way.PUSH): gettext(
            "I agree that %(campaign)s tells me of actions near my home by notifications on my devices."
        )
        % name,
        (Purpose.GROUP_CONTACT, Way.PUSH): gettext(
            "I agree that the leaders of my groups reach me by notifications on my devices "
            "through %(campaign)s."
        )
        % name,
        (Purpose.ACTIONS, Way.PHONE): gettext(
            "I agree that a volunteer of %(campaign)s calls me about actions near my home; never a machine."
        )
        % name,
    }


def way_name(way: Way | str) -> str:
    """A channel, in the active language: "by SMS"."""
    return {
        Way.EMAIL: pgettext("way", "by e-mail"),
        Way.SMS: pgettext("way", "by SMS"),
        Way.PUSH: pgettext("way", "by notification"),
        Way.PHONE: pgettext("way", "by telephone"),
    }[Way(way)]


def purpose_by_way(purpose: Purpose | str, way: Way | str) -> str:
    """A purpose with its channel, in the active language; e-mail goes without saying."""
    name = purpose_name(purpose)
    return name if way == Way.EMAIL else f"{name}, {way_name(way)}"


def doorstep_notice() -> str:
    """What somebody reads before he types his address at his door (GDPR art. 13), in the active language."""
    return gettext(
        "%(controller)s keeps the address that you type, to send you its newsletter, because you agree to "
        "it and for as long as you do: you may stop it by a link in each letter. Before you have "
        "confirmed from the letter that you receive, it is kept for seven days at most. Where you live, "
        "what you said at your door and who rang are not kept with it. You may see, correct and erase what "
        "is kept, and complain to the CNIL."
    ) % {"controller": settings.PUBLISHER or settings.CAMPAIGN_NAME}


def purpose_name(purpose: Purpose | str) -> str:
    """A short name for tables, in the active language."""
    return {
        Purpose.NEWSLETTER: gettext("Newsletter"),
        Purpose.ACTIONS: gettext("Actions near my home"),
        Purpose.GROUP_CONTACT: gettext("Messages of my groups’ leaders"),
    }[Purpose(purpose)]


def role_name(role: Role | str) -> str:
    """A role, in the active language."""
    return {
        Role.ADMINISTRATOR: pgettext("role", "administrator"),
        Role.COORDINATOR: pgettext("role", "département coordinator"),
        Role.GROUP_LEADER: pgettext("role", "group leader"),
        Role.DELEGATE: pgettext("role", "delegate"),
    }[Role(role)]


def feature_name(feature: Feature | str) -> str:
    """What a feature lets somebody do, in plain words of the active language."""
    return {
        Feature.MANAGE_MANDATES: pgettext("feature", "see and end mandates"),
        Feature.IMPORT_REFERENCE: pgettext("feature", "import public data: addresses, streets, contours"),
        Feature.MANAGE_GROUPS: pgettext("feature", "lead groups: their page, their members"),
        Feature.MANAGE_ACTIONS: pgettext("feature", "hold actions: publish, change, cancel, see the team"),
        Feature.MANAGE_TALKING_POINTS: pgettext("feature", "write and approve talking points"),
        Feature.MODERATE: pgettext("feature", "decide on reports"),
        Feature.MANAGE_FIELD: pgettext("feature", "prepare door-to-door: cut turfs, hand them out"),
        Feature.SEE_COVERAGE: pgettext("feature", "see which doors were visited"),
        Feature.IMPORT_SUPPORTERS: pgettext("feature", "import files of supporters"),
        Feature.USE_ELECTORAL_ROLL: pgettext("feature", "use the electoral roll"),
        Feature.MERGE_PERSONS: pgettext("feature", "merge duplicates"),
        Feature.HANDLE_REQUESTS: pgettext("feature", "answer requests about personal data"),
        Feature.USE_SEGMENTS: pgettext("feature", "count people by segments"),
        Feature.SEND_MAILINGS: pgettext("feature", "send mailings to segments"),
        Feature.MANAGE_DEBATES: pgettext("feature", "hold debates: ask, keep the calendar, publish answers"),
    }.get(Feature(feature), str(feature))


def feature_names(features: Iterable[Feature]) -> tuple[str, ...]:
    """The same for several, in the order of ``Feature``."""
    wanted = frozenset(features)
    return tuple(feature_name(feature) for feature in Feature if feature in wanted)


def mandate_words(mandate: Mandate) -> tuple[str, ...]:
    """What a part opens, in words; nothing for a whole role, whose name says it."""
    return feature_names(mandate.opens) if mandate.features else ()


def mandate_change(verb: str) -> str:
    """What happened to a mandate, in the active language."""
    return {
        "mandate.granted": pgettext("mandate", "given"),
        "mandate.ended": pgettext("mandate", "ended"),
        "mandate.shortened": pgettext("mandate", "shortened"),
        "mandate.rehung": pgettext("mandate", "taken over by another mandate"),
    }.get(verb, verb)


def contact_field_name(field: ContactField | str) -> str:
    """What of a person was shown, in the active language."""
    return {
        ContactField.PHONE: pgettext("shown", "telephone number"),
        ContactField.EMAIL: pgettext("shown", "e-mail address"),
        ContactField.POSTAL: pgettext("shown", "postal address"),
        ContactField.MASKED_EMAIL: pgettext("shown", "beginning of the e-mail address"),
        ContactField.EVERYTHING: pgettext("shown", "all that is kept"),
    }[ContactField(field)]


def disclosure_reason(reason: DisclosureReason | str) -> str:
    """Why it was shown, in the active language."""
    return {
        DisclosureReason.ACTION: pgettext("disclosure", "leads an action to which the person came"),
        DisclosureReason.TEAM: pgettext("disclosure", "goes out in a team that the person leads"),
        DisclosureReason.EXPLAINED: pgettext("disclosure", "asked for it and said why"),
        DisclosureReason.PROOF: pgettext("disclosure", "looked at the proof of lawfulness"),
        DisclosureReason.DUPLICATE: pgettext("disclosure", "compared likely duplicates"),
        DisclosureReason.IMPORT: pgettext("disclosure", "imported a file in which the person stands"),
        DisclosureReason.EXPORT: pgettext("disclosure", "export of all that is kept"),
    }[DisclosureReason(reason)]


def fingerprint(text: str) -> str:
    """SHA-256 of a text, in hexadecimal."""
    return sha256(text.encode()).hexdigest()


def unreadable(code: str) -> str:
    """Why a file of people cannot be used, and what to do."""
    return {
        "empty": gettext("The file is empty. Choose another one."),
        "kind": gettext("This is no table of people. Give a CSV, XLSX or ODS table, vCards or OSDI."),
        "separator": gettext("The first line has no columns. Separate them by semicolons, commas or tabs."),
        "quote": gettext(
            "A quotation mark is opened and never closed. Correct the file, or save it as XLSX."
        ),
        "rows": gettext("The file has more than 100,000 lines. Cut it into smaller ones."),
        "columns": gettext("The file has more than 200 columns. Remove those that are of no use."),
        "nobody": gettext("There is nobody in this file: give it a first line with names, and people below."),
    }.get(code, gettext("The file is damaged, or of another kind than its name says. Save it again as CSV."))


def origin_name(origin: Origin | str) -> str:
    """Where a file comes from, in the active language."""
    return {
        Origin.CAMPAIGN_FORM: gettext("A form of the campaign, on paper or on line"),
        Origin.EVENT: gettext("The attendance sheet of one of our meetings"),
        Origin.PETITION: gettext("A petition of ours whose text said so"),
        Origin.MEMBERS: gettext("Members and former members of our organisation"),
        Origin.OTHER_TOOL: gettext("Another tool of this campaign, which we leave"),
        Origin.EMPLOYER: gettext("A file of an employer: colleagues, staff"),
        Origin.ADMINISTRATION: gettext("A file of an administration: town hall, school, agency"),
        Origin.PATIENTS: gettext("A file of patients, pupils or clients of a profession"),
        Origin.CUSTOMERS: gettext("A file of customers or subscribers of a business"),
        Origin.BOUGHT: gettext("A file that was bought, rented or lent"),
        Origin.PUBLISHED: gettext("Gathered from web pages or social networks"),
        Origin.ROLL: gettext("The electoral roll"),
    }[Origin(origin)]


def origin_refusal(origin: Origin) -> str:
    """Why a file of that origin is refused, and what to do."""
    if origin is Origin.ROLL:
        return gettext(
            "An electoral roll is never mixed with people: declare it on the page of the electoral rolls."
        )
    return gettext(
        "This file was made for another purpose: the law forbids its use for a campaign, and candidates were "
        "fined for it. Delete this draft, and invite these people to join by themselves."
    )


def contact_name(kind: ContactKind | str) -> str:
    """A way to reach somebody, in the active language."""
    return {
        ContactKind.EMAIL: gettext("E-mail address"),
        ContactKind.PHONE: gettext("Telephone"),
        ContactKind.POSTAL: gettext("Postal address"),
    }[ContactKind(kind)]


def basis_name(basis: Basis | str) -> str:
    """By which right people are written to, in the active language."""
    return {
        Basis.CONSENT: gettext("They agreed, to a sentence that we can show"),
        Basis.REGULAR_CONTACT: gettext("Members, former members or people in regular contact with us"),
    }[Basis(basis)]


def field_name(field: str) -> str:
    """What a column of a file of people holds, in the active language."""
    return {
        "": gettext("– (not kept)"),
        "given_name": gettext("Given name"),
        "family_name": gettext("Family name"),
        "full_name": gettext("Whole name"),
        "email": gettext("E-mail address"),
        "email2": gettext("Second e-mail address"),
        "phone": gettext("Telephone"),
        "phone2": gettext("Second telephone"),
        "street": gettext("Number and street"),
        "postal_code": gettext("Postal code"),
        "city": gettext("Commune"),
        "consented_on": gettext("Day of the consent"),
    }[field]


def line_problem(code: str) -> str:
    """What is wrong with a line, in the active language; never what the line says."""
    return {
        "no_contact": gettext("The line has no e-mail address, no telephone number and no street."),
        "bad_email": gettext("What stands as e-mail address is none."),
        "bad_phone": gettext("What stands as telephone number is none."),
        "bad_date": gettext("The day of the consent cannot be read; write it as 31/12/2026."),
        "future_date": gettext("The day of the consent lies in the future."),
        "no_date": gettext("The line has no day of consent."),
        "no_place": gettext("The line has neither postal code nor commune."),
        "unknown_place": gettext("The place is not known in France."),
        "outside": gettext("The place lies outside your territory, or nobody can tell whether it does."),
        "objected": gettext("This person has refused to be written to."),
        "two_persons": gettext("The two addresses of the line belong to two different persons."),
        "shared_number": gettext("The telephone number leads to another person: it was not kept twice."),
    }[code]


def state_name(state: ImportState | str) -> str:
    """Where an import stands, in the active language."""
    return {
        ImportState.DRAFT: gettext("to be declared"),
        ImportState.RUNNING: gettext("under way"),
        ImportState.DONE: gettext("imported"),
        ImportState.UNDOING: gettext("being undone"),
        ImportState.UNDONE: gettext("undone"),
    }[ImportState(state)]


def quality_name(quality: RollQuality | str) -> str:
    """In which quality somebody asks for an electoral roll, in the active language."""
    return {
        RollQuality.VOTER: pgettext("roll", "voter"),
        RollQuality.CANDIDATE: pgettext("roll", "candidate"),
        RollQuality.PARTY: pgettext("roll", "party or political group"),
    }[RollQuality(quality)]


def roll_kind(kind: str) -> str:
    """Which list of voters, in the active language."""
    return {
        RollKind.ROLL: gettext("Electoral roll"),
        RollKind.SIGNATURES: gettext("List of signatures of the first round"),
    }[RollKind(kind)]


def roll_mention(card: RollCard) -> str:
    """What the first message to a voter must say (GDPR art. 14), in the active language."""
    return gettext(
        "Your name and address come from the %(list)s of %(place)s, which the law lets candidates use "
        "(Code électoral, art. L. 37 and L. 68). Who writes: %(controller)s, for this ballot only: "
        "%(ballot)s. By which right: legitimate interest. They are deleted on %(day)s. You may ask what is "
        "kept, correct, object and have it erased: %(rights)s. You may complain to the CNIL: "
        "www.cnil.fr/fr/plaintes."
    ) % {
        "list": roll_kind(card.kind).lower(),
        "place": card.territory_name,
        "controller": settings.PUBLISHER or settings.CAMPAIGN_NAME,
        "ballot": card.ballot,
        "day": date_format(localtime(card.expires_at), "DATE_FORMAT"),
        "rights": f"{settings.PUBLIC_URL}/mes-droits/",
    }


def roll_pledge() -> str:
    """The pledge of Code électoral, art. L. 37, in the active language."""
    return gettext(
        "I pledge not to make any commercial use of this electoral roll (Code électoral, art. L. 37), "
        "to use it for this ballot only, and I know that it is deleted the day after."
    )


def masked(address: str) -> str:
    """An e-mail address of which only the owner recognises more: ``j…@example.org``."""
    local, sign, domain = address.partition("@")
    return f"{local[:1]}…{sign}{domain}" if address else ""


def right_name(kind: str) -> str:
    """What a request is about, said by those who answer it, in the active language."""
    return {
        RightKind.ACCESS: pgettext("request", "to know what is kept"),
        RightKind.CORRECTION: pgettext("request", "to correct what is wrong"),
        RightKind.OBJECTION: pgettext("request", "to be written to no more"),
        RightKind.ERASURE: pgettext("request", "to erase what is kept"),
    }[RightKind(kind)]


def right_kind(kind: str) -> str:
    """What somebody asks for, in the active language."""
    return {
        RightKind.ACCESS: pgettext("right", "to know what is kept of me"),
        RightKind.CORRECTION: pgettext("right", "to correct what is wrong"),
        RightKind.OBJECTION: pgettext("right", "to be written to no more"),
        RightKind.ERASURE: pgettext("right", "to erase what is kept of me"),
    }[RightKind(kind)]


def right_state(state: str) -> str:
    """Where a request stands, in the active language."""
    return {
        RightState.RECEIVED: pgettext("right", "received"),
        RightState.IDENTITY_ASKED: pgettext("right", "identity asked for"),
        RightState.IN_WORK: pgettext("right", "in work"),
        RightState.DONE: pgettext("right", "done"),
        RightState.REFUSED: pgettext("right", "refused"),
    }[RightState(state)]


def right_channel(channel: str) -> str:
    """How a request came, in the active language."""
    return {
        RightChannel.FORM: pgettext("right", "by the form"),
        RightChannel.EMAIL: pgettext("right", "by e-mail"),
        RightChannel.LETTER: pgettext("right", "by post"),
        RightChannel.TELEPHONE: pgettext("right", "by telephone"),
        RightChannel.IN_PERSON: pgettext("right", "in person"),
    }[RightChannel(channel)]


def right_refusal(reason: str) -> str:
    """Why a request is refused, in the active language."""
    return {
        RightRefusal.NOT_IDENTIFIED: pgettext(
            "right", "nothing shows that the request comes from the person"
        ),
        RightRefusal.EXCESSIVE: pgettext("right", "it is manifestly unfounded or excessive"),
        RightRefusal.LEGAL_DUTY: pgettext("right", "the law obliges us to keep these data"),
    }[RightRefusal(reason)]
