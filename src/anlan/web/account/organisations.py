"""Signing in through an organisation, and linking one's account to it, on the pages.

Beginning is a link and no form: after a form, the strict policy of our pages would not let the browser
go to another server. What was begun is bound to the browser by a cookie that holds the state.
"""

from __future__ import annotations

import hmac
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from anlan.kernel.actor import Actor
from anlan.kernel.clock import now
from anlan.kernel.errors import AnlanError
from anlan.people import actions, policies, queries, rules
from anlan.web.middleware import StaffRequest
from anlan.web.staff import flash, words
from anlan.web.staff.sign_in import let_in

STATE_COOKIE = "anlan_organisation"
LINK = "link"
"""In place of where somebody wanted to go: he came to link his account."""


@policies.public
@never_cache
@require_safe
def begin(request: HttpRequest, code: str) -> HttpResponse:
    """Send the browser to the organisation."""
    address = policies.address_of(request.META, is_behind_proxy=settings.BEHIND_HTTPS)
    at = now()
    actions.count_sign_in_try(address=address, at=at)
    try:
        begun = actions.begin_organisation_sign_in(code=code, back=_back(code), at=at)
    except rules.OrganisationAway as wrong:
        return _refuse(request, code, wrong)
    return _send(request, begun, wanted=request.GET.get("next", ""))


@policies.proved
@policies.signed_in
@never_cache
@require_safe
def link(request: StaffRequest, code: str) -> HttpResponse:
    """Send the browser to the organisation, to find out which of its accounts is to be linked."""
    try:
        begun = actions.begin_link(actor=request.actor, code=code, back=_back(code), at=now())
    except (rules.OrganisationAway, rules.LinkedAlready) as wrong:
        return _refuse(request, code, wrong, is_link=True)
    return _send(request, begun, wanted=LINK)


@policies.public
@never_cache
@require_safe
def back(request: HttpRequest, code: str) -> HttpResponse:
    """Take the browser back from the organisation, with its answer or its refusal."""
    state, _, wanted = request.COOKIES.get(STATE_COOKIE, "").partition("|")
    brought = request.GET.get("state", "")
    try:
        organisation = queries.get_organisation(code)
        if not state or not hmac.compare_digest(state.encode(), brought.encode()):
            raise rules.RequestWrong()
        # The issuer says itself whose answer this is, where it says so (RFC 9207).
        if request.GET.get("iss", organisation.issuer) != organisation.issuer:
            raise rules.RequestWrong()
        if error := request.GET.get("error", ""):
            why = rules.show_denial(error)
            raise rules.OrganisationDenied(organisation=rules.show(organisation), why=why)
        if wanted == LINK:
            response = _offer(request, code, state)
        else:
            response = let_in(
                request,
                actions.sign_in_through_organisation(
                    code=code, state=state, answer=request.GET.get("code", "")[:4000],
                    back=_back(code), at=now(), user_agent=request.headers.get("User-Agent", ""),
                ),
                wanted=wanted,
            )  # fmt: skip
    except AnlanError as wrong:
        if isinstance(wrong, rules.OrganisationUnknown):
            raise
        response = _refuse(request, code, wrong, is_link=wanted == LINK)
    response.delete_cookie(STATE_COOKIE, samesite="Lax")
    return response


@policies.proved
@policies.signed_in
@require_POST
def confirm(request: StaffRequest) -> HttpResponse:
    """Link the account as it was shown."""
    try:
        offer_id = UUID(request.POST.get("offer", ""))
    except ValueError:
        return flash.tell(redirect("account:overview"), rules.RequestWrong().message)
    try:
        actions.confirm_link(actor=request.actor, offer_id=offer_id, at=now())
        said = gettext("The account is linked. It signs you in here from now on.")
    except (rules.RequestWrong, rules.LinkedElsewhere, rules.LinkedAlready) as wrong:
        said = wrong.message
    return flash.tell(redirect("account:overview"), said)


@policies.proved
@policies.signed_in
@require_POST
def remove(request: StaffRequest, link_id: UUID) -> HttpResponse:
    """Remove a link."""
    actions.remove_link(actor=request.actor, link_id=link_id, at=now())
    return flash.tell(redirect("account:overview"), gettext("The link is removed."))


def _offer(request: HttpRequest, code: str, state: str) -> HttpResponse:
    actor: Actor | None = getattr(request, "actor", None)
    if actor is None:
        raise rules.RequestWrong()
    offer = actions.offer_link(
        actor=actor, code=code, state=state, answer=request.GET.get("code", "")[:4000],
        back=_back(code), at=now(),
    )  # fmt: skip
    context = {"offer": offer, "organisation": show_name(offer.organisation)}
    return render(request, "account/link.html", context)


def _send(request: HttpRequest, begun: rules.Begun, *, wanted: str) -> HttpResponse:
    response = redirect(begun.url)
    response.set_cookie(
        STATE_COOKIE,
        f"{begun.state}|{wanted[:1000]}",
        max_age=int(rules.REQUEST_LASTS.total_seconds()),
        httponly=True,
        samesite="Lax",
        secure=request.is_secure() or settings.BEHIND_HTTPS,
    )
    return response


def _refuse(
    request: HttpRequest, code: str, wrong: AnlanError, *, is_link: bool = False
) -> HttpResponse:
    if "organisation" in wrong.data:  # by its name in the reader's language
        wrong.data["organisation"] = show_name(queries.get_organisation(code))
    if is_link and getattr(request, "actor", None) is not None:
        return flash.tell(redirect("account:overview"), wrong.message)
    return render(request, "account/refused.html", {"wrong": wrong}, status=wrong.status)


def show_name(organisation: rules.Organisation) -> str:
    """Name an organisation in the reader's language."""
    return words.from_pair(organisation.name)


def _back(code: str) -> str:
    return settings.PUBLIC_URL + reverse("account:organisation_back", args=[code])
