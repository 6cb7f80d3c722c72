"""Signing in and out: one form, one cookie, no session."""

from __future__ import annotations

from urllib.parse import urlencode, urlsplit

from django import forms
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from anlan.kernel.actor import Actor, Role
from anlan.kernel.clock import now
from anlan.people import actions, policies, queries
from anlan.people import rules as people_rules
from anlan.people.policies import SIGN_IN_COOKIE
from anlan.web.staff import flash, words

DESK_ROLES = frozenset(
    {Role.TOWN_DESK, Role.COUNTY_CENTRE, Role.DUTY_LEADER, Role.DEPARTMENT, Role.PRINCIPAL}
)
HALFWAY_COOKIE: str = settings.HALFWAY_COOKIE
STEP_PAGES = {
    people_rules.Step.PASSWORD: "account:first_password",
    people_rules.Step.FACTOR: "account:factor",
    people_rules.Step.ENROL: "account:enrol",
}
FIELD_ROLES = frozenset(
    {
        Role.GRID_WORKER,
        Role.GRID_LEAD,
        Role.VILLAGE_CADRE,
        Role.MEDIATOR,
        Role.ENFORCEMENT_OFFICER,
        Role.DEPARTMENT,
    }
)


class SignInForm(forms.Form):
    """Login and password as typed; nothing is said about which of them was wrong."""

    login = forms.CharField(label=_("Account"), max_length=100)
    password = forms.CharField(
        label=_("Password"),
        max_length=people_rules.PASSWORD_READ_CHARACTERS,
        strip=False,
        widget=forms.PasswordInput,
    )
    next = forms.CharField(required=False, widget=forms.HiddenInput)


def home_of(actor: Actor) -> str:
    """Tell which face somebody came for, by his widest role."""
    roles = {seat.role for seat in actor.seats}
    if roles & DESK_ROLES:
        return "desk:queue"
    return "field:today" if roles & FIELD_ROLES else "staff:notices"


@policies.public
@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    """Show the form; take it; send the person on to his face."""
    if request.method != "POST":
        actor: Actor | None = getattr(request, "actor", None)
        if actor is not None:
            return redirect(home_of(actor))
        form = SignInForm(initial={"next": request.GET.get("next", "")})
        return _show(request, form, exit=_find_exit(request))
    form = SignInForm(request.POST)
    if not form.is_valid():
        return _show(request, form, status=422)
    address = policies.address_of(request.META, is_behind_proxy=settings.BEHIND_HTTPS)
    actions.count_sign_in_try(address=address, at=now())
    try:
        signed_in = actions.sign_in(
            login=form.cleaned_data["login"],
            password=form.cleaned_data["password"],
            at=now(),
            user_agent=request.headers.get("User-Agent", ""),
        )
    except people_rules.SignInFailed as failed:
        form.add_error(None, failed.message)
        more = {
            "attempts": people_rules.ATTEMPTS_ALLOWED,
            "lock_minutes": people_rules.LOCK_MINUTES,
            "has_failed": True,
        }
        return _show(request, form, status=failed.status, **more)
    return let_in(request, signed_in, wanted=form.cleaned_data["next"])


def _show(
    request: HttpRequest, form: SignInForm, *, status: int = 200, **more: object
) -> HttpResponse:
    organisations = [
        (each.code, words.from_pair(each.name)) for each in queries.list_organisations()
    ]
    context = {
        "form": form,
        "passkey_place": find_other_address(request),
        "organisations": organisations,
        **more,
    }
    return render(request, "staff/sign_in.html", context, status=status)


def _find_exit(request: HttpRequest) -> tuple[str, str] | None:
    """Give name and address of where to sign out of the organisation, too, for whoever has just left.

    A link, for our pages' policy lets no form lead to another server.
    """
    code = request.GET.get("left", "")
    back = settings.PUBLIC_URL + reverse("staff:sign_in")
    found = queries.find_exit(code, back=back, at=now()) if code else None
    return (words.from_pair(found[0].name), found[1]) if found else None


def find_other_address(request: HttpRequest) -> str:
    """Give the address at which passkeys work, when this is another; empty where they work here."""
    rp_id, origin = people_rules.relying_party(settings.PUBLIC_URL)
    if urlsplit(f"//{request.get_host()}").hostname == rp_id:
        return ""
    return origin + request.get_full_path()


def let_in(
    request: HttpRequest, signed_in: people_rules.SignedIn, *, wanted: str = ""
) -> HttpResponse:
    """Set the cookie of a fresh sign-in and go where the person wanted, or on to his next step."""
    is_whole = signed_in.step is people_rules.Step.NONE
    if is_whole:
        is_own = url_has_allowed_host_and_scheme(
            wanted, allowed_hosts={request.get_host()}, require_https=request.is_secure()
        )
        response = redirect(wanted if is_own else home_of(signed_in.actor))
        response.delete_cookie(HALFWAY_COOKIE, samesite="Lax")
    else:
        address = reverse(STEP_PAGES[signed_in.step])
        response = redirect(f"{address}?{urlencode({'next': wanted})}" if wanted else address)
    response.set_cookie(
        SIGN_IN_COOKIE if is_whole else HALFWAY_COOKIE,
        signed_in.token,
        expires=signed_in.expires_at,
        httponly=True,
        samesite="Lax",
        secure=request.is_secure() or settings.BEHIND_HTTPS,
    )
    return response


@policies.public
@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """End the sign-in of this browser; being out already is fine."""
    token = request.COOKIES.get(SIGN_IN_COOKIE, "")
    address = reverse("staff:sign_in")
    if token:
        through = queries.find_way_out(token=token, back=settings.PUBLIC_URL + address, at=now())
        actions.sign_out(token=token, at=now())
        if through is not None:
            address += "?" + urlencode({"left": through[0].code})
    return flash.tell(let_out(redirect(address)), gettext("You have signed out."))


def let_out(response: HttpResponse) -> HttpResponse:
    """Take the cookie of a sign-in that its holder has ended in this browser, and all that it kept.

    The page's script has wiped what the phone kept; where it could not, the browser does.
    """
    response.delete_cookie(SIGN_IN_COOKIE, samesite="Lax")
    response.headers["Clear-Site-Data"] = '"storage"'
    return response
