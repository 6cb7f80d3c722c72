"""Which backups are kept, when the next is due, which log a replay needs, what a manifest says."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anlan.backup import rules
from anlan.backup.errors import BackupDamaged, BackupOfNewerForm, InstantUnclear, LogMissing

NOON = datetime(2026, 11, 27, 12, tzinfo=UTC)
START = rules.LogPoint(system="7", segment="0000000100000000000000FE", segment_bytes=16 << 20)
MANIFEST = rules.Manifest(
    name="20261127T120000Z", kind=rules.Kind.BASE, made_at=NOON, anlan="0.1.0", postgresql=18,
    entries=3, root="ab", keys={"secret.key": "12"}, migrations=["cases.0001_initial"], log=START,
)  # fmt: skip


def shelved(days: int, *, is_proven: bool = True) -> rules.Shelved:
    at = NOON + timedelta(days=days)
    return rules.Shelved(
        name=rules.name_backup(at), kind=rules.Kind.BASE, made_at=at, ended_at=at, size_bytes=1,
        entries=0, anlan="0.1.0", log=START, verified_at=at if is_proven else None,
    )  # fmt: skip


def test_a_manifest_says_the_same_when_it_is_read_again() -> None:
    assert rules.read_manifest(MANIFEST.to_json()) == MANIFEST
    plain = replace(MANIFEST, log=None, kind=rules.Kind.DUMP, rows={"cases_case": 2})
    assert rules.read_manifest(plain.to_json()) == plain
    note = shelved(0).failed("disk")
    assert rules.read_shelved(note.to_json()) == note
    assert note.verified(NOON).problem == ""


def test_a_form_of_the_future_and_nonsense_are_refused() -> None:
    with pytest.raises(BackupOfNewerForm):
        rules.read_manifest(replace(MANIFEST, format=rules.FORMAT + 1).to_json())
    for data in (b"", b"[]", b"{}", b"\xff"):
        with pytest.raises(BackupDamaged):
            rules.read_manifest(data)


@given(
    proofs=st.lists(st.booleans(), max_size=30),
    kept=st.integers(min_value=0, max_value=20),
)
def test_the_newest_proven_backups_are_always_kept(proofs: list[bool], kept: int) -> None:
    shelf = [shelved(day, is_proven=proven) for day, proven in enumerate(proofs)]
    expired = rules.choose_expired(shelf, kept=kept)
    left = [one for one in shelf if one not in expired]
    proven = [one for one in shelf if one.verified_at]
    assert [one for one in left if one.verified_at] == proven[-max(1, kept) :]
    # What is newer than the oldest kept one stays, proven or not: it may be proven yet.
    if len(proven) >= max(1, kept):
        assert left == [one for one in shelf if one.made_at >= proven[-max(1, kept)].made_at]
    else:
        assert expired == []


def test_while_nothing_is_proven_nothing_goes() -> None:
    assert rules.choose_expired([shelved(n, is_proven=False) for n in range(9)], kept=1) == []


@given(hour=st.integers(0, 23), minutes=st.integers(0, 3 * 24 * 60))
def test_one_backup_a_day_is_due_and_a_missed_one_is_made_up_for(hour: int, minutes: int) -> None:
    made: datetime | None = None
    count = 0
    for step in range(72):
        at = NOON + timedelta(minutes=minutes, hours=step, seconds=7 * 60)
        if rules.is_due(newest=made, hour=hour, at=at):
            made, count = at, count + 1
    assert count in (3, 4)
    assert made is not None
    assert rules.is_due(newest=made, hour=hour, at=made + timedelta(days=1, hours=1))


def test_the_base_for_an_instant_had_ended_by_then() -> None:
    shelf = [shelved(0), shelved(1), replace(shelved(2), kind=rules.Kind.DUMP)]
    assert rules.choose_base(shelf, to=None) == shelf[1]
    assert rules.choose_base(shelf, to=NOON + timedelta(hours=5)) == shelf[0]
    assert rules.choose_base(shelf, to=NOON - timedelta(seconds=1)) is None


def test_log_before_the_base_and_of_other_timelines_is_not_needed() -> None:
    names = [rules.name_segment("00000001", place, 16 << 20) for place in range(253, 258)]
    others = ["00000002.history", "000000020000000100000000", f"{names[1]}.00000028.backup"]
    assert rules.choose_log([*names, *others], start=START) == [*names[1:], "00000002.history"]
    assert names[3] == "000000010000000100000000"


def test_a_gap_in_the_log_is_named() -> None:
    names = [rules.name_segment("00000001", place, 16 << 20) for place in (254, 255, 257)]
    with pytest.raises(LogMissing) as missing:
        rules.choose_log(names, start=START)
    assert missing.value.data["segment"] == "000000010000000100000000"
    with pytest.raises(LogMissing):
        rules.choose_log(names[1:], start=START)


def test_an_instant_must_say_its_zone() -> None:
    for text in ("2026-11-27 09:30", "yesterday", ""):
        with pytest.raises(InstantUnclear):
            rules.read_instant(text)


def test_tables_that_differ_are_named() -> None:
    assert rules.list_differences({"a": 1, "b": 2}, {"a": 1, "b": 2, "c": 9}) == []
    assert rules.list_differences({"a": 1}, {}) == ["a: 0 instead of 1 rows"]
