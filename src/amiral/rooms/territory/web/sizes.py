"""Sizes of files in words that people use."""

from django.utils.formats import number_format
from django.utils.translation import gettext as _

_UNITS = (("GB", 1 << 30), ("MB", 1 << 20), ("kB", 1 << 10))


def size_words(size: int) -> str:
    """``200 MB``; ``1.5 GB``. One decimal at most, none where it would be a zero."""
    words = {"GB": _("%(number)s GB"), "MB": _("%(number)s MB"), "kB": _("%(number)s kB")}
    for unit, bytes_each in _UNITS:
        if size >= bytes_each:
            tenths = round(10 * size / bytes_each)
            number = number_format(tenths / 10, decimal_pos=1 if tenths % 10 else 0)
            return words[unit] % {"number": number}
    return _("%(number)s bytes") % {"number": size}
