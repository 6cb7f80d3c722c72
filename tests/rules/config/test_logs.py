"""What of a log record is shown, and what never is."""

import json
import logging
from typing import Any

import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from anlan.config.operating import logs
from anlan.kernel.errors import Invalid


class ReportStrange(Invalid):
    """The report of {name} is strange."""


def line_of(logger: str, message: str, *args: Any, **more: Any) -> dict[str, Any]:
    record = logging.LogRecord(
        logger, logging.WARNING, __file__, 1, message, args, more.pop("exc_info", None)
    )
    record.__dict__.update(more)
    found: dict[str, Any] = json.loads(logs.JsonLines().format(record))
    return found


@pytest.mark.parametrize(
    ("logger", "message", "args", "shown"),
    [
        ("anlan.notices.adapters", "notice %s: late", (7,), "notice 7: late"),
        ("django.security.csrf", "Forbidden (%s): %s", ("x", "/track/7KQF9"), "Forbidden (%s): %s"),
        ("apprise", "sent to 王小明", (), "(text withheld)"),
        (
            "psycopg.pool",
            "rolling back returned connection",
            (),
            "rolling back returned connection",
        ),
    ],
)
def test_a_text_is_shown_when_it_can_be_judged(
    logger: str, message: str, args: tuple[object, ...], shown: str
) -> None:
    assert line_of(logger, message, *args)["text"] == shown


def test_a_job_is_told_by_its_task_and_number() -> None:
    job = {"id": 8, "task_name": "cases.tell_opened", "attempts": 2, "call_string": "x(name=王)"}
    line = line_of("procrastinate.worker", "Job x(name=王) ended", job=job, action="job_error")
    assert line["text"] == "job_error cases.tell_opened job 8 attempt 2"


@pytest.mark.parametrize(
    "planted",
    [
        "13912345678", "139 1234 5678", "139-1234-5678", "+86 13912345678", "0086-13912345678",
        "0575-87654321", "a.b+c@mail.example.cn", "33010219900307777X", "7KQF9-2MX4T-8PQZK",
        "7kqf9-2mx4t",
    ],
)  # fmt: skip
@pytest.mark.parametrize("around", ["{}", "电话{}。", "<{}>", "key={},", "a {} b"])
def test_what_looks_personal_is_masked(planted: str, around: str) -> None:
    assert planted not in logs.mask(around.format(planted))


@given(st.integers(min_value=13_000_000_000, max_value=19_999_999_999))
def test_every_mobile_number_is_masked(number: int) -> None:
    assert str(number) not in line_of("anlan.x", "caller %s", number)["text"]


def test_what_operators_need_is_left_alone() -> None:
    for text in (
        "job 1234567 took 1500 ms", "2026-03-10T02:00:00.123+00:00", "port 18311",
        "0192b4a5-7c1e-7d3a-9f00-13912345678a", "20260310123456",
    ):  # fmt: skip
        assert logs.mask(text) == text


def test_an_exception_is_told_without_its_message() -> None:
    try:
        try:
            raise ValueError("13912345678")
        except ValueError as wrong:
            raise ReportStrange(name="王小明") from wrong
    except ReportStrange as raised:
        line = line_of("anlan.api", "failed", exc_info=(type(raised), raised, raised.__traceback__))
    written = json.dumps(line, ensure_ascii=False)
    assert "13912345678" not in written
    assert "王小明" not in written
    kinds = [each["kind"] for each in line["exceptions"]]
    assert kinds[0].endswith("ReportStrange (REPORT_STRANGE)")
    assert kinds[1] == "ValueError"
    assert line["exceptions"][0]["at"][-1].startswith("test_logs.py:")


def test_a_lost_connection_says_why() -> None:
    with pytest.raises(psycopg.OperationalError) as raised:
        psycopg.connect("host=127.0.0.1 port=1 connect_timeout=1")
    assert "Connection refused" in logs.name_exception(raised.value)


def test_text_lines_show_the_way_only_of_what_broke() -> None:
    raised = RuntimeError("x")
    record = logging.LogRecord("anlan.x", logging.WARNING, __file__, 1, "hm", (), None)
    record.exc_info = (RuntimeError, raised, None)
    assert logs.TextLines().format(record).splitlines()[1:] == ["  RuntimeError"]


FORGED = "ok\n2026-11-28T00:00:00.000+00:00 INFO anlan.people: signed in\r\x1b[2K\u2028x\x85y"


@pytest.mark.parametrize("form", [logs.TextLines(), logs.JsonLines()])
def test_nobody_writes_a_line_of_his_own(form: logging.Formatter) -> None:
    raised = KeyError(FORGED)
    record = logging.LogRecord(
        "anlan.x", logging.WARNING, __file__, 1, "read %s", (FORGED,), (KeyError, raised, None)
    )
    record.__dict__["fields"] = {"route": FORGED}
    written = form.format(record)
    lines = written.splitlines()
    assert len(lines) == (1 if isinstance(form, logs.JsonLines) else 2)
    assert not [sign for sign in written if sign != "\n" and ord(sign) < 32]
    assert [line for line in lines if line.startswith("2026-11-28T00:00:00.000")] == []
