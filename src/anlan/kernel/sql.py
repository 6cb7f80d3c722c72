"""Loads named SQL files: `<room>/sql/<name>.sql`.

Each file opens with a header (purpose, parameters and columns with units, the index relied
on). Parameters are psycopg's `%(name)s`.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files


@cache
def load(package: str, name: str) -> str:
    """Read a room's SQL file; `package` is the room's module path, e.g. "anlan.cases"."""
    return (files(package) / "sql" / f"{name}.sql").read_text(encoding="utf-8")
