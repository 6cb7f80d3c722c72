"""Training a jurisdiction's classifier and putting it into use."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import transaction

from anlan.kernel import permits
from anlan.kernel.actor import Actor
from anlan.ledger import actions as ledger
from anlan.triage import queries
from anlan.triage.classifier import Classifier
from anlan.triage.models import ClassifierVersion
from anlan.triage.queries.versions import list_words


@permits.installation
@transaction.atomic
def train_classifier(
    *,
    actor: Actor,
    jurisdiction: str,
    texts: Sequence[str],
    labels: Sequence[str],
    data_source: str,
    scores: dict[str, Any],
    at: datetime,
    groups: Sequence[str] | None = None,
) -> int:
    """Fit a classifier on texts and their matter codes and use it from now on; give its version.

    data_source, scores: what it was trained and measured on, in words and figures, kept with it.
    groups: texts of one group are kept together when probabilities are calibrated.
    """
    classifier = Classifier().fit(texts, labels, groups=groups)
    before = ClassifierVersion.objects.filter(jurisdiction_id=jurisdiction, is_active=True).first()
    ClassifierVersion.objects.filter(jurisdiction_id=jurisdiction, is_active=True).update(
        is_active=False
    )
    version = ClassifierVersion.objects.create(
        jurisdiction_id=jurisdiction, made_at=at, data_source=data_source,
        texts_count=len(texts), scores=scores, blob=classifier.to_bytes(), is_active=True,
        replaced=before,
    )  # fmt: skip
    ledger.write(
        actor=actor, what="classifier.activated", about_kind="classifier",
        about_id=str(version.pk),
        data={"jurisdiction": jurisdiction, "texts": len(texts), "data": data_source},
        at=at,
    )  # fmt: skip
    transaction.on_commit(queries.forget_trained)
    return version.pk


@permits.installation
def train_from_catalogue(*, actor: Actor, jurisdiction: str, at: datetime) -> int | None:
    """Train a first classifier on the names, keywords and phrases of the catalogue.

    None when the jurisdiction has a classifier already, or fewer than two matters. It knows no
    more than the catalogue's own words: its scores say that nothing was measured.
    """
    if ClassifierVersion.objects.filter(jurisdiction_id=jurisdiction, is_active=True).exists():
        return None
    said = list_words(jurisdiction)
    if len({code for _, code in said}) < 2:
        return None
    return train_classifier(
        actor=actor, jurisdiction=jurisdiction, texts=[text for text, _ in said],
        labels=[code for _, code in said], data_source="the catalogue's own words",
        scores={}, at=at,
    )  # fmt: skip
