"""Traffic lights by stated rules: thresholds are data of the register, shown with the report.

A counted indicator is red when it lies outside the outer limits of its peers' funnel on the bad side, or is worse than a
year before beyond what chance explains at the same level; amber by the inner level. A stated one is judged by its change
on the year before. Without a direction, a value or anything to compare with there is no light.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from anlan.indicators.rules.peers import Part, Standing
from anlan.indicators.rules.register import Direction, Indicator, Kind

PERCENT_UNITS = ("%", "‰")


class Light(StrEnum):
    """What a light says."""

    RED = "RED"
    AMBER = "AMBER"
    GREEN = "GREEN"
    NONE = "NONE"


class Why(StrEnum):
    """What decided a light."""

    PEERS = "PEERS"
    YEAR = "YEAR"
    USUAL = "USUAL"
    NOTHING = "NOTHING"


@dataclass(frozen=True, slots=True)
class Verdict:
    """A light and what decided it."""

    light: Light
    why: Why


NO_LIGHT = Verdict(Light.NONE, Why.NOTHING)


def change_of(now: float | None, then: float | None, *, unit: str) -> float | None:
    """Give the change in per cent, of percentages in points; None where nothing can be compared.

    >>> change_of(110.0, 100.0, unit="件"), change_of(5.5, 6.0, unit="%"), change_of(3.0, 0.0, unit="件")
    (10.0, -0.5, None)
    """
    if now is None or then is None:
        return None
    if unit in PERCENT_UNITS:
        return now - then
    return (now - then) / abs(then) * 100 if then else None


def judge(
    indicator: Indicator, now: Part | None, year_before: Part | None, standing: Standing | None, chance: float | None,
    lights: Mapping[str, float],
) -> Verdict:  # fmt: skip
    """Give the light of a value. chance: of the change on the year before, where chance is judged."""
    if now is None or now.value is None or indicator.direction is Direction.NONE:
        return NO_LIGHT
    bad = 1.0 if indicator.direction is Direction.LOWER else -1.0
    then = year_before.value if year_before else None
    if indicator.formula.kind is Kind.STATED:
        change = change_of(now.value, then, unit=indicator.unit)
        if change is None:
            return NO_LIGHT
        better = -bad * change
        if better <= lights["stated_red_change_percent"]:
            return Verdict(Light.RED, Why.YEAR)
        if better <= lights["stated_amber_change_percent"]:
            return Verdict(Light.AMBER, Why.YEAR)
        return Verdict(Light.GREEN, Why.USUAL)
    is_worse = then is not None and bad * (now.value - then) > 0
    if (standing is None or standing.inner is None) and (then is None or chance is None):
        return NO_LIGHT
    for light, percent, limits in (
        (Light.RED, lights["red_percent"], standing.outer if standing else None),
        (Light.AMBER, lights["amber_percent"], standing.inner if standing else None),
    ):
        if limits is not None and _is_beyond(now.value, limits, bad):
            return Verdict(light, Why.PEERS)
        if is_worse and chance is not None and chance < 1 - percent / 100:
            return Verdict(light, Why.YEAR)
    return Verdict(Light.GREEN, Why.USUAL)


def _is_beyond(value: float, limits: tuple[float, float], bad: float) -> bool:
    """Tell whether a value lies outside on the bad side; the limit itself is inside, whatever its last binary digit."""
    slack = 1e-9 * max(abs(value), 1.0)
    return value > limits[1] + slack if bad > 0 else value < limits[0] - slack
