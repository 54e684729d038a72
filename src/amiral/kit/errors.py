"""Errors that any room may raise and every page knows how to show."""

from django.http import Http404


class Refused(Exception):
    """A request that the rules do not allow now.

    The sentence (``str(error)``) is translated, addressed to the user, and says what to do. ``final``: the
    same work would be refused again, so a run that ended so is not offered to be taken up again.
    """

    final = False


class NotFound(Http404):
    """Missing or forbidden: the two answer alike, so that nobody can probe what exists."""
