"""The sequencer misses nothing and keeps the order of commits, whatever overlaps."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from uuid import uuid4

import pytest
from django.db import IntegrityError, connection, transaction

from anlan.ledger import actions, queries, rules
from anlan.ledger.models import Leaf, LedgerEntry, Node, Progress
from tests.rooms.ledger.scene import NOW, write, write_many

pytestmark = pytest.mark.usefixtures("ledger")


def sequenced_ids() -> list[int]:
    return list(Leaf.objects.order_by("leaf_index").values_list("entry_id", flat=True))


class Writer:
    """A transaction in a thread of its own, held open until told to commit or roll back."""

    def __init__(self, about_id: str) -> None:
        self.has_written, self.may_end = threading.Event(), threading.Event()
        self.does_commit = True
        self._thread = threading.Thread(target=self._run, args=(about_id,))
        self._thread.start()
        assert self.has_written.wait(10)

    def _run(self, about_id: str) -> None:
        try:
            with transaction.atomic():
                write(about_id)
                self.has_written.set()
                assert self.may_end.wait(20)
                if not self.does_commit:
                    transaction.set_rollback(True)
        finally:
            self.has_written.set()
            connection.close()

    def end(self, *, commits: bool = True) -> None:
        self.does_commit = commits
        self.may_end.set()
        self._thread.join(10)
        assert not self._thread.is_alive()


def test_entries_become_leaves_in_order() -> None:
    for number in range(3):
        with transaction.atomic():
            write(number=number)
    assert actions.sequence(at=NOW) == 3
    assert actions.sequence(at=NOW) == 0
    entries = list(LedgerEntry.objects.order_by("id"))
    assert sequenced_ids() == [entry.id for entry in entries]
    first = Leaf.objects.get(leaf_index=0)
    assert bytes(first.hash) == rules.leaf_hash(entries[0].body)
    assert Progress.objects.get().sequenced_at == NOW


def test_rolled_back_entry_never_appears() -> None:
    with transaction.atomic():
        write()
        transaction.set_rollback(True)
    with transaction.atomic():
        write()
    assert actions.sequence(at=NOW) == 1


def test_entry_needs_a_transaction() -> None:
    with pytest.raises(transaction.TransactionManagementError):
        write()
    assert not LedgerEntry.objects.exists()


def test_late_commit_with_a_small_id_is_taken() -> None:
    slow = Writer("slow")
    with transaction.atomic():
        write("quick")
    assert actions.sequence(at=NOW) == 1
    assert actions.sequence(at=NOW) == 0
    slow.end()
    assert actions.sequence(at=NOW) == 1
    ids = sequenced_ids()
    assert ids == sorted(ids, reverse=True)
    assert LedgerEntry.objects.get(id=ids[1]).about_id == "slow"


def test_entry_in_a_savepoint_of_a_late_transaction_is_taken() -> None:
    slow = Writer("outer")
    with transaction.atomic(), transaction.atomic():
        write("inner")
    assert actions.sequence(at=NOW) == 1
    slow.end(commits=False)
    assert actions.sequence(at=NOW) == 0


def test_order_about_one_thing_holds_when_its_second_writer_has_the_older_transaction() -> None:
    """The trap for sequencers that wait for all older transactions to end.

    `early` gets its transaction number first, `bystander` next and runs on; the first entry about
    A is written by a still younger transaction, then `early` writes the second and commits.
    """
    got_number, may_write = threading.Event(), threading.Event()

    def run_early() -> None:
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute("SELECT pg_current_xact_id()")
                got_number.set()
                assert may_write.wait(10)
                write("A", number=2)
        finally:
            connection.close()

    early = threading.Thread(target=run_early)
    early.start()
    assert got_number.wait(10)
    bystander = Writer("B")
    with transaction.atomic():
        write("A", number=1)
    may_write.set()
    early.join(10)
    first, second = queries.list_entries(about_kind="case", about_id="A")
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT (SELECT xid FROM ledger_entry WHERE id = %s)"
            " > (SELECT xid FROM ledger_entry WHERE id = %s)",
            [first.id, second.id],
        )
        assert cursor.fetchone() == (True,), "the scene is not the one this test is about"
    assert actions.sequence(at=NOW) == 2
    assert sequenced_ids() == [first.id, second.id]
    bystander.end()
    assert actions.sequence(at=NOW) == 1


def test_concurrent_writers_and_sequencer() -> None:
    """Many overlapping transactions on few things while the sequencer runs: none missed, and
    the entries about each thing stand in the order in which their commits happened.
    """
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE scratch_case (id text PRIMARY KEY, count int NOT NULL)")
        cursor.execute("INSERT INTO scratch_case SELECT n::text, 0 FROM generate_series(0, 3) n")
    is_over = threading.Event()

    def run_writer(seed: int) -> None:
        try:
            for turn in range(25):
                with transaction.atomic(), connection.cursor() as cursor:
                    if (seed + turn) % 3 == 0:
                        cursor.execute("SELECT pg_current_xact_id()")
                    cursor.execute(
                        "UPDATE scratch_case SET count = count + 1 WHERE id = %s RETURNING count",
                        [str((seed + turn) % 4)],
                    )
                    (count,) = cursor.fetchone()
                    write(str((seed + turn) % 4), count=count)
                    if (seed * turn) % 5 == 0:
                        time.sleep(0.002)
                    if turn % 6 == 5:
                        transaction.set_rollback(True)
        finally:
            connection.close()

    def run_sequencer() -> None:
        try:
            while not is_over.is_set():
                actions.sequence(at=NOW, limit=7)
        finally:
            connection.close()

    try:
        with ThreadPoolExecutor(8) as pool:
            sequencers = [pool.submit(run_sequencer) for _ in range(2)]
            writers = [pool.submit(run_writer, seed) for seed in range(6)]
            try:
                for writer in writers:
                    writer.result(60)
            finally:
                is_over.set()
            for sequencer in sequencers:
                sequencer.result(10)
        while actions.sequence(at=NOW):
            pass
    finally:
        with connection.cursor() as cursor:
            cursor.execute("DROP TABLE scratch_case")
    assert sorted(sequenced_ids()) == sorted(LedgerEntry.objects.values_list("id", flat=True))
    assert queries.get_size() == 6 * 21
    for about_id in "0123":
        entries = queries.list_entries(about_kind="case", about_id=about_id)
        entries.sort(key=lambda entry: entry.leaf_index or 0)
        counts = [int(entry.body.split('"count":')[1].split("}")[0]) for entry in entries]
        assert counts == list(range(1, len(counts) + 1))


def test_limit_takes_the_lowest_ids_and_the_rest_later() -> None:
    write_many(10)
    assert [actions.sequence(at=NOW, limit=4) for _ in range(4)] == [4, 4, 2, 0]
    assert sequenced_ids() == sorted(LedgerEntry.objects.values_list("id", flat=True))


def test_second_sequencer_stands_back() -> None:
    is_locked, may_end = threading.Event(), threading.Event()

    def hold() -> None:
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_xact_lock(%s)", [actions.SEQUENCER_LOCK])
                is_locked.set()
                may_end.wait(10)
        finally:
            connection.close()

    thread = threading.Thread(target=hold)
    thread.start()
    assert is_locked.wait(10)
    write_many(1)
    assert actions.sequence(at=NOW) == 0
    may_end.set()
    thread.join(10)
    assert actions.sequence(at=NOW) == 1


def test_sequencer_refuses_a_writers_transaction() -> None:
    with transaction.atomic():
        write()
        with pytest.raises(RuntimeError):
            actions.sequence(at=NOW)


@pytest.mark.parametrize("loss", ["DELETE FROM ledger_progress", "restored"])
def test_lost_progress_is_found_again(loss: str) -> None:
    """A dump restored into another cluster keeps its old, perhaps larger, transaction numbers."""
    write_many(5)
    actions.sequence(at=NOW)
    with transaction.atomic(), connection.cursor() as cursor:
        if loss == "restored":
            cursor.execute(
                "UPDATE ledger_progress SET cluster = '1', snapshot = '900000000:900000000:'"
            )
            cursor.execute(
                "INSERT INTO ledger_entry (about_kind, about_id, what, at, body, xid) "
                "VALUES ('case', 'old', 'case.noted', now(), 'old', '900000001')"
            )
        else:
            cursor.execute(loss)
            write("old")
    assert actions.sequence(at=NOW) == 1
    with transaction.atomic():
        write("new")
    assert actions.sequence(at=NOW) == 1
    assert queries.get_size() == 7


def test_nodes_are_stored_and_roots_agree() -> None:
    naive = rules.TreeBuilder()
    nodes: dict[rules.Subtree, bytes] = {}
    roots = {0: naive.root()}
    for batch in (1, 255, 300, 256, 700):
        write_many(batch)
        actions.sequence(at=NOW)
    for leaf in Leaf.objects.order_by("leaf_index"):
        nodes |= dict(naive.add(bytes(leaf.hash)))
        roots[naive.size] = naive.root()
    stored = {
        rules.Subtree(node.level, node.position): bytes(node.hash) for node in Node.objects.all()
    }
    assert stored == nodes
    assert len(stored) == 1512 // 256
    for size in (0, 1, 255, 256, 257, 511, 512, 1000, 1511, 1512):
        assert queries.get_root(size=size) == roots[size]
    assert queries.get_root() == roots[1512]
    entry_id = sequenced_ids()[700]
    proof = queries.prove_inclusion(entry_id=entry_id, size=1400)
    assert proof.is_valid()
    assert (proof.leaf_index, proof.root) == (700, roots[1400])
    hashes = queries.prove_consistency(old=600, new=1400)
    assert rules.is_consistent(
        old=600, size=1400, old_root=roots[600], root=roots[1400], proof=hashes
    )


def test_second_stored_level() -> None:
    write_many((1 << 16) + 3)
    actions.sequence(at=NOW)
    assert Node.objects.filter(level=8).count() == 256
    assert Node.objects.filter(level=16).count() == 1
    proof = queries.prove_inclusion(entry_id=sequenced_ids()[12_345])
    assert proof.is_valid()
    steps = list(queries.audit())
    assert [finding for step in steps for finding in step.found] == []
    assert steps[-1].root == proof.root


@pytest.mark.parametrize("wanted", [-1, 2])
def test_no_root_or_proof_outside_the_log(wanted: int) -> None:
    write_many(1)
    actions.sequence(at=NOW)
    with pytest.raises(rules.ProofOutOfRange):
        queries.get_root(size=wanted)
    with pytest.raises(rules.ProofOutOfRange):
        queries.prove_consistency(old=1, new=wanted)


def test_unknown_and_pending_entries_have_no_proof() -> None:
    write_many(1)
    entry = LedgerEntry.objects.get()
    with pytest.raises(rules.EntryPending):
        queries.prove_inclusion(entry_id=entry.id)
    with pytest.raises(rules.EntryUnknown):
        queries.prove_inclusion(entry_id=entry.id + 1)
    assert queries.get_status().pending == 1


@pytest.mark.parametrize(
    "table", ["ledger_entry", "ledger_leaf", "ledger_node", "ledger_checkpoint"]
)
@pytest.mark.parametrize("statement", ["UPDATE {} SET {}", "DELETE FROM {}", "TRUNCATE {}"])
def test_nothing_can_be_changed(table: str, statement: str) -> None:
    write_many(256)
    actions.sequence(at=NOW)
    actions.make_checkpoint(at=NOW)
    column = {"ledger_entry": "body = 'x'", "ledger_checkpoint": "note = 'x'"}
    with (
        pytest.raises(
            IntegrityError, match=f"{table} is append-only: {statement.split()[0]} refused"
        ),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement.format(table, column.get(table, "hash = ''")))


def test_write_is_one_statement(
    django_assert_num_queries: Callable[[int], AbstractContextManager[object]],
) -> None:
    with transaction.atomic(), django_assert_num_queries(1):
        write(str(uuid4()), outcome="DONE")
