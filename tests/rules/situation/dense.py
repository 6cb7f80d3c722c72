"""The improved Farrington method the slow way: one point, one design matrix, least squares by LAPACK.

Written apart from the product's code, from the paper and R's documented conventions, for undated series.
"""

from __future__ import annotations

import itertools
import math

import numpy as np
from scipy import stats


def seasons(point, *, freq, years, w, levels, left_out):
    """Level of season by point (1 = first), of the points a fit may use."""
    found = {}
    references = [point - freq * year for year in range(years + 1)]
    for later, earlier in itertools.pairwise(references):
        for at in range(earlier - w, earlier + w + 1):
            found[at] = levels
        between = list(range(earlier + w + 1, later - w))
        if levels > 1:
            for at, part in enumerate(np.array_split(between, levels - 1), start=1):
                found.update(dict.fromkeys(part.tolist(), at))
    if left_out < w:
        found.update(dict.fromkeys(range(point - w, point + 1), levels))
    return {at: level for at, level in found.items() if 1 <= at < point - left_out}


def glm(matrix, y, weight, offset):
    mean = y + 0.1
    eta = np.log(mean)
    last = deviance(y, mean, weight)
    for _ in range(25):
        z = eta - offset + (y - mean) / mean
        working = weight * mean
        root = np.sqrt(working)
        beta = np.linalg.lstsq(matrix * root[:, None], z * root, rcond=None)[0]
        eta = matrix @ beta + offset
        mean = np.maximum(np.exp(eta), 2.0**-52)
        now = deviance(y, mean, weight)
        settled = abs(now - last) / (abs(now) + 0.1) < 1e-8
        last = now
        if settled:
            break
    q, r = np.linalg.qr(matrix * root[:, None])
    return beta, mean, working, (q**2).sum(axis=1), np.linalg.inv(r), settled


def deviance(y, mean, weight):
    with np.errstate(divide="ignore", invalid="ignore"):
        own = np.where(y > 0, y * np.log(y / mean), 0.0)
    return 2 * float((weight * (own - (y - mean))).sum())


def model(at, level, y, offset, setting, *, trend):
    present = sorted(set(level))
    columns = [np.ones(len(y))] + ([at.astype(float)] if trend else [])
    columns += [(level == one).astype(float) for one in present[1:]]
    matrix = np.stack(columns, axis=1)
    spare = len(y) - matrix.shape[1]
    beta, mean, working, leverage, inverse, settled = glm(matrix, y, np.ones(len(y)), offset)
    if not settled:
        return None
    scale = (working * ((y - mean) / mean) ** 2).sum() / spare
    phi = max(scale, 1.0)
    if setting.reweight:
        residual = 1.5 * (y ** (2 / 3) * mean ** (-1 / 6) - np.sqrt(mean))
        residual /= np.sqrt(phi * (1 - leverage))
        high = residual > setting.weightsThreshold
        weight = np.where(high, residual**-2.0, 1.0)
        weight *= len(y) / weight.sum()
        beta, mean, working, _, inverse, _ = glm(matrix, y, weight, offset)
        phi = max((working * ((y - mean) / mean) ** 2).sum() / spare, 1.0)
        scale = (weight * ((y - mean) / mean) ** 2).sum() / spare
    return beta, phi, scale, inverse, spare


def judge(counts, population, freq, setting, point):
    """Upper bound and alarm, or None where R gives none."""
    level_of = seasons(
        point, freq=freq, years=setting.b, w=setting.w, levels=setting.noPeriods,
        left_out=setting.left_out,
    )  # fmt: skip
    at = np.array([one for one in sorted(level_of) if not math.isnan(counts[one - 1])])
    level = np.array([level_of[one] for one in at])
    y = counts[at - 1]
    offset = np.log(population[at - 1]) if setting.populationOffset else np.zeros(len(at))
    now = np.log(population[point - 1]) if setting.populationOffset else 0.0

    def predict(fitted, *, trend):
        beta, _, scale, inverse, _ = fitted
        present = sorted(set(level))
        row = np.array([1.0] + ([float(point)] if trend else []) + [float(one == setting.noPeriods) for one in present[1:]])  # fmt: skip
        return row @ beta + now, math.sqrt(scale * ((row @ inverse) ** 2).sum())

    has_trend = setting.trend
    fitted = model(at, level, y, offset, setting, trend=has_trend)
    if fitted is None:
        has_trend = False
        fitted = model(at, level, y, offset, setting, trend=False)
    elif has_trend:
        beta, _, scale, inverse, spare = fitted
        error = math.sqrt(scale * (inverse[1] ** 2).sum())
        p = 2 * stats.t.sf(abs(beta[1] / error), spare)
        has_trend = bool(
            setting.b >= 3
            and p < setting.pThresholdTrend
            and np.exp(predict(fitted, trend=True)[0]) <= y.max()
        )
        if not has_trend:
            fitted = model(at, level, y, offset, setting, trend=False)
    assert fitted is not None
    log, error = predict(fitted, trend=has_trend)
    phi, mean, z = fitted[1], float(np.exp(log)), stats.norm.ppf(1 - setting.alpha)
    if setting.thresholdMethod == "delta":
        power = {"2/3": 2 / 3, "1/2": 1 / 2, "none": 1}[setting.powertrans]
        tau = phi + (error * mean) ** 2 / mean
        spread = {
            "2/3": math.sqrt(4 / 9 * mean ** (1 / 3) * tau), "1/2": math.sqrt(tau / 4),
            "none": math.sqrt(mean * tau),
        }[setting.powertrans]  # fmt: skip
        bound = (mean**power + z * spread) ** (1 / power)
        score = (counts[point - 1] - mean) / (bound - mean)
    else:
        mu = mean if setting.thresholdMethod == "nbPlugin" else float(np.exp(log + z * error))
        if math.isinf(mu):
            return math.nan, False
        law = stats.nbinom(mu / (phi - 1), 1 / phi) if phi > 1 else stats.poisson(mu)
        bound = law.ppf(1 - setting.alpha)
        score = (counts[point - 1] - log) / (bound - log)
    cases, points = setting.limit54
    if not np.sum(counts[point - points : point]) >= cases:
        return math.nan, False
    return bound, bool(score > 1 and counts[point - 1] != 0)
