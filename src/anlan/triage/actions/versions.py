"""Versions of a jurisdiction's classifier: learned from the desk, tried in shadow, promoted, rolled back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction

from anlan.cases.queries.answers import Answer, list_answers
from anlan.kernel import permits
from anlan.kernel.actor import Actor
from anlan.ledger import actions as ledger
from anlan.triage import queries, rules
from anlan.triage.actions.turns import Turn, wait_for
from anlan.triage.classifier import Classifier
from anlan.triage.classifier.grams import normalise
from anlan.triage.models import ClassifierVersion
from anlan.triage.queries.versions import (
    find_active,
    forget_shadows,
    get_version,
    list_words,
    measure_shadow,
)
from anlan.triage.rules.versions import (
    ANSWERS_NEEDED,
    AlreadyActive,
    Figures,
    Judged,
    NoVersionBefore,
    ReasonMissing,
    Shadowed,
    TooFewAnswers,
    Trial,
    check_promotion,
    marks_as_json,
    measure,
    measure_marks,
)


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What a version shows. `cross`: by cross-validation on the answers that it learned from.

    `ours`, `theirs`: this version and the one in use, on the same answers that neither has learned
    from (ours by cross-validation, where it has learned them since). None: there are none.
    """

    cross: Figures | None
    ours: Figures | None
    theirs: Figures | None
    shadow: Shadowed | None

    def as_json(self) -> dict[str, Any]:
        """Write the evaluation down for the version's record and the ledger."""
        parts = {"cross": self.cross, "held_out": self.ours, "held_out_active": self.theirs}
        found: dict[str, Any] = {k: v.as_json() for k, v in parts.items() if v is not None}
        if self.shadow is not None:
            found["shadow"] = {
                "signals": self.shadow.signals, "alike": self.shadow.alike,
                "ours": self.shadow.ours.as_json(), "active": self.shadow.theirs.as_json(),
            }  # fmt: skip
        return found


@dataclass(frozen=True, slots=True)
class _Learned:
    classifier: Classifier
    marks: rules.Marks | None
    cross: Figures
    judged: dict[UUID, Judged]
    """By signal: what cross-validation chose for an answer of the desk."""
    answers: Sequence[Answer]
    texts_count: int


def _learn(jurisdiction: str, *, until: datetime | None) -> _Learned:
    """Fit on the desk's answers and the catalogue's words, and measure on the answers kept out.

    Raises TooFewAnswers.
    """
    newest: dict[tuple[str, str], Answer] = {}
    for answer in list_answers(jurisdiction=jurisdiction, until=until):
        newest.setdefault((normalise(answer.text), answer.matter), answer)
    answers = list(newest.values())
    if len(answers) < ANSWERS_NEEDED:
        raise TooFewAnswers(count=len(answers), needed=ANSWERS_NEEDED)
    words = list_words(jurisdiction)
    classifier = Classifier().fit(
        [*(a.text for a in answers), *(text for text, _ in words)],
        [*(a.matter for a in answers), *(code for _, code in words)],
        # Reports of one case never vouch for each other.
        groups=[*(str(a.case_id) for a in answers), *(text for text, _ in words)],
    )
    by_hand = queries.bind(jurisdiction, classifier, marks=rules.BY_HAND)
    shares = by_hand.spread(classifier.held_out[: len(answers)])
    first = [
        Judged.of(by_hand.weigh(a.text, row), a.matter)
        for a, row in zip(answers, shares, strict=True)
    ]
    marks = measure_marks(first)
    measured = queries.bind(jurisdiction, classifier, marks=marks)
    judged = {
        a.signal_id: Judged.of(measured.weigh(a.text, row), a.matter)
        for a, row in zip(answers, shares, strict=True)
    }
    return _Learned(
        classifier, marks, measure(list(judged.values())), judged, answers,
        len(answers) + len(words),
    )  # fmt: skip


def _compare(
    judged: dict[UUID, Judged], answers: Sequence[Answer], active: ClassifierVersion
) -> tuple[Figures, Figures] | tuple[None, None]:
    """Measure choices beside those of the version in use, on answers given since it learned."""
    since = active.learned_until
    unseen = [
        a for a in answers if a.signal_id in judged and (since is None or a.answered_at > since)
    ]
    if not unseen:
        return None, None
    trained = queries.bind_version(active)
    shares = trained.predict([a.text for a in unseen])
    theirs = [
        Judged.of(trained.weigh(a.text, row), a.matter)
        for a, row in zip(unseen, shares, strict=True)
    ]
    return measure([judged[a.signal_id] for a in unseen]), measure(theirs)


@permits.installation
@transaction.atomic
def train_version(*, actor: Actor, jurisdiction: str, at: datetime) -> ClassifierVersion:
    """Learn a new version from the desk's answers and the catalogue, and let it run in shadow.

    It takes the place of a version that ran in shadow before. at: UTC; later answers are not learned.
    Raises NoMatters, TooFewAnswers.
    """
    queries.get_trained(jurisdiction)
    wait_for(Turn.VERSIONS)
    learned = _learn(jurisdiction, until=at)
    active = find_active(jurisdiction=jurisdiction)
    ours, theirs = _compare(learned.judged, learned.answers, active) if active else (None, None)
    evaluation = Evaluation(learned.cross, ours, theirs, None)
    ClassifierVersion.objects.filter(jurisdiction_id=jurisdiction, is_shadow=True).update(
        is_shadow=False
    )
    corrections = sum(answer.is_correction for answer in learned.answers)
    version = ClassifierVersion.objects.create(
        jurisdiction_id=jurisdiction, made_at=at,
        data_source=f"the desk: {corrections} corrected, {len(learned.answers) - corrections} "
        "confirmed reports; the catalogue's own words",
        texts_count=learned.texts_count, desk_texts_count=len(learned.answers),
        learned_until=max(answer.answered_at for answer in learned.answers),
        scores=evaluation.as_json(), marks=marks_as_json(learned.marks) if learned.marks else {},
        blob=learned.classifier.to_bytes(), is_shadow=True, shadow_from=at,
    )  # fmt: skip
    _write(actor, "classifier.trained", version, {**version.scores, "marks": version.marks}, at)
    transaction.on_commit(forget_shadows)
    return version


@permits.installation
@transaction.atomic
def evaluate_version(*, actor: Actor, version: int, at: datetime) -> Evaluation:
    """Measure a version anew and keep the figures with it; fits once, as training does.

    Raises VersionUnknown, TooFewAnswers.
    """
    wait_for(Turn.VERSIONS)
    stored = get_version(version=version, lock=True)
    evaluation = _evaluate(stored)
    stored.scores = evaluation.as_json()
    stored.save(update_fields=["scores"])
    _write(actor, "classifier.evaluated", stored, stored.scores, at)
    return evaluation


def _evaluate(version: ClassifierVersion) -> Evaluation:
    jurisdiction = version.jurisdiction_id
    cross: Figures | None = None
    judged: dict[UUID, Judged] = {}
    answers: list[Answer] = []
    if version.desk_texts_count:
        learned = _learn(jurisdiction, until=version.learned_until)
        cross, judged, answers = learned.cross, learned.judged, [*learned.answers]
    trained = queries.bind_version(version)
    later = list_answers(jurisdiction=jurisdiction, since=version.learned_until)
    shares = trained.predict([a.text for a in later]) if later else ()
    for answer, row in zip(later, shares, strict=True):
        judged[answer.signal_id] = Judged.of(trained.weigh(answer.text, row), answer.matter)
    since = {answer.signal_id for answer in later}
    answers = [*(a for a in answers if a.signal_id not in since), *later]
    active = find_active(jurisdiction=jurisdiction)
    if active is None or active.pk == version.pk:
        ours = measure([judged[a.signal_id] for a in later]) if later else None
        return Evaluation(cross, ours, None, None)
    ours, theirs = _compare(judged, answers, active)
    shadow = measure_shadow(version=version) if version.shadow_from else None
    return Evaluation(cross, ours, theirs, shadow)


@permits.installation
@transaction.atomic
def promote_version(*, actor: Actor, version: int, at: datetime) -> Evaluation:
    """Put a version into use, once its shadow run and the held-out answers show it is no worse.

    Raises VersionUnknown, AlreadyActive, NotInShadow, ShadowTooShort, WorseInShadow,
    WorseOnAnswers, TooFewAnswers.
    """
    wait_for(Turn.VERSIONS)
    stored = get_version(version=version, lock=True)
    if stored.is_active:
        raise AlreadyActive(version=version)
    active = find_active(jurisdiction=stored.jurisdiction_id)
    evaluation = _evaluate(stored)
    if active is not None:
        check_promotion(
            version=version, active=active.pk, shadow_from=stored.shadow_from, at=at,
            shadowed=measure_shadow(version=stored),
            held_out=(evaluation.ours, evaluation.theirs)
            if evaluation.ours and evaluation.theirs else None,
            trial=_get_trial(),
        )  # fmt: skip
        active.is_active = False
        active.save(update_fields=["is_active"])
    stored.is_active, stored.is_shadow, stored.replaced = True, False, active
    stored.scores = evaluation.as_json()
    stored.save(update_fields=["is_active", "is_shadow", "replaced", "scores"])
    before = active.pk if active else None
    _write(actor, "classifier.promoted", stored, {"before": before, **stored.scores}, at)
    _forget_on_commit()
    return evaluation


def _get_trial() -> Trial:
    """Give how long, and on how much, a version has to run in shadow here."""
    return Trial(settings.SHADOW_HOURS, settings.SHADOW_SIGNALS, settings.SHADOW_ANSWERS)


@permits.installation
@transaction.atomic
def roll_back(*, actor: Actor, jurisdiction: str, reason: str, at: datetime) -> ClassifierVersion:
    """Put the version back that was in use before the present one; give it.

    reason: why, in a person's words; kept in the ledger.
    Raises ReasonMissing, NoMatters, NoVersionBefore.
    """
    if not reason.strip():
        raise ReasonMissing()
    queries.get_trained(jurisdiction)
    wait_for(Turn.VERSIONS)
    active = find_active(jurisdiction=jurisdiction)
    if active is None or active.replaced_id is None:
        raise NoVersionBefore(version=active.pk if active else 0)
    get_version(version=active.pk, lock=True)
    before = get_version(version=active.replaced_id, lock=True)
    active.is_active = False
    active.save(update_fields=["is_active"])
    before.is_active, before.is_shadow = True, False
    before.save(update_fields=["is_active", "is_shadow"])
    _write(
        actor, "classifier.rolled_back", before, {"from": active.pk, "reason": reason.strip()}, at
    )
    _forget_on_commit()
    return before


def _forget_on_commit() -> None:
    transaction.on_commit(queries.forget_trained)
    transaction.on_commit(forget_shadows)


def _write(
    actor: Actor, what: str, version: ClassifierVersion, data: dict[str, Any], at: datetime
) -> None:
    ledger.write(
        actor=actor, what=what, about_kind="classifier", about_id=str(version.pk),
        data={
            "jurisdiction": version.jurisdiction_id, "texts": version.texts_count,
            "desk_texts": version.desk_texts_count, **data,
        },
        at=at,
    )  # fmt: skip
