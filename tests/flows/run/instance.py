"""A real instance in processes of its own: `anlan run` in a temporary folder on a free port."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
from psycopg.conninfo import make_conninfo

from anlan.config.database import layout, server
from tests.faults import commands
from tests.house.floors import PROJECT


def wait_until(holds: Callable[[], Any], *, within_s: float, what: str = "") -> Any:
    """Wait until something holds, and give it."""
    until = time.monotonic() + within_s
    while not (found := holds()):
        assert time.monotonic() < until, f"not within {within_s} s: {what or holds}"
        time.sleep(0.1)
    return found


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back over HTTP."""

    status: int
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Instance:
    """One installation: its folder, its address, its processes."""

    home: Path
    port: int
    settings: dict[str, str] = field(default_factory=dict)
    runs: list[subprocess.Popen[str]] = field(default_factory=list)
    log_folder: Path | None = None

    @classmethod
    def make(cls, **settings: str) -> Instance:
        """Make an empty home and choose a port; nothing is started."""
        home = Path(tempfile.mkdtemp(prefix="anlan-run-test-"))
        home.chmod(0o711)
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            return cls(home, int(probe.getsockname()[1]), settings)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def database_url(self) -> str:
        """Where its database is for its owner: what `anlan db url` says, without a process to ask."""
        if outside := self.settings.get("ANLAN_DATABASE_URL"):
            return outside
        socket_folder = str(layout.find_layout(self.home).socket)
        return make_conninfo(host=socket_folder, user=server.ROLE, dbname=server.DATABASE)

    @property
    def environment(self) -> dict[str, str]:
        """The environment of its processes: English on the terminal, nothing of the tests' own."""
        kept = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("ANLAN_", "DJANGO_", "LC_", "LANG", "PYTEST_"))
        }
        return kept | self.settings | {
            "ANLAN_HOME": str(self.home), "ANLAN_PORT": str(self.port), "PYTHONUNBUFFERED": "1",
        }  # fmt: skip

    def start(self, *options: str) -> subprocess.Popen[str]:
        """Start `anlan run`; what it prints goes into a log of its own."""
        path = (self.log_folder or self.home) / f"run-{len(self.runs)}.log"
        with path.open("w", encoding="utf-8") as log:
            run = subprocess.Popen(
                [sys.executable, "-m", "anlan", "run", *options],
                env=self.environment, stdout=log, stderr=subprocess.STDOUT, text=True,
            )  # fmt: skip
        self.runs.append(run)
        return run

    def wait(self, *, within_s: float = 60) -> None:
        """Wait until the newest run says that it is ready and answers."""

        def is_ready() -> bool:
            assert self.runs[-1].poll() is None, self.log()
            return "ready in" in self.log()

        wait_until(is_ready, within_s=within_s, what="ready")
        wait_until(lambda: self.is_up, within_s=15, what="an answer")

    def log(self, number: int = -1) -> str:
        """Give what a run has printed so far."""
        numbers = range(len(self.runs))
        folder = self.log_folder or self.home
        return (folder / f"run-{numbers[number]}.log").read_text(encoding="utf-8")

    @property
    def is_up(self) -> bool:
        try:
            self.ask("/api/v1/health")
        except OSError:
            return False
        return True

    def ask(self, path: str, body: Any = None, **headers: str) -> Answer:
        """Send a request, a POST of JSON when there is a body; every status is an answer."""
        request = urllib.request.Request(
            self.url + path,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Content-Type": "application/json"} | headers,
        )
        try:
            with urllib.request.urlopen(request, timeout=30) as response:
                return Answer(response.status, dict(response.headers), response.read())
        except urllib.error.HTTPError as refused:
            with refused:
                return Answer(refused.code, dict(refused.headers), refused.read())

    def anlan(self, *arguments: str) -> str:
        """Run a command on the same home and give what it printed."""
        done = subprocess.run(
            [sys.executable, "-m", "anlan", *arguments],
            env=self.environment, capture_output=True, text=True, timeout=120, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def anlan_each(self, *lines: Sequence[str]) -> list[str]:
        """Run commands one after the other in one process, which saves seconds; give what each printed."""
        return commands.run(lines, self.environment)

    def run_python(self, code: str) -> str:
        """Run a few lines of Python on the same home and give what they printed."""
        done = subprocess.run(
            [sys.executable, "-c", code], cwd=PROJECT,
            env=self.environment, capture_output=True, text=True, timeout=120, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def password(self, login: str) -> str:
        """Give the password of a demo account."""
        accounts = json.loads((self.home / "demo-accounts.json").read_text(encoding="utf-8"))
        found: str = next(a["password"] for a in accounts if a["login"] == login)
        return found

    def list_processes(self) -> list[psutil.Process]:
        """List the newest run and everything below it."""
        run = psutil.Process(self.runs[-1].pid)
        return [run, *run.children(recursive=True)]

    def find_postmaster(self) -> psutil.Process:
        """Find its bundled database server."""
        pid = (layout.find_layout(self.home).data / "postmaster.pid").read_text().split()[0]
        return psutil.Process(int(pid))

    def stop(self) -> int:
        """Press Ctrl-C and wait; give the exit code."""
        self.runs[-1].send_signal(signal.SIGINT)
        return self.runs[-1].wait(20)

    def remove(self) -> None:
        """End whatever is left of it and forget its folder."""
        for run in self.runs:
            if run.poll() is None:
                run.send_signal(signal.SIGTERM)
                run.wait(20)
        server.stop(self.home)
        shutil.rmtree(self.home)
