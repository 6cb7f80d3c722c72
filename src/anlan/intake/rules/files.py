"""Records out of a file's bytes: encodings, CSV and JSON lines, one bad record at a time.

A bad record never takes its neighbours along: an unclosed quotation mark is given up after
`LINES_PER_RECORD` lines, its first line becomes a bad record, and reading goes on with the next line.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from anlan.kernel.errors import Invalid

LINES_PER_RECORD = 50
ENCODINGS = ("utf-8-sig", "gb18030")


class EncodingUnknown(Invalid):
    """{file} is neither UTF-8 nor GB18030 (byte {position}). Save it as UTF-8 and import it again."""


class FileDamaged(Invalid):
    """{file} cannot be unpacked: {problem}. Get it again from where it came."""


class FileFormatUnknown(Invalid):
    """The format “{format}” is not known. Use csv or jsonl."""


@dataclass(frozen=True, slots=True)
class Record:
    """One record: its number from 1, its values by column, or what is wrong with it."""

    number: int
    values: dict[str, str]
    line: str
    problem: str = ""


def find_encoding(data: bytes, file: str) -> str:
    """Tell how bytes are encoded: UTF-8 (with or without mark), else GB18030.

    Raises EncodingUnknown.
    """
    position = 0
    for encoding in ENCODINGS:
        try:
            data.decode(encoding)
        except UnicodeDecodeError as wrong:
            position = wrong.start
        else:
            return encoding
    raise EncodingUnknown(file=file, position=position)


def split_lines(text: str) -> list[str]:
    """Split a text at its line breaks and nowhere else.

    `str.splitlines` also breaks at characters that stand inside people's sentences, like U+2028.

    >>> split_lines("一\u2028二\\r\\n三")
    ['一\\u2028二\\r\\n', '三']
    """
    return list(io.StringIO(text, newline=""))


def read_records(lines: Iterable[str], file_format: str) -> Iterator[Record]:
    """Read records from lines, good and bad, in order. Raises FileFormatUnknown."""
    if file_format == "csv":
        return _read_csv(lines)
    if file_format == "jsonl":
        return _read_jsonl(lines)
    raise FileFormatUnknown(format=file_format)


def _read_jsonl(lines: Iterable[str]) -> Iterator[Record]:
    number = 0
    for line in lines:
        if not line.strip():
            continue
        number += 1
        try:
            value = json.loads(line)
        except (ValueError, RecursionError) as wrong:
            yield Record(number, {}, line.rstrip("\n"), f"not JSON: {wrong}")
            continue
        if not isinstance(value, dict):
            yield Record(number, {}, line.rstrip("\n"), "not a JSON object")
            continue
        values = {k: "" if v is None else str(v) for k, v in value.items()}
        yield Record(number, values, line.rstrip("\n"))


def _read_csv(lines: Iterable[str]) -> Iterator[Record]:
    number = 0
    columns: list[str] | None = None
    for cells, line, problem in _split_csv(lines):
        if columns is None:
            columns = cells
            continue
        number += 1
        if not problem and len(cells) != len(columns):
            problem = f"{len(cells)} columns instead of {len(columns)}"
        if problem:
            yield Record(number, {}, line, problem)
        else:
            yield Record(number, dict(zip(columns, cells, strict=True)), line)


def _split_csv(lines: Iterable[str]) -> Iterator[tuple[list[str], str, str]]:
    """Split lines into cells: (cells, raw text, problem)."""
    waiting: list[str] = []
    source = iter(lines)
    while True:
        if waiting:
            line = waiting.pop(0)
        else:
            found = next(source, None)
            if found is None:
                return
            line = found
        if '"' not in line:
            text = line.rstrip("\r\n")
            if text:
                yield text.split(","), text, ""
            continue
        taken = [line]
        while True:
            try:
                cells = next(csv.reader(taken, strict=True))
            except csv.Error as wrong:
                unclosed = "unexpected end of data" in str(wrong)
                more = None
                if unclosed and len(taken) < LINES_PER_RECORD:
                    more = waiting.pop(0) if waiting else next(source, None)
                if more is not None:
                    taken.append(more)
                    continue
                waiting = taken[1:] + waiting
                problem = "a quotation mark is never closed" if unclosed else str(wrong)
                yield [], line.rstrip("\r\n"), problem
                break
            else:
                yield cells, "".join(taken).rstrip("\r\n"), ""
                break
