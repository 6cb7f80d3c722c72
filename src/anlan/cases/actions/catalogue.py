"""Loading the matter catalogue and the deadline profiles of a jurisdiction from files."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import yaml
from django.db import transaction

from anlan.cases import queries, rules
from anlan.cases.models import CatalogueVersion, DeadlineProfile, Matter
from anlan.kernel import permits
from anlan.kernel.calendars import Unit
from anlan.kernel.errors import Invalid
from anlan.places.models import new_version

DEFAULT_DEADLINES = Path(__file__).resolve().parent.parent / "deadlines.yaml"


class CatalogueBroken(Invalid):
    """{file}, entry {entry}: {problem}"""


@permits.inside
@transaction.atomic
def load_catalogue(*, jurisdiction: str, folder: Path, at_date: date) -> int:
    """Load `matters.yaml` and `deadlines.yaml` (or the default terms); give the matters' number.

    Loading again changes entries in place by code; an entry no longer in the file stays for old
    cases and is offered no more. Raises CatalogueBroken.
    """
    path = folder / "matters.yaml"
    file = yaml.safe_load(path.read_text(encoding="utf-8"))
    rows = [
        {"source": file["source"], "confidence": file["confidence"]} | r for r in file["matters"]
    ]
    matters = [_matter(jurisdiction, path.name, number, row) for number, row in enumerate(rows)]
    Matter.objects.filter(jurisdiction_id=jurisdiction).update(is_active=False)
    Matter.objects.bulk_create(
        matters,
        update_conflicts=True,
        unique_fields=["jurisdiction", "code"],
        update_fields=[
            "matter_class", "family", "name", "name_en", "keywords", "phrases", "department",
            "level", "source", "confidence", "is_active",
        ],
    )  # fmt: skip
    own = folder / "deadlines.yaml"
    _load_deadlines(jurisdiction, own if own.exists() else DEFAULT_DEADLINES, at_date)
    CatalogueVersion.objects.update_or_create(id=1, defaults={"number": new_version()})
    transaction.on_commit(queries.forget_catalogue)
    return len(matters)


def _matter(jurisdiction: str, file: str, number: int, row: dict[str, Any]) -> Matter:
    try:
        return Matter(
            jurisdiction_id=jurisdiction,
            code=row["code"],
            matter_class=rules.MatterClass(row["class"]),
            family=row.get("family", ""),
            name=row["name"],
            name_en=row["name_en"],
            keywords=row.get("keywords", []),
            phrases=row.get("phrases", []),
            department=row["department"],
            level=rules.Level(row["level"]),
            source=row["source"],
            confidence=row["confidence"],
        )
    except (KeyError, ValueError) as wrong:
        raise CatalogueBroken(
            file=file, entry=row.get("code", number + 1), problem=str(wrong)
        ) from wrong


def _load_deadlines(jurisdiction: str, path: Path, at_date: date) -> None:
    for code, row in yaml.safe_load(path.read_text(encoding="utf-8")).items():
        DeadlineProfile.objects.update_or_create(
            jurisdiction_id=jurisdiction,
            code=rules.Level(code),
            valid_from=row.get("valid_from", at_date),
            defaults={
                "ack_amount": row["accept"][0],
                "ack_unit": Unit(row["accept"][1]),
                "close_amount": row["close"][0],
                "close_unit": Unit(row["close"][1]),
                "extension_amount": row["extension"][0],
                "extension_unit": Unit(row["extension"][1]),
                "extensions_limit": row["extensions_limit"],
                "source": row["source"],
                "confidence": row["confidence"],
            },
        )
