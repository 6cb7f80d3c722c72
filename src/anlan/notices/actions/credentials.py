"""Telling people that their means of signing in have changed, in the app and by e-mail.

Whoever did not do it himself hears of it by the e-mail, which whoever took over the account
does not read.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, override

from anlan.kernel import permits
from anlan.notices import rules
from anlan.notices.actions.sending import notify
from anlan.people.queries import get_contacts
from anlan.people.rules import Change

TEXTS: dict[Change, Promise] = {
    Change.PASSWORD_SET: gettext_lazy("Your account was given a new password"),
    Change.PASSWORD_CHANGED: gettext_lazy("Your password was changed"),
    Change.TOTP_ADDED: gettext_lazy("An authenticator app was set up for your account"),
    Change.TOTP_REMOVED: gettext_lazy("The authenticator app of your account was removed"),
    Change.CODES_MADE: gettext_lazy("New recovery codes were made for your account"),
    Change.CODE_USED: gettext_lazy("A recovery code was used to sign in to your account"),
    Change.PASSKEY_ADDED: gettext_lazy("A passkey was added to your account"),
    Change.PASSKEY_REMOVED: gettext_lazy("A passkey was removed from your account"),
    Change.PASSKEY_COPIED: gettext_lazy("A copy of your passkey was refused; remove that passkey"),
    Change.ORGANISATION_LINKED: gettext_lazy(
        "An organisation's account now signs in to your account"
    ),
    Change.ORGANISATION_UNLINKED: gettext_lazy(
        "The link of your account to an organisation was removed"
    ),
    Change.RECOVERED: gettext_lazy("Your account was recovered at a counter"),
}
LINK = "/account/"


@permits.inside
@transaction.atomic
def tell_credential(*, person_id: UUID, change: str, mark: str, at: datetime) -> None:
    """Tell the owner of an account what has changed; once for each mark."""
    contact = get_contacts([person_id]).get(person_id)
    if contact is None or not contact.is_active:
        return
    with override(contact.locale):
        subject = str(TEXTS[Change(change)])
        body = _(
            "If this was not you, tell whoever runs this installation at once: they can lock the account."
        )
    channels = [rules.Channel.IN_APP] + [rules.Channel.EMAIL] * bool(contact.email)
    for channel in channels:
        notify(
            channel=channel, person_ids=[person_id], subject=subject, body=body, link=LINK,
            about_kind="person", about_id=person_id, at=at, cause=f"credential:{mark}",
        )  # fmt: skip
