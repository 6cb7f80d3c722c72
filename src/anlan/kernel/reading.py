"""Reads YAML and JSON that people hand over: whatever is wrong comes out as one kind of error.

The parser of YAML answers odd text with five kinds of exceptions: its own, ValueError for a date that
is none, RecursionError for brackets without end, and TypeError or OverflowError for odd keys and
numbers. That of JSON has RecursionError, too, which nobody thinks of who catches ValueError.
"""

from __future__ import annotations

import json
from typing import Any

import yaml


class YamlUnreadable(ValueError):
    """It cannot be read as YAML; `where` is a line where one is known."""

    def __init__(self, where: str, problem: str) -> None:
        super().__init__(f"{where}: {problem}")
        self.where, self.problem = where, problem


def read_yaml(text: str) -> Any:
    """Read a YAML text. Raises YamlUnreadable.

    >>> read_yaml("a: [1, 2]")
    {'a': [1, 2]}
    """
    try:
        # The C reader is the faster one, and ends by itself where brackets have no end
        return yaml.load(text, Loader=yaml.CSafeLoader)
    except yaml.YAMLError as wrong:
        mark = getattr(wrong, "problem_mark", None)
        where = f"line {mark.line + 1}" if mark else "top level"
        problem = getattr(wrong, "problem", None) or "it cannot be read as YAML"
        raise YamlUnreadable(where, str(problem)) from wrong
    except RecursionError as wrong:
        raise YamlUnreadable("top level", "it is nested too deeply") from wrong
    except (ValueError, TypeError, OverflowError, AttributeError, LookupError) as wrong:
        raise YamlUnreadable("top level", str(wrong)) from wrong


def read_json(text: str | bytes) -> Any:
    """Read a JSON text. Raises ValueError, whatever is wrong with it.

    >>> read_json('{"a": [1, 2]}')
    {'a': [1, 2]}
    """
    try:
        return json.loads(text)
    except RecursionError as wrong:
        raise ValueError("it is nested too deeply") from wrong
