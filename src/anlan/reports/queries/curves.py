"""The long curves of a jurisdiction, from the file that came with it."""

from __future__ import annotations

from functools import cache
from importlib import resources

from anlan.kernel.reading import YamlUnreadable, read_yaml
from anlan.reports.rules.curves import Curves, CurvesBroken, read_curves

FILE = "curves.yaml"


@cache
def _list_curves() -> dict[str, Curves]:
    found = {}
    for folder in sorted(
        (resources.files("anlan") / "jurisdictions").iterdir(), key=lambda one: one.name
    ):
        file = folder / FILE
        if file.is_file():
            curves = parse_curves(FILE, file.read_text(encoding="utf-8"))
            found[curves.jurisdiction] = curves
    return found


def parse_curves(name: str, text: str) -> Curves:
    """Read the text of a curves file. Raises CurvesBroken."""
    try:
        return read_curves(name, read_yaml(text))
    except YamlUnreadable as wrong:
        raise CurvesBroken(file=name, problem=str(wrong)) from wrong


def find_curves(*, jurisdiction: str) -> Curves | None:
    """Find a jurisdiction's long curves."""
    return _list_curves().get(jurisdiction)
