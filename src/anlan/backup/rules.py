"""What a backup says of itself, which ones are kept, when the next is due, which log is needed."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime, time, timedelta
from enum import StrEnum
from typing import Any

from anlan.backup.errors import BackupDamaged, BackupOfNewerForm, InstantUnclear, LogMissing
from anlan.kernel.reading import read_json

FORMAT = 1
"""Number of the archive's form; a reader refuses a higher one."""

NAME = re.compile(r"\d{8}T\d{6}Z(-\d+)?")
_SEGMENT = re.compile(r"[0-9A-F]{24}")


class Kind(StrEnum):
    """How the database lies in an archive."""

    DUMP = "DUMP"
    BASE = "BASE"


@dataclass(frozen=True, kw_only=True)
class LogPoint:
    """From where on a base backup needs the log, and whose log it is."""

    system: str
    """The cluster's identifier; logs of two clusters never mix."""
    segment: str
    """Name of the first segment that is needed."""
    segment_bytes: int


@dataclass(frozen=True, kw_only=True)
class Manifest:
    """The first member of an archive: what it is and what must be found after a restore.

    rows: table → rows in the dumped snapshot; empty for a base, whose instant is its end.
    root: of the ledger's first `entries` entries, hexadecimal.
    keys: file name → fingerprint of each key file of the instance.
    migrations: "room.0001_name" of every migration applied.
    """

    name: str
    kind: Kind
    made_at: datetime
    anlan: str
    postgresql: int
    entries: int
    root: str
    rows: Mapping[str, int] = field(default_factory=dict)
    keys: Mapping[str, str] = field(default_factory=dict)
    migrations: Sequence[str] = ()
    log: LogPoint | None = None
    format: int = FORMAT

    def to_json(self) -> bytes:
        """Write it down."""
        return json.dumps(
            asdict(self) | {"made_at": self.made_at.isoformat()}, ensure_ascii=False, indent=1
        ).encode()


def _check_kinds(manifest: Manifest) -> None:
    """Make sure that numbers are numbers and texts texts, before they are compared. Raises TypeError."""
    texts = [manifest.name, manifest.anlan, manifest.root, *manifest.migrations]
    texts += [*manifest.rows, *manifest.keys, *manifest.keys.values()]
    numbers = [manifest.postgresql, manifest.entries, manifest.format, *manifest.rows.values()]
    if manifest.log:
        texts += [manifest.log.system, manifest.log.segment]
        numbers.append(manifest.log.segment_bytes)
    for kind, values in ((str, texts), (int, numbers)):
        for value in values:
            if not isinstance(value, kind):
                raise TypeError(f"{value!r} where {kind.__name__} is needed")


def read_manifest(data: bytes) -> Manifest:
    """Read what `Manifest.to_json` wrote. Raises BackupDamaged, BackupOfNewerForm."""
    try:
        found: dict[str, Any] = read_json(data)
        if found["format"] > FORMAT:
            raise BackupOfNewerForm(format=found["format"], known=FORMAT)
        log = found.pop("log")
        manifest = Manifest(
            **found
            | {
                "kind": Kind(found["kind"]),
                "made_at": datetime.fromisoformat(found["made_at"]),
                "log": LogPoint(**log) if log else None,
            }
        )
        _check_kinds(manifest)
        return manifest
    except (ValueError, KeyError, TypeError, AttributeError) as wrong:
        raise BackupDamaged(reason=f"its manifest cannot be read ({wrong})") from wrong


@dataclass(frozen=True, kw_only=True)
class Shelved:
    """One backup on the shelf, as the open note beside the archive tells; nothing in it is secret."""

    name: str
    kind: Kind
    made_at: datetime
    ended_at: datetime
    size_bytes: int
    entries: int
    anlan: str
    log: LogPoint | None = None
    verified_at: datetime | None = None
    problem: str = ""

    def to_json(self) -> str:
        """Write the note."""
        said = asdict(self)
        for name in ("made_at", "ended_at", "verified_at"):
            said[name] = said[name].isoformat() if said[name] else None
        return json.dumps(said, ensure_ascii=False, indent=1) + "\n"

    def verified(self, at: datetime) -> Shelved:
        """Note that a restore has succeeded."""
        return replace(self, verified_at=at, problem="")

    def failed(self, problem: str) -> Shelved:
        """Note that a restore has failed."""
        return replace(self, verified_at=None, problem=problem)


def read_shelved(text: str) -> Shelved:
    """Read an open note. Raises ValueError, KeyError or TypeError when it is none."""
    said: dict[str, Any] = read_json(text)
    for name in ("made_at", "ended_at", "verified_at"):
        said[name] = datetime.fromisoformat(said[name]) if said[name] else None
    log = said.pop("log")
    return Shelved(**said | {"kind": Kind(said["kind"]), "log": LogPoint(**log) if log else None})


def name_backup(at: datetime, taken: Iterable[str] = ()) -> str:
    """Name a backup after the UTC second it was begun in.

    >>> name_backup(datetime(2026, 11, 27, 3, 0, tzinfo=UTC))
    '20261127T030000Z'
    >>> name_backup(datetime(2026, 11, 27, 3, 0, tzinfo=UTC), taken=["20261127T030000Z"])
    '20261127T030000Z-2'
    """
    plain, names = at.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ"), set(taken)
    numbered = (f"{plain}-{number}" for number in range(2, len(names) + 3))
    return plain if plain not in names else next(n for n in numbered if n not in names)


def choose_expired(shelf: Sequence[Shelved], *, kept: int) -> list[Shelved]:
    """Choose what may go: all but the newest `kept` that have been restored once.

    What was never proven counts for nothing: it neither pushes out a proven one nor stays longer
    than the oldest of those that are kept. While there are fewer of those, everything stays.
    """
    proven = sorted((one for one in shelf if one.verified_at), key=lambda one: one.made_at)
    if len(proven) < max(1, kept):
        return []
    oldest = proven[-max(1, kept)]
    return [one for one in shelf if one.made_at < oldest.made_at]


def is_due(*, newest: datetime | None, hour: int, at: datetime) -> bool:
    """Tell whether the nightly backup is to be made now: none since the hour last struck.

    at, hour: in the time zone of `at`. A machine that slept through the hour makes up for it, and
    a failed one is tried again the next time this is asked.

    >>> three = datetime(2026, 11, 27, 3, 5, tzinfo=UTC)
    >>> is_due(newest=three - timedelta(hours=24), hour=3, at=three)
    True
    >>> is_due(newest=three, hour=3, at=three + timedelta(hours=23))
    False
    """
    struck = datetime.combine(at.date(), time(hour), tzinfo=at.tzinfo)
    if struck > at:
        struck -= timedelta(days=1)
    return newest is None or newest < struck


def choose_base(shelf: Sequence[Shelved], *, to: datetime | None) -> Shelved | None:
    """Choose the newest base backup that had ended by an instant (None: the newest)."""
    fitting = [one for one in shelf if one.kind is Kind.BASE and (to is None or one.ended_at <= to)]
    return max(fitting, key=lambda one: one.ended_at, default=None)


def read_instant(text: str) -> datetime:
    """Read an instant that names its time zone; a night's work hangs on those hours.

    >>> read_instant("2026-11-27T09:30:00+08:00").astimezone(UTC).isoformat()
    '2026-11-27T01:30:00+00:00'
    """
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise InstantUnclear(text=text) from None
    if found.tzinfo is None:
        raise InstantUnclear(text=text)
    return found


def is_segment(name: str) -> bool:
    """Tell a segment of the log from history files and the like.

    >>> is_segment("00000001000000000000000A"), is_segment("00000002.history")
    (True, False)
    """
    return _SEGMENT.fullmatch(name) is not None


def place_of_segment(name: str, segment_bytes: int) -> int:
    """Give a segment's place in the log, whatever its timeline.

    >>> place_of_segment("000000010000000000000002", 16 << 20)
    2
    >>> place_of_segment("000000020000000100000001", 16 << 20)
    257
    """
    return int(name[8:16], 16) * (0x1_0000_0000 // segment_bytes) + int(name[16:24], 16)


def name_segment(timeline: str, place: int, segment_bytes: int) -> str:
    """Name the segment at a place.

    >>> name_segment("00000001", 257, 16 << 20)
    '000000010000000100000001'
    """
    high, low = divmod(place, 0x1_0000_0000 // segment_bytes)
    return f"{timeline}{high:08X}{low:08X}"


def choose_log(names: Iterable[str], *, start: LogPoint) -> list[str]:
    """Choose the archived files that a replay from `start` may ask for, histories included.

    A replay stays on the timeline of its base; histories tell which numbers are taken.
    Raises LogMissing when a segment between the first and the last one is not there.

    >>> start = LogPoint(system="1", segment="000000010000000000000004", segment_bytes=16 << 20)
    >>> choose_log(["000000010000000000000003", "000000010000000000000004"], start=start)
    ['000000010000000000000004']
    """
    size = start.segment_bytes
    first = place_of_segment(start.segment, size)
    chosen = sorted(
        name
        for name in names
        if name.endswith(".history")
        or (
            is_segment(name)
            and name[:8] == start.segment[:8]
            and place_of_segment(name, size) >= first
        )
    )
    there = {place_of_segment(name, size) for name in chosen if is_segment(name)}
    for place in range(first, max(there, default=first) + 1):
        if place not in there:
            raise LogMissing(segment=name_segment(start.segment[:8], place, size))
    return chosen


def list_differences(expected: Mapping[str, int], found: Mapping[str, int]) -> list[str]:
    """Name the tables whose rows are not those of the backup.

    >>> list_differences({"cases_case": 2, "notes": 1}, {"cases_case": 1, "notes": 1})
    ['cases_case: 1 instead of 2 rows']
    """
    return [
        f"{table}: {found.get(table, 0)} instead of {rows} rows"
        for table, rows in sorted(expected.items())
        if found.get(table, 0) != rows
    ]
