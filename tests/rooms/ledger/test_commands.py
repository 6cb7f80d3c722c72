"""`anlan ledger` as an inspector uses it, years apart and on another machine."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from anlan.cli import ledger as command
from anlan.ledger import actions
from anlan.ledger.models import LedgerEntry
from tests.rooms.ledger.scene import NOW, body_of, switch_triggers, write_many
from tests.rooms.ledger.test_audit import rebuild_leaves_and_nodes, run

pytestmark = pytest.mark.usefixtures("ledger", "own_database")


@pytest.fixture
def own_database(monkeypatch: pytest.MonkeyPatch) -> None:
    """The test's database runs already and must stay open after a command."""
    monkeypatch.setattr("anlan.cli._close_connections", lambda: None)


def anlan(*arguments: str | Path) -> Result:
    return CliRunner().invoke(command.group, [str(argument) for argument in arguments])


def keep(path: Path, *arguments: str | Path) -> Path:
    result = anlan(*arguments)
    assert result.exit_code == 0, result.output
    path.write_text(result.stdout, encoding="utf-8")
    return path


def test_checkpoint_then_verify(tmp_path: Path) -> None:
    write_many(5)
    kept = keep(tmp_path / "old", "checkpoint")
    write_many(300)
    actions.sequence(at=NOW)
    write_many(2)
    result = anlan("verify", "--checkpoint", kept)
    assert result.exit_code == 0, result.output
    assert "checked   305 entries" in result.stdout
    assert "pending   2 entries" in result.stdout
    assert "its 5 entries are the first of 305, 300 came after it" in result.stdout
    assert result.stdout.endswith("intact\n")
    assert "pending              2" in anlan("status").stdout


def test_verify_names_the_row_and_fails(tmp_path: Path) -> None:
    write_many(5)
    kept = keep(tmp_path / "old", "checkpoint")
    victim = LedgerEntry.objects.order_by("id")[2].id
    switch_triggers("DISABLE", "append_only")
    run("UPDATE ledger_entry SET body = %s WHERE id = %s", body_of("A", n=1), victim)
    result = anlan("verify")
    assert result.exit_code == 1
    assert f"ENTRY_REWRITTEN: entry {victim} (leaf 2)" in result.stdout
    rebuild_leaves_and_nodes()
    run("DELETE FROM ledger_checkpoint")
    assert anlan("verify").exit_code == 0
    result = anlan("verify", "--checkpoint", kept)
    assert result.exit_code == 1
    assert "ROOT_DIFFERS" in result.stdout
    assert "NOT INTACT: 1 findings" in result.output


def test_proof_is_checked_without_a_database(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_many(300)
    kept = keep(tmp_path / "old", "checkpoint")
    key = anlan("key").stdout.strip()
    entry_id = LedgerEntry.objects.order_by("id")[123].id
    file = keep(tmp_path / "proof", "prove", str(entry_id))
    monkeypatch.setattr("django.db.connection", None)
    tries: list[list[str | Path]] = [
        [],
        ["--checkpoint", kept],
        ["--checkpoint", kept, "--key", key],
    ]
    for arguments in tries:
        result = anlan("check-proof", file, *arguments)
        assert result.exit_code == 0, result.output
        assert f"entry {entry_id} is leaf 123 of the log of 300 entries" in result.stdout
        assert body_of("A") in result.stdout
    proof = json.loads(file.read_text(encoding="utf-8"))
    proof["body"] = proof["body"].replace("case.noted", "case.closed")
    file.write_text(json.dumps(proof), encoding="utf-8")
    assert anlan("check-proof", file).exit_code == 1


def test_tampered_checkpoint_file_is_refused(tmp_path: Path) -> None:
    write_many(2)
    kept = keep(tmp_path / "old", "checkpoint")
    text = kept.read_text(encoding="utf-8")
    kept.write_text(text.replace("\n2\n", "\n1\n"), encoding="utf-8")
    result = anlan("verify", "--checkpoint", kept)
    assert result.exit_code == 1
    assert "SIGNATURE_INVALID" in result.stdout
    kept.write_text("nothing of the kind", encoding="utf-8")
    result = anlan("verify", "--checkpoint", kept)
    assert result.exit_code != 0
    assert "CHECKPOINT_UNREADABLE" in str(result.exception)
    kept.write_bytes(b"\xff\xfe")
    assert "is not UTF-8 text" in anlan("verify", "--checkpoint", kept).output
