"""A small file system of its own for one instance, so that its disk can be full."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

SIZE_BYTES = 2 * 1024**3


class NoVolume(Exception):
    """There can be no file system of its own here; the text says why."""


@dataclass
class Volume:
    """An ext4 in a file, mounted where the instance keeps its state."""

    at: Path
    image: Path

    @classmethod
    def mount(cls, at: Path, image: Path) -> Volume:
        """Make it. Raises NoVolume."""
        if os.geteuid() != 0:
            raise NoVolume("only root may mount a file system")
        if not shutil.which("mkfs.ext4"):
            raise NoVolume("mkfs.ext4 is not installed (Debian: e2fsprogs)")
        with image.open("wb") as file:
            file.truncate(SIZE_BYTES)
        for command in (
            # Nothing kept back for root, or root's product would not see the disk full.
            ["mkfs.ext4", "-q", "-m", "0", str(image)],
            ["mount", "-o", "loop", str(image), str(at)],
        ):
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            if done.returncode:
                image.unlink()
                raise NoVolume(f"{command[0]}: {' '.join(done.stderr.split())}")
        at.chmod(0o711)
        return cls(at, image)

    def fill(self) -> None:
        """Take every byte that is free."""
        piece = 256 * 1024**2
        with (self.at / "ballast").open("wb") as file:
            at = 0
            while piece >= 512:
                try:
                    os.posix_fallocate(file.fileno(), at, piece)
                    at += piece
                except OSError:
                    piece //= 2

    def free(self) -> None:
        """Give back what `fill` took."""
        (self.at / "ballast").unlink(missing_ok=True)

    def unmount(self) -> None:
        done = subprocess.run(["umount", self.at], capture_output=True, check=False)
        if done.returncode:
            subprocess.run(["umount", "-l", self.at], capture_output=True, check=False)
        with contextlib.suppress(OSError):
            self.image.unlink()
