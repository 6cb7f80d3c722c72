"""Training a jurisdiction's classifier and putting it into use."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import transaction

from anlan.kernel.actor import Actor
from anlan.ledger import actions as ledger
from anlan.triage import queries
from anlan.triage.classifier import Classifier
from anlan.triage.models import ClassifierVersion


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
) -> int:
    """Fit a classifier on texts and their matter codes and use it from now on; give its version.

    data_source, scores: what it was trained and measured on, in words and figures, kept with it.
    """
    classifier = Classifier().fit(texts, labels)
    ClassifierVersion.objects.filter(jurisdiction_id=jurisdiction, is_active=True).update(
        is_active=False
    )
    version = ClassifierVersion.objects.create(
        jurisdiction_id=jurisdiction, made_at=at, data_source=data_source,
        texts_count=len(texts), scores=scores, blob=classifier.to_bytes(), is_active=True,
    )  # fmt: skip
    ledger.write(
        actor=actor, what="classifier.activated", about_kind="classifier",
        about_id=str(version.pk),
        data={"jurisdiction": jurisdiction, "texts": len(texts), "data": data_source},
        at=at,
    )  # fmt: skip
    transaction.on_commit(queries.forget_trained)
    return version.pk
