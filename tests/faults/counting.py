"""Counting afterwards: each finding is LOST, HALF, DOUBLED or INCONSISTENT.

Everything is asked of the database past the product, or worked out from its tables of rules
(procedures, deadline profiles), not from what the product says about itself.
"""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg

from anlan.cases.rules import CASE_PROCEDURE_VERSION, Profile, set_clocks
from anlan.dispatch.rules import DISPATCH_PROCEDURE_VERSION
from anlan.documents.rules import file_path
from anlan.kernel import procedure
from anlan.kernel.calendars import Term, Unit
from tests.faults.product import Product
from tests.faults.writers import Journal

CASE = procedure.load("anlan.cases", "case", CASE_PROCEDURE_VERSION)
DISPATCH = procedure.load("anlan.dispatch", "dispatch", DISPATCH_PROCEDURE_VERSION)
Rows = list[tuple[Any, ...]]
NO_TERM = Term(0, Unit.WORKING_DAY)


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that must not be. `round`: in which it was acknowledged, or found."""

    kind: str
    what: str
    round: int
    count: int = 1


# Each query gives what is wrong; nothing when all is well.
HALF = {
    "a signal without its case, opening step, decision or ledger entry": """
        SELECT s.id FROM intake_signal s
        LEFT JOIN cases_casesignal j ON j.signal_id = s.id
        LEFT JOIN cases_case c ON c.id = j.case_id
        LEFT JOIN cases_step t ON t.case_id = c.id AND t.seq = 1
        LEFT JOIN triage_decision d ON d.signal_id = s.id AND d.case_id = c.id
        WHERE c.id IS NULL OR t.id IS NULL OR d.signal_id IS NULL OR (
            SELECT count(*) FROM ledger_entry e
            WHERE e.about_id = c.id::text AND e.what = 'case.opened') <> 1""",
    "a case without a signal": """
        SELECT id FROM cases_case c
        WHERE NOT EXISTS (SELECT 1 FROM cases_casesignal j WHERE j.case_id = c.id)""",
    "a step without its ledger entry, or an entry without its step": """
        SELECT coalesce(t.case_id::text, e.about_id), coalesce(t.seq, e.seq)
        FROM (SELECT * FROM cases_step WHERE seq > 1) t
        FULL JOIN (
            SELECT about_id, what, (body::jsonb #>> '{data,seq}')::int AS seq
            FROM ledger_entry WHERE about_kind = 'case' AND body::jsonb -> 'data' ? 'seq'
        ) e ON e.about_id = t.case_id::text AND e.seq = t.seq AND e.what = 'case.' || t.move
        WHERE t.id IS NULL OR e.seq IS NULL""",
    "a dispatch that the ledger does not know": """
        SELECT d.id FROM dispatch_dispatch d WHERE d.asked_by IS NOT NULL AND NOT EXISTS (
            SELECT 1 FROM ledger_entry e WHERE e.about_id = d.case_id::text
                AND e.what = 'case.dispatched' AND strpos(e.body, d.id::text) > 0)""",
    "a rating that the ledger does not know": """
        SELECT r.id FROM ratings_rating r WHERE (
            SELECT count(*) FROM ledger_entry e WHERE e.about_id = r.case_id::text
                AND e.what = 'case.rated'
                AND (e.body::jsonb #>> '{data,round}')::int = r.round) <> 1""",
    "a document that the ledger does not know": """
        SELECT d.id FROM documents_document d WHERE NOT EXISTS (
            SELECT 1 FROM ledger_entry e
            WHERE e.about_id = d.id::text AND e.what = 'document.kept')""",
}
INCONSISTENT = {
    "a case that is not where its last step left it, or with a gap": """
        SELECT c.id FROM cases_case c JOIN LATERAL (
            SELECT count(*) AS n, max(seq) AS seq,
                (array_agg(to_state ORDER BY seq DESC))[1] AS state, max(at) AS at
            FROM cases_step WHERE case_id = c.id) t ON true
        WHERE (t.n, t.seq, t.state, t.at)
            IS DISTINCT FROM (c.seq::bigint, c.seq, c.state::varchar, c.last_at)""",
    "a step that does not begin where the one before ended, or before it": """
        SELECT case_id, seq FROM (
            SELECT case_id, seq, from_state, at,
                lag(to_state, 1, '') OVER w AS before, lag(at) OVER w AS at_before
            FROM cases_step WINDOW w AS (PARTITION BY case_id ORDER BY seq)) t
        WHERE from_state <> before OR at < at_before""",
    "a clock that its state does not have, or the wrong one": """
        SELECT id, state, due_at, close_due_at FROM cases_case
        WHERE CASE WHEN state = ANY (%(closing)s) THEN due_at IS DISTINCT FROM close_due_at
                   WHEN state = 'RECEIVED' THEN due_at IS NULL
                   ELSE due_at IS NOT NULL END""",
    "a dispatch whose instants do not fit its state": """
        SELECT id, state FROM dispatch_dispatch
        WHERE state <> ALL (%(dispatch_states)s)
            OR (state = ANY (%(dispatch_ends)s)) <> (ended_at IS NOT NULL)
            OR (ended_at IS NOT NULL) <> (due_at IS NULL)
            OR (state = 'OFFERED' AND signed_at IS NOT NULL)
            OR (state IN ('SIGNED', 'ON_THE_WAY', 'ARRIVED', 'DONE') AND signed_at IS NULL)
            OR (state IN ('LAPSED', 'STOOD_DOWN') AND signed_at IS NOT NULL)""",
    "responders other than who is on the way": """
        SELECT c.id FROM cases_case c
        WHERE ARRAY(SELECT unnest(c.responders) ORDER BY 1) <> ARRAY(
            SELECT person_id FROM dispatch_dispatch
            WHERE case_id = c.id AND ended_at IS NULL ORDER BY 1)""",
    "figures other than a recount": """
        SELECT place_id, matter_id, date FROM (
            SELECT place_id, matter_id, date, sum(opened) AS opened, sum(closed) AS closed,
                sum(reopened) AS reopened, sum(closed_late) AS closed_late,
                sum(accepted) AS accepted, sum(satisfied) AS satisfied,
                sum(unsatisfied) AS unsatisfied
            FROM (SELECT place_id, matter_id, date, opened, closed, reopened, closed_late,
                      accepted, satisfied, unsatisfied FROM rollup_daily
                  UNION ALL
                  SELECT place_id, matter_id, date, opened, closed, reopened, closed_late,
                      accepted, satisfied, unsatisfied FROM rollup_delta) f
            GROUP BY 1, 2, 3
        ) told FULL JOIN (
            SELECT place_id, matter_id, date, sum(opened) AS opened, sum(closed) AS closed,
                sum(reopened) AS reopened, sum(closed_late) AS closed_late,
                sum(accepted) AS accepted, sum(satisfied) AS satisfied,
                sum(unsatisfied) AS unsatisfied
            FROM (
                SELECT place_id, matter_id, opened_date AS date, 1 AS opened, 0 AS closed,
                    reopen_count AS reopened, 0 AS closed_late,
                    (accepted_at IS NOT NULL)::int AS accepted, 0 AS satisfied, 0 AS unsatisfied
                FROM cases_case
                UNION ALL
                SELECT place_id, matter_id, closed_date, 0, 1, 0,
                    (closed_at > close_due_at)::int, 0, 0, 0
                FROM cases_case WHERE closed_at IS NOT NULL
                UNION ALL
                SELECT c.place_id, c.matter_id, r.rated_date, 0, 0, 0, 0, 0,
                    r.is_satisfied::int, (NOT r.is_satisfied)::int
                FROM ratings_rating r JOIN cases_case c ON c.id = r.case_id) f
            GROUP BY 1, 2, 3
        ) counted USING (place_id, matter_id, date)
        WHERE (told.opened, told.closed, told.reopened, told.closed_late, told.accepted,
               told.satisfied, told.unsatisfied) IS DISTINCT FROM
              (counted.opened, counted.closed, counted.reopened, counted.closed_late,
               counted.accepted, counted.satisfied, counted.unsatisfied)
            AND (coalesce(told.opened, 0), coalesce(told.closed, 0), coalesce(told.reopened, 0),
                 coalesce(told.closed_late, 0), coalesce(told.accepted, 0),
                 coalesce(told.satisfied, 0), coalesce(told.unsatisfied, 0)) <>
                (coalesce(counted.opened, 0), coalesce(counted.closed, 0),
                 coalesce(counted.reopened, 0), coalesce(counted.closed_late, 0),
                 coalesce(counted.accepted, 0), coalesce(counted.satisfied, 0),
                 coalesce(counted.unsatisfied, 0))""",
}
DOUBLED = {
    "a step told twice to the sender": """
        SELECT client_id, about_id, body::jsonb ->> 'step' FROM notices_notice
        WHERE channel = 'WEBHOOK' GROUP BY 1, 2, 3 HAVING count(*) > 1""",
    "a dispatch told twice to whom it asks": """
        SELECT n.about_id, n.person_id FROM notices_notice n
        WHERE n.channel = 'IN_APP' AND n.cause LIKE 'dispatch.asked:%%' GROUP BY 1, 2
        HAVING count(*) > (SELECT count(*) FROM dispatch_dispatch d
            WHERE d.case_id::text = n.about_id AND d.person_id = n.person_id)""",
}
LOST = {
    # What the clock starts comes again by itself; its own jobs may fail while the database is away.
    "a job given up": """
        SELECT id, task_name, args::text FROM procrastinate_jobs
        WHERE status = 'failed' AND NOT args ? 'timestamp'""",
    "a notice given up": "SELECT id, last_error FROM notices_notice WHERE state = 'GIVEN_UP'",
}
UNTOLD = {
    "a case whose desk was never told": "SELECT case_id FROM cases_untold",
    "a case whose words were never taken in": """
        SELECT c.id FROM cases_case c WHERE NOT EXISTS (
            SELECT 1 FROM cases_searchrow w WHERE w.case_id = c.id)""",
    "a step never told to the sender": """
        SELECT t.case_id, t.seq FROM cases_step t
        JOIN cases_casesignal j ON j.case_id = t.case_id
        JOIN intake_signal s ON s.id = j.signal_id
        WHERE t.seq > 1 AND s.sender LIKE 'client:%%' AND NOT EXISTS (
            SELECT 1 FROM notices_notice n WHERE n.about_id = t.case_id::text
                AND n.channel = 'WEBHOOK' AND (n.body::jsonb ->> 'step')::int = t.seq)""",
    "a dispatch never told to whom it asks": """
        SELECT d.id FROM dispatch_dispatch d WHERE NOT EXISTS (
            SELECT 1 FROM notices_notice n WHERE n.about_id = d.case_id::text
                AND n.channel = 'IN_APP' AND n.person_id = d.person_id AND n.link = '/field/')""",
}
PARAMETERS = {
    "closing": [s.code for s in CASE.states.values() if s.deadline == "CLOSE"],
    "dispatch_states": list(DISPATCH.states),
    "dispatch_ends": [s.code for s in DISPATCH.states.values() if s.is_final],
}


@dataclass
class Counter:
    """Counts after each round; remembers which cases' clocks it has worked out already."""

    product: Product
    journal: Journal
    clocks_checked: dict[str, int] = field(default_factory=dict)
    seen: set[str] = field(default_factory=set)

    def count(self) -> list[Finding]:
        """Count what can be told at once."""
        with self.product.connect() as connection:
            return [
                *self._run(connection, "HALF", HALF),
                *self._run(connection, "INCONSISTENT", INCONSISTENT),
                *self._run(connection, "DOUBLED", DOUBLED),
                *self._run(connection, "LOST", LOST),
                *self._acknowledged(connection),
                *self._moves(connection),
                *self._clocks(connection),
                *self._deliveries(connection),
            ]

    def count_jobs(self) -> list[Finding]:
        """Count what jobs must have done, once all are through."""
        with self.product.connect() as connection:
            return self._run(connection, "LOST", UNTOLD)

    def count_deliveries(self) -> list[Finding]:
        """Count, at the receiver, what is said to have been sent and has not arrived."""
        arrived = {delivery for deliveries in self._arrived().values() for delivery in deliveries}
        with self.product.connect() as connection:
            sent = connection.execute(
                "SELECT id::text FROM notices_notice WHERE channel = 'WEBHOOK' AND state = 'SENT'"
            ).fetchall()
        missing = [each for (each,) in sent if each not in arrived]
        return self._found("LOST", "a webhook that never arrived", missing)

    def count_waiting(self) -> tuple[int, int]:
        """Count jobs that are to be done now, the clock's own left aside, and notices due."""
        with self.product.connect() as connection:
            row = connection.execute("""
                SELECT (SELECT count(*) FROM procrastinate_jobs
                        WHERE status IN ('todo', 'doing') AND NOT args ? 'timestamp')
                    + (SELECT count(*) FROM cases_untold),
                    (SELECT count(*) FROM notices_notice WHERE next_try_at IS NOT NULL)
                """).fetchone()
        assert row is not None
        return int(row[0]), int(row[1])

    def _found(self, kind: str, what: str, rows: Sequence[Any]) -> list[Finding]:
        """Make a finding of what is wrong, unless it was found before."""
        fresh = [row for row in rows if f"{what}: {row}" not in self.seen]
        self.seen.update(f"{what}: {row}" for row in fresh)
        if not fresh:
            return []
        shown = "; ".join(str(row) for row in fresh[:3])
        said = f"{what}: {len(fresh)} ({shown})"
        return [Finding(kind, said, self.journal.round, len(fresh))]

    def _run(
        self, connection: psycopg.Connection[Any], kind: str, queries: dict[str, str]
    ) -> list[Finding]:
        return [
            found
            for what, query in queries.items()
            for found in self._found(kind, what, connection.execute(query, PARAMETERS).fetchall())
        ]

    def _acknowledged(self, connection: psycopg.Connection[Any]) -> list[Finding]:
        journal = self.journal
        stored = {
            (key, code): str(case_id)
            for key, code, case_id in connection.execute("""
                SELECT s.idempotency_key, s.code, j.case_id FROM intake_signal s
                JOIN cases_casesignal j ON j.signal_id = s.id
                WHERE s.idempotency_key IS NOT NULL""")
        }
        steps = {
            (str(case_id), seq): move
            for case_id, seq, move in connection.execute(
                "SELECT case_id, seq, move FROM cases_step WHERE seq > 1"
            )
        }
        dispatches = dict(
            connection.execute("SELECT id::text, state FROM dispatch_dispatch").fetchall()
        )
        ratings = {
            (case_id, number): is_satisfied
            for case_id, number, is_satisfied in connection.execute(
                "SELECT case_id::text, round, is_satisfied FROM ratings_rating"
            )
        }
        wrong: dict[str, list[Any]] = defaultdict(list)
        for taken in journal.taken:
            key = taken.key, taken.answer["code"].replace("-", "")
            if stored.get(key) != taken.answer["case_id"]:
                wrong["a report"].append(taken.key)
        for (case_id, seq), (move, _) in journal.steps.items():
            if steps.get((case_id, seq)) != move:
                wrong["a move"].append((case_id, seq, move, steps.get((case_id, seq))))
        for dispatch_id, (state, _) in journal.dispatched.items():
            if dispatches.get(dispatch_id) != state:
                wrong["a dispatch"].append((dispatch_id, state, dispatches.get(dispatch_id)))
        for rated, (is_satisfied, _) in journal.ratings.items():
            if ratings.get(rated) is not is_satisfied:
                wrong["a rating"].append(rated)
        wrong["a photo"] = self._missing_photos(connection)
        return [
            found
            for what, rows in wrong.items()
            for found in self._found("LOST", f"{what} was acknowledged, is not stored so", rows)
        ]

    def _missing_photos(self, connection: psycopg.Connection[Any]) -> list[str]:
        folder: Path = self.product.instance.home / "files"
        stored = dict(
            connection.execute("SELECT id::text, sha256 FROM documents_document").fetchall()
        )
        missing = []
        for photo in self.journal.photos:
            sha256 = stored.get(photo, "")
            path = folder / file_path(sha256) if sha256 else None
            if (
                path is None
                or not path.exists()
                or hashlib.sha256(path.read_bytes()).hexdigest() != sha256
            ):
                missing.append(photo)
        return missing

    def _moves(self, connection: psycopg.Connection[Any]) -> list[Finding]:
        """Hold every move that was made against the procedure's table."""
        made = connection.execute(
            "SELECT DISTINCT move, from_state, to_state FROM cases_step WHERE seq > 1"
        ).fetchall()
        wrong = [
            (move, before, after)
            for move, before, after in made
            if move not in CASE.moves
            or before not in CASE.moves[move].sources
            or after != (CASE.moves[move].to or before)
        ]
        return self._found("INCONSISTENT", "a move not in the table", wrong)

    def _clocks(self, connection: psycopg.Connection[Any]) -> list[Finding]:
        """Work out anew when each case that has moved since must be accepted and closed."""
        profiles = {
            code: Profile(
                code=code,
                ack=Term(ack, Unit(ack_unit)),
                update=Term(update, Unit(update_unit)),
                close=Term(close, Unit(close_unit)),
                extension=NO_TERM,
                extensions_limit=0,
                pause=NO_TERM,
            )
            for code, ack, ack_unit, update, update_unit, close, close_unit in connection.execute("""
                SELECT code, ack_amount, ack_unit, update_amount, update_unit,
                    close_amount, close_unit
                FROM cases_deadlineprofile""")
        }
        calendar, zone = connection.execute(
            "SELECT calendar, time_zone FROM places_jurisdiction"
        ).fetchone() or ("", "")
        wrong = []
        for case_id, seq, state, level, start_at, due_at, close_due_at in connection.execute(
            """
                SELECT c.id::text, c.seq, c.state, c.level, coalesce((
                    SELECT max(at) FROM cases_step
                    WHERE case_id = c.id AND move LIKE 'reopen%%'), c.opened_at),
                    c.due_at, c.close_due_at
                FROM cases_case c""",
            [],
        ):
            if self.clocks_checked.get(case_id) == seq:
                continue
            clocks = set_clocks(start_at, profiles[level], calendar=calendar, time_zone=zone)
            is_right = clocks.close_due_at == close_due_at and (
                state != "RECEIVED" or clocks.ack_due_at == due_at
            )
            if not is_right:
                wrong.append((case_id, state, due_at, close_due_at))
            self.clocks_checked[case_id] = seq
        return self._found("INCONSISTENT", "a term other than the procedure's", wrong)

    def _arrived(self) -> dict[tuple[str, str, int], set[str]]:
        arrived: dict[tuple[str, str, int], set[str]] = defaultdict(set)
        for each in list(self.product.receiver.received):
            body = json.loads(each.body)
            arrived[each.path, body["code"], body["step"]].add(each.headers["x-anlan-delivery"])
        return arrived

    def _deliveries(self, connection: psycopg.Connection[Any]) -> list[Finding]:
        twice = [key for key, deliveries in self._arrived().items() if len(deliveries) > 1]
        return self._found("DOUBLED", "a step that arrived as two deliveries", twice)
