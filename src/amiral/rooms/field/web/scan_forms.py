"""Forms of filled-in pages: sending pictures, and checking what was read of them."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.forms.boundfield import BoundField
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from amiral.cores.outcomes import Outcome
from amiral.rooms.field.queries.scanning import KEEP, NOTHING, Line, Review


class _ManyFiles(forms.ClearableFileInput):
    allow_multiple_selected = True


class FilesField(forms.FileField):
    """One or more files."""

    widget = _ManyFiles

    def clean(self, data: Any, initial: Any = None) -> list[Any]:
        """Every file that was sent; the first one that is empty or unnamed is refused."""
        given = data if isinstance(data, list | tuple) else [data]
        return [super(FilesField, self).clean(one, initial) for one in given or [None]]


class SendForm(forms.Form):
    """Photographs or scans of the pages of a walk list."""

    pages = FilesField(
        label=_("Photographs or scans"),
        help_text=_(
            "JPEG, PNG or PDF; up to 20 files of 15 MB. Each page whole and flat, with its four black"
            " squares, in good light. One picture may hold several pages."
        ),
        # Named kinds: a telephone then turns its own format into JPEG by itself.
        widget=_ManyFiles(attrs={"multiple": True, "accept": "image/jpeg,image/png,application/pdf"}),
    )


class ReviewForm(forms.Form):
    """One choice for each line of a page: certain ones filled in, the others to be answered."""

    vu = forms.CharField(widget=forms.HiddenInput, max_length=20)

    def __init__(self, *args: Any, review: Review, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._lines = {_name(line): line for line in review.lines if not line.is_gone}
        self.initial.setdefault("vu", review.seen)
        for name, line in self._lines.items():
            self.fields[name] = _field(line, review.choices)

    def bound(self, line: Line) -> BoundField:
        """The field of a line."""
        return self[_name(line)]

    @property
    def answers(self) -> dict[int, Outcome | None]:
        """For each line that is to be entered, its outcome or nothing; lines that stay are left out."""
        chosen = {line.row: self.cleaned_data[name] for name, line in self._lines.items()}
        return {
            row: None if value == NOTHING else Outcome(value)
            for row, value in chosen.items()
            if value != KEEP
        }


def _name(line: Line) -> str:
    return f"ligne-{line.row}"


def _field(line: Line, choices: Sequence[tuple[str, str | Promise]]) -> forms.ChoiceField:
    """Radio buttons for a question, a short list for what is certain."""
    keep = [(KEEP, _("Keep what is recorded"))] if line.can_keep else []
    widget = forms.RadioSelect if line.is_asked else forms.Select
    return forms.ChoiceField(
        label=line.label,
        choices=[*choices, (NOTHING, _("Nothing on this line")), *keep],
        initial=line.answer,
        widget=widget,
        error_messages={"required": _("Say what is ticked on this line.")},
    )
