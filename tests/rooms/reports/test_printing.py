"""A report on paper, as a spreadsheet and as a page: all of it is there, and formulas give what was counted."""

from __future__ import annotations

import io
import re
from dataclasses import replace
from typing import Any

import pytest
from django.utils.translation import override
from openpyxl import load_workbook
from PIL import Image

from anlan.documents import printing
from anlan.documents.rules import FontMissing
from anlan.reports import queries
from anlan.reports.printing.alone import to_html
from anlan.reports.printing.pdf import to_pdf, to_png
from anlan.reports.printing.seals import Signed, seal_of
from anlan.reports.printing.xlsx import to_xlsx
from anlan.reports.rules.content import Content, read_content
from tests.make import NOW, TOWN, World
from tests.worlds.figures import MONTH
from tests.worlds.reports import fill_year

pytestmark = pytest.mark.django_db


@pytest.fixture
def content(world: World) -> Content:
    fill_year()
    world.take()
    return queries.read_standing(
        actor=world.actor("leader"), place_code=TOWN, month=MONTH, at=NOW
    ).content


def has_fonts() -> bool:
    try:
        printing.find_fonts()
    except FontMissing:
        return False
    return True


needs_fonts = pytest.mark.skipif(
    not has_fonts(), reason="no Chinese font: apt install fonts-noto-cjk"
)


def seal(content: Content, language: str) -> dict[str, Any]:
    with override(language):
        return seal_of(
            content,
            Signed(
                "SIGNED",
                2,
                "2026-03-10",
                "ab" * 32,
                1234,
                "cd" * 32,
                "补录",
                (("LAMPS", 2.0, 20.0, "GREEN", "RED"),),
            ),
        )


def test_what_is_stored_is_read_as_it_was(content: Content) -> None:
    assert read_content(content.as_json()) == content


@needs_fonts
@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_a_page_each_and_an_annex(content: Content, language: str) -> None:
    made = to_pdf(content, language=language, seal=seal(content, language))
    assert made.startswith(b"%PDF-")
    assert len(re.findall(rb"/Type\s*/Page\b", made)) == 3
    pages = to_png(content, language=language, seal=seal(content, language))
    assert len(pages) == 3
    assert all(page.startswith(b"\x89PNG") for page in pages)


def replicate(content: Content, times: int) -> Content:
    """As many indicators, several times over."""
    lines = tuple(
        replace(line, code=f"{line.code}{number}")
        for line in content.lines
        for number in range(times)
    )
    return replace(content, lines=lines, behind={line.code: (0, 0) for line in lines})


@needs_fonts
@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_the_pages_are_filled_with_thirteen_months_of_the_figures(
    content: Content, language: str
) -> None:
    """With as many indicators as a real register has, no third of a page stays empty."""
    full = replicate(content, 3)
    pages = to_png(full, language=language, seal=seal(full, language))[:2]
    for page in pages:
        picture = Image.open(io.BytesIO(page)).convert("L")
        width, height = picture.size
        inked = [
            any(picture.getpixel((x, y)) < 200 for x in range(width))
            for y in range(int(0.15 * height), int(0.9 * height))
        ]
        gap = longest = 0
        for has_ink in inked:
            gap = 0 if has_ink else gap + 1
            longest = max(longest, gap)
        assert longest < 0.3 * height, language


@needs_fonts
def test_a_page_without_room_for_curves_prints_without_them(content: Content) -> None:
    full = replicate(content, 8)
    assert to_pdf(full, language="zh-hans", seal=seal(full, "zh-hans")).startswith(b"%PDF-")


def test_without_a_chinese_font_it_is_refused_in_words(
    content: Content, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Bare:
        def __init__(self, **_: Any) -> None: ...

        def families(self) -> list[str]:
            return ["Libertinus Serif"]

    printing.find_fonts.cache_clear()
    monkeypatch.setattr(printing.typst, "Fonts", Bare)
    with pytest.raises(FontMissing, match="fonts-noto-cjk"):
        to_pdf(content, language="en", seal=seal(content, "en"))
    printing.find_fonts.cache_clear()


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_the_page_stands_alone(content: Content, language: str) -> None:
    page = to_html(content, language=language, seal=seal(content, language)).decode()
    assert "<script" not in page
    assert not re.search(r'(src|href)="(https?:)?//', page)
    for words in (
        ("河东镇", "路灯故障", "补录", "ab" * 32)
        if language.startswith("zh")
        else ("Hedong Town", "Lamps out", "Economic report")
    ):
        assert words in page, words


def work_out(book: Any, formula: str) -> Any:
    """Work a formula of ours out from the values of the book: references, IF, OR, ABS, RANK and arithmetic, nothing else."""

    def cell(sheet: str, address: str) -> Any:
        value = book[sheet][address].value
        return "" if value is None else value

    def rank(number: float, around: list[Any], order: int) -> int:
        known = [one for one in around if one != ""]
        return 1 + sum(one < number if order else one > number for one in known)

    text = formula.removeprefix("=")
    text = re.sub(r"'([^']+)'!([A-Z]+)(\d+):([A-Z]+)(\d+)", r"span('\1','\2\3','\4\5')", text)
    text = re.sub(r"'([^']+)'!([A-Z]+\d+)", r"cell('\1','\2')", text)
    text = (
        re.sub(r"(?<![<>=!])=(?!=)", "==", text)
        .replace("IF(", "if_(")
        .replace("OR(", "or_(")
        .replace("ABS(", "abs(")
        .replace("RANK(", "rank(")
    )
    # As in a spreadsheet, the branch that is not taken is not worked out.
    match = re.fullmatch(r'if_\((.+?),"",(.+)\)', text)
    assert match, formula
    names = {
        "cell": cell, "rank": rank, "abs": abs, "or_": lambda *given: any(given),
        "span": lambda sheet, first, last: ["" if one.value is None else one.value for one in book[sheet][f"{first}:{last}"][0]],
    }  # fmt: skip
    guard = match[1]
    if guard.startswith("or_("):
        parts = guard[4:-1].split(",cell")
        tests = [parts[0], *("cell" + part for part in parts[1:])]
        is_empty = any(eval(test, names) for test in tests)  # noqa: S307 – a formula of ours
    else:
        is_empty = eval(guard, names)  # noqa: S307
    return "" if is_empty else eval(match[2], names)  # noqa: S307


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_formulas_give_what_was_counted_and_follow_a_changed_figure(
    content: Content, language: str
) -> None:
    book = load_workbook(
        io.BytesIO(to_xlsx(content, language=language, seal=seal(content, language)))
    )
    sheet, names = book.worksheets[0], [one.title for one in book.worksheets]
    assert len(names) == 4
    rows = {row[0].value: row for row in sheet.iter_rows(min_row=1, max_col=10) if row[0].value}
    checked = 0
    for line in content.lines:
        row = rows[line.zh if language.startswith("zh") else line.en]
        value, change, year, rank = (
            work_out(book, row[at].value) if row[at].value else None for at in (1, 3, 4, 5)
        )
        assert value == ("" if line.value is None else pytest.approx(line.value))
        for found, wanted in ((change, line.change), (year, line.year_change)):
            if wanted is None:
                assert found == ""
            else:
                assert found * (1 if line.is_points else 100) == pytest.approx(wanted, abs=1e-6)
                checked += 1
        if line.rank is not None and line.direction != "NONE":
            assert rank == line.rank, line.code
            checked += 1
    assert checked >= 12
    lamps = next(
        number for number, line in enumerate(content.lines, start=2) if line.code == "LAMPS"
    )
    book[names[1]].cell(lamps, 16).value = 4.0  # the newest month
    row = rows["路灯故障" if language.startswith("zh") else "Lamps out"]
    assert work_out(book, row[3].value) == pytest.approx(1.0)  # from 2 to 4


def test_a_text_that_looks_like_a_formula_stays_a_text(content: Content) -> None:
    line = replace(content.lines[0], zh="=1+1", source="=HYPERLINK(1)")
    made = to_xlsx(
        replace(content, lines=(line, *content.lines[1:])),
        language="zh-hans",
        seal=seal(content, "zh-hans"),
    )
    sheet = load_workbook(io.BytesIO(made)).worksheets[0]
    cells = [
        cell
        for row in sheet.iter_rows()
        for cell in row
        if isinstance(cell.value, str) and cell.value.startswith(("=1+1", "=HYPER"))
    ]
    assert cells
    assert all(cell.data_type == "s" for cell in cells)
