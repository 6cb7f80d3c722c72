"""What the code declares of its addresses, and what doors.yaml says of them."""

from __future__ import annotations

from functools import cache

from django.urls import get_resolver

from anlan.people.policies import Policy, PolicyKind, PolicyMissing, get_policy
from tests.flows.permissions.matrix import get_rules, list_lines, plain
from tests.house.test_policies import list_doors as list_views


@cache
def declared() -> dict[str, str]:
    """Give the policy of every address as the code declares it; the API's by method."""
    found = {}
    for address, view in list_views(get_resolver().url_patterns):
        method, _, path = address.rpartition(" ")
        try:
            policy = spell(get_policy(view))
        except PolicyMissing:
            policy = "none"
        found[f"{method} {plain(path)}".strip()] = policy
    return found


def spell(policy: Policy) -> str:
    if policy.kind is PolicyKind.SEATED:
        watching = set(get_rules()["watching"])
        narrow = sorted(policy.roles) if policy.roles and set(policy.roles) != watching else []
        return " ".join(["seated", *narrow])
    return " ".join([policy.kind.lower(), *sorted(policy.channels)])


def known() -> dict[str, set[str]]:
    """Give the policies of doors.yaml, keyed as `declared` keys them."""
    calls = {key for key in declared() if " " in key}
    found: dict[str, set[str]] = {}
    for key, line in list_lines().items():
        found.setdefault(key if key in calls else key.partition(" ")[2], set()).add(line["policy"])
    return found


def list_missing() -> list[str]:
    """List the addresses that declare no policy or stand in no line of the matrix."""
    bare = {address for address, policy in declared().items() if policy == "none"}
    return sorted(bare | set(declared()) - set(known()))
