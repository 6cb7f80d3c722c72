"""Reads YAML and JSON that people hand over: whatever is wrong comes out as one kind of error.

The parser of YAML answers odd text with five kinds of exceptions: its own, ValueError for a date that
is none, RecursionError for brackets without end, and TypeError or OverflowError for odd keys and
numbers. That of JSON has RecursionError, too, which nobody thinks of who catches ValueError, and it
takes halves of characters (`"\\ud800"`), at which whoever writes the text down later breaks.
"""

from __future__ import annotations

import json
import re
from typing import Any

import yaml

_HALF = re.compile(r"\\u[dD][89a-fA-F]|[\ud800-\udfff]")
_HALF_IN_BYTES = re.compile(rb"\\u[dD][89a-fA-F]|\xed[\xa0-\xbf]")
"""What may be half of a character; two halves in order are a whole one."""


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
        found = json.loads(text)
        if _HALF.search(text) if isinstance(text, str) else _HALF_IN_BYTES.search(text):
            json.dumps(found, ensure_ascii=False).encode()  # UnicodeEncodeError is a ValueError
    except RecursionError as wrong:
        raise ValueError("it is nested too deeply") from wrong
    return found
