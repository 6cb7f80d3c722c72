"""The improved Farrington method over a panel: bounds, alarms, and what they were made of."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from scipy import special

from anlan.situation.rules.farrington.design import Design, lay_out
from anlan.situation.rules.farrington.fit import SMALLEST_MEAN, Fit, fit
from anlan.situation.rules.farrington.setting import Setting
from anlan.situation.rules.farrington.threshold import bound_by_power, bound_by_quantile
from anlan.situation.rules.panels import Bools, Floats, HistoryTooShort, Ints, Panel

# Arrays of one batch stay in the processor's cache, which is worth a factor of three.
BATCH = 96
_FULL = 1 - 10 * float(np.finfo(np.float64).eps)  # a leverage above it counts as 1


class State(IntEnum):
    """What became of a fit."""

    FITTED = 0
    UNSETTLED = 1  # did not converge, with or without a trend: R gives no bound for this point
    STOPPED = 2  # R stops with an error: too few points, or one that its season is fitted to alone


@dataclass(frozen=True, slots=True)
class Bounds:
    """For series × points: NaN where there is none.

    points: which were judged (1 = first). upperbound: NaN where too few cases were seen lately (limit54). alarm: 1, 0, or NaN.
    expected: predicted mean. mu0: the mean, or its quantile, that the bound rests on. phi: dispersion. trend: 1, 0 or NaN; trendcoef: its slope a
    point. pvalue: chance of a count as high. score: (count − expected) ÷ (bound − expected); an alarm is above 1.
    """

    points: Ints
    state: Ints
    upperbound: Floats
    alarm: Floats
    expected: Floats
    mu0: Floats
    phi: Floats
    trend: Floats
    trendcoef: Floats
    pvalue: Floats
    score: Floats


@dataclass(frozen=True, slots=True)
class _Batch:
    """Series that are compared with the same past points."""

    count: Floats
    weight: Floats
    time: Floats
    offset: Floats | None
    now: Floats  # the trend's clock at the judged point, on the scale of `time`
    offset_now: Floats
    window: int


@dataclass(frozen=True, slots=True)
class _Prediction:
    """Log mean at the judged point, its standard error, the dispersion, and the slope's p-value."""

    log: Floats
    error: Floats
    phi: Floats
    slope: Floats
    slope_p: Floats
    state: Ints


def list_points(panel: Panel, setting: Setting, *, last: int | None = None) -> tuple[int, ...]:
    """Points to be judged (1 = first): those of the setting, else all with `b` years before them, of these the `last`."""
    if setting.range is not None:
        return setting.range
    first = panel.freq * setting.b + setting.w + 1
    if last is not None:
        first = max(first, panel.length - last + 1)
    return tuple(range(first, panel.length + 1))


def compute_bounds(panel: Panel, setting: Setting, points: tuple[int, ...]) -> Bounds:
    """Judge every series of the panel at every point. Raises HistoryTooShort."""
    if not points:
        raise HistoryTooShort(point=panel.length, reason=f"it has not {setting.b} years before it")
    shape = (len(panel.names), len(points))
    out = Bounds(
        np.array(points), np.zeros(shape, dtype=np.int64), *(np.full(shape, np.nan) for _ in range(9))
    )  # fmt: skip
    # Points whose past has the same shape are fitted together, whatever their series.
    alike: dict[tuple[object, ...], list[int]] = {}
    designs = []
    for column, point in enumerate(points):
        if not 1 <= point <= panel.length:
            raise HistoryTooShort(point=point, reason="there is no such point")
        if point - setting.limit54[1] < -1:
            raise HistoryTooShort(point=point, reason="limit54 reaches back before the first point")
        design = lay_out(
            panel.times, panel.freq, is_dated=panel.is_dated, point=point, setting=setting
        )
        designs.append(design)
        alike.setdefault(
            (design.time.tobytes(), design.slots.shape, design.now, design.window), []
        ).append(column)
    for columns in alike.values():
        rows, cells = (
            part.ravel() for part in np.meshgrid(np.arange(shape[0]), columns, indexing="ij")
        )
        slots = np.stack([designs[column].slots for column in columns])
        of_cell = np.tile(np.arange(len(columns)), shape[0])
        for start in range(0, len(rows), BATCH):
            part = slice(start, start + BATCH)
            batch = _gather(panel, setting, designs[columns[0]], slots[of_cell[part]], rows[part], out.points[cells[part]])  # fmt: skip
            _judge(panel, setting, batch, rows[part], out.points[cells[part]], out, cells[part])
    return out


def _gather(
    panel: Panel, setting: Setting, design: Design, slots: Ints, rows: Ints, points: Ints
) -> _Batch:
    count = panel.observed[rows[:, None, None], slots]
    exists = design.slots >= 0
    known = exists & ~np.isnan(count)
    now = np.full(len(rows), design.now)
    if panel.is_dated and not known[:, exists].all():
        # R starts the clock of the judged point at the earliest known point, that of the past at the earliest of all.
        earliest = np.where(known, design.time, np.inf).reshape(len(rows), -1).min(axis=1)
        now -= np.where(np.isfinite(earliest), earliest, 0.0)
    offset, offset_now = None, np.zeros(len(rows))
    if setting.populationOffset:
        with np.errstate(divide="ignore", invalid="ignore"):
            logs = np.log(panel.population)
        offset = np.where(known, logs[rows[:, None, None], slots], 0.0)
        offset_now = logs[rows, points - 1]
    return _Batch(
        np.where(known, count, 0.0), known.astype(np.float64), design.time, offset, now, offset_now, design.window
    )  # fmt: skip


def _judge(
    panel: Panel,
    setting: Setting,
    batch: _Batch,
    rows: Ints,
    points: Ints,
    out: Bounds,
    columns: Ints,
) -> None:
    predicted = _predict(batch, setting)
    count = panel.observed[rows, points - 1]
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        mean = np.exp(predicted.log)
        if setting.thresholdMethod == "delta":
            mean = np.maximum(mean, SMALLEST_MEAN)
            centre, error = mean, predicted.error * mean
            bound, p_value = bound_by_power(
                mean, error, predicted.phi, count, alpha=setting.alpha, power=setting.powertrans
            )
            mu0 = np.exp(centre + special.ndtri(1 - setting.alpha) * error)
        else:
            # R keeps the logarithm here, and its score with it; alarms are the same.
            centre, error = predicted.log, predicted.error
            widened = 0.0 if setting.thresholdMethod == "nbPlugin" else error
            mu0 = np.exp(centre + special.ndtri(1 - setting.alpha) * widened)
            bound, p_value = bound_by_quantile(mu0, predicted.phi, count, alpha=setting.alpha)
        score = (count - centre) / (bound - centre)
        enough = _count_recent(panel, rows, points, setting.limit54[1]) >= setting.limit54[0]
    fitted = predicted.state == State.FITTED
    shown = fitted & enough & ~np.isnan(bound)
    with np.errstate(invalid="ignore"):
        is_alarm = enough & (score > 1) & (count != 0)
    out.state[rows, columns] = predicted.state
    for target, values, where in (
        (out.upperbound, bound, shown), (out.expected, mean, shown), (out.alarm, is_alarm, fitted),
        (out.mu0, mu0, fitted), (out.phi, predicted.phi, fitted), (out.pvalue, p_value, fitted),
        (out.score, score, fitted), (out.trend, ~np.isnan(predicted.slope), fitted),
        (out.trendcoef, predicted.slope, fitted),
    ):  # fmt: skip
        target[rows, columns] = np.where(where, values, np.nan)


def _count_recent(panel: Panel, rows: Ints, points: Ints, length: int) -> Floats:
    """Cases of the last `length` points, the judged one among them; NaN if one is not known."""
    total = np.zeros(len(rows))
    for back in range(length):
        there = points - 1 - back >= 0
        total[there] += panel.observed[rows[there], points[there] - 1 - back]
    return total


def _predict(batch: _Batch, setting: Setting) -> _Prediction:
    """Fit with a trend where it holds, without one elsewhere."""
    fits = len(batch.count)
    if not setting.trend:
        return _predict_with(batch, setting, trend=False)
    out = _predict_with(batch, setting, trend=True)
    with np.errstate(over="ignore", invalid="ignore"):
        highest = batch.count.reshape(fits, -1).max(axis=1)
        no_leap = np.maximum(np.exp(out.log), SMALLEST_MEAN) <= highest
        # A slope of exactly 0 has p = 1 here; in R rounding keeps it a hair below: 1 means always.
        significant = (out.slope_p < setting.pThresholdTrend) | (setting.pThresholdTrend >= 1)
    unknown = np.isnan(out.slope_p) & (setting.b >= 3) & no_leap & (out.state == State.FITTED)
    out.state[unknown] = State.STOPPED
    unsettled = out.state == State.UNSETTLED
    plain = ~((setting.b >= 3) & significant & no_leap) | unsettled
    plain &= out.state != State.STOPPED
    if plain.any():
        again = _predict_with(_take(batch, plain), setting, trend=False)
        # Where the trend converged, R does not expect that the plain model does not, and stops.
        again.state[(again.state == State.UNSETTLED) & ~unsettled[plain]] = State.STOPPED
        for name in ("log", "error", "phi", "slope", "slope_p", "state"):
            getattr(out, name)[plain] = getattr(again, name)
    return out


def _predict_with(batch: _Batch, setting: Setting, *, trend: bool) -> _Prediction:
    points = batch.weight.reshape(len(batch.count), -1).sum(axis=1)
    columns = (batch.weight.any(axis=2)).sum(axis=1) + trend
    state = np.zeros(len(points), dtype=np.int64)
    # Without its own season nothing can be predicted; without points to spare there is no dispersion.
    state[~batch.weight[:, batch.window].any(axis=1)] = State.STOPPED
    if trend or setting.reweight or setting.thresholdMethod != "delta":
        state[points <= columns] = State.STOPPED
    if batch.offset is not None:
        finite = np.isfinite(batch.offset).all(axis=(1, 2)) & np.isfinite(batch.offset_now)
        state[~finite] = State.STOPPED
    blank = np.full((5, len(points)), np.nan)
    prediction = _Prediction(blank[0], blank[1], blank[2], blank[3], blank[4], state)
    able = state == State.FITTED
    if able.any():
        part = _take(batch, able)
        logs, error, phi, slope, slope_p, part_state = _solve(
            part, setting, points[able], columns[able], trend=trend
        )
        for name, values in (
            ("log", logs),
            ("error", error),
            ("phi", phi),
            ("slope", slope),
            ("slope_p", slope_p),
            ("state", part_state),
        ):
            getattr(prediction, name)[able] = values
    return prediction


def _solve(
    batch: _Batch, setting: Setting, points: Floats, columns: Ints, *, trend: bool
) -> tuple[Floats, Floats, Floats, Floats, Floats, Ints]:
    model = fit(batch.count, batch.weight, batch.time, batch.offset, trend=trend)
    state = np.where(model.is_settled, State.FITTED, State.UNSETTLED).astype(np.int64)
    state[model.is_lost] = State.STOPPED
    spare = points - columns
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        scale = _residual_squares(batch, model, model.weight) / spare
        phi = np.fmax(scale, 1.0)
        phi[spare <= 0] = np.nan
        if setting.reweight:
            weight, is_alone = _reweight(batch, model, phi, points, setting.weightsThreshold)
            state[(state == State.FITTED) & is_alone] = State.STOPPED
            weight[state != State.FITTED] = batch.weight[state != State.FITTED]
            model = fit(batch.count, weight, batch.time, batch.offset, trend=trend)
            state[(state == State.FITTED) & model.is_lost] = State.STOPPED
            spare = (weight > 0).reshape(len(weight), -1).sum(axis=1) - columns
            phi = np.fmax(_residual_squares(batch, model, model.weight) / spare, 1.0)
            # R has put the weights of the cases in the place of the working weights by now: what
            # it takes for the scale of standard errors is not the dispersion.
            scale = _residual_squares(batch, model, weight) / spare
        apart = batch.now - model.level_time[:, batch.window] if trend else np.zeros(len(points))
        spread = model.spread if trend else np.ones(len(points))
        variance = 1 / model.level_weight[:, batch.window] + apart**2 / spread
        error = np.sqrt(scale * variance)
        logs = model.level[:, batch.window] + model.slope * batch.now + batch.offset_now
        slope = np.full(len(points), np.nan)
        slope_p = np.full(len(points), np.nan)
        if trend:
            slope = model.slope
            slope_p = 2 * special.stdtr(spare, -np.abs(slope / np.sqrt(scale / spread)))
    return logs, error, phi, slope, slope_p, state


def _residual_squares(batch: _Batch, model: Fit, weight: Floats) -> Floats:
    """Sum over points of weight × squared working residual."""
    residual = batch.count / model.mean
    residual -= 1
    residual *= residual
    residual *= weight
    return np.asarray(residual.reshape(len(residual), -1).sum(axis=1))


def _reweight(
    batch: _Batch, model: Fit, phi: Floats, points: Floats, threshold: float
) -> tuple[Floats, Bools]:
    """Give past outbreaks less weight, by their standardised Anscombe residuals (Noufaily 2013, §3.2).

    Also tells which fits have a positive count with a season of its own: its residual is 0/0.
    """
    share = 1 / model.level_weight
    leverage = model.weight * share[:, :, None]
    if model.spread.any():
        apart = batch.time - model.level_time[:, :, None]
        leverage += model.weight * apart * apart / model.spread[:, None, None]
    known = batch.weight > 0
    leverage[leverage >= _FULL] = 1.0
    is_alone = ((leverage == 1.0) & known & (batch.count > 0)).any(axis=(1, 2))
    residual = 1.5 * (np.cbrt(batch.count) ** 2 * model.mean ** (-1 / 6) - np.sqrt(model.mean))
    residual /= np.sqrt(phi[:, None, None] * (1 - leverage))
    is_high = (residual > threshold) & known
    part = np.where(is_high, residual**-2.0, 1.0) * known
    gamma = points / part.reshape(len(part), -1).sum(axis=1)
    return np.asarray(gamma[:, None, None] * part), is_alone


def _take(batch: _Batch, which: Bools) -> _Batch:
    if which.all():
        return batch
    return _Batch(
        batch.count[which], batch.weight[which], batch.time,
        None if batch.offset is None else batch.offset[which], batch.now[which],
        batch.offset_now[which], batch.window,
    )  # fmt: skip
