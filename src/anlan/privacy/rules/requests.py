"""Requests of persons about their own data: who may ask, and what proves it."""

from __future__ import annotations

import hmac
import re

from anlan.intake.rules import ContactDetails
from anlan.kernel.errors import Invalid, NotAllowed

VERIFY_TRIES = (5, 3600)
"""Tries at a report's contact, and the seconds they are counted over."""


class ContactNotYours(Invalid):
    """This is not the telephone number or e-mail that was left with the report."""


class ContactNeeded(Invalid):
    """Give the telephone number or e-mail that was left with the report, so that nobody else can ask."""


class NoContactOnFile(Invalid):
    """No contact was left with this report, so nobody can show here that it is his. Whoever has the tracking code can ask on its page."""


class OwnDataOnly(NotAllowed):
    """You can ask for your own data only."""


def check_contact(contact: ContactDetails | None, typed: str) -> None:
    """Make sure that whoever asks knows the contact that was left. Fine when none was.

    Telephone numbers are compared by their last eleven digits, e-mails without regard to case.
    Raises ContactNeeded, ContactNotYours.

    >>> check_contact(ContactDetails(phone="+86 138-0000-0000"), "13800000000")
    >>> check_contact(None, "")
    """
    if contact is None or not (contact.phone or contact.email):
        return
    if not typed.strip():
        raise ContactNeeded()
    wanted = [_plain_phone(contact.phone), contact.email.strip().casefold()]
    given = [_plain_phone(typed), typed.strip().casefold()]
    is_same = [
        bool(want) and hmac.compare_digest(want.encode(), have.encode())
        for want, have in zip(wanted, given, strict=True)
    ]
    if not any(is_same):
        raise ContactNotYours()


def _plain_phone(text: str) -> str:
    return re.sub(r"\D", "", text)[-11:]
