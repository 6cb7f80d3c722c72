"""One's own account on one page: duties, means of signing in, open browsers."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from anlan.kernel.actor import ROLE_LABELS, ActorKind
from anlan.kernel.clock import now
from anlan.people import policies, queries, rules
from anlan.people.policies import SIGN_IN_COOKIE
from anlan.places.queries import get_gazetteer
from anlan.web.middleware import StaffRequest
from anlan.web.staff import words
from anlan.web.staff.cases import zone_of
from anlan.web.staff.sign_in import find_other_address

MEANS = {
    rules.Means.PASSWORD: _("Password"),
    rules.Means.TOTP: _("Password and authenticator app"),
    rules.Means.RECOVERY_CODE: _("Password and recovery code"),
    rules.Means.PASSKEY: _("Passkey"),
    rules.Means.ORGANISATION: _("An organisation"),
    rules.Means.ORGANISATION_STRONG: _("An organisation, with a second factor there"),
}


@policies.signed_in
@never_cache
@require_safe
def show(request: StaffRequest) -> HttpResponse:
    """Show how one signs in, where one is signed in, and what can be changed about it."""
    actor, at = request.actor, now()
    if actor.kind is not ActorKind.PERSON or actor.id is None:
        raise rules.NotYourAccount()
    zone = zone_of(actor)
    sign_ins = queries.list_sign_ins(
        person_id=actor.id, token=request.COOKIES.get(SIGN_IN_COOKIE, ""), at=at
    )
    has_totp = queries.has_totp(actor.id)
    context = {
        "login": request.sign_in.login,
        "duties": list_duties(request.sign_in),
        "chosen": request.sign_in.duty_id,
        "has_totp": has_totp,
        "passkeys": [
            {
                "one": key,
                "made": words.show_instant(key.created_at, zone=zone, at=at),
                "used": words.show_ago(key.last_used_at, at) if key.last_used_at else "",
            }
            for key in queries.list_passkeys(actor.id)
        ],
        "passkey_place": find_other_address(request),
        "organisations": list_organisations(actor.id, zone, at),
        "codes_left": queries.count_recovery_codes(actor.id),
        "may_recover": any(seat.role in rules.RECOVERY_ROLES for seat in actor.seats),
        "needs_factor": queries.needs_factor(actor.id, at=at),
        "sign_ins": [
            {
                "one": each,
                "means": MEANS.get(rules.Means(each.means), "") if each.means else "",
                "since": words.show_instant(each.created_at, zone=zone, at=at),
                "seen": words.show_ago(each.last_seen_at, at),
            }
            for each in sign_ins
        ],
    }
    return render(request, "account/overview.html", context)


def list_organisations(person_id: UUID, zone: str, at: datetime) -> list[dict[str, object]]:
    """Give the organisations that sign people in, each with the link to one's account, if there is one."""
    links = {link.issuer: link for link in queries.list_links(person_id)}
    return [
        {
            "code": each.code,
            "name": words.from_pair(each.name),
            "link": link,
            "made": words.show_instant(link.created_at, zone=zone, at=at) if link else "",
            "used": words.show_ago(link.last_used_at, at) if link and link.last_used_at else "",
        }
        for each in queries.list_organisations()
        for link in [links.get(each.issuer)]
    ]


def list_duties(sign_in: rules.LiveSignIn) -> list[dict[str, object]]:
    """Give one's duties in words, for choosing one of them."""
    gazetteer = get_gazetteer()
    return [
        {
            "id": duty.duty_id,
            "role": words.from_pair(ROLE_LABELS[duty.role]),
            "place": words.name(gazetteer.place_by_path(duty.place_path)),
            "is_chosen": duty.duty_id == sign_in.duty_id,
        }
        for duty in sign_in.duties
    ]
