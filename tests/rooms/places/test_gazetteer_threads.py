"""Many threads ask for the gazetteer while one reads it anew: nobody waits, nobody sees half."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from anlan.places import queries
from anlan.places.rules import Gazetteer


def test_only_the_first_reader_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    old = Gazetteer(jurisdictions=[], places=[])
    new = Gazetteer(jurisdictions=[], places=[])
    started, go_on = threading.Event(), threading.Event()
    reads: list[float] = []

    def slow_refresh() -> None:
        reads.append(time.monotonic())
        started.set()
        assert go_on.wait(5)
        queries._gazetteer = new

    monkeypatch.setattr(queries, "_gazetteer", old)
    monkeypatch.setattr(queries, "_recheck_at", 0.0)
    monkeypatch.setattr(queries, "_refresh", slow_refresh)
    with ThreadPoolExecutor(9) as pool:
        first = pool.submit(queries.get_gazetteer)
        assert started.wait(5)
        others = [pool.submit(queries.get_gazetteer) for _ in range(8)]
        assert all(other.result(timeout=5) is old for other in others)
        go_on.set()
        assert first.result(timeout=5) is new
    assert queries.get_gazetteer() is new
    assert len(reads) == 1


def test_with_nothing_read_yet_all_wait_for_one_read(monkeypatch: pytest.MonkeyPatch) -> None:
    new = Gazetteer(jurisdictions=[], places=[])
    reads: list[float] = []

    def refresh() -> None:
        reads.append(time.monotonic())
        time.sleep(0.05)
        queries._gazetteer = new

    monkeypatch.setattr(queries, "_gazetteer", None)
    monkeypatch.setattr(queries, "_recheck_at", 0.0)
    monkeypatch.setattr(queries, "_refresh", refresh)
    with ThreadPoolExecutor(8) as pool:
        found = [pool.submit(queries.get_gazetteer) for _ in range(8)]
        assert all(each.result(timeout=5) is new for each in found)
    assert len(reads) == 1


def test_a_failed_read_is_told_and_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    new = Gazetteer(jurisdictions=[], places=[])
    monkeypatch.setattr(queries, "_gazetteer", None)
    monkeypatch.setattr(queries, "_recheck_at", 0.0)

    def fail() -> None:
        raise ConnectionError("the database went away")

    monkeypatch.setattr(queries, "_refresh", fail)
    with pytest.raises(ConnectionError):
        queries.get_gazetteer()
    monkeypatch.setattr(queries, "_refresh", lambda: setattr(queries, "_gazetteer", new))
    assert queries.get_gazetteer() is new
