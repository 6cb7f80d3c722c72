"""Values counted from the daily figures: a month for all places in one statement."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import datetime

from django.db import connection, transaction

from anlan.cases.queries import get_catalogue
from anlan.cases.rules import local_date
from anlan.indicators import queries
from anlan.indicators.rules import months
from anlan.indicators.rules.kinds import sort_kinds
from anlan.kernel import permits, sql
from anlan.places.queries import get_gazetteer
from anlan.rollup.rules import read_month

MONTHS_BACK = 13
"""How far back late figures change a value by themselves: a year and the month it is compared with."""


@permits.inside
@transaction.atomic
def count_month(*, jurisdiction: str, month: str) -> int:
    """Count a month's indicators for every place kept here; give how many values are new or changed.

    Values returned by departments stay. Raises MonthMalformed.
    """
    first, until = read_month(month)
    register = queries.get_register(jurisdiction)
    matters = [one for one in get_catalogue().matters.values() if one.jurisdiction == jurisdiction]
    kind_of, terms = sort_kinds(register, matters)
    with connection.cursor() as cursor:
        cursor.execute(
            sql.load("anlan.indicators", "count_month"),
            {
                "jurisdiction": jurisdiction, "terms": json.dumps([asdict(term) for term in terms]), "kinds": json.dumps(kind_of),
                "month_date": first, "until_date": until, "labels": len(queries.list_reported_levels(jurisdiction)),
            },
        )  # fmt: skip
        row = cursor.fetchone()
    return int(row[0]) if row else 0


@permits.inside
def count_months(*, at: datetime) -> int:
    """Count the months that late figures may still change, everywhere; give how many values changed.

    Each month commits by itself.
    """
    changed = 0
    gazetteer = get_gazetteer()
    for root in gazetteer.roots:
        newest = months.newest_over(local_date(at, gazetteer.time_zone(root.id)))
        for month in months.run_of(newest, MONTHS_BACK):
            changed += count_month(jurisdiction=root.jurisdiction, month=month)
    return changed
