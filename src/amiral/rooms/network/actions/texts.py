"""What is written: its limits, and what to say when it breaks them."""

from django.utils.translation import gettext as _

from amiral.kit.errors import Refused


class NothingSaid(Refused):
    """An empty post, comment or name."""

    def __init__(self) -> None:
        super().__init__(_("There is no text. Write something, then send it again."))


class TooLong(Refused):
    """Text beyond its limit."""

    def __init__(self, *, limit: int) -> None:
        sentence = _("The text is too long: shorten it to %(limit)d characters at most, then send it again.")
        super().__init__(sentence % {"limit": limit})


def text_within(text: str, *, limit: int, may_be_empty: bool = False) -> str:
    """The text without the blanks around it; browsers count a line end as one character, forms send two."""
    stripped = text.replace("\r\n", "\n").strip()
    if not stripped and not may_be_empty:
        raise NothingSaid
    if len(stripped) > limit:
        raise TooLong(limit=limit)
    return stripped
