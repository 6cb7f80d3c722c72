"""A month of all places as one Ibis expression over facts: DuckDB and Spark run the same.

Facts are added up by month, area (the lowest place that has a report) and kind of matter; these few rows climb to the places above, become numerators and
denominators by the terms of the register, and values; values are set beside the month and the year before and ranked among the places of one parent.
Sums are of doubles that hold whole numbers, exact to 2^53, so that no engine's order of adding shows in the result; they take half of the time of whole numbers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

MEASURES = (
    "opened", "closed", "reopened", "closed_late", "close_minutes", "accepted", "accept_minutes", "satisfied",
    "unsatisfied",
)  # fmt: skip
SERIES_MONTHS = 13


@dataclass(frozen=True, slots=True)
class Tables:
    """What a folder of facts holds, as an engine reads it. Columns: `sql/facts.sql` and `exporting.SHAPES`."""

    facts: Any
    places: Any
    above: Any
    heirs: Any
    kinds: Any
    terms: Any
    indicators: Any
    stated: Any


def express_month(tables: Tables, *, months: Sequence[str]) -> Any:
    """Express the newest of thirteen months for every place and counted indicator, ready to run.

    Columns: place, indicator, month, numerator, denominator, value, change and year_change (per cent, of percentages points), rank, of,
    series (thirteen values, the oldest first).
    """
    values = _values(tables, months)
    return _compared(tables, values, months)


def _added_up(tables: Tables, months: Sequence[str]) -> Any:
    """Add facts up by month, area and kind, and let them climb to every place above."""
    from ibis import _

    facts = tables.facts.filter(tables.facts.month.isin(list(months)))
    summed = (
        facts.join(tables.kinds, "matter")
        .group_by("month", "area", "kind")
        .aggregate(**{name: facts[name].cast("float64").sum() for name in MEASURES})
    )
    heirs = tables.heirs.rename(area="old")
    share = _.share.fill_null(1.0)
    shared = summed.left_join(heirs, "area").mutate(
        area=_.heir.fill_null(_.area),
        **{name: _[name] * share for name in MEASURES},
    )
    return (
        shared.join(tables.above, "area")
        .group_by("month", "place", "kind")
        .aggregate(**{name: _[name].sum() for name in MEASURES})
    )


def _measured(tables: Tables, months: Sequence[str]) -> Any:
    """Turn sums into numerators and denominators by the register's terms."""
    import ibis

    joined = (
        _added_up(tables, months)
        .join(tables.terms, "kind")
        .mutate(rated=ibis._.satisfied + ibis._.unsatisfied)
    )
    amount = ibis.cases(*((joined.measure == name, joined[name]) for name in (*MEASURES, "rated")))
    parts = joined.select("month", "place", "indicator", "is_below", amount=amount)
    return parts.group_by("month", "place", "indicator").aggregate(
        numerator=parts.amount.sum(where=~parts.is_below),
        below=parts.amount.sum(where=parts.is_below),
    )


def _values(tables: Tables, months: Sequence[str]) -> Any:
    """Give every place, indicator and month its value: nought where nothing was counted, what was returned where somebody did."""
    import ibis

    wanted = ibis.memtable({"month": list(months)}, schema={"month": "string"})
    grid = tables.places.select("place", "is_kept").cross_join(tables.indicators).cross_join(wanted)
    grid = grid.left_join(_measured(tables, months), ["month", "place", "indicator"]).drop(
        "month_right", "place_right", "indicator_right"
    )
    grid = grid.left_join(_bases(tables, wanted), ["per", "place", "month"]).drop(
        "per_right", "place_right", "month_right"
    )
    counted = grid.numerator.fill_null(0.0)
    denominator = ibis.ifelse(grid.has_below, grid.below.fill_null(0.0), grid.base_value)
    is_divided = grid.has_below | (grid.per != "")
    grid = grid.select(
        "place", "indicator", "month", "is_points", "sign",
        numerator=ibis.ifelse(grid.is_kept, counted, None),
        denominator=ibis.ifelse(grid.is_kept & is_divided, denominator, None),
        value=ibis.ifelse(
            grid.is_kept,
            ibis.ifelse(is_divided, counted * grid.times / denominator.nullif(0.0), counted * grid.times),
            None,
        ),
    )  # fmt: skip
    stated = tables.stated.rename(
        stated_numerator="numerator", stated_denominator="denominator", stated_value="value"
    ).mutate(is_stated=True)
    joined = grid.left_join(stated, ["place", "indicator", "month"])
    is_stated = joined.is_stated.fill_null(False)
    return joined.select(
        "place", "indicator", "month", "is_points", "sign",
        **{
            name: ibis.ifelse(is_stated, joined[f"stated_{name}"], joined[name])
            for name in ("numerator", "denominator", "value")
        },
    )  # fmt: skip


def _bases(tables: Tables, wanted: Any) -> Any:
    """The newest value of each base up to each month."""
    import ibis
    from ibis import _

    known = (
        tables.stated.filter(_.value.notnull())
        .select("place", per="indicator", said="month", base_value="value")
        .join(tables.indicators.select("per").distinct(), "per")
        .join(wanted, _.said <= wanted.month)
        .mutate()
    )
    age = ibis.row_number().over(group_by=["per", "place", "month"], order_by=ibis.desc("said"))
    return known.mutate(age=age).filter(_.age == 0).select("per", "place", "month", "base_value")


def _compared(tables: Tables, values: Any, months: Sequence[str]) -> Any:
    """Set the newest month beside the one before, the year before and its peers."""
    import ibis

    named = {f"m{n}": values.value.max(where=values.month == m) for n, m in enumerate(months)}
    newest = values.month == months[-1]
    rows = values.group_by("place", "indicator", "is_points", "sign").aggregate(
        numerator=values.numerator.max(where=newest), denominator=values.denominator.max(where=newest), **named
    )  # fmt: skip
    rows = rows.join(tables.places.select("place", "parent"), "place")
    value, before, year_before = rows[f"m{len(months) - 1}"], rows[f"m{len(months) - 2}"], rows.m0

    def change(then: Any) -> Any:
        per_cent = (value - then) / then.abs().nullif(0.0) * 100
        return ibis.ifelse(rows.is_points, value - then, per_cent)

    peers = ibis.window(group_by=[rows.parent, rows.indicator])
    rank = ibis.rank().over(
        group_by=[rows.parent, rows.indicator, value.isnull()], order_by=value * rows.sign
    )
    of = value.count().over(peers)
    is_ranked = value.notnull() & (of >= 2)
    return rows.select(
        "place", "indicator", "numerator", "denominator", month=ibis.literal(months[-1]), value=value,
        change=change(before), year_change=change(year_before), rank=ibis.ifelse(is_ranked, rank + 1, None), of=of,
        series=ibis.array([rows[name] for name in named]),
    )  # fmt: skip
