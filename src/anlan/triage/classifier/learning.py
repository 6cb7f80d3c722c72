"""Learn linear weights from counted n-grams, and make their scores honest probabilities.

Few labels (up to 30): one linear support vector machine a label, on n-grams scaled by how unequally
they occur inside and outside the label (Wang & Manning 2012, "Baselines and Bigrams", there NBSVM).
Many labels: ridge regression on all labels at once, solved in the space of the texts: a machine for
each of 240 matters takes ten times as long and does worse with a handful of examples a matter.
Calibration: scores of messages that the weights have not seen (inner cross-validation) are scaled
and shifted per label so that the softmax of them has the least log loss.
Abstaining: the same scores tell how sure an answer has to be to stand by itself.
"""

import numpy as np
import numpy.typing as npt
from scipy import linalg, sparse
from scipy.special import log_softmax, softmax

FEW_LABELS = 30
EVEN_SHARE = 0.25
BAYES_SHARE = 0.2
BAYES_SMOOTHING = 0.1
RIDGE = 0.1
SOLVED_AT_ONCE = 5000
STEPS = 60
ONE_SIDED_95 = 1.6449
NEVER_SURE = 2.0
"""A threshold that no probability reaches: nothing that was seen proves the precision asked for."""

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


def train_weights(
    rows: sparse.csr_matrix, answers: Ints, *, label_count: int, strength: float
) -> tuple[Floats, Floats]:
    """Learn (weights, intercepts) of shape (columns, labels) and (labels,).

    rows: unit-length tf-idf rows. answers: index of the label of each row.
    strength: how far the data is believed against small weights (C of liblinear).
    """
    if label_count <= FEW_LABELS:
        return _train_one_against_rest(rows, answers, label_count=label_count, strength=strength)
    return _train_ridge(rows, answers, label_count=label_count, strength=strength)


def _train_one_against_rest(
    rows: sparse.csr_matrix, answers: Ints, *, label_count: int, strength: float
) -> tuple[Floats, Floats]:
    # Loading it takes longer than starting a server that only classifies.
    from sklearn.svm import LinearSVC

    weights = np.zeros((rows.shape[1], label_count))
    intercepts = np.full(label_count, -1.0)
    present = sparse.csr_matrix((np.ones_like(rows.data), rows.indices, rows.indptr), rows.shape)
    everywhere = np.asarray(present.sum(axis=0)).ravel()
    for label in range(label_count):
        mine = answers == label
        if mine.all() or not mine.any():
            intercepts[label] = 1.0 if mine.all() else -1.0
            continue
        inside = np.asarray(present[mine].sum(axis=0)).ravel() + 1
        outside = everywhere - inside + 2
        ratio = np.abs(np.log(inside / inside.sum()) - np.log(outside / outside.sum()))
        scale = EVEN_SHARE + (1 - EVEN_SHARE) * ratio / ratio.mean()
        scaled = sparse.csr_matrix(
            (rows.data * scale[rows.indices], rows.indices, rows.indptr), rows.shape
        )
        machine = LinearSVC(C=strength, tol=1e-2, random_state=0, max_iter=5000)
        machine.fit(scaled, mine)
        weights[:, label] = machine.coef_[0] * scale
        intercepts[label] = machine.intercept_[0]
    counted = _count_outside(rows, answers, label_count=label_count)
    spread = (rows @ weights).std() / max((rows @ counted).std(), 1e-12)
    return weights + BAYES_SHARE * spread * counted, intercepts


def _count_outside(rows: sparse.csr_matrix, answers: Ints, *, label_count: int) -> Floats:
    """Weights of complement naive Bayes: how rare is an n-gram outside the label?"""
    chosen = (np.ones(len(answers)), (answers, np.arange(len(answers))))
    belongs = sparse.csr_matrix(chosen, (label_count, len(answers)))
    inside = (belongs @ rows).toarray()
    outside = inside.sum(axis=0) - inside + BAYES_SMOOTHING
    weights = -np.log(outside / outside.sum(axis=1, keepdims=True)).T
    return np.asarray(weights - weights.mean(axis=1, keepdims=True))


def _train_ridge(
    rows: sparse.csr_matrix, answers: Ints, *, label_count: int, strength: float
) -> tuple[Floats, Floats]:
    wanted = np.zeros((rows.shape[0], label_count), dtype=np.float64)
    wanted[np.arange(len(answers)), answers] = 1
    pull = RIDGE / strength
    if rows.shape[0] <= SOLVED_AT_ONCE:
        alike = (rows @ rows.T).toarray()
        alike[np.diag_indices_from(alike)] += pull
        shares = linalg.cho_solve(linalg.cho_factor(alike, overwrite_a=True), wanted)
    else:
        shares = _approach(rows, wanted, pull=pull)
    return rows.T @ shares, np.zeros(label_count)


def _approach(rows: sparse.csr_matrix, wanted: Floats, *, pull: float) -> Floats:
    """Conjugate gradients for every label side by side: no table of all pairs of texts."""
    back = rows.T.tocsr()
    shares = np.zeros_like(wanted)
    rest, way = wanted.copy(), wanted.copy()
    size = (rest * rest).sum(axis=0)
    enough = 1e-4 * size
    for _ in range(STEPS):
        if (size <= enough).all():
            break
        ahead = rows @ (back @ way) + pull * way
        step = size / np.maximum((way * ahead).sum(axis=0), 1e-300)
        shares += step * way
        rest -= step * ahead
        size, before = (rest * rest).sum(axis=0), size
        way = rest + size / np.maximum(before, 1e-300) * way
    return shares


def split_folds(answers: Ints, groups: Ints, *, folds: int) -> Ints:
    """Deal the groups of every label evenly over the folds, the same way each time."""
    dealt = np.zeros(len(answers), dtype=np.int64)
    chance = np.random.default_rng(0)
    for label in np.unique(answers):
        mine = np.flatnonzero(answers == label)
        _, member = np.unique(groups[mine], return_inverse=True)
        hands = (np.arange(member.max() + 1) + chance.integers(folds)) % folds
        dealt[mine] = chance.permutation(hands)[member]
    return dealt


def calibrate(scores: Floats, answers: Ints) -> tuple[Floats, Floats]:
    """Find (scale, shift) per label so that softmax(scores * scale + shift) has least log loss.

    The labels' scales and shifts are drawn towards one common scale and no shift, so that a label
    with few examples is not fitted to their accidents. Answers count as right but for one in
    `count` + 2 (Platt 1999): a few messages told apart without fault prove no certainty.
    """
    from scipy.optimize import minimize

    count, labels = scores.shape
    doubt = 1 / (count + 2)
    truth = np.full_like(scores, doubt / (labels - 1))
    truth[np.arange(count), answers] = 1 - doubt
    pull = 20.0

    def loss(guess: Floats) -> tuple[float, Floats]:
        common, scale, shift = np.exp(guess[0]), guess[1 : labels + 1], guess[labels + 1 :]
        logits = scores * (common * (1 + scale)) + shift
        logs = log_softmax(logits, axis=1)
        wrong = softmax(logits, axis=1) - truth
        by_label = (wrong * scores).sum(axis=0)
        gradient = np.concatenate(
            [
                [common * (by_label * (1 + scale)).sum()],
                common * by_label + 2 * pull * scale,
                wrong.sum(axis=0) + 2 * pull * shift,
            ]
        )
        value = -(truth * logs).sum() + pull * (scale @ scale + shift @ shift)
        return float(value / count), gradient / count

    found = minimize(loss, np.zeros(2 * labels + 1), jac=True, method="L-BFGS-B").x
    return np.exp(found[0]) * (1 + found[1 : labels + 1]), found[labels + 1 :]


def find_threshold(confidences: Floats, is_right: npt.NDArray[np.bool_], precision: float) -> float:
    """Find the least confidence from which on answers are right often enough.

    confidences, is_right: of answers to messages that the weights have not seen. Often enough: the
    lower end of the one-sided 95 % interval (Wilson 1927) of the share that is right among all
    answers at least as sure reaches `precision`; so a few lucky answers prove nothing.
    NEVER_SURE when no confidence does.

    >>> find_threshold(np.array([0.9] * 80 + [0.4] * 20), np.array([True] * 80 + [False] * 20), 0.95)
    0.9
    >>> find_threshold(np.array([0.9] * 8), np.array([True] * 8), 0.95)
    2.0
    """
    order = np.argsort(-confidences, kind="stable")
    sorted_down = confidences[order]
    count = np.arange(1, len(order) + 1)
    share = np.cumsum(is_right[order]) / count
    square = ONE_SIDED_95**2
    spread = ONE_SIDED_95 * np.sqrt(share * (1 - share) / count + square / (4 * count**2))
    lowest = (share + square / (2 * count) - spread) / (1 + square / count)
    # A threshold lets in all that are equally sure: only the last of equals can be one.
    is_last = np.append(sorted_down[1:] != sorted_down[:-1], True)[: len(order)]
    enough = np.flatnonzero(is_last & (lowest >= precision))
    return float(sorted_down[enough[-1]]) if len(enough) else NEVER_SURE
