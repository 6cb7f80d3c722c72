"""Facts in Parquet add up to the roll-up, and months from them are those of the database, on DuckDB and on Spark."""

from __future__ import annotations

import math
import shutil
from collections import defaultdict
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from anlan.indicators.actions import count_month, record_succession
from anlan.indicators.models import Value
from anlan.indicators.queries import get_register, read_cube
from anlan.indicators.rules import months
from anlan.kernel.actor import SYSTEM
from anlan.places.queries import get_gazetteer
from anlan.reports.rules.content import make_lines
from anlan.rollup import queries as figures
from anlan.rollup.actions import fold_deltas
from tests.make import COUNTY, JURISDICTION, NOW, OTHER_TOWN, TOWN, World
from tests.rooms.rollup.test_equals_a_recount import Walk
from tests.worlds.figures import people

pytest.importorskip("duckdb", reason="the extra `analytics` is not installed: pip install '.[analytics]'")  # fmt: skip
pytest.importorskip("ibis", reason="the extra `analytics` is not installed: pip install '.[analytics]'")  # fmt: skip
import pyarrow.parquet as parquet

from anlan.cli import main
from anlan.indicators.analysis.engines import EngineUnknown, FactsMissing, run_month
from anlan.indicators.analysis.exporting import export_facts
from anlan.indicators.analysis.expressions import MEASURES

pytestmark = pytest.mark.django_db
MONTH = "2026-04"


@pytest.fixture
def walked(world: World) -> World:
    """Cases of some months, some closed, reopened, rated and merged; half of it folded."""
    walk = Walk(world, 5)
    for _ in range(150):
        walk.step()
    assert {"close", "rate"} <= walk.done
    people("2026-01")
    return world


def say_lamps() -> None:
    """A department's figure for a month that is still to come at NOW."""
    lamps = next(i for i in get_register(JURISDICTION).indicators if i.code == "LAMPS")
    Value.objects.create(
        indicator_id=lamps.id, place_id=get_gazetteer().place_by_code(TOWN).id, month_date=months.first_of(MONTH),
        numerator=12, denominator=30000, value=4.0, is_returned=True,
    )  # fmt: skip


def rows_of(folder: Path, month: str, engine: str = "duckdb") -> dict[tuple[str, str], dict[str, Any]]:  # fmt: skip
    found = run_month(folder=folder, month=month, engine=engine).to_pylist()
    return {(row["place"], row["indicator"]): row for row in found}


def same(one: float | None, other: float | None) -> bool:
    """A report keeps ten digits, and changes come from these."""
    if one is None or other is None:
        return one is other
    return math.isclose(one, other, rel_tol=1e-7, abs_tol=1e-9)


def check_values(folder: Path, month: str) -> None:
    """Compare with what the database counts, and with the lines of a report."""
    for one in months.run_of(month, 14):
        count_month(jurisdiction=JURISDICTION, month=one)
    gazetteer, register = get_gazetteer(), get_register(JURISDICTION)
    county = gazetteer.place_by_code(COUNTY)
    places = [county, *gazetteer.children(county.id)]
    cube = read_cube(
        indicators=register.indicators, place_ids=[one.id for one in places], wanted=months.run_of(month, 14)
    )  # fmt: skip
    told = rows_of(folder, month)
    spine = [one for one in register.indicators if one.formula.is_spine]
    assert set(told) == {(place.code, one.code) for place in places for one in spine}
    for family in ([county], places[1:]):
        ids = [one.id for one in family]
        lines = make_lines(register=register, month=month, places=ids, wanted=ids, find=cube.find)
        for place in family:
            for line in lines[place.id]:
                if (place.code, line.code) not in told:
                    continue
                row = told[place.code, line.code]
                part = cube.find(next(i for i in spine if i.code == line.code), place.id, month)
                where = f"{place.code} {line.code} {month}"
                assert same(row["value"], part.value if part else None), where
                assert same(row["numerator"], part.numerator if part else None), where
                assert same(row["denominator"], part.denominator if part else None), where
                assert same(row["change"], line.change), where
                assert same(row["year_change"], line.year_change), where
                assert row["rank"] == line.rank, where
                assert len(row["series"]) == 13
                assert all(map(same, row["series"], line.series)), where


def test_facts_add_up_to_the_roll_up_and_months_are_the_databases(
    walked: World, tmp_path: Path
) -> None:
    done = export_facts(folder=tmp_path, jurisdiction=JURISDICTION)
    assert list(done.facts) == figures.list_months()
    assert sum(done.facts.values()) > 10
    for month in done.facts:
        sums: dict[tuple[str, str], list[int]] = defaultdict(lambda: [0] * len(MEASURES))
        file = tmp_path / "facts" / f"month={month}" / "facts.parquet"
        for row in parquet.ParquetFile(file).read().to_pylist():
            key = (row["place"], row["matter"])
            sums[key] = [a + row[name] for a, name in zip(sums[key], MEASURES, strict=True)]
            assert months.name_of(row["date"]) == month
            assert row["department"]
            assert row["channel"] == "API"
        told = figures.list_month(place_code=COUNTY, month=month)
        assert {(r.place_code, r.matter_code): [getattr(r, m) for m in MEASURES] for r in told} == {
            key: found for key, found in sums.items() if any(found)
        }
        check_values(tmp_path, month)


def test_a_month_from_facts_knows_returns_heirs_and_places_not_counted_here(
    walked: World, tmp_path: Path
) -> None:
    fold_deltas()
    say_lamps()
    export_facts(folder=tmp_path, jurisdiction=JURISDICTION)
    check_values(tmp_path, MONTH)
    record_succession(
        actor=SYSTEM, old_code=OTHER_TOWN, heirs=[(TOWN, 1.0)], changed=date(2026, 3, 20), source="x", at=NOW
    )  # fmt: skip
    export_facts(folder=tmp_path, jurisdiction=JURISDICTION)
    closed = 0.0
    for month in figures.list_months():
        count_month(jurisdiction=JURISDICTION, month=month)
        told = rows_of(tmp_path, month)
        assert told[OTHER_TOWN, "LATE"]["numerator"] is None
        assert told[TOWN, "LATE"]["denominator"] == told[COUNTY, "LATE"]["denominator"]
        late = next(i for i in get_register(JURISDICTION).indicators if i.code == "LATE")
        assert told[TOWN, "LATE"]["denominator"] == (
            Value.objects.get(indicator_id=late.id, place__code=TOWN, month_date=months.first_of(month)).denominator
        )  # fmt: skip
        closed += told[TOWN, "LATE"]["denominator"]
    assert closed > 0
    told = rows_of(tmp_path, MONTH)
    assert (told[TOWN, "LAMPS"]["of"], told[TOWN, "LAMPS"]["rank"]) == (1, None)
    assert told[TOWN, "LAMPS"]["value"] == pytest.approx(4.0)


@pytest.mark.filterwarnings("ignore::FutureWarning", "ignore::ResourceWarning", "ignore::DeprecationWarning")  # fmt: skip
def test_spark_gives_what_duckdb_gives(walked: World, tmp_path: Path) -> None:
    pytest.importorskip(
        "pyspark", reason="Spark is tried where it is: pip install 'pyspark==4.3.*'"
    )
    if shutil.which("java") is None:
        pytest.skip("Spark needs Java 17 or newer (Debian: apt install openjdk-17-jre-headless)")
    from pyspark.sql import SparkSession

    say_lamps()
    export_facts(folder=tmp_path, jurisdiction=JURISDICTION)
    session = (
        SparkSession.builder.master("local[2]")
        .config("spark.sql.shuffle.partitions", "2")
        .getOrCreate()
    )
    try:
        there = rows_of(tmp_path, MONTH, "spark")
    finally:
        session.stop()
    here = rows_of(tmp_path, MONTH)
    assert set(there) == set(here)
    for key, row in here.items():
        assert all(map(same, row.pop("series"), there[key].pop("series"))), key
        numbers = {name for name, value in row.items() if isinstance(value, float)}
        assert all(same(row[name], there[key][name]) for name in numbers), key
        rest = set(row) - numbers
        assert {n: row[n] for n in rest} == {n: there[key][n] for n in rest}, key


def test_the_commands_write_facts_and_a_month(walked: World, tmp_path: Path) -> None:
    export_facts(folder=tmp_path, jurisdiction=JURISDICTION)
    out = tmp_path / "month.csv"
    run = CliRunner().invoke(main, ["facts", "month", "--from", str(tmp_path), "--month", MONTH, "--out", str(out)])  # fmt: skip
    assert run.exit_code == 0, run.output
    lines = out.read_text(encoding="utf-8").splitlines()
    assert lines[0].startswith("place,indicator,")
    assert len(lines) == 1 + len(rows_of(tmp_path, MONTH))
    run = CliRunner().invoke(main, ["facts", "month", "--from", str(tmp_path), "--month", "2019-01", "--out", str(out)])  # fmt: skip
    assert run.exit_code == 2
    assert "FACTS_MISSING" in run.output
    assert "2019-01" in run.output


def test_a_folder_without_facts_and_an_unknown_engine_are_refused(tmp_path: Path) -> None:
    with pytest.raises(FactsMissing):
        run_month(folder=tmp_path, month=MONTH)
    with pytest.raises(EngineUnknown):
        run_month(folder=tmp_path, month=MONTH, engine="abacus")
