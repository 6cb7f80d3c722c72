"""The classifier that the triage room uses: fit, predict, abstain, explain, and to bytes and back."""

import io
import json
import zipfile
import zlib
from collections.abc import Sequence
from typing import Self

import numpy as np
import numpy.typing as npt
from scipy import sparse
from scipy.special import softmax

from anlan.kernel.reading import read_json
from anlan.triage.classifier import grams, learning

FORMAT = "anlan-classifier-2"
FORMAT_OF_HALVES = "anlan-classifier-1"  # weights in half precision: what databases may still hold
BATCH_CHARACTERS = 200_000
# How much an unknown n-gram lengthens a text, against a known one as rare as can be.
UNKNOWN_SHARE = 0.25
# Weights are whole numbers of a step of their label: half the memory to read for each message, and
# no prediction changes (docs/algorithms/classifier.md).
STEPS_A_LABEL = 32767
PRECISION = 0.95

Floats = npt.NDArray[np.float64]
Singles = npt.NDArray[np.float32]

UNREADABLE = (
    ValueError, KeyError, TypeError, AttributeError, IndexError, EOFError, OSError, OverflowError,
    RuntimeError, MemoryError, zlib.error, zipfile.BadZipFile,
)  # fmt: skip
"""What reading something else as a stored classifier has raised (tests/fuzz)."""


class Classifier:
    """Classify short messages and say how sure the answer is.

    strength: how far the data is believed against small weights; 1.0 suits both 7,500 long
        messages and a few dozen short ones a label.
    folds: parts of the inner cross-validation that calibrates the probabilities; fitting costs
        about (folds + 1) trainings.
    min_texts: an n-gram must occur in so many texts to be known; None chooses 1, 2 or 3 by the
        number of texts.
    precision: how often an answer at or above `threshold` is to be right.
    """

    def __init__(
        self,
        *,
        strength: float = 1.0,
        folds: int = 5,
        min_texts: int | None = None,
        precision: float = PRECISION,
    ) -> None:
        if strength <= 0 or folds < 2 or (min_texts is not None and min_texts < 1):
            raise ValueError("strength must be above 0, folds at least 2, min_texts at least 1")
        if not 0 < precision < 1:
            raise ValueError("precision must lie between 0 and 1")
        self.strength = strength
        self.folds = folds
        self.min_texts = min_texts
        self.precision = precision
        self.labels: list[str] = []
        self.threshold: float | None = None
        """Below this probability of the likeliest label the model abstains; above 1: always. None:
        a model stored before thresholds were measured."""
        self.held_out: Floats = np.zeros((0, 0))
        """Of each text that `fit` was given, in that order: probabilities by weights that had not
        seen it; NaN where it could not be kept out. Not stored."""
        self._buckets = np.zeros(0, dtype=np.int32)
        self._rarity = np.zeros(0, dtype=np.float32)
        self._weights = np.zeros((0, 0), dtype=np.int16)
        self._steps = np.zeros(0, dtype=np.float32)
        self._intercepts = np.zeros(0, dtype=np.float32)
        self._prior = np.zeros(0, dtype=np.float64)
        self._column_of_bucket = np.zeros(0, dtype=np.int32)
        self._unknown_square = 0.0

    def fit(
        self, texts: Sequence[str], labels: Sequence[str], *, groups: Sequence[str] | None = None
    ) -> Self:
        """Learn from labelled messages; forgets what was learned before.

        groups: texts that are variants of one another name the same group; they are never used to
        check each other's confidence, which would come out too high. None: each text for itself.
        Raises ValueError when there is no message or the two lengths differ.
        """
        if len(texts) != len(labels) or not texts:
            raise ValueError(f"need as many labels as texts: {len(texts)} texts, {len(labels)}")
        # Sorted first, so that the order in which messages arrive cannot change the model.
        told = groups if groups is not None else [""] * len(texts)
        order = sorted(range(len(texts)), key=lambda i: (texts[i], labels[i], told[i]))
        triples = [(texts[i], labels[i], told[i]) for i in order]
        self.labels = sorted(set(labels))
        number = {label: index for index, label in enumerate(self.labels)}
        answers = np.array([number[label] for _, label, _ in triples], dtype=np.int64)
        self._prior = np.bincount(answers) / len(answers)
        rows = self._learn_vocabulary([text for text, _, _ in triples])
        together = np.arange(len(triples))
        if groups is not None:
            together = np.unique([group for _, _, group in triples], return_inverse=True)[1]
        scores, checked = self._score_unseen(rows, answers, together)
        scale, shift = np.ones(len(self.labels)), np.zeros(len(self.labels))
        if len(checked) and len(self.labels) > 1:
            scale, shift = learning.calibrate(scores, answers[checked])
        self._measure(softmax(scores * scale + shift, axis=1), checked, answers, np.array(order))
        weights, intercepts = self._train(rows, answers)
        self._weights, self._steps = _round_to_steps(weights * scale)
        self._intercepts = (intercepts * scale + shift).astype(np.float32)
        return self

    def predict_proba(self, texts: Sequence[str]) -> Floats:
        """Give each text a probability for every label, in the order of `labels`.

        A text without a single known n-gram (empty, another script) gets the labels' shares in
        the training data. Shape (texts, labels), rows sum to 1.
        """
        self._check_fitted()
        if len(texts) == 1:
            return self._predict_one(texts[0])[None]
        out = np.empty((len(texts), len(self.labels)))
        begin = size = 0
        for end, text in enumerate(texts, start=1):
            size += min(len(text), grams.TEXT_LIMIT_CHARACTERS)
            if size >= BATCH_CHARACTERS or end == len(texts):
                out[begin:end] = self._predict_batch(texts[begin:end])
                begin, size = end, 0
        return out

    def explain(self, text: str, label: str | None = None, top: int = 5) -> list[tuple[str, float]]:
        """Name the phrases of the text that spoke most for a label, strongest first.

        label: None means the likeliest one. The weight of a phrase is what its n-grams add to the
        label's score beyond what they add to the average label. Raises ValueError when the label
        is unknown.
        """
        self._check_fitted()
        if label is not None and label not in self.labels:
            raise ValueError(f"unknown label {label!r}")
        index = (
            int(self.predict_proba([text])[0].argmax())
            if label is None
            else self.labels.index(label)
        )
        read = grams.normalise(text)
        counted = grams.count_grams([text], column_of_bucket=self._column_of_bucket)
        if not len(counted.columns):
            return []
        values, lengths = self._weigh(counted)
        weights = self._weights[counted.columns] * self._steps
        gain = (weights[:, index] - weights.mean(axis=1)) * values / lengths[0] / counted.counts
        placed = grams.place_grams(read)
        columns = self._column_of_bucket[placed.buckets]
        known = np.flatnonzero(columns >= 0)
        share = gain[np.searchsorted(counted.columns, columns[known])] / placed.width[known]
        by_character = np.zeros(len(read))
        for offset in range(max(grams.WIDTHS)):
            wide = placed.width[known] > offset
            np.add.at(by_character, placed.at[known][wide] + offset, share[wide])
        return _find_phrases(read, by_character)[:top]

    def to_bytes(self) -> bytes:
        """Write the model as a zip of plain arrays and one JSON page; equal models, equal bytes."""
        self._check_fitted()
        page = {
            "format": FORMAT,
            "labels": self.labels,
            "strength": self.strength,
            "folds": self.folds,
            "min_texts": self.min_texts,
            "precision": self.precision,
            "threshold": self.threshold,
            "unknown_square": self._unknown_square,
        }
        arrays = {
            "buckets": self._buckets,
            "rarity": self._rarity,
            "weights": self._weights,
            "steps": self._steps,
            "intercepts": self._intercepts,
            "prior": self._prior,
        }
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w") as archive:
            _add(archive, "model.json", json.dumps(page, ensure_ascii=False).encode())
            for name, array in arrays.items():
                body = io.BytesIO()
                np.lib.format.write_array(body, np.ascontiguousarray(array), allow_pickle=False)
                _add(archive, f"{name}.npy", body.getvalue())
        return out.getvalue()

    @classmethod
    def from_bytes(cls, data: bytes) -> Self:
        """Read a model written by `to_bytes`. Raises ValueError when it is something else."""
        try:
            with zipfile.ZipFile(io.BytesIO(data)) as archive:
                page = read_json(archive.read("model.json"))
            arrays = np.load(io.BytesIO(data), allow_pickle=False)
            if page["format"] not in (FORMAT, FORMAT_OF_HALVES):
                raise ValueError(f"format {page['format']!r}, expected {FORMAT!r}")
            # Models stored before thresholds were measured know neither precision nor threshold.
            model = cls(
                strength=page["strength"], folds=page["folds"], min_texts=page["min_texts"],
                precision=page.get("precision", PRECISION),
            )  # fmt: skip
            model.threshold = page.get("threshold")
            model.labels = page["labels"]
            model._unknown_square = page["unknown_square"]
            model._buckets = arrays["buckets"]
            model._rarity = arrays["rarity"]
            if page["format"] == FORMAT_OF_HALVES:
                model._weights, model._steps = _round_to_steps(arrays["weights"].astype(np.float64))
            else:
                model._weights, model._steps = arrays["weights"], arrays["steps"]
            model._intercepts = arrays["intercepts"]
            model._prior = arrays["prior"]
            if model._weights.shape != (len(model._buckets), len(model.labels)):
                raise ValueError("its arrays do not fit together")
            model._index_buckets()
        except UNREADABLE as error:
            raise ValueError(f"not a stored classifier: {error}") from error
        return model

    def _check_fitted(self) -> None:
        if not self.labels:
            raise ValueError("the classifier has not been fitted")

    def _index_buckets(self) -> None:
        self._column_of_bucket = np.full(grams.BUCKETS, -1, dtype=np.int32)
        self._column_of_bucket[self._buckets] = np.arange(len(self._buckets), dtype=np.int32)

    def _learn_vocabulary(self, texts: list[str]) -> sparse.csr_matrix:
        counted = grams.count_grams(texts)
        owner = np.repeat(np.arange(len(texts)), np.diff(counted.starts))
        held_by = np.bincount(counted.columns, minlength=grams.BUCKETS)
        least = self.min_texts or (1 if len(texts) < 1000 else 2 if len(texts) < 5000 else 3)
        self._buckets = np.flatnonzero(held_by >= least).astype(np.int32)
        self._index_buckets()
        held = held_by[self._buckets]
        self._unknown_square = float(UNKNOWN_SHARE * (np.log(1 + len(texts)) + 1) ** 2)
        self._rarity = (np.log((1 + len(texts)) / (1 + held)) + 1).astype(np.float32)
        columns = self._column_of_bucket[counted.columns]
        known = columns >= 0
        before = np.concatenate([[0], np.cumsum(known)])
        kept = grams.Counted(
            starts=before[counted.starts],
            columns=columns[known].astype(np.int64),
            counts=counted.counts[known],
            unknown=np.bincount(
                owner[~known], weights=counted.counts[~known], minlength=len(texts)
            ).astype(np.int64),
        )
        values, lengths = self._weigh(kept)
        values /= np.repeat(lengths, np.diff(kept.starts))
        shape = (len(texts), len(self._buckets))
        return sparse.csr_matrix(
            (values.astype(np.float64), kept.columns.astype(np.int32), kept.starts), shape
        )

    def _weigh(self, counted: grams.Counted) -> tuple[Singles, Singles]:
        """(tf-idf of each n-gram, length of each row).

        Unknown n-grams count towards the length, so that a text of which little is known, say one
        in another language, is not decided by the few n-grams that happen to be known.
        """
        often = _DAMPED[np.minimum(counted.counts, len(_DAMPED) - 1)]
        values = often * self._rarity[counted.columns]
        running = np.concatenate([[0.0], np.cumsum(values * values, dtype=np.float64)])
        squares = running[counted.starts[1:]] - running[counted.starts[:-1]]
        squares += counted.unknown * self._unknown_square
        lengths = np.sqrt(np.where(squares > 0, squares, 1.0)).astype(np.float32)
        return values, lengths

    def _train(
        self, rows: sparse.csr_matrix, answers: npt.NDArray[np.int64]
    ) -> tuple[Floats, Floats]:
        return learning.train_weights(
            rows, answers, label_count=len(self.labels), strength=self.strength
        )

    def _score_unseen(
        self,
        rows: sparse.csr_matrix,
        answers: npt.NDArray[np.int64],
        groups: npt.NDArray[np.int64],
    ) -> tuple[Floats, npt.NDArray[np.int64]]:
        """(scores, row numbers) of rows scored by weights that were trained without them."""
        dealt = learning.split_folds(answers, groups, folds=self.folds)
        scores, checked = [], []
        for fold in range(self.folds):
            held = np.flatnonzero(dealt == fold)
            seen = np.flatnonzero(dealt != fold)
            if not len(held) or not len(seen):
                continue
            weights, intercepts = self._train(rows[seen], answers[seen])
            scores.append(rows[held] @ weights + intercepts)
            checked.append(held)
        if not checked:
            return np.zeros((0, len(self.labels))), np.zeros(0, dtype=np.int64)
        return np.concatenate(scores), np.concatenate(checked)

    def _measure(
        self,
        unseen: Floats,
        checked: npt.NDArray[np.int64],
        answers: npt.NDArray[np.int64],
        order: npt.NDArray[np.int64],
    ) -> None:
        """Keep the probabilities of unseen messages, and set the threshold by them."""
        self.held_out = np.full((len(answers), len(self.labels)), np.nan)
        self.held_out[order[checked]] = unseen
        is_right = unseen.argmax(axis=1) == answers[checked]
        self.threshold = learning.find_threshold(unseen.max(axis=1), is_right, self.precision)

    def _predict_one(self, text: str) -> Floats:
        """As `_predict_batch`, for the one text that a request waits for."""
        columns, counts, unknown = grams.count_one(text, self._column_of_bucket)
        if not len(columns):
            return self._prior.copy()
        values = _DAMPED[np.minimum(counts, len(_DAMPED) - 1)] * self._rarity[columns]
        length = np.sqrt(values @ values + np.float32(unknown * self._unknown_square))
        sums = (values / length) @ self._weights.take(columns, axis=0).astype(np.float32)
        logits = (sums * self._steps + self._intercepts).astype(np.float64)
        logits -= logits.max()
        odds: Floats = np.exp(logits, out=logits)
        odds /= odds.sum()
        return odds

    def _predict_batch(self, texts: Sequence[str]) -> Floats:
        counted = grams.count_grams(texts, column_of_bucket=self._column_of_bucket)
        values, lengths = self._weigh(counted)
        is_used = np.zeros(len(self._buckets), dtype=bool)
        is_used[counted.columns] = True
        used = np.flatnonzero(is_used)
        place = (np.cumsum(is_used) - 1)[counted.columns]
        shape = (len(texts), len(used))
        weights = self._weights[used].astype(np.float32)
        sums = sparse.csr_matrix((values, place, counted.starts), shape) @ weights
        logits = (sums * self._steps / lengths[:, None] + self._intercepts).astype(np.float64)
        logits -= logits.max(axis=1, keepdims=True)
        odds: Floats = np.exp(logits, out=logits)
        odds /= odds.sum(axis=1, keepdims=True)
        odds[counted.starts[1:] == counted.starts[:-1]] = self._prior
        return odds


def _round_to_steps(weights: Floats) -> tuple[npt.NDArray[np.int16], Singles]:
    """(whole steps, size of a step for each label); a label without weights has a step of 1."""
    steps = np.abs(weights).max(axis=0, initial=0.0) / STEPS_A_LABEL
    steps = np.where(steps > 0, steps, 1.0).astype(np.float32)
    return np.rint(weights / steps).clip(-STEPS_A_LABEL, STEPS_A_LABEL).astype(np.int16), steps


_DAMPED = np.concatenate([[0.0], 1 + np.log(np.arange(1, 2001))]).astype(np.float32)
SHORTEST_PHRASE, LONGEST_PHRASE = 2, 10


def _find_phrases(text: str, by_character: Floats) -> list[tuple[str, float]]:
    """Runs of characters that speak for the label, each phrase once, strongest first."""
    floor = max(by_character.max(initial=0.0) * 0.06, 1e-9)
    best: dict[str, float] = {}
    begin = 0
    while begin < len(text):
        end = begin
        while (
            end < len(text)
            and by_character[end] >= floor
            and text[end].isalnum()
            and end - begin < LONGEST_PHRASE
        ):
            end += 1
        if end - begin >= SHORTEST_PHRASE:
            phrase = text[begin:end]
            best[phrase] = best.get(phrase, 0.0) + float(by_character[begin:end].sum())
        begin = max(end, begin + 1)
    return sorted(best.items(), key=lambda pair: (-pair[1], pair[0]))


def _add(archive: zipfile.ZipFile, name: str, body: bytes) -> None:
    # A fixed date: the digest of a model names the model, not the minute it was written.
    info = zipfile.ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0))
    info.compress_type = zipfile.ZIP_DEFLATED
    archive.writestr(info, body)
