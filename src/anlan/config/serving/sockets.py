"""Opens the socket that web servers accept from, and takes it away from a process that leaves."""

from __future__ import annotations

import contextlib
import errno
import os
import socket
import stat
import time
from pathlib import Path

from anlan.config import env
from anlan.kernel.errors import Conflict, Invalid

BACKLOG = 1024
_DESCRIPTORS = Path("/dev/fd")


class PortTaken(Conflict):
    """Another program listens on {host}:{port}. Stop it, or choose another port: ANLAN_PORT=8001 anlan run"""


class AddressNotOurs(Invalid):
    """Cannot listen on {host}:{port}: {reason}. Set ANLAN_HOST to an address of this machine, and ANLAN_PORT to a port that its user may open."""


def open_listener(port: int, *, wait_s: float) -> socket.socket:
    """Listen on a port of ANLAN_HOST; 0: any free one. Raises PortTaken, AddressNotOurs.

    wait_s: how long a port that is taken may still become free: a run that was killed leaves
    processes that end within a second or two.
    """
    host = env.get_text("ANLAN_HOST")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    until = time.monotonic() + wait_s
    while True:
        listener = socket.socket(family, socket.SOCK_STREAM)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((host, port))
            listener.listen(BACKLOG)
        except OSError as wrong:
            listener.close()
            if wrong.errno != errno.EADDRINUSE:
                raise AddressNotOurs(host=host, port=port, reason=wrong.strerror) from None
            if time.monotonic() > until:
                raise PortTaken(host=host, port=port) from None
            time.sleep(0.3)
        else:
            listener.setblocking(False)
            return listener


def stop_accepting() -> int:
    """Take every listening socket from this process; those who share it go on. Give how many.

    A server's loop that waits for connections finds a socket of its own in its place, which nobody
    knows; so no connection is accepted that would then be closed unanswered.
    """
    count = 0
    for path in list(_DESCRIPTORS.iterdir()):
        with contextlib.suppress(OSError, ValueError):
            number = int(path.name)
            if not stat.S_ISSOCK(os.fstat(number).st_mode):
                continue
            with socket.socket(fileno=os.dup(number)) as found:
                if not found.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN):
                    continue
                family = found.family
            with socket.socket(family, socket.SOCK_STREAM) as nobodys:
                nobodys.bind(("::1" if family == socket.AF_INET6 else "127.0.0.1", 0))
                nobodys.listen(1)
                nobodys.setblocking(False)
                os.dup2(nobodys.fileno(), number, inheritable=False)
            count += 1
    return count
