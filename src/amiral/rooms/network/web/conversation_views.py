"""Messages between members and in groups, and blocking: access, one query or verb, a template."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from amiral.kit.clock import now
from amiral.kit.ratelimit import limited
from amiral.rooms.moderation.contracts import Grounds
from amiral.rooms.network import access, actions
from amiral.rooms.network.contracts import Reachable
from amiral.rooms.network.queries import blocks as block_queries
from amiral.rooms.network.queries import conversations as queries
from amiral.rooms.network.queries import groups as group_queries
from amiral.rooms.network.queries import members as member_queries
from amiral.rooms.network.web.feed_forms import MessageForm, ReachForm
from amiral.rooms.network.web.forms import ReportForm
from amiral.rooms.network.web.views import HOUR_S, done, done_by_button, member

show_or_send = require_http_methods(["GET", "HEAD", "POST"])


@login_required
@require_safe
def conversations(request: HttpRequest) -> HttpResponse:
    """One's conversations."""
    page = queries.conversations(person_id=member(request), page_number=request.GET.get("page", "1"))
    return render(request, "network/conversations.html", {"page": page})


@login_required
@limited(scope="network-message", limit=60, window_s=HOUR_S)
@show_or_send
def conversation(request: HttpRequest, conversation_id: UUID) -> HttpResponse:
    """What was written; adds a message."""
    found = access.access_conversation_by_id(person_id=member(request), conversation_id=conversation_id)
    form = MessageForm(request.POST if request.method == "POST" else None)
    if done(
        form,
        lambda: actions.answer(
            by_id=member(request), conversation_id=found.pk, body=form.cleaned_data["body"], at=now()
        ),
    ):
        return redirect("network:conversation", conversation_id=conversation_id)
    page = queries.conversation_page(
        conversation=found, person_id=member(request), page_number=request.GET.get("page", "1")
    )
    actions.mark_seen(person_id=member(request), conversation_id=found.pk, at=now())
    return render(request, "network/conversation.html", {"page": page, "form": form})


@login_required
@limited(scope="network-first-message", limit=20, window_s=HOUR_S)
@show_or_send
def write_to(request: HttpRequest, person_id: UUID) -> HttpResponse:
    """A message to a member of one of one's groups."""
    access.access_fellow_by_id(person_id=member(request), other_id=person_id)
    form = MessageForm(request.POST if request.method == "POST" else None)
    if done(
        form,
        lambda: actions.write_to(
            by_id=member(request), person_id=person_id, body=form.cleaned_data["body"], at=now()
        ),
    ):
        return redirect("network:conversations")
    context = {"form": form, "name": member_queries.public_name(person_id=person_id)}
    return render(request, "network/write_to.html", context)


@login_required
@limited(scope="network-message", limit=60, window_s=HOUR_S)
@show_or_send
def write_to_group(request: HttpRequest, slug: str) -> HttpResponse:
    """The conversation of a group: the page that begins it."""
    group = access.access_group_to_write_by_slug(person_id=member(request), slug=slug)
    form = MessageForm(request.POST if request.method == "POST" else None)
    if done(
        form,
        lambda: actions.write_to_group(
            by_id=member(request), group_id=group.pk, body=form.cleaned_data["body"], at=now()
        ),
    ):
        return redirect("network:conversations")
    context = {"form": form, "group": group_queries.card_of(group)}
    return render(request, "network/write_to_group.html", context)


@login_required
@limited(scope="network-delete", limit=120, window_s=HOUR_S)
@require_POST
def delete_message(request: HttpRequest, message_id: UUID) -> HttpResponse:
    """Deletes one's own message."""
    conversation_id = actions.delete_message(by_id=member(request), message_id=message_id)
    messages.success(request, _("Your message has been deleted."))
    return redirect("network:conversation", conversation_id=conversation_id)


@login_required
@limited(scope="network-report", limit=20, window_s=HOUR_S)
@show_or_send
def report_message(request: HttpRequest, message_id: UUID) -> HttpResponse:
    """Shows one message to the moderators."""
    found = access.access_message_by_id(person_id=member(request), message_id=message_id)
    form = ReportForm(request.POST if request.method == "POST" else None)
    if done(
        form,
        lambda: actions.report_message(
            by_id=member(request),
            message_id=found.pk,
            grounds=Grounds(form.cleaned_data["grounds"]),
            explanation=form.cleaned_data["explanation"],
        ),
    ):
        messages.success(request, _("Thank you. A moderator will look at it, and you will get a message."))
        return redirect("network:conversation", conversation_id=found.conversation_id)
    view = queries.message_view(message=found, person_id=member(request))
    back = reverse("network:conversation", args=[found.conversation_id])
    return render(request, "network/report.html", {"form": form, "words": view, "back": back})


@login_required
@limited(scope="network-reach", limit=60, window_s=HOUR_S)
@show_or_send
def blocks(request: HttpRequest) -> HttpResponse:
    """Whom one has blocked, and who may write."""
    before = {"reachable": queries.reach_of(person_id=member(request)).value}
    form = ReachForm(request.POST if request.method == "POST" else None, initial=before)
    if done(
        form,
        lambda: actions.choose_reach(
            person_id=member(request), reachable=Reachable(form.cleaned_data["reachable"])
        ),
    ):
        messages.success(request, _("Your choice is saved."))
        return redirect("network:blocks")
    context = {"form": form, "blocked": block_queries.blocked_by(person_id=member(request))}
    return render(request, "network/blocks.html", context)


@login_required
@limited(scope="network-block", limit=60, window_s=HOUR_S)
@show_or_send
def block(request: HttpRequest, person_id: UUID) -> HttpResponse:
    """Asks, then blocks a member."""
    access.access_fellow_by_id(person_id=member(request), other_id=person_id)
    if request.method == "POST":
        done_by_button(
            request,
            lambda: actions.block(by_id=member(request), person_id=person_id, at=now()),
            said=_("You no longer read each other. Nobody is told."),
        )
        return redirect("network:blocks")
    return render(request, "network/block.html", {"name": member_queries.public_name(person_id=person_id)})


@login_required
@limited(scope="network-block", limit=60, window_s=HOUR_S)
@require_POST
def unblock(request: HttpRequest, person_id: UUID) -> HttpResponse:
    """Lifts one's own block."""
    actions.unblock(by_id=member(request), person_id=person_id)
    messages.success(request, _("The block is lifted."))
    return redirect("network:blocks")
