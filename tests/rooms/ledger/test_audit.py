"""A superuser switches the triggers off and rewrites history; the audit finds it."""

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection

from anlan.ledger import actions, queries, rules
from anlan.ledger.models import Leaf, LedgerEntry
from tests.rooms.ledger.scene import NOW, body_of, switch_triggers, write_many

pytestmark = pytest.mark.usefixtures("ledger")
Kind = rules.FindingKind


@contextmanager
def as_superuser() -> Iterator[None]:
    """Change what must not be changed."""
    switch_triggers("DISABLE", "append_only")
    yield
    switch_triggers("ENABLE", "append_only")


def run(statement: str, *values: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


def find(*kept: rules.CheckpointNote) -> list[rules.Finding]:
    return [finding for step in queries.audit(kept=kept) for finding in step.found]


def kinds(found: Sequence[rules.Finding]) -> set[rules.FindingKind]:
    return {finding.kind for finding in found}


def entry_at(leaf_index: int) -> int:
    return Leaf.objects.get(leaf_index=leaf_index).entry_id


@pytest.fixture
def kept() -> rules.CheckpointNote:
    """A log of 700 entries, its checkpoint kept outside, and 100 entries after it."""
    write_many(700)
    actions.sequence(at=NOW)
    note = rules.read_checkpoint(actions.make_checkpoint(at=NOW).note)
    write_many(100)
    actions.sequence(at=NOW)
    return note


def rebuild_leaves_and_nodes() -> None:
    """Do what a thorough forger does: make leaves and nodes fit the bodies again."""
    run(
        "UPDATE ledger_leaf SET hash = sha256('\\x00'::bytea || convert_to(body, 'UTF8')) "
        "FROM ledger_entry WHERE id = entry_id"
    )
    hashes = [bytes(leaf.hash) for leaf in Leaf.objects.order_by("leaf_index")]
    for position in range(len(hashes) // 256):
        root = rules.complete_root(hashes[position * 256 : position * 256 + 256])
        run("UPDATE ledger_node SET hash = %s WHERE position = %s", root, position)


def test_intact_log(kept: rules.CheckpointNote) -> None:
    write_many(3)
    steps = list(queries.audit(kept=[kept]))
    assert [finding for step in steps for finding in step.found] == []
    last = steps[-1]
    assert last.is_last
    assert (last.done, last.total, last.pending) == (800, 800, 3)
    assert last.root == queries.get_root()


def test_rewritten_body_is_named(kept: rules.CheckpointNote) -> None:
    entry_id = entry_at(300)
    with as_superuser():
        run("UPDATE ledger_entry SET body = %s WHERE id = %s", body_of("A", n=1), entry_id)
    (finding,) = find()
    assert (finding.kind, finding.entry_id) == (Kind.ENTRY_REWRITTEN, entry_id)
    assert f"entry {entry_id} (leaf 300)" in finding.text


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("what", "case.closed"),
        ("about_kind", "person"),
        ("about_id", "B"),
        ("at", NOW + timedelta(hours=1)),
    ],
)
def test_changed_column_is_named(kept: rules.CheckpointNote, column: str, value: object) -> None:
    with as_superuser():
        run(f"UPDATE ledger_entry SET {column} = %s WHERE id = %s", value, entry_at(5))
    (finding,) = find()
    assert (finding.kind, finding.entry_id) == (Kind.COLUMNS_CHANGED, entry_at(5))
    assert finding.text.endswith(f": {column}")


def test_removed_entry_is_named(kept: rules.CheckpointNote) -> None:
    entry_id = entry_at(0)
    with as_superuser():
        run("DELETE FROM ledger_entry WHERE id = %s", entry_id)
    (finding,) = find()
    assert (finding.kind, finding.entry_id) == (Kind.ENTRY_REMOVED, entry_id)


def test_removed_leaf_is_found(kept: rules.CheckpointNote) -> None:
    entry_id = entry_at(300)
    with as_superuser():
        run("DELETE FROM ledger_leaf WHERE leaf_index = 300")
    found = find()
    assert kinds(found) == {Kind.LEAF_MISSING, Kind.ENTRY_SKIPPED, Kind.ROOT_DIFFERS}
    assert [one.entry_id for one in found if one.kind is Kind.ENTRY_SKIPPED] == [entry_id]


def test_entry_slipped_in_with_an_old_transaction_number_is_named(
    kept: rules.CheckpointNote,
) -> None:
    run(
        "INSERT INTO ledger_entry (about_kind, about_id, what, at, body, xid) "
        "VALUES ('case', 'A', 'case.noted', %s, %s, '5')",
        NOW,
        body_of("A"),
    )
    assert actions.sequence(at=NOW) == 0
    (finding,) = find()
    assert finding.kind is Kind.ENTRY_SKIPPED
    assert finding.entry_id == LedgerEntry.objects.order_by("-id")[0].id


def test_rewritten_entry_and_leaf_are_found_without_a_checkpoint(
    kept: rules.CheckpointNote,
) -> None:
    run_body = body_of("A", n=1)
    with as_superuser():
        run("UPDATE ledger_entry SET body = %s WHERE id = %s", run_body, entry_at(300))
        run("UPDATE ledger_leaf SET hash = %s WHERE leaf_index = 300", rules.leaf_hash(run_body))
        run("DELETE FROM ledger_checkpoint")
    (finding,) = find()
    assert finding.kind is Kind.NODE_CHANGED
    assert "leaves 256 to 511" in finding.text


def test_thorough_rewrite_is_found_by_a_checkpoint_kept_outside(
    kept: rules.CheckpointNote,
) -> None:
    """Entry, leaf, nodes and stored checkpoints all fit together again. The old note does not."""
    with as_superuser():
        run("UPDATE ledger_entry SET body = %s WHERE id = %s", body_of("A", n=1), entry_at(300))
        rebuild_leaves_and_nodes()
        run("DELETE FROM ledger_checkpoint")
    assert find() == []
    (finding,) = find(kept)
    assert finding.kind is Kind.ROOT_DIFFERS
    assert "among leaves 0 to 699" in finding.text


def test_several_checkpoints_close_in_on_the_place() -> None:
    notes = []
    for _ in range(4):
        write_many(100)
        actions.sequence(at=NOW)
        notes.append(rules.read_checkpoint(actions.make_checkpoint(at=NOW).note))
    with as_superuser():
        run("UPDATE ledger_entry SET body = %s WHERE id = %s", body_of("A", n=1), entry_at(250))
        rebuild_leaves_and_nodes()
        run("DELETE FROM ledger_checkpoint")
    found = find(*notes)
    assert kinds(found) == {Kind.ROOT_DIFFERS}
    assert [one.text.split("among ")[1].split(" one")[0] for one in found] == [
        "leaves 200 to 299",
        "leaves 200 to 399",
    ]


def test_swapped_entries_are_found(kept: rules.CheckpointNote) -> None:
    with as_superuser():
        run("UPDATE ledger_entry SET body = %s WHERE id = %s", body_of("A", n=1), entry_at(10))
        rebuild_leaves_and_nodes()
        run("UPDATE ledger_leaf SET leaf_index = -1 WHERE leaf_index = 10")
        run("UPDATE ledger_leaf SET leaf_index = 10 WHERE leaf_index = 20")
        run("UPDATE ledger_leaf SET leaf_index = 20 WHERE leaf_index = -1")
    assert Kind.ROOT_DIFFERS in kinds(find(kept))


def test_shortened_log_is_found(kept: rules.CheckpointNote) -> None:
    with as_superuser():
        run("DELETE FROM ledger_entry WHERE id >= %s", entry_at(600))
        run("DELETE FROM ledger_leaf WHERE leaf_index >= 600")
        run("DELETE FROM ledger_checkpoint")
    assert kinds(find()) == {Kind.NODE_ADDED}
    with as_superuser():
        run("DELETE FROM ledger_node WHERE position = 2")
    assert find() == []
    (finding,) = find(kept)
    assert finding.kind is Kind.LOG_SHORTER
    assert "covers 700 entries, the log has 600" in finding.text


def test_emptied_log_is_found(kept: rules.CheckpointNote) -> None:
    with as_superuser():
        for table in ("entry", "leaf", "node", "checkpoint"):
            run(f"DELETE FROM ledger_{table}")
    assert find() == []
    assert kinds(find(kept)) == {Kind.LOG_SHORTER}


@pytest.mark.parametrize(
    ("statement", "kind"),
    [
        ("UPDATE ledger_node SET hash = %s WHERE position = 1", Kind.NODE_CHANGED),
        ("DELETE FROM ledger_node WHERE position = 1 AND hash <> %s", Kind.NODE_MISSING),
        ("INSERT INTO ledger_node VALUES (8, 3, %s)", Kind.NODE_ADDED),
        ("INSERT INTO ledger_node VALUES (7, 0, %s)", Kind.NODE_ADDED),
    ],
)
def test_changed_node_is_named(
    kept: rules.CheckpointNote, statement: str, kind: rules.FindingKind
) -> None:
    with as_superuser():
        run(statement, hashlib.sha256(b"forged").digest())
    assert kinds(find(kept)) == {kind}


def test_changed_checkpoint_row_is_found(kept: rules.CheckpointNote) -> None:
    with as_superuser():
        run("UPDATE ledger_checkpoint SET size = 699")
    assert kinds(find()) == {Kind.CHECKPOINT_CHANGED, Kind.ROOT_DIFFERS}


def test_checkpoint_signed_by_another_key_is_found(kept: rules.CheckpointNote) -> None:
    path = queries.get_key_path()
    assert path.stat().st_mode & 0o777 == 0o600
    path.unlink()
    with pytest.raises(rules.SigningKeyMissing):
        actions.make_checkpoint(at=NOW)
    with as_superuser():
        run("DELETE FROM ledger_checkpoint WHERE note <> ''")
    forged = actions.make_checkpoint(at=NOW)
    assert find() == []
    path.write_text("not a key")
    with pytest.raises(rules.SigningKeyUnreadable):
        find()
    path.unlink()
    assert rules.read_checkpoint(forged.note).origin != kept.origin


def test_checkpoint_is_made_once_for_a_size(kept: rules.CheckpointNote) -> None:
    first = actions.make_checkpoint(at=NOW)
    again = actions.make_checkpoint(at=NOW + timedelta(hours=1))
    assert (first.id, first.size) == (again.id, 800)
    key = queries.find_key()
    assert key is not None
    assert rules.verifier_of(key).has_signed(rules.read_checkpoint(first.note))
    assert bytes(first.root) == queries.get_root(size=800)


def test_checkpoint_of_the_empty_log_stays_true() -> None:
    empty = rules.read_checkpoint(actions.make_checkpoint(at=NOW).note)
    assert (empty.size, empty.root) == (0, rules.EMPTY_ROOT)
    assert find(empty) == []
    write_many(2)
    actions.sequence(at=NOW)
    assert find(empty) == []


def test_sequencer_stops_at_a_damaged_tree_and_writers_go_on() -> None:
    write_many(200)
    actions.sequence(at=NOW)
    with as_superuser():
        run("DELETE FROM ledger_leaf WHERE leaf_index = 100")
    write_many(100)
    with pytest.raises(rules.TreeDamaged):
        actions.sequence(at=NOW)
    assert LedgerEntry.objects.count() == 300
    with pytest.raises(rules.TreeDamaged):
        queries.get_root(size=150)
