"""Counts over time that share one time axis, and the errors of reading them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from anlan.kernel.errors import Invalid

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
S = TypeVar("S")


class SettingInvalid(Invalid):
    """The setting “{name}” cannot be “{value}”. {expected}"""


class HistoryTooShort(Invalid):
    """Point {point} cannot be judged: {reason}. Look back fewer years (b), or start later."""


class CountNegative(Invalid):
    """Series “{series}” has a negative count. Counts are zero or more."""


def read_arguments(
    kind: type[S], given: Mapping[str, Any], convert: Callable[[str, Any], Any]
) -> S:
    """Make a setting (a dataclass) of named arguments; what is omitted or null keeps its default.

    convert: gives an argument its type, by TypeError or ValueError when it has another.
    Raises SettingInvalid.
    """
    known = [field.name for field in fields(kind)]  # type: ignore[arg-type]
    arguments: dict[str, Any] = {}
    for name, value in given.items():
        if name not in known:
            raise SettingInvalid(name=name, value=value, expected=f"There are {', '.join(known)}.")
        if value is None:
            continue
        try:
            arguments[name] = convert(name, value)
        except (TypeError, ValueError):
            raise SettingInvalid(name=name, value=value, expected="It has another type.") from None
    return kind(**arguments)


def whole(value: Any) -> int:
    """Give a number without a fraction. Raises TypeError, ValueError."""
    if isinstance(value, bool) or int(value) != value:
        raise ValueError
    return int(value)


@dataclass(frozen=True, slots=True)
class Panel:
    """Series of equal length on one time axis.

    freq: points a year (52, 12, 365). times: days since 1970-01-01 if `is_dated`, else 1, 2, 3 …
    observed, population: series × points; NaN where nothing is known.
    """

    names: tuple[str, ...]
    freq: int
    is_dated: bool
    times: Ints
    observed: Floats
    population: Floats

    def __post_init__(self) -> None:
        """Refuse what no later step could make sense of."""
        shape = (len(self.names), len(self.times))
        if self.observed.shape != shape or self.population.shape != shape:
            raise ValueError(f"a panel of {shape} has other arrays")
        with np.errstate(invalid="ignore"):
            below_zero = (self.observed < 0).any(axis=1)
        if below_zero.any():
            raise CountNegative(series=self.names[int(below_zero.argmax())])

    @property
    def length(self) -> int:
        """Points of each series."""
        return len(self.times)
