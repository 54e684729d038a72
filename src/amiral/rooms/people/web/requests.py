"""What every page of this room reads of a request."""

from uuid import UUID

from django.http import HttpRequest, QueryDict


def me(request: HttpRequest) -> UUID:
    """Who is signed in; ``login_required`` has let nobody else through."""
    person_id = request.user.pk
    assert person_id is not None
    return person_id


def sent(request: HttpRequest) -> QueryDict | None:
    """What was sent, also when it is empty: an unticked box sends nothing."""
    return request.POST if request.method == "POST" else None
