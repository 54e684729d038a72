"""Pages of this room."""

from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, JsonResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from amiral.kit import ports
from amiral.kit.clock import now
from amiral.kit.errors import NotFound, Refused
from amiral.kit.ratelimit import limited
from amiral.kit.requests import me as _me
from amiral.rooms.people import access, queries
from amiral.rooms.people.actions import account, joining
from amiral.rooms.people.actions import consents as consent_actions
from amiral.rooms.people.actions import mandates as mandate_actions
from amiral.rooms.people.actions.persons import AlreadyMember
from amiral.rooms.people.actions.recruiting import BY_MAX
from amiral.rooms.people.contracts import Purpose, Role, Way
from amiral.rooms.people.queries import contacts
from amiral.rooms.people.queries import mandates as mandate_queries
from amiral.rooms.people.web.adapter import remember_language
from amiral.rooms.people.web.forms import EraseForm, GrantForm, JoinForm, ProfileForm
from amiral.rooms.people.web.sign_in import safe_next, start_session

get_or_post = require_http_methods(["GET", "HEAD", "POST"])


def _sent(request: HttpRequest) -> QueryDict | None:
    """What was sent, also when it is empty: an unticked box sends nothing."""
    return request.POST if request.method == "POST" else None


@never_cache
@get_or_post
@limited(scope="join", limit=60, window_s=3600)
def join(request: HttpRequest) -> HttpResponse:
    """The join form, then the question which commune when the postal code covers several."""
    if request.user.is_authenticated:
        return redirect(safe_next(request.GET.get("next")) or "people:me")
    if request.method != "POST" or "back" in request.POST:
        return render(request, "people/join.html", {"form": JoinForm(initial=_typed_before(request))})
    form = JoinForm(request.POST)
    if form.is_valid() and not form.asks_commune:
        joining.apply(application=form.application(), at=now())
        messages.info(request, _("We have written to %(email)s.") % {"email": form.cleaned_data["email"]})
        return redirect("people:letter_sent")
    return _asked_again(request, form, "people/join.html", "people/join_commune.html")


def _typed_before(request: HttpRequest) -> dict[str, str]:
    typed = {name: str(value) for name, value in request.POST.items()}
    return {
        "next": safe_next(request.GET.get("next")),
        "by": request.GET.get("par", "")[:BY_MAX],
        **typed,
        "step": "",
        "shown_in": request.LANGUAGE_CODE,
    }


def _asked_again(
    request: HttpRequest, form: JoinForm | ProfileForm, page: str, commune_page: str
) -> HttpResponse:
    if not form.asks_commune:
        return render(request, page, {"form": form}, status=422 if form.errors else 200)
    form.ask_commune()
    return render(request, commune_page, {"form": form}, status=422 if form.errors else 200)


@require_safe
def letter_sent(request: HttpRequest) -> HttpResponse:
    """What to do now; the same for an address that has an account and for one that has not."""
    return render(request, "people/letter_sent.html")


@never_cache
@get_or_post
@limited(scope="join-confirm", limit=60, window_s=3600)
def confirm(request: HttpRequest, token: str) -> HttpResponse:
    """A button, since mail scanners open links; pressing it creates the account."""
    try:
        if request.method != "POST":
            given_name = joining.check_link(token=token, at=now())
            return render(request, "people/confirm.html", {"given_name": given_name})
        joined = joining.confirm(token=token, at=now())
    except (joining.UsedLink, AlreadyMember):
        return render(request, "people/confirm_already.html")
    except Refused as problem:
        return render(request, "people/confirm_problem.html", {"problem": problem}, status=410)
    start_session(request, access.access_self(person_id=joined.person_id))
    messages.success(request, _("Your address is confirmed. Welcome!"))
    return redirect(joined.next_path or _welcome())


def _welcome() -> str:
    """The page that says which group and why belongs to a room above this one."""
    try:
        return reverse("network:welcome")
    except NoReverseMatch:
        return reverse("people:me")


@never_cache
@login_required
@require_safe
def me(request: HttpRequest) -> HttpResponse:
    """My account."""
    profile = queries.profile(person_id=_me(request), at=now())
    links = [link for some in ports.call("profile_links", person_id=_me(request)) for link in some]
    return render(request, "people/me.html", {"profile": profile, "links": links})


@never_cache
@login_required
@get_or_post
@limited(scope="correct", limit=30, window_s=3600)
def correct(request: HttpRequest) -> HttpResponse:
    """Correct what is kept of me."""
    if request.method != "POST" or "back" in request.POST:
        profile = queries.profile(person_id=_me(request), at=now())
        typed = {name: str(value) for name, value in request.POST.items()}
        place = profile.postal_code or profile.commune_name
        known = {"given_name": profile.given_name, "family_name": profile.family_name, "postal_code": place}
        initial = {**known, "language": profile.language, "commune": profile.commune_id, **typed, "step": ""}
        return render(request, "people/correct.html", {"form": ProfileForm(initial=initial)})
    form = ProfileForm(request.POST)
    if form.is_valid() and not form.asks_commune:
        return _correct(request, form)
    return _asked_again(request, form, "people/correct.html", "people/correct_commune.html")


def _correct(request: HttpRequest, form: ProfileForm) -> HttpResponse:
    change = form.change()
    account.correct(person_id=_me(request), change=change)
    messages.success(request, _("Your corrections are kept."))
    response = redirect("people:me")
    remember_language(response, change.language)
    return response


@never_cache
@login_required
@get_or_post
@limited(scope="consents", limit=60, window_s=3600)
def consents(request: HttpRequest) -> HttpResponse:
    """What I agreed to, and the whole ledger."""
    if request.method == "POST":
        return _set_consent(request)
    lines = queries.consent_lines(person_id=_me(request))
    states = queries.consent_states(lines=lines)
    phone = contacts.phone_state(person_id=_me(request))
    return render(request, "people/consents.html", {"lines": lines, "states": states, "phone": phone})


def _set_consent(request: HttpRequest) -> HttpResponse:
    said = request.POST
    if said.get("purpose") not in set(Purpose) or said.get("give") not in {"1", "0"}:
        raise NotFound
    if said.get("way", Way.EMAIL) not in set(Way):
        raise NotFound
    consent_actions.set_consent(
        person_id=_me(request),
        purpose=Purpose(said["purpose"]),
        granted=said["give"] == "1",
        channel="account page",
        at=now(),
        way=Way(said.get("way", Way.EMAIL)),
    )
    messages.success(request, _("Your choice is kept and applies from now on."))
    return redirect("people:consents")


@never_cache
@login_required
@require_safe
@limited(scope="export", limit=10, window_s=3600, methods=("GET",))
def export(request: HttpRequest) -> HttpResponse:
    """All that is kept of me, as a file."""
    kept = account.export(person_id=_me(request), at=now())
    name = f"{settings.CAMPAIGN_NAME.lower()}-donnees.json"
    return JsonResponse(
        kept,
        json_dumps_params={"indent": 2, "ensure_ascii": False},
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


@never_cache
@login_required
@get_or_post
@limited(scope="erase", limit=10, window_s=3600)
def erase(request: HttpRequest) -> HttpResponse:
    """Erase my account, after one deliberate gesture."""
    form = EraseForm(_sent(request))
    if form.is_valid():
        try:
            refuses = form.cleaned_data["refuses"]
            account.erase(person_id=_me(request), by_id=None, at=now(), refuses=refuses)
        except Refused as problem:
            form.add_error(None, str(problem))
        else:
            return _erased(request)
    return render(request, "people/erase.html", {"form": form}, status=422 if form.errors else 200)


def _erased(request: HttpRequest) -> HttpResponse:
    logout(request)
    messages.success(request, _("Your account and all that was kept about you are erased."))
    return redirect("home")


@never_cache
@login_required
@get_or_post
@limited(scope="mandates", limit=60, window_s=3600)
def mandates(request: HttpRequest) -> HttpResponse:
    """The mandates of my territory, and a form to grant one."""
    at = now()
    if not queries.has_mandate(person_id=_me(request), at=at):
        raise NotFound
    roles = queries.grantable_roles(person_id=_me(request), at=at)
    if request.method == "POST" and not roles:
        raise NotFound
    territories = queries.grantable_territories(person_id=_me(request), at=at)
    form = GrantForm(_sent(request), roles=roles, territories=territories)
    if form.is_valid() and _grant(request, form):
        return redirect("people:mandates")
    number = request.GET.get("page", 1)
    here = request.GET.get("territoire", "")
    page, rows = queries.mandates_managed(
        person_id=_me(request), at=at, page_number=number, territory_id=here
    )
    sources = mandate_queries.own_sources(person_id=_me(request), at=at)
    words: dict[str, object] = {
        "page": page,
        "rows": rows,
        "form": form if roles else None,
        "here": here,
        "sources": sources,
    }
    words["administers"] = access.administers(person_id=_me(request), at=at)
    return render(request, "people/mandates.html", words, status=422 if form.errors else 200)


def _grant(request: HttpRequest, form: GrantForm) -> bool:
    try:
        mandate_actions.grant_by_address(
            by_id=_me(request),
            email=form.cleaned_data["email"],
            role=Role(form.cleaned_data["role"]),
            territory_id=form.cleaned_data["territory"],
            at=now(),
            ends_at=form.ends_at,
        )
    except Refused as problem:
        form.add_error("email", str(problem))
        return False
    messages.success(request, _("The mandate is granted; the person has been written to."))
    return True


@login_required
@require_POST
@limited(scope="mandates", limit=60, window_s=3600)
def end_mandate(request: HttpRequest, mandate_id: UUID) -> HttpResponse:
    """Ends a mandate of my territory, or my own."""
    try:
        keep = request.POST.get("keep") == "1"
        mandate_actions.end(by_id=_me(request), mandate_id=mandate_id, at=now(), keep=keep)
    except Refused as problem:
        messages.error(request, str(problem))
    else:
        messages.success(request, _("The mandate has ended; the person has been written to."))
    # Whoever has just ended his last one reads what happened in the log.
    still = queries.has_mandate(person_id=_me(request), at=now())
    return redirect("people:mandates" if still else "people:mandate_log")
