"""Numbers as the reader's language writes them."""

from django import template
from django.utils import formats

register = template.Library()


@register.filter
def grouped(value: int) -> str:
    """``1464`` → ``1 464`` in French, ``1,464`` in English."""
    return str(formats.number_format(value, force_grouping=True))
