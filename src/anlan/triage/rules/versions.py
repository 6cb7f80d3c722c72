"""What a classifier's version is measured by, and what it must show before it may be promoted.

Every figure is of whole choices, as the desk gets them (probabilities lifted by keywords), and of
reports whose matter a person has corrected or confirmed. Algorithm page: docs/algorithms/classifier.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import numpy as np

from anlan.kernel.errors import Conflict, Invalid, NotFound
from anlan.triage.classifier.learning import NEVER_SURE, find_threshold
from anlan.triage.rules import CONFIDENT_ALONE, CONFIDENT_WITH_KEYWORD, Choice, Marks

PRECISION = 0.95
"""How often a choice that stands by itself is to be right."""
MEASURED_FROM = 200
"""Answers of the desk from which on marks are measured instead of set by hand."""
ANSWERS_NEEDED = 50
BINS = 15


class VersionUnknown(NotFound):
    """There is no classifier version {version} (anlan triage versions lists them)."""


class TooFewAnswers(Conflict):
    """The desk has corrected or confirmed {count} reports; a classifier needs {needed} to learn from."""


class AlreadyActive(Conflict):
    """Version {version} is in use already."""


class ShadowTooShort(Conflict):
    """Version {version} has been in shadow for {hours} h with {signals} reports, {answered} of them answered by the desk; it needs {needed_hours} h, {needed_signals} and {needed_answered}."""


class NotInShadow(Conflict):
    """Version {version} has never run in shadow. Train a new one (anlan triage train)."""


class WorseInShadow(Conflict):
    """Version {version} is not promoted: of {count} reports in shadow that the desk has answered it has {right} right, version {active}, which is in use, {active_right}."""


class WorseOnAnswers(Conflict):
    """Version {version} is not promoted: of {count} answers of the desk that neither had learned from it has {right} right, version {active}, which is in use, {active_right}."""


class NoVersionBefore(Conflict):
    """No version was in use before version {version}."""


class ReasonMissing(Invalid):
    """Say why: the reason is kept in the ledger."""


@dataclass(frozen=True, slots=True)
class Judged:
    """One choice beside what the desk said: whether it was right, and right in its first three."""

    matter: str
    chosen: str
    top: tuple[str, ...]
    confidence: float
    by: str
    is_sure: bool = False

    @classmethod
    def of(cls, choice: Choice, matter: str) -> Judged:
        """Hold a choice against the right matter."""
        return cls(
            matter=matter, chosen=choice.matter.code, top=tuple(code for code, _ in choice.top),
            confidence=choice.confidence, by=choice.by, is_sure=choice.is_sure,
        )  # fmt: skip

    @property
    def is_right(self) -> bool:
        return self.chosen == self.matter


@dataclass(frozen=True, slots=True)
class Figures:
    """How well choices did. Shares 0–1; `sure_right`: of those that stood by themselves."""

    count: int
    right: int
    macro_f1: float
    top3: float
    calibration_error: float
    sure: float
    sure_right: float

    @property
    def accuracy(self) -> float:
        return self.right / self.count if self.count else 0.0

    def as_json(self) -> dict[str, Any]:
        """Write the figures down for the version's record and the ledger."""
        return {
            "count": self.count, "right": self.right, "accuracy": round(self.accuracy, 4),
            "macro_f1": round(self.macro_f1, 4), "top3": round(self.top3, 4),
            "calibration_error": round(self.calibration_error, 4), "sure": round(self.sure, 4),
            "sure_right": round(self.sure_right, 4),
        }  # fmt: skip


def measure(judged: Sequence[Judged]) -> Figures:
    """Measure choices against what the desk said; all zero when there is none."""
    if not judged:
        return Figures(0, 0, 0.0, 0.0, 0.0, 0.0, 0.0)
    right = np.array([one.is_right for one in judged])
    confidence = np.array([one.confidence for one in judged])
    sure = np.array([one.is_sure for one in judged])
    bins = np.minimum((confidence * BINS).astype(int), BINS - 1)
    error = sum(
        abs(confidence[bins == b].mean() - right[bins == b].mean()) * (bins == b).mean()
        for b in np.unique(bins)
    )
    return Figures(
        count=len(judged),
        right=int(right.sum()),
        macro_f1=_macro_f1(judged),
        top3=float(np.mean([one.matter in one.top for one in judged])),
        calibration_error=float(error),
        sure=float(sure.mean()),
        sure_right=float(right[sure].mean()) if sure.any() else 0.0,
    )


def _macro_f1(judged: Sequence[Judged]) -> float:
    """Mean F1 over the matters that the desk named."""
    named = sorted({one.matter for one in judged})
    found = []
    for matter in named:
        hits = sum(one.is_right for one in judged if one.matter == matter)
        meant = sum(one.matter == matter for one in judged)
        said = sum(one.chosen == matter for one in judged)
        found.append(2 * hits / (meant + said))
    return float(np.mean(found))


def measure_marks(judged: Sequence[Judged]) -> Marks | None:
    """Find how sure a choice has to be to stand by itself; None: too few answers to tell.

    The model alone and the model with a keyword are measured apart, each from MEASURED_FROM answers
    on; below that the mark set by hand stays.
    """
    marks = {}
    for by, by_hand in (("MODEL", CONFIDENT_ALONE), ("KEYWORDS", CONFIDENT_WITH_KEYWORD)):
        mine = [one for one in judged if one.by == by]
        if len(mine) < MEASURED_FROM:
            marks[by] = by_hand
            continue
        confidence = np.array([one.confidence for one in mine])
        marks[by] = find_threshold(confidence, np.array([one.is_right for one in mine]), PRECISION)
    if len(judged) < MEASURED_FROM:
        return None
    return Marks(alone=marks["MODEL"], with_keyword=marks["KEYWORDS"])


@dataclass(frozen=True, slots=True)
class Trial:
    """How long a version must have run in shadow, and on how many reports, before promotion."""

    hours: int
    signals: int
    answered: int


@dataclass(frozen=True, slots=True)
class Shadowed:
    """What a shadow run has shown so far. `ours`, `theirs`: of the same answered reports."""

    signals: int
    alike: int
    ours: Figures
    theirs: Figures


def check_promotion(
    *,
    version: int,
    active: int,
    shadow_from: datetime | None,
    at: datetime,
    shadowed: Shadowed,
    held_out: tuple[Figures, Figures] | None,
    trial: Trial,
) -> None:
    """Refuse a version that has not shown that it is no worse than the one in use.

    held_out: (new, active) on the corrections that neither has learned from; None: there are none.
    Raises NotInShadow, ShadowTooShort, WorseInShadow, WorseOnAnswers.
    """
    if shadow_from is None:
        raise NotInShadow(version=version)
    ran = at - shadow_from
    if (
        ran < timedelta(hours=trial.hours)
        or shadowed.signals < trial.signals
        or shadowed.ours.count < trial.answered
    ):
        raise ShadowTooShort(
            version=version, hours=int(ran.total_seconds() // 3600), signals=shadowed.signals,
            answered=shadowed.ours.count, needed_hours=trial.hours, needed_signals=trial.signals,
            needed_answered=trial.answered,
        )  # fmt: skip
    compared: list[tuple[type[Conflict], Figures, Figures]] = [
        (WorseInShadow, shadowed.ours, shadowed.theirs)
    ]
    if held_out is not None:
        compared.append((WorseOnAnswers, *held_out))
    for obstacle, ours, theirs in compared:
        if ours.right < theirs.right:
            raise obstacle(
                version=version, active=active, count=ours.count, right=ours.right,
                active_right=theirs.right,
            )  # fmt: skip


def marks_as_json(marks: Marks) -> dict[str, float]:
    """Write marks down for a version's record."""
    return {"alone": round(marks.alone, 6), "with_keyword": round(marks.with_keyword, 6)}


def is_never(mark: float) -> bool:
    """Tell whether no probability reaches a mark."""
    return mark >= NEVER_SURE
