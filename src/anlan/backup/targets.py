"""Where an instance is restored to: this process's own home, or a scratch one that only proves it."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg

from anlan.backup import keys
from anlan.backup.errors import DatabaseInUse, HomeInUse
from anlan.config import env
from anlan.config.database import address, server
from anlan.config.database import layout as layouts


@dataclass(frozen=True, kw_only=True)
class Target:
    """Where an instance is restored to."""

    home: Path
    secret_key_file: Path
    outside: str = ""
    """Address of an outside database; empty: the bundled one under home."""
    is_scratch: bool = False

    @property
    def environment(self) -> dict[str, str]:
        """The environment of commands that run on what was restored."""
        if not self.is_scratch:
            return dict(os.environ)
        kept = {k: v for k, v in os.environ.items() if not k.startswith("ANLAN_")}
        names = ("ANLAN_SYSTEM_USER", "ANLAN_LOG_LEVEL")
        passed = {k: os.environ[k] for k in names if k in os.environ}
        return kept | passed | {"ANLAN_HOME": str(self.home)}


def get_target() -> Target:
    """Take this process's own settings as the target."""
    return Target(
        home=env.get_home(), secret_key_file=env.get_secret_key_file(),
        outside=address.get_url(env.get_home()) if address.is_outside() else "",
    )  # fmt: skip


@contextlib.contextmanager
def scratch(folder: Path | None = None) -> Iterator[Target]:
    """Give a home that is gone afterwards, its database too."""
    home = Path(tempfile.mkdtemp(prefix="anlan-verify-", dir=folder))
    home.chmod(0o711)
    target = Target(home=home, secret_key_file=home / "secret.key", is_scratch=True)
    try:
        yield target
    finally:
        remove_database(home)
        shutil.rmtree(home, ignore_errors=True)


def check_empty(target: Target) -> None:
    """Refuse a target that holds anything. Raises HomeInUse, DatabaseInUse."""
    layout = layouts.find_layout(target.home)
    for path, what in (
        (layout.data, "a database"),
        (target.home / "files", "files"),
        (target.home / keys.LEDGER_KEY, "the key of a ledger"),
    ):
        if path.exists() and (path.is_file() or any(path.iterdir())):
            raise HomeInUse(home=target.home, what=what)
    if target.outside:
        address.check_outside()
        with psycopg.connect(target.outside) as connection:
            found = connection.execute(
                "SELECT 1 FROM pg_class WHERE relnamespace = 'public'::regnamespace "
                "AND relkind = 'r' LIMIT 1"
            ).fetchone()
        if found:
            raise DatabaseInUse()


def place_of(name: str, target: Target) -> Path:
    """Tell where a key file belongs."""
    if name == keys.LEDGER_KEY:
        return target.home / keys.LEDGER_KEY
    secret = target.secret_key_file
    return secret.with_name(secret.name + name.removeprefix("secret.key"))


def remove_database(home: Path) -> None:
    """Stop a home's bundled server and delete all that is its."""
    layout = layouts.find_layout(home)
    server.stop(home)
    for path in (layout.folder, layout.socket):
        shutil.rmtree(path, ignore_errors=True)
    link = home / "postgres"
    if link.is_symlink():
        link.unlink()
