"""Quasi-Poisson log-linear regression of many series at once, by iteratively reweighted least squares.

The model of a fit is: log mean = level of its season + slope × time + offset. Points lie in an array fit × level × slot, so the
normal equations fall apart: every level is a weighted mean, and the slope is one quotient over the times as seen from
their level's mean (Frisch, Waugh, Lovell). There is no matrix to factor; a round needs the means and three sums of weights.

Start, stopping rule and halving of steps are those of R's `glm` (start at count + 0.1, relative change of deviance below 1e-8, at most
25 rounds): where counts are zero throughout, the answer depends on when one stops.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

from anlan.situation.rules.panels import Bools, Floats, Ints

Rows = Bools | Ints

EPSILON = 1e-8
ROUNDS = 25
SMALLEST_MEAN = float(np.finfo(np.float64).eps)


@dataclass(slots=True)
class Fit:
    """Fitted models; the first axis is the fit.

    level: fit × level, log mean at time 0. slope: 0 without a trend. mean: fitted means. weight: working weights of the last round.
    level_weight, level_time: their sum, and the mean time, of each level. spread: weighted squares of times about those (0 without
    a trend). is_settled: the stopping rule was met. is_lost: no finite step was found; nothing else of it counts.
    """

    level: Floats
    slope: Floats
    mean: Floats
    weight: Floats
    level_weight: Floats
    level_time: Floats
    spread: Floats
    is_settled: Bools
    is_lost: Bools

    def take(self, which: Rows) -> Fit:
        """Only these fits."""
        return Fit(*(getattr(self, field.name)[which] for field in fields(self)))

    def put(self, which: Rows, other: Fit) -> None:
        """Replace these fits."""
        for field in fields(self):
            getattr(self, field.name)[which] = getattr(other, field.name)


@dataclass(slots=True)
class _Data:
    """What is fitted, and sums of it that no round changes: counts, and counts × time, of each level."""

    count: Floats
    weight: Floats
    time: Floats
    powers: Floats  # level × slot × (1, time, time²)
    offset: Floats | None
    count_sum: Floats
    count_time: Floats
    constant: Floats  # of the deviance

    def take(self, which: Bools) -> _Data:
        offset = None if self.offset is None else self.offset[which]
        return _Data(
            self.count[which], self.weight[which], self.time, self.powers, offset,
            self.count_sum[which], self.count_time[which], self.constant[which],
        )  # fmt: skip


@dataclass(slots=True)
class _Step:
    """A pair of coefficients for each fit, the means that they give, and their deviance."""

    level: Floats
    slope: Floats
    mean: Floats
    working: Floats
    moments: Floats  # fit × level × sums of working weight × (1, time, time²)
    deviance: Floats

    def take(self, which: Bools) -> _Step:
        return _Step(*(getattr(self, field.name)[which] for field in fields(self)))


def fit(count: Floats, weight: Floats, time: Floats, offset: Floats | None, *, trend: bool) -> Fit:
    """Fit each series of counts (fit × level × slot; weight 0 = no point) against time (level × slot)."""
    # Times are taken from the middle of their level, so that sums of their squares lose nothing.
    used = weight.any(axis=0)
    middle = (time * used).sum(axis=1) / np.maximum(used.sum(axis=1), 1)
    data = _prepare(count, weight, (time - middle[:, None]) * used, offset)
    shape = count.shape
    out = Fit(
        np.zeros(shape[:2]), np.zeros(shape[0]), np.empty(shape), np.empty(shape), np.zeros(shape[:2]),
        np.zeros(shape[:2]), np.zeros(shape[0]), *(np.zeros(shape[0], dtype=bool) for _ in range(2)),
    )  # fmt: skip
    rows = np.arange(shape[0])  # in `out`, of the fits still under way
    step: _Step | None = None
    for round_ in range(1, ROUNDS + 1):
        if step is None:
            new, used_for, before = _start(data, trend=trend)
        else:
            used_for, before = (step.working, step.moments), step.deviance
            new = _evaluate(*_improve(step, data, trend=trend), data)
            _halve(new, step, data)
        lost = ~np.isfinite(new.deviance)
        with np.errstate(invalid="ignore"):
            settled = np.abs(new.deviance - before) / (np.abs(new.deviance) + 0.1) < EPSILON
        leaving = settled | lost if round_ < ROUNDS else np.ones(len(rows), dtype=bool)
        step = new
        if not leaving.any():
            continue
        # Weights are those that led to the last step, not those that would lead to the next.
        working, moments = used_for
        level_time, spread = (
            _centre(moments) if trend else (np.zeros_like(new.level), np.zeros(len(rows)))
        )
        level = new.level - new.slope[:, None] * middle
        done = Fit(
            level,
            new.slope,
            new.mean,
            working,
            moments[..., 0],
            level_time + middle,
            spread,
            settled,
            lost,
        )
        if leaving.all():
            out.put(rows, done)
            break
        out.put(rows[leaving], done.take(leaving))
        rows, data, step = rows[~leaving], data.take(~leaving), step.take(~leaving)
    return out


def _prepare(count: Floats, weight: Floats, time: Floats, offset: Floats | None) -> _Data:
    powers = np.stack([np.ones_like(time), time, time * time], axis=2)
    weighted = weight * count
    with np.errstate(divide="ignore", invalid="ignore"):
        own = np.where(count > 0, count * np.log(count), 0.0) - count
    constant = _sum(weight * own)
    if offset is not None:
        constant = constant - _sum(weighted * offset)
    sums = _by_level(weighted, powers[..., :2])
    return _Data(count, weight, time, powers, offset, sums[..., 0], sums[..., 1], 2 * constant)


def _by_level(values: Floats, powers: Floats) -> Floats:
    """Sums over the slots of each level, of values × each power of time."""
    return np.asarray(np.matmul(values.transpose(1, 0, 2), powers).transpose(1, 0, 2))


def _sum(values: Floats) -> Floats:
    return np.asarray(values.reshape(len(values), -1).sum(axis=1))


def _safe(level_weight: Floats) -> Floats:
    """A level without a point has no weight; whatever is divided by it is 0."""
    return np.where(level_weight > 0, level_weight, 1.0)


def _centre(moments: Floats) -> tuple[Floats, Floats]:
    """Mean time of each level, and the weighted squares about them, summed over levels."""
    level_time = moments[..., 1] / _safe(moments[..., 0])
    return level_time, np.asarray((moments[..., 2] - level_time * moments[..., 1]).sum(axis=1))


def _start(data: _Data, *, trend: bool) -> tuple[_Step, tuple[Floats, Floats], Floats]:
    """The first step, from means of count + 0.1; also its weights, and the deviance before it."""
    mean = data.count + 0.1
    logs = np.log(mean)
    working = data.weight * mean
    moments = _by_level(working, data.powers)
    weighted = data.weight * data.count
    linear = logs if data.offset is None else logs - data.offset
    constant = (
        data.constant if data.offset is None else data.constant + 2 * _sum(weighted * data.offset)
    )
    deviance = constant + 2 * (moments[..., 0].sum(axis=1) - _sum(weighted * logs))
    target = _by_level(working * linear + weighted - working, data.powers[..., :2])
    level = target[..., 0] / _safe(moments[..., 0])
    slope = np.zeros(len(level))
    if trend:
        level_time, spread = _centre(moments)
        with np.errstate(divide="ignore", invalid="ignore"):
            slope = (target[..., 1] - level_time * target[..., 0]).sum(axis=1) / spread
        level = level - slope[:, None] * level_time
    return _evaluate(level, slope, data), (working, moments), deviance


def _improve(step: _Step, data: _Data, *, trend: bool) -> tuple[Floats, Floats]:
    """The next coefficients: weighted least squares, solved in closed form."""
    weight, weight_time = step.moments[..., 0], step.moments[..., 1]
    excess, excess_time = data.count_sum - weight, data.count_time - weight_time
    if not trend:
        return step.level + excess / _safe(weight), step.slope
    level_time, spread = _centre(step.moments)
    with np.errstate(divide="ignore", invalid="ignore"):
        change = (excess_time - level_time * excess).sum(axis=1) / spread
    return step.level + excess / _safe(weight) - change[:, None] * level_time, step.slope + change


def _evaluate(level: Floats, slope: Floats, data: _Data) -> _Step:
    mean = np.multiply.outer(slope, data.time)
    mean += level[:, :, None]
    if data.offset is not None:
        mean += data.offset
    with np.errstate(over="ignore", invalid="ignore"):
        np.exp(mean, out=mean)
        np.maximum(mean, SMALLEST_MEAN, out=mean)
        working = data.weight * mean
        moments = _by_level(working, data.powers)
        fitted = (data.count_sum * level).sum(axis=1) + slope * data.count_time.sum(axis=1)
        deviance = data.constant + 2 * (moments[..., 0].sum(axis=1) - fitted)
    return _Step(level, slope, mean, working, moments, deviance)


def _halve(new: _Step, step: _Step, data: _Data) -> None:
    """Pull steps that lead nowhere back towards the last one, in place, until their deviance is finite."""
    for _ in range(ROUNDS):
        lost = ~np.isfinite(new.deviance)
        if not lost.any():
            return
        level, slope = (new.level + step.level) / 2, (new.slope + step.slope) / 2
        nearer = _evaluate(level[lost], slope[lost], data.take(lost))
        for field in fields(new):
            getattr(new, field.name)[lost] = getattr(nearer, field.name)
