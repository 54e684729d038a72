"""Forms of this room. They check manners; the verbs check the rules."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from amiral.rooms.moderation import api as moderation
from amiral.rooms.moderation.contracts import EXPLANATION_MAX_CHARACTERS
from amiral.rooms.network.contracts import (
    COMMENT_MAX_CHARACTERS,
    NAME_MAX_CHARACTERS,
    POST_MAX_CHARACTERS,
    PRESENTATION_MAX_CHARACTERS,
)


class PostForm(forms.Form):
    """A message to a group."""

    body = forms.CharField(
        label=_("Your message to the group"),
        help_text=_(
            "Plain text or Markdown. Read by the members and by those who coordinate the group, nobody else."
        ),
        max_length=POST_MAX_CHARACTERS,
        widget=forms.Textarea(attrs={"rows": 5}),
    )


class CommentForm(forms.Form):
    """An answer under a post."""

    body = forms.CharField(
        label=_("Your comment"),
        max_length=COMMENT_MAX_CHARACTERS,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class ReportForm(forms.Form):
    """Asks the moderators to look at something."""

    grounds = forms.ChoiceField(label=_("What is wrong?"), widget=forms.RadioSelect)
    explanation = forms.CharField(
        label=_("In your own words"),
        required=False,
        max_length=EXPLANATION_MAX_CHARACTERS,
        widget=forms.Textarea(attrs={"rows": 4}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["grounds"] = forms.ChoiceField(
            label=self.base_fields["grounds"].label,
            choices=moderation.grounds_choices(),
            widget=forms.RadioSelect,
        )


class GroupForm(forms.Form):
    """Name and public presentation of a group."""

    name = forms.CharField(label=_("Name of the group"), max_length=NAME_MAX_CHARACTERS)
    presentation = forms.CharField(
        label=_("Presentation"),
        help_text=_("Plain text or Markdown. Everybody can read it, members or not."),
        required=False,
        max_length=PRESENTATION_MAX_CHARACTERS,
        widget=forms.Textarea(attrs={"rows": 8}),
    )


class LeaderForm(forms.Form):
    """The button beside a member's name."""

    person_id = forms.UUIDField()
