"""`anlan ledger`: hand out checkpoints, prove entries, check the whole log."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from anlan.cli import with_django

if TYPE_CHECKING:
    from anlan.ledger import rules

TEXT_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.group()
def group() -> None:
    """The record of what was done, by whom and when.

    \b
    Keep a checkpoint outside, where those who run this instance cannot change it:
      anlan ledger checkpoint > 2026-11.checkpoint
    Months later, check that nothing older than it was changed since:
      anlan ledger verify --checkpoint 2026-11.checkpoint
    """


@group.command()
@with_django
def checkpoint() -> None:
    """Print a signed checkpoint of the log as it is now."""
    from anlan.kernel import clock
    from anlan.ledger import actions

    while actions.sequence(at=clock.now()) >= actions.BATCH_LIMIT:
        pass
    click.echo(actions.make_checkpoint(at=clock.now()).note, nl=False)


@group.command()
@with_django
def key() -> None:
    """Print the public key that checks this instance's checkpoints, as one line."""
    from anlan.ledger import queries, rules

    found = queries.find_key()
    if found is None:
        raise click.ClickException("There is no key yet; `anlan ledger checkpoint` makes it.")
    click.echo(str(rules.verifier_of(found)))


@group.command()
@with_django
def status() -> None:
    """Show how many entries the log holds and how many wait for their place."""
    from anlan.ledger import queries

    now = queries.get_status()
    click.echo(f"entries in the tree  {now.size}")
    click.echo(f"pending              {now.pending}")
    click.echo(f"last sequenced       {now.sequenced_at or 'never'}")
    click.echo(
        "newest checkpoint    "
        + (f"{now.checkpoint_size} entries, {now.checkpoint_at}" if now.checkpoint_at else "none")
    )


@group.command()
@click.option(
    "--checkpoint",
    "files",
    type=TEXT_FILE,
    multiple=True,
    help="A checkpoint kept outside; may be given several times, which narrows down the place.",
)
@click.option("--key", "key_line", help="Public key to check them with; default: this instance's.")
@with_django
def verify(files: tuple[Path, ...], key_line: str | None) -> None:
    """Check every entry, leaf, node and checkpoint; exit 1 when anything is wrong.

    Without --checkpoint only contradictions inside the database are found. With one, a history
    that was rewritten throughout, by whomever, is found as well.
    """
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn

    from anlan.ledger import queries, rules

    verifier = _get_verifier(key_line)
    kept, wrong = [], 0
    for file in files:
        note = rules.read_checkpoint(_read_text(file))
        kept.append(note)
        if verifier is None or not verifier.has_signed(note):
            wrong += 1
            known = verifier.name if verifier else "this instance, which has no key yet"
            click.echo(f"SIGNATURE_INVALID: {file} is not signed by {known}")
    columns = (BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    last = None
    with Progress("entries", *columns, console=Console(stderr=True), transient=True) as progress:
        bar = progress.add_task("entries", total=None)
        for step in queries.audit(kept=kept):
            progress.update(bar, completed=step.done, total=step.total)
            for finding in step.found:
                wrong += 1
                click.echo(str(finding))
            last = step
    assert last is not None
    click.echo(f"checked   {last.total} entries")
    click.echo(f"pending   {last.pending} entries wait for their place in the tree")
    if last.root is not None:
        click.echo(f"root      {last.root.hex()}")
    if wrong:
        click.echo(f"NOT INTACT: {wrong} findings, listed above.", err=True)
        sys.exit(1)
    for note in kept:
        click.echo(
            f"unchanged since the checkpoint of {note.at.isoformat()}: its {note.size} entries "
            f"are the first of {last.total}, {last.total - note.size} came after it"
        )
    click.echo("intact" if kept else "intact in itself; give --checkpoint to rule out a rewrite")


@group.command()
@click.argument("entry_id", type=int)
@click.option("--size", type=int, help="Size of the log to prove it for; default: see below.")
@with_django
def prove(entry_id: int, size: int | None) -> None:
    """Print a proof, as JSON, that ENTRY_ID is in the log.

    It is made for the newest checkpoint, or for the log as it is when no checkpoint covers the
    entry yet. `anlan ledger check-proof` checks it on any machine, without a database.
    """
    from anlan.ledger import queries

    click.echo(queries.prove_inclusion(entry_id=entry_id, size=size).to_json())


@group.command("check-proof")
@click.argument("file", type=TEXT_FILE)
@click.option(
    "--checkpoint", "kept", type=TEXT_FILE, help="Check against this checkpoint kept outside."
)
@click.option("--key", "key_line", help="Public key that must have signed the checkpoint.")
def check_proof(file: Path, kept: Path | None, key_line: str | None) -> None:
    """Check a proof made by `anlan ledger prove`; needs no database. Exit 1 when it fails."""
    from anlan.ledger import rules

    proof = rules.read_proof(_read_text(file))
    if not proof.is_valid():
        raise click.ClickException(f"The proof in {file} does not lead to the root it names.")
    text = _read_text(kept) if kept else proof.checkpoint
    if text:
        note = rules.read_checkpoint(text)
        if (note.size, note.root) != (proof.size, proof.root):
            raise click.ClickException(
                f"The proof is for {proof.size} entries with root {proof.root.hex()}, the "
                f"checkpoint for {note.size} with root {note.root.hex()}."
            )
        if key_line and not rules.read_verifier(key_line).has_signed(note):
            raise click.ClickException("The checkpoint is not signed by the given key.")
        signed = "signature checked" if key_line else "signature not checked, give --key"
        click.echo(f"checkpoint of {note.at.isoformat()} ({signed})")
    elif key_line:
        raise click.ClickException("The proof carries no checkpoint; give --checkpoint.")
    click.echo(
        f"entry {proof.entry_id} is leaf {proof.leaf_index} of the log of {proof.size} entries "
        f"with root {proof.root.hex()}"
    )
    click.echo(proof.body)


def _get_verifier(key_line: str | None) -> rules.Verifier | None:
    from anlan.ledger import queries, rules

    if key_line:
        return rules.read_verifier(key_line)
    found = queries.find_key()
    return rules.verifier_of(found) if found else None


def _read_text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except UnicodeDecodeError as wrong:
        raise click.ClickException(f"{file} is not UTF-8 text: {wrong}") from wrong
