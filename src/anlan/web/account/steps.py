"""Steps after the password: a second factor, setting one up, and showing once more that it is oneself."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from anlan.kernel.actor import Actor, ActorKind
from anlan.kernel.clock import now
from anlan.people import actions, policies, queries, rules
from anlan.people.policies import SIGN_IN_COOKIE
from anlan.web.account.factors import CODE_CHARACTERS, describe_app, take_first_code
from anlan.web.middleware import StaffRequest
from anlan.web.staff.sign_in import HALFWAY_COOKIE, find_other_address, let_in


def find_halfway(request: HttpRequest, step: rules.Step) -> rules.Halfway | None:
    """Find who stands before a step in this browser."""
    token = request.COOKIES.get(HALFWAY_COOKIE, "")
    halfway = queries.find_halfway(token=token, at=now()) if token else None
    return halfway if halfway is not None and halfway.step is step else None


@policies.public
@never_cache
@sensitive_post_parameters("code")
@require_http_methods(["GET", "HEAD", "POST"])
def show_factor(request: HttpRequest) -> HttpResponse:
    """Ask for the code of the app or a recovery code after a right password."""
    halfway = find_halfway(request, rules.Step.FACTOR)
    if halfway is None:
        return redirect("staff:sign_in")
    wanted = request.POST.get("next", request.GET.get("next", ""))
    context = {
        "who": halfway,
        "next": wanted,
        "fault": "",
        "passkey_place": find_other_address(request),
    }
    if request.method != "POST":
        return render(request, "account/factor.html", context)
    _count_try(request)
    try:
        signed_in = actions.show_factor(
            token=request.COOKIES.get(HALFWAY_COOKIE, ""),
            code=request.POST.get("code", "")[:CODE_CHARACTERS],
            at=now(),
            user_agent=request.headers.get("User-Agent", ""),
        )
    except rules.CodeWrong as wrong:
        context["fault"] = wrong.message
        return render(request, "account/factor.html", context, status=wrong.status)
    except rules.SignInFailed:
        return redirect("staff:sign_in")
    return let_in(request, signed_in, wanted=wanted)


@policies.public
@never_cache
@sensitive_post_parameters("code")
@require_http_methods(["GET", "HEAD", "POST"])
def enrol(request: HttpRequest) -> HttpResponse:
    """Have somebody whose role needs a second factor set one up before he is let in."""
    halfway = find_halfway(request, rules.Step.ENROL)
    if halfway is None:
        return redirect("staff:sign_in")
    actor = Actor(ActorKind.PERSON, halfway.person_id, halfway.name)
    wanted = request.POST.get("next", request.GET.get("next", ""))
    context = {"who": halfway, "next": wanted}
    if request.method == "POST":
        _count_try(request)
        codes, fault = take_first_code(request, actor)
        if not codes:
            return render(request, "account/enrol.html", context | {"fault": fault}, status=422)
        signed_in = actions.finish_enrolment(
            token=request.COOKIES.get(HALFWAY_COOKIE, ""),
            at=now(),
            user_agent=request.headers.get("User-Agent", ""),
        )
        response = let_in(request, signed_in, wanted=wanted)
        page = render(
            request, "account/codes.html", {"codes": codes, "onward": response["Location"]}
        )
        page.cookies = response.cookies
        return page
    shown = actions.begin_totp(actor=actor, at=now())
    return render(request, "account/enrol.html", context | describe_app(shown))


@policies.signed_in
@never_cache
@sensitive_post_parameters("shown")
@require_http_methods(["GET", "HEAD", "POST"])
def prove(request: StaffRequest) -> HttpResponse:
    """Ask somebody who is signed in to show once more that it is he."""
    wanted = request.POST.get("next", request.GET.get("next", ""))
    person_id = request.actor.id
    has_factor = person_id is not None and queries.has_factor(person_id)
    context = {
        "next": wanted,
        "has_factor": has_factor,
        "has_passkey": person_id is not None and bool(queries.list_passkeys(person_id)),
        "passkey_place": find_other_address(request),
        "fault": "",
    }
    if request.method != "POST":
        return render(request, "account/prove.html", context)
    _count_try(request)
    try:
        actions.prove(
            actor=request.actor,
            token=request.COOKIES.get(SIGN_IN_COOKIE, ""),
            shown=request.POST.get("shown", "")[: rules.PASSWORD_READ_CHARACTERS],
            at=now(),
        )
    except rules.CodeWrong as wrong:
        context["fault"] = wrong.message
        return render(request, "account/prove.html", context, status=wrong.status)
    is_own = url_has_allowed_host_and_scheme(wanted, allowed_hosts={request.get_host()})
    return redirect(wanted if is_own else "account:overview")


def _count_try(request: HttpRequest) -> None:
    address = policies.address_of(request.META, is_behind_proxy=settings.BEHIND_HTTPS)
    actions.count_sign_in_try(address=address, at=now())
