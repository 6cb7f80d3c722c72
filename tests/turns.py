"""Which process takes which files when several share the tests (`pytest -n 2 --dist loadfile`).

Files with servers or browsers of their own take most of the time, mostly wait, and are slowed down by
each other: two browsers and two instances at once are more than two cores carry. So one process takes
these, one after the other, and the others begin at the far end of the queue, with what needs no other
process than itself. They meet in the middle, where the files are short.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from xdist.scheduler import LoadFileScheduling
from xdist.workermanage import WorkerController

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pytest

HEAVY = (
    "tests/browser/",
    "tests/flows/run/",
    "tests/flows/test_",
    "tests/rooms/config/test_bundled_server.py",
    "tests/rooms/simulation/",
)
"""With servers, browsers or a whole day to play; in this order."""
LONG = ("tests/flows/permissions/", "tests/rooms/", "tests/flows/")
"""Of the others: those on PostgreSQL, the longest first."""


class FromBothEnds(LoadFileScheduling):
    """Gives the first process the files in front, all others those behind."""

    def _assign_work_unit(self, node: WorkerController) -> None:
        if node is not self.nodes[0]:
            self.workqueue.move_to_end(next(reversed(self.workqueue)), last=False)
        super()._assign_work_unit(node)


def put_in_order(items: list[pytest.Item]) -> None:
    """Put what is heavy in front and what is long behind; within a file everything stays as it is."""
    items.sort(key=lambda item: _place(item.nodeid.partition("::")[0]))


def _place(file: str) -> tuple[int, str]:
    if (place := _find(HEAVY, file)) is not None:
        return place, file
    place = _find(LONG, file)
    return len(HEAVY) + (0 if place is None else len(LONG) - place), file


def _find(starts: Sequence[str], file: str) -> int | None:
    return next((n for n, start in enumerate(starts) if file.startswith(start)), None)
