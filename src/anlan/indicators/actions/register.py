"""Loading the register from a jurisdiction's folder, and noting what became of a code."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date, datetime
from pathlib import Path

from django.db import transaction

from anlan.indicators import queries
from anlan.indicators.actions.inheriting import inherit
from anlan.indicators.models import Indicator, RegisterVersion, Succession
from anlan.indicators.rules.heirs import leads_back
from anlan.indicators.rules.register import RegisterBroken, read_register
from anlan.indicators.rules.returns import SuccessionBroken
from anlan.kernel import permits
from anlan.kernel.actor import SYSTEM, Actor
from anlan.kernel.reading import YamlUnreadable, read_yaml
from anlan.ledger import actions as ledger
from anlan.places.models import new_version
from anlan.places.queries import get_gazetteer

FILE = "indicators.yaml"
_FIELDS = (
    "family", "name", "name_en", "unit", "unit_en", "decimals", "direction", "formula", "cadence", "department", "low",
    "high", "due_day", "source", "confidence", "position", "is_active",
)  # fmt: skip


@permits.inside
@transaction.atomic
def load_register(*, jurisdiction: str, folder: Path, at: datetime) -> int:
    """Load `indicators.yaml`; give how many indicators it has.

    Loading again changes entries in place by code; one no longer in the file keeps its values and is offered no more.
    Raises RegisterBroken.
    """
    path = folder / FILE
    try:
        raw = read_yaml(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as wrong:
        raise RegisterBroken(file=path.name, entry="-", problem=str(wrong)) from wrong
    except YamlUnreadable as wrong:
        raise RegisterBroken(file=path.name, entry=wrong.where, problem=wrong.problem) from wrong
    register = read_register(jurisdiction, path.name, raw)
    Indicator.objects.filter(jurisdiction_id=jurisdiction).update(is_active=False)
    Indicator.objects.bulk_create(
        [
            Indicator(
                jurisdiction_id=jurisdiction, code=one.code, family=one.family.code, name=one.name,
                name_en=one.name_en, unit=one.unit, unit_en=one.unit_en, decimals=one.decimals,
                direction=one.direction, formula=asdict(one.formula), cadence=one.cadence,
                department=one.department, low=one.low, high=one.high, due_day=one.due_day, source=one.source,
                confidence=one.confidence, position=one.position,
            )
            for one in register.indicators
        ],
        update_conflicts=True, unique_fields=["jurisdiction", "code"], update_fields=list(_FIELDS),
    )  # fmt: skip
    families = list(
        dict.fromkeys((f.code, f.side.value, f.name, f.name_en) for f in (one.family for one in register.indicators))
    )  # fmt: skip
    RegisterVersion.objects.update_or_create(
        jurisdiction_id=jurisdiction,
        defaults={
            "families": families, "lights": register.lights, "lights_source": register.lights_source,
            "number": new_version(),
        },
    )  # fmt: skip
    ledger.write(
        actor=SYSTEM, what="register.loaded", about_kind="register", about_id=jurisdiction, at=at,
        data={"indicators": len(register.indicators), "lights": dict(register.lights)},
    )  # fmt: skip
    transaction.on_commit(queries.forget_register)
    return len(register.indicators)


@permits.installation
@transaction.atomic
def record_succession(
    *,
    actor: Actor,
    old_code: str,
    heirs: list[tuple[str, float]],
    changed: date,
    source: str,
    at: datetime,
) -> tuple[int, int]:
    """Note that a code became another (share 1) or was divided among several; figures of before count for the heirs.

    Gives how many returned figures went on with the heirs, and how many could not: percentages of a place that has its own, and months after
    the change that the heir returned itself. Raises InstallationOnly, SuccessionBroken.
    """
    gazetteer = get_gazetteer()
    places = []
    for code, share in heirs:
        place = gazetteer.find_place_by_code(code)
        problem = (
            "there is no such place" if place is None
            else "a place cannot succeed itself" if place.code == old_code
            else "a share lies above 0 and at most at 1" if not 0 < share <= 1
            else ""
        )  # fmt: skip
        if problem or place is None:
            raise SuccessionBroken(code=old_code, heir=code, reason=problem)
        places.append((place.id, share))
    if not places or sum(share for _, share in places) > 1 + 1e-9:
        raise SuccessionBroken(
            code=old_code, heir=", ".join(code for code, _ in heirs), reason="the shares must come to at most 1"
        )  # fmt: skip
    became = {
        code: [(one.code, one.share) for one in found]
        for code, found in queries.list_heirs().items()
    }
    if leads_back(became | {old_code: [(code, share) for code, share in heirs]}, old_code):
        raise SuccessionBroken(
            code=old_code, heir=", ".join(code for code, _ in heirs), reason="followed on, it leads back to itself"
        )  # fmt: skip
    before = Succession.objects.filter(old_code=old_code)
    heirs_before = set(before.values_list("place_id", flat=True))
    before.delete()
    Succession.objects.bulk_create(
        Succession(old_code=old_code, place_id=place_id, share=share, changed_date=changed, source=source)
        for place_id, share in places
    )  # fmt: skip
    moved, left = inherit(old_code, heirs_before=heirs_before)
    ledger.write(
        actor=actor, what="place.succeeded", about_kind="place", about_id=old_code, at=at,
        data={"heirs": [[code, share] for code, share in heirs], "changed": str(changed), "moved": moved, "left": left},
    )  # fmt: skip
    return moved, left
