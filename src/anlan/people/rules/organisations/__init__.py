"""Signing in through an organisation (OpenID Connect): who it is, what it says, what is believed of it.

An organisation is data of whoever runs the installation, never of a form. What it sends is believed
only as far as this file says: the ID token by its signature, issuer, audience, nonce and time; a
second factor only where the installation has named the words by which that organisation tells of one.
Sources: OpenID Connect Core 1.0 §3.1.3.7, Discovery 1.0 §4.3, RFC 7636 (PKCE), RFC 9207 (issuer in the answer).
"""

from anlan.people.rules.organisations.asking import (
    WELL_KNOWN,
    derive,
    make_exit,
    make_request,
    read_answer,
    read_keys,
    read_metadata,
    show_denial,
)
from anlan.people.rules.organisations.errors import (
    EmailElsewhere,
    KeyUnknown,
    LinkedAlready,
    LinkedElsewhere,
    LinkUnknown,
    NotLinked,
    OrganisationAway,
    OrganisationDenied,
    OrganisationsUnreadable,
    OrganisationUnknown,
    RequestWrong,
    SubjectUnusable,
    TokenWrong,
)
from anlan.people.rules.organisations.limits import (
    KEYS_AGAIN_AFTER,
    KNOWN_FOR,
    OFFER_LASTS,
    REQUEST_LASTS,
    SUBJECT_CHARACTERS,
)
from anlan.people.rules.organisations.reading import (
    is_own_address,
    read_organisations,
)
from anlan.people.rules.organisations.tokens import (
    read_token,
)
from anlan.people.rules.organisations.words import (
    Begun,
    Claims,
    Metadata,
    Offer,
    Organisation,
    show,
)

__all__ = [
    "KEYS_AGAIN_AFTER",
    "KNOWN_FOR",
    "OFFER_LASTS",
    "REQUEST_LASTS",
    "SUBJECT_CHARACTERS",
    "WELL_KNOWN",
    "Begun",
    "Claims",
    "EmailElsewhere",
    "KeyUnknown",
    "LinkUnknown",
    "LinkedAlready",
    "LinkedElsewhere",
    "Metadata",
    "NotLinked",
    "Offer",
    "Organisation",
    "OrganisationAway",
    "OrganisationDenied",
    "OrganisationUnknown",
    "OrganisationsUnreadable",
    "RequestWrong",
    "SubjectUnusable",
    "TokenWrong",
    "derive",
    "is_own_address",
    "make_exit",
    "make_request",
    "read_answer",
    "read_keys",
    "read_metadata",
    "read_organisations",
    "read_token",
    "show",
    "show_denial",
]
