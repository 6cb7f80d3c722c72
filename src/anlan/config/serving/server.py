"""granian on a socket that was handed down, with two ways to end.

SIGTERM ends within seconds. SIGUSR1 leaves: request processes accept nothing new and tell every client
to connect anew (`leaving`), and after `SETTLE_S` the server closes idle connections, finishes what it
has, and ends. Idle connections are closed only then, so that a client in use has been told before.

Two methods of granian's server are overridden; nothing else of it is relied on but its public names.
"""

from __future__ import annotations

import gc
import importlib
import os
import signal
import socket
import threading
from collections.abc import Callable
from functools import partial
from multiprocessing.connection import Connection
from types import FrameType
from typing import Any

from granian.constants import Interfaces
from granian.log import LogLevels
from granian.net import SocketHolder  # type: ignore[attr-defined]
from granian.server.mp import MPServer

from anlan.config import env
from anlan.config.operating import logs
from anlan.config.serving import leaving
from anlan.config.serving.sockets import BACKLOG

SETTLE_S = 3.0
FINISH_S = 30
"""How long a request that is being answered may still take when its server leaves."""
_END_S = 3

APPLICATION = "anlan.config.wsgi:application"
LIVE_APPLICATION = "anlan.config.live:application"


class Server(MPServer):
    """The web server on a listening socket of the supervisor's."""

    listener: socket.socket

    def _init_shared_socket(self) -> None:
        # granian would bind one socket a process (SO_REUSEPORT), whose queue dies with the process.
        self.listener.set_inheritable(True)
        self._ssp, self._sso = None, self.listener
        self._sfd = self.listener.fileno()  # type: ignore[assignment]
        self._shd = SocketHolder(self._sfd, False, BACKLOG)  # type: ignore[call-arg,assignment]

    def _drop_shared_socket(self) -> None:
        self.listener.close()

    def leave(self, number: int, frame: FrameType | None) -> None:
        """Have the request processes leave, then end."""
        for worker in self.wrks:
            os.kill(worker.inner.pid, signal.SIGUSR1)
        self.workers_kill_timeout = FINISH_S
        later = threading.Timer(SETTLE_S, self.signal_handler_interrupt)
        later.daemon = True
        later.start()


def serve(listener: socket.socket, ready: int | None) -> None:
    """Serve until told to end or to leave.

    ready: descriptor that each request process writes to once it can answer.
    """
    processes = env.get_number("ANLAN_WEB_PROCESSES") or min(os.cpu_count() or 1, 4)
    server = Server(
        APPLICATION,
        interface=Interfaces.WSGI,
        workers=processes,
        blocking_threads=env.get_number("ANLAN_WEB_THREADS"),
        backlog=BACKLOG,
        respawn_failed_workers=True,
        workers_kill_timeout=_END_S,
        log_level=LogLevels.warning,
        log_dictconfig=logs.get_config(),
    )
    if processes > 1:
        share_program()
    _serve(server, listener, partial(load, _told(ready), processes))


def share_program() -> None:
    """Load the program before the request processes are forked, so that they share it.

    Only what imports make. Threads, connections to the database, and what is kept of its rows come
    after the fork, in each process (`anlan.config.wsgi`).
    """
    from anlan.config.database import address

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "anlan.config.settings")
    address.act_as_application()
    import django

    django.setup(set_prefix=False)
    from django.conf import settings

    importlib.import_module(settings.ROOT_URLCONF)
    # A collection would write into every object, and each process have its own copy.
    gc.collect()
    gc.freeze()


def serve_live(listener: socket.socket, ready: int | None) -> None:
    """Serve the live boards' streams until told to end or to leave: one process, one event loop."""
    server = Server(
        LIVE_APPLICATION,
        interface=Interfaces.ASGI,
        workers=1,
        blocking_threads=1,
        backlog=BACKLOG,
        respawn_failed_workers=True,
        workers_kill_timeout=_END_S,
        websockets=False,
        log_level=LogLevels.warning,
        log_dictconfig=logs.get_config(),
    )
    _serve(server, listener, partial(load_live, _told(ready)))


def _told(ready: int | None) -> Connection | None:
    return Connection(ready, readable=False) if ready is not None else None


def _serve(server: Server, listener: socket.socket, loader: Callable[[str], Any]) -> None:
    server.listener = listener
    own = os.getpid()

    def leave(number: int, frame: FrameType | None) -> None:
        # A request process that is just being made has this handler still.
        if os.getpid() == own:
            server.leave(number, frame)

    signal.signal(signal.SIGUSR1, leave)
    server.serve(target_loader=loader)


def load(ready: Connection | None, processes: int, target: str) -> Callable[..., Any]:
    """Load the application in a request process, and say so; `processes`: how many there are."""
    module, _, name = target.partition(":")
    application = leaving.watch(getattr(importlib.import_module(module), name))
    signal.signal(signal.SIGUSR1, lambda number, frame: leaving.leave())
    if ready is not None:
        # One that is started again much later finds nobody who still asks.
        leaving.tell_ready(ready.fileno(), processes)
    return application


def load_live(ready: Connection | None, target: str) -> Callable[..., Any]:
    """Load the streams' application in its process, and say so."""
    module = importlib.import_module(target.partition(":")[0])

    def leave(number: int, frame: FrameType | None) -> None:
        leaving.leave()
        module.hub.close()  # browsers come again, to the newer process

    signal.signal(signal.SIGUSR1, leave)
    if ready is not None:
        leaving.tell_ready(ready.fileno(), 1)
    application: Callable[..., Any] = module.application
    return application
