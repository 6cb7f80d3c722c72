"""What an instance takes: memory of each process, and disk by the number of cases.

Memory is the proportional share (PSS: a page that n processes share counts 1/n) after a thousand
signals through HTTP; the database's is that of all its processes. `ratio` is the memory of the second
web process to that of the first. Linux only. For the sizing page: docs/reference/sizing.md.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import psutil

from bench import create, many, world
from bench.client import press, request

CASES, SIGNALS = 20_000, 1_000
MB = 1 << 20


def run() -> dict[str, Any]:
    """Measure one small instance."""
    with world.instance() as home:
        world.load_county()
        token, bodies = create.prepare()
        empty = _database_bytes()
        many.fill(CASES)
        a_case = (_database_bytes() - empty) / CASES
        command = [sys.executable, "-m", "anlan", "worker"]
        worker = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            one, rate_one = _press_on(1, token, bodies)
            two, rate_two = _press_on(2, token, bodies)
            time.sleep(5)
            working = _share([worker.pid])
            (postmaster,) = home.glob("**/postmaster.pid")
            number = int(postmaster.read_text(encoding="utf-8").split()[0])
            database = _share([number])
        finally:
            worker.terminate()
            worker.wait()
    return {
        "bench": "footprint",
        "ratio": round((two - one) / one, 2),
        "one_web_process_mb": round(one),
        "two_web_processes_mb": round(two),
        "worker_mb": round(working),
        "database_mb": round(database),
        "empty_database_mb": round(empty / MB),
        "bytes_a_case": round(a_case),
        "signals_a_second_one_process": round(rate_one),
        "signals_a_second_two_processes": round(rate_two),
        "data": "synthetic",
    }


def _press_on(processes: int, token: str, bodies: list[bytes]) -> tuple[float, float]:
    """Serve by so many processes; give their memory in MB and the signals they took a second."""
    mark = f"footprint-{processes}"

    def signal(number: int) -> bytes:
        headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": f"{mark}-{number}"}
        return request("/api/v1/signals", bodies[number % len(bodies)], headers)

    # The product's own server, not the bare one of the other benchmarks: it shares what it loads.
    command = [sys.executable, "-m", "anlan", "web"]
    environment = os.environ | {"ANLAN_WEB_PROCESSES": str(processes), "ANLAN_LIVE_PORT": "0"}
    health = f"http://127.0.0.1:{world.PORT}/api/v1/health"
    with world.server_process(command, health, environment):
        press(world.PORT, signal, requests=SIGNALS, connections=8)
        mark += "-again"
        load = press(world.PORT, signal, requests=SIGNALS, connections=8)
        if load.failures:
            raise AssertionError(load)
        serving = [
            child.pid
            for child in psutil.Process().children(recursive=True)
            if child.cmdline()[2:4] == ["anlan", "web"] and "--socket" in child.cmdline()
        ]
        if not serving:
            raise AssertionError("no web server is found")
        # Of those that share their command line, the first holds the socket and has the others below.
        return _share(serving[:1]), load.rate


def _share(roots: list[int]) -> float:
    """Give the proportional memory (MB) of processes and all below them."""
    found = [psutil.Process(root) for root in roots]
    found += [child for each in list(found) for child in each.children(recursive=True)]
    total = 0
    for process in found:
        for line in Path(f"/proc/{process.pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                total += int(line.split()[1]) * 1024
    return total / MB


def _database_bytes() -> int:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_database_size(current_database())")
        return int(cursor.fetchone()[0])
