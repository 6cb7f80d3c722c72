"""The reports as a spreadsheet: figures on sheets of their own, changes and ranks as formulas that follow them."""

from __future__ import annotations

import io
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from django.utils.translation import gettext, override
from openpyxl import Workbook
from openpyxl.cell import Cell
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from anlan.indicators.rules import register as registers
from anlan.reports.printing import words
from anlan.reports.printing.pdf import TITLES
from anlan.reports.rules.content import SERIES_MONTHS, Content, Line

FILLS = {"RED": "F6D5D2", "AMBER": "FBE6C8", "GREEN": "D5EBDD", "NONE": "FFFFFF"}
HEAD = PatternFill("solid", fgColor="E9EDF1")
THIN = Border(bottom=Side(style="thin", color="C9D1D8"))
SERIES_FROM = 4
"""Column of the oldest month on the sheet of months; the newest is SERIES_FROM + 12."""
PEERS_FROM = 4


def to_xlsx(content: Content, *, language: str, seal: Mapping[str, Any]) -> bytes:
    """Write a report as a workbook; the same content gives the same bytes."""
    with override(language):
        book = Workbook()
        first = book.active
        assert isinstance(first, Worksheet)
        history = book.create_sheet(gettext("Months"))
        peers = book.create_sheet(gettext("Peers"))
        rules = book.create_sheet(gettext("Rules"))
        rows = _write_history(history, content)
        _write_peers(peers, content)
        first.title = gettext("Two reports")
        _write_reports(first, content, seal, rows, history.title, peers.title)
        for number, text in enumerate(
            [*words.list_rules(content), content.lights_source, *seal["changes"], seal["digest"]],
            start=1,
        ):
            _text(rules.cell(number, 1), text)
        rules.column_dimensions["A"].width = 120
        made = datetime.fromisoformat(content.made_at).astimezone(UTC).replace(tzinfo=None)
        book.properties.created = book.properties.modified = made
        book.properties.creator = "anlan"
        book.properties.title = f"{words.name(content.place)} {words.show_month(content.month)}"
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _text(cell: Any, text: str) -> None:
    """Write a text as a text: one that begins like a formula must not become one."""
    cell.value = text
    cell.data_type = "s"


def _head(sheet: Worksheet, row: int, labels: list[str]) -> None:
    for column, label in enumerate(labels, start=1):
        cell = sheet.cell(row, column)
        _text(cell, label)
        cell.font, cell.fill = Font(bold=True, color="44515C"), HEAD
        cell.alignment = Alignment(horizontal="center", vertical="center", wrap_text=True)


def _write_history(sheet: Worksheet, content: Content) -> dict[str, int]:
    """One line an indicator: its 13 months, the newest last; give the row of each."""
    _head(
        sheet,
        1,
        [
            gettext("Code"),
            gettext("Indicator"),
            gettext("Newest"),
            *(f"−{back}" if back else "0" for back in range(SERIES_MONTHS - 1, -1, -1)),
        ],
    )
    rows = {}
    for row, line in enumerate(content.lines, start=2):
        rows[line.code] = row
        _text(sheet.cell(row, 1), line.code)
        _text(sheet.cell(row, 2), words.pick(line.zh, line.en))
        _text(sheet.cell(row, 3), line.month)
        for column, value in enumerate(line.series, start=SERIES_FROM):
            _number(sheet.cell(row, column), value, line)
    sheet.freeze_panes = "D2"
    sheet.column_dimensions["A"].width, sheet.column_dimensions["B"].width = 22, 30
    return rows


def _write_peers(sheet: Worksheet, content: Content) -> None:
    """One line an indicator: its value at every peer, then its change on the year before."""
    names = [words.name(one) for one in content.peers]
    on_year = [gettext("%(place)s, on year") % {"place": name} for name in names]
    _head(
        sheet, 1, [gettext("Code"), gettext("Indicator"), gettext("Better"), *names, "", *on_year]
    )
    better = {"HIGHER": gettext("higher"), "LOWER": gettext("lower"), "NONE": "–"}
    for row, line in enumerate(content.lines, start=2):
        _text(sheet.cell(row, 1), line.code)
        _text(sheet.cell(row, 2), words.pick(line.zh, line.en))
        _text(sheet.cell(row, 3), better[line.direction])
        for column, value in enumerate(line.peers, start=PEERS_FROM):
            _number(sheet.cell(row, column), value, line)
        for column, change in enumerate(line.peer_changes, start=_changes_from(content)):
            sheet.cell(row, column).value = change
            sheet.cell(row, column).number_format = "+0.0;-0.0;0.0"
    sheet.freeze_panes = "D2"
    sheet.column_dimensions["A"].width, sheet.column_dimensions["B"].width = 22, 30


def _changes_from(content: Content) -> int:
    return PEERS_FROM + len(content.peers) + 1


def _number(cell: Any, value: float | None, line: Line) -> None:
    if value is not None:
        cell.value = value
        cell.number_format = "#,##0" + ("." + "0" * line.decimals if line.decimals else "")


def _write_reports(
    sheet: Worksheet,
    content: Content,
    seal: Mapping[str, Any],
    rows: Mapping[str, int],
    history: str,
    peers: str,
) -> None:
    _text(sheet["A1"], gettext("The two reports: %(place)s, %(month)s") % {
        "place": words.name(content.place), "month": words.show_month(content.month)})  # fmt: skip
    sheet["A1"].font = Font(bold=True, size=16)
    _text(sheet["A2"], seal["status"])
    row = 4
    if content.decisions:
        _text(sheet.cell(row, 1), gettext("Three things for you to decide"))
        sheet.cell(row, 1).font = Font(bold=True)
        for one in content.decisions:
            row += 1
            _text(sheet.cell(row, 1), words.tell_decision(one))
            _text(sheet.cell(row, 6), words.pick(one.owner_zh, one.owner_en))
            _text(sheet.cell(row, 8), one.due)
        row += 2
    for side in (registers.Side.ECONOMY, registers.Side.SAFETY):
        _text(sheet.cell(row, 1), str(TITLES[side]))
        sheet.cell(row, 1).font = Font(bold=True, size=13)
        row += 1
        _head(sheet, row, [
            gettext("Indicator"), gettext("Value"), gettext("Unit"), gettext("On month"), gettext("On year"), gettext("Rank"),
            gettext("Ranks that chance leaves open"), gettext("Light"), gettext("Open behind it"), gettext("Source"),
        ])  # fmt: skip
        for line in content.of_side(side):
            row += 1
            _write_line(sheet, row, line, content, rows[line.code], history, peers)
        row += 2
    for column, width in zip("ABCDEFGHIJ", (44, 14, 14, 12, 12, 16, 16, 12, 14, 34), strict=True):
        sheet.column_dimensions[column].width = width
    sheet.page_setup.orientation, sheet.page_setup.paperSize, sheet.page_setup.fitToHeight = (
        "landscape",
        9,
        0,
    )
    sheet.sheet_properties.pageSetUpPr.fitToPage = True


def _write_line(sheet: Worksheet, row: int, line: Line, content: Content, at: int, history: str, peers: str) -> None:  # fmt: skip
    newest = SERIES_FROM + SERIES_MONTHS - 1
    now, before, year = (
        f"'{history}'!{get_column_letter(column)}{at}"
        for column in (newest, newest - line.step, SERIES_FROM)
    )
    shown = words.show_line(line, content)
    _text(sheet.cell(row, 1), shown.name + (f" ({shown.as_of})" if shown.as_of else ""))
    sheet.cell(row, 2).value = f'=IF({now}="","",{now})'
    sheet.cell(row, 2).number_format = "#,##0" + (
        "." + "0" * line.decimals if line.decimals else ""
    )
    _text(sheet.cell(row, 3), shown.unit)
    for column, then in ((4, before), (5, year)):
        change = f"{now}-{then}" if line.is_points else f"({now}-{then})/ABS({then})"
        guard = f'OR({now}="",{then}="")' if line.is_points else f'OR({now}="",{then}="",{then}=0)'
        sheet.cell(row, column).value = f'=IF({guard},"",{change})'
        sheet.cell(row, column).number_format = (
            "+0.0;-0.0;0.0" if line.is_points else "+0.0%;-0.0%;0.0%"
        )
    if line.rank is not None and line.direction != "NONE":
        start = _changes_from(content) if line.is_ranked_by_year else PEERS_FROM
        own = [one.code for one in content.peers].index(content.place.code)
        first, mine, last = (
            f"{get_column_letter(start + step)}{at}" for step in (0, own, len(content.peers) - 1)
        )
        order = 1 if line.direction == "LOWER" else 0
        rank = f"RANK('{peers}'!{mine},'{peers}'!{first}:{last},{order})"
        sheet.cell(row, 6).value = f'=IF(\'{peers}\'!{mine}="","",{rank})'
        _text(sheet.cell(row, 7), f"{line.first}–{line.last} / {line.of}")
    _text(sheet.cell(row, 8), shown.light_words)
    sheet.cell(row, 8).fill = PatternFill("solid", fgColor=FILLS[line.light])
    sheet.cell(row, 9).value = shown.behind
    _text(sheet.cell(row, 10), line.source)
    for column in range(1, 11):
        cell = sheet.cell(row, column)
        assert isinstance(cell, Cell)
        cell.border = THIN
