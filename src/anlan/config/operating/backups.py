"""What a shelf of backups says of itself: the open note beside each archive.

Backups are made by a room above (`anlan.backup`); here is only read when the last one was proven.
"""

from __future__ import annotations

import contextlib
from datetime import datetime
from pathlib import Path

from anlan.kernel.reading import read_json

NOTE = "about.json"


def find_last_proven(folder: Path) -> datetime | None:
    """Tell when the newest backup was begun that has been restored for proof; None without any."""
    found = []
    for note in folder.glob(f"*/{NOTE}"):
        with contextlib.suppress(ValueError, KeyError, TypeError, OSError):
            said = read_json(note.read_text(encoding="utf-8"))
            if said["verified_at"]:
                found.append(datetime.fromisoformat(said["made_at"]))
    return max(found, default=None)
