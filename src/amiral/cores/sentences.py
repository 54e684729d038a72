"""English sentences for persons that know what they were made of, so that others can say them in French."""

from collections.abc import Mapping


class Figure(str):
    """A number as English writes it (``0.5``): other languages have another decimal sign."""

    __slots__ = ()


class Sentence(str):
    """``template`` (a msgid; blanks are ``%(name)s``, a percent sign is ``%%``) filled with ``params``.

    It is the English sentence wherever a text is wanted. A whole number called ``count`` decides between
    singular and plural; params may be sentences and figures themselves.
    """

    template: str
    params: Mapping[str, object]

    def __new__(cls, template: str, /, **params: object) -> "Sentence":
        made = super().__new__(cls, template % params)
        made.template, made.params = template, params
        return made

    def __reduce__(self) -> tuple[object, ...]:
        return _again, (self.template, dict(self.params))


def _again(template: str, params: dict[str, object]) -> Sentence:
    return Sentence(template, **params)
