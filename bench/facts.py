"""Synthetic facts in Parquet, in the form that `anlan facts export` writes, drawn by DuckDB a month at a time.

A province: 11 cities, 90 counties, 1,387 towns, 240 matters of 14 kinds, 16 indicators of which 12 are divided by inhabitants; thirteen months. A third each of the facts
are openings, closings, ratings; evenly spread, so that every town has every kind of matter in every month.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

MONTHS = [f"2025-{m:02}" for m in range(9, 13)] + [f"2026-{m:02}" for m in range(1, 10)]
TOWNS, COUNTIES, CITIES = 1_387, 90, 11

SMALL = {
    "places": """
        SELECT '33' AS place, '' AS parent, 'PROVINCE' AS level, '合成' AS name, true AS is_kept
        UNION ALL SELECT DISTINCT city, '33', 'CITY', city, true FROM town
        UNION ALL SELECT DISTINCT county, city, 'COUNTY', county, true FROM town
        UNION ALL SELECT code, county, 'TOWN', code, true FROM town""",
    "above": """
        SELECT '33' AS area, '33' AS place
        UNION ALL SELECT DISTINCT city, unnest([city, '33']) FROM town
        UNION ALL SELECT DISTINCT county, unnest([county, city, '33']) FROM town
        UNION ALL SELECT code, unnest([code, county, city, '33']) FROM town""",
    "heirs": "SELECT '' AS old, '' AS heir, 1.0::DOUBLE AS share WHERE false",
    "kinds": "SELECT 'M' || i AS matter, (i % 14)::INT AS kind FROM range(240) AS t(i)",
    "indicators": """
        SELECT 'I' || lpad(i::VARCHAR, 2, '0') AS indicator, (100.0 + i)::DOUBLE AS times, i >= 12 AS has_below,
            CASE WHEN i < 12 THEN 'POPULATION' ELSE '' END AS per, i >= 12 AS is_points,
            CASE WHEN i % 2 = 0 THEN 1.0 ELSE -1.0 END::DOUBLE AS sign
        FROM range(16) AS t(i)""",
    "terms": """
        SELECT kind::INT AS kind, 'I' || lpad(kind::VARCHAR, 2, '0') AS indicator, false AS is_below, 'opened' AS measure
        FROM range(12) AS t(kind)
        UNION ALL
        SELECT kind::INT, 'I' || i, b, CASE WHEN b THEN CASE WHEN i = 15 THEN 'rated' ELSE 'closed' END
            ELSE (['closed_late', 'reopened', 'close_minutes', 'satisfied'])[(i - 11)::INT] END
        FROM range(14) AS k(kind), range(12, 16) AS t(i), (VALUES (false), (true)) AS v(b)""",
    "stated": """
        SELECT 'POPULATION' AS indicator, place, '2025-01' AS month, NULL::DOUBLE AS numerator, NULL::DOUBLE AS denominator,
            (20000 + hash(place) % 900000)::DOUBLE AS value FROM places""",
}  # fmt: skip
TOWN = f"""
CREATE OR REPLACE TABLE town AS
SELECT 'T' || lpad(i::VARCHAR, 8, '0') AS code, 'C' || lpad((i % {COUNTIES})::VARCHAR, 3, '0') AS county,
    'Y' || lpad(((i % {COUNTIES}) % {CITIES})::VARCHAR, 2, '0') AS city
FROM range({TOWNS}) AS t(i)
"""
FACTS = f"""
COPY (
    SELECT ($first::DATE + (a % 28)::INT) AS date, area || lpad((c % 20)::VARCHAR, 3, '0') AS place, area,
        'M' || (c % 240) AS matter, 'D' || (c % 30) AS department,
        (['WEB', 'FIELD', 'API', 'FILE'])[(1 + a % 4)::INT] AS channel, (['ORDINARY', 'URGENT', 'COMPLEX'])[(1 + b % 3)::INT] AS level,
        (k = 0)::BIGINT AS opened, (k = 1)::BIGINT AS closed, (k = 0 AND a % 50 = 0)::BIGINT AS reopened,
        (k = 1 AND b % 9 = 0)::BIGINT AS closed_late, CASE WHEN k = 1 THEN (a % 20000)::BIGINT ELSE 0 END AS close_minutes,
        (k = 0)::BIGINT AS accepted, CASE WHEN k = 0 THEN (b % 300)::BIGINT ELSE 0 END AS accept_minutes,
        (k = 2 AND c % 10 < 8)::BIGINT AS satisfied, (k = 2 AND c % 10 >= 8)::BIGINT AS unsatisfied
    FROM (
        SELECT *, 'T' || lpad((b % {TOWNS})::VARCHAR, 8, '0') AS area
        FROM (
            SELECT i % 3 AS k, hash(i, 1) >> 8 AS a, hash(i, 2) >> 8 AS b, hash(i, 3) >> 8 AS c
            FROM range($low, $until) AS t(i)
        )
    )
    ORDER BY area, matter, date
) TO '{{path}}' (FORMAT parquet)
"""


def write_facts(folder: Path, count: int) -> None:
    """Write about so many facts and the small tables."""
    import duckdb

    folder.mkdir(parents=True, exist_ok=True)
    with duckdb.connect() as connection:
        connection.execute("SET enable_progress_bar = false")
        connection.execute(f"SET temp_directory = '{folder}/spill'")
        connection.execute(TOWN)
        for name, query in SMALL.items():
            connection.execute(f"CREATE OR REPLACE TABLE {name} AS {query}")
            connection.execute(f"COPY {name} TO '{folder}/{name}.parquet' (FORMAT parquet)")
        share = count // len(MONTHS)
        for number, month in enumerate(MONTHS):
            place = folder / "facts" / f"month={month}"
            place.mkdir(parents=True, exist_ok=True)
            connection.execute(
                FACTS.format(path=place / "facts.parquet"),
                {"first": f"{month}-01", "low": number * share, "until": (number + 1) * share},
            )


def read_rows(folder: Path) -> Any:
    """Open a folder's facts as plain tables of DuckDB, for hand-written SQL."""
    import duckdb

    connection = duckdb.connect()
    connection.execute("SET enable_progress_bar = false")
    connection.execute(
        f"CREATE VIEW facts AS SELECT * FROM read_parquet('{folder}/facts/*/*.parquet', hive_partitioning = true, hive_types_autocast = false)"
    )
    for name in SMALL:
        connection.execute(
            f"CREATE VIEW {name} AS SELECT * FROM read_parquet('{folder}/{name}.parquet')"
        )
    return connection
