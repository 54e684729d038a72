"""The feed, what one is told, polls, pictures, pins and the search: access, one query or verb, a template."""

from datetime import datetime
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from amiral.kit import streams
from amiral.kit.clock import now
from amiral.kit.errors import NotFound
from amiral.kit.ratelimit import limited
from amiral.rooms.network import access, actions
from amiral.rooms.network.queries import feed as feed_queries
from amiral.rooms.network.queries import mentions as mention_queries
from amiral.rooms.network.queries import notifications as notification_queries
from amiral.rooms.network.queries import pictures as picture_queries
from amiral.rooms.network.queries import search as search_queries
from amiral.rooms.network.queries import words
from amiral.rooms.network.web.feed_forms import BallotForm, TellForm
from amiral.rooms.network.web.views import HOUR_S, done_by_button, member

A_MINUTE_S = 60


def part_of(request: HttpRequest) -> feed_queries.Part:
    """Which part of the feed is asked for; the whole of it for anything unknown."""
    asked = request.GET.get("quoi", "")
    return feed_queries.Part(asked) if asked in set(feed_queries.Part) else feed_queries.Part.ALL


@login_required
@require_safe
def feed(request: HttpRequest) -> HttpResponse:
    """The newest of one's groups, territory and mentions."""
    part = part_of(request)
    page = feed_queries.page(person_id=member(request), part=part, after=request.GET.get("apres", ""))
    new = notification_queries.new_count(person_id=member(request))
    context = {"page": page, "part": part, "new_count": new, "is_first": "apres" not in request.GET}
    return render(request, "network/feed.html", context)


@login_required
@require_safe
def live(request: HttpRequest) -> HttpResponseBase:
    """How much is new since the page was read, as it comes."""
    reader_id, part, since = member(request), part_of(request), request.GET.get("depuis", "")[:80]

    def look(_at: datetime) -> streams.News:
        new = notification_queries.new_count(person_id=reader_id)
        return {"posts": feed_queries.count_newer(person_id=reader_id, part=part, than=since), "told": new}

    return streams.answer(person_id=reader_id, event="feed", look=look, clock=now)


@login_required
@limited(scope="network-search", limit=60, window_s=A_MINUTE_S, methods=("GET",))
@require_safe
def search(request: HttpRequest) -> HttpResponse:
    """What was said, over what the reader may read."""
    text = request.GET.get("q", "").strip()[:100]
    before = request.GET.get("avant", "0")
    mark = int(before) if before.isdecimal() and len(before) < 19 else 0
    found = search_queries.search(person_id=member(request), text=text, before=mark) if text else None
    return render(request, "network/search.html", {"text": text, "page": found})


@login_required
@limited(scope="network-notifications", limit=60, window_s=HOUR_S)
@require_http_methods(["GET", "HEAD", "POST"])
def notifications(request: HttpRequest) -> HttpResponse:
    """What one was told, and how one wants to be told."""
    lines = notification_queries.choice_lines(person_id=member(request))
    form = TellForm(request.POST if request.method == "POST" else None, lines=lines)
    if form.is_valid():
        for kind, tell, way in form.changed():
            actions.choose(person_id=member(request), kind=kind, tell=tell, way=way)
        messages.success(request, _("Your choice is saved."))
        return redirect("network:notifications")
    page = notification_queries.notifications(
        person_id=member(request), page_number=request.GET.get("page", "1")
    )
    return render(request, "network/notifications.html", {"page": page, "form": form})


@login_required
@require_safe
def notification(request: HttpRequest, notification_id: UUID) -> HttpResponse:
    """Goes where a notification points; it is no longer new."""
    found = access.access_notification_by_id(person_id=member(request), notification_id=notification_id)
    actions.mark_read(person_id=member(request), notification_id=found.pk, at=now())
    return redirect(found.url)


@login_required
@limited(scope="network-notifications", limit=60, window_s=HOUR_S)
@require_POST
def all_read(request: HttpRequest) -> HttpResponse:
    """Nothing is new any more."""
    actions.mark_read(person_id=member(request), at=now())
    return redirect("network:notifications")


@login_required
@limited(scope="network-mentions", limit=120, window_s=A_MINUTE_S, methods=("GET",))
@require_safe
def mentions(request: HttpRequest, slug: str) -> JsonResponse:
    """The members whose name begins so, for those who may write in the group."""
    group = access.access_group_to_write_by_slug(person_id=member(request), slug=slug)
    found = mention_queries.complete(
        group_id=group.pk, person_id=member(request), text=request.GET.get("q", "")[:60]
    )
    return JsonResponse({"members": [{"handle": one.handle, "name": one.public_name} for one in found]})


@login_required
@require_safe
def picture(request: HttpRequest, picture_id: UUID, size: str) -> HttpResponse:
    """A picture, for those who read the post."""
    found = access.access_picture_by_id(person_id=member(request), picture_id=picture_id)
    if size not in {"petite", "grande"}:
        raise NotFound
    content = picture_queries.content_of(picture=found, small=size == "petite")
    # Kept by the reader's own browser only, and for an hour: it may be hidden or deleted.
    headers = {"Cache-Control": "private, max-age=3600", "Content-Disposition": "inline"}
    return HttpResponse(content, content_type="image/jpeg", headers=headers)


@login_required
@limited(scope="network-vote", limit=60, window_s=HOUR_S)
@require_POST
def vote(request: HttpRequest, post_id: UUID) -> HttpResponse:
    """One ballot."""
    found, _rights = access.access_post_by_id(person_id=member(request), post_id=post_id)
    poll = words.post_view(post=found, person_id=member(request)).poll
    form = BallotForm(request.POST, poll=poll) if poll else None
    chosen = form.cleaned_data["choices"] if form and form.is_valid() else []
    done_by_button(
        request,
        lambda: actions.vote(by_id=member(request), post_id=post_id, choice_ids=chosen, at=now()),
        said=_("Your vote is counted. Nobody sees what you chose."),
    )
    return redirect("network:post", post_id=post_id)


@login_required
@limited(scope="network-pin", limit=60, window_s=HOUR_S)
@require_POST
def pin(request: HttpRequest, post_id: UUID) -> HttpResponse:
    """Keeps a post at the top of its group."""
    actions.pin(by_id=member(request), post_id=post_id, at=now())
    messages.success(request, _("The post stays at the top of the group."))
    return redirect("network:post", post_id=post_id)


@login_required
@limited(scope="network-pin", limit=60, window_s=HOUR_S)
@require_POST
def unpin(request: HttpRequest, post_id: UUID) -> HttpResponse:
    """Lets a post go down with the others."""
    actions.unpin(by_id=member(request), post_id=post_id)
    messages.success(request, _("The post goes down with the others."))
    return redirect("network:post", post_id=post_id)
