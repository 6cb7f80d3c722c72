"""Where a day is played: an instance made for it, empty and marked. Never one that somebody uses.

A folder is taken only when it does not exist, is empty, or carries the mark that an earlier day left; a
marked folder's database is made anew. An outside database is never touched.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import mkdtemp

from anlan.kernel.errors import Conflict

MARK = "made-for-simulation"


class NotAScratch(Conflict):
    """{folder} holds something that was not made for a simulation. Name a folder that is empty or does not exist."""


class DatabaseIsOutside(Conflict):
    """ANLAN_DATABASE_URL is set. A day is played against a bundled database of its own only; unset it."""


@contextmanager
def folder_for_a_day(keep: Path | None) -> Iterator[Path]:
    """Give an empty, marked state folder; a temporary one is gone afterwards.

    Raises NotAScratch, DatabaseIsOutside.
    """
    if os.environ.get("ANLAN_DATABASE_URL"):
        raise DatabaseIsOutside()
    home = keep or Path(mkdtemp(prefix="anlan-simulation-"))
    if home.exists() and any(home.iterdir()):
        if not (home / MARK).is_file():
            raise NotAScratch(folder=str(home))
        shutil.rmtree(home)
    home.mkdir(parents=True, exist_ok=True)
    home.chmod(0o711)
    (home / MARK).touch()
    try:
        yield home
    finally:
        if keep is None:
            shutil.rmtree(home, ignore_errors=True)
