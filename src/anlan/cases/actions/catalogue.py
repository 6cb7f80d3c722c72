"""Loading the matter catalogue and the deadline profiles of a jurisdiction from files."""

from __future__ import annotations

import math
from datetime import date
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from anlan.cases import queries, rules
from anlan.cases.models import CatalogueVersion, DeadlineProfile, Matter
from anlan.kernel import permits
from anlan.kernel.calendars import Unit
from anlan.kernel.errors import Invalid
from anlan.kernel.reading import YamlUnreadable, read_yaml
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
    file = _read(path)
    try:
        rows = [
            {"source": file["source"], "confidence": file["confidence"]} | row
            for row in file["matters"]
        ]
    except (KeyError, TypeError) as wrong:
        raise CatalogueBroken(file=path.name, entry="-", problem=repr(wrong)) from wrong
    matters = [_matter(jurisdiction, path.name, number, row) for number, row in enumerate(rows)]
    _check_codes(path.name, matters)
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


def _read(path: Path) -> dict[str, Any]:
    try:
        found = read_yaml(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, YamlUnreadable) as wrong:
        where = wrong.where if isinstance(wrong, YamlUnreadable) else "-"
        problem = wrong.problem if isinstance(wrong, YamlUnreadable) else str(wrong)
        raise CatalogueBroken(file=path.name, entry=where, problem=problem) from wrong
    if not isinstance(found, dict):
        raise CatalogueBroken(file=path.name, entry="-", problem="keys and values are needed")
    return found


def _check_codes(file: str, matters: list[Matter]) -> None:
    """Refuse what the table would refuse, before anything is written; it names the entry."""
    seen: set[str] = set()
    for matter in matters:
        _check(file, matter, exclude=["jurisdiction", "keywords", "phrases"])
        for words in (matter.keywords, matter.phrases):
            if not isinstance(words, list) or not all(_is_line(word) for word in words):
                raise CatalogueBroken(
                    file=file, entry=matter.code, problem="keywords and phrases are lists of texts"
                )
        if matter.code in seen:
            raise CatalogueBroken(file=file, entry=matter.code, problem="the code is there twice")
        seen.add(matter.code)


def _check(file: str, row: Matter | DeadlineProfile, *, exclude: list[str]) -> None:
    try:
        row.clean_fields(exclude=exclude)
    except ValidationError as wrong:
        problem = "; ".join(
            f"{name}: {' '.join(messages)}" for name, messages in wrong.message_dict.items()
        )
        raise CatalogueBroken(file=file, entry=str(row.code), problem=problem) from wrong
    except (TypeError, ValueError, OverflowError) as wrong:
        raise CatalogueBroken(file=file, entry=str(row.code), problem=str(wrong)) from wrong
    texts = [value for value in vars(row).values() if isinstance(value, str)]
    if not all(_is_line(text) for text in texts) or not math.isfinite(row.confidence):
        raise CatalogueBroken(
            file=file, entry=repr(row.code), problem="a text or number cannot be stored"
        )


def _is_line(value: object) -> bool:
    return isinstance(value, str) and value.isprintable()


def _matter(jurisdiction: str, file: str, number: int, row: dict[str, Any]) -> Matter:
    try:
        return Matter(
            jurisdiction_id=jurisdiction,
            code=row["code"],
            matter_class=rules.MatterClass(str(row["class"])),
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
    except (KeyError, TypeError, ValueError) as wrong:
        raise CatalogueBroken(
            file=file, entry=row.get("code", number + 1), problem=repr(wrong)
        ) from wrong


def _load_deadlines(jurisdiction: str, path: Path, at_date: date) -> None:
    for code, row in _read(path).items():
        profile = _profile(jurisdiction, path.name, code, row, at_date)
        _check(path.name, profile, exclude=["jurisdiction"])
        DeadlineProfile.objects.update_or_create(
            jurisdiction_id=jurisdiction,
            code=profile.code,
            valid_from=profile.valid_from,
            defaults={name: getattr(profile, name) for name in _TERMS},
        )


_TERMS = (
    *("ack_amount", "ack_unit", "update_amount", "update_unit", "close_amount", "close_unit"),
    *("extension_amount", "extension_unit", "extensions_limit", "pause_amount", "pause_unit"),
    *("source", "confidence"),
)


def _profile(
    jurisdiction: str, file: str, code: object, row: dict[str, Any], at_date: date
) -> DeadlineProfile:
    try:
        return DeadlineProfile(
            jurisdiction_id=jurisdiction,
            code=rules.Level(str(code)),
            valid_from=row.get("valid_from", at_date),
            ack_amount=row["accept"][0],
            ack_unit=Unit(row["accept"][1]),
            update_amount=row["update"][0],
            update_unit=Unit(row["update"][1]),
            close_amount=row["close"][0],
            close_unit=Unit(row["close"][1]),
            extension_amount=row["extension"][0],
            extension_unit=Unit(row["extension"][1]),
            extensions_limit=row["extensions_limit"],
            pause_amount=row["pause"][0],
            pause_unit=Unit(row["pause"][1]),
            source=row["source"],
            confidence=row["confidence"],
        )
    except (KeyError, TypeError, ValueError, AttributeError, IndexError) as wrong:
        raise CatalogueBroken(file=file, entry=code, problem=repr(wrong)) from wrong
