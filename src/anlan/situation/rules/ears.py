"""EARS C1, C2, C3: bounds from a few points just past, for series without long history.

Source: Hutwagner, Thompson, Seeman, Treadwell, J Urban Health 80 (2003); conventions of R `surveillance`.
Page: docs/algorithms/ears.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import special

from anlan.situation.rules.panels import (
    Floats,
    HistoryTooShort,
    Ints,
    Panel,
    SettingInvalid,
    read_arguments,
    whole,
)

# How many points before the judged one are needed beyond the baseline.
_GAPS = {"C1": 0, "C2": 2, "C3": 4}


@dataclass(frozen=True, slots=True)
class Setting:
    """Arguments under R's names. alpha None: 0.001, for C3 0.025. range: points to judge (1 = first), None: all that can be."""

    method: str = "C1"
    alpha: float | None = None
    baseline: int = 7
    minSigma: float = 0.0  # noqa: N815
    range: tuple[int, ...] | None = None

    def __post_init__(self) -> None:
        """Refuse what R refuses."""
        for name, value, holds, expected in (
            ("method", self.method, self.method in _GAPS, "There are C1, C2, C3."),
            ("baseline", self.baseline, self.baseline >= 3, "It is at least 3."),
            ("minSigma", self.minSigma, self.minSigma >= 0, "It is not negative."),
            ("alpha", self.alpha, 0 < self.level < 1, "It lies between 0 and 1."),
        ):
            if not holds:
                raise SettingInvalid(name=name, value=value, expected=expected)

    @property
    def level(self) -> float:
        """Chance of a false alarm aimed at."""
        if self.alpha is not None:
            return self.alpha
        return 0.025 if self.method == "C3" else 0.001


def read_setting(given: Mapping[str, Any]) -> Setting:
    """Make a setting of named arguments; what is omitted or null is R's default. Raises SettingInvalid.

    >>> read_setting({"method": "C3"}).level
    0.025
    """
    return read_arguments(Setting, given, _convert)


def _convert(name: str, value: Any) -> Any:
    if name == "range":
        return tuple(sorted(whole(point) for point in value))
    if name == "method":
        return str(value)
    return whole(value) if name == "baseline" else float(value)


def list_points(panel: Panel, setting: Setting) -> tuple[int, ...]:
    """Points to be judged (1 = first)."""
    if setting.range is not None:
        return setting.range
    return tuple(range(setting.baseline + _GAPS[setting.method] + 1, panel.length + 1))


def compute_bounds(
    panel: Panel, setting: Setting, points: tuple[int, ...]
) -> tuple[Floats, Floats]:
    """Give upper bounds and alarms (1, 0, NaN) for series × points. Raises HistoryTooShort.

    A baseline that is constant has no deviation: with minSigma 0 the bound of C1 and C2 is its mean, that of C3 unknown.
    """
    reach = setting.baseline + _GAPS[setting.method]
    for point in points[:1] + points[-1:]:
        if point - reach < 1 or point > panel.length:
            raise HistoryTooShort(point=point, reason=f"{reach} points are needed before it")
    if not points:
        raise HistoryTooShort(point=panel.length, reason=f"{reach} points are needed before it")
    judged = np.array(points) - 1
    z = float(special.ndtri(1 - setting.level))
    observed = panel.observed
    with np.errstate(invalid="ignore", divide="ignore"):
        if setting.method == "C3":
            bound = _bound_c3(observed, judged, setting, z)
        else:
            mean, deviation = _baseline(observed, judged - _GAPS[setting.method], setting)
            bound = mean + z * deviation
        alarm = np.where(np.isnan(bound) | np.isnan(observed[:, judged]), np.nan, observed[:, judged] > bound)  # fmt: skip
    return bound, alarm


def _bound_c3(observed: Floats, judged: Ints, setting: Setting, z: float) -> Floats:
    """Today's bound falls by how far the two days before were beyond one deviation."""
    past: Floats = np.zeros((len(observed), len(judged)))
    for lag in (2, 1):
        mean, deviation = _baseline(observed, judged - lag - 2, setting)
        past = past + np.maximum(0, (observed[:, judged - lag] - mean) / deviation - 1)
    _, deviation = _baseline(observed, judged - 2, setting)
    return np.maximum(0, observed[:, judged] + deviation * (z - past))


def _baseline(observed: Floats, until: Ints, setting: Setting) -> tuple[Floats, Floats]:
    """Mean and standard deviation of the `baseline` points before each of `until`."""
    windows = observed[:, until[:, None] - np.arange(setting.baseline, 0, -1)]
    return windows.mean(axis=2), np.maximum(windows.std(axis=2, ddof=1), setting.minSigma)
