"""Values as SDMX-CSV 2.0: one line an observation, codes that other statistics systems read.

Source: SDMX-CSV field guide, version 2.0 (sdmx.org): STRUCTURE, STRUCTURE_ID, ACTION, then dimensions, measure, attributes.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable
from typing import TextIO

from anlan.indicators.rules.peers import Part
from anlan.indicators.rules.register import Cadence, Indicator

DATAFLOW = "ANLAN:INDICATORS(1.0)"
COLUMNS = (
    "STRUCTURE", "STRUCTURE_ID", "ACTION", "FREQ", "REF_AREA", "INDICATOR", "TIME_PERIOD", "OBS_VALUE", "OBS_STATUS",
    "NUMERATOR", "DENOMINATOR", "UNIT_MEASURE", "DECIMALS", "SOURCE", "CONFIDENCE",
)  # fmt: skip
_FREQUENCY = {Cadence.MONTH: "M", Cadence.QUARTER: "Q", Cadence.YEAR: "A"}
_FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r")


def write(out: TextIO, rows: Iterable[tuple[str, Indicator, str, Part]]) -> int:
    """Write values (place code, indicator, month, value) as SDMX-CSV; give how many.

    OBS_STATUS: A is a usual value, L is one that cannot be told (then OBS_VALUE is empty).
    """
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    count = 0
    for place, indicator, month, part in rows:
        writer.writerow(
            ["dataflow", DATAFLOW, "I", _FREQUENCY[indicator.cadence], place, indicator.code, _period(indicator, month),
             _number(part.value), "L" if part.value is None else "A", _number(part.numerator),
             _number(part.denominator), _text(indicator.unit_en or indicator.unit), indicator.decimals,
             _text(indicator.source), f"{indicator.confidence:g}"]
        )  # fmt: skip
        count += 1
    return count


def _period(indicator: Indicator, month: str) -> str:
    """Name the period in SDMX's way.

    >>> from types import SimpleNamespace as S
    >>> [_period(S(cadence=c), "2026-09") for c in (Cadence.MONTH, Cadence.QUARTER, Cadence.YEAR)]
    ['2026-09', '2026-Q3', '2026']
    """
    if indicator.cadence is Cadence.QUARTER:
        return f"{month[:4]}-Q{(int(month[5:]) + 2) // 3}"
    return month[:4] if indicator.cadence is Cadence.YEAR else month


def _number(number: float | None) -> str:
    return "" if number is None else f"{number:.10g}"


def _text(text: str) -> str:
    """Keep a spreadsheet from taking a text for a formula."""
    return f"'{text}" if text.startswith(_FORMULA_SIGNS) else text
