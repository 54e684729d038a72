"""The language of the commands that do not load Django: French where the environment is, English elsewhere.

Their catalogue is ``locale/fr/LC_MESSAGES/commands.po``, beside an English one of what is said of one thing
alone; a test holds both against the code.
"""

import gettext
import os
from collections.abc import Callable, Mapping
from functools import cache
from numbers import Integral
from pathlib import Path
from typing import Any

from amiral.cores.sentences import Figure, Sentence

DOMAIN = "commands"
FOLDER = Path(__file__).parent / "locale"
VARIABLES = ("LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG")
FRENCH, ENGLISH = "fr", "en"

SYSTEM_REASONS = (
    "Permission denied",
    "No space left on device",
    "No such file or directory",
    "Is a directory",
    "Not a directory",
    "Input/output error",
    "Read-only file system",
    "File name too long",
    "Disk quota exceeded",
    "Broken pipe",
)
"""What systems say of files; other reasons stay as the system says them."""


def language_of(environment: Mapping[str, str]) -> str:
    """``fr`` or ``en``, by the first variable that is set, in the order of gettext."""
    wanted = next((environment[name] for name in VARIABLES if environment.get(name)), "")
    return FRENCH if wanted.lower().startswith(FRENCH) else ENGLISH


def speak_in_library() -> None:
    """Lets argparse say its own words in the same language."""
    gettext.bindtextdomain(DOMAIN, FOLDER)
    gettext.textdomain(DOMAIN if language_of(os.environ) == FRENCH else "messages")


def told(text: str) -> str:
    """A text of the code, or a sentence made of one, in the language of the person."""
    language = language_of(os.environ)
    if not isinstance(text, Sentence):
        return text if language == ENGLISH else _catalogue(language).gettext(text)
    count, template = text.params.get("count"), text.template
    if isinstance(count, Integral):
        template = _catalogue(language).ngettext(template, template, int(count))
    elif language != ENGLISH:
        template = _catalogue(language).gettext(template)
    return template % {name: _filled(value, language) for name, value in text.params.items()}


def _filled(value: object, language: str) -> object:
    if isinstance(value, Sentence):
        return told(value)
    return value.replace(".", ",") if isinstance(value, Figure) and language == FRENCH else value


def renamed(sentence: Sentence, name_of: Callable[[str], str]) -> Sentence:
    """The sentence with what it speaks of called otherwise; only the first word of a name counts."""
    name = sentence.params.get("name")
    if isinstance(name, Sentence) and "name" in name.params:
        return Sentence(sentence.template, **{**sentence.params, "name": renamed(name, name_of)})
    if not isinstance(name, str) or isinstance(name, Sentence):
        return sentence
    first, blank, rest = name.partition(" ")
    other = f"{name_of(first)}{blank}{rest}" if blank else name_of(first)
    return Sentence(sentence.template, **{**sentence.params, "name": other})


def told_error(error: Exception) -> str:
    """What an error says, when it says a sentence."""
    said = error.args[0] if error.args else ""
    return told(said) if isinstance(said, Sentence) else str(error)


def all_told(value: Any) -> Any:
    """A report, ready for JSON, with each of its sentences in the language of the person."""
    if isinstance(value, Sentence):
        return told(value)
    if isinstance(value, dict):
        return {name: all_told(one) for name, one in value.items()}
    return [all_told(one) for one in value] if isinstance(value, list) else value


def unwritable(error: OSError) -> Sentence:
    """Why a result cannot be written."""
    return Sentence("Cannot write %(path)s: %(reason)s.", path=error.filename, reason=reason_of(error))


def reason_of(error: OSError) -> Sentence:
    """The system's words."""
    return Sentence(str(error.strerror).replace("%", "%%"))


def with_default(text: str, usual: float) -> str:
    """The help of an option that has a usual number, written as it is typed."""
    return told(Sentence("%(text)s (default %(usual)s)", text=Sentence(text), usual=f"{usual:g}"))


@cache
def _catalogue(language: str) -> gettext.NullTranslations:
    return gettext.translation(DOMAIN, FOLDER, languages=[language], fallback=True)
