"""The instance that is broken: its people, partner systems, processes, disk, clock and lines."""

from __future__ import annotations

import contextlib
import shutil
import signal
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import psutil
import psycopg

from anlan.config.database import layout as layouts
from anlan.config.database import server
from tests.faults import commands
from tests.faults.callers import TIMEOUT_S, Caller, Gate
from tests.faults.proxy import Line
from tests.faults.volume import NoVolume, Volume
from tests.flows.run import installed
from tests.flows.run.instance import Instance, wait_until
from tests.flows.run.person import Person, read
from tests.rooms.notices.receivers import HttpReceiver, http_receiver

COUNTY, TOWN, GRID = "330999", "330999001", "330999001201001"
PEOPLE = {"desk": ("TOWN_DESK", TOWN), "grid": ("GRID_WORKER", GRID)}
CLIENTS = {"app": "API", "110": "POLICE_110"}
CLOCK_SOURCE = Path(__file__).with_name("clock.c")
SMALL_LOG = "max_wal_size = 128MB\nmin_wal_size = 32MB\n"


@dataclass
class Product:
    """One instance with everything around it that the faults take hold of."""

    instance: Instance
    folder: Path
    receiver: HttpReceiver
    gate: Gate = field(default_factory=Gate)
    counts: Counter[str] = field(default_factory=Counter)
    secrets: dict[str, str] = field(default_factory=dict)
    web_line: Line | None = None
    volume: Volume | None = None
    no_volume: str = ""
    database_url: str = ""
    pace: float = 1.0
    """How much slower than usual the writers write: so slow that the worker can follow."""

    def start(self) -> None:
        """Start it as a service manager would; what it prints goes into the harness's folder."""
        self.instance.start("--no-demo")

    def connect(self, **options: Any) -> psycopg.Connection[tuple[Any, ...]]:
        """Open a connection of the owner's, past the product."""
        return psycopg.connect(self.database_url, autocommit=True, connect_timeout=5, **options)

    def caller(self, login: str) -> Caller:
        """Make a line of their own for a person or a partner system."""
        assert self.web_line is not None
        url = f"http://127.0.0.1:{self.web_line.port}"
        if login in CLIENTS:
            client = httpx.Client(base_url=url, timeout=TIMEOUT_S)
            headers = {"Authorization": f"Bearer {self.secrets[login]}"}
            return Caller(client, self.gate, self.counts, headers)
        person = Person(url, login, self.secrets[login], timeout_s=TIMEOUT_S)
        headers = {"X-CSRFToken": person.client.cookies["csrftoken"]}
        return Caller(person.client, self.gate, self.counts, headers)

    def list_parts(self, name: str) -> list[psutil.Process]:
        """List the processes of one child of the supervisor: "web" or "worker"."""
        run = psutil.Process(self.instance.runs[-1].pid)
        for child in run.children():
            with contextlib.suppress(psutil.Error):
                if name in child.cmdline()[1:5]:
                    return [child, *child.children(recursive=True)]
        return []

    def set_clock(self, seconds: int) -> None:
        """Set the product's clock (not the database's) forward or back against the true one."""
        with (self.folder / "clock").open("r+b") as file:
            file.write(seconds.to_bytes(8, sys.byteorder, signed=True))

    def log(self) -> str:
        return self.instance.log()


def _make_clock(folder: Path) -> bool:
    """Build the clock that can be set; tell whether that was possible here."""
    (folder / "clock").write_bytes(bytes(8))
    if not (compiler := shutil.which("cc")):
        return False
    target = str(folder / "clock.so")
    command = [compiler, "-shared", "-fPIC", "-O2", "-o", target, str(CLOCK_SOURCE)]
    return subprocess.run(command, check=False).returncode == 0


def _settings(folder: Path, given: dict[str, str]) -> dict[str, str]:
    settings = {
        "ANLAN_WEB_PROCESSES": "2", "ANLAN_WEB_THREADS": "3", "ANLAN_LOG_LEVEL": "warning",
        "ANLAN_WEBHOOK_NETWORKS": "127.0.0.0/8",
    }  # fmt: skip
    if _make_clock(folder):
        settings |= {
            "LD_PRELOAD": str(folder / "clock.so"), "FAULTS_CLOCK": str(folder / "clock"),
        }  # fmt: skip
    return settings | given


@contextlib.contextmanager
def running(*, with_volume: bool = True, **given: str) -> Iterator[Product]:
    """Have a product run, set up with the small world, its people and two partner systems."""
    folder = Path(tempfile.mkdtemp(prefix="anlan-faults-"))
    instance = Instance.make(**_settings(folder, given))
    instance.log_folder = folder
    with contextlib.ExitStack() as stack:
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        product = Product(instance, folder, stack.enter_context(http_receiver()))
        product.no_volume = "the database is elsewhere"
        if with_volume:
            try:
                product.volume = Volume.mount(instance.home, folder / "disk.img")
            except NoVolume as reason:
                product.no_volume = str(reason)
        stack.callback(_remove, product)
        product.web_line = Line(("127.0.0.1", 0), ("127.0.0.1", instance.port))
        stack.callback(product.web_line.close)
        if "ANLAN_DATABASE_URL" in given:
            installed.give_files(instance)
        else:
            installed.set_up(instance)
        _set_up(product, is_bundled="ANLAN_DATABASE_URL" not in given)
        yield product


def _set_up(product: Product, *, is_bundled: bool) -> None:
    instance = product.instance
    product.start()
    instance.wait(within_s=120)
    _, address, *accounts = commands.run(
        [
            ["places", "load", "tests/worlds/small"],
            ["db", "url"],
            *(
                ["people", "add", login, "--name", login, "--role", role, "--place", place,
                 "--generate"]
                for login, (role, place) in PEOPLE.items()
            ),
            *(
                ["people", "client", "add", name, "--channel", channel, "--role", "RESIDENT",
                 "--place", COUNTY, "--callback", f"{product.receiver.url}{name}"]
                for name, channel in CLIENTS.items()
            ),
        ],
        instance.environment,
    )  # fmt: skip
    product.database_url = address.strip()
    for login, made in zip([*PEOPLE, *CLIENTS], accounts, strict=True):
        product.secrets[login] = read(made, "password" if login in PEOPLE else "token")
    with product.connect() as connection:
        # As the demo's people, whose printed passwords stay: the harness signs in thousands of times
        connection.execute("UPDATE people_person SET is_demo = true, initial_until = NULL")
    if is_bundled:
        data = layouts.find_layout(instance.home).data
        (data / "own.conf").write_text(SMALL_LOG, encoding="ascii")
        shutil.chown(data / "own.conf", data.stat().st_uid, data.stat().st_gid)
        with product.connect() as connection:
            connection.execute("SELECT pg_reload_conf()")
    product.gate.is_open.set()
    headers = {"Authorization": f"Bearer {product.secrets['app']}"}
    # Places and matters loaded beside a running server are known to it within seconds, to each of
    # its processes for itself; several answers in a row come from all.
    body = {"text": "路灯坏了", "lon": 120.01, "lat": 29.705}
    wait_until(
        lambda: all(
            instance.ask("/api/v1/signals", body, **headers).status == 201 for _ in range(8)
        ),
        within_s=60, what="signals are taken by every process",
    )  # fmt: skip


def _remove(product: Product) -> None:
    """End what runs, first in peace; forget the home and, when it has one, its disk."""
    instance, volume = product.instance, product.volume
    product.gate.is_over.set()
    product.gate.is_open.set()
    if volume is None:
        instance.remove()
        return
    volume.free()
    for run in instance.runs:
        if run.poll() is None:
            run.send_signal(signal.SIGTERM)
            run.wait(30)
    server.stop(instance.home)
    volume.unmount()
    instance.home.rmdir()
