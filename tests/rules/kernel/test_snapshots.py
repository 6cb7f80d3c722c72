"""A snapshot is loaded once however many ask, again when its version changes, never half."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from anlan.kernel.snapshots import Snapshot


class Table:
    """A table in memory that counts how often it is asked."""

    def __init__(self) -> None:
        self.version, self.loads, self.checks = 1, 0, 0
        self.gate = threading.Event()
        self.gate.set()

    def load(self) -> tuple[int, int]:
        self.loads += 1
        version = self.version
        self.gate.wait(5)
        return version, self.loads

    def ask_version(self) -> int:
        self.checks += 1
        return self.version


def test_it_is_loaded_once_and_asked_again_only_after_a_while() -> None:
    table = Table()
    snapshot = Snapshot(table.load, table.ask_version, recheck_seconds=60)
    assert {snapshot.get() for _ in range(50)} == {(1, 1)}
    assert (table.loads, table.checks) == (1, 1)
    table.version = 2
    assert snapshot.get() == (1, 1)


def test_a_new_version_is_loaded_and_an_old_one_only_checked() -> None:
    table = Table()
    snapshot = Snapshot(table.load, table.ask_version, recheck_seconds=0)
    assert snapshot.get() is snapshot.get()
    assert (table.loads, table.checks) == (1, 2)
    table.version = 2
    assert snapshot.get() == (2, 2)


def test_forgetting_loads_afresh_also_without_a_new_version() -> None:
    table = Table()
    snapshot = Snapshot(table.load, table.ask_version, recheck_seconds=60)
    snapshot.get()
    snapshot.forget()
    assert snapshot.get() == (1, 2)


def test_many_threads_load_once() -> None:
    table = Table()
    table.gate.clear()
    snapshot = Snapshot(table.load, table.ask_version, recheck_seconds=60)
    with ThreadPoolExecutor(16) as pool:
        asked = [pool.submit(snapshot.get) for _ in range(16)]
        time.sleep(0.05)
        table.gate.set()
        assert {one.result(5) for one in asked} == {(1, 1)}


def test_while_one_thread_loads_the_others_keep_the_old_value() -> None:
    table = Table()
    snapshot = Snapshot(table.load, table.ask_version, recheck_seconds=0)
    snapshot.get()
    table.version = 2
    table.gate.clear()
    with ThreadPoolExecutor(1) as pool:
        loading = pool.submit(snapshot.get)
        while table.loads < 2:
            time.sleep(0.001)
        assert snapshot.get() == (1, 1)
        table.gate.set()
        assert loading.result(5) == (2, 2)


def test_a_load_that_fails_is_tried_again_and_locks_nobody_out() -> None:
    table = Table()

    def load() -> tuple[int, int]:
        if not table.checks > 1:
            raise ConnectionError
        return table.load()

    snapshot = Snapshot(load, table.ask_version)
    with pytest.raises(ConnectionError):
        snapshot.get()
    assert snapshot.get() == (1, 1)
