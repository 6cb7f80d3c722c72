"""Schemes and tables for the tests of this folder."""

from __future__ import annotations

from typing import Any

from anlan.assessment.rules.ranks import Column, Counted
from anlan.assessment.rules.schemes import Scheme, read_schemes
from anlan.indicators.rules.register import Kind

HIGHER = {"A": False, "B": False, "C": True}


def raw(**changed: Any) -> dict[str, Any]:
    """Give one scheme as a file holds it."""
    scheme: dict[str, Any] = {
        "code": "S", "version": 1, "since": "2026", "term": "YEAR", "level": "COUNTY", "zh": "考核", "en": "Score",
        "passes_at": 60, "source": "made for tests", "confidence": 1.0, "least_share": 0.5,
        "parts": [
            {"indicator": "A", "weight": 50}, {"indicator": "B", "weight": 30, "goal": 0, "zero": 50, "way": "TARGET"},
            {"indicator": "C", "weight": 20},
        ],
    }  # fmt: skip
    return {"schemes": [scheme | changed]}


def scheme(**changed: Any) -> Scheme:
    return read_schemes(
        "assessment.yaml", raw(**changed), indicators={"A": True, "B": True, "C": True, "D": False}
    )[0]


def columns(**values: list[float | None]) -> dict[str, Column]:
    """Give stated values as columns."""
    return {
        code: Column(Kind.STATED, HIGHER[code], 1.0, tuple(Counted(value) for value in row))
        for code, row in values.items()
    }


def counts(numerators: list[float], below: float, *, is_higher: bool = False) -> Column:
    return Column(
        Kind.COUNT, is_higher, 1e5, tuple(Counted(n / below * 1e5, n, below) for n in numerators)
    )
