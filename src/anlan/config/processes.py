"""The processes of a running instance, and the supervisor's hold on them.

A child that ends is started again, said aloud, after 1, 2, 4, 8 s (1 s again once it has run
for a minute). A child whose supervisor was killed ends by itself, so that nothing is left over
that holds the port. Each says through a pipe when it is ready, and leaves on SIGUSR1: it takes
nothing new, finishes what it has, and ends.
"""

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

_LONGEST_WAIT_S = 8.0
_STEADY_AFTER_S = 60.0


@dataclass
class Child:
    """One supervised process."""

    name: str
    arguments: Sequence[str]
    socket: int | None = None
    """Descriptor of a listening socket that is handed down to it."""
    leaves_within_s: float = 60.0
    """How long it may take to finish what it has."""
    process: subprocess.Popen[bytes] | None = None
    began: float = 0.0
    wait_s: float = 1.0
    again_at: float | None = field(default=None)
    leaves_until: float | None = None
    _ready: int | None = None
    _told: bytes = b""

    def start(self) -> None:
        """Start it in a session of its own: Ctrl-C is for the supervisor, who stops in order."""
        self._forget_pipe()
        reader, writer = os.pipe()
        os.set_blocking(reader, False)
        command = [sys.executable, "-m", "anlan", *self.arguments, "--parent", str(os.getpid())]
        command += ["--ready", str(writer)]
        passed = [writer]
        if self.socket is not None:
            command += ["--socket", str(self.socket)]
            passed.append(self.socket)
        try:
            self.process = subprocess.Popen(command, start_new_session=True, pass_fds=passed)
        finally:
            os.close(writer)
        self._ready = reader
        self.began, self.again_at = time.monotonic(), None

    @property
    def is_ready(self) -> bool:
        """Whether all its processes have said that they can work."""
        if self._ready is not None:
            with contextlib.suppress(BlockingIOError):
                self._told += os.read(self._ready, 4096)
        return bool(self._told) and len(self._told) >= self._told[0]

    @property
    def ending(self) -> str:
        """How it ended; empty while it runs."""
        assert self.process is not None
        code = self.process.poll()
        if code is None:
            return ""
        return f"killed by signal {-code}" if code < 0 else f"exit code {code}"

    def again(self) -> "Child":
        """Give a child like this one, not started."""
        return Child(self.name, self.arguments, self.socket, self.leaves_within_s)

    def look_after(self, tell: Callable[[str], None]) -> None:
        """Start it again if it has ended and has waited long enough."""
        now = time.monotonic()
        if not (ending := self.ending):
            if now - self.began > _STEADY_AFTER_S:
                self.wait_s = 1.0
        elif self.again_at is None:
            tell(f"{self.name} ended ({ending}); starting it again in {self.wait_s:.0f} s")
            self.again_at = now + self.wait_s
            self.wait_s = min(self.wait_s * 2, _LONGEST_WAIT_S)
        elif now >= self.again_at:
            self.start()

    def leave(self) -> None:
        """Have it finish what it has and end."""
        assert self.process is not None
        self._forget_pipe()
        self.leaves_until = time.monotonic() + self.leaves_within_s
        with contextlib.suppress(ProcessLookupError):
            self.process.send_signal(signal.SIGUSR1)

    def has_left(self, tell: Callable[[str], None]) -> bool:
        """Tell whether it has ended; one that takes too long is killed, said aloud."""
        assert self.process is not None
        assert self.leaves_until is not None
        if self.process.poll() is None and time.monotonic() > self.leaves_until:
            tell(f"the old {self.name} did not finish in {self.leaves_within_s:.0f} s: killed")
            self.kill()
        return self.process.poll() is not None

    def kill(self) -> None:
        """End it and its whole session by force: a web server has processes of its own."""
        assert self.process is not None
        self._forget_pipe()
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def _forget_pipe(self) -> None:
        if self._ready is not None:
            os.close(self._ready)
        self._ready, self._told = None, b""


def stop_all(children: Sequence[Child], *, within_s: float) -> list[str]:
    """End the children in peace, after `within_s` by force; return who needed force."""
    alive = [child for child in children if child.process and child.process.poll() is None]
    for child in alive:
        assert child.process is not None
        child.process.terminate()
    until = time.monotonic() + within_s
    forced = []
    for child in alive:
        assert child.process is not None
        try:
            child.process.wait(max(0.1, until - time.monotonic()))
        except subprocess.TimeoutExpired:
            child.kill()
            forced.append(child.name)
    return forced


def end_with_parent(parent: int) -> None:
    """End this process when the one with this number is no longer its parent."""

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(0.5)
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=watch, name="end-with-parent", daemon=True).start()
