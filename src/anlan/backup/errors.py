"""What can stand in the way of a backup or a return, in words that say how to go on."""

from anlan.kernel.errors import Conflict, Invalid, NotFound, Unavailable


class BackupKeyMissing(NotFound):
    """There is no backup key in {file}. Copy yours there, or name it in ANLAN_BACKUP_KEY_FILE; without it no backup can be opened."""


class BackupKeyBroken(Invalid):
    """{file} does not hold a backup key (a line that begins with AGE-SECRET-KEY-1). Restore it from your copy."""


class BackupKeyWrong(Invalid):
    """The backup {name} was not encrypted for the key in {file}. Use the key that was in use when it was made: ANLAN_BACKUP_KEY_FILE=…"""


class BackupDamaged(Invalid):
    """The backup is damaged or incomplete: {reason}. Take another one (anlan backup list)."""


class BackupOfNewerForm(Invalid):
    """The backup has form {format}, this version reads up to {known}. Install the version that made it, or a newer one."""


class BackupOfNewerVersion(Invalid):
    """The backup was made by anlan {version} with tables this version does not know ({unknown}). Install that version or a newer one."""


class BackupOfOtherServer(Invalid):
    """The backup is a base of PostgreSQL {made_with}, but the bundled one is {here}. Restore a DUMP, or install the version of anlan that made it."""


class BackupUnknown(NotFound):
    """There is no backup {name} in {folder}. See: anlan backup list"""


class BackupRunning(Conflict):
    """Another backup is being made in {folder}. Wait until it has ended."""


class BackupNotWritten(Unavailable):
    """The backup could not be written to {folder}: {reason}. Nothing half is left behind; make room or choose another folder (ANLAN_BACKUP_FOLDER)."""


class ProgramFailed(Unavailable):
    """{program} failed: {reason}"""


class ProgramTooOld(Invalid):
    """The server is PostgreSQL {server}, but no pg_dump of that version or newer was found (the newest is {found}). Install its client programs (Debian: postgresql-client-{server}) and put them on PATH."""


class BundledOnly(Invalid):
    """A base backup and the log archive are of the bundled PostgreSQL only. For your own server use its own tools, and anlan backup --kind dump beside them."""


class HomeInUse(Conflict):
    """{home} already holds {what}. Restoring overwrites nothing: set ANLAN_HOME to an empty folder, or move that one away."""


class DatabaseInUse(Conflict):
    """The database in ANLAN_DATABASE_URL already holds tables. Restoring overwrites nothing: make an empty database for it."""


class KeyFilesMissing(NotFound):
    """The instance's key files do not lie beside the backup ({file}). Name them with --keys; without them contacts stay sealed for ever."""


class KeyFilesOfAnother(Invalid):
    """The key files are not those of this backup: {names} differ. Contacts sealed with other keys cannot be opened."""


class NotTheSame(Invalid):
    """What was restored is not what was backed up: {differences}"""


class InstantUnclear(Invalid):
    """{text!r} is no instant with a time zone. Write it like 2026-11-27T09:30:00+08:00"""


class InstantBeforeBackups(Invalid):
    """No base backup in {folder} had ended by {instant}; the oldest ended at {oldest}."""


class InstantNotReached(Invalid):
    """The archived log ends before {instant}: nothing was written after {last}. Give an earlier instant, or --to-time end for all there is."""


class LogMissing(Invalid):
    """The archived log has a gap: {segment} is missing. Only instants before it can be reached, from an older state of the archive, or a later base backup."""


class LogConflict(Conflict):
    """The archived log already holds another {segment}. Two instances write to one archive: give each a folder of its own (ANLAN_BACKUP_FOLDER)."""
