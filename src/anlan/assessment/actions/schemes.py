"""Loading schemes from a jurisdiction's folder, and noting results of years that were assessed elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

from django.db import transaction

from anlan.assessment import queries
from anlan.assessment.models import PastResult, SchemeVersion
from anlan.assessment.rules import schemes as rules
from anlan.assessment.rules.objections import check_text
from anlan.indicators.queries import get_register
from anlan.indicators.rules.register import Direction
from anlan.kernel import permits
from anlan.kernel.actor import SYSTEM, Actor
from anlan.kernel.canonical import digest
from anlan.kernel.reading import YamlUnreadable, read_yaml
from anlan.ledger import actions as ledger
from anlan.places.queries import get_gazetteer


@permits.inside
@transaction.atomic
def load_schemes(*, jurisdiction: str, folder: Path, at: datetime) -> int:
    """Load `assessment.yaml`; give how many versions are new.

    A version that is there already must be as in the file: what changes is a version of its own with the period from which it holds.
    Raises SchemeBroken, SchemeChanged.
    """
    path = folder / rules.FILE
    try:
        raw = read_yaml(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as wrong:
        raise rules.SchemeBroken(file=path.name, scheme="-", problem=str(wrong)) from wrong
    except YamlUnreadable as wrong:
        raise rules.SchemeBroken(
            file=path.name, scheme=wrong.where, problem=wrong.problem
        ) from wrong
    known = {
        one.code: one.direction is not Direction.NONE
        for one in get_register(jurisdiction).indicators
    }
    there = {
        (row.code, row.version): row.digest
        for row in SchemeVersion.objects.filter(jurisdiction_id=jurisdiction)
    }
    new = 0
    for scheme in rules.read_schemes(path.name, raw, indicators=known):
        content = scheme.as_json()
        mark = digest(content)
        if (scheme.code, scheme.version) in there:
            if there[scheme.code, scheme.version] != mark:
                raise rules.SchemeChanged(scheme=scheme.code, version=scheme.version)
            continue
        SchemeVersion.objects.create(
            jurisdiction_id=jurisdiction, code=scheme.code, version=scheme.version, since=scheme.since, content=content,
            digest=mark, loaded_at=at,
        )  # fmt: skip
        ledger.write(
            actor=SYSTEM, what="scheme.loaded", about_kind="scheme", about_id=f"{jurisdiction}:{scheme.code}:{scheme.version}",
            at=at, data={"since": scheme.since, "digest": mark},
        )  # fmt: skip
        new += 1
    transaction.on_commit(queries.forget_schemes)
    return new


@permits.installation
@transaction.atomic
def record_results(
    *,
    actor: Actor,
    scheme: str,
    place_code: str,
    years: Mapping[int, bool],
    source: str,
    at: datetime,
) -> None:
    """Note in which years a place passed before it was assessed here. Raises InstallationOnly, PlaceUnknown, SchemeUnknown, TextUnfit."""
    place = get_gazetteer().place_by_code(place_code)
    if scheme not in {one.code for one in queries.list_schemes(place.jurisdiction)}:
        raise rules.SchemeUnknown(scheme=scheme[:60], period="-")
    source = check_text(source)[:300]
    PastResult.objects.bulk_create(
        [PastResult(place_id=place.id, scheme=scheme, year=year, is_passed=ok, source=source) for year, ok in years.items()],
        update_conflicts=True, unique_fields=["place", "scheme", "year"], update_fields=["is_passed", "source"],
    )  # fmt: skip
    ledger.write(
        actor=actor, what="scheme.results", about_kind="place", about_id=place.code, at=at,
        data={"scheme": scheme, "years": {str(year): ok for year, ok in years.items()}},
    )  # fmt: skip
