"""The parts of two reference pages that are made from the product itself.

`python -m tests.rules.kernel.pages` writes them anew, below the mark in each page; a test
compares them with what they should be.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields
from pathlib import Path

from anlan.cases.rules import CASE_PROCEDURE_VERSION, case_procedure
from anlan.config.wiring import REACTIONS
from anlan.dispatch.rules import DISPATCH_PROCEDURE_VERSION, dispatch_procedure
from anlan.indicators.rules.returns import return_procedure
from anlan.kernel.procedure import Procedure
from anlan.privacy.rules import PROCEDURE_VERSION, access_procedure
from anlan.reports.rules.signing import report_procedure

FOLDER = Path(__file__).parents[3] / "docs" / "reference"
MARK = "<!-- below: python -m tests.rules.kernel.pages -->\n"


def _table(*rows: tuple[str, ...]) -> str:
    head, *body = ("| " + " | ".join(row) + " |" for row in rows)
    return "\n".join([head, "|" + "---|" * len(rows[0]), *body]) + "\n"


def _draw(title: str, p: Procedure) -> str:
    states = [("state", "中文", "English", "clock")]
    for s in p.states.values():
        clock = "final" if s.is_final else s.deadline or f"none: {s.no_deadline}"
        states.append((f"`{s.code}`", s.zh, s.en, clock))
    moves = [("move", "中文", "from", "to", "who", "needs", "reporter told")]
    for m in p.moves.values():
        who = "automatic" if m.is_automatic else ", ".join(sorted(m.roles))
        origin = ", ".join(s for s in p.states if s in m.sources)
        told = "yes" if m.tells_reporter else ""
        moves.append((f"`{m.code}`", m.zh, origin, m.to or "stays", who, ", ".join(m.needs), told))
    terms = [("clock", "中文", "English", "source")]
    terms += [(d.code, d.zh, d.en, d.source) for d in p.deadlines.values()]
    return f"\n## {title}, version {p.version}\n\n```mermaid\n{p.to_mermaid()}```\n\n" + "\n".join(
        [_table(*states), _table(*moves), _table(*terms)]
    )


def procedures() -> str:
    """Draw the procedures that run today."""
    case = case_procedure(CASE_PROCEDURE_VERSION)
    dispatch = dispatch_procedure(DISPATCH_PROCEDURE_VERSION)
    glass = access_procedure(PROCEDURE_VERSION)
    drawn = (
        ("Case", case), ("Dispatch", dispatch), ("Emergency access", glass), ("Return of figures", return_procedure()), ("Report", report_procedure()),
    )  # fmt: skip
    return "".join(_draw(title, procedure) for title, procedure in drawn)


def events() -> str:
    """List the events, what each says and which tasks follow."""
    rows = [("event", "what has happened", "fields", "tasks that follow")]
    for event, tasks in REACTIONS.items():
        room = event.__module__.split(".")[1]
        told = " ".join((event.__doc__ or "").split())
        names = ", ".join(f"`{f.name}`" for f in fields(event))
        rows.append((f"`{room}.{event.__name__}`", told, names, ", ".join(f"`{t}`" for t in tasks)))
    return "\n" + _table(*rows)


PAGES: dict[str, Callable[[], str]] = {"procedures.md": procedures, "events.md": events}


def main() -> None:
    """Write the made parts of every page anew."""
    for name, make in PAGES.items():
        path = FOLDER / name
        above, mark, _ = path.read_text(encoding="utf-8").partition(MARK)
        path.write_text(above + mark + make(), encoding="utf-8")


if __name__ == "__main__":
    main()
