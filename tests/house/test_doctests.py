"""The examples in kernel and rules are true."""

import doctest
import importlib
from pathlib import Path

import pytest

from tests.house.floors import SOURCE, list_modules


def pure_modules() -> list[str]:
    return [
        ".".join(path.relative_to(SOURCE.parent).with_suffix("").parts).removesuffix(".__init__")
        for path in list_modules()
        if {"kernel", "rules", "rules.py"} & {*path.relative_to(Path(SOURCE)).parts}
    ]


@pytest.mark.parametrize("name", pure_modules())
def test_examples(name: str) -> None:
    module = importlib.import_module(name)
    assert doctest.testmod(module).failed == 0
