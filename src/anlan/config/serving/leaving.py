"""What a request process does when it is to leave: accept nothing new, tell clients to connect anew.

Clients keep connections open for their next request. A server that just closes them may do so while
a request is on its way, which then fails. So every answer now says `Connection: close`: the client
itself opens another connection, which a newer server accepts.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable
from typing import Any

from anlan.config.serving import sockets

Application = Callable[[dict[str, Any], Callable[..., Any]], Any]

_is_leaving = False


def leave() -> None:
    """Leave from now on; called by a signal, between two lines of the main thread."""
    global _is_leaving
    sockets.stop_accepting()
    _is_leaving = True


def watch(application: Application) -> Application:
    """Wrap an application so that its answers tell clients when this process leaves."""

    def answer(environ: dict[str, Any], start: Callable[..., Any]) -> Any:
        return application(environ, _closing(start) if _is_leaving else start)

    return answer


def _closing(start: Callable[..., Any]) -> Callable[..., Any]:
    def begin(status: str, headers: list[tuple[str, str]], *rest: Any) -> Any:
        return start(status, [*headers, ("Connection", "close")], *rest)

    return begin


def tell_ready(descriptor: int, processes: int) -> None:
    """Say that one of so many processes can work; nobody may be listening any more."""
    with contextlib.suppress(OSError):
        os.write(descriptor, bytes([min(processes, 255)]))
