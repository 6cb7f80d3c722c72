"""Taking a whole file of signals: read, classify and route in batches, written by COPY.

A batch is one transaction together with the run's progress, so that a run broken off anywhere goes on
after the last whole batch, with nothing lost and nothing twice. A bad row is set aside with its
reason and the rest goes on. The next batches are prepared while the server writes the last one.
Algorithm page: docs/algorithms/import.md.
"""

from __future__ import annotations

import gzip
import hashlib
import zlib
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from math import ceil
from pathlib import Path
from uuid import UUID

from django.db import transaction

from anlan.intake import actions as intake
from anlan.intake.models import ImportReject, ImportRun
from anlan.intake.queries import is_file_known, list_known_keys
from anlan.intake.rules import (
    Channel,
    FileDamaged,
    MappingBroken,
    Record,
    find_encoding,
    read_mapping,
    read_records,
    split_lines,
)
from anlan.kernel import counting, permits
from anlan.kernel.actor import Actor
from anlan.kernel.errors import NotFound
from anlan.ledger import actions as ledger
from anlan.triage.actions.batches import IMPORT_SENDER, Known, row_key
from anlan.triage.actions.copying import copy_blocks
from anlan.triage.actions.preparing import Job, Prepared, prepare_ahead

BATCH_ROWS = 4_000
GZIP_MAGIC = b"\x1f\x8b"


class FileMissing(NotFound):
    """There is no file {file}."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run is: rows read of the file's, signals taken, rows set aside."""

    run_id: UUID
    rows_done: int
    rows_total: int
    taken: int
    rejected: int
    encoding: str
    is_finished: bool = False
    was_done_before: bool = False


@permits.installation
def import_signals(
    *,
    actor: Actor,
    path: Path,
    mapping_path: Path,
    at: datetime,
    tell: Callable[[Progress], None] = lambda progress: None,
) -> Progress:
    """Take in a file of signals under a mapping, going on where a broken run stopped.

    The same file under the same mapping is taken once; under another mapping (a mended one) only
    rows that were not taken before. tell: called after each batch.
    Raises FileMissing, FileDamaged, MappingBroken, EncodingUnknown, FileFormatUnknown, NoMatters,
    ImportOvertaken.
    """
    for needed in (path, mapping_path):
        if not needed.is_file():
            raise FileMissing(file=str(needed))
    mapping_text = _read_mapping_text(mapping_path)
    mapping = read_mapping(mapping_text, mapping_path.name)
    data = _read_data(path)
    encoding = find_encoding(data, path.name)
    lines = split_lines(data.decode(encoding))
    records = read_records(lines, mapping.file_format)
    run = intake.start_import(
        file_name=path.name,
        file_digest=hashlib.sha256(data).hexdigest(),
        mapping_digest=hashlib.sha256(mapping_text.encode()).hexdigest(),
        at=at,
    )

    def progress(**more: bool) -> Progress:
        return Progress(
            run.id, run.rows_done, max(len(lines) - 1, run.rows_done), run.signals_taken,
            run.rows_rejected, encoding, **more,
        )  # fmt: skip

    if run.finished_at is not None:
        return progress(is_finished=True, was_done_before=True)
    job = Job(actor, mapping, Known.load(mapping.jurisdiction), run.file_digest, at)
    left = islice(records, run.rows_done, None)
    chunks = _chunks(left, run.file_digest, is_known=is_file_known(run=run))
    batches = ceil((len(lines) - run.rows_done) / BATCH_ROWS)
    with closing(prepare_ahead(job, chunks, batches=batches)) as prepared:
        for batch in prepared:
            _write(run, batch)
            tell(progress())
    with transaction.atomic():
        intake.finish_import(run=run, at=at)
        ledger.write(
            actor=actor, what="import.finished", about_kind="import", about_id=run.id,
            data={"file_digest": run.file_digest, "mapping_digest": run.mapping_digest,
                  "taken": run.signals_taken, "rejected": run.rows_rejected},
            at=at,
        )  # fmt: skip
    return progress(is_finished=True)


def _read_mapping_text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as wrong:
        raise MappingBroken(file=path.name, problem=f"it is not UTF-8: {wrong}") from wrong


def _read_data(path: Path) -> bytes:
    raw = path.read_bytes()
    if raw[:2] != GZIP_MAGIC:
        return raw
    try:
        return gzip.decompress(raw)
    except (OSError, EOFError, zlib.error) as wrong:
        raise FileDamaged(file=path.name, problem=str(wrong)) from wrong


def _chunks(
    records: Iterator[Record], file_digest: str, *, is_known: bool
) -> Iterator[tuple[list[Record], int]]:
    """Give the records of each batch, without those taken before, and the number of its last."""
    while chunk := list(islice(records, BATCH_ROWS)):
        last_number = chunk[-1].number
        if is_known:
            keys = [row_key(file_digest, record.number) for record in chunk]
            known = list_known_keys(sender=IMPORT_SENDER, keys=keys)
            chunk = [r for r, key in zip(chunk, keys, strict=True) if key not in known]
        yield chunk, last_number


def _storable(text: str) -> str:
    """Replace what a text column cannot hold: NUL and lone surrogates."""
    return text.replace("\0", "\N{SYMBOL FOR NULL}").encode("utf-8", "replace").decode()


@transaction.atomic
def _write(run: ImportRun, batch: Prepared) -> None:
    if batch.blocks:
        copy_blocks(batch.blocks)
    ImportReject.objects.bulk_create(
        ImportReject(
            run=run,
            row_number=r.number,
            code=r.code,
            problem=_storable(r.problem),
            line=_storable(r.line),
        )
        for r in batch.rejects
    )
    intake.advance_import(
        run=run,
        rows_done=batch.last_number,
        taken=batch.taken,
        rejected=len(batch.rejects),
    )
    counting.count("signals_taken", batch.taken, Channel.IMPORT)
