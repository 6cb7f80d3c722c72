"""Files of signals: a bad row is set aside with its reason, and nothing is lost or taken twice."""

from __future__ import annotations

import contextlib
import csv
import gzip
import json
import multiprocessing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner, Result

from anlan import cli
from anlan.cases.models import Case, Step
from anlan.cli.imports import group
from anlan.intake import actions as intake
from anlan.intake.models import ImportReject, ImportRun, Signal
from anlan.intake.queries import list_rejects
from anlan.intake.rules import (
    EncodingUnknown,
    FileDamaged,
    FileFormatUnknown,
    ImportOvertaken,
    MappingBroken,
)
from anlan.kernel.actor import SYSTEM
from anlan.ledger.models import LedgerEntry
from anlan.places.rules import to_gcj02
from anlan.triage.actions import FileMissing, Progress, import_signals, importing
from anlan.triage.actions.preparing import PreparingEnded
from anlan.triage.models import Decision
from anlan.triage.rules import NoMatters
from tests.make import GRID, IN_GRID, NOW, OTHER_GRID, VILLAGE, World, forget_memory

# A file is imported by the command line, as the owner: COPY is refused under row-level security.
pytestmark = pytest.mark.usefixtures("as_owner")

MAPPING: dict[str, Any] = {
    "jurisdiction": "TEST-SMALL",
    "time_zone": "Asia/Shanghai",
    "fields": {
        "external_ref": {"column": "id"},
        "text": {"columns": ["text"]},
        "place": {"column": "place"},
        "matter": {"column": "kind", "values": {"灯": "STREET_LAMP", "坏": "NO_SUCH", "": ""}},
        "point": {"lon": "lon", "lat": "lat"},
        "opened_date": {"column": "opened", "format": "%Y-%m-%d"},
        "closed_date": {"column": "closed", "format": "%Y-%m-%d"},
    },
}
HEAD = "id,text,place,kind,lon,lat,opened,closed"


class Desk:
    """Keeps the files of one test and imports them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def mapping(self, name: str = "m.yaml", **changes: Any) -> Path:
        path = self.folder / name
        path.write_text(yaml.safe_dump(MAPPING | changes, allow_unicode=True), encoding="utf-8")
        return path

    def file(self, *rows: str, name: str = "f.csv", encoding: str = "utf-8") -> Path:
        path = self.folder / name
        text = "\n".join([HEAD, *rows]) + "\n"
        # Half a surrogate pair can stand in no file; everything else is written as it is.
        path.write_bytes(text.encode(encoding))
        return path

    def take(self, file: Path, mapping: Path | None = None, **more: Any) -> Progress:
        mapping = mapping or self.mapping()
        return import_signals(actor=SYSTEM, path=file, mapping_path=mapping, at=NOW, **more)


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def row(number: int | str, text: str = "路灯不亮", **given: str) -> str:
    cells = {
        "place": GRID,
        "kind": "灯",
        "lon": "",
        "lat": "",
        "opened": "2026-03-01",
        "closed": "",
    }
    return ",".join([str(number), text, *(cells | given).values()])


BAD = [
    # row, code, part of the reason
    ("1,灯", "ROW_BROKEN", "2 columns instead of 8"),
    ('2,"从未关上', "ROW_BROKEN", "a quotation mark is never closed"),
    (row(3, place="999999"), "PLACE_UNKNOWN", "999999"),
    (row(4, place="3309\x0099"), "PLACE_UNKNOWN", "3309␀99"),
    (row(5, place=""), "PLACE_MISSING", ""),
    (row(6, kind="月亮"), "ROW_REJECTED", "knows no matter for '月亮'"),
    (row(7, kind="坏"), "MATTER_UNKNOWN", "NO_SUCH"),
    (row(8, ""), "TEXT_MISSING", ""),
    (row(9, "长" * 10_001), "TEXT_TOO_LONG", "10001"),
    (row(10, "灯\x00坏"), "CONTROL_CHARACTERS", "1"),
    (row(11, "灯\x07坏"), "CONTROL_CHARACTERS", "1"),
    (row(12, opened="yesterday"), "ROW_REJECTED", "'yesterday' is no date"),
    (row(13, opened="0001-01-01"), "ROW_REJECTED", "is no date"),
    (row(14, closed="2026-02-28"), "ROW_REJECTED", "closed before it is opened"),
    (row(15, closed="2026-03-11"), "ROW_REJECTED", "closed in the future"),
    (row(16, opened="2026-03-11"), "ROW_REJECTED", "opened in the future"),
    (row(17, opened="9999-12-31"), "ROW_REJECTED", "opened in the future"),
    (row(18, lon="nan", lat="29.7"), "POINT_MALFORMED", "nan"),
    (row(19, lon="120.0", lat="inf"), "POINT_MALFORMED", "inf"),
    (row(20, lon="29.7", lat="120.0"), "POINT_MALFORMED", "120.0"),
    (row(21, lon="east", lat="29.7"), "ROW_REJECTED", "is no point"),
    (row("R" * 101), "ROW_REJECTED", "is no reference"),
    (row("23\x00"), "ROW_REJECTED", "is no reference"),
]


def test_every_kind_of_bad_row_is_set_aside_and_the_rest_goes_on(
    lasting_world: World, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("anlan.kernel.errors._translate", str)
    rows = [line for bad, _, _ in BAD for line in (bad, row("good"))]
    done = desk.take(desk.file(*rows))
    assert (done.taken, done.rejected, done.is_finished) == (len(BAD), len(BAD), True)
    assert Case.objects.count() == Signal.objects.count() == len(BAD)
    rejects = list_rejects(run_id=done.run_id)
    assert [number for number, *_ in rejects] == list(range(1, 2 * len(BAD), 2))
    for (bad, code, part), (_, told_code, problem, line) in zip(BAD, rejects, strict=True):
        assert told_code == code
        assert part in problem
        assert line == bad.replace("\0", "␀")


def test_rows_become_cases_with_their_dates_places_steps_and_ledger(
    lasting_world: World, desk: Desk
) -> None:
    done = desk.take(
        desk.file(
            row("A", closed="2026-03-05"),
            row("B", "房东不退押金", kind="", place=VILLAGE),
            row("C", lon=str(IN_GRID[0]), lat=str(IN_GRID[1]), place=OTHER_GRID),
            row("D", lon="121.0", lat="30.5", place=OTHER_GRID),
            row("E", lon="121.0", lat="30.5", place=""),
        )
    )
    assert (done.taken, done.rejected) == (4, 1)
    ids = dict(Signal.objects.values_list("external_ref", "code"))
    closed, guessed, located, outside = (Case.objects.get(code=ids[ref]) for ref in "ABCD")
    assert (closed.state, closed.due_at, closed.seq) == ("CLOSED", None, 2)
    assert str(closed.opened_date) == "2026-03-01"
    assert str(closed.closed_date) == "2026-03-05"
    assert guessed.matter.code == "TENANCY"
    assert guessed.place.code == VILLAGE
    assert guessed.due_at is not None
    assert located.place.code == GRID
    assert (outside.place.code, outside.needs_person) == (OTHER_GRID, True)
    assert Decision.objects.get(case=outside).reason["place"]["by"] == "POINT_OUTSIDE"
    steps = Step.objects.filter(case=closed).order_by("seq").values_list("move", "to_state")
    assert list(steps) == [("open", "RECEIVED"), ("close", "CLOSED")]
    told = LedgerEntry.objects.filter(about_kind="case").values_list("about_id", "what")
    assert sorted(told) == sorted(
        (str(pk), "case.imported") for pk in Case.objects.values_list("pk", flat=True)
    )


def test_a_point_of_the_chinese_datum_is_kept_as_wgs84(lasting_world: World, desk: Desk) -> None:
    lon, lat = to_gcj02(*IN_GRID)
    fields = MAPPING["fields"] | {"point": {"lon": "lon", "lat": "lat", "datum": "gcj02"}}
    desk.take(desk.file(row(1, lon=str(lon), lat=str(lat))), desk.mapping(fields=fields))
    case = Case.objects.get()
    assert case.place.code == GRID
    assert (case.lon, case.lat) == pytest.approx(IN_GRID, abs=1e-6)


def test_gb18030_gzip_and_json_lines_are_read(lasting_world: World, desk: Desk) -> None:
    done = desk.take(desk.file(row(1, "𠀀老师家路灯坏了"), encoding="gb18030"))
    assert (done.encoding, done.taken) == ("gb18030", 1)
    assert Signal.objects.get().text == "𠀀老师家路灯坏了"

    packed = desk.folder / "f.csv.gz"
    packed.write_bytes(gzip.compress(desk.file(row(2), row(3)).read_bytes()))
    assert desk.take(packed).taken == 2

    names = HEAD.split(",")
    lines = [dict(zip(names, row(n, "一\u2028二").split(","), strict=True)) for n in (4, 5)]
    file = desk.folder / "f.jsonl"
    body = "\n".join(json.dumps(line, ensure_ascii=False) for line in lines)
    file.write_text(body + "\n[]\n{\n", encoding="utf-8")
    done = desk.take(file, desk.mapping(format="jsonl"))
    assert (done.taken, done.rejected) == (2, 2)
    assert Signal.objects.filter(text="一\u2028二").count() == 2


def test_what_cannot_be_read_at_all_is_refused_and_leaves_nothing(
    lasting_world: World, desk: Desk
) -> None:
    good = desk.file(row(1))
    neither = desk.folder / "neither.csv"
    neither.write_bytes(b"id,text\n1,\xff\xff\xff\n")
    damaged = desk.folder / "damaged.csv.gz"
    damaged.write_bytes(gzip.compress(good.read_bytes())[:-9])
    binary = desk.folder / "binary.yaml"
    binary.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(FileMissing, match=r"missing\.csv"):
        desk.take(desk.folder / "missing.csv")
    with pytest.raises(FileMissing, match=r"missing\.yaml"):
        desk.take(good, desk.folder / "missing.yaml")
    with pytest.raises(EncodingUnknown):
        desk.take(neither)
    with pytest.raises(FileDamaged):
        desk.take(damaged)
    with pytest.raises(MappingBroken):
        desk.take(good, binary)
    with pytest.raises(FileFormatUnknown):
        desk.take(good, desk.mapping(format="xml"))
    assert not ImportRun.objects.exists()
    with pytest.raises(NoMatters):
        desk.take(good, desk.mapping(jurisdiction="ATLANTIS"))
    assert not Signal.objects.exists()


def taken_refs() -> list[str]:
    return sorted(Signal.objects.values_list("external_ref", flat=True))


def test_a_run_broken_off_anywhere_goes_on_without_loss_or_doubling(
    lasting_world: World, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importing, "BATCH_ROWS", 4)
    rows = [row(f"{n:02}") if n % 5 else f"{n},broken" for n in range(1, 19)]
    file = desk.file(*rows)
    good = [f"{n:02}" for n in range(1, 19) if n % 5]

    def stop(progress: Progress) -> None:
        raise KeyboardInterrupt

    # Stopped by hand between two batches.
    with pytest.raises(KeyboardInterrupt):
        desk.take(file, tell=stop)
    assert taken_refs() == good[:4]
    run = ImportRun.objects.get()
    assert (run.state, run.rows_done, run.signals_taken) == ("RUNNING", 4, 4)

    # Killed in the middle of a batch, when everything but its progress is written.
    advance = intake.advance_import

    def die(**given: Any) -> None:
        if given["rows_done"] > 8:
            raise ConnectionError
        advance(**given)

    monkeypatch.setattr(intake, "advance_import", die)
    with pytest.raises(ConnectionError):
        desk.take(file)
    assert taken_refs() == good[:7]
    assert ImportReject.objects.count() == 1

    monkeypatch.setattr(intake, "advance_import", advance)
    done = desk.take(file)
    assert (done.rows_done, done.taken, done.rejected) == (18, 15, 3)
    assert taken_refs() == good
    assert [number for number, *_ in list_rejects(run_id=done.run_id)] == [5, 10, 15]
    assert Case.objects.count() == Decision.objects.count() == len(good)

    again = desk.take(file)
    assert (again.was_done_before, again.taken) == (True, 15)
    assert taken_refs() == good
    assert LedgerEntry.objects.filter(what="import.finished").count() == 1


def test_a_process_that_is_killed_is_told_and_nothing_is_lost_or_doubled(
    lasting_world: World, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importing, "BATCH_ROWS", 2)
    monkeypatch.setattr("os.cpu_count", lambda: 2)
    file = desk.file(*(row(f"{n:02}") for n in range(40)))

    def kill(progress: Progress) -> None:
        for process in multiprocessing.active_children():
            process.kill()
            process.join()

    with pytest.raises(PreparingEnded):
        desk.take(file, tell=kill)
    assert 2 <= len(taken_refs()) < 40
    assert desk.take(file).taken == 40
    assert taken_refs() == [f"{n:02}" for n in range(40)]


def test_processes_that_prepare_ask_the_database_nothing(
    lasting_world: World, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importing, "BATCH_ROWS", 2)
    monkeypatch.setattr("os.cpu_count", lambda: 2)
    file = desk.file(*(row(n, kind="") for n in range(6)))

    # What a process remembers is out of date at once: whoever asks, asks the database.
    monkeypatch.setattr("anlan.places.queries.RECHECK_SECONDS", -1.0)
    forget_memory()
    assert desk.take(file).taken == 6
    assert multiprocessing.active_children() == []


def test_a_mended_mapping_takes_only_what_was_set_aside(lasting_world: World, desk: Desk) -> None:
    file = desk.file(row("A"), row("B", kind="月亮"), row("C"))
    assert desk.take(file).taken == 2
    values = MAPPING["fields"]["matter"]["values"] | {"月亮": "GARBAGE"}
    mended = desk.mapping(
        fields=MAPPING["fields"] | {"matter": {"column": "kind", "values": values}}
    )
    done = desk.take(file, mended)
    assert (done.rows_done, done.taken, done.rejected) == (3, 1, 0)
    assert taken_refs() == ["A", "B", "C"]


def test_a_second_run_of_the_same_file_at_the_same_time_gives_way(
    lasting_world: World, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importing, "BATCH_ROWS", 2)
    file = desk.file(*(row(n) for n in range(6)))

    def overtake(progress: Progress) -> None:
        if progress.rows_done == 2:
            ImportRun.objects.update(rows_done=4)

    with pytest.raises(ImportOvertaken):
        desk.take(file, tell=overtake)
    assert len(taken_refs()) == 2


def test_at_a_terminal_the_reject_file_holds_row_reason_and_line(
    lasting_world: World, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cli, "database_running", contextlib.nullcontext)
    monkeypatch.setattr(cli, "set_up_django", lambda: None)
    file, mapping = desk.file(row(1), "2,broken", encoding="gb18030"), desk.mapping()
    rejects = desk.folder / "rejects.csv"
    arguments = [
        "signals", str(file), "--mapping", str(mapping), "--rejects", str(rejects),
    ]  # fmt: skip
    done = CliRunner().invoke(group, arguments)
    assert done.exit_code == 0, done.output
    assert "f.csv was read as GB18030." in done.output
    assert f"1 rows set aside: {rejects}" in done.output
    assert "1 signals taken." in done.output
    with rejects.open(encoding="utf-8", newline="") as lines:
        assert list(csv.reader(lines)) == [
            ["row", "code", "problem", "line"],
            ["2", "ROW_BROKEN", "2 columns instead of 8", "2,broken"],
        ]
    again = CliRunner().invoke(group, arguments)
    assert "f.csv was taken in before; nothing to do." in again.output


def test_rows_set_aside_are_kept_until_their_file_can_be_written(
    lasting_world: World, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cli, "database_running", contextlib.nullcontext)
    monkeypatch.setattr(cli, "set_up_django", lambda: None)
    file, mapping = desk.file(row(1), "2,broken"), desk.mapping()

    def take(rejects: Path) -> Result:
        arguments = ["signals", str(file), "--mapping", str(mapping), "--rejects", str(rejects)]
        return CliRunner().invoke(group, arguments)

    refused = take(desk.folder / "nowhere" / "rejects.csv")
    assert refused.exit_code == 1
    assert "cannot be written (No such file or directory). They are kept" in refused.output
    rejects = desk.folder / "rejects.csv"
    assert f"1 rows set aside: {rejects}" in take(rejects).output
    assert "2,broken" in rejects.read_text(encoding="utf-8")


def test_imported_cases_are_due_from_their_own_dates(lasting_world: World, desk: Desk) -> None:
    desk.take(desk.file(row(1, opened="2026-03-02")))
    case = Case.objects.get()
    # Opened on Monday at midnight; three working days end with Thursday.
    assert case.close_due_at - case.opened_at == timedelta(days=4)
    assert case.due_at - case.opened_at == timedelta(hours=10, minutes=30)
