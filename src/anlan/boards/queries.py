"""Reads of the room: who may see which board, and the board itself.

A board counts everything of its place, so it is read in the scope of everything after `access_board` has
said that the reader watches over the whole place; nothing but counts leaves this module.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from threading import Lock
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connection

from anlan.boards import rules
from anlan.boards.rules import Board, Tally
from anlan.kernel import scope, sql
from anlan.kernel.actor import Actor
from anlan.places.queries import get_gazetteer
from anlan.places.rules import Gazetteer, PlaceInfo

_KEPT_DAYS = 512
_past: dict[tuple[int, date], list[list[int]]] = {}
_lock = Lock()


def access_board(*, actor: Actor, place_code: str) -> PlaceInfo:
    """Give the place of a board that an actor may read. Raises PlaceUnknown, BoardElsewhere.

    A seat for every department at the place or above it opens the board.
    """
    place = get_gazetteer().place_by_code(place_code)
    for seat in actor.watching_seats:
        if seat.role in rules.READERS and seat.covers(place.path, frozenset()):
            return place
    raise rules.BoardElsewhere(place=place.name)


def find_own_place(*, actor: Actor) -> PlaceInfo | None:
    """Give the widest place whose board an actor may read."""
    paths = [
        s.place_path for s in actor.watching_seats if s.role in rules.READERS and not s.department
    ]
    if not paths:
        return None
    widest = min(paths, key=lambda path: (path.count("."), path))
    return get_gazetteer().find_place_by_path(widest)


def get_board(*, place: PlaceInfo, at: datetime) -> Board:
    """Read the whole board of a place at an instant (UTC)."""
    gazetteer = get_gazetteer()
    tallies = _count(gazetteer, place, at)
    rows = tuple(
        (child, tallies[child.path])
        for child in gazetteer.children(place.id)
        if child.path in tallies
    )
    total = Tally()
    for tally in tallies.values():
        total = total.plus(tally)
    zone = ZoneInfo(gazetteer.time_zone(place.id))
    today = at.astimezone(zone).date()
    until_hour = int((at - _start_of(today, zone)) / timedelta(hours=1)) + 1
    by_hour = _read_hours(place, [today], zone, at)[0][:until_hour]
    last_start = at - timedelta(hours=24)
    last_day: dict[str, list[int]] = {child.code: [0] * 24 for child, _ in rows}
    codes = {child.path: child.code for child, _ in rows}
    for _day, hour, path, opened in _ask_hours(place, [last_start], at):
        if path in codes:
            last_day[codes[path]][hour] += opened
    return Board(
        place=place, at=at, total=total, rows=rows,
        hours=tuple(sum(by_hour[: n + 1]) for n in range(len(by_hour))),
        band=rules.find_band(_list_past(place, today, zone)),
        slow=rules.find_slow(rows, total), last_day=last_day,
    )  # fmt: skip


def get_tallies(*, place: PlaceInfo, at: datetime) -> tuple[Tally, dict[str, Tally]]:
    """Read what changes by the second: the whole place's tally, and each child's by code."""
    gazetteer = get_gazetteer()
    tallies = _count(gazetteer, place, at)
    total = Tally()
    for tally in tallies.values():
        total = total.plus(tally)
    children = gazetteer.children(place.id)
    return total, {child.code: tallies[child.path] for child in children if child.path in tallies}


def is_small(place: PlaceInfo) -> bool:
    """Tell whether the rows of a place's board are so small that few counts could point at somebody.

    That is below the third lowest level of its jurisdiction: below the town, where there is one.
    """
    levels = [level.code for level in get_gazetteer().jurisdiction(place.id).levels]
    children = get_gazetteer().children(place.id)
    return not children or children[0].level in levels[-2:]


def is_small_itself(place: PlaceInfo) -> bool:
    """Tell whether a place lies below town level itself: a village or a grid."""
    levels = [level.code for level in get_gazetteer().jurisdiction(place.id).levels]
    return place.level in levels[-2:]


def get_public_board(*, place: PlaceInfo, at: datetime) -> Board:
    """Read the board that everybody may see: counts only, small ones held back below town level."""
    board = get_board(place=place, at=at)
    rows = rules.hold_back(board.rows) if is_small(place) else board.rows
    if is_small_itself(place):
        # Its own curve would count by ones, too
        total = rules.hold_back([(place, board.total)])[0][1]
        return Board(place=place, at=at, total=total, rows=rows)
    return Board(
        place=place, at=at, total=board.total, rows=rows, hours=board.hours, band=board.band
    )


def _count(gazetteer: Gazetteer, place: PlaceInfo, at: datetime) -> dict[str, Tally]:
    """Tallies by child path, zeros where nothing is; the place's own path where something lies in none."""
    zone = ZoneInfo(gazetteer.time_zone(place.id))
    found: dict[str, dict[str, int]] = {child.path: {} for child in gazetteer.children(place.id)}
    for path, opened, closed, *week in _ask("days", place, today=at.astimezone(zone).date()):
        names = ("accepted_week", "accept_minutes", "closed_week", "close_minutes")
        found.setdefault(path, {}).update(
            opened=opened, closed=closed, **dict(zip(names, week, strict=True))
        )
    for path, *counts in _ask("lights", place, at=at):
        found.setdefault(path, {}).update(
            zip(("open", "late", "soon", "paused"), counts, strict=True)
        )
    return {path: Tally(**values) for path, values in found.items()}


def _list_past(place: PlaceInfo, today: date, zone: ZoneInfo) -> list[list[int]]:
    """The same weekday of the weeks before by hour; past days do not change by the minute, so kept."""
    key = (place.id, today)
    with _lock:
        kept = _past.get(key)
    if kept is None:
        days = [today - timedelta(weeks=n) for n in range(1, rules.PAST_WEEKS + 1)]
        kept = _read_hours(place, days, zone, _start_of(today, zone))
        with _lock:
            while len(_past) >= _KEPT_DAYS:
                _past.pop(next(iter(_past)))
            _past[key] = kept
    return kept


def forget_past() -> None:
    """Drop what is kept of past days: tests build worlds of their own."""
    with _lock:
        _past.clear()


def _read_hours(
    place: PlaceInfo, days: list[date], zone: ZoneInfo, until: datetime
) -> list[list[int]]:
    found = [[0] * 24 for _ in days]
    for day, hour, _path, opened in _ask_hours(place, [_start_of(d, zone) for d in days], until):
        found[day - 1][hour] += opened
    return found


def _start_of(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone)


def _ask_hours(place: PlaceInfo, starts: list[datetime], until: datetime) -> list[tuple[Any, ...]]:
    return _ask("hours", place, starts=starts, until=until)


def _ask(name: str, place: PlaceInfo, **given: Any) -> list[tuple[Any, ...]]:
    parameters: Mapping[str, Any] = {
        "path": place.path, "path_end": place.path + "0", "depth": place.path.count(".") + 2, **given,
    }  # fmt: skip
    with scope.acting(scope.EVERYTHING), connection.cursor() as cursor:
        cursor.execute(sql.load("anlan.boards", name), parameters)
        return list(cursor.fetchall())
