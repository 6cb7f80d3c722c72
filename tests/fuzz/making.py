"""Strategies that make what is nearly right: trees and bytes that once were, with something wrong."""

from __future__ import annotations

import copy
from datetime import UTC, date, datetime
from typing import Any

from hypothesis import strategies as st

ODD: list[Any] = [
    None, True, 0, -1, 10**30, 1.5, float("nan"), float("inf"), "", " ", "x" * 300, "\0", "\ud800",
    "OPEN", "路灯", [], [[]], [None], ["x", "y"], {}, {"x": "y"}, {"x": {}}, {1: 2}, date(2026, 1, 1),
    datetime(2026, 1, 1, tzinfo=UTC), b"\xff", "../x", "/dev/null", "%", "{", "{x}",
]  # fmt: skip
DEEP = 3000

odd = st.sampled_from(ODD).map(copy.deepcopy)  # what is changed later must not be everybody's
texts = st.text(max_size=60)
nested = st.sampled_from(["[" * DEEP, "{a: " * DEEP, '{"a":' * DEEP, "[" * DEEP + "]" * DEEP])


def _places(tree: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    found = [path]
    if isinstance(tree, dict):
        for key, value in tree.items():
            found += _places(value, (*path, key))
    elif isinstance(tree, list):
        for number, value in enumerate(tree[:6]):
            found += _places(value, (*path, number))
    return found


@st.composite
def spoilt(draw: st.DrawFn, tree: Any) -> Any:
    """Change, drop or add something in a tree of dicts and lists, once to three times."""
    tree = copy.deepcopy(tree)
    for _ in range(draw(st.integers(1, 3))):
        places = _places(tree)
        path = places[draw(st.integers(0, len(places) - 1))]
        if not path:
            if draw(st.integers(0, 9)) == 0:
                return draw(odd)
            continue
        inner = tree
        for key in path[:-1]:
            inner = inner[key]
        if draw(st.integers(0, 3)) == 0:
            del inner[path[-1]]
        else:
            inner[path[-1]] = draw(odd | texts)
    return tree


@st.composite
def bitten(draw: st.DrawFn, data: bytes) -> bytes:
    """Change bytes here and there, cut the end off, double or drop a piece."""
    found = bytearray(data)
    for _ in range(draw(st.integers(1, 4))):
        if not found:
            break
        at = draw(st.integers(0, len(found) - 1))
        piece = draw(st.binary(min_size=1, max_size=8))
        match draw(st.integers(0, 4)):
            case 0:
                found[at : at + len(piece)] = piece
            case 1:
                found[at:at] = piece
            case 2:
                del found[at : at + len(piece) * 4]
            case 3:
                del found[at:]
            case _:
                found[at:at] = found[at : at + 64]
    return bytes(found)
