"""`anlan run` as a newcomer and as a careless operator meet it."""

import contextlib
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
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from anlan.config.database import layout, server
from tests.flows.run.installed import set_up
from tests.flows.run.instance import Instance

Start = Callable[[], "subprocess.Popen[str]"]


@pytest.fixture
def port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def home() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="anlan-run-test-"))
    folder.chmod(0o711)
    yield folder
    server.stop(folder)
    shutil.rmtree(folder)


@pytest.fixture
def start(home: Path, port: int) -> Iterator[Start]:
    started: list[subprocess.Popen[str]] = []
    environment = {name: value for name, value in os.environ.items() if "ANLAN_" not in name}
    environment |= {"ANLAN_HOME": str(home), "ANLAN_PORT": str(port)}

    def run() -> subprocess.Popen[str]:
        log = (home / f"{len(started)}.log").open("w", encoding="utf-8")
        process = subprocess.Popen(
            [sys.executable, "-m", "anlan", "run", "--no-demo"],
            env=environment,
            stdout=log,
            stderr=subprocess.STDOUT,
            text=True,
        )
        log.close()
        started.append(process)
        return process

    yield run
    for process in started:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
            process.wait(15)


def answers(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=5):
            return True
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False


def wait_until(holds: Callable[[], bool], *, within_s: float) -> None:
    until = time.monotonic() + within_s
    while not holds():
        assert time.monotonic() < until
        time.sleep(0.1)


def children_of(process: "subprocess.Popen[str]") -> dict[str, psutil.Process]:
    found = {}
    for child in psutil.Process(process.pid).children():
        # One that was killed has no command line until it is started again.
        with contextlib.suppress(psutil.Error, IndexError):
            found[child.cmdline()[3]] = child
    return found


def test_it_starts_is_kept_up_and_stops_in_order(home: Path, port: int, start: Start) -> None:
    run = start()
    wait_until(lambda: answers(port), within_s=60)
    wait_until(lambda: "ready in" in (home / "0.log").read_text(), within_s=10)

    second = start()
    assert second.wait(20) == 2
    assert f"process {run.pid}" in (home / "1.log").read_text()

    killed = children_of(run)["worker"]
    killed.kill()
    wait_until(lambda: children_of(run).get("worker", killed) != killed, within_s=10)
    assert "worker ended (killed by signal 9)" in (home / "0.log").read_text()

    run.send_signal(signal.SIGINT)
    assert run.wait(20) == 0
    assert "was killed" not in (home / "0.log").read_text(), "everything ended when it was told to"
    assert not answers(port)
    assert not server.is_running(layout.find_layout(home))


def test_a_killed_run_starts_again_without_repair(home: Path, port: int, start: Start) -> None:
    set_up(Instance(home, port))
    first = start()
    wait_until(lambda: answers(port), within_s=60)
    found = layout.find_layout(home)
    # As the out-of-memory killer or a pulled plug would: everything at once, nothing asked.
    everything = [
        *psutil.Process(first.pid).children(recursive=True),
        psutil.Process(int((found.data / "postmaster.pid").read_text().splitlines()[0])),
    ]
    for process in [psutil.Process(first.pid), *everything]:
        process.kill()
    first.wait(5)

    start()
    wait_until(lambda: answers(port), within_s=60)
