"""Who may call an action: declared above it, kept by what each kind says, walked by the build.

    @permits.scope         whoever sees the matter and holds a role that its procedure names
    @permits.own           anybody, on what is his own
    @permits.proof         whoever shows the secret: a tracking code, a password, a sign-in's token
    @permits.anybody       everybody: it takes something in and shows nothing
    @permits.client        a partner system
    @permits.installation  the installation itself: the command line and its jobs
    @permits.inside        no face at all: jobs, the command line, other actions that have checked

The decorator is the topmost one. `client` and `installation` are enforced here, before anything is
read; the others in the action, which fetches with `access_…` and asks the procedure. That they hold
is tried with strangers for every action by `tests/flows/permissions`; an action without a permit, and
a face that calls one of the inside, fail `tests/house/test_permits.py`.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from anlan.kernel.actor import Actor, ActorKind
from anlan.kernel.errors import NotAllowed

P = ParamSpec("P")
R = TypeVar("R")
A = TypeVar("A", bound=Callable[..., Any])


class Permit(StrEnum):
    """What an action asks of whoever calls it."""

    SCOPE = "SCOPE"
    OWN = "OWN"
    PROOF = "PROOF"
    ANYBODY = "ANYBODY"
    CLIENT = "CLIENT"
    INSTALLATION = "INSTALLATION"
    INSIDE = "INSIDE"


PERMIT_LABELS: dict[Permit, str] = {
    Permit.SCOPE: "whoever sees the matter and holds a role that its procedure names",
    Permit.OWN: "anybody, on what is his own",
    Permit.PROOF: "whoever shows the secret: tracking code, password, sign-in",
    Permit.ANYBODY: "everybody",
    Permit.CLIENT: "a partner system",
    Permit.INSTALLATION: "the installation itself: command line and jobs",
    Permit.INSIDE: "no face: jobs, command line, other actions",
}


class InstallationOnly(NotAllowed):
    """This is done by those who run this installation."""


class ClientOnly(NotAllowed):
    """Only a partner system may do this."""


def _declare(action: A, permit: Permit) -> A:
    action.permit = permit  # type: ignore[attr-defined]
    return action


def scope(action: A) -> A:
    """Let in whoever sees the matter and may move it; the action asks `access_` and procedure."""
    return _declare(action, Permit.SCOPE)


def own(action: A) -> A:
    """Let in everybody, to what is his own; the action compares."""
    return _declare(action, Permit.OWN)


def proof(action: A) -> A:
    """Let in whoever shows the secret; the action checks it."""
    return _declare(action, Permit.PROOF)


def anybody(action: A) -> A:
    """Let in everybody: the action takes something in and shows nothing."""
    return _declare(action, Permit.ANYBODY)


def inside(action: A) -> A:
    """Let no face in; whoever calls has checked."""
    return _declare(action, Permit.INSIDE)


def client(action: Callable[P, R]) -> Callable[P, R]:
    """Let in partner systems and the installation. The action then raises ClientOnly."""
    allowed = {ActorKind.CLIENT, ActorKind.SYSTEM}
    return _declare(_only(allowed, ClientOnly, action), Permit.CLIENT)


def installation(action: Callable[P, R]) -> Callable[P, R]:
    """Let in the installation itself. The action then raises InstallationOnly."""
    return _declare(_only({ActorKind.SYSTEM}, InstallationOnly, action), Permit.INSTALLATION)


def _only(
    kinds: set[ActorKind], obstacle: type[NotAllowed], action: Callable[P, R]
) -> Callable[P, R]:
    @wraps(action)
    def checked(*args: P.args, **given: P.kwargs) -> R:
        actor = given["actor"]
        assert isinstance(actor, Actor), "an action names its actor"
        if actor.kind not in kinds:
            raise obstacle()
        return action(*args, **given)

    return checked


def find_permit(action: Any) -> Permit | None:
    """Give the permit of an action, None for one that declares nothing."""
    permit = getattr(action, "permit", None)
    return permit if isinstance(permit, Permit) else None
