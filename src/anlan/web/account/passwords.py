"""Changing one's password, and choosing the first of one's own."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from anlan.kernel.clock import now
from anlan.kernel.errors import Invalid
from anlan.people import actions, policies, queries, rules
from anlan.people.policies import SIGN_IN_COOKIE
from anlan.web.middleware import StaffRequest
from anlan.web.staff import flash
from anlan.web.staff.sign_in import HALFWAY_COOKIE, let_in


class ChoiceForm(forms.Form):
    """The new password twice; what is wrong with it says the action."""

    password = forms.CharField(
        label=_("New password"), max_length=rules.PASSWORD_READ_CHARACTERS, strip=False
    )
    again = forms.CharField(
        label=_("New password, once more"), max_length=rules.PASSWORD_READ_CHARACTERS, strip=False
    )
    next = forms.CharField(required=False)

    def clean(self) -> dict[str, Any]:
        """Refuse two that differ: one of them is mistyped."""
        given = super().clean() or {}
        if "password" in given and "again" in given and given["password"] != given["again"]:
            self.add_error("again", gettext("The two differ. Type the new password again."))
        return given


class ChangeForm(ChoiceForm):
    """The present password, and the new one twice."""

    present = forms.CharField(
        label=_("Present password"), max_length=rules.PASSWORD_READ_CHARACTERS, strip=False
    )


@policies.signed_in
@never_cache
@sensitive_post_parameters("present", "password", "again")
@require_http_methods(["GET", "HEAD", "POST"])
def change(request: StaffRequest) -> HttpResponse:
    """Change one's own password; the other browsers are signed out."""
    form = ChangeForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            actions.change_password(
                actor=request.actor,
                token=request.COOKIES.get(SIGN_IN_COOKIE, ""),
                present=form.cleaned_data["present"],
                password=form.cleaned_data["password"],
                at=now(),
            )
        except rules.PresentPasswordWrong as wrong:
            form.add_error("present", wrong.message)
        except Invalid as wrong:
            form.add_error("password", wrong.message)
        else:
            said = gettext("Your password is changed. Other browsers have been signed out.")
            return flash.tell(redirect("account:overview"), said)
    return _show(request, "account/password.html", form)


@policies.public
@never_cache
@sensitive_post_parameters("password", "again")
@require_http_methods(["GET", "HEAD", "POST"])
def choose_first(request: HttpRequest) -> HttpResponse:
    """Choose a password of one's own in place of the one that was given."""
    token = request.COOKIES.get(HALFWAY_COOKIE, "")
    halfway = queries.find_halfway(token=token, at=now()) if token else None
    if halfway is None or halfway.step is not rules.Step.PASSWORD:
        return redirect("staff:sign_in")
    form = ChoiceForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        address = policies.address_of(request.META, is_behind_proxy=settings.BEHIND_HTTPS)
        actions.count_sign_in_try(address=address, at=now())
        try:
            signed_in = actions.choose_password(
                token=token,
                password=form.cleaned_data["password"],
                at=now(),
                user_agent=request.headers.get("User-Agent", ""),
            )
        except Invalid as wrong:
            form.add_error("password", wrong.message)
        except rules.SignInFailed:
            return redirect("staff:sign_in")
        else:
            return let_in(request, signed_in, wanted=form.cleaned_data["next"])
    wanted = request.POST.get("next", request.GET.get("next", ""))
    return _show(request, "account/first_password.html", form, who=halfway, wanted=wanted)


def _show(request: HttpRequest, page: str, form: forms.Form, **more: Any) -> HttpResponse:
    context = {"form": form, "least": rules.PASSWORD_MIN_CHARACTERS, **more}
    return render(request, page, context, status=422 if form.errors else 200)
