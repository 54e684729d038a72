"""Pages of public announcements, of answers from other networks, and of speaking with other servers."""

from collections.abc import Callable
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from amiral.kit.clock import now
from amiral.kit.errors import NotFound
from amiral.kit.ratelimit import limited
from amiral.rooms.moderation.contracts import Grounds
from amiral.rooms.network import access
from amiral.rooms.network.actions import federating
from amiral.rooms.network.contracts import OutsideState
from amiral.rooms.network.models import Group
from amiral.rooms.network.queries import federation
from amiral.rooms.network.queries import groups as group_queries
from amiral.rooms.network.queries import outside as outside_queries
from amiral.rooms.network.web.federation_forms import DomainForm, DomainNameForm, NoteForm, OutsideAnswerForm
from amiral.rooms.network.web.forms import ReportForm
from amiral.rooms.network.web.views import HOUR_S, done, done_by_button, member, show_or_send, visitor

STATES = {
    "attente": OutsideState.WAITING,
    "montrees": OutsideState.SHOWN,
    "refusees": OutsideState.REFUSED,
}


# Announcements ------------------------------------------------------------------------------------


@require_safe
def notes(request: HttpRequest, slug: str) -> HttpResponse:
    """What a group announced to everybody."""
    found = access.access_group_by_slug(slug=slug, person_id=visitor(request))
    actor = outside_queries.actor_of_group(group_id=found.pk)
    if actor is None:
        raise NotFound
    page = outside_queries.notes_page(actor=actor, number=request.GET.get("page", "1"))
    context = {"group": group_queries.card_of(found), "page": page, "handle": federation.full_handle(actor)}
    return render(request, "network/notes.html", context)


@login_required
@limited(scope="network-note", limit=30, window_s=HOUR_S)
@show_or_send
def new_note(request: HttpRequest, slug: str) -> HttpResponse:
    """Announces something to everybody, by those who lead the group."""
    found = access.access_group_to_manage_by_slug(person_id=member(request), slug=slug)
    form = NoteForm(request.POST if request.method == "POST" else None)
    if done(form, lambda: _announce(request, form, found.pk)):
        return redirect("network:followable", slug=slug)
    context = {"group": group_queries.card_of(found), "form": form, "edited": False}
    return render(request, "network/new_note.html", context)


def _announce(request: HttpRequest, form: NoteForm, group_id: UUID | None) -> None:
    announced = federating.announce_to_all(
        by_id=member(request),
        group_id=group_id,
        body=form.cleaned_data["body"],
        other_body=form.cleaned_data["other_body"],
        at=now(),
    )
    _say(request, announced, _("The announcement is public and leaves for those who follow."))


def _say(request: HttpRequest, announced: federating.Announced, said: str) -> None:
    if announced.silence is None:
        messages.success(request, said)
        return
    waits = _("It waits and goes out by itself after the close.")
    messages.warning(request, f"{announced.silence.sentence} {waits}")


@login_required
@limited(scope="network-note", limit=30, window_s=HOUR_S)
@show_or_send
def edit_note(request: HttpRequest, note_id: UUID) -> HttpResponse:
    """Other words for a public announcement."""
    found = access.access_note_to_edit_by_id(person_id=member(request), note_id=note_id)
    before = {"body": found.body, "other_body": found.other_body}
    form = NoteForm(request.POST if request.method == "POST" else None, initial=before)
    if done(form, lambda: _edit(request, form, note_id)):
        messages.success(request, _("The announcement has been changed, here and where it went."))
        return _back(found.actor.group)
    group = group_queries.card_of(found.actor.group) if found.actor.group else None
    return render(request, "network/new_note.html", {"group": group, "form": form, "edited": True})


def _edit(request: HttpRequest, form: NoteForm, note_id: UUID) -> None:
    federating.edit_note(
        by_id=member(request),
        note_id=note_id,
        body=form.cleaned_data["body"],
        other_body=form.cleaned_data["other_body"],
        at=now(),
    )


def _back(group: Group | None) -> HttpResponse:
    return redirect("network:followable", slug=group.slug) if group else redirect("network:federation")


@login_required
@limited(scope="network-note", limit=30, window_s=HOUR_S)
@require_POST
def withdraw_note(request: HttpRequest, note_id: UUID) -> HttpResponse:
    """Takes a public announcement back."""
    found = access.access_note_to_edit_by_id(person_id=member(request), note_id=note_id)
    done_by_button(
        request,
        lambda: federating.withdraw(by_id=member(request), note_id=note_id, at=now()),
        said=_("The announcement is withdrawn. The servers that received it are asked to delete it."),
    )
    return _back(found.actor.group)


# Being followable ---------------------------------------------------------------------------------


@login_required
@require_safe
def followable(request: HttpRequest, slug: str) -> HttpResponse:
    """Whether a group can be followed from other networks, by how many, and what it announced."""
    found = access.access_group_to_manage_by_slug(person_id=member(request), slug=slug)
    actor = outside_queries.actor_of_group(group_id=found.pk)
    context = {
        "group": group_queries.card_of(found),
        "is_possible": federation.is_open(),
        "followable": outside_queries.followable(actor=actor) if actor else None,
        "notes": outside_queries.own_notes(actor=actor, at=now()) if actor else [],
        "waiting": outside_queries.waiting_count(actor_ids=[actor.pk]) if actor else 0,
    }
    return render(request, "network/followable.html", context)


@login_required
@limited(scope="network-edit", limit=60, window_s=HOUR_S)
@require_POST
def open_group(request: HttpRequest, slug: str) -> HttpResponse:
    """Lets a group be followed."""
    found = access.access_group_to_manage_by_slug(person_id=member(request), slug=slug)
    done_by_button(
        request,
        lambda: federating.open_group(by_id=member(request), group_id=found.pk, at=now()),
        said=_("The group can now be followed from other networks."),
    )
    return redirect("network:followable", slug=slug)


@login_required
@limited(scope="network-edit", limit=60, window_s=HOUR_S)
@require_POST
def close_group(request: HttpRequest, slug: str) -> HttpResponse:
    """Nobody follows it any more."""
    found = access.access_group_to_manage_by_slug(person_id=member(request), slug=slug)
    done_by_button(
        request,
        lambda: federating.close_group(by_id=member(request), group_id=found.pk, at=now()),
        said=_("The group can no longer be followed from other networks. Those who followed it are told."),
    )
    return redirect("network:followable", slug=slug)


# What comes back ----------------------------------------------------------------------------------


@login_required
@require_safe
def outside(request: HttpRequest) -> HttpResponse:
    """Answers from other networks to all groups that one leads, in one list."""
    actor_ids = outside_queries.actor_ids_led(person_id=member(request))
    if not actor_ids:
        raise NotFound
    asked = request.GET.get("etat", "attente")
    page = outside_queries.outside_page(
        actor_ids=actor_ids,
        state=STATES.get(asked, OutsideState.WAITING),
        number=request.GET.get("page", "1"),
    )
    context = {
        "page": page,
        "asked": asked if asked in STATES else "attente",
        "waiting": outside_queries.waiting_count(actor_ids=actor_ids),
    }
    return render(request, "network/outside.html", context)


@login_required
@limited(scope="network-outside", limit=200, window_s=HOUR_S)
@show_or_send
def outside_one(request: HttpRequest, reply_id: UUID) -> HttpResponse:
    """One answer: reading it, answering it."""
    access.access_outside_by_id(person_id=member(request), reply_id=reply_id)
    form = OutsideAnswerForm(request.POST if request.method == "POST" else None)
    if done(form, lambda: _answer(request, form, reply_id)):
        return redirect("network:outside_one", reply_id=reply_id)
    context = {
        "reply": outside_queries.outside_view(reply_id=reply_id),
        "form": form,
        "administers": access.may_federate(person_id=member(request)),
    }
    return render(request, "network/outside_one.html", context)


def _answer(request: HttpRequest, form: OutsideAnswerForm, reply_id: UUID) -> None:
    announced = federating.answer_outside(
        by_id=member(request), reply_id=reply_id, body=form.cleaned_data["body"], at=now()
    )
    _say(request, announced, _("Your answer leaves for the network on which you were written to."))


@login_required
@limited(scope="network-outside", limit=200, window_s=HOUR_S)
@require_POST
def decide_outside(request: HttpRequest, reply_id: UUID) -> HttpResponse:
    """Shows, passes on, refuses, or blocks the author or his server."""
    reply = access.access_outside_by_id(person_id=member(request), reply_id=reply_id)
    verbs = _decisions(request, reply_id, reply.remote.domain)
    verb, said = verbs.get(request.POST.get("verbe", ""), (None, ""))
    if verb is None:
        raise NotFound
    done_by_button(request, verb, said=said)
    return redirect("network:outside_one", reply_id=reply_id)


def _decisions(
    request: HttpRequest, reply_id: UUID, domain: str
) -> dict[str, tuple[Callable[[], object], str]]:
    by_id, at = member(request), now()
    return {
        "montrer": (
            lambda: federating.show(by_id=by_id, reply_id=reply_id, at=at),
            _("Everybody can now read it under the announcement."),
        ),
        "relayer": (
            lambda: federating.show(by_id=by_id, reply_id=reply_id, pass_on=True, at=at),
            _("Everybody can now read it, and those who follow the group receive it."),
        ),
        "refuser": (
            lambda: federating.refuse(by_id=by_id, reply_id=reply_id, at=at),
            _("It is refused: nobody else reads it here. It is deleted after thirty days."),
        ),
        "bloquer": (
            lambda: federating.block_author(by_id=by_id, reply_id=reply_id, at=at),
            _("This account is blocked for all groups. An administrator can undo it."),
        ),
        "bloquer-serveur": (
            lambda: federating.block_domain(by_id=by_id, domain=domain, reason="", at=at),
            _("This server is blocked."),
        ),
    }


@login_required
@limited(scope="network-report", limit=30, window_s=HOUR_S)
@show_or_send
def report_outside(request: HttpRequest, reply_id: UUID) -> HttpResponse:
    """Asks the moderators to look at words from elsewhere that are shown here."""
    reply = access.access_shown_outside_by_id(person_id=member(request), reply_id=reply_id)
    form = ReportForm(request.POST if request.method == "POST" else None)
    if done(form, lambda: _report(request, form, reply_id)):
        messages.success(request, _("Thank you. The moderators will look at it."))
        return redirect("network:note", note_id=reply.note_id) if reply.note_id else redirect("home")
    view = outside_queries.outside_view(reply_id=reply_id)
    return render(request, "network/report_outside.html", {"form": form, "reply": view})


def _report(request: HttpRequest, form: ReportForm, reply_id: UUID) -> None:
    federating.report_outside(
        by_id=member(request),
        reply_id=reply_id,
        grounds=Grounds(form.cleaned_data["grounds"]),
        explanation=form.cleaned_data["explanation"],
    )


# Other servers ------------------------------------------------------------------------------------


@login_required
@require_safe
def federation_page(request: HttpRequest) -> HttpResponse:
    """For administrators: open or closed, who is followed by how many, servers blocked or out of order."""
    return _federation_page(request, DomainForm(), NoteForm())


def _federation_page(request: HttpRequest, domain_form: DomainForm, note_form: NoteForm) -> HttpResponse:
    access.access_federation(person_id=member(request))
    own = federation.campaign()
    context = {
        "is_possible": federation.is_possible(),
        "is_open": federation.is_open(),
        "followable": outside_queries.all_followable(),
        "domains": outside_queries.domains(),
        "accounts": outside_queries.blocked_accounts(),
        "notes": outside_queries.own_notes(actor=own, at=now()) if own else [],
        "domain_form": domain_form,
        "note_form": note_form,
    }
    return render(request, "network/federation.html", context)


@login_required
@limited(scope="network-note", limit=30, window_s=HOUR_S)
@require_POST
def campaign_note(request: HttpRequest) -> HttpResponse:
    """Announces something in the name of the campaign."""
    access.access_federation(person_id=member(request))
    form = NoteForm(request.POST)
    if done(form, lambda: _announce(request, form, None)):
        return redirect("network:federation")
    return _federation_page(request, DomainForm(), form)


@login_required
@limited(scope="network-federation", limit=60, window_s=HOUR_S)
@require_POST
def open_federation(request: HttpRequest) -> HttpResponse:
    """Lets groups be followed."""
    return _administered(
        request,
        lambda: federating.open_federation(by_id=member(request), at=now()),
        _("Groups can now be opened to other networks, each by those who lead it."),
    )


@login_required
@limited(scope="network-federation", limit=60, window_s=HOUR_S)
@require_POST
def close_federation(request: HttpRequest) -> HttpResponse:
    """Closes everything."""
    return _administered(
        request,
        lambda: federating.close_federation(by_id=member(request), at=now()),
        _("Nothing is exchanged with other networks any more. Those who followed are told."),
    )


@login_required
@limited(scope="network-federation", limit=60, window_s=HOUR_S)
@require_POST
def block_domain(request: HttpRequest) -> HttpResponse:
    """Nothing comes from a server any more, and nothing goes there."""
    access.access_federation(person_id=member(request))
    form = DomainForm(request.POST)
    if done(form, lambda: federating.block_domain(by_id=member(request), **form.cleaned_data, at=now())):
        messages.success(request, _("This server is blocked."))
        return redirect("network:federation")
    return _federation_page(request, form, NoteForm())


@login_required
@limited(scope="network-federation", limit=60, window_s=HOUR_S)
@require_POST
def unblock_domain(request: HttpRequest) -> HttpResponse:
    """Speaks with a server again."""
    name = _named_domain(request)
    return _administered(
        request,
        lambda: federating.unblock_domain(by_id=member(request), domain=name),
        _("This server is no longer blocked."),
    )


@login_required
@limited(scope="network-federation", limit=60, window_s=HOUR_S)
@require_POST
def try_domain_again(request: HttpRequest) -> HttpResponse:
    """Tries anew what was given up."""
    access.access_federation(person_id=member(request))
    name = _named_domain(request)
    count = federating.try_domain_again(by_id=member(request), domain=name, at=now())
    said = ngettext("%(count)d delivery is tried again.", "%(count)d deliveries are tried again.", count)
    messages.success(request, said % {"count": count})
    return redirect("network:federation")


def _named_domain(request: HttpRequest) -> str:
    form = DomainNameForm(request.POST)
    if not form.is_valid():
        raise NotFound
    name: str = form.cleaned_data["domain"]
    return name


@login_required
@limited(scope="network-federation", limit=60, window_s=HOUR_S)
@require_POST
def unblock_account(request: HttpRequest, remote_id: UUID) -> HttpResponse:
    """Lets an account write again."""
    return _administered(
        request,
        lambda: federating.unblock_account(by_id=member(request), remote_id=remote_id, at=now()),
        _("This account is no longer blocked."),
    )


@login_required
@limited(scope="network-federation", limit=60, window_s=HOUR_S)
@require_POST
def rotate_key(request: HttpRequest, actor_id: UUID) -> HttpResponse:
    """A new key for a group or the campaign."""
    return _administered(
        request,
        lambda: federating.rotate_key(by_id=member(request), actor_id=actor_id, at=now()),
        _("The key has been changed; the servers of those who follow are told."),
    )


def _administered(request: HttpRequest, verb: Callable[[], object], said: str) -> HttpResponse:
    access.access_federation(person_id=member(request))
    done_by_button(request, verb, said=said)
    return redirect("network:federation")
