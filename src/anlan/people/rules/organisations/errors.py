"""What stands in the way of signing in through an organisation."""

from __future__ import annotations

from anlan.kernel.errors import AnlanError, Conflict, Invalid, NotFound, Unavailable


class OrganisationsUnreadable(Invalid):
    """{file} cannot be used: {problem}. Mend: docs/how-to/sign-in-through-an-organisation.md."""


class OrganisationUnknown(NotFound):
    """No organisation of this name signs anybody in here."""


class OrganisationAway(Unavailable):
    """{organisation} does not answer as it should just now. Try again later, or sign in with your password."""


class RequestWrong(AnlanError):
    """This sign-in was begun elsewhere, took too long, or has been finished already. Begin again."""

    status = 401


class OrganisationDenied(AnlanError):
    """{organisation} did not sign you in ({why}). Begin again, or sign in with your password."""

    status = 401


class TokenWrong(AnlanError):
    """What {organisation} sent cannot be trusted ({why}), so nobody was signed in. Tell whoever runs this installation."""

    status = 401


class EmailElsewhere(AnlanError):
    """{organisation} signs in only confirmed e-mail addresses of: {domains}."""

    status = 401


class NotLinked(AnlanError):
    """No open account here is linked to your account of {organisation}. Sign in with your password and link it under “My account”, or ask whoever runs this installation."""

    status = 401


class LinkedElsewhere(Conflict):
    """This account of the organisation is linked to another account here. Whoever runs this installation can tell which."""


class LinkedAlready(Conflict):
    """Your account is linked to an account of this organisation already. Remove that link first."""


class LinkUnknown(NotFound):
    """There is no such link."""


class SubjectUnusable(Invalid):
    """The identifier (sub) of the account at the organisation has between 1 and {limit} characters."""


class KeyUnknown(Exception):
    """A token names a key that is not among those at hand; perhaps they have changed."""
