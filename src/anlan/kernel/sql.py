"""Loads named SQL files: `<room>/sql/<name>.sql`.

Each file opens with a header (purpose, parameters and columns with units, the index relied
on). Parameters are psycopg's `%(name)s`.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files


def row_policy(table: str, rule: str) -> tuple[str, str]:
    """Write the statements that put a table under row-level security, and that take it out again.

    rule: when the application sees a row. Rows are written in any scope, but in none without one.
    """
    put = (
        f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY; "
        f"CREATE POLICY in_scope ON {table} TO anlan_app "
        f"USING ((SELECT anlan_sees_all()) OR {rule}) WITH CHECK ((SELECT anlan_has_scope()))"
    )
    return put, f"DROP POLICY in_scope ON {table}; ALTER TABLE {table} DISABLE ROW LEVEL SECURITY"


@cache
def load(package: str, name: str) -> str:
    """Read a room's SQL file; `package` is the room's module path, e.g. "anlan.cases"."""
    return (files(package) / "sql" / f"{name}.sql").read_text(encoding="utf-8")
