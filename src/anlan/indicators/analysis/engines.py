"""Where an expression runs: DuckDB in this process, or Spark, from the same folder."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from anlan.indicators.analysis.expressions import SERIES_MONTHS, Tables, express_month
from anlan.indicators.rules import months
from anlan.kernel.errors import Invalid, Unavailable

SMALL = ("places", "above", "heirs", "kinds", "terms", "indicators", "stated")
ENGINES = ("duckdb", "spark")


class EngineMissing(Unavailable):
    """{engine} is not installed. Run: pip install {packages}"""


class FactsMissing(Invalid):
    """{folder} holds no facts of {month}. Write them with: anlan facts export --out {folder}"""


class EngineUnknown(Invalid):
    """“{engine}” is no engine. There are: {engines}"""


def run_month(*, folder: Path, month: str, engine: str = "duckdb") -> Any:
    """Give the month of every place and counted indicator as an Arrow table, in order of indicator and place.

    Raises MonthMalformed, FactsMissing, EngineMissing, EngineUnknown.
    """
    wanted = months.run_of(month, SERIES_MONTHS)
    if engine not in ENGINES:
        raise EngineUnknown(engine=engine[:20], engines=", ".join(ENGINES))
    if not list((folder / "facts" / f"month={month}").glob("*.parquet")) or not all(
        (folder / f"{name}.parquet").is_file() for name in SMALL
    ):
        raise FactsMissing(folder=str(folder), month=month)
    connection = _connect_spark() if engine == "spark" else _connect_duckdb()
    tables = read_tables(connection, folder, engine)
    found = connection.to_pyarrow(express_month(tables, months=wanted))
    return found.sort_by([("indicator", "ascending"), ("place", "ascending")])


def read_tables(connection: Any, folder: Path, engine: str) -> Tables:
    """Name a folder's tables to an engine; nothing is read yet."""
    if engine == "spark":
        facts = connection.read_parquet(str(folder / "facts"), table_name="facts")
    else:
        facts = connection.read_parquet(
            str(folder / "facts" / "*" / "*.parquet"), table_name="facts", hive_partitioning=True,
            hive_types_autocast=False,
        )  # fmt: skip
    small = {
        name: connection.read_parquet(str(folder / f"{name}.parquet"), table_name=name)
        for name in SMALL
    }
    return Tables(facts=facts, **small)


def _connect_duckdb() -> Any:
    try:
        import ibis

        connection = ibis.duckdb.connect()
    except ImportError as missing:
        raise EngineMissing(engine="DuckDB", packages="'anlan[analytics]'") from missing
    connection.raw_sql("SET enable_progress_bar = false")
    return connection


def _connect_spark() -> Any:
    """Take the cluster that SPARK_MASTER or spark-defaults name; this machine's two processors otherwise."""
    try:
        import ibis
        from pyspark.sql import SparkSession
    except ImportError as missing:
        raise EngineMissing(
            engine="Spark", packages="'anlan[analytics]' 'pyspark==4.3.*'"
        ) from missing
    session = (
        SparkSession.builder.appName("anlan")
        # A month is text, whatever it looks like.
        .config("spark.sql.sources.partitionColumnTypeInference.enabled", "false")
        .config("spark.sql.session.timeZone", "UTC")
        .config("spark.ui.enabled", "false")
        .getOrCreate()
    )
    session.sparkContext.setLogLevel("ERROR")
    return ibis.pyspark.connect(session)
