"""Reads the Containerfile: stages of instructions, as far as ours goes."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from tests.house.floors import PROJECT

FILE = PROJECT / "deploy" / "container" / "Containerfile"


@dataclass
class Stage:
    """What follows one FROM."""

    base: str
    name: str = ""
    steps: list[tuple[str, str]] = field(default_factory=list)


def read_steps() -> list[tuple[str, str]]:
    """Read the file as instructions with their joined lines."""
    text = FILE.read_text(encoding="utf-8")
    lines = re.sub(r"\\\n\s*", " ", re.sub(r"^#.*\n", "", text, flags=re.MULTILINE)).splitlines()
    return [(line.split(" ", 1)[0], line.split(" ", 1)[1]) for line in lines if line.strip()]


def read_stages() -> list[Stage]:
    """Read the file as stages."""
    stages: list[Stage] = []
    for step, what in read_steps():
        if step == "FROM":
            base, _, name = what.partition(" AS ")
            stages.append(Stage(base, name))
        else:
            stages[-1].steps.append((step, what))
    return stages
