"""Looks whether an instance is whole: its ledger, its rows, its files, its keys.

`look` is what a restore is judged by. It runs in the restored instance (`anlan backup check`), so
a restored copy is checked by the very code that would serve it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import psycopg
from django.apps import apps
from django.conf import settings
from django.db.models import Exists, ForeignKey, OuterRef

from anlan.backup import programs
from anlan.config.database import address
from anlan.documents import queries as documents
from anlan.intake import queries as intake
from anlan.kernel.clock import now
from anlan.ledger import actions as ledger_actions
from anlan.ledger import queries as ledger
from anlan.ledger import rules as ledger_rules

CONTACTS_TRIED = 1000

Tell = Callable[[str, int, int | None], None]
"""What is being done, how far, of how much (None: nobody knows)."""


@dataclass(frozen=True, kw_only=True)
class Sight:
    """What was found: rows by table, the ledger's size, and everything that is wrong."""

    rows: dict[str, int]
    entries: int
    root: str
    pending: int
    files: int
    contacts: int
    wrong: Sequence[str]

    def to_json(self) -> str:
        """Write it on one line."""
        return json.dumps(asdict(self), ensure_ascii=False)


def look(*, tell: Tell, entries: int = 0, root: str = "") -> Sight:
    """Check the whole instance; `entries` and `root` say what its ledger must begin with."""
    kept = []
    if entries:
        kept = [ledger_rules.CheckpointNote("the backup", entries, bytes.fromhex(root), now(), ())]
    wrong: list[str] = []
    last = None
    for step in ledger.audit(kept=kept):
        tell("ledger", step.done, step.total)
        wrong += [str(one) for one in step.found]
        last = step
    assert last is not None
    tell("files", 0, None)
    files, lost = documents.check_files()
    wrong += [f"file {sha256} is lost or damaged" for sha256 in lost]
    tell("contacts", 0, None)
    contacts, broken = intake.check_contacts(limit=CONTACTS_TRIED)
    if broken:
        wrong.append(f"{broken} of {contacts} contacts do not open with this instance's keys")
    tell("rows", 0, None)
    wrong += list_dangling()
    return Sight(
        rows=count_rows(), entries=last.total, root=(last.root or b"").hex(), pending=last.pending,
        files=files, contacts=contacts, wrong=wrong,
    )  # fmt: skip


def list_dangling() -> list[str]:
    """Name each reference without a foreign key that rows hold to a row that is not there."""
    found = []
    for model in apps.get_models():
        for field in model._meta.get_fields():  # noqa: SLF001 – public, despite its name
            if not isinstance(field, ForeignKey) or field.db_constraint:  # type: ignore[attr-defined]
                continue
            named = field.remote_field.model._default_manager.filter(pk=OuterRef(field.attname))  # noqa: SLF001
            rows = model._default_manager.filter(**{f"{field.attname}__isnull": False})  # noqa: SLF001
            if count := rows.filter(~Exists(named)).count():
                found.append(f"{count} rows of {model._meta.db_table} name no {field.name}")  # noqa: SLF001
    return found


def count_rows() -> dict[str, int]:
    """Count the rows of every table of this instance."""
    with psycopg.connect(address.get_url(Path(settings.ANLAN_HOME))) as connection:
        return programs.count_rows(connection)


def prepare_ledger() -> tuple[int, str]:
    """Take what waits into the ledger's tree; give its size and root as they are then."""
    while ledger_actions.sequence(at=now()) >= ledger_actions.BATCH_LIMIT:
        pass
    return ledger_state()


def ledger_state() -> tuple[int, str]:
    """Give the ledger's size and root as the present transaction sees them."""
    size = ledger.get_size()
    return size, ledger.get_root(size=size).hex() if size else ""
