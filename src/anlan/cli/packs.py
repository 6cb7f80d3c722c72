"""Packs of the two reports on the disk: PDF, spreadsheet, page; for one place or all below one, in several processes."""

from __future__ import annotations

import multiprocessing
import os
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from itertools import islice
from pathlib import Path
from typing import Any

BATCH = 25
Pack = tuple[dict[str, Any], Any]
"""A content as it is written down, and how far its version has come."""


def write_one(
    place_code: str, month: str, folder: Path, language: str, version: int | None
) -> list[Path]:
    """Write one place's pack; give the files."""
    from anlan.kernel import clock
    from anlan.kernel.actor import SYSTEM
    from anlan.reports import queries
    from anlan.reports.printing.seals import signed_of

    standing = queries.read_standing(
        actor=SYSTEM, place_code=place_code, month=month, version=version, at=clock.now()
    )
    return write_pack(standing.content.as_json(), folder, language, signed_of(standing.report))


def write_paper(
    place_code: str, month: str, folder: Path, language: str, version: int | None
) -> Path:
    """Write one place's analysis paper; give the file."""
    from django.utils.translation import override

    from anlan.kernel import clock
    from anlan.kernel.actor import SYSTEM
    from anlan.reports import queries
    from anlan.reports.printing import words
    from anlan.reports.printing.papers import to_paper_pdf
    from anlan.reports.printing.seals import seal_of, signed_of
    from anlan.situation.queries import list_minutes
    from anlan.web.desk.situation import show_resolution

    standing = queries.read_standing_paper(
        actor=SYSTEM, place_code=place_code, month=month, version=version, at=clock.now()
    )
    language = "zh-hans" if language == "zh" else language
    with override(language):
        seal = seal_of(standing.content, signed_of(standing.report))
        minutes = [
            {"held": words.show_day(str(one.held_date)), "present": one.present, "decided": one.decided,
             "agreed": [show_resolution(each, SYSTEM) for each in one.resolutions.all()]}
            for one in list_minutes(actor=SYSTEM, place=standing.place, month=month)
        ]  # fmt: skip
    data = to_paper_pdf(standing.content, language=language, seal=seal, minutes=minutes)
    return _write_whole(folder / f"analysis-{standing.place.code}-{month}.pdf", data)


def write_below(
    place_code: str, month: str, folder: Path, language: str, jobs: int
) -> tuple[int, float]:
    """Write the packs of a place and all reported places below it, each of what stands; give how many, and the seconds it took.

    The contents are read here, those that nobody has drafted built, a family of peers at a time; printing is dealt out to processes that know
    no database.
    """
    from anlan.kernel import clock
    from anlan.kernel.actor import SYSTEM
    from anlan.reports import queries
    from anlan.reports.printing.seals import signed_of
    from anlan.reports.queries.kinds import find_place

    began, at = time.monotonic(), clock.now()
    under = find_place(actor=SYSTEM, place_code=place_code)
    contents = (
        (content.as_json(), signed_of(report))
        for content, report in queries.list_standing(under=under, month=month, at=at)
    )
    count = 0
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(jobs, mp_context=context, initializer=_begin) as pool:
        waiting = []
        for batch in _batches(contents):
            waiting.append(pool.submit(_write_batch, batch, str(folder), language))
            if len(waiting) > 4 * jobs:
                count += waiting.pop(0).result()
        count += sum(one.result() for one in waiting)
    return count, time.monotonic() - began


def _batches(contents: Iterator[Pack]) -> Iterator[list[Pack]]:
    while batch := list(islice(contents, BATCH)):
        yield batch


def _begin() -> None:
    """Set a printing process up: texts and templates, no database is asked."""
    from anlan.cli import set_up_django

    set_up_django()
    from anlan.reports.printing.pdf import warm

    warm()


def _write_batch(batch: list[Pack], folder: str, language: str) -> int:
    for raw, signed in batch:
        write_pack(raw, Path(folder), language, signed)
    return len(batch)


def write_pack(raw: dict[str, Any], folder: Path, language: str, signed: Any) -> list[Path]:
    """Write the files of one content, each whole or not at all."""
    from django.utils.translation import override

    from anlan.reports.printing.alone import to_html
    from anlan.reports.printing.pdf import to_pdf
    from anlan.reports.printing.seals import seal_of
    from anlan.reports.printing.xlsx import to_xlsx
    from anlan.reports.rules.content import read_content

    content = read_content(raw)
    language = "zh-hans" if language == "zh" else language
    with override(language):
        seal = seal_of(content, signed)
    written = []
    for ending, make in (("pdf", to_pdf), ("xlsx", to_xlsx), ("html", to_html)):
        path = folder / f"two-reports-{content.place.code}-{content.month}.{ending}"
        written.append(_write_whole(path, make(content, language=language, seal=seal)))
    return written


def _write_whole(path: Path, data: bytes) -> Path:
    """Write a file so that it is there whole or not at all."""
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=".pack-")
    with os.fdopen(descriptor, "wb") as out:
        out.write(data)
    Path(name).chmod(0o644)
    Path(name).replace(path)
    return path
