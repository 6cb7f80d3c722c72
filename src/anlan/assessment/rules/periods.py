"""Periods of assessment, and how the months of a year become one value."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date

from anlan.assessment.rules.ranks import Counted
from anlan.assessment.rules.schemes import Term
from anlan.indicators.rules import months
from anlan.indicators.rules.peers import Part
from anlan.indicators.rules.register import Formula, Kind
from anlan.kernel.errors import Invalid


class PeriodMalformed(Invalid):
    """“{period}” is no period here. Write a year like 2026, or where the scheme goes by months a month like 2026-10."""


class PeriodNotOver(Invalid):
    """{period} is not over yet. Its cards can be published when it is."""


class PeriodAhead(Invalid):
    """{period} has not begun yet. Choose an earlier one."""


def months_of(period: str, term: Term) -> list[str]:
    """List the months of a period. Raises PeriodMalformed.

    >>> months_of("2026", Term.YEAR)[::11]
    ['2026-01', '2026-12']
    """
    pattern = r"[12]\d{3}" if term is Term.YEAR else r"[12]\d{3}-(0[1-9]|1[0-2])"
    if not re.fullmatch(pattern, period, re.ASCII):
        raise PeriodMalformed(period=period[:20])
    return [f"{period}-{number:02}" for number in range(1, 13)] if term is Term.YEAR else [period]


def check_begun(period: str, term: Term, *, today: date) -> bool:
    """Tell whether a period is over on a local day. Raises PeriodMalformed, PeriodAhead."""
    run = months_of(period, term)
    if months.first_of(run[0]) > today:
        raise PeriodAhead(period=period)
    return run[-1] <= months.newest_over(today)


def newest_period(term: Term, *, today: date, is_over: bool = False) -> str:
    """Name the newest period: of months the newest that is over, of years the present one (is_over: the last whole one).

    >>> newest_period(Term.YEAR, today=date(2026, 11, 28)), newest_period(Term.MONTH, today=date(2026, 11, 28))
    ('2026', '2026-10')
    """
    if term is Term.MONTH:
        return months.newest_over(today)
    return str(today.year - 1 if is_over else today.year)


def before(period: str, count: int) -> str:
    """Name the period so many before one."""
    return str(int(period) - count) if len(period) == 4 else months.months_before(period, count)


def merge(parts: Sequence[Part | None], formula: Formula) -> Counted:
    """Make one value of the months that are known.

    Counts are summed and related to the mean denominator, shares and mean times to the summed one; stated values are averaged.

    >>> merge([Part(2.0, 20, 1e6), None, Part(4.0, 40, 1e6)], Formula(count="opened", per="POPULATION", times=1e5)).value
    6.0
    """
    known = [part for part in parts if part is not None and part.value is not None]
    if not known:
        return Counted(None)
    if formula.kind is Kind.STATED or any(part.numerator is None for part in known):
        return Counted(sum(part.value or 0.0 for part in known) / len(known))
    above = sum(part.numerator or 0.0 for part in known)
    given = [part.denominator for part in known if part.denominator is not None]
    if not given:
        return Counted(above * formula.times, above, None)
    below = sum(given) / len(given) if formula.kind is Kind.COUNT else sum(given)
    return Counted(above / below * formula.times if below > 0 else None, above, below)


def count_known(parts: Sequence[Part | None]) -> int:
    """Count the months with a value."""
    return sum(part is not None and part.value is not None for part in parts)
