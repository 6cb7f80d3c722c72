"""`anlan restart` under load: no request fails, nothing acknowledged is lost, the new program serves."""

from __future__ import annotations

import compileall
import contextlib
import http.client
import json
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from uuid import uuid4

import pytest

from tests.flows.run.installed import set_up
from tests.flows.run.instance import Instance, wait_until
from tests.flows.run.lively import ask, refuse
from tests.flows.run.test_logs_hold_no_personal_data import WORLD, report
from tests.house.floors import PROJECT

RESTARTS = 3
LIVE = 'JsonResponse({"status": "live"})'
NEWER = 'JsonResponse({"status": "live", "program": "newer"})'

ADDS_A_COLUMN = """
from django.db import migrations, models

class Migration(migrations.Migration):
    dependencies = [("notices", "%s")]
    operations = [migrations.AddField("notice", "colour", models.TextField(null=True))]
"""


@dataclass
class Serving:
    """An instance that runs from a copy of the program, so that the program can be changed."""

    instance: Instance
    program: Path
    token: str

    def restart(self) -> str:
        return self.instance.anlan("restart")

    def change(self, name: str, old: str, new: str) -> None:
        """Change one line of the program."""
        file = self.program / name
        text = file.read_text(encoding="utf-8")
        assert old in text
        file.write_text(text.replace(old, new), encoding="utf-8")


@pytest.fixture(scope="module")
def serving(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serving]:
    folder = tmp_path_factory.mktemp("program")
    # Whoever the bundled server runs as may read none of it; it is the program's own.
    shutil.copytree(PROJECT / "src" / "anlan", folder / "anlan")
    # Or each of the twenty processes to come would compile all of it; what is changed, they do.
    compileall.compile_dir(folder / "anlan", quiet=2)
    instance = set_up(
        Instance.make(PYTHONPATH=str(folder), PYTHONDONTWRITEBYTECODE="1", ANLAN_WEB_PROCESSES="2")
    )
    try:
        instance.start("--no-demo")
        instance.wait()
        yield Serving(instance, folder / "anlan", instance.run_python(WORLD).split()[-1])
    finally:
        instance.remove()


class Refused(Exception):
    """An answer but 200 or 201."""


@dataclass
class Load:
    """Clients that never try anything twice; what they were told, and what went wrong."""

    port: int
    token: str
    answers: int = 0
    codes: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    told_to_close: int = 0
    _over: threading.Event = field(default_factory=threading.Event)
    _threads: list[threading.Thread] = field(default_factory=list)

    def start(self) -> None:
        for is_kept in (True, True, False):
            for is_write in (True, False):
                thread = threading.Thread(target=self._press, args=(is_kept, is_write))
                thread.start()
                self._threads.append(thread)

    def wait(self) -> list[str]:
        """Wait until every process sees the world, which was made past them; give what was taken."""
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        taken = 0
        while taken < 8:
            line.close()
            with contextlib.suppress(Refused):
                self._ask(line, is_write=True)
                taken += 1
        line.close()
        codes, self.codes = self.codes, []
        self.failed.clear()
        return codes

    def stop(self) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join()

    def _press(self, is_kept: bool, is_write: bool) -> None:
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        while not self._over.is_set():
            try:
                self._ask(line, is_write)
            except (OSError, http.client.HTTPException, Refused) as wrong:
                self.failed.append(f"{'kept' if is_kept else 'fresh'} {wrong!r}")
                line.close()
            if not is_kept:
                line.close()
            time.sleep(0.1)
        line.close()

    def _ask(self, line: http.client.HTTPConnection, is_write: bool) -> None:
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        if is_write:
            headers["Idempotency-Key"] = uuid4().hex
            line.request("POST", "/api/v1/signals", json.dumps(report()), headers)
        else:
            line.request("GET", "/api/v1/matters", headers=headers)
        answer = line.getresponse()
        body = answer.read()
        self.answers += 1
        self.told_to_close += answer.headers.get("Connection") == "close"
        if answer.status not in (200, 201):
            raise Refused(f"{answer.status} {body[:200]!r}")
        if is_write:
            self.codes.append(json.loads(body)["code"].replace("-", ""))


def test_three_restarts_under_load_fail_no_request_and_lose_no_write(serving: Serving) -> None:
    instance = serving.instance
    before = set(instance.list_processes())
    load = Load(instance.port, serving.token)
    seen = load.wait()
    load.start()
    try:
        write_slowly(serving)
        said = [serving.restart() for _ in range(RESTARTS - 2)]
        serving.change("config/operating/health.py", LIVE, NEWER)
        said.append(serving.restart())
    finally:
        load.stop()
    assert [each.splitlines()[-1] for each in said] == ["restarted"] * (RESTARTS - 1)
    assert load.failed == []
    assert load.told_to_close > 0, "clients of the old server were told to connect anew"
    assert load.answers > 100
    stored = ask(instance, "SELECT code FROM cases_case")
    assert sorted(set(load.codes)) == sorted(load.codes), "each has a case of its own"
    assert set(load.codes) <= set(stored), "acknowledged is stored"
    assert len(stored) == len(set(stored)) == len(load.codes) + len(seen) + 1
    assert instance.ask("/health/live").json()["program"] == "newer"
    # Only the supervisor and the database are still what they were.
    kept = [each for each in before & set(instance.list_processes()) if each.is_running()]
    assert [
        each.pid for each in kept if "web" in each.cmdline() or "worker" in each.cmdline()
    ] == []


def write_slowly(serving: Serving) -> None:
    """Begin a write before a restart and end it while its server leaves."""
    body = json.dumps(report()).encode()
    head = (
        "POST /api/v1/signals HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        f"Authorization: Bearer {serving.token}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", serving.instance.port), timeout=30) as line:
        line.sendall(head.encode() + body[:20])
        time.sleep(0.3)
        asked = subprocess.Popen(
            [sys.executable, "-m", "anlan", "restart"],
            env=serving.instance.environment, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        assert asked.stdout is not None
        with asked.stdout as told:
            for step in told:
                if step.startswith("new web works"):
                    break
            # Longer than clients are given to hear of it: the server waits for this one alone.
            time.sleep(5)
            line.sendall(body[20:])
            answer = http.client.HTTPResponse(line)
            answer.begin()
            assert answer.status == 201, answer.read()
            assert answer.headers["Connection"] == "close"
            rest = told.read()
        assert asked.wait() == 0
    assert rest.splitlines()[-1] == "restarted"


def test_a_program_that_does_not_start_leaves_the_old_one_serving(serving: Serving) -> None:
    serving.change("config/wsgi.py", "warm_up()\ntraces", "raise SystemExit('broken')\ntraces")
    try:
        said = refuse(serving.instance, "restart")
        assert "RESTART_FAILED" in said
        assert "the new web" in said
        assert serving.instance.ask("/health/live").status == 200
    finally:
        serving.change("config/wsgi.py", "raise SystemExit('broken')\ntraces", "warm_up()\ntraces")


def test_tables_are_changed_only_when_the_running_version_can_live_with_it(
    serving: Serving,
) -> None:
    folder = serving.program / "notices" / "migrations"
    last = max(path.stem for path in folder.glob("[0-9]*.py"))
    added = folder / "9999_colour.py"
    added.write_text(ADDS_A_COLUMN.replace("null=True", 'default=""') % last, encoding="utf-8")
    said = refuse(serving.instance, "restart")
    assert "MIGRATIONS_BREAK" in said
    assert "notices.9999_colour" in said
    column = "SELECT count(*) FROM information_schema.columns WHERE column_name = 'colour'"
    assert ask(serving.instance, column) == [0]
    added.write_text(ADDS_A_COLUMN % last, encoding="utf-8")
    assert "restarted" in serving.restart()
    assert ask(serving.instance, column) == [1]
    ready = wait_until(
        lambda: serving.instance.ask("/health/ready").status == 200, within_s=10, what="ready"
    )
    assert ready


def test_where_nothing_runs_there_is_nothing_to_restart(serving: Serving) -> None:
    other = Instance.make()
    try:
        assert "NOTHING_TO_RESTART" in refuse(other, "restart")
    finally:
        other.remove()
