"""Perform the Containerfile's steps in a changed root: `python -m tests.container BASE [WORK]`, as root.

Where no container engine can run this shows that the steps work: it does not show that an engine reads
them as we do, nor how the published base image differs from BASE. BASE is a folder with a system and
its Python at /usr/local, as python:3.13-slim has it; docs/how-to/container.md says how one is made.
What an engine would do is done by `unshare` and `chroot`: own mounts and process numbers, 64 MB of /dev/shm, the
user and environment of the file, nothing of the caller's. Then the image is started as its ENTRYPOINT and
CMD say, asked by its HEALTHCHECK, written to, stopped by its STOPSIGNAL, started again, and must still have what was
written. WORK (default: a temporary folder) is deleted afterwards.
"""

from __future__ import annotations

import argparse
import json
import os
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

from bench.world import PORT
from tests.container.steps import Stage, read_stages
from tests.house.floors import PROJECT

MOUNTS = (
    "mount --make-rprivate / && mount -t proc proc {root}/proc && mount -t tmpfs -o size=64m shm {root}/dev/shm "
    "&& mount -t tmpfs tmp {root}/tmp"
)
DEVICES = ("null", "zero", "random", "urandom")


def tell(line: str) -> None:
    """Say what is done."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


class Image:
    """A root that steps change, and what they say about running it."""

    def __init__(self, root: Path, base: Path) -> None:
        self.root = root
        subprocess.run(["cp", "-a", "--reflink=auto", f"{base}/.", str(root)], check=True)
        for name in ("dev", "dev/shm", "proc", "tmp"):
            (root / name).mkdir(parents=True, exist_ok=True)
        for name in DEVICES:
            if not (root / "dev" / name).exists():
                at = Path("/dev", name).stat().st_rdev
                os.mknod(root / "dev" / name, 0o20666, at)
                (root / "dev" / name).chmod(0o666)
        self.env = {
            "PATH": "/usr/local/bin:/usr/local/sbin:/usr/bin:/usr/sbin:/bin:/sbin",
            "HOME": "/",
        }
        self.folder, self.user = "/", "0:0"
        self.last: dict[str, list[str]] = {}
        self.stop = signal.SIGTERM

    def command(
        self, words: list[str], *, folder: str = "", extra: dict[str, str] | None = None
    ) -> list[str]:
        """Give the command that runs words inside."""
        env = self.env | (extra or {})
        inner = ["chroot", f"--userspec={self.user}", str(self.root), "/usr/bin/env", "-i",
                 f"--chdir={folder or self.folder}", *(f"{k}={v}" for k, v in env.items()), *words]  # fmt: skip
        script = f"{MOUNTS.format(root=self.root)} && exec {shlex.join(inner)}"
        return ["unshare", "--mount", "--pid", "--fork", "--kill-child", "/bin/sh", "-c", script]

    def perform(self, stage: Stage, others: dict[str, Image], pip: list[str]) -> None:
        """Do a stage's steps."""
        for step, what in stage.steps:
            tell(f"  {step} {what[:100]}")
            match step:
                case "WORKDIR":
                    self.folder = what
                    self._at(what).mkdir(parents=True, exist_ok=True)
                case "COPY":
                    self._copy(what, others)
                case "RUN":
                    # pip is set up where the image is built, as the file says
                    extra = dict(word.split("=", 1) for word in pip)
                    subprocess.run(self.command(["/bin/sh", "-c", what], extra=extra), check=True)
                case "ENV":
                    for word in shlex.split(what):
                        name, _, value = word.partition("=")
                        self.env[name] = value.replace("$PATH", self.env["PATH"])
                case "USER":
                    self.user = what
                case "VOLUME":
                    assert self._at(what).is_dir(), f"{what} is not there"
                case "STOPSIGNAL":
                    self.stop = signal.Signals[what]
                case "HEALTHCHECK":
                    self.last[step] = json.loads(what.partition("CMD ")[2])
                case "ENTRYPOINT" | "CMD":
                    self.last[step] = json.loads(what)
                case "EXPOSE":
                    pass
                case _:
                    raise SystemExit(f"the step {step} is not known here")

    def _at(self, path: str) -> Path:
        return self.root / path.lstrip("/")

    def _copy(self, what: str, others: dict[str, Image]) -> None:
        words = what.split()
        source = PROJECT
        if words[0].startswith("--from="):
            source = others[words.pop(0).removeprefix("--from=")].root
        *names, target = words
        for name in names:
            found = source / name.lstrip("/")
            into = self._at(target if target.startswith("/") else f"{self.folder}/{target}")
            if found.is_dir():
                shutil.copytree(found, into, symlinks=True, dirs_exist_ok=True,
                                ignore=shutil.ignore_patterns("__pycache__"))  # fmt: skip
            else:
                shutil.copy2(found, into / found.name if into.is_dir() else into)


def get(path: str) -> bytes:
    """Ask the image over HTTP."""
    with urllib.request.urlopen(f"http://127.0.0.1:{PORT}{path}", timeout=20) as answer:
        found: bytes = answer.read()
        return found


def start(image: Image) -> tuple[subprocess.Popen[bytes], float]:
    """Start the image and wait until its health check passes; give how long that took."""
    words = image.last["ENTRYPOINT"] + image.last["CMD"]
    began = time.monotonic()
    running = subprocess.Popen(image.command(words, folder="/", extra={"ANLAN_PORT": str(PORT)}))
    check = image.command(image.last["HEALTHCHECK"], folder="/", extra={"ANLAN_PORT": str(PORT)})
    while subprocess.run(check, check=False, stderr=subprocess.DEVNULL).returncode:
        if running.poll() is not None or time.monotonic() - began > 300:
            raise SystemExit(f"it did not become healthy (exit {running.poll()})")
        time.sleep(1)
    return running, time.monotonic() - began


def stop(image: Image, running: subprocess.Popen[bytes]) -> float:
    """Send the image's first process its stop signal, as an engine does, and wait for its end."""
    [first] = Path(f"/proc/{running.pid}/task/{running.pid}/children").read_text().split()
    began = time.monotonic()
    os.kill(int(first), image.stop)
    code = running.wait(60)
    if code:
        raise SystemExit(f"it ended with {code}")
    return time.monotonic() - began


def check_inside(image: Image) -> None:
    """Look at what runs: its user, its rights, what others could read."""
    asked = (
        "import os, pathlib; status = pathlib.Path('/proc/self/status').read_text();"
        "print(os.getuid(), [l for l in status.splitlines() if l.startswith('CapEff')][0].split()[1])"
    )
    done = subprocess.run(
        image.command(["python", "-c", asked]), check=True, capture_output=True, text=True
    )
    user, rights = done.stdout.split()
    assert user == image.user.split(":")[0]
    assert int(rights, 16) == 0
    home = image._at(image.env["ANLAN_HOME"])
    open_to_others = [
        str(path)
        for path in home.rglob("*secret*")
        if path.is_file() and path.stat().st_mode & 0o077
    ]
    assert open_to_others == []
    tell(f"runs as user {user} without any right; keys are closed to others")


def main() -> int:
    """Read the arguments, perform, start, write, stop, start again."""
    parser = argparse.ArgumentParser(prog="tests.container", description=__doc__)
    parser.add_argument("base", type=Path)
    parser.add_argument("work", type=Path, nargs="?")
    parser.add_argument(
        "--pip", action="append", default=[], help="NAME=VALUE for steps that install"
    )
    asked = parser.parse_args()
    work = Path(tempfile.mkdtemp(prefix="anlan-container-", dir=asked.work))
    work.chmod(0o755)
    images: dict[str, Image] = {}
    try:
        image = None
        for number, stage in enumerate(read_stages()):
            tell(f"FROM {stage.base} (here: {asked.base})")
            (work / str(number)).mkdir()
            image = images[stage.name or str(number)] = Image(work / str(number), asked.base)
            image.perform(stage, images, asked.pip)
        assert image is not None
        running, took = start(image)
        tell(f"healthy after {took:.0f} s")
        check_inside(image)
        assert b"<html" in get("/")
        ready = json.loads(get("/health/ready"))
        tell(f"/health/ready: {ready}")
        keys = {
            path.name: path.read_bytes()
            for path in image._at(image.env["ANLAN_HOME"]).glob("*.key")
        }
        tell(f"ended {stop(image, running):.1f} s after {image.stop.name}")
        running, took = start(image)
        now = {
            path.name: path.read_bytes()
            for path in image._at(image.env["ANLAN_HOME"]).glob("*.key")
        }
        assert keys == {name: now[name] for name in keys}, "the state did not outlive the process"
        tell(f"healthy again after {took:.0f} s, with the same keys")
        stop(image, running)
    finally:
        shutil.rmtree(work, ignore_errors=True)
    tell("the steps work")
    return 0


if __name__ == "__main__":
    sys.exit(main())
