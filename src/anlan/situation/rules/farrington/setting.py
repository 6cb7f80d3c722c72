"""The arguments of the improved Farrington method, under the names that R `surveillance` gives them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Literal, get_args

from anlan.situation.rules.panels import SettingInvalid, read_arguments, whole

Power = Literal["2/3", "1/2", "none"]
Method = Literal["delta", "nbPlugin", "muan"]

EXPONENTS: dict[str, float] = {"2/3": 2 / 3, "1/2": 1 / 2, "none": 1.0}


@dataclass(frozen=True, slots=True)
class Setting:
    """How far to look back, what to leave out, and where the bound lies; defaults as in R.

    b: years back. w: half-width of the window around each reference point. range: points to judge (1 = first), None: all that
    have enough history. limit54: no bound unless (cases) were seen in the last (points). pastWeeksNotIncluded: newest points that
    the model does not see; None: w. noPeriods: levels of season a year; 1: only the windows are used.
    glmWarnings, verbose: taken and without effect; they only print in R.
    """

    range: tuple[int, ...] | None = None
    b: int = 5
    w: int = 3
    reweight: bool = True
    weightsThreshold: float = 2.58  # noqa: N815
    verbose: bool = False
    glmWarnings: bool = True  # noqa: N815
    alpha: float = 0.05
    trend: bool = True
    pThresholdTrend: float = 0.05  # noqa: N815
    limit54: tuple[float, int] = (5, 4)
    powertrans: Power = "2/3"
    fitFun: str = "algo.farrington.fitGLM.flexible"  # noqa: N815
    populationOffset: bool = False  # noqa: N815
    noPeriods: int = 1  # noqa: N815
    pastWeeksNotIncluded: int | None = None  # noqa: N815
    thresholdMethod: Method = "delta"  # noqa: N815

    def __post_init__(self) -> None:
        """Refuse what R refuses, by the argument's name."""
        _demand("b", self.b, self.b >= 1, "It is a whole number of years from 1.")
        _demand("w", self.w, self.w >= 0, "It is a whole number from 0.")
        _demand("noPeriods", self.noPeriods, self.noPeriods >= 1, "It is a whole number from 1.")
        _demand("alpha", self.alpha, 0 < self.alpha < 1, "It lies between 0 and 1.")
        _demand(
            "powertrans",
            self.powertrans,
            self.powertrans in get_args(Power),
            "There are 2/3, 1/2, none.",
        )
        _demand(
            "thresholdMethod", self.thresholdMethod, self.thresholdMethod in get_args(Method),
            "There are delta, nbPlugin, muan.",
        )  # fmt: skip
        _demand(
            "limit54", self.limit54, self.limit54[0] >= 0 and self.limit54[1] > 0,
            "It is (cases ≥ 0, points > 0).",
        )  # fmt: skip
        _demand(
            "fitFun", self.fitFun, self.fitFun == "algo.farrington.fitGLM.flexible",
            "There is only algo.farrington.fitGLM.flexible.",
        )  # fmt: skip
        _demand(
            "pastWeeksNotIncluded", self.pastWeeksNotIncluded, (self.pastWeeksNotIncluded or 0) >= 0,
            "It is a whole number from 0.",
        )  # fmt: skip

    @property
    def left_out(self) -> int:
        """Newest points before the judged one that the model does not see."""
        return self.w if self.pastWeeksNotIncluded is None else self.pastWeeksNotIncluded


def _demand(name: str, value: object, holds: bool, expected: str) -> None:
    if not holds:
        raise SettingInvalid(name=name, value=value, expected=expected)


def read_setting(given: Mapping[str, Any]) -> Setting:
    """Make a setting of named arguments as a JSON file holds them; what is omitted or null is R's default.

    Raises SettingInvalid.

    >>> read_setting({"noPeriods": 10, "limit54": [0, 4]}).limit54
    (0, 4)
    """
    return read_arguments(Setting, given, _convert)


def _convert(name: str, value: Any) -> Any:
    default = _DEFAULTS[name]
    if name == "range":
        return tuple(whole(point) for point in value)
    if name == "limit54":
        cases, points = value
        return cases, whole(points)
    if isinstance(default, bool):
        if not isinstance(value, bool):
            raise TypeError
        return value
    if isinstance(default, float):
        return float(value)
    if isinstance(default, str):
        return str(value)
    return whole(value)


_DEFAULTS = {field.name: field.default for field in fields(Setting)}
