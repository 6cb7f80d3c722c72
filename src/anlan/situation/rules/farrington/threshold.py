"""From a predicted mean to a bound: by power transformation, or by quantile of a Poisson or negative binomial."""

from __future__ import annotations

import numpy as np
from scipy import special

from anlan.situation.rules.farrington.setting import EXPONENTS
from anlan.situation.rules.panels import Bools, Floats

# R shrinks the probability by a few units in the last place, so that a quantile met exactly is not missed.
_FUZZ = 1 - 8 * float(np.finfo(np.float64).eps)


def bound_by_power(
    mean: Floats, deviation: Floats, phi: Floats, count: Floats, *, alpha: float, power: str
) -> tuple[Floats, Floats]:
    """Give upper bound and p-value, taking count ** exponent as normal (Farrington 1996).

    mean, deviation: prediction and its standard error, in counts. phi: dispersion, ≥ 1.
    """
    exponent = EXPONENTS[power]
    with np.errstate(invalid="ignore", over="ignore", divide="ignore"):
        variance = phi + deviation**2 / mean
        spread = np.sqrt(exponent**2 * mean ** (2 * exponent - 1) * variance)
        reach = special.ndtri(1 - alpha) * spread
        centre = mean**exponent
        bound = np.fmax((centre - reach) ** (1 / exponent), (centre + reach) ** (1 / exponent))
        p_value = special.ndtr(-(count**exponent - centre) / spread)
    return bound, p_value


def bound_by_quantile(
    mean: Floats, phi: Floats, count: Floats, *, alpha: float
) -> tuple[Floats, Floats]:
    """Give upper bound and p-value of a negative binomial of variance phi × mean (Noufaily 2013); Poisson where phi is 1."""
    size, share = np.full_like(mean, np.nan), 1 / phi
    np.divide(mean, phi - 1, out=size, where=phi > 1)
    bound = np.full_like(mean, np.nan)
    p_value = np.full_like(mean, np.nan)
    known = np.isfinite(mean)
    bound[known] = _quantile(
        (1 - alpha) * _FUZZ, mean[known], size[known], share[known], phi[known]
    )
    known &= ~np.isnan(count)
    p_value[known] = _below(
        count[known] - 1, mean[known], size[known], share[known], phi[known] > 1, upper=True
    )
    return bound, p_value


def _below(
    at: Floats, mean: Floats, size: Floats, share: Floats, is_wide: Bools, *, upper: bool
) -> Floats:
    """P(count ≤ at), or P(count > at) if `upper`, of a negative binomial where `is_wide`, else of a Poisson."""
    out = np.full_like(mean, 1.0 if upper else 0.0)
    wide, narrow = is_wide & (at >= 0), ~is_wide & (at >= 0)
    if upper:
        out[wide] = special.betainc(at[wide] + 1, size[wide], 1 - share[wide])
        out[narrow] = special.gammainc(at[narrow] + 1, mean[narrow])
    else:
        out[wide] = special.betainc(size[wide], at[wide] + 1, share[wide])
        out[narrow] = special.gammaincc(at[narrow] + 1, mean[narrow])
    return out


def _quantile(probability: float, mean: Floats, size: Floats, share: Floats, phi: Floats) -> Floats:
    """The smallest whole number whose probability of not being passed reaches `probability`."""
    is_wide = phi > 1

    def reaches(at: Floats, which: Bools) -> Bools:
        below = _below(at, mean[which], size[which], share[which], is_wide[which], upper=False)
        return np.asarray(below >= probability)

    # Below `low` it is not reached, at `high` it is; a normal guess, widened until true, then halved.
    reach = special.ndtri(probability) * np.sqrt(mean * phi)
    guess = np.maximum(np.floor(mean + reach), 0)
    width = np.maximum(np.ceil(np.sqrt(mean * phi) / 2), 1)
    low, high = guess - width, guess + width
    step = width.copy()
    while (short := ~_each(reaches, high)).any():
        step[short] *= 2
        low[short], high[short] = high[short], high[short] + step[short]
    step = width.copy()
    while (far := (low >= 0) & _each(reaches, low)).any():
        step[far] *= 2
        high[far], low[far] = low[far], low[far] - step[far]
    low = np.maximum(low, -1)
    # Beyond 2**53 neighbouring whole numbers are one float.
    while (apart := high - low > np.maximum(1, high * 2.0**-52)).any():
        middle = np.floor((low[apart] + high[apart]) / 2)
        there = reaches(middle, apart)
        high[apart] = np.where(there, middle, high[apart])
        low[apart] = np.where(there, low[apart], middle)
    return np.asarray(high)


def _each(reaches: object, at: Floats) -> Bools:
    assert callable(reaches)
    return np.asarray(reaches(at, np.ones(len(at), dtype=bool)))
