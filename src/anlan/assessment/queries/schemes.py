"""Schemes in memory, and the version that holds for a period."""

from __future__ import annotations

from collections import defaultdict

from anlan.assessment.models import SchemeVersion
from anlan.assessment.rules import schemes as rules
from anlan.kernel.snapshots import Snapshot


def _load() -> dict[str, list[rules.Scheme]]:
    found: dict[str, list[rules.Scheme]] = defaultdict(list)
    for row in SchemeVersion.objects.order_by("jurisdiction_id", "id"):
        found[row.jurisdiction_id].append(rules.read_kept(row.content))
    return dict(found)


def _version() -> int:
    return hash(tuple(SchemeVersion.objects.order_by("id").values_list("id", "digest")))


_schemes = Snapshot(_load, _version)
forget_schemes = _schemes.forget


def list_schemes(jurisdiction: str) -> list[rules.Scheme]:
    """List all versions of a jurisdiction's schemes, in the order of their loading."""
    return _schemes.get().get(jurisdiction, [])


def find_scheme(*, jurisdiction: str, code: str, period: str) -> rules.Scheme:
    """Give the version that holds for a period. Raises SchemeUnknown."""
    return rules.in_force(list_schemes(jurisdiction), code=code, period=period)
