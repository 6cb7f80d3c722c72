"""The ways a backup is used: proven in a scratch home, or brought back as an instance."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pyrage.x25519 import Identity

from anlan.backup import basing, log, proving, restoring, rules, shelf, targets
from anlan.backup.errors import InstantBeforeBackups
from anlan.config import env
from anlan.kernel.clock import now
from anlan.kernel.errors import AnlanError

Tell = Callable[[str, int, int | None], None]


def verify(
    backup: Path, *, identity: Identity, key_file: Path, scratch: Path | None, tell: Tell
) -> dict[str, Any]:
    """Restore a backup into a scratch home, check it whole, note the outcome; give what was found.

    Raises what `restoring.restore` and `proving.prove` raise.
    """
    note = shelf.get_note(backup)
    try:
        with targets.scratch(scratch) as target:
            manifest = restoring.restore(
                backup, target, identity=identity, key_file=key_file,
                key_files=backup / shelf.KEYS, to=basing.BACKUP, tell=tell,
            )  # fmt: skip
            tell("checking what was restored", 0, None)
            found = proving.prove(manifest, target, exact=manifest.kind is rules.Kind.DUMP)
    except AnlanError as wrong:
        if note is not None:
            shelf.put_note(backup, note.failed(f"{wrong.code}: {wrong.message}"))
        raise
    if note is not None:
        shelf.put_note(backup, note.verified(now()))
    return found


def choose(folder: Path, name: str, *, to: datetime | str | None) -> Path:
    """Choose the backup to restore: for an instant, the newest base that had ended by then.

    Raises BackupUnknown, InstantBeforeBackups.
    """
    if name != "newest" or not isinstance(to, datetime):
        return shelf.find_backup(folder, name)
    backups = shelf.list_backups(folder)
    base = rules.choose_base(backups, to=to)
    if base is None:
        ends = [one.ended_at for one in backups if one.kind is rules.Kind.BASE]
        oldest = min(ends).isoformat(timespec="seconds") if ends else "–"
        raise InstantBeforeBackups(folder=folder, instant=to.isoformat(), oldest=oldest)
    return folder / base.name


def bring_back(
    backup: Path,
    *,
    identity: Identity,
    key_file: Path,
    key_files: Path | None,
    to: datetime | str | None,
    tell: Tell,
) -> tuple[rules.Manifest, dict[str, Any], str]:
    """Restore into this process's own home; give the manifest, what was found, the state reached.

    key_files: None for those that lie with the log, or beside the backup. to: None for the newest
    state there is: the end of the log, or of the backup without one.
    """
    target = targets.get_target()
    manifest = restoring.read_manifest(backup, identity=identity, key_file=key_file)
    if manifest.kind is rules.Kind.DUMP:
        if isinstance(to, datetime) or to == basing.END:
            raise InstantBeforeBackups(
                folder=backup.parent, instant=str(to), oldest=manifest.made_at.isoformat()
            )
        to = basing.BACKUP
    elif to is None:
        has_log = manifest.log and log.list_names(backup.parent, manifest.log.system)
        to = basing.END if has_log else basing.BACKUP
    restoring.restore(
        backup, target, identity=identity, key_file=key_file,
        key_files=key_files or shelf.find_key_files(backup, manifest.log), to=to, tell=tell,
    )  # fmt: skip
    if manifest.log is not None:
        # So that another restore from the same log takes another number for its timeline.
        for name, data in basing.list_histories(env.get_home()).items():
            log.put(
                name, data, target=backup.parent / shelf.LOG / manifest.log.system,
                identity=identity, key_file=key_file,
            )  # fmt: skip
    tell("checking what was restored", 0, None)
    found = proving.prove(manifest, target, exact=to == basing.BACKUP and manifest.log is None)
    reached = (
        f"as at {to.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC" if isinstance(to, datetime)
        else "as at the end of the archived log" if to == basing.END
        else "as in the backup"
    )  # fmt: skip
    return manifest, found, reached
