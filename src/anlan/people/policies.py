"""Who may come in at a URL: declared beside the view, enforced by the face, checked by a test.

    @policies.public                       anybody; the view itself asks for a tracking code if need be
    @policies.signed_in                    a person with a sign-in, or a partner system with a token
    @policies.seated(Role.TOWN_DESK, ...)  one of those with such a seat somewhere (none named: any seat)
    @policies.token("POLICE_110", ...)     a partner system only, on one of these channels (none: any)

    @policies.proved                       above one of these: and has lately shown that it is he

The decorator goes nearest to the function, below `@router.get(...)`; for a class-based view use
`method_decorator(..., name="dispatch")` or set `policy` on the class. A policy only opens the door:
which cases and persons are then seen or changed is decided by the queries (`visible_to`) and by
the procedures. `tests/house/test_policies.py` walks all URLs and fails on an undeclared one.

The web's middleware puts whoever holds the sign-in cookie on `request.actor`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TypeVar

from django.conf import settings

from anlan.kernel.actor import PLACE_ROLES, Actor, ActorKind, Role
from anlan.kernel.errors import AnlanError, NotAllowed

SIGN_IN_COOKIE: str = settings.SIGN_IN_COOKIE

V = TypeVar("V", bound=Callable[..., Any])


class PolicyKind(StrEnum):
    PUBLIC = "PUBLIC"
    SIGNED_IN = "SIGNED_IN"
    SEATED = "SEATED"
    TOKEN = "TOKEN"  # noqa: S105 – a kind of policy, not a secret


class SignInNeeded(AnlanError):
    """This is open only to those who have signed in. Sign in, or send a valid token."""

    status = 401


class SeatNeeded(NotAllowed):
    """This is for other roles than yours: {roles}."""


class ChannelNeeded(NotAllowed):
    """This is only for partner systems with a token of the channel {channels}."""


class PolicyMissing(Exception):
    """A view declares nothing about who may come in; nobody may, then."""


@dataclass(frozen=True, slots=True)
class Policy:
    """What a door asks for. `roles` belong to SEATED, `channels` to TOKEN; empty: any."""

    kind: PolicyKind
    roles: frozenset[Role] = frozenset()
    channels: frozenset[str] = frozenset()

    @property
    def is_public(self) -> bool:
        return self.kind is PolicyKind.PUBLIC

    def check(self, actor: Actor | None, *, channel: str = "") -> None:
        """Refuse whoever may not come in; `channel` is that of a partner system's token.

        Raises SignInNeeded, SeatNeeded, ChannelNeeded.
        """
        if self.kind is PolicyKind.PUBLIC:
            return
        if actor is None:
            raise SignInNeeded()
        if self.kind is PolicyKind.SEATED:
            wanted = self.roles or PLACE_ROLES
            if not any(seat.role in wanted for seat in actor.seats):
                raise SeatNeeded(roles=", ".join(sorted(wanted)))
        if self.kind is PolicyKind.TOKEN and (
            actor.kind is not ActorKind.CLIENT or (self.channels and channel not in self.channels)
        ):
            raise ChannelNeeded(channels=", ".join(sorted(self.channels)) or "API")


def declare(view: V, policy: Policy) -> V:
    """Write a policy on a view."""
    view.policy = policy  # type: ignore[attr-defined]
    return view


def public(view: V) -> V:
    """Let anybody in."""
    return declare(view, Policy(PolicyKind.PUBLIC))


def signed_in(view: V) -> V:
    """Let in whoever has shown who he is."""
    return declare(view, Policy(PolicyKind.SIGNED_IN))


def seated(*roles: Role) -> Callable[[V], V]:
    """Let in whoever holds one of these seats anywhere; without roles, any seat over a place."""
    return lambda view: declare(view, Policy(PolicyKind.SEATED, roles=frozenset(roles)))


def token(*channels: str) -> Callable[[V], V]:
    """Let in partner systems with a token of one of these channels; without, of any channel."""
    return lambda view: declare(view, Policy(PolicyKind.TOKEN, channels=frozenset(channels)))


def proved(view: V) -> V:
    """Ask whoever comes in by a policy to have shown within the last half hour that it is he."""
    view.needs_proof = True  # type: ignore[attr-defined]
    return view


def needs_proof(view: Any) -> bool:
    """Tell whether a view asks for a fresh proof."""
    return bool(getattr(view, "needs_proof", False))


def get_policy(view: Any) -> Policy:
    """Give the policy of a Django view, a class-based view or an API operation.

    Raises PolicyMissing.
    """
    for bearer in (
        view,
        getattr(view, "view_func", None),  # an operation of the API
        getattr(view, "view_class", None),
        getattr(view, "func", None),  # functools.partial
        getattr(view, "__wrapped__", None),
    ):
        policy = getattr(bearer, "policy", None)
        if isinstance(policy, Policy):
            return policy
    raise PolicyMissing(repr(view))


def address_of(meta: Mapping[str, Any], *, is_behind_proxy: bool) -> str:
    """Tell the address a request came from, for counting tries; `meta` is `request.META`.

    Behind a proxy it is the last entry of X-Forwarded-For, which the proxy itself wrote; the
    entries before it are whatever the sender made up.

    >>> address_of({"REMOTE_ADDR": "10.0.0.1", "HTTP_X_FORWARDED_FOR": "1.1.1.1, 7.7.7.7"},
    ...            is_behind_proxy=True)
    '7.7.7.7'
    """
    forwarded = str(meta.get("HTTP_X_FORWARDED_FOR", "")) if is_behind_proxy else ""
    return forwarded.rpartition(",")[2].strip() or str(meta.get("REMOTE_ADDR", ""))
