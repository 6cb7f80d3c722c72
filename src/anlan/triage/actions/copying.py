"""Writing many openings at once: one COPY a table, in the caller's transaction."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import connection

from anlan.cases.rules import CASE_PROCEDURE_VERSION, CasesImported, local_date
from anlan.kernel import events
from anlan.kernel.actor import Actor
from anlan.kernel.canonical import digest
from anlan.ledger.rules import entry_body
from anlan.places.queries import get_gazetteer
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


def copy_openings(batch: Sequence[ImportedOpening], *, actor: Actor, at: datetime) -> None:
    """Write signals, cases, steps, decisions and ledger entries of a batch by COPY.

    An imported case that its file says is closed gets a closing step of its own and no clock;
    its ledger entry says that it was imported, with both instants.
    """
    if not batch:
        return
    tables: dict[str, list[Sequence[Any]]] = {name: [] for name in COLUMNS}
    gazetteer = get_gazetteer()
    for imported in batch:
        _add(tables, imported, gazetteer, actor, at)
    with connection.cursor() as cursor:
        for table, rows in tables.items():
            columns = ", ".join(COLUMNS[table].split())
            with cursor.copy(f"COPY {table} ({columns}) FROM STDIN") as copy:
                copy.write(copy_block(rows))
    ids = [imported.opening.case_id for imported in batch]
    events.emit(CasesImported(first_id=str(min(ids)), last_id=str(max(ids))))


def _add(
    tables: dict[str, list[Sequence[Any]]],
    imported: ImportedOpening,
    gazetteer: Any,
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
