"""Very many synthetic cases, fast and consistent: a million in some minutes, ten million in an hour.

Nothing is real: texts are put together by `demo.phrases` and numbered, notes say 合成数据. Everything
else is what the product itself would have left: two years of cases spread over all grids and
matters of the demo county, most of them closed, the newest open, some forgotten and overdue; steps
that lead to each state, decisions, ledger entries with canonical bodies in the order of the steps, the
roll-up by its own triggers. What is older than `LIVED_DAYS` came by a file import, as in a county that
brought its past along, so it has one or two steps. Routing rules that stand are said to have decided about the
matters that they name: rules of the whole county, each matter in one rule, to its own department.

The rows are drawn by the database itself (`sql/many.sql`, hashes of number and seed), with all
constraints, indexes and triggers in place. The same seed and instant give the same cases.

    from bench import many, world
    with world.instance():
        world.load_county(train=False)
        many.fill(1_000_000)

`fill(until, first=…)` adds to what is there; `fill(…, under="33")` spreads the cases over all villages of the
province instead of the demo county's grids (`world.load_units` makes their units). From the shell, into an
instance of its own that is left there: `python -m bench.many COUNT HOME [PLACE]`; ended and begun again, it goes
on where it was.
"""

from __future__ import annotations

import random
import sys
import time
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

SEED = 20_261
DAYS, LIVED_DAYS = 730, 180
SLOTS = 12_000
"""Different instants of opening; clocks are worked out once for each."""
TEXTS = 6_000
BATCH = 100_000
SQL = Path(__file__).resolve().parent / "sql" / "many.sql"
TABLES = (
    "intake_signal", "cases_case", "cases_searchrow", "cases_casesignal", "cases_step", "triage_decision",
    "ledger_entry", "ledger_leaf", "rollup_daily", "rollup_delta",
)  # fmt: skip

# Ten times five bits of a number that an odd factor spreads over 2**50, each number once.
CODE = " || ".join(
    "substr('0123456789ABCDEFGHJKMNPQRSTVWXYZ', "
    f"(((n * 205891132093 + seed * 7919) >> {5 * place}) & 31)::integer + 1, 1)"
    for place in reversed(range(10))
)
FUNCTIONS = """
CREATE OR REPLACE FUNCTION pg_temp.chance(n bigint, salt bigint) RETURNS float8
LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN (hashint8extended(n, salt) & 16777215)::float8 / 16777216;

CREATE OR REPLACE FUNCTION pg_temp.id_at(at timestamptz, hex text) RETURNS uuid
LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN (lpad(to_hex((extract(epoch FROM at) * 1000)::bigint), 12, '0') || '7'
        || substr(hex, 1, 3) || '8' || substr(hex, 4, 15))::uuid;

CREATE OR REPLACE FUNCTION pg_temp.code_of(n bigint, seed bigint) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN {code};

CREATE OR REPLACE FUNCTION pg_temp.iso(at timestamptz) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS') || '+00:00';

CREATE TEMP TABLE IF NOT EXISTS many_slot (
    n integer PRIMARY KEY, opened_at timestamptz NOT NULL, opened_date date NOT NULL);
CREATE TEMP TABLE IF NOT EXISTS many_clock (
    slot integer NOT NULL, level text NOT NULL, ack_amber_at timestamptz NOT NULL,
    ack_due_at timestamptz NOT NULL, update_due_at timestamptz NOT NULL,
    close_amber_at timestamptz NOT NULL, close_due_at timestamptz NOT NULL, PRIMARY KEY (slot, level));
CREATE TEMP TABLE IF NOT EXISTS many_spot (
    n integer PRIMARY KEY, place_id bigint NOT NULL, path ltree NOT NULL, place_code text NOT NULL,
    lon float8, lat float8);
CREATE TEMP TABLE IF NOT EXISTS many_text (
    n integer PRIMARY KEY, text text NOT NULL, matter_id bigint NOT NULL, matter text NOT NULL,
    department text NOT NULL, level text NOT NULL);
CREATE TEMP TABLE IF NOT EXISTS many_route (
    place_id bigint NOT NULL, department text NOT NULL, unit_id bigint NOT NULL,
    unit_department text NOT NULL, desk_id bigint NOT NULL, route_by text NOT NULL,
    PRIMARY KEY (place_id, department));
CREATE TEMP TABLE IF NOT EXISTS many_rule (
    matter text PRIMARY KEY, rule_id bigint NOT NULL, position integer NOT NULL);
TRUNCATE many_slot, many_clock, many_spot, many_text, many_route, many_rule;
"""


def fill(
    until: int,
    *,
    first: int = 0,
    seed: int = SEED,
    at: datetime | None = None,
    under: str = "",
    tell: Callable[[str], None] = lambda step: None,
) -> None:
    """Make the cases numbered `first` to `until` (excluded), fold the figures, sequence the ledger.

    at: the instant that counts as now (UTC). under: the place over which they are spread, one spot a village;
    empty: all grids of the demo county. It must be loaded; the catalogue's matters and the units are used as they
    are. Commits every hundred thousand cases.
    """
    from django.db import connection, transaction

    from anlan.kernel import clock
    from anlan.ledger.actions import sequence
    from anlan.rollup.actions import fold_deltas

    at = (at or clock.now()).replace(microsecond=0)
    persons = _make_persons(at)
    began = time.monotonic()
    with connection.cursor() as cursor:
        cursor.execute(FUNCTIONS.replace("{code}", CODE))
        known = _copy_tables(cursor, seed, at, under)
        statements = _statements()
        batches = [(low, min(low + BATCH, until)) for low in range(first, until, BATCH)]
        for number, (low, high) in enumerate(batches):
            # Batches follow each other in time, as rows of a life do in their tables.
            slot_low, slot_until = (SLOTS * n // len(batches) for n in (number, number + 1))
            known |= {"first": low, "until": high, "slot_low": slot_low,
                      "slots": slot_until - slot_low, **persons}  # fmt: skip
            with transaction.atomic():
                for statement in statements:
                    cursor.execute(statement, known)
            while fold_deltas():
                pass
            while sequence(at=at):
                pass
            tell(f"{high:,} cases, {time.monotonic() - began:.0f} s")
        for table in TABLES:
            cursor.execute(f"VACUUM ANALYZE {table}")


def settle() -> None:
    """Let the server finish writing what the filling left, so that it is not measured."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("CHECKPOINT")


def _statements() -> list[str]:
    text = "\n".join(
        line for line in SQL.read_text(encoding="utf-8").splitlines() if not line.startswith("--")
    )
    return [part.strip() for part in text.split(";\n") if part.strip()]


def _make_persons(at: datetime) -> dict[str, Any]:
    """Open the two synthetic accounts in whose names all steps are made, once."""
    from anlan.demo.world import COUNTY
    from anlan.kernel.actor import SYSTEM, Role
    from anlan.people import actions as people
    from anlan.people.models import Person
    from anlan.places.queries import get_gazetteer

    county = get_gazetteer().place_by_code(COUNTY)
    found = {}
    for name, login, role in (
        ("desk_person", "many-desk", Role.COUNTY_CENTRE),
        ("field_person", "many-field", Role.GRID_WORKER),
    ):
        person = Person.objects.filter(login=login).first()
        if person is None:
            person = people.create_person(
                actor=SYSTEM,
                login=login,
                name="合成账号",
                password="many-many-many-many",
                at=at,
                is_demo=True,
            )
            people.grant_duty(
                actor=SYSTEM, person_id=person.id, role=role, place_id=county.id, at=at
            )
        found[name] = person.id
    return found


def _list_spots(under: str) -> list[Any]:
    """List the places where cases are: all grids of the demo county, or one spot a village below a place."""
    from anlan.demo.world import COUNTY
    from anlan.places.queries import get_gazetteer

    gazetteer = get_gazetteer()
    if not under:
        county = gazetteer.place_by_code(COUNTY)
        return [p for p in gazetteer.descendants(county.id) if p.level == "GRID"]
    below = gazetteer.descendants(gazetteer.place_by_code(under).id)
    villages = [p for p in below if p.level == "VILLAGE"]
    return [next(iter(gazetteer.children(village.id)), village) for village in villages]


def _copy_tables(cursor: Any, seed: int, at: datetime, under: str) -> dict[str, Any]:
    """Copy what cases are drawn from into the temporary tables; give the statements' parameters."""
    import yaml

    from anlan.cases.queries import get_catalogue
    from anlan.cases.rules import local_date, set_clocks
    from anlan.demo import phrases
    from anlan.demo.world import COUNTY, FOLDER, JURISDICTION
    from anlan.places.queries import get_gazetteer
    from anlan.triage.queries.routing import list_rules
    from anlan.triage.rules import route

    gazetteer, catalogue = get_gazetteer(), get_catalogue()
    county = gazetteer.place_by_code(COUNTY)
    spots = _list_spots(under)
    calendar, zone = gazetteer.calendar(county.id), gazetteer.time_zone(county.id)
    instants = _draw_instants(seed, at)
    profiles = {m.level: catalogue.profile(m) for m in catalogue.offered}
    rows = yaml.safe_load((FOLDER / "matters.yaml").read_text(encoding="utf-8"))["matters"]
    reports = phrases.synthetic_reports(
        phrases.read_wordings(rows), TEXTS, seed, templates=phrases.Templates.CHECKING
    )
    matters = [catalogue.matter(JURISDICTION, report.matter_code) for report in reports]
    departments = sorted({matter.department for matter in matters})
    routes = [
        (spot.id, department, route(gazetteer, place_id=spot.id, department=department))
        for spot in spots
        for department in departments
    ]
    _copy(cursor, "many_slot", ((n, i, local_date(i, zone)) for n, i in enumerate(instants)))
    _copy(
        cursor,
        "many_clock",
        (
            (
                n,
                level,
                c.ack_amber_at,
                c.ack_due_at,
                c.update_due_at,
                c.close_amber_at,
                c.close_due_at,
            )
            for n, i in enumerate(instants)
            for level, profile in profiles.items()
            for c in [set_clocks(i, profile, calendar=calendar, time_zone=zone)]
        ),
    )
    _copy(
        cursor,
        "many_spot",
        ((n, p.id, p.path, p.code, p.lon, p.lat) for n, p in enumerate(spots)),
    )
    _copy(
        cursor,
        "many_text",
        (
            (n, report.text, matter.id, matter.code, matter.department, matter.level)
            for n, (report, matter) in enumerate(zip(reports, matters, strict=True))
        ),
    )
    _copy(
        cursor,
        "many_route",
        ((place, code, r.unit.id, r.unit.department, r.desk.id, r.by) for place, code, r in routes),
    )
    _copy(
        cursor,
        "many_rule",
        (
            (code, rule.pk, rule.position)
            for rule in list_rules(jurisdiction=JURISDICTION)
            for code in rule.matters
        ),
    )
    for table in ("many_slot", "many_clock", "many_spot", "many_text", "many_route", "many_rule"):
        cursor.execute(f"ANALYZE {table}")
    return {
        "seed": seed, "at": at, "lived_from": at - timedelta(days=LIVED_DAYS), "zone": zone,
        "spots": len(spots), "texts": len(reports),
    }  # fmt: skip


def _draw_instants(seed: int, at: datetime) -> list[datetime]:
    """Draw the instants of opening, oldest first: mostly by day, whole seconds, all in the past."""
    chance = random.Random(seed)
    instants = set()
    while len(instants) < SLOTS:
        day = at - timedelta(days=chance.uniform(0, DAYS))
        # 01:00 to 13:00 UTC is 9 to 21 o'clock in China: three quarters fall there.
        hour = chance.uniform(1, 13) if chance.random() < 0.75 else chance.uniform(0, 24)
        instant = day.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(
            seconds=int(hour * 3600)
        )
        if instant < at - timedelta(seconds=30):
            instants.add(instant)
    return sorted(instants)


def _copy(cursor: Any, table: str, rows: Iterable[tuple[Any, ...]]) -> None:
    with cursor.copy(f"COPY {table} FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)


def main() -> None:
    """Fill an instance of its own: `python -m bench.many COUNT HOME`; HOME stays."""
    from bench import world

    if len(sys.argv) not in (3, 4) or not sys.argv[1].replace("_", "").isdigit():
        sys.exit(
            "python -m bench.many COUNT HOME [PLACE]: makes COUNT synthetic cases in the folder HOME"
        )
    under = "".join(sys.argv[3:])
    with world.instance(Path(sys.argv[2])):
        from anlan.cases.models import Case

        # Batches are committed whole; a few cases may have come by being measured.
        first = Case.objects.count() // BATCH * BATCH
        if not first:
            world.load_county()
        if under:
            world.load_units(under)
        fill(
            int(sys.argv[1]),
            first=first,
            under=under,
            tell=lambda step: print(step, file=sys.stderr, flush=True),
        )


if __name__ == "__main__":
    main()
