"""One bad record never takes its neighbours along, and no encoding is guessed wrongly."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anlan.intake.rules import (
    EncodingUnknown,
    FileFormatUnknown,
    Record,
    find_encoding,
    read_records,
    split_lines,
)
from anlan.intake.rules.files import LINES_PER_RECORD


def read(text: str, file_format: str = "csv") -> list[Record]:
    return list(read_records(split_lines(text), file_format))


def texts(text: str) -> list[str | None]:
    """Give the column "text" of each record, None for a bad one."""
    return [None if r.problem else r.values["text"] for r in read(text)]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("1,灯坏了\n2,路坏了\n", ["灯坏了", "路坏了"]),
        ("1,灯坏了\r\n2,路坏了", ["灯坏了", "路坏了"]),
        ('1,"灯坏了,三天"\n', ["灯坏了,三天"]),
        ('1,"他说""坏了"""\n', ['他说"坏了"']),
        ('1,"第一行\n第二行\r\n第三行"\n2,后面\n', ["第一行\n第二行\r\n第三行", "后面"]),
        ("1,\n\n\n2,后面\n", ["", "后面"]),
        # characters inside a sentence that some programs take for line breaks
        ("1,一\u2028二\u2029三\x85四\x0b五\x0c六\x1c七\n2,后面\n",
         ["一\u2028二\u2029三\x85四\x0b五\x0c六\x1c七", "后面"]),
        # bad ones
        ("1\n2,后面\n", [None, "后面"]),
        ("1,a,b\n2,后面\n", [None, "后面"]),
        ('1,"从未关上\n2,后面\n3,再后面\n', [None, "后面", "再后面"]),
        ('1,"关上"又写\n2,后面\n', [None, "后面"]),
        ('1,"' + "长" * 140_000 + '"\n2,后面\n', [None, "后面"]),
    ],
)  # fmt: skip
def test_csv_records_good_and_bad(body: str, expected: list[str | None]) -> None:
    assert texts("id,text\n" + body) == expected


def test_a_bad_record_keeps_its_line_and_says_what_is_wrong() -> None:
    one, other, third = read('id,text\n1\n2,"从未关上\n3,x,y\n')
    assert (one.number, one.line, one.problem) == (1, "1", "1 columns instead of 2")
    assert (other.number, other.line) == (2, '2,"从未关上')
    assert other.problem == "a quotation mark is never closed"
    assert (third.number, third.problem) == (3, "3 columns instead of 2")


def test_a_quotation_mark_is_given_up_after_some_lines_and_nothing_after_it_is_lost() -> None:
    count = LINES_PER_RECORD + 20
    rows = "".join(f"{n},行{n}\n" for n in range(count))
    found = texts(f'id,text\n0,"从未关上\n{rows}')
    assert found == [None, *(f"行{n}" for n in range(count))]


def test_a_file_without_rows_has_no_records() -> None:
    assert read("") == read("id,text\n") == read("", "jsonl") == []


CELL = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20)


@given(st.lists(st.tuples(CELL, CELL).filter(any), max_size=6))
def test_whatever_csv_writes_is_read_back(rows: list[tuple[str, str]]) -> None:
    def quote(cell: str) -> str:
        return '"' + cell.replace('"', '""') + '"'

    body = "".join(f"{quote(one)},{quote(other)}\n" for one, other in rows)
    found = read("id,text\n" + body)
    assert [(r.values["id"], r.values["text"]) for r in found] == rows
    assert [r.number for r in found] == list(range(1, len(rows) + 1))


@given(st.text(st.sampled_from('ab,"\n\r\0'), max_size=120))
def test_no_text_breaks_the_reader(body: str) -> None:
    numbers = [r.number for r in read("id,text\n" + body)]
    assert numbers == list(range(1, len(numbers) + 1))


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ('{"text": "灯坏了"', "not JSON"),
        ("[1, 2]", "not a JSON object"),
        ('"text"', "not a JSON object"),
        ("[" * 100_000, "not JSON"),
        ('{"text": ' + "9" * 5_000 + "}", "not JSON"),
    ],
)
def test_a_bad_json_line_is_set_aside(line: str, problem: str) -> None:
    good = '{"text": "路坏了"}'
    bad, after = read(f"{line}\n\n{good}\n", "jsonl")
    assert bad.problem.startswith(problem)
    assert (bad.number, bad.line) == (1, line)
    assert (after.number, after.values) == (2, {"text": "路坏了"})


def test_json_values_become_texts() -> None:
    [found] = read('{"a": null, "b": 1.5, "c": "一\u2028二", "d": true}', "jsonl")
    assert found.values == {"a": "", "b": "1.5", "c": "一\u2028二", "d": "True"}


def test_an_unknown_format_is_refused_before_any_row() -> None:
    with pytest.raises(FileFormatUnknown, match="xml"):
        read_records([], "xml")


@pytest.mark.parametrize(
    ("data", "encoding"),
    [
        ("路灯".encode(), "utf-8-sig"),
        ("路灯".encode("utf-8-sig"), "utf-8-sig"),
        ("路灯坏了".encode("gb18030"), "gb18030"),
        ("㐂𠀀".encode("gb18030"), "gb18030"),  # four-byte characters of names
        (b"", "utf-8-sig"),
    ],
)
def test_encodings_are_told_apart(data: bytes, encoding: str) -> None:
    assert find_encoding(data, "f.csv") == encoding


def test_bytes_that_are_neither_are_refused_with_their_position() -> None:
    with pytest.raises(EncodingUnknown) as refused:
        find_encoding(b"id,text\n1,\xff\xff\xff\n", "f.csv")
    assert refused.value.data == {"file": "f.csv", "position": 10}
