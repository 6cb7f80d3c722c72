"""The floors of the house, read from the import contract so that there is one list of them."""

import ast
import tomllib
from functools import cache
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
SOURCE = PROJECT / "src" / "anlan"


@cache
def get_floors() -> dict[str, int]:
    """Give each room its floor: 0 is the ground, higher numbers import lower ones."""
    contracts = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))
    layers = contracts["tool"]["importlinter"]["contracts"][0]["layers"]
    return {
        room.strip().strip("()"): floor
        for floor, rooms in enumerate(reversed(layers))
        for room in rooms.split("|")
    }


@cache
def get_charter_rooms() -> tuple[str, ...]:
    """List the rooms that never read persons."""
    contracts = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))
    charter = contracts["tool"]["importlinter"]["contracts"][-1]
    assert charter["name"].startswith("Charter")
    return tuple(module.removeprefix("anlan.") for module in charter["source_modules"])


def may_use(room: str, other: str) -> bool:
    """Tell whether a room may use the tables of another: its own or a lower floor's."""
    floors = get_floors()
    if other == "people" and room in get_charter_rooms():
        return False
    return room == other or floors[other] < floors[room]


@cache
def list_modules() -> tuple[Path, ...]:
    """List every Python file of the product except migrations."""
    return tuple(path for path in sorted(SOURCE.rglob("*.py")) if "migrations" not in path.parts)


@cache
def list_nodes(path: Path) -> tuple[ast.AST, ...]:
    """Give all nodes of a file's syntax tree, the module first; read once for all tests."""
    return tuple(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))
