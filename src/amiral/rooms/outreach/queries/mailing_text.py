"""The text of a mailing: fields, the footer of legal mentions, what keeps it from leaving, letters of it.

A text is compiled once and rendered for each person: Markdown becomes HTML with marks where fields stand,
both are cut at the marks, and a letter is the pieces joined again. A value never passes through Markdown, so
that no name can become a link or a heading.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from html import escape
from urllib.parse import parse_qs, urlsplit

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from amiral.kit.mail.moulds import Mould, Poured
from amiral.kit.markdown import to_html
from amiral.kit.plain_text import to_text
from amiral.rooms.outreach.contracts import Lint, MailingTexts, Rendered
from amiral.rooms.outreach.queries.framing import framed, mentions
from amiral.rooms.people import api as people
from amiral.rooms.people.contracts import Notice

FIELDS = {
    "prenom": "given_name",
    "prénom": "given_name",
    "given_name": "given_name",
    "nom": "family_name",
    "family_name": "family_name",
    "commune": "commune",
    "town": "commune",
}
"""How a field may be written in braces, in either language, and what it stands for."""
LANGUAGES = ("fr", "en")
CODE = "envoi"
"""The name in addresses of this site that says by which mailing somebody came: one code for everybody."""
UNSUBSCRIBE = "unsubscribe"

_FIELD = re.compile(r"\{([^{}|\n]{1,30})(?:\|([^{}\n]{0,80}))?\}")
_MARK = re.compile("\ue000([0-9]+)\ue001")
_LINK = re.compile(r'<a href="([^"]*)"[^>]*>(.*?)</a>', re.DOTALL)
_CODE = re.compile("[0-9a-f]{12}")
_TAG = re.compile(r"</?[a-zA-Z][a-zA-Z0-9]*(\s[^<>]*|/)?>")  # an address in <> is Markdown
_CONTROL = re.compile(r"[\x00-\x1f\x7f\u2028\u2029]+")


@dataclass(frozen=True, slots=True)
class Slot:
    """Where a person's value stands; ``otherwise`` when it is empty."""

    name: str
    otherwise: str

    def value(self, values: Mapping[str, str]) -> str:
        """The person's value on one line."""
        return _CONTROL.sub(" ", values.get(self.name, "")).strip() or self.otherwise


Pieces = tuple[str | Slot, ...]


@dataclass(frozen=True, kw_only=True)
class Compiled:
    """A text in one language, ready to be rendered for anybody. ``slots``: what the moulds' numbers mean."""

    language: str
    subject: Pieces
    slots: tuple[Slot, ...]
    text: Mould
    html: Mould


@dataclass(frozen=True, kw_only=True)
class Filled:
    """A letter that is made on its way out."""

    subject: str
    text: str | Poured
    html: str | Poured


def values_of(*, given_name: str, family_name: str, commune: str, unsubscribe: str) -> dict[str, str]:
    """What is filled in for one person."""
    return {
        "given_name": given_name,
        "family_name": family_name,
        "commune": commune,
        UNSUBSCRIBE: unsubscribe,
    }


def chosen(*, french: MailingTexts, english: MailingTexts, language: str) -> tuple[str, MailingTexts]:
    """The language in which somebody who reads ``language`` is written to, and the text."""
    texts = {"fr": french, "en": english}
    wanted = "en" if language == "en" else "fr"
    other = "fr" if wanted == "en" else "en"
    return (wanted, texts[wanted]) if not texts[wanted].empty else (other, texts[other])


def compiled(texts: MailingTexts, *, language: str, purpose: str, code: str) -> Compiled:
    """The text in its frame. Costs some milliseconds; a letter of it some hundredths of one."""
    marked, slots = _marked(texts.body)
    body = _with_code(to_html(marked), code)
    frame = framed(
        text=to_text(_spelled(body)),
        html=body,
        purpose=purpose,
        language=language,
        unsubscribe_url=_UNSUBSCRIBE_HERE,
    )
    mark, slots = f"\ue000{len(slots)}\ue001", (*slots, Slot(UNSUBSCRIBE, ""))
    known = tuple(dict.fromkeys(slots))
    return Compiled(
        language=language,
        subject=_pieces(*_marked(texts.subject)),
        slots=known,
        text=_mould(_pieces(frame.text.replace(_UNSUBSCRIBE_HERE, mark), slots), known),
        html=_mould(_pieces(frame.html.replace(_UNSUBSCRIBE_HERE, mark), slots), known),
    )


def _mould(pieces: Pieces, slots: tuple[Slot, ...]) -> Mould:
    return Mould([piece if isinstance(piece, str) else slots.index(piece) for piece in pieces])


def filled(made: Compiled, values: Mapping[str, str], *, notice: str = "") -> Filled:
    """One letter, for the wire; ``notice``: what the first one to somebody from a file must say besides."""
    plain = [slot.value(values) for slot in made.slots]
    text, html = Poured(made.text, plain), Poured(made.html, [escape(value) for value in plain])
    return Filled(
        subject=" ".join(_plainly(made.subject, values).split()),
        text=f"{text}\n{notice}\n" if notice else text,
        html=str(html).replace("</body>", f"<p>{escape(notice)}</p></body>") if notice else html,
    )


def rendered(made: Compiled, values: Mapping[str, str]) -> Rendered:
    """One letter, to be read here."""
    letter = filled(made, values)
    return Rendered(subject=letter.subject, text=str(letter.text), html=str(letter.html))


def shown_html(html: str) -> str:
    """What stands inside a letter, to be shown on a page."""
    return html.partition("<body>")[2].partition("</body>")[0].strip()


def _plainly(pieces: Pieces, values: Mapping[str, str]) -> str:
    return "".join(piece if isinstance(piece, str) else piece.value(values) for piece in pieces)


# Compiling ------------------------------------------------------------------------------------------


def _marked(text: str) -> tuple[str, tuple[Slot, ...]]:
    """The text with a mark for each field, and the fields. What is no field stays as it was typed."""
    slots: list[Slot] = []

    def mark(found: re.Match[str]) -> str:
        name = FIELDS.get(found[1].strip().casefold())
        if name is None:
            return found[0]
        slots.append(Slot(name, (found[2] or "").strip()))
        return f"\ue000{len(slots) - 1}\ue001"

    clean = text.replace("\ue000", "").replace("\ue001", "")
    return _FIELD.sub(mark, clean), tuple(slots)


def _pieces(text: str, slots: tuple[Slot, ...]) -> Pieces:
    """The text cut at its marks; empty pieces are left out."""
    parts = _MARK.split(text)
    cut = (slots[int(part)] if number % 2 else part for number, part in enumerate(parts))
    return tuple(piece for piece in cut if piece != "")


def _spelled(html: str) -> str:
    """Links with their addresses beside them, for who reads plain text."""

    def spell(link: re.Match[str]) -> str:
        address, words = link[1], link[2]
        return words if words.strip() == address else f"{words} ({address})"

    return _LINK.sub(spell, html)


def _with_code(html: str, code: str) -> str:
    """Links to this site say by which mailing one comes; the same for everybody, links elsewhere nothing."""
    own = urlsplit(settings.PUBLIC_URL)

    def tell(link: re.Match[str]) -> str:
        address = urlsplit(link[1])
        if (address.scheme, address.netloc) != (own.scheme, own.netloc):
            return link[0]
        query = f"{address.query}&amp;" if address.query else ""
        told = address._replace(query=f"{query}{CODE}={code}").geturl()
        return link[0].replace(f'href="{link[1]}"', f'href="{told}"', 1)

    return _LINK.sub(tell, html) if code else html


def code_in(address: str) -> str:
    """The code of a mailing in an address of this site; empty when there is none."""
    try:
        found = parse_qs(urlsplit(address).query).get(CODE, [""])[0]
    except ValueError:
        return ""
    return found if _CODE.fullmatch(found) else ""


# Legal mentions -------------------------------------------------------------------------------------

_UNSUBSCRIBE_HERE = "https://unsubscribe.invalid/"
_NAMES = {
    "controller": lambda: pgettext("mention", "who sends it (AMIRAL_PUBLISHER is not set)"),
    "purpose": lambda: pgettext("mention", "to what the reader agreed"),
    "origin": lambda: pgettext("mention", "where the data come from"),
    "rights": lambda: pgettext("mention", "how to use one’s rights"),
    "complaint": lambda: pgettext("mention", "where to complain"),
    "unsubscribe": lambda: pgettext("mention", "how to receive no more letters"),
}


def wanted(*, purpose: str, language: str) -> Notice:
    """What every letter must say, in the words of its language. Outside the demonstration a campaign that
    does not say who publishes says nothing there.
    """
    with translation.override(language):
        said = dict(mentions(purpose=purpose, unsubscribe_url=_UNSUBSCRIBE_HERE))
    said["controller"] = said["controller"] if settings.PUBLISHER or settings.DEMONSTRATION else ""
    return Notice(text="", mentions=tuple(said.items()))


# What keeps it from leaving -------------------------------------------------------------------------


def lint(*, french: MailingTexts, english: MailingTexts, sender_name: str, purpose: str) -> tuple[Lint, ...]:
    """Everything that stands in the way, then what should be looked at; sentences of the active language."""
    texts = {"fr": french, "en": english}
    written = {language: one for language, one in texts.items() if not one.empty}
    found = [*_lint_languages(written), *_lint_sender(sender_name)]
    for language, one in written.items():
        found += _lint_text(one, language)
        found += _lint_mentions(one, language, purpose)
    return tuple(sorted(found, key=lambda problem: not problem.stops))


def _lint_languages(written: Mapping[str, MailingTexts]) -> Iterable[Lint]:
    if not written:
        yield Lint(sentence=_("Nothing is written yet: give the letter a subject and a text."))
    elif "fr" not in written:
        yield Lint(sentence=_("The French letter is missing: most people read that one. Write it."))
    elif "en" not in written:
        yield Lint(
            sentence=_("There is no English letter: those who read English receive the French one."),
            stops=False,
        )


def _lint_sender(sender_name: str) -> Iterable[Lint]:
    if not sender_name.strip():
        yield Lint(sentence=_("Say who writes: the name of the sender is empty."))
    elif set(sender_name) & set('<>"@\r\n'):
        yield Lint(sentence=_('Write the name of the sender without < > " @: they belong to addresses.'))


def _lint_text(one: MailingTexts, language: str) -> Iterable[Lint]:
    words = {"language": _("in French") if language == "fr" else _("in English")}
    if not one.subject.strip():
        yield Lint(sentence=_("The subject %(language)s is empty.") % words)
    if not one.body.strip():
        yield Lint(sentence=_("The text %(language)s is empty.") % words)
    for name in _unknown(f"{one.subject}\n{one.body}"):
        yield Lint(
            sentence=_(
                "There is no field {%(name)s} (text %(language)s). There are {prenom}, {nom} and {commune};"
                " with what to write when it is empty: {prenom|vous}."
            )
            % (words | {"name": name})
        )
    if _fields_lost(one.body):
        yield Lint(
            sentence=_("A field stands inside the address of a link (text %(language)s): take it out.")
            % words
        )
    if tag := _TAG.search(one.body):
        yield Lint(
            sentence=_(
                "The text %(language)s holds HTML (%(tag)s), which would be read as it stands: use Markdown."
            )
            % (words | {"tag": tag[0][:30]})
        )


def _unknown(text: str) -> list[str]:
    names = (found[1] for found in _FIELD.finditer(text))
    return [name for name in dict.fromkeys(names) if name.strip().casefold() not in FIELDS]


def _fields_lost(body: str) -> bool:
    marked, slots = _marked(body)
    return len(_MARK.findall(to_html(marked))) < len(slots)


def _lint_mentions(one: MailingTexts, language: str, purpose: str) -> Iterable[Lint]:
    """Read as a receiver would read it: the finished letter, both its text and its HTML."""
    made = compiled(one, language=language, purpose=purpose, code="")
    letter = rendered(made, {UNSUBSCRIBE: _UNSUBSCRIBE_HERE})
    notice = wanted(purpose=purpose, language=language)
    parts = (letter.text, to_text(_spelled(letter.html)))
    lacking = dict.fromkeys(
        name for part in parts for name in people.missing_mentions(text=part, notice=notice)
    )
    if lacking:
        yield Lint(
            sentence=_("The letter %(language)s lacks what the law asks for: %(mentions)s.")
            % {
                "language": _("in French") if language == "fr" else _("in English"),
                "mentions": ", ".join(_NAMES[name]() for name in lacking),
            }
        )
