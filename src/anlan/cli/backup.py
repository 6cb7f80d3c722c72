"""`anlan backup` and `anlan restore`: everything an instance is, kept elsewhere and brought back.

Restoring and verifying never set Django up in this process: in an empty home that would make new
keys. What was restored is checked by commands of its own.
"""

from __future__ import annotations

import contextlib
import gettext
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from anlan.cli import with_django
from anlan.config import env

FOLDER = click.Path(file_okay=False, path_type=Path)


@click.group(invoke_without_command=True)
@click.option(
    "--kind",
    type=click.Choice(["dump", "base"]),
    help="Default: base with ANLAN_BACKUP_LOG, else dump.",
)
@click.option("--verify/--no-verify", default=True, help="Prove it by a real restore.")
@click.option("--scratch", type=FOLDER, help="Folder for that restore; default: that of TMPDIR.")
@click.pass_context
def group(ctx: click.Context, kind: str | None, verify: bool, scratch: Path | None) -> None:
    """Make a backup of the whole instance, restore it for proof, and delete old ones.

    It holds database and photos, encrypted for the backup key; the instance's own keys lie beside
    it in an archive of their own. Keep a copy of the backup key elsewhere.

    \b
    Examples:
      ANLAN_BACKUP_FOLDER=/mnt/other-disk anlan backup
      anlan backup list
      anlan backup verify newest
    """
    if ctx.invoked_subcommand is None:
        _speak()
        backup = _make(kind)
        if verify:
            _verify(backup, scratch)
        _tidy()


@group.command("list")
def list_all() -> None:
    """List the backups and how far the archived log reaches."""
    from anlan.backup import log, shelf

    folder = env.get_backup_folder()
    backups = shelf.list_backups(folder)
    click.echo(f"{folder}: {len(backups)} backups")
    for one in backups:
        state = (
            f"restored for proof {one.verified_at:%Y-%m-%d %H:%M} UTC" if one.verified_at
            else f"NOT PROVEN: {one.problem}" if one.problem else "not verified"
        )  # fmt: skip
        size = f"{one.size_bytes / 1e6:,.1f} MB"
        click.echo(f"  {one.name}  {one.kind:<4}  {size:>12}  {one.entries:>9} entries  {state}")
    for system in sorted((folder / shelf.LOG).glob("*")):
        names = [name for name in log.list_names(folder, system.name) if "." not in name]
        if names:
            click.echo(f"  log of {system.name}: {len(names)} segments, {names[0]} to {names[-1]}")


@group.command()
@click.argument("name", default="newest")
@click.option("--scratch", type=FOLDER, help="Folder for the restore; default: that of TMPDIR.")
def verify(name: str, scratch: Path | None) -> None:
    """Restore the backup NAME (a name, a path, "newest") into a scratch home and check it."""
    from anlan.backup import shelf

    _speak()
    _verify(shelf.find_backup(env.get_backup_folder(), name), scratch)


@group.command()
@click.option("--json", "as_json", is_flag=True, help="Print one line of JSON.")
@click.option("--rows-only", is_flag=True, hidden=True)
@click.option("--entries", type=int, default=0, hidden=True)
@click.option("--root", default="", hidden=True)
@with_django
def check(as_json: bool, rows_only: bool, entries: int, root: str) -> None:
    """Check this instance as after a restore: ledger, photos, keys; exit 1 when anything is wrong."""
    import json

    from anlan.backup import checking

    if rows_only:
        click.echo(json.dumps({"rows": checking.count_rows()}))
        return
    with _progress() as tell:
        found = checking.look(tell=tell, entries=entries, root=root)
    if as_json:
        click.echo(found.to_json())
        return
    for line in found.wrong:
        click.echo(line)
    _tell_found(
        {
            "entries": found.entries,
            "files": found.files,
            "contacts": found.contacts,
            "rows": found.rows,
        }
    )
    if found.wrong:
        raise click.ClickException(f"{len(found.wrong)} things are wrong, listed above.")
    click.echo("whole")


@group.command()
@with_django
def ship() -> None:
    """Take what the bundled server has logged to the archive now, not within the next minute."""
    from anlan.backup import actions, making, programs

    home = env.get_home()
    making.close_segment(programs.find_bundled(home), within_s=30)
    count = actions.ship_log(
        home=home, folder=env.get_backup_folder(), key_file=env.get_backup_key_file()
    )
    click.echo(f"{count} files of the log archived")


@click.command()
@click.argument("name", default="newest")
@click.option(
    "--to-time",
    "to",
    help="Replay the log up to this instant (2026-11-27T09:30:00+08:00), or: end, backup.",
)
@click.option(
    "--keys",
    "key_files",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Archive of the instance's keys; default: keys.age of the log, else beside the backup.",
)
def restore(name: str, to: str | None, key_files: Path | None) -> None:
    """Bring the backup NAME (a name, a path, "newest") back into an empty ANLAN_HOME.

    With ANLAN_DATABASE_URL the database goes into that one, which must be empty. Nothing is
    overwritten. With an archived log, the newest state is restored unless --to-time names another.

    \b
    Examples:
      ANLAN_HOME=/srv/anlan-back ANLAN_BACKUP_FOLDER=/mnt/other-disk \\
        ANLAN_BACKUP_KEY_FILE=backup.key anlan restore newest
      anlan restore --to-time 2026-11-27T09:30:00+08:00
    """
    from anlan.backup import keys, returning, rules
    from anlan.config.restarting import only_one

    _speak()
    folder, key_file = env.get_backup_folder(), env.get_backup_key_file()
    instant: datetime | str | None = to if to in (None, "end", "backup") else rules.read_instant(to)
    backup = returning.choose(folder, name, to=instant)
    identity = keys.get_backup_key(key_file)
    began = time.monotonic()
    with only_one(env.get_home(), "anlan restore"), _progress() as tell:
        manifest, found, reached = returning.bring_back(
            backup, identity=identity, key_file=key_file, key_files=key_files,
            to=instant, tell=tell,
        )  # fmt: skip
    click.echo(
        f"restored {manifest.name} ({manifest.kind}, made {manifest.made_at:%Y-%m-%d %H:%M:%S} UTC by anlan {manifest.anlan}) into {env.get_home()}"
    )
    click.echo(f"state     {reached}")
    _tell_found(found)
    click.echo(f"took      {time.monotonic() - began:.1f} s")
    click.echo("Start it: anlan run. Then make a backup of it: anlan backup")


def _make(kind: str | None) -> Path:
    from anlan.backup import keys

    key_file = env.get_backup_key_file()
    if keys.make_backup_key(key_file):
        click.secho(
            f"Made the backup key {key_file}. Copy it to where this machine's fire does not reach: without it no backup can be opened.",
            fg="yellow",
            err=True,
        )
    return _make_with_django(kind)


@with_django
def _make_with_django(kind: str | None) -> Path:
    from anlan.backup import actions, rules
    from anlan.config.database import address
    from anlan.kernel.clock import now

    archives = env.is_on("ANLAN_BACKUP_LOG") and not address.is_outside()
    chosen = rules.Kind(kind.upper()) if kind else rules.Kind.BASE if archives else rules.Kind.DUMP
    folder, key_file = env.get_backup_folder(), env.get_backup_key_file()
    began = time.monotonic()
    with _progress() as tell:
        backup = actions.make(
            home=env.get_home(), folder=folder, key_file=key_file, kind=chosen, at=now(),
            tell=lambda what, done: tell(what, done, None),
        )  # fmt: skip
    if archives:
        actions.ship_log(home=env.get_home(), folder=folder, key_file=key_file)
    size = (backup / "archive.age").stat().st_size
    click.echo(f"{backup}  {chosen}  {size / 1e6:,.1f} MB  {time.monotonic() - began:.1f} s")
    return backup


def _verify(backup: Path, scratch: Path | None) -> None:
    from anlan.backup import keys, returning

    key_file = env.get_backup_key_file()
    identity = keys.get_backup_key(key_file)
    began = time.monotonic()
    with _progress() as tell:
        found = returning.verify(
            backup, identity=identity, key_file=key_file, scratch=scratch, tell=tell
        )
    _tell_found(found)
    click.echo(
        f"proven by a restore of {time.monotonic() - began:.1f} s: ledger, rows, photos and keys are those of the backup"
    )


def _tidy() -> None:
    from anlan.backup import making

    for name in making.tidy(
        folder=env.get_backup_folder(), kept=env.get_number("ANLAN_BACKUP_KEPT")
    ):
        click.echo(f"deleted {name}: more than ANLAN_BACKUP_KEPT newer ones are proven")


def _tell_found(found: dict[str, Any]) -> None:
    rows = found["rows"]
    click.echo(f"cases     {rows.get('cases_case', 0)}")
    click.echo(f"ledger    {found['entries']} entries, intact")
    click.echo(f"photos    {found['files']} files, none lost")
    click.echo(f"contacts  {found['contacts']} tried, all open")


@contextlib.contextmanager
def _progress() -> Iterator[Callable[[str, int, int | None], None]]:
    """Show what is being done on the terminal, and how far it is."""
    from rich.console import Console
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as shown:
        bar = shown.add_task("…", total=None)

        def tell(what: str, done: int, total: int | None) -> None:
            far = f"{done:,} of {total:,}" if total else f"{done / 1e6:,.1f} MB" if done else ""
            shown.update(bar, description=f"{what} {far}")

        yield tell


def _speak() -> None:
    """Have errors speak the language of the terminal, without Django."""
    from anlan.config import translations
    from anlan.kernel import errors

    spoken = os.environ.get("LC_ALL") or os.environ.get("LANG") or ""
    if spoken.startswith("zh"):
        folder = Path(tempfile.mkdtemp(prefix="anlan-texts-"))
        try:
            translations.compile_stale(folder)
            errors.set_translator(gettext.translation("django", folder, ["zh_Hans"]).gettext)
        finally:
            shutil.rmtree(folder)
