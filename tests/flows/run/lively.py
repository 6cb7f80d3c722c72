"""An instance with life in it, its shelf of backups, and commands that are to be refused."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg

from tests.flows.run.installed import set_up
from tests.flows.run.instance import Instance


@dataclass
class Lively:
    """One instance filled by tests/worlds/lively.py, and a folder for what leaves it."""

    instance: Instance
    folder: Path
    others: list[Instance] = field(default_factory=list)

    @classmethod
    def make(cls, **settings: str) -> Lively:
        """Make and fill it; its database stays up until `remove`."""
        folder = Path(tempfile.mkdtemp(prefix="anlan-shelf-test-"))
        shared = {
            "ANLAN_BACKUP_FOLDER": str(folder / "shelf"),
            "ANLAN_BACKUP_KEY_FILE": str(folder / "backup.key"),
        }
        made = cls(set_up(Instance.make(**shared | settings), "lively"), folder)
        shutil.move(made.instance.home / "expected.json", folder)
        made.instance.anlan("db", "start")
        return made

    @property
    def expected(self) -> dict[str, Any]:
        """What `lively.fill` said must be found again."""
        found: dict[str, Any] = json.loads((self.folder / "expected.json").read_text("utf-8"))
        return found

    def new(self, **settings: str) -> Instance:
        """Make an empty home that knows the same shelf."""
        self.others.append(Instance.make(**self.instance.settings | settings))
        return self.others[-1]

    def remove(self) -> None:
        """Take everything away."""
        for each in (self.instance, *self.others):
            each.remove()
        shutil.rmtree(self.folder)


def refuse(instance: Instance, *arguments: str) -> str:
    """Run a command that must be refused in words, and give them."""
    done = subprocess.run(
        [sys.executable, "-m", "anlan", *arguments],
        env=instance.environment, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode in (1, 2), done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    return done.stderr


def ask(instance: Instance, statement: str) -> list[Any]:
    """Ask an instance's running database something that gives one column."""
    with psycopg.connect(instance.database_url, autocommit=True) as connection:
        found = connection.execute(statement)
        return [row[0] for row in found.fetchall()] if found.description else []


def states(instance: Instance) -> dict[str, str]:
    """Give every case's code and state."""
    rows = ask(instance, "SELECT json_build_array(code, state) FROM cases_case")
    return dict(rows)
