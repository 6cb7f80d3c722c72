"""What is true of places without any database: names, datum, point → grid, partitioning.

`blur` says what may be published, `datum` converts WGS-84/GCJ-02, `locator` finds the polygon of a point, `gazetteer` holds the
whole tree in memory, `partition` cuts an outline into villages and grids, `errors` names the
obstacles. Import from here: `from anlan.places.rules import Gazetteer, to_wgs84`.
"""

from anlan.places.rules.blur import Blurred, blur
from anlan.places.rules.datum import to_gcj02, to_wgs84
from anlan.places.rules.errors import (
    FileBroken,
    GridsDrawn,
    LevelUnknown,
    NothingBelow,
    OutlineMissing,
    PlaceUnknown,
    PointImpossible,
    PointOutside,
)
from anlan.places.rules.gazetteer import (
    DESK,
    GRID_TEAM,
    Gazetteer,
    JurisdictionInfo,
    Level,
    Located,
    PlaceInfo,
    UnitInfo,
)
from anlan.places.rules.locator import Locator

__all__ = [
    "DESK",
    "GRID_TEAM",
    "Blurred",
    "FileBroken",
    "Gazetteer",
    "GridsDrawn",
    "JurisdictionInfo",
    "Level",
    "LevelUnknown",
    "Located",
    "Locator",
    "NothingBelow",
    "OutlineMissing",
    "PlaceInfo",
    "PlaceUnknown",
    "PointImpossible",
    "PointOutside",
    "UnitInfo",
    "blur",
    "to_gcj02",
    "to_wgs84",
]
