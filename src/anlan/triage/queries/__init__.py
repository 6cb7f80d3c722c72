"""Reads of the room: the trained classifiers in memory, decisions with their reasons."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

import numpy as np
import numpy.typing as npt

from anlan.cases.queries import get_catalogue
from anlan.cases.rules import MatterInfo
from anlan.kernel.snapshots import Snapshot
from anlan.triage import rules
from anlan.triage.classifier import Classifier
from anlan.triage.models import ClassifierVersion, Decision

TAKE_SIGNAL = "SELECT triage_take_signal(%s::jsonb)"  # sql/take_signal.sql


@dataclass(frozen=True)
class Trained:
    """The classifier in use for a jurisdiction, bound to the catalogue as it stands."""

    version_id: int | None
    matters: tuple[MatterInfo, ...]
    keywords: rules.KeywordIndex
    classifier: Classifier | None
    columns: npt.NDArray[np.int64]
    """Column of the classifier for each matter; −1 where it has never seen the matter."""
    unseen: npt.NDArray[np.int64]
    """Where that is so."""
    marks: rules.Marks = rules.BY_HAND

    def predict(self, texts: Sequence[str]) -> npt.NDArray[np.float64]:
        """Give the probability of each matter for each text (n, k), in the order of `matters`."""
        k = len(self.matters)
        if self.classifier is None:
            return np.full((len(texts), k), 1 / k)
        return self.spread(self.classifier.predict_proba(texts))

    def spread(self, of_labels: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """Turn the classifier's probabilities of its labels (n, labels) into those of `matters`."""
        proba = of_labels.take(self.columns, axis=1)
        # The column −1 took the last label's share for a matter that the classifier has never seen
        proba[:, self.unseen] = 0
        proba += 1e-6
        proba /= proba.sum(axis=1, keepdims=True)
        return proba

    def choose(self, text: str) -> rules.Choice:
        """Choose the matter of one text."""
        return self.weigh(text, self.predict([text])[0])

    def weigh(self, text: str, probabilities: npt.NDArray[np.float64]) -> rules.Choice:
        """Choose the matter of a text whose probabilities have been predicted."""
        return rules.choose(probabilities, self.keywords.find(text), self.matters, self.marks)

    def explain(self, text: str, code: str, *, top: int = 3) -> tuple[str, ...]:
        """Name the phrases that speak most for a matter; none where it has never been seen."""
        if self.classifier is None or code not in self.classifier.labels:
            return ()
        return tuple(phrase for phrase, _ in self.classifier.explain(text, code, top=top))


def _load_trained() -> dict[str, Trained]:
    active = {v.jurisdiction_id: v for v in ClassifierVersion.objects.filter(is_active=True)}
    jurisdictions = {m.jurisdiction for m in get_catalogue().offered}
    return {
        code: bind_version(active[code]) if code in active else bind(code, None)
        for code in jurisdictions
    }


def bind_version(version: ClassifierVersion) -> Trained:
    """Read a stored version and bind it to the catalogue as it stands."""
    classifier = Classifier.from_bytes(bytes(version.blob))
    measured = rules.Marks(**version.marks) if version.marks else None
    return bind(version.jurisdiction_id, classifier, version_id=version.pk, marks=measured)


def bind(
    jurisdiction: str,
    classifier: Classifier | None,
    *,
    version_id: int | None = None,
    marks: rules.Marks | None = None,
) -> Trained:
    """Bind a classifier to the catalogue. marks: as measured on the desk's answers, if they were."""
    catalogue = get_catalogue()
    matters = tuple(m for m in catalogue.offered if m.jurisdiction == jurisdiction)
    column = {label: i for i, label in enumerate(classifier.labels if classifier else ())}
    columns = np.array([column.get(m.code, -1) for m in matters], dtype=np.int64)
    return Trained(
        version_id=version_id,
        matters=matters,
        keywords=rules.KeywordIndex.build(matters),
        classifier=classifier,
        columns=columns,
        unseen=np.flatnonzero(columns < 0),
        marks=marks or rules.Marks.of(classifier.threshold if classifier else None),
    )


def _trained_version() -> int:
    ids = ClassifierVersion.objects.filter(is_active=True).values_list("pk", flat=True)
    return hash((tuple(sorted(ids)), get_catalogue().number))


_trained = Snapshot(_load_trained, _trained_version)
forget_trained = _trained.forget


def warm_up_classifiers() -> None:
    """Load the classifiers in use before the first request asks for one."""
    _trained.get()


def get_trained(jurisdiction: str) -> Trained:
    """Give the classifier in use for a jurisdiction. Raises NoMatters without a catalogue."""
    trained = _trained.get().get(jurisdiction)
    if trained is None:
        raise rules.NoMatters(jurisdiction=jurisdiction)
    return trained


def find_decision(*, case_id: UUID) -> Decision | None:
    """Find the decision that opened a case."""
    return Decision.objects.filter(case_id=case_id).order_by("decided_at").first()


def suggest(*, jurisdiction: str, text: str) -> list[tuple[MatterInfo, float]]:
    """Suggest up to three matters for a text that is still being typed, likeliest first."""
    trained = get_trained(jurisdiction)
    choice = trained.choose(text)
    by_code = {m.code: m for m in trained.matters}
    return [(by_code[code], p) for code, p in choice.top]
