"""The obstacles of this room. The docstring of each is its message."""

from anlan.kernel.errors import Conflict, Invalid, NotFound


class PlaceUnknown(NotFound):
    """There is no place “{place}”. Look it up with: anlan places find NAME."""


class PointImpossible(Invalid):
    """{lon}, {lat} is not a point on Earth: longitude is -180 to 180, latitude -90 to 90."""


class PointOutside(NotFound):
    """{lon}, {lat} lies in no known grid. Are longitude and latitude the right way round?"""


class FileBroken(Invalid):
    """{file}, {where}: {problem}"""


class LevelUnknown(Invalid):
    """The jurisdiction “{jurisdiction}” has no level “{level}”. Its levels: {known}."""


class OutlineMissing(Invalid):
    """There is no outline for “{place}”. Install the optional boundary data, or state its centre and area under “outlines” in jurisdiction.yaml and load it again."""


class GridsDrawn(Conflict):
    """“{place}” already has {count} grids that were not generated. They are left as they are."""


class NothingBelow(Invalid):
    """“{place}” has no places below it that grids could be generated for."""
