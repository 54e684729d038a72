"""Pages of this room: access, one query or verb, a template."""

from collections.abc import Callable
from uuid import UUID

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from amiral.kit.clock import now
from amiral.kit.errors import Refused
from amiral.kit.ratelimit import limited
from amiral.rooms.moderation.contracts import Grounds
from amiral.rooms.network import access, actions
from amiral.rooms.network.contracts import Openness
from amiral.rooms.network.queries import groups as group_queries
from amiral.rooms.network.queries import members as member_queries
from amiral.rooms.network.queries import pages, words
from amiral.rooms.network.web.feed_forms import PublishForm
from amiral.rooms.network.web.forms import CommentForm, GroupForm, LeaderForm, PostForm, ReportForm

HOUR_S = 3600
show_or_send = require_http_methods(["GET", "HEAD", "POST"])


def visitor(request: HttpRequest) -> UUID | None:
    """The person who is signed in, if any."""
    return request.user.pk if request.user.is_authenticated else None


def member(request: HttpRequest) -> UUID:
    """The person who is signed in, behind ``login_required``."""
    person_id = visitor(request)
    assert person_id is not None
    return person_id


def done(form: forms.Form, verb: Callable[[], object]) -> bool:
    """Runs ``verb`` if the form is sent and valid; a refusal is shown in the form."""
    if not form.is_valid():
        return False
    try:
        verb()
    except Refused as refusal:
        form.add_error(None, str(refusal))
        return False
    return True


def done_by_button(request: HttpRequest, verb: Callable[[], object], *, said: str) -> None:
    """Runs ``verb``; ``said`` or the refusal is shown on the next page."""
    try:
        verb()
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, said)


# Groups --------------------------------------------------------------------------------------------


@require_safe
def groups(request: HttpRequest) -> HttpResponse:
    """Find a group; one's own groups and what was said there."""
    text = request.GET.get("q", "").strip()[:100]
    only = bool(request.GET.get("certifies"))
    page = pages.groups_page(person_id=visitor(request), text=text, certified_only=only)
    return render(request, "network/groups.html", {"page": page})


@login_required
@require_safe
def welcome(request: HttpRequest) -> HttpResponse:
    """The first page of a new member: which group, why, what next."""
    page = pages.welcome_page(person_id=member(request))
    return render(request, "network/welcome.html", {"page": page})


@require_safe
def group(request: HttpRequest, slug: str) -> HttpResponse:
    """The public part for everybody, the members' part for those who may read it."""
    found = access.access_group_by_slug(slug=slug, person_id=visitor(request))
    page = pages.group_page(group=found, person_id=visitor(request), page_number=request.GET.get("page", "1"))
    form = _offer_names(PostForm(), slug)
    return render(request, "network/group.html", {"page": page, "form": form, "group": page.group})


def _offer_names(form: forms.Form, slug: str) -> forms.Form:
    """Where a script asks for the names behind an @; without it, the list of members shows them."""
    form.fields["body"].widget.attrs["data-names"] = reverse("network:mentions", args=[slug])
    return form


@login_required
@limited(scope="network-new-group", limit=20, window_s=HOUR_S)
@show_or_send
def new_group(request: HttpRequest) -> HttpResponse:
    """Choose a commune, then name its group."""
    commune_id = request.GET.get("commune", "")
    if not commune_id:
        return _choose_commune(request)
    access.access_territory_to_group_by_id(person_id=member(request), territory_id=commune_id)
    form = GroupForm(request.POST if request.method == "POST" else None)
    if done(form, lambda: _create(request, form, commune_id)):
        return redirect("network:groups")
    place = group_queries.territory_name(territory_id=commune_id)
    return render(request, "network/new_group.html", {"form": form, "commune_name": place})


def _choose_commune(request: HttpRequest) -> HttpResponse:
    access.access_some_territory_to_group(person_id=member(request))
    text = request.GET.get("q", "").strip()[:100]
    found = group_queries.communes_to_group(person_id=member(request), text=text)
    return render(request, "network/choose_commune.html", {"text": text, "found": found})


def _create(request: HttpRequest, form: GroupForm, commune_id: str) -> None:
    actions.create_local_group(
        by_id=member(request),
        name=form.cleaned_data["name"],
        commune_id=commune_id,
        presentation=form.cleaned_data["presentation"],
        at=now(),
    )
    messages.success(request, _("The group has been created."))


@login_required
@limited(scope="network-edit", limit=60, window_s=HOUR_S)
@show_or_send
def edit(request: HttpRequest, slug: str) -> HttpResponse:
    """Name and presentation, by those who lead the group."""
    found = access.access_group_to_manage_by_slug(person_id=member(request), slug=slug)
    before = {"name": found.name, "presentation": found.presentation}
    form = GroupForm(request.POST if request.method == "POST" else None, initial=before)
    if done(form, lambda: actions.edit_group(by_id=member(request), group_id=found.pk, **form.cleaned_data)):
        return redirect("network:group", slug=slug)
    return render(request, "network/edit.html", {"group": group_queries.card_of(found), "form": form})


# Members -------------------------------------------------------------------------------------------


@login_required
@require_safe
def members(request: HttpRequest, slug: str) -> HttpResponse:
    """Public names of the members, for the members."""
    found, rights = access.access_group_to_read_by_slug(person_id=member(request), slug=slug)
    page = member_queries.members(group_id=found.pk, page_number=request.GET.get("page", "1"))
    context = {"group": group_queries.card_of(found), "page": page, "rights": rights}
    return render(request, "network/members.html", context)


@login_required
@limited(scope="network-join", limit=60, window_s=HOUR_S)
@require_POST
def join(request: HttpRequest, slug: str) -> HttpResponse:
    """Joins by choice."""
    found = access.access_group_by_slug(slug=slug, person_id=member(request))
    done_by_button(
        request,
        lambda: actions.join(person_id=member(request), group_id=found.pk, at=now()),
        said=_("Your request has been sent to those who lead the group.")
        if found.openness == Openness.MODERATED
        and not access.may_manage(person_id=member(request), group=found)
        else _("You are now a member of this group."),
    )
    return redirect("network:group", slug=slug)


@login_required
@limited(scope="network-join", limit=60, window_s=HOUR_S)
@require_POST
def leave(request: HttpRequest, slug: str) -> HttpResponse:
    """Leaves at once."""
    found = access.access_group_by_slug(slug=slug, person_id=member(request))
    done_by_button(
        request,
        lambda: actions.leave(person_id=member(request), group_id=found.pk, at=now()),
        said=_("You have left this group."),
    )
    if not access.is_visible(person_id=member(request), group=found):
        return redirect("network:groups")
    return redirect("network:group", slug=slug)


@login_required
@limited(scope="network-leaders", limit=30, window_s=HOUR_S)
@show_or_send
def leaders(request: HttpRequest, slug: str) -> HttpResponse:
    """Who leads the group; names another of its members."""
    found = access.access_group_to_name_leaders_by_slug(person_id=member(request), slug=slug)
    if request.method == "POST":
        form = LeaderForm(request.POST)
        if form.is_valid():
            _name_leader(request, found.pk, form.cleaned_data["person_id"])
        return redirect("network:leaders", slug=slug)
    text = request.GET.get("q", "").strip()[:100]
    context = {
        "group": group_queries.card_of(found),
        "leaders": member_queries.leaders(group_id=found.pk),
        "members": member_queries.members_to_name(group_id=found.pk, text=text),
        "text": text,
    }
    return render(request, "network/leaders.html", context)


def _name_leader(request: HttpRequest, group_id: UUID, person_id: UUID) -> None:
    done_by_button(
        request,
        lambda: actions.name_leader(by_id=member(request), group_id=group_id, person_id=person_id),
        said=_("The mandate is granted, and the person gets a message."),
    )


@login_required
@limited(scope="network-leaders", limit=30, window_s=HOUR_S)
@require_POST
def remove_leader(request: HttpRequest, slug: str, mandate_id: UUID) -> HttpResponse:
    """Ends a mandate over the group."""
    found = access.access_group_by_slug(slug=slug, person_id=member(request))
    done_by_button(
        request,
        lambda: actions.remove_leader(by_id=member(request), group_id=found.pk, mandate_id=mandate_id),
        said=_("The mandate has ended."),
    )
    return redirect("network:group", slug=slug)


# What is said --------------------------------------------------------------------------------------


@login_required
@limited(scope="network-publish", limit=30, window_s=HOUR_S)
@show_or_send
def publish(request: HttpRequest, slug: str) -> HttpResponse:
    """A post in the group."""
    found = access.access_group_to_write_by_slug(person_id=member(request), slug=slug)
    sent = (request.POST, request.FILES) if request.method == "POST" else (None, None)
    may_announce = access.may_manage(person_id=member(request), group=found)
    form = PublishForm(*sent, may_announce=may_announce)
    _offer_names(form, slug)
    if done(
        form,
        lambda: actions.publish(
            author_id=member(request),
            group_id=found.pk,
            body=form.cleaned_data["body"],
            announcement=form.cleaned_data.get("is_announcement", False),
            pictures=form.pictures(),
            poll=form.poll(),
            at=now(),
        ),
    ):
        return redirect("network:group", slug=slug)
    return render(request, "network/publish.html", {"group": group_queries.card_of(found), "form": form})


@login_required
@limited(scope="network-comment", limit=60, window_s=HOUR_S)
@show_or_send
def post(request: HttpRequest, post_id: UUID) -> HttpResponse:
    """A post with all its comments; adds one."""
    found, rights = access.access_post_by_id(person_id=member(request), post_id=post_id)
    form = CommentForm(request.POST if request.method == "POST" else None)
    _offer_names(form, found.group.slug)
    if done(
        form,
        lambda: actions.comment(
            author_id=member(request), post_id=found.pk, body=form.cleaned_data["body"], at=now()
        ),
    ):
        return redirect("network:post", post_id=post_id)
    view = words.post_view(post=found, person_id=member(request))
    return render(request, "network/post.html", {"post": view, "rights": rights, "form": form})


@login_required
@limited(scope="network-delete", limit=120, window_s=HOUR_S)
@show_or_send
def delete_post(request: HttpRequest, post_id: UUID) -> HttpResponse:
    """Asks, then deletes one's own post."""
    found = access.access_own_post_by_id(person_id=member(request), post_id=post_id)
    if request.method == "POST":
        actions.delete_post(by_id=member(request), post_id=post_id)
        messages.success(request, _("Your post has been deleted."))
        return redirect("network:group", slug=found.group.slug)
    view = words.post_view(post=found, person_id=member(request))
    return render(request, "network/delete_post.html", {"post": view})


@login_required
@limited(scope="network-delete", limit=120, window_s=HOUR_S)
@require_POST
def delete_comment(request: HttpRequest, comment_id: UUID) -> HttpResponse:
    """Deletes one's own comment."""
    found = access.access_own_comment_by_id(person_id=member(request), comment_id=comment_id)
    actions.delete_comment(by_id=member(request), comment_id=comment_id)
    messages.success(request, _("Your comment has been deleted."))
    return redirect("network:group", slug=found.post.group.slug)


@login_required
@limited(scope="network-report", limit=20, window_s=HOUR_S)
@show_or_send
def report_post(request: HttpRequest, post_id: UUID) -> HttpResponse:
    """Asks the moderators to look at a post."""
    found, _rights = access.access_post_by_id(person_id=member(request), post_id=post_id)
    form = ReportForm(request.POST if request.method == "POST" else None)
    if done(
        form,
        lambda: actions.report_post(
            by_id=member(request),
            post_id=found.pk,
            grounds=_grounds(form),
            explanation=form.cleaned_data["explanation"],
        ),
    ):
        return _thank(request, found.group.slug)
    view = words.said(words=found, person_id=member(request))
    return _report_page(request, form, view, post_id=found.pk)


@login_required
@limited(scope="network-report", limit=20, window_s=HOUR_S)
@show_or_send
def report_comment(request: HttpRequest, comment_id: UUID) -> HttpResponse:
    """Asks the moderators to look at a comment."""
    found = access.access_comment_by_id(person_id=member(request), comment_id=comment_id)
    form = ReportForm(request.POST if request.method == "POST" else None)
    if done(
        form,
        lambda: actions.report_comment(
            by_id=member(request),
            comment_id=found.pk,
            grounds=_grounds(form),
            explanation=form.cleaned_data["explanation"],
        ),
    ):
        return _thank(request, found.post.group.slug)
    view = words.said(words=found, person_id=member(request))
    return _report_page(request, form, view, post_id=found.post_id)


def _report_page(request: HttpRequest, form: ReportForm, said: object, *, post_id: UUID) -> HttpResponse:
    context = {"form": form, "words": said, "back": reverse("network:post", kwargs={"post_id": post_id})}
    return render(request, "network/report.html", context)


def _grounds(form: ReportForm) -> Grounds:
    return Grounds(form.cleaned_data["grounds"])


def _thank(request: HttpRequest, slug: str) -> HttpResponse:
    messages.success(request, _("Thank you. A moderator will look at it, and you will get a message."))
    return redirect("network:group", slug=slug)
