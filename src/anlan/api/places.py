"""What a sender needs to know beforehand: where a point lies, which matters there are."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from ninja import Query, Schema

from anlan.api import wire
from anlan.api.description import obstacle
from anlan.api.door import PolicyRouter
from anlan.cases.queries import get_catalogue
from anlan.intake.rules import check_point
from anlan.people import policies
from anlan.places.queries import get_gazetteer
from anlan.places.rules import PointOutside, to_wgs84

router = PolicyRouter(tags=["reference"])


class Point(Schema):
    """Degrees; gcj02 is the datum of Chinese web maps, wgs84 that of phones."""

    lon: float
    lat: float
    datum: wire.Datum = "wgs84"


class LocatedOut(Schema):
    """The places of a point from the top down to its grid; near_border: another within 30 m."""

    lon: float
    lat: float
    places: list[wire.PlaceOut]
    near_border: bool
    neighbours: list[wire.PlaceOut]


class MatterEntry(wire.MatterOut):
    jurisdiction: str
    matter_class: str
    family: str
    department: str
    level: str


@router.get(
    "/places/locate",
    response=LocatedOut,
    openapi_extra=obstacle("It lies in none of the grids", PointOutside),
)
@policies.public
def locate(request: HttpRequest, point: Query[Point]) -> HttpResponse:
    """Find the grid of a point, and everything above it."""
    lon, lat = point.lon, point.lat
    check_point(lon, lat)
    if point.datum == "gcj02":
        lon, lat = (float(degrees) for degrees in to_wgs84(lon, lat))
    gazetteer = get_gazetteer()
    found = gazetteer.locate(lon, lat)
    if found is None:
        raise PointOutside(lon=lon, lat=lat)
    return wire.reply(
        {
            "lon": lon,
            "lat": lat,
            "places": [wire.place(each) for each in gazetteer.lineage(found.place_id)],
            "near_border": found.near_border,
            "neighbours": [wire.place(gazetteer.place(each)) for each in found.neighbours],
        }
    )


@router.get("/matters", response=list[MatterEntry])
@policies.public
def list_matters(request: HttpRequest, jurisdiction: wire.Code = "") -> HttpResponse:
    """List the catalogue of matters, of one jurisdiction or of all."""
    found = [
        {
            "jurisdiction": matter.jurisdiction,
            "code": matter.code,
            "matter_class": matter.matter_class,
            "family": matter.family,
            "name": matter.name,
            "name_en": matter.name_en,
            "department": matter.department,
            "level": matter.level,
        }
        for matter in get_catalogue().offered
        if not jurisdiction or matter.jurisdiction == jurisdiction
    ]
    return wire.reply(found)
