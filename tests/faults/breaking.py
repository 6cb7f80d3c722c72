"""The faults. Each breaks one thing for real, under load, and returns once it is broken no more.

From that moment the time until the service is back is measured; for a kill, from the kill.
"""

from __future__ import annotations

import contextlib
import random
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator

import psutil
import psycopg

from anlan.config.database import layout as layouts
from tests.faults.cluster import Cluster
from tests.faults.product import Product
from tests.faults.proxy import Line
from tests.flows.run.instance import Instance

MANAGER_WAITS_S = 1.0
"""What a service manager waits before it starts a service again (systemd: RestartSec=1)."""

Fault = Callable[[Product, random.Random], str]


def kill_web(product: Product, chance: random.Random) -> str:
    """Kill the web server, or one of the processes that answer its requests."""
    victim = chance.choice(product.list_parts("web"))
    victim.kill()
    return "the server" if "web" in _words(victim) else "a request process"


def kill_worker(product: Product, chance: random.Random) -> str:
    """Kill the worker."""
    product.list_parts("worker")[0].kill()
    return "the worker"


def kill_supervisor(product: Product, chance: random.Random) -> str:
    """Kill `anlan run`; the service manager starts it again."""
    run = product.instance.runs[-1]
    run.kill()
    run.wait()
    time.sleep(MANAGER_WAITS_S)
    product.start()
    return "the supervisor"


def kill_database(product: Product, chance: random.Random) -> str:
    """Kill the database server."""
    product.instance.find_postmaster().kill()
    return "the postmaster"


def kill_backend(product: Product, chance: random.Random) -> str:
    """Kill one process of the database server, which then throws out everybody and recovers."""
    children = product.instance.find_postmaster().children()
    victim = chance.choice(children)
    name = " ".join(_words(victim))
    victim.kill()
    return re.sub(r"^postgres: |\s\[.*", "", name)[:40]


def kill_all(product: Product, chance: random.Random) -> str:
    """Kill everything at once; the service manager starts it again."""
    everybody = [product.instance.find_postmaster(), *product.instance.list_processes()]
    for process in everybody:
        with contextlib.suppress(psutil.Error):
            process.kill()
    product.instance.runs[-1].wait()
    time.sleep(MANAGER_WAITS_S)
    product.start()
    return f"{len(everybody)} processes"


def fill_disk(product: Product, chance: random.Random) -> str:
    """Fill the disk to the last byte; in half of the rounds so that the write-ahead log needs more."""
    assert product.volume is not None
    product.volume.fill()
    told = "tables"
    try:
        if chance.random() < 0.5:
            told = "tables and log"
            with contextlib.suppress(psycopg.Error), product.connect() as connection:
                for _ in range(12):
                    connection.execute("SELECT pg_logical_emit_message(true, 'x', 'x')")
                    connection.execute("SELECT pg_switch_wal()")
        time.sleep(chance.uniform(3, 6))
    finally:
        product.volume.free()
    return told


def cut_database(product: Product, chance: random.Random) -> str:
    """Cut every connection to the database again and again, and let none be made in between."""
    with _line_to_database(product) as line:
        time.sleep(0.5)
        count = 0
        for _ in range(chance.randint(2, 4)):
            count += line.cut()
            line.mode = "REFUSED"
            time.sleep(chance.uniform(0.3, 1.5))
            line.mode = "PASS"
            time.sleep(chance.uniform(0.3, 1))
    return f"{count} connections"


def silence_database(product: Product, chance: random.Random) -> str:
    """Let the line to the database go silent, then cut it."""
    seconds = chance.uniform(3, 8)
    with _line_to_database(product) as line:
        time.sleep(0.5)
        line.mode = "SILENT"
        time.sleep(seconds)
        line.cut()
        line.mode = "PASS"
    return f"{seconds:.1f} s"


def slow_lines(product: Product, chance: random.Random) -> str:
    """Make the lines to the database and from the client slow."""
    assert product.web_line is not None
    delay_s = chance.uniform(0.02, 0.25)
    with _line_to_database(product) as line:
        for each in (line, product.web_line):
            each.delay_s, each.mode = delay_s, "SLOW"
        time.sleep(5)
        line.mode = product.web_line.mode = "PASS"
    return f"{delay_s * 1000:.0f} ms"


def cut_clients(product: Product, chance: random.Random) -> str:
    """Cut the clients off, again and again, in the middle of requests and answers."""
    assert product.web_line is not None
    count = 0
    until = time.monotonic() + 4
    while time.monotonic() < until:
        time.sleep(chance.uniform(0.05, 0.4))
        count += product.web_line.cut()
    return f"{count} connections"


def skew_clock(product: Product, chance: random.Random) -> str:
    """Set the product's clock forward or back, and right again after some seconds."""
    seconds = chance.choice([chance.randint(30, 90), -chance.randint(10, 6 * 3600)])
    product.set_clock(seconds)
    try:
        time.sleep(6)
    finally:
        product.set_clock(0)
    return f"{seconds:+d} s"


def break_migration(product: Product, chance: random.Random) -> str:
    """Kill a first start's migrations in the middle; the next start of it goes on.

    On an instance beside, whose tables must then be the same as those of the one that works.
    """
    beside = Instance.make()
    try:
        return _break_migration(product, beside, chance)
    finally:
        beside.remove()


def _break_migration(product: Product, beside: Instance, chance: random.Random) -> str:
    after = chance.randint(1, 55)
    with (beside.home / "migrate.log").open("wb+") as log:
        command = [sys.executable, "-m", "anlan", "migrate"]
        process = subprocess.Popen(command, env=beside.environment, stdout=log, stderr=log)

        def has_come_far() -> bool:
            done = (beside.home / "migrate.log").read_bytes().count(b" s\n")
            return done >= after or process.poll() is not None

        try:
            while not has_come_far():
                time.sleep(0.005)
        except KeyboardInterrupt:
            process.kill()
            process.wait()
            raise
    time.sleep(chance.uniform(0, 0.1))
    victims = [psutil.Process(process.pid)]
    postmaster = beside.find_postmaster()
    told = chance.choice(["the command", "its backend", "command and database"])
    if told == "its backend":
        victims = [each for each in postmaster.children() if "anlan" in " ".join(_words(each))]
    elif told == "command and database":
        victims.append(postmaster)
    for victim in victims:
        with contextlib.suppress(psutil.Error):
            victim.kill()
    process.wait(60)
    beside.start("--no-demo")
    beside.wait(within_s=120)
    with psycopg.connect(beside.database_url) as connection:
        found = _describe_tables(connection)
    with product.connect() as connection:
        wanted = _describe_tables(connection)
    assert found == wanted, f"tables differ: {sorted(found ^ wanted)[:5]}"
    return f"{told}, after {after} migrations"


def _describe_tables(connection: psycopg.Connection[tuple[object, ...]]) -> set[str]:
    """Describe every column, constraint, index, trigger, function and applied migration."""
    return {
        str(text)
        for (text,) in connection.execute("""
            SELECT format('%s.%s %s %s', table_name, column_name, data_type, is_nullable)
            FROM information_schema.columns WHERE table_schema = 'public'
            UNION ALL SELECT conrelid::regclass::text || pg_get_constraintdef(oid)
            FROM pg_constraint WHERE connamespace = 'public'::regnamespace
            UNION ALL SELECT indexdef FROM pg_indexes WHERE schemaname = 'public'
            UNION ALL SELECT pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal
            UNION ALL SELECT proname || prosrc FROM pg_proc
            WHERE pronamespace = 'public'::regnamespace
            UNION ALL SELECT app || name FROM django_migrations""")
    }


@contextlib.contextmanager
def _line_to_database(product: Product) -> Iterator[Line]:
    """Put a line of ours between the product and its database's socket."""
    folder = layouts.find_layout(product.instance.home).socket
    socket, behind = folder / layouts.SOCKET_NAME, folder / ".s.PGSQL.5433"
    socket.rename(behind)
    line = Line(socket, behind)
    try:
        with psycopg.connect(product.database_url, port=5433, autocommit=True) as connection:
            # Connections that were made past the line are made anew.
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"
            )
        yield line
    finally:
        behind.replace(socket)
        line.close()


def _words(process: psutil.Process) -> list[str]:
    try:
        return list(process.cmdline())
    except psutil.Error:
        return []


KINDS: dict[str, Fault] = {
    "web killed": kill_web,
    "worker killed": kill_worker,
    "supervisor killed": kill_supervisor,
    "database killed": kill_database,
    "backend killed": kill_backend,
    "everything killed": kill_all,
    "disk full": fill_disk,
    "database cut off": cut_database,
    "database silent": silence_database,
    "lines slow": slow_lines,
    "clients cut off": cut_clients,
    "clock skewed": skew_clock,
    "migration broken": break_migration,
}


def find_missing(product: Product) -> dict[str, str]:
    """Tell which faults cannot be played here, and why."""
    missing = {}
    if product.volume is None:
        missing["disk full"] = product.no_volume
    if "LD_PRELOAD" not in product.instance.settings:
        missing["clock skewed"] = "there is no C compiler (Debian: apt install gcc libc6-dev)"
    return missing


def make_failover(cluster: Cluster) -> Fault:
    """Make the fault of a primary that is gone for good, on a product that runs on `cluster`."""

    def fail_over(product: Product, chance: random.Random) -> str:
        after_s = chance.uniform(0.2, 2)
        cluster.fail_over(after_s=after_s)
        product.database_url = cluster.primary.url
        return f"promoted after {after_s:.1f} s"

    return fail_over
