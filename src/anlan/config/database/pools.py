"""How this process's pool of database connections stands."""

from __future__ import annotations

from django.db import connection


def look() -> list[int]:
    """Tell the connections open, those idle, and the requests waiting for one."""
    # Not `connection.pool`, which would open one in a process that has none.
    pools = getattr(connection, "_connection_pools", {})
    pool = pools.get(connection.alias)
    if pool is None:
        return [0, 0, 0]
    stats = pool.get_stats()
    return [
        stats.get("pool_size", 0), stats.get("pool_available", 0), stats.get("requests_waiting", 0),
    ]  # fmt: skip
