"""The commands over files: right answers, and files that are wrong one way each."""

from __future__ import annotations

import csv
import io
import json

import pytest
from click.testing import CliRunner

from anlan.cli.situation import group

COUNTS = "t,count\n" + "".join(
    f"{at},{3 + at % 2 if at < 13 else 9 + at % 3}\n" for at in range(1, 25)
)


def call(*arguments):
    return CliRunner().invoke(group, [str(part) for part in arguments])


def rows(done):
    assert done.exit_code == 0, done.output
    return list(csv.DictReader(io.StringIO(done.stdout)))


@pytest.fixture
def write(tmp_path):
    def put(name, text):
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return path

    return put


def test_changes(write):
    found = rows(call("changes", write("c.csv", COUNTS)))
    assert [(row["from"], row["to"]) for row in found] == [("1", "12"), ("13", "24")]


def test_effect(write):
    found = rows(call("effect", write("c.csv", COUNTS), "--from", 13))
    assert float(found[0]["low"]) > 2
    assert float(found[2]["high"]) < 0  # more happened, none was avoided


def test_clusters(write):
    lines = ["place,x,y,period,cases,expected"]
    lines += [
        f"p{place},{place},0,{period},{9 if (place, period) == (3, 2) else 1},1"
        for place in range(8)
        for period in (1, 2)
    ]
    found = rows(call("clusters", write("k.csv", "\n".join(lines)), "--deals", 99))
    assert (found[0]["places"], found[0]["periods"], found[0]["cases"], found[0]["p_value"]) == (
        "p3",
        "1",
        "9",
        "0.01",
    )


def test_nowcast(write):
    lines = ["happened,reported"]
    for day in range(1, 11):
        lines += [f"2026-10-{day:02},2026-10-{day:02}"] * 3 + [
            f"2026-10-{day:02},2026-10-{day + 1:02}"
        ] * (day < 10)
    found = rows(
        call(
            "nowcast",
            write("n.csv", "\n".join(lines)),
            "--today",
            "2026-10-10",
            "--days",
            10,
            "--longest",
            1,
        )
    )
    assert found == [
        {"date": "2026-10-10", "known": "3", "expected": "4.0", "low": "3", "high": "8"}
    ]


@pytest.mark.parametrize(
    ("command", "text", "words"),
    [
        (["changes"], "t,n\n1,2\n", "no column count"), (["changes"], "t,count\n1,many\n", "not a number"),
        (["changes"], "t,count\n1\n", "line 2"), (["changes"], "t,count\n1,-2\n", "Error: "),
        (["effect", "--from", "99"], COUNTS, "no line with t = 99"), (["effect", "--from", "2"], COUNTS, "8"),
        (["clusters"], "place,x,y,period,cases,expected\na,0,0,1,1,1\na,0,0,1,2,1\n", "once"),
        (["nowcast", "--today", "2026-10-10"], "happened,reported\n2026-10-40,2026-10-01\n", "not a date"),
    ],
)  # fmt: skip
def test_a_wrong_file_is_told_without_a_traceback(write, command, text, words):
    done = call(command[0], write("wrong.csv", text), *command[1:])
    assert done.exit_code == 1
    assert words in done.output


GIVEN = {
    "input.csv": "series,t,epoch,population,state,observed\n" + "".join(f"a,{at},{at},1,0,{at % 5}\n" for at in range(1, 301)),
    "meta.csv": "series,n,freq,start_year,start_week,epochAsDate,mean,zeros\na,300,52,2000,1,False,2,0.2\n",
    "settings.json": json.dumps({"farrington_flexible": {"default": [], "far": {"b": 9}}, "ears": [{"method": "C2"}]}),
}  # fmt: skip


def bounds(write, tmp_path, method="farrington_flexible", **changed):
    paths = {
        name: write(name, changed.get(name.split(".")[0], text)) for name, text in GIVEN.items()
    }
    return call(
        "bounds", paths["input.csv"], "--series", paths["meta.csv"], "--settings", paths["settings.json"],
        "--method", method, "--out", tmp_path / "out.csv.gz",
    )  # fmt: skip


def test_bounds_writes_what_can_be_judged_and_names_what_cannot(write, tmp_path):
    import gzip

    done = bounds(write, tmp_path)
    assert done.exit_code == 0, done.output
    assert "left out: a, far" in done.stderr
    with gzip.open(tmp_path / "out.csv.gz", "rt") as stream:
        found = list(csv.DictReader(stream))
    assert [row["t"] for row in found] == [str(at) for at in range(264, 301)]
    done = bounds(write, tmp_path, "ears")
    assert "291 bounds" in done.stderr


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"input": "series,t\na,1\n"}, "no column observed"), ({"input": "series,t,observed\na,1,x\n"}, "line 2"),
        ({"input": "series,t,observed\na,1,2\na,3,2\n"}, "is not 1, 2, 3"),
        ({"input": "series,t,observed\na,1,-2\n"}, "“a”"),
        ({"input": "series,t,epoch,observed\na,1,9,2\na,2,9,2\n", "meta": "series,freq,epochAsDate\na,52,True\n"}, "does not increase"),
        ({"meta": "series,freq,epochAsDate\nb,52,False\n"}, "no points"),
        ({"meta": "series,freq,epochAsDate\na,weekly,False\n"}, "freq"),
        ({"meta": "series,freq,epochAsDate\na,52,False\na,52,False\n"}, "twice"),
        ({"settings": "{"}, "is not JSON: under “farrington_flexible” an object of named settings"), ({"settings": "{}"}, "named settings"),
        ({"settings": '{"farrington_flexible": {"x": {"alpha": 2}}}'}, "alpha"),
        ({"settings": '{"farrington_flexible": {"x": {"colour": 2}}}'}, "colour"),
    ],
)  # fmt: skip
def test_wrong_input_of_bounds_is_told(write, tmp_path, changed, words):
    done = bounds(write, tmp_path, **changed)
    assert done.exit_code == 1
    assert words in done.output
    assert not (tmp_path / "out.csv.gz").exists()


def test_where_bounds_cannot_be_written_is_told(write, tmp_path):
    paths = {name: write(name, text) for name, text in GIVEN.items()}
    done = call(
        "bounds", paths["input.csv"], "--series", paths["meta.csv"], "--settings", paths["settings.json"],
        "--method", "ears", "--out", tmp_path / "nowhere" / "out.csv",
    )  # fmt: skip
    assert done.exit_code == 1
    assert "out.csv cannot be written: No such file or directory" in done.output
