"""Pages of contact points, objection and proof of lawfulness."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from amiral.kit.clock import now
from amiral.kit.errors import NotFound, Refused
from amiral.kit.ratelimit import limited
from amiral.kit.requests import me, sent
from amiral.rooms.people import access, queries
from amiral.rooms.people.actions import contacts as contact_actions
from amiral.rooms.people.actions import disclosures, objection
from amiral.rooms.people.contracts import ContactKind, Feature
from amiral.rooms.people.queries import contacts
from amiral.rooms.people.web.contacts_forms import CodeForm, ObjectForm, ObjectionForm, PhoneForm

get_or_post = require_http_methods(["GET", "HEAD", "POST"])


@never_cache
@login_required
@get_or_post
@limited(scope="contact-points", limit=30, window_s=3600)
def contact_points(request: HttpRequest) -> HttpResponse:
    """How I am reached; the address of the account is changed nowhere, the number here."""
    form = PhoneForm(sent(request), initial={"phone": _phone(me(request))})
    if form.is_valid() and _set_phone(request, form):
        return redirect("people:contact_points")
    return _contact_points(request, form=form)


def _contact_points(request: HttpRequest, *, form: PhoneForm, code: CodeForm | None = None) -> HttpResponse:
    cards = contacts.contact_cards(person_id=me(request))
    unproved = any(card.kind is ContactKind.PHONE and not card.verified_at for card in cards)
    status = 422 if form.errors or (code and code.errors) else 200
    words = {"cards": cards, "form": form, "unproved": unproved, "code": code or CodeForm()}
    return render(request, "people/contact_points.html", words, status=status)


@never_cache
@login_required
@require_POST
@limited(scope="contact-points", limit=30, window_s=3600)
def send_code(request: HttpRequest) -> HttpResponse:
    """Have a code sent to my number."""
    try:
        contact_actions.send_code(person_id=me(request), at=now())
    except Refused as problem:
        messages.error(request, str(problem))
    else:
        messages.success(request, _("A code is on its way to your telephone. Type it here."))
    return redirect("people:contact_points")


@never_cache
@login_required
@require_POST
@limited(scope="phone-code-typed", limit=20, window_s=3600)
def type_code(request: HttpRequest) -> HttpResponse:
    """The code that came: the number is mine."""
    form = CodeForm(request.POST)
    if form.is_valid():
        try:
            contact_actions.confirm_code(person_id=me(request), typed=form.cleaned_data["code"], at=now())
        except Refused as problem:
            form.add_error("code", str(problem))
        else:
            messages.success(request, _("Your number is shown to be yours."))
            return redirect("people:contact_points")
    return _contact_points(request, form=PhoneForm(initial={"phone": _phone(me(request))}), code=form)


def _phone(person_id: UUID) -> str:
    cards = contacts.contact_cards(person_id=person_id)
    return next((card.value for card in cards if card.kind is ContactKind.PHONE), "")


def _set_phone(request: HttpRequest, form: PhoneForm) -> bool:
    try:
        contact_actions.set_phone(person_id=me(request), typed=form.cleaned_data["phone"])
    except Refused as problem:
        form.add_error("phone", str(problem))
        return False
    messages.success(request, _("Your telephone number is kept as you wrote it here."))
    return True


@never_cache
@login_required
@get_or_post
@limited(scope="object", limit=10, window_s=3600)
def object_to_all(request: HttpRequest) -> HttpResponse:
    """Object to everything at once, and keep the account."""
    form = ObjectForm(sent(request))
    if form.is_valid():
        objection.object_to_all(person_id=me(request), channel="account page", at=now())
        messages.success(request, _("Nothing is sent to you any more, but what you ask for yourself."))
        return redirect("people:consents")
    return render(request, "people/object.html", {"form": form}, status=422 if form.errors else 200)


@never_cache
@login_required
@require_safe
def my_proof(request: HttpRequest) -> HttpResponse:
    """Why I may be written to, with every proof."""
    access.access_self(person_id=me(request))
    proof = contacts.proof_of(person_id=me(request), at=now())
    return render(request, "people/proof.html", {"proof": proof, "mine": True})


@never_cache
@login_required
@require_safe
@limited(scope="proof", limit=120, window_s=3600, methods=("GET",))
def proof(request: HttpRequest, known_id: UUID) -> HttpResponse:
    """Why somebody of my territory may be written to."""
    at = now()
    access.access_known_by_id(person_id=me(request), known_id=known_id, at=at)
    disclosures.note_proof(viewer_id=me(request), person_id=known_id, at=at)
    return render(request, "people/proof.html", {"proof": contacts.proof_of(person_id=known_id, at=at)})


@never_cache
@login_required
@get_or_post
@limited(scope="objection", limit=60, window_s=3600)
def record_objection(request: HttpRequest) -> HttpResponse:
    """Keep the refusal of somebody who said it to us."""
    if not queries.holds(person_id=me(request), feature=Feature.IMPORT_SUPPORTERS, at=now()):
        raise NotFound
    form = ObjectionForm(sent(request))
    if form.is_valid() and _record(request, form):
        return redirect("people:record_objection")
    return render(request, "people/objection.html", {"form": form}, status=422 if form.errors else 200)


def _record(request: HttpRequest, form: ObjectionForm) -> bool:
    try:
        objection.record_objection(by_id=me(request), typed=form.cleaned_data["value"], at=now())
    except Refused as problem:
        form.add_error("value", str(problem))
        return False
    messages.success(request, _("The refusal is kept: nothing is sent there any more."))
    return True
