"""Messages a second through the classifier, against scikit-learn's own n-grams and linear machine.

Both learn from the same synthetic reports of the 240 matters and score the same other synthetic
reports on one core. The ratio is ours ÷ scikit-learn's char TfidfVectorizer + LinearSVC
(`decision_function`, without probabilities). The accuracies are of synthetic reports, too: once written around
the phrases that were learned, once around one phrase a matter that was kept from the model.
"""

from __future__ import annotations

import dataclasses
import time
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.svm import LinearSVC

import anlan
from anlan.demo.phrases import Templates, read_wordings, synthetic_reports, training_set
from anlan.triage.classifier import Classifier

CATALOGUE = Path(anlan.__file__).parent / "jurisdictions/cn-zhejiang/matters.yaml"
REPORTS_EACH = 4
MESSAGES = 12_000
CHARACTERS = 200


def make_messages() -> list[str]:
    """Make synthetic messages of about 200 characters: reports joined end to end."""
    wordings = read_wordings(yaml.safe_load(CATALOGUE.read_text(encoding="utf-8"))["matters"])
    reports = synthetic_reports(wordings, MESSAGES, 5, templates=Templates.CHECKING)
    texts = [report.text for report in reports]
    return [
        "".join(texts[(i + step) % MESSAGES] for step in range(8))[:CHARACTERS]
        for i in range(MESSAGES)
    ]


def measure_unseen_phrases() -> tuple[float, float]:
    """Accuracy and top-3 on reports around each matter's last phrase, learned without it."""
    wordings = read_wordings(yaml.safe_load(CATALOGUE.read_text(encoding="utf-8"))["matters"])
    known = [dataclasses.replace(w, phrases=w.phrases[:-1]) for w in wordings]
    kept = [dataclasses.replace(w, phrases=w.phrases[-1:]) for w in wordings]
    texts, codes, groups = training_set(known, reports_each=REPORTS_EACH, seed=1)
    model = Classifier().fit(texts, codes, groups=groups)
    reports = synthetic_reports(kept, 2400, 9, templates=Templates.CHECKING)
    answers = np.array([report.matter_code for report in reports])
    shares = model.predict_proba([report.text for report in reports])
    ranked = np.array(model.labels)[np.argsort(-shares, axis=1)[:, :3]]
    hits = ranked == answers[:, None]
    return round(float(hits[:, 0].mean()), 4), round(float(hits.any(axis=1).mean()), 4)


def run() -> dict[str, Any]:
    """Measure fit and rates; seconds are wall time on the machine at hand."""
    wordings = read_wordings(yaml.safe_load(CATALOGUE.read_text(encoding="utf-8"))["matters"])
    texts, codes, groups = training_set(wordings, reports_each=REPORTS_EACH, seed=1)
    started = time.perf_counter()
    model = Classifier().fit(texts, codes, groups=groups)
    fit_seconds = time.perf_counter() - started

    messages = make_messages()
    started = time.perf_counter()
    model.predict_proba(messages)
    ours = len(messages) / (time.perf_counter() - started)

    checked = synthetic_reports(wordings, 2400, 9, templates=Templates.CHECKING)
    short = [report.text for report in checked[:500]]
    started = time.perf_counter()
    for text in short:
        model.predict_proba([text])
    single_ms = (time.perf_counter() - started) / len(short) * 1000
    started = time.perf_counter()
    for text in short[:100]:
        model.explain(text)
    explain_ms = (time.perf_counter() - started) * 10

    vectoriser = TfidfVectorizer(analyzer="char", ngram_range=(1, 3), sublinear_tf=True, min_df=2)
    machine = LinearSVC(C=1.0, tol=1e-2, random_state=0)
    machine.fit(vectoriser.fit_transform(texts), codes)
    slice_of_them = messages[:3000]
    started = time.perf_counter()
    machine.decision_function(vectoriser.transform(slice_of_them))
    theirs = len(slice_of_them) / (time.perf_counter() - started)

    answers = np.array([report.matter_code for report in checked])
    asked = [report.text for report in checked]
    best = np.array(model.labels)[model.predict_proba(asked).argmax(axis=1)]
    plain = machine.predict(vectoriser.transform(asked))
    unseen, unseen_top3 = measure_unseen_phrases()
    return {
        "bench": "classify",
        "ratio": round(ours / theirs, 2),
        "messages_per_second": round(ours),
        "sklearn_messages_per_second": round(theirs),
        "message_characters": CHARACTERS,
        "single_ms": round(single_ms, 3),
        "explain_ms": round(explain_ms, 3),
        "labels": len(model.labels),
        "fit_texts": len(texts),
        "fit_seconds": round(fit_seconds, 2),
        "model_megabytes": round(len(model.to_bytes()) / 1e6, 1),
        "synthetic_accuracy": round(float((best == answers).mean()), 4),
        "sklearn_synthetic_accuracy": round(float((plain == answers).mean()), 4),
        "unseen_phrase_accuracy": unseen,
        "unseen_phrase_top3": unseen_top3,
    }
