"""Addresses of one's own account, and of the steps that signing in may still ask for."""

from django.urls import path

from anlan.web.account import factors, organisations, overview, passkeys, passwords, sessions, steps

app_name = "account"
urlpatterns = [
    path("account/", overview.show, name="overview"),
    path("account/password", passwords.change, name="password"),
    path("account/prove", steps.prove, name="prove"),
    path("account/app", factors.set_up_app, name="app"),
    path("account/app/remove", factors.remove_app, name="remove_app"),
    path("account/codes", factors.make_codes, name="codes"),
    path("account/passkeys/begin", passkeys.begin_registration, name="passkey_begin"),
    path("account/passkeys", passkeys.register, name="passkeys"),
    path("account/passkeys/<uuid:passkey_id>/name", passkeys.rename, name="passkey_name"),
    path("account/passkeys/<uuid:passkey_id>/remove", passkeys.remove, name="passkey_remove"),
    path("account/prove/begin", passkeys.begin_proof, name="proof_begin"),
    path("account/prove/passkey", passkeys.prove, name="proof_passkey"),
    path("sign-in/passkey/begin", passkeys.begin_sign_in, name="passkey_sign_in_begin"),
    path("sign-in/passkey", passkeys.sign_in, name="passkey_sign_in"),
    path("account/duty", sessions.choose_duty, name="duty"),
    path("account/sign-ins/others", sessions.end_others, name="end_others"),
    path("account/sign-ins/<uuid:sign_in_id>", sessions.end, name="end_sign_in"),
    path("sign-in/through/<str:code>", organisations.begin, name="organisation"),
    path("sign-in/through/<str:code>/back", organisations.back, name="organisation_back"),
    path("account/organisations/confirm", organisations.confirm, name="confirm_link"),
    path("account/organisations/<str:code>/link", organisations.link, name="link"),
    path("account/links/<uuid:link_id>/remove", organisations.remove, name="remove_link"),
    path("sign-in/password", passwords.choose_first, name="first_password"),
    path("sign-in/factor", steps.show_factor, name="factor"),
    path("sign-in/enrol", steps.enrol, name="enrol"),
]
