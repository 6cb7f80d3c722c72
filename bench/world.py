"""A server with the demo county for a benchmark, in a temporary folder that is gone afterwards."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from urllib.request import urlopen


def free_port() -> int:
    """Give a port that nobody listens on."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


PORT = free_port()
"""Of this process: two benchmarks at once do not meet."""


@contextlib.contextmanager
def instance(keep: Path | None = None) -> Iterator[Path]:
    """Start a database, bring its tables up and set Django up; give the state folder.

    keep: a folder to use that stays afterwards, instead of a temporary one.
    """
    home = keep or Path(tempfile.mkdtemp(prefix="anlan-bench-"))
    home.mkdir(parents=True, exist_ok=True)
    home.chmod(0o711)
    for name in [name for name in os.environ if name.startswith("ANLAN_")]:
        del os.environ[name]
    os.environ |= {
        "ANLAN_HOME": str(home),
        "ANLAN_PORT": str(PORT),
        "ANLAN_LOG_LEVEL": "error",
        "ANLAN_API_RATE": "1000000",  # counted, but never in the way
        "DJANGO_SETTINGS_MODULE": "anlan.config.settings",
    }
    from anlan.config.database import server

    try:
        with server.running(home):
            import django

            django.setup()
            from django.core.management import call_command

            call_command("migrate", verbosity=0)
            try:
                yield home
            finally:
                from django.db import connection

                connection.close()
                connection.close_pool()
    finally:
        if keep is None:
            shutil.rmtree(home, ignore_errors=True)


def load_county(*, train: bool = True) -> None:
    """Load Zhejiang, the demo county's grids and the catalogue, and train the first classifier."""
    from anlan.cases import actions as cases
    from anlan.demo import world
    from anlan.kernel import clock
    from anlan.places import actions as places

    places.load_jurisdiction(folder=world.FOLDER)
    cases.load_catalogue(
        jurisdiction=world.JURISDICTION, folder=world.FOLDER, at_date=clock.now().date()
    )
    places.generate_grids(place_code=world.COUNTY)
    places.set_up_units(place_code=world.COUNTY)
    if train:
        world.train(clock.now())


def load_units(place_code: str) -> None:
    """Make the units of a place and of all below it, so that cases can be routed anywhere there."""
    from anlan.places import actions as places

    places.set_up_units(place_code=place_code)


@contextlib.contextmanager
def web_server(*, port: int = PORT, processes: int = 0, **environment: str) -> Iterator[str]:
    """Serve the product and the bare endpoint by granian, as `anlan web` does; give the address."""
    command = [
        sys.executable, "-m", "granian", "bench.wsgi:application", "--interface", "wsgi",
        "--port", str(port), "--workers", str(processes or min(os.cpu_count() or 1, 4)),
        "--blocking-threads", "4", "--no-ws", "--log-level", "error",
    ]  # fmt: skip
    address = f"http://localhost:{port}"
    with server_process(command, f"{address}/api/v1/health", os.environ | environment):
        yield address


@contextlib.contextmanager
def server_process(
    command: list[str], answers: str, environment: Mapping[str, str]
) -> Iterator[None]:
    """Run a server as a process of its own from when an address of it answers."""
    process = subprocess.Popen(command, env=environment)
    try:
        for _ in range(600):
            with contextlib.suppress(OSError):
                urlopen(answers, timeout=5).close()
                break
            time.sleep(0.1)
        yield
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
