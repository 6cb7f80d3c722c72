"""Outlines of the places served, as GeoJSON for the maps of every face.

The product draws its own map: no request leaves for a third party. Outlines change when places are
loaded or grids drawn; until then an answer is kept in memory, compressed, with a digest as its ETag.
"""

from __future__ import annotations

import gzip
import hashlib
import itertools
import json
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.http import parse_etags
from django.views.decorators.http import require_safe

from anlan.kernel.errors import Invalid
from anlan.people import policies
from anlan.places import queries
from anlan.places.rules import Gazetteer, PlaceInfo
from anlan.web.resident import places

SEATS_LIMIT = 400
"""More outlines than these on the first map are drawn one level higher."""

OUTLINES_LIMIT = 5_000
DECIMALS = 5
"""Of a degree: about a metre."""


class OutlinesTooMany(Invalid):
    """Below {place} lie {count} outlines of this level; {limit} at the most are given at once. Ask for a smaller place."""


@dataclass(frozen=True, slots=True)
class Outlines:
    """An answer, ready to send."""

    body: bytes
    packed: bytes
    etag: str
    count: int


_kept: tuple[Gazetteer, dict[tuple[str, str], Outlines]] | None = None


def list_outlines() -> list[str]:
    """List what a first map shows, one entry a jurisdiction: "<address>|<address of the detail>".

    In the address of the detail `CODE` stands for the place that is looked at closer; it is empty
    where nothing lies below. Generated grids are drawn for staff only.
    """
    gazetteer = queries.get_gazetteer()
    entries = []
    for area in places.list_areas():
        shown = area.seats[0]
        if len(area.seats) > SEATS_LIMIT and shown.parent_id is not None:
            shown = gazetteer.place(shown.parent_id)
        levels = [level.code for level in gazetteer.jurisdiction(shown.id).levels]
        below = levels[levels.index(shown.level) :]
        if len(below) > 1 and _is_generated(gazetteer, area.root, below[-1]):
            below.pop()
        # One outline alone says nothing: the map then starts a level lower.
        while len(below) > 1 and _count_outlines(area.root.code, below[0]) <= 1:
            below = below[1:]
        detail = reverse("outlines", args=["CODE", below[1]]) if len(below) > 1 else ""
        entries.append(f"{reverse('outlines', args=[area.root.code, below[0]])}|{detail}")
    return entries


@policies.public
@require_safe
def outlines(request: HttpRequest, code: str, level: str) -> HttpResponse:
    """The outlines of one level below a place. Raises PlaceUnknown, LevelUnknown."""
    found = _get_outlines(code, level)
    headers = {
        "ETag": found.etag,
        "Cache-Control": "public, max-age=600",
        "Vary": "Accept-Encoding",
    }
    if found.etag in parse_etags(request.headers.get("If-None-Match", "")):
        return HttpResponse(status=304, headers=headers)
    is_packed = "gzip" in request.headers.get("Accept-Encoding", "")
    if is_packed:
        headers["Content-Encoding"] = "gzip"
    body = found.packed if is_packed else found.body
    return HttpResponse(body, content_type="application/geo+json", headers=headers)


def _get_outlines(code: str, level: str) -> Outlines:
    global _kept
    gazetteer = queries.get_gazetteer()
    if _kept is None or _kept[0] is not gazetteer:
        _kept = gazetteer, {}
    known = _kept[1]
    place = gazetteer.place_by_code(code)
    if (place.code, level) not in known:
        count = sum(1 for below in gazetteer.descendants(place.id) if below.level == level)
        if count > OUTLINES_LIMIT:
            raise OutlinesTooMany(place=place.name, count=count, limit=OUTLINES_LIMIT)
        shapes = queries.list_shapes(place_code=place.code, level=level)
        for feature in shapes["features"]:
            geometry = feature["geometry"]
            geometry["coordinates"] = _rounded(geometry["coordinates"])
            middle = gazetteer.place(feature["id"])
            if middle.lon is not None and middle.lat is not None:
                feature["properties"] |= {"lon": _rounded(middle.lon), "lat": _rounded(middle.lat)}
        body = json.dumps(shapes, ensure_ascii=False, separators=(",", ":")).encode()
        etag = f'"{hashlib.sha256(body).hexdigest()[:20]}"'
        packed = gzip.compress(body, 6, mtime=0)
        known[place.code, level] = Outlines(body, packed, etag, len(shapes["features"]))
    return known[place.code, level]


def _count_outlines(code: str, level: str) -> int:
    try:
        return _get_outlines(code, level).count
    except OutlinesTooMany as wrong:
        return int(wrong.data["count"])


def _is_generated(gazetteer: Gazetteer, root: PlaceInfo, level: str) -> bool:
    places_there = (place for place in gazetteer.descendants(root.id) if place.level == level)
    return any(place.is_generated for place in itertools.islice(places_there, 1))


def _rounded(coordinates: Any) -> Any:
    if isinstance(coordinates, list):
        return [_rounded(each) for each in coordinates]
    return round(coordinates, DECIMALS)
