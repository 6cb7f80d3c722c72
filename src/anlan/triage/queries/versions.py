"""Reads about versions: which there are, which runs in shadow, and what its proposals came to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.db.models import Count

from anlan.cases.models import Matter
from anlan.cases.queries.answers import list_answers
from anlan.kernel.snapshots import Snapshot
from anlan.triage.models import ClassifierVersion, ShadowProposal
from anlan.triage.queries import Trained, bind_version
from anlan.triage.rules.versions import Judged, Shadowed, VersionUnknown, measure

WITHOUT_BLOB = ("blob",)


def get_version(*, version: int, lock: bool = False) -> ClassifierVersion:
    """Fetch a version. Raises VersionUnknown."""
    found = (
        ClassifierVersion.objects.select_for_update(no_key=True)
        if lock
        else ClassifierVersion.objects
    )
    one = found.filter(pk=version).first()
    if one is None:
        raise VersionUnknown(version=version)
    return one


def find_active(*, jurisdiction: str) -> ClassifierVersion | None:
    """Find the version in use."""
    return ClassifierVersion.objects.filter(jurisdiction_id=jurisdiction, is_active=True).first()


def list_versions(*, jurisdiction: str = "") -> list[ClassifierVersion]:
    """List versions, the newest first, without their weights."""
    found = ClassifierVersion.objects.defer(*WITHOUT_BLOB).order_by("-pk")
    return list(found.filter(jurisdiction_id=jurisdiction) if jurisdiction else found)


def _load_shadows() -> dict[str, Trained]:
    found = ClassifierVersion.objects.filter(is_shadow=True)
    return {version.jurisdiction_id: bind_version(version) for version in found}


def _shadows_version() -> int:
    found = ClassifierVersion.objects.filter(is_shadow=True).values_list("pk", flat=True)
    return hash(tuple(sorted(found)))


_shadows = Snapshot(_load_shadows, _shadows_version)
forget_shadows = _shadows.forget


def get_shadows() -> Mapping[str, Trained]:
    """Give the versions that run in shadow, by jurisdiction, from memory."""
    return _shadows.get()


def _judge(proposed: Mapping[str, Any], matter: str) -> Judged:
    top = proposed["top"]
    return Judged(
        matter=matter, chosen=top[0][0], top=tuple(code for code, _ in top), confidence=top[0][1],
        by=proposed["by"], is_sure=proposed["is_sure"],
    )  # fmt: skip


def measure_shadow(*, version: ClassifierVersion) -> Shadowed:
    """Measure a version's proposals in shadow, beside those of the version in use.

    Compared are the proposals that were made beside the version in use now, for reports that the
    desk has answered since.
    """
    active = find_active(jurisdiction=version.jurisdiction_id)
    found = ShadowProposal.objects.filter(version=version, active=active)
    rows: dict[UUID, Mapping[str, Any]] = dict(found.values_list("signal_id", "proposed"))
    said = {
        answer.signal_id: answer.matter
        for answer in list_answers(
            jurisdiction=version.jurisdiction_id, since=version.shadow_from
        )
        if answer.signal_id in rows
    }  # fmt: skip
    return Shadowed(
        signals=len(rows),
        alike=sum(_first(row["shadow"]) == _first(row["active"]) for row in rows.values()),
        ours=measure([_judge(rows[signal]["shadow"], matter) for signal, matter in said.items()]),
        theirs=measure([_judge(rows[signal]["active"], matter) for signal, matter in said.items()]),
    )


def count_shadowed() -> dict[int, int]:
    """Count the signals that each version has proposed a matter for in shadow."""
    found = ShadowProposal.objects.values_list("version_id").annotate(signals=Count("pk"))
    return dict(found)


def _first(proposed: Mapping[str, Any]) -> str:
    code: str = proposed["top"][0][0]
    return code


def list_words(jurisdiction: str) -> list[tuple[str, str]]:
    """List the catalogue's own words with the matter they belong to."""
    matters = Matter.objects.filter(jurisdiction_id=jurisdiction, is_active=True).order_by("pk")
    return [
        (text, m.code)
        for m in matters
        for text in (m.name, m.name_en, *m.keywords, *m.phrases)
        if text
    ]
