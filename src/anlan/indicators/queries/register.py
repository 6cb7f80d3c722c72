"""The register in memory, and what ended codes became."""

from __future__ import annotations

from collections import defaultdict

from anlan.indicators.models import Indicator, RegisterVersion, Succession
from anlan.indicators.rules import register as rules
from anlan.indicators.rules.returns import Heir
from anlan.kernel.snapshots import Snapshot


def _load() -> dict[str, rules.Register]:
    rows: dict[str, list[Indicator]] = defaultdict(list)
    for row in Indicator.objects.filter(is_active=True).order_by("position", "id"):
        rows[row.jurisdiction_id].append(row)
    found = {}
    for version in RegisterVersion.objects.all():
        families = {
            code: rules.Family(code, rules.Side(side), name, name_en)
            for code, side, name, name_en in version.families
        }
        found[version.jurisdiction_id] = rules.Register(
            version.jurisdiction_id,
            tuple(_describe(row, families) for row in rows[version.jurisdiction_id]),
            version.lights, version.lights_source,
        )  # fmt: skip
    return found


def _describe(row: Indicator, families: dict[str, rules.Family]) -> rules.Indicator:
    return rules.Indicator(
        id=row.id, code=row.code, family=families[row.family], name=row.name, name_en=row.name_en, unit=row.unit,
        unit_en=row.unit_en, decimals=row.decimals, direction=rules.Direction(row.direction),
        formula=rules.Formula(**row.formula | {"matters": tuple(row.formula["matters"])}),
        cadence=rules.Cadence(row.cadence), department=row.department, low=row.low, high=row.high,
        due_day=row.due_day, source=row.source, confidence=row.confidence, position=row.position,
    )  # fmt: skip


def _version() -> int:
    return hash(tuple(RegisterVersion.objects.order_by("pk").values_list("pk", "number")))


_registers = Snapshot(_load, _version)
forget_register = _registers.forget


def get_register(jurisdiction: str) -> rules.Register:
    """Give the register of a jurisdiction, from memory; an empty one where none was loaded."""
    found = _registers.get().get(jurisdiction)
    return found or rules.Register(jurisdiction, (), rules.LIGHTS, "")


def list_heirs() -> dict[str, list[Heir]]:
    """List what every ended code became."""
    heirs: dict[str, list[Heir]] = defaultdict(list)
    for row in Succession.objects.select_related("place").order_by("id"):
        heirs[row.old_code].append(Heir(row.place.code, row.changed_date, row.share))
    return dict(heirs)
