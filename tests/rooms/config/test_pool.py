"""A whole pool of connections that died with the server does not hold up the next request."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import psycopg
import pytest
from django.db import connection, connections

from anlan.config import env
from anlan.config.database import address

CONNECTIONS = 8


@pytest.mark.django_db(transaction=True)
def test_a_dozen_dead_connections_are_weeded_out_together() -> None:
    barrier = Barrier(CONNECTIONS)

    def connect(_: int) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        barrier.wait()
        connections.close_all()

    with ThreadPoolExecutor(CONNECTIONS) as pool:
        list(pool.map(connect, range(CONNECTIONS)))
    name = connection.settings_dict["NAME"]
    connection.close()
    assert connection.pool.get_stats()["pool_available"] >= CONNECTIONS
    with psycopg.connect(address.get_url(env.get_home()), autocommit=True) as other:
        other.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name]
        )
    # Django's own check would give up after its time-out, ten seconds, with an error.
    with connection.cursor() as cursor:
        cursor.execute("SELECT 42")
        assert cursor.fetchone() == (42,)
