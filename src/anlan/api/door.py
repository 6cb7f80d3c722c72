"""Who calls: a partner system by its token, or a person by the sign-in cookie.

A call declares its policy (`anlan.people.policies`), and `PolicyRouter` turns the declaration
into the check, so that what is declared is what is enforced; a call without one cannot be
registered. A token costs one SQL statement every two seconds; a cookie none, the web's middleware
has read it.
Changes with the cookie need the CSRF token; a token in the header cannot be sent by a foreign page.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import ceil
from time import monotonic
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponseForbidden
from django.middleware.csrf import CsrfViewMiddleware
from ninja import Router
from ninja.security import HttpBearer
from ninja.security.base import AuthBase

from anlan.api.problems import CrossSiteRequest, TokenUnknown
from anlan.intake.rules import Channel
from anlan.kernel import scope
from anlan.kernel.actor import Actor
from anlan.kernel.buckets import Buckets
from anlan.kernel.clock import now
from anlan.kernel.errors import TooMany
from anlan.people import queries as people
from anlan.people.policies import SIGN_IN_COOKIE, Policy, PolicyKind, SignInNeeded, get_policy

_allowances = Buckets(rate=max(settings.API_RATE, 1), burst=10 * max(settings.API_RATE, 1))


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls, and the intake channel of his signals."""

    actor: Actor
    channel: Channel

    @property
    def sender(self) -> str:
        """Whose idempotency keys these are, as signals keep it."""
        return self.actor.as_sender


def caller_of(request: HttpRequest) -> Caller:
    """Give who came in at a call that is not public."""
    caller = getattr(request, "auth", None)
    assert isinstance(caller, Caller), "a public call has no caller"
    return caller


def find_caller(token: str) -> Caller | None:
    """Find the partner system of a token; what follows in the request runs in its scope.

    Raises TooMany for one that has used up its allowance (ANLAN_API_RATE).
    """
    client = people.recall_client(token=token, at=now())
    if client is None:
        return None
    if wait_s := _allowances.take(client.actor.id, at=monotonic()):
        raise TooMany(wait_seconds=ceil(wait_s))
    scope.enter(scope.of(client.actor))
    known = client.channel in Channel.__members__
    return Caller(client.actor, Channel(client.channel) if known else Channel.API)


class TokenDoor(HttpBearer):
    """Lets in by `Authorization: Bearer TOKEN`."""

    def __init__(self, policy: Policy) -> None:
        super().__init__()
        self.policy = policy

    def __call__(self, request: HttpRequest) -> Caller | None:
        """Read the token; None for a request that has none."""
        # Not through request.headers, which writes down all headers of the request to find one
        scheme, _, token = request.META.get("HTTP_AUTHORIZATION", "").partition(" ")
        return self.authenticate(request, token) if scheme.lower() == "bearer" else None

    def authenticate(self, request: HttpRequest, token: str) -> Caller:
        """Find the caller of a token and check the call's policy."""
        caller = find_caller(token)
        if caller is None:
            raise TokenUnknown()
        self.policy.check(caller.actor, channel=caller.channel)
        return caller


class SignInDoor(AuthBase):
    """Lets in by the sign-in cookie; the last door of a call."""

    openapi_type = "apiKey"
    openapi_in = "cookie"
    openapi_name = SIGN_IN_COOKIE

    def __init__(self, policy: Policy) -> None:
        super().__init__()
        self.policy = policy

    def __call__(self, request: HttpRequest) -> Caller:
        """Take over whom the middleware found and check the call's policy."""
        actor = getattr(request, "actor", None)
        if actor is None:
            raise SignInNeeded()
        if not _came_from_own_page(request):
            raise CrossSiteRequest()
        self.policy.check(actor)
        return Caller(actor, Channel.FIELD)


class _CsrfCheck(CsrfViewMiddleware):
    """Django's own check without its page."""

    def _reject(self, request: HttpRequest, reason: str) -> HttpResponseForbidden:
        return HttpResponseForbidden(reason)


def _forbid(request: HttpRequest) -> HttpResponseForbidden:
    return HttpResponseForbidden()


def _came_from_own_page(request: HttpRequest) -> bool:
    check = _CsrfCheck(_forbid)
    request.csrf_processing_done = False  # type: ignore[attr-defined]
    check.process_request(request)
    return check.process_view(request, _forbid, (), {}) is None


def doors(policy: Policy) -> list[AuthBase] | None:
    """Give the doors that a policy stands for; None for one that is open to everybody."""
    if policy.is_public:
        return None
    if policy.kind is PolicyKind.TOKEN:
        return [TokenDoor(policy)]
    return [TokenDoor(policy), SignInDoor(policy)]


class PolicyRouter(Router):
    """A router whose calls are guarded by the policy that each declares."""

    def add_api_operation(
        self, path: str, methods: list[str], view_func: Callable[..., Any], **options: Any
    ) -> None:
        """Register a call. Raises PolicyMissing for one that declares no policy."""
        options["auth"] = doors(get_policy(view_func))
        super().add_api_operation(path, methods, view_func, **options)
