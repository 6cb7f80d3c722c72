"""The two processes of a running instance, and the supervisor that keeps them up.

A child that ends is started again, said aloud, after 1, 2, 4, 8 s (1 s again once it has run
for a minute). A child whose supervisor was killed ends by itself, so that nothing is left over
that holds the port.
"""

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
    process: subprocess.Popen[bytes] | None = None
    began: float = 0.0
    wait_s: float = 1.0
    again_at: float | None = field(default=None)

    def start(self) -> None:
        """Start it in a session of its own: Ctrl-C is for the supervisor, who stops in order."""
        command = [sys.executable, "-m", "anlan", *self.arguments, "--parent", str(os.getpid())]
        self.process = subprocess.Popen(command, start_new_session=True)
        self.began, self.again_at = time.monotonic(), None

    def look_after(self, tell: Callable[[str], None]) -> None:
        """Start it again if it has ended and has waited long enough."""
        assert self.process is not None
        now = time.monotonic()
        code = self.process.poll()
        if code is None:
            if now - self.began > _STEADY_AFTER_S:
                self.wait_s = 1.0
        elif self.again_at is None:
            tell(f"{self.name} ended ({_ending(code)}); starting it again in {self.wait_s:.0f} s")
            self.again_at = now + self.wait_s
            self.wait_s = min(self.wait_s * 2, _LONGEST_WAIT_S)
        elif now >= self.again_at:
            self.start()


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
            # Its whole session: a web server has processes of its own.
            os.killpg(child.process.pid, signal.SIGKILL)
            child.process.wait()
            forced.append(child.name)
    return forced


def end_with_parent(parent: int) -> None:
    """End this process when the one with this number is no longer its parent."""

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(0.5)
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=watch, name="end-with-parent", daemon=True).start()


def _ending(code: int) -> str:
    return f"killed by signal {-code}" if code < 0 else f"exit code {code}"
