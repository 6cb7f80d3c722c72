"""What the connection pool does when it meets a dead connection: look at all the others too.

A restarted server leaves a whole pool of dead connections. The pool by itself meets them one
after the other and waits longer after each (20 s and an error for a dozen, measured); here the
first one found dead has all idle ones tried at once, so that the request in hand is served.
Django lets no other check be set among the pool's options, hence this subclass.
"""

from __future__ import annotations

from typing import Any

from django.db.backends.postgresql import base
from psycopg import Connection, OperationalError
from psycopg_pool import ConnectionPool

from anlan.config.operating import traces


class DatabaseWrapper(base.DatabaseWrapper):
    """A connection from a pool that weeds out its dead together."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if (tracer := traces.get_tracer()) is not None:
            self.execute_wrappers.append(tracer.follow_statement)

    @property
    def pool(self) -> ConnectionPool | None:
        pool: ConnectionPool | None = super().pool
        if pool is not None:
            # The constructor takes it as `check`, which Django fills itself.
            pool._check = lambda connection: _check(pool, connection)  # noqa: SLF001
        return pool


def _check(pool: ConnectionPool, connection: Connection[Any]) -> None:
    try:
        ConnectionPool.check_connection(connection)
    except OperationalError:
        pool.check()
        raise
