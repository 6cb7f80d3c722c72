"""Every `anlan …` that a page tells its reader to type is there, with its options."""

from __future__ import annotations

import re

import click
import pytest

from anlan.cli import COMMANDS, main
from tests.house.test_docs import list_pages

TYPED = re.compile(r"(?:^|`|\s)anlan ([a-z][a-z-]*(?: [^\n`#|]*)?)", re.MULTILINE)
"""Also a name in a sentence: what follows is a command only where `anlan` knows it, or where it stands in code."""


def list_typed() -> set[str]:
    """List what is typed in code spans and blocks, without `anlan`."""
    found = set()
    for page in list_pages():
        text = page.read_text(encoding="utf-8")
        spans = [*re.findall(r"```[a-z]*\n(.*?)```", text, re.DOTALL), *re.findall(r"`(anlan [^`\n]+)`", text)]  # fmt: skip
        found |= {line.strip() for span in spans for line in TYPED.findall(span)}
    return found


def find_fault(line: str) -> str:
    """Say what of a line cannot be typed; empty where all of it can."""
    words = line.split()
    command = main.get_command(click.Context(main), words[0]) if words[0] in COMMANDS else None
    rest = words[1:]
    while isinstance(command, click.Group) and rest and re.fullmatch(r"[a-z][a-z-]+", rest[0]):
        command = command.get_command(click.Context(command), rest[0])
        rest = rest[1:]
    if command is None:
        return "no such command"
    known = {name for option in command.params for name in (*option.opts, *option.secondary_opts)}
    given = re.findall(r"(?<![\w-])--[a-z][a-z-]+", " ".join(rest))
    return ", ".join(sorted({*given} - known - {"--help"}))


def test_what_the_pages_tell_to_type_can_be_typed() -> None:
    typed = list_typed()
    assert len(typed) > 100
    assert {line: fault for line in typed if (fault := find_fault(line))} == {}


@pytest.mark.parametrize("line", ["people revoke-client", "report two --plaice 33", "repport"])
def test_what_cannot_be_typed_is_noticed(line: str) -> None:
    assert find_fault(line)
