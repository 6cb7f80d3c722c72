"""Every address declares who may come in."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from typing import Any

import pytest
from django.urls import URLPattern, URLResolver, get_resolver
from ninja.operation import PathView

from anlan.kernel.actor import Actor, ActorKind, Role, Seat
from anlan.people import policies
from anlan.people.policies import Policy, PolicyKind, PolicyMissing, get_policy


def list_doors(patterns: list[Any], above: str = "") -> Iterator[tuple[str, Any]]:
    """Walk all addresses down to views, and calls of the API method by method."""
    for pattern in patterns:
        address = above + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from list_doors(pattern.url_patterns, address)
        elif isinstance(pattern, URLPattern):
            api = find_api_view(pattern.callback)
            if api is None:
                yield address, pattern.callback
            else:
                for call in api.operations:
                    yield f"{'/'.join(call.methods)} {address}", call


def find_api_view(view: Any) -> PathView | None:
    if not inspect.isfunction(view):
        return None
    held = inspect.getclosurevars(view).nonlocals.get("self")
    return held if isinstance(held, PathView) else None


def test_every_address_declares_who_may_come_in() -> None:
    doors = dict(list_doors(get_resolver().url_patterns))
    undeclared = []
    for address, view in doors.items():
        try:
            get_policy(view)
        except PolicyMissing:
            undeclared.append(address)
    assert not undeclared, f"no policy (anlan.people.policies) at: {undeclared}"
    assert len(doors) > 20, "the walk does not reach the addresses any more"


def test_calls_of_the_api_enforce_what_they_declare() -> None:
    for address, call in list_doors(get_resolver().url_patterns):
        if hasattr(call, "view_func"):
            policy = get_policy(call)
            guards = [door.policy for door in call.auth_callbacks]
            assert guards == ([] if policy.is_public else [policy] * len(guards)), address
            assert policy.is_public or guards, address


def test_changes_are_open_to_everybody_only_by_tracking_code_or_as_a_page_of_the_web() -> None:
    open_calls = {
        address
        for address, call in list_doors(get_resolver().url_patterns)
        if hasattr(call, "view_func") and get_policy(call).is_public and "POST" in call.methods
    }
    assert {address.partition("api/v1/")[2] for address in open_calls} == {
        "track/<tracking_code>/join",
        "track/<tracking_code>/rating",
    }


def actor(kind: ActorKind, *roles: Role) -> Actor:
    return Actor(kind, None, "somebody", tuple(Seat(role, "33") for role in roles))


@pytest.mark.parametrize(
    ("policy", "who", "channel", "obstacle"),
    [
        (Policy(PolicyKind.PUBLIC), None, "", None),
        (Policy(PolicyKind.SIGNED_IN), None, "", policies.SignInNeeded),
        (Policy(PolicyKind.SIGNED_IN), actor(ActorKind.CLIENT), "API", None),
        (Policy(PolicyKind.SEATED), actor(ActorKind.PERSON), "", policies.SeatNeeded),
        (
            Policy(PolicyKind.SEATED),
            actor(ActorKind.PERSON, Role.VOLUNTEER),
            "",
            policies.SeatNeeded,
        ),
        (Policy(PolicyKind.SEATED), actor(ActorKind.PERSON, Role.GRID_WORKER), "", None),
        (
            Policy(PolicyKind.SEATED, roles=frozenset({Role.TOWN_DESK})),
            actor(ActorKind.PERSON, Role.GRID_WORKER),
            "",
            policies.SeatNeeded,
        ),
        (Policy(PolicyKind.TOKEN), actor(ActorKind.PERSON), "", policies.ChannelNeeded),
        (
            Policy(PolicyKind.TOKEN, channels=frozenset({"POLICE_110"})),
            actor(ActorKind.CLIENT),
            "API",
            policies.ChannelNeeded,
        ),
        (
            Policy(PolicyKind.TOKEN, channels=frozenset({"POLICE_110"})),
            actor(ActorKind.CLIENT),
            "POLICE_110",
            None,
        ),
    ],
)
def test_a_policy_opens_only_to_whom_it_names(
    policy: Policy, who: Actor | None, channel: str, obstacle: type[Exception] | None
) -> None:
    if obstacle is None:
        policy.check(who, channel=channel)
        return
    with pytest.raises(obstacle):
        policy.check(who, channel=channel)


def test_an_undeclared_call_cannot_be_registered() -> None:
    from anlan.api.door import PolicyRouter

    router = PolicyRouter()
    with pytest.raises(PolicyMissing):
        router.get("/open")(lambda request: None)


CSRF_EXEMPT = {
    "api/v1/": "let in by a token in a header; SignInDoor checks CSRF itself for the cookie",
    "open311/v2/": "let in by api_key; the sign-in cookie opens nothing there",
}


def list_views(patterns: list[Any], above: str = "") -> Iterator[tuple[str, Any]]:
    for pattern in patterns:
        address = above + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from list_views(pattern.url_patterns, address)
        else:
            yield address, pattern.callback


def test_only_declared_addresses_go_without_the_csrf_check() -> None:
    exempt = {
        address
        for address, view in list_views(get_resolver().url_patterns)
        if getattr(view, "csrf_exempt", False)
    }
    undeclared = {each for each in exempt if not each.startswith(tuple(CSRF_EXEMPT))}
    assert not undeclared, f"csrf_exempt without a reason in CSRF_EXEMPT: {undeclared}"
    unused = {each for each in CSRF_EXEMPT if not any(a.startswith(each) for a in exempt)}
    assert not unused, f"declared, but nothing is exempt there: {unused}"
