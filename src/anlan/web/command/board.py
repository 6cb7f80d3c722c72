"""The live board of a place, for those who watch over it and, small counts held back, for everybody."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext, pgettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from anlan.boards import queries
from anlan.boards.rules import READERS, Board, Link, Tally
from anlan.kernel.clock import now
from anlan.people import policies
from anlan.places.queries import get_gazetteer
from anlan.places.rules import PlaceInfo
from anlan.web.command import addresses
from anlan.web.command.drawing import Map, draw_day, draw_map
from anlan.web.middleware import StaffRequest
from anlan.web.resident import places
from anlan.web.staff import words

DESK_LETTERS, PHONE_LETTERS = 52, 26
"""How many letters stand side by side over a map's whole width."""


@policies.seated(*READERS)
@never_cache
@require_safe
def own_board(request: StaffRequest) -> HttpResponse:
    """Go to the board of the widest place that one watches over, else to the public one."""
    place = queries.find_own_place(actor=request.actor)
    if place is None:  # a seat for one department only: it sees a part of its place's matters
        return redirect("first_public_board")
    return redirect("command:board", place.code)


@policies.seated(*READERS)
@never_cache
@require_safe
def show_board(request: StaffRequest, code: str) -> HttpResponse:
    """The board of a place one watches over. Raises PlaceUnknown, BoardElsewhere."""
    place = queries.access_board(actor=request.actor, place_code=code)
    board = queries.get_board(place=place, at=now())
    return _answer(request, board, is_public=False)


@policies.seated(*READERS)
@never_cache
@require_safe
def export_board(request: StaffRequest, code: str) -> HttpResponse:
    """The board's figures as CSV. Raises PlaceUnknown, BoardElsewhere."""
    place = queries.access_board(actor=request.actor, place_code=code)
    return _export(queries.get_board(place=place, at=now()))


@policies.public
@require_safe
def first_public_board(request: HttpRequest) -> HttpResponse:
    """Go to the board of the widest place that is served."""
    areas = places.list_areas()
    if not areas:
        return render(request, "command/no_board.html", status=404)
    seats = areas[0].seats
    top = min(seats, key=lambda seat: (seat.path.count("."), seat.code))
    shared = get_gazetteer().lineage(top.id)
    common = [
        p for p in shared if all(s.path == p.path or s.path.startswith(p.path + ".") for s in seats)
    ]
    return redirect("public_board", (common[-1] if common else top).code)


@policies.public
@require_safe
def show_public_board(request: HttpRequest, code: str) -> HttpResponse:
    """The board that everybody may see. Raises PlaceUnknown."""
    place = get_gazetteer().place_by_code(code)
    return _answer(request, queries.get_public_board(place=place, at=now()), is_public=True)


@policies.public
@require_safe
def export_public_board(request: HttpRequest, code: str) -> HttpResponse:
    """The public board's figures as CSV. Raises PlaceUnknown."""
    place = get_gazetteer().place_by_code(code)
    return _export(queries.get_public_board(place=place, at=now()))


def _answer(request: HttpRequest, board: Board, *, is_public: bool) -> HttpResponse:
    names = {child.code: words.name(child) for child, _ in board.rows}
    sketch = draw_map(board.place)
    page, export = (
        ("public_board", "export_public_board")
        if is_public
        else ("command:board", "command:export")
    )
    zone = ZoneInfo(get_gazetteer().time_zone(board.place.id))
    rows = [
        {
            "code": child.code, "name": names[child.code], "tally": show_tally(tally),
            "is_busy": any(count != 0 for count in (tally.opened, tally.closed, tally.open)),
            "address": reverse(page, args=[child.code]),
            "queue": "" if is_public else f"{reverse('desk:queue')}?place={child.code}",
        }
        for child, tally in sorted(board.rows, key=_worst_first)
    ]  # fmt: skip
    stream = addresses.get_stream(request, board.place.code, is_public=is_public)
    context = {
        "board": board,
        "is_public": is_public,
        "name": words.name(board.place),
        "lineage": [(words.name(p), reverse(page, args=[p.code])) for p in _above(board.place, request, is_public)],
        "total": show_tally(board.total),
        "rows": [row for row in rows if row["is_busy"]],
        "quiet": [row for row in rows if not row["is_busy"]],
        "map": sketch and _show_map(sketch, board, names, page),
        "day": draw_day(board.hours, board.band),
        "sentence": tell_day(board),
        "slow": [tell_link(link) for link in board.slow],
        "export": reverse(export, args=[board.place.code]),
        "stream": stream,
        "read_at": words.show_instant(board.at, zone=str(zone), at=board.at),
    }  # fmt: skip
    response = render(request, "command/board.html", context)
    return addresses.let_listen(response, stream)


def _above(place: PlaceInfo, request: HttpRequest, is_public: bool) -> Sequence[PlaceInfo]:
    lineage = [p for p in get_gazetteer().lineage(place.id) if p.id != place.id]
    if is_public:
        return lineage
    actor = request.actor  # type: ignore[attr-defined]
    paths = [s.place_path for s in actor.watching_seats if s.role in READERS and not s.department]
    return [
        p for p in lineage if any(p.path == path or p.path.startswith(path + ".") for path in paths)
    ]


def _show_map(sketch: Map, board: Board, names: Mapping[str, str], page: str) -> dict[str, Any]:
    """The map with its colours, and the names that have room, in small letters and in large ones for telephones."""
    tallies = {child.code: tally for child, tally in board.rows}
    return {
        "box": " ".join(f"{each:g}" for each in sketch.box),
        "is_generated": sketch.is_generated, "is_tiles": sketch.is_tiles,
        "areas": [
            {"code": a.code, "path": a.path, "name": names.get(a.code, ""),
             "step": tallies[a.code].step if a.code in tallies else -1,
             "hours": ",".join(map(str, board.last_day.get(a.code, ()))),
             "address": reverse(page, args=[a.code])}
            for a in sketch.areas
        ],
        "lettering": [
            {"kind": kind, "letter": letter,
             "names": [{"x": a.x, "y": round(a.y + letter * 0.35, 1), "name": names[a.code]}
                       for a in sketch.areas if a.code in written]}
            for kind, lines in (("desk", DESK_LETTERS), ("phone", PHONE_LETTERS))
            for letter in (sketch.letter(lines),)
            for written in (sketch.place_names(names, letter) & set(names),)
        ],
    }  # fmt: skip


def _worst_first(row: tuple[PlaceInfo, Tally]) -> tuple[float, int, str]:
    share = row[1].late_share
    return (-(share if share is not None else -1.0), -(row[1].open or 0), row[0].code)


def show_tally(tally: Tally) -> dict[str, str]:
    """Write a tally down: a dash where nothing can be told, “<5” where a small count is held back."""
    shown = {
        name: _show(getattr(tally, name))
        for name in ("opened", "closed", "open", "late", "soon", "paused")
    }
    share = tally.late_share
    shown["share"] = "–" if share is None else f"{share:.0%}"
    shown["step"] = str(tally.step)
    return shown


def _show(count: int | None) -> str:
    return "<5" if count is None else f"{count:,}"


def tell_day(board: Board) -> str:
    """Say how today compares with the same weekday of the weeks before, up to this hour."""
    if not board.hours:
        return ""
    today = board.hours[-1]
    if board.band is None:
        return gettext("%(today)d signals today. There are too few weeks to compare with yet.") % {
            "today": today
        }
    hour = len(board.hours) - 1
    said = {
        "today": today, "middle": round(board.band.middle[hour]), "low": board.band.low[hour],
        "high": board.band.high[hour], "days": board.band.days,
    }  # fmt: skip
    if today > board.band.high[hour]:
        return (
            gettext(
                "%(today)d signals today: more by this hour than on any of the last %(days)d such weekdays (%(low)d–%(high)d)."
            )
            % said
        )
    if today < board.band.low[hour]:
        return (
            gettext(
                "%(today)d signals today: fewer by this hour than on any of the last %(days)d such weekdays (%(low)d–%(high)d)."
            )
            % said
        )
    return (
        gettext(
            "%(today)d signals today; by this hour usually about %(middle)d (%(low)d–%(high)d on the last %(days)d such weekdays)."
        )
        % said
    )


def tell_link(link: Link) -> dict[str, str]:
    """Say which step is slow where, with its numbers."""
    kind = (
        pgettext("slow link", "accepting")
        if link.kind == "accept"
        else pgettext("slow link", "until closed")
    )
    return {
        "place": words.name(link.place),
        "kind": kind,
        "span": words.show_span(timedelta(minutes=link.minutes)),
        "usual": words.show_span(timedelta(minutes=link.usual_minutes)),
        "count": str(link.count),
        "code": link.place.code,
    }


COLUMNS = (
    "place_code",
    "place",
    "opened_today",
    "closed_today",
    "open",
    "late",
    "soon",
    "paused",
    "late_share",
)


def _export(board: Board) -> HttpResponse:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for place, tally in ((board.place, board.total), *board.rows):
        share = tally.late_share
        counts = (tally.opened, tally.closed, tally.open, tally.late, tally.soon, tally.paused)
        writer.writerow(
            [place.code, words.name(place), *("<5" if c is None else c for c in counts),
             "" if share is None else f"{share:.4f}"]
        )  # fmt: skip
    # The mark lets spreadsheets read Chinese names
    response = HttpResponse("\ufeff" + out.getvalue(), content_type="text/csv; charset=utf-8")
    stamp = f"{board.at:%Y%m%dT%H%MZ}"
    response["Content-Disposition"] = f'attachment; filename="board-{board.place.code}-{stamp}.csv"'
    return response
