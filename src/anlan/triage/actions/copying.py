"""Writing many openings at once: their rows as text, then one COPY a table."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection

from anlan.cases.rules import CASE_PROCEDURE_VERSION, CasesImported, local_date
from anlan.kernel import events
from anlan.kernel.actor import Actor
from anlan.kernel.canonical import digest
from anlan.ledger.rules import entry_body
from anlan.places.rules import Gazetteer
from anlan.triage.actions.batches import ImportedOpening
from anlan.triage.actions.copy_text import copy_block
from anlan.triage.actions.opening import make_title

COLUMNS = {
    "intake_signal": "id code channel text stated_matter place_id place_text lon lat received_at "
    "sender idempotency_key body_digest external_ref",
    "cases_case": "id code procedure_version state matter_id level place_id place_path unit_id "
    "desk_id departments responders title lon lat needs_person opened_at opened_date accepted_at closed_at "
    "closed_date due_at amber_at close_due_at close_amber_at response_due_at update_due_at outcome card "
    "extension_count extension_asked_by reopen_count seq last_at",
    "cases_casesignal": "signal_id case_id joined_at",
    "cases_step": "case_id seq move from_state to_state at actor_kind actor_id actor_role note "
    "data tells_reporter",
    "triage_decision": "signal_id case_id matter_id unit_id classifier_id confidence needs_person "
    "reason decided_at",
    "ledger_entry": "about_kind about_id what at body",
}


@dataclass(frozen=True, slots=True)
class Blocks:
    """The rows of many openings, a block of COPY text a table, and between which ids their cases lie."""

    of_table: dict[str, bytes]
    first_id: UUID
    last_id: UUID


def write_blocks(
    batch: Sequence[ImportedOpening], gazetteer: Gazetteer, *, actor: Actor, at: datetime
) -> Blocks | None:
    """Write the rows of signals, cases, steps, decisions and ledger entries; None for no openings.

    An imported case that its file says is closed gets a closing step of its own and no clock;
    its ledger entry says that it was imported, with both instants.
    """
    if not batch:
        return None
    tables: dict[str, list[Sequence[Any]]] = {name: [] for name in COLUMNS}
    for imported in batch:
        _add(tables, imported, gazetteer, actor, at)
    ids = [imported.opening.case_id for imported in batch]
    blocks = {table: copy_block(rows) for table, rows in tables.items()}
    return Blocks(blocks, first_id=min(ids), last_id=max(ids))


def copy_blocks(blocks: Blocks) -> None:
    """Send the rows to their tables by COPY, in the caller's transaction."""
    with connection.cursor() as cursor:
        for table, block in blocks.of_table.items():
            columns = ", ".join(COLUMNS[table].split())
            with cursor.copy(f"COPY {table} ({columns}) FROM STDIN") as copy:
                copy.write(block)
    events.emit(CasesImported(first_id=str(blocks.first_id), last_id=str(blocks.last_id)))


def _add(
    tables: dict[str, list[Sequence[Any]]],
    imported: ImportedOpening,
    gazetteer: Gazetteer,
    actor: Actor,
    at: datetime,
) -> None:
    """Add an opening's rows. What stands in several of them is made a text once."""
    o = imported.opening
    report, choice, place, route, clocks = o.report, o.choice, o.spot.place, o.route, o.clocks
    is_closed = imported.closed_at is not None
    needs_person = o.needs_person and not is_closed
    signal_id, case_id = str(o.signal_id), str(o.case_id)
    taken_at, opened_at = at.isoformat(), imported.opened_at.isoformat()
    closed_at = imported.closed_at.isoformat() if imported.closed_at else None
    response_due_at, close_due_at = clocks.ack_due_at.isoformat(), clocks.close_due_at.isoformat()
    state = "CLOSED" if is_closed else "RECEIVED"
    seq, last_at = (2, closed_at) if is_closed else (1, opened_at)
    tables["intake_signal"].append(
        (signal_id, o.code, report.channel.value, o.text, report.stated_matter, place.id, "",
         report.lon, report.lat, taken_at, report.sender, report.idempotency_key,
         report.body_digest(), report.external_ref)
    )  # fmt: skip
    tables["cases_case"].append(
        (case_id, o.code, CASE_PROCEDURE_VERSION, state, choice.matter.id, choice.matter.level,
         place.id, place.path, route.unit.id, route.desk.id, [route.unit.department], [],
         make_title(o.text), report.lon, report.lat, needs_person, opened_at,
         local_date(imported.opened_at, o.time_zone), None, closed_at,
         local_date(imported.closed_at, o.time_zone) if imported.closed_at else None,
         None if is_closed else response_due_at, None if is_closed else clocks.ack_amber_at,
         close_due_at, clocks.close_amber_at, response_due_at,
         None if is_closed else clocks.update_due_at, "", "", 0, None, 0, seq, last_at)
    )  # fmt: skip
    tables["cases_casesignal"].append((signal_id, case_id, opened_at))
    who = (actor.kind.value, actor.id, "", "")
    terms = (
        f'{{"imported":true,"response_due_at":"{response_due_at}","close_due_at":"{close_due_at}"}}'
    )
    tables["cases_step"].append(
        (case_id, 1, "open", "", "RECEIVED", opened_at, *who, terms, True)
    )  # fmt: skip
    if is_closed:
        tables["cases_step"].append(
            (case_id, 2, "close", "RECEIVED", "CLOSED", closed_at, *who,
             '{"imported":true}', True)
        )  # fmt: skip
    tables["triage_decision"].append(
        (signal_id, case_id, choice.matter.id, route.unit.id, o.classifier_id,
         choice.confidence, needs_person, json.dumps(o.reason(gazetteer), ensure_ascii=False),
         taken_at)
    )  # fmt: skip
    tables["ledger_entry"].append(
        ("case", case_id, "case.imported", taken_at,
         entry_body(
            actor=actor, what="case.imported", about_kind="case", about_id=case_id,
            data={"signal": signal_id, "code": o.code, "matter": choice.matter.code,
                  "place": place.code, "unit": route.unit.id, "opened_at": opened_at,
                  "closed_at": closed_at, "text_digest": digest(o.text)},
            at=at,
         ))
    )  # fmt: skip
