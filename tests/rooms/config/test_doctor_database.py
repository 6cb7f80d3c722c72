"""The doctor finds what is wrong with the database and what it holds, each planted for real."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.db import connection
from django.db.models import F
from psycopg import sql

from anlan.config import env
from anlan.config.database import address
from anlan.config.operating import doctor
from anlan.config.operating.doctor import contents, database, running
from anlan.kernel import clock, seal
from anlan.kernel.actor import SYSTEM
from anlan.kernel.clock import now
from anlan.ledger.models import Checkpoint
from anlan.ledger.rules import sign_checkpoint
from anlan.people import actions as people
from anlan.places.models import Jurisdiction, Place, Unit
from tests.make import NOW, World, forget_memory
from tests.worlds.fixtures import quick_passwords, still_clock, world

__all__ = ["quick_passwords", "still_clock", "world"]


def codes(*checks: doctor.Check) -> list[str]:
    return [found.error.code for found in doctor.run(checks)]


def execute(statement: str, *parameters: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters or None)


def show_change() -> None:
    """Let readers of the places see what was changed past the actions."""
    Jurisdiction.objects.update(version=F("version") + 1)
    forget_memory()


@pytest.fixture
def outside(database_server: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A database of our own on a server that counts as somebody else's."""
    url = address.get_url(env.get_home())
    name = f"doctor_{uuid.uuid4().hex[:8]}"
    with psycopg.connect(url, autocommit=True) as direct:
        direct.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        role = sql.Identifier(name)
        monkeypatch.setenv("ANLAN_DATABASE_URL", psycopg.conninfo.make_conninfo(url, dbname=name))
        yield name
        direct.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(role))


def test_a_small_world_in_order_has_no_faults(world: World) -> None:
    found = [*doctor.run(doctor.list_database_checks()), *doctor.run(doctor.list_content_checks())]
    told = {each.error.code for each in found if each.is_fault}
    assert told == {"WORKER_MISSING", "CLOCK_OFF"}  # the world's clock stands still


def test_a_superuser_as_role(as_owner: None, outside: str) -> None:
    assert codes(database.check_role) == ["ROLE_TOO_MIGHTY"]


@pytest.mark.parametrize(
    ("parameters", "found"),
    [
        ("host=db.example", ["DATABASE_LINK_OPEN"]),
        ("host=db.example sslmode=require", ["DATABASE_LINK_OPEN"]),
        ("host=a.example,b.example sslmode=verify-ca", ["DATABASE_LINK_OPEN"]),
        ("host=localhost hostaddr=10.1.2.3", ["DATABASE_LINK_OPEN"]),
        ("host=a.example,b.example sslmode=verify-full", []), ("host=/run/postgresql", []),
        ("host=localhost", []), ("host=127.0.0.1 sslmode=disable", []), ("", []),
    ],
)  # fmt: skip
def test_a_link_that_others_can_read(
    monkeypatch: pytest.MonkeyPatch, parameters: str, found: list[str]
) -> None:
    monkeypatch.setenv("ANLAN_DATABASE_URL", f"{parameters} dbname=x user=y".strip())
    assert codes(database.check_link) == found
    monkeypatch.delenv("ANLAN_DATABASE_URL")
    assert codes(database.check_link) == []


@pytest.mark.parametrize("name", sorted(database.LOG_SETTINGS))
def test_a_log_that_would_tell(as_owner: None, name: str) -> None:
    execute(f"SET LOCAL {name} TO DEFAULT")
    loud = {"log_error_verbosity": "verbose", "log_min_error_statement": "error",
            "log_min_messages": "warning"}  # fmt: skip
    execute(f"SET LOCAL {name} = '{loud.get(name, '-1')}'")
    assert codes(database.check_log) == ["DATABASE_LOG_TELLS"]


def test_more_connections_than_the_server_gives(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANLAN_WEB_PROCESSES", "50")
    assert codes(database.check_connections) == ["CONNECTIONS_TOO_FEW"]


def test_a_clock_that_is_off(db: None) -> None:
    with clock.frozen(clock.now() + timedelta(minutes=3)):
        assert codes(database.check_clock) == ["CLOCK_OFF"]
    assert codes(database.check_clock) == []


def test_tables_that_are_behind_or_ahead(db: None) -> None:
    execute("DELETE FROM django_migrations WHERE app = 'rollup'")
    assert codes(database.check_tables) == ["TABLES_BEHIND"]
    execute(
        "INSERT INTO django_migrations (app, name, applied)"
        " VALUES ('cases', '9999_of_next_year', now())"
    )
    assert codes(database.check_tables) == ["TABLES_BEHIND", "TABLES_AHEAD"]


def test_nothing_loaded(db: None, still_clock: None) -> None:
    forget_memory()
    assert codes(contents.check_places) == ["JURISDICTION_MISSING"]


def test_no_grids_no_units_no_people(world: World) -> None:
    from anlan.people.models import Duty

    Duty.objects.all().delete()
    assert codes(contents.check_desks) == ["DESKS_UNSTAFFED"]
    Unit.objects.all().delete()
    show_change()
    assert codes(contents.check_places) == ["UNITS_MISSING"]
    Place.objects.filter(level="GRID").delete()
    show_change()
    assert codes(contents.check_places) == ["GRIDS_MISSING"]


def test_a_time_zone_that_is_none(world: World) -> None:
    Jurisdiction.objects.update(time_zone="Asia/Anlan")
    show_change()
    assert "TIME_ZONE_UNKNOWN" in codes(contents.check_places)


def test_holidays_nobody_has_announced(world: World) -> None:
    assert codes(contents.check_holidays) == []
    with clock.frozen(NOW.replace(year=2091)):
        assert codes(contents.check_holidays) == ["HOLIDAYS_UNKNOWN"]


def test_demo_accounts_that_others_reach(
    world: World, monkeypatch: pytest.MonkeyPatch, settings: Any, tmp_path: Path
) -> None:
    settings.ANLAN_HOME = tmp_path
    accounts = [{"login": "desk", "password": "x"}]
    (tmp_path / "demo-accounts.json").write_text(json.dumps(accounts))
    assert codes(contents.check_demo_accounts) == []
    monkeypatch.setenv("ANLAN_PUBLIC_URL", "https://anlan.example.cn")
    assert codes(contents.check_demo_accounts) == ["DEMO_ACCOUNTS_IN_USE"]
    people.close_person(actor=SYSTEM, person_id=world.person_ids["desk"], at=NOW)
    assert codes(contents.check_demo_accounts) == []


def test_the_key_of_another_host(world: World) -> None:
    world.take()
    assert codes(contents.check_keys) == []
    ring = seal.get_ring()
    try:
        seal.set_keys({0: b"another host's key, 32 bytes long"})
        assert codes(contents.check_keys) == ["KEY_OF_ANOTHER"]
    finally:
        seal.use_ring(ring)


def test_the_ledger_key_of_another_host(
    world: World, monkeypatch: pytest.MonkeyPatch, settings: Any, tmp_path: Path
) -> None:
    from cryptography.hazmat.primitives import serialization as s

    settings.ANLAN_HOME = tmp_path
    own, other = Ed25519PrivateKey.generate(), Ed25519PrivateKey.generate()
    note = sign_checkpoint(key=own, size=1, root=bytes(32), at=NOW)
    Checkpoint.objects.create(size=1, root=bytes(32), at=NOW, note=note)
    for key, expected in ((own, []), (other, ["LEDGER_KEY_OF_ANOTHER"])):
        pem = key.private_bytes(s.Encoding.PEM, s.PrivateFormat.PKCS8, s.NoEncryption())
        (tmp_path / "ledger.key").write_bytes(pem)
        assert codes(contents.check_keys) == expected


def test_a_clock_behind_what_has_happened(world: World) -> None:
    with clock.frozen(NOW - timedelta(days=1)):
        assert codes(contents.check_clock_against_ledger) == ["CLOCK_BEHIND_LEDGER"]


def test_workers_and_jobs(world: World) -> None:
    execute("DELETE FROM procrastinate_jobs")
    assert codes(running.check_workers) == ["WORKER_MISSING"]
    execute("INSERT INTO procrastinate_workers (last_heartbeat) VALUES (%s)", NOW)
    assert codes(running.check_workers) == []
    job = "INSERT INTO procrastinate_jobs (queue_name, task_name, status, scheduled_at) VALUES "
    execute(job + "('default', 'a.task', 'todo', %s)", NOW - timedelta(minutes=6))
    assert codes(running.check_workers) == ["JOBS_LATE"]
    execute(job + "('default', 'a.task', 'doing', NULL)")
    execute(job + "('default', 'b.task', 'failed', NULL)")
    assert codes(running.check_workers) == ["JOBS_LATE", "JOBS_STALLED", "JOBS_FAILED"]


def test_backups_off_never_proven_and_old(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ANLAN_BACKUP_FOLDER", raising=False)
    assert codes(running.check_backups) == ["BACKUPS_OFF"]
    monkeypatch.setenv("ANLAN_BACKUP_FOLDER", str(tmp_path))
    assert codes(running.check_backups) == ["BACKUP_NEVER_PROVEN"]

    def shelve(hours_ago: int, *, proven: bool) -> None:
        at = (now() - timedelta(hours=hours_ago)).isoformat()
        (tmp_path / f"{hours_ago}").mkdir()
        note = {"made_at": at, "verified_at": at if proven else None}
        (tmp_path / f"{hours_ago}" / "about.json").write_text(json.dumps(note), encoding="utf-8")

    shelve(2, proven=False)
    (tmp_path / "2" / "about.json").with_name("other.json").write_text("{", encoding="utf-8")
    assert codes(running.check_backups) == ["BACKUP_NEVER_PROVEN"]
    shelve(40, proven=True)
    assert codes(running.check_backups) == ["BACKUP_OLD"]
    shelve(3, proven=True)
    assert codes(running.check_backups) == []


def test_notices_that_were_given_up(world: World) -> None:
    from anlan.notices.models import Notice

    assert codes(running.check_notices) == []
    Notice.objects.create(
        person_id=world.person_ids["desk"], channel="EMAIL", subject="s", body="b",
        about_kind="case", about_id="1", state="GIVEN_UP", created_at=NOW,
        last_error="the mail server cannot be reached: TimeoutError",
    )  # fmt: skip
    [found] = doctor.run([running.check_notices])
    assert "the mail server cannot be reached" in found.error.message
