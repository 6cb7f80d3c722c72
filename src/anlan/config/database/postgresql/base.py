"""Connections of the product: pooled, mended together, and never without a scope.

A restarted server leaves a whole pool of dead connections. The pool by itself meets them one
after the other and waits longer after each (20 s and an error for a dozen, measured); here the
first one found dead has all idle ones tried at once, so that the request in hand is served.
Django lets no other check be set among the pool's options, hence this subclass.

Web and worker connect as the application's role, under row-level security. Their cursors tell the
server the scope (`kernel.scope`) with each BEGIN, in the same message, so it ends with the
transaction: a pooled connection cannot carry it over. A statement outside a transaction gets one
of its own. Told by libpq's simple protocol: measured 20 µs a statement, a tenth of psycopg's pipeline.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from weakref import WeakKeyDictionary

from django.db.backends.postgresql import base
from psycopg import Connection, Cursor, OperationalError, errors
from psycopg.pq import ConnStatus, ExecStatus, TransactionStatus
from psycopg.pq.abc import PGconn
from psycopg_pool import ConnectionPool

from anlan.config.operating import traces
from anlan.kernel import scope
from anlan.kernel.scope import Scope

_told: WeakKeyDictionary[Connection[Any], Scope | None] = WeakKeyDictionary()
"""The scope that a connection's running transaction was told."""


_NEVER = Scope()
_UNFINISHED = (TransactionStatus.INTRANS, TransactionStatus.INERROR)


class ScopedCursor(Cursor[Any]):
    """A cursor whose every statement runs in a transaction that knows its scope."""

    def execute(self, query: Any, params: Any = None, **options: Any) -> Any:
        """Run one statement in the present scope."""
        with self._scoped():
            return super().execute(query, params, **options)

    def executemany(self, query: Any, params_seq: Any, **options: Any) -> None:
        """Run one statement for each set of parameters in the present scope."""
        with self._scoped():
            super().executemany(query, params_seq, **options)

    def copy(self, statement: Any, params: Any = None, **options: Any) -> Any:
        """Copy rows in the present scope; needs a transaction."""
        self.execute("SELECT 1")
        return super().copy(statement, params, **options)

    @contextmanager
    def _scoped(self) -> Iterator[None]:
        """Tell the scope; outside a transaction, in one for this statement alone."""
        connection, wanted = self.connection, scope.current()
        server = connection.pgconn
        status = server.transaction_status
        if status == TransactionStatus.IDLE:
            if wanted is None and connection.autocommit:
                yield  # without a scope: there is nothing to tell
                return
            _send(server, b"BEGIN; " + _tell(wanted))
            _told[connection] = wanted
            if connection.autocommit:
                try:
                    yield
                except BaseException:
                    if server.transaction_status in _UNFINISHED:
                        _send(server, b"ROLLBACK")
                    raise
                _send(server, b"COMMIT")
                return
        elif status == TransactionStatus.INTRANS and _told.get(connection, _NEVER) is not wanted:
            _send(server, _tell(wanted))
            _told[connection] = wanted
        yield


def _tell(wanted: Scope | None) -> bytes:
    # Not set_config(…, true), which does the same: as a query it would fix the transaction's isolation.
    quoted = wanted.text.replace("\\", "\\\\").replace("'", "''") if wanted else ""
    return f"SET LOCAL anlan.scope = E'{quoted}'".encode()


def _send(server: PGconn, command: bytes) -> None:
    result = server.exec_(command)
    if result.status not in (ExecStatus.COMMAND_OK, ExecStatus.TUPLES_OK):
        if server.status == ConnStatus.BAD:
            raise OperationalError(server.get_error_message())
        raise errors.error_from_result(result)


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

    def get_connection_params(self) -> dict[str, Any]:
        """Give the application's connections cursors that tell the scope."""
        params: dict[str, Any] = super().get_connection_params()
        if self.settings_dict.get("IS_APPLICATION"):
            params["cursor_factory"] = ScopedCursor
        return params

    def _configure_role(self, connection: Connection[Any]) -> bool:
        # Django's own asks the pool for a second connection to quote the name, and waits for ever.
        role = self.settings_dict["OPTIONS"].get("assume_role")
        if role:
            _send(connection.pgconn, f'SET ROLE "{role}"'.encode())
        return False

    def _savepoint_rollback(self, sid: str) -> None:
        super()._savepoint_rollback(sid)  # type: ignore[misc]
        # What was told after the savepoint is undone with it.
        _told.pop(self.connection, None)


def _check(pool: ConnectionPool, connection: Connection[Any]) -> None:
    try:
        # An empty query: the least that a server answers.
        if connection.pgconn.exec_(b"").status != ExecStatus.EMPTY_QUERY:
            raise OperationalError("the connection is gone")
    except OperationalError:
        pool.check()
        raise
