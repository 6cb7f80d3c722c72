"""WGS-84 and GCJ-02, both ways.

GCJ-02 is the shifted datum of Chinese map providers; it lies some hundred metres off WGS-84,
by an amount that changes smoothly with the place. Phones and this product speak WGS-84, so
GCJ-02 is converted at the door. The inverse has no closed form; each step of a fixed-point
iteration shrinks the error about a thousandfold, until a step moves less than 1e-11 degrees.
Outside the rectangle the shift is defined for, points are left as they are.
Algorithm page: docs/algorithms/gcj02.md.
"""

from __future__ import annotations

import math
from typing import Final, overload

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

# Krasovsky 1940, the ellipsoid the shift is computed on
SEMI_MAJOR_M: Final = 6378245.0
ECCENTRICITY_SQUARED: Final = 0.00669342162296594323
# The rectangle in which the shift is applied
WEST: Final = 72.004
EAST: Final = 137.8347
SOUTH: Final = 0.8293
NORTH: Final = 55.8271
TOLERANCE_DEG: Final = 1e-11
STEPS_AT_MOST: Final = 30


@overload
def to_gcj02(lon: float, lat: float) -> tuple[float, float]: ...
@overload
def to_gcj02(lon: Floats, lat: Floats) -> tuple[Floats, Floats]: ...
def to_gcj02(lon: float | Floats, lat: float | Floats) -> tuple[float | Floats, float | Floats]:
    """Convert WGS-84 degrees to GCJ-02 degrees; scalars or arrays of one shape.

    >>> "%.6f %.6f" % to_gcj02(120.24, 29.71)
    '120.244439 29.707516'
    >>> to_gcj02(-74.0, 40.7)
    (-74.0, 40.7)
    """
    if isinstance(lon, np.ndarray) and isinstance(lat, np.ndarray):
        east, north = _shift_many(lon, lat)
        inside = _covered_many(lon, lat)
        return np.where(inside, lon + east, lon), np.where(inside, lat + north, lat)
    x, y = float(lon), float(lat)
    if not _covered(x, y):
        return x, y
    east_one, north_one = _shift(x, y)
    return x + east_one, y + north_one


@overload
def to_wgs84(lon: float, lat: float) -> tuple[float, float]: ...
@overload
def to_wgs84(lon: Floats, lat: Floats) -> tuple[Floats, Floats]: ...
def to_wgs84(lon: float | Floats, lat: float | Floats) -> tuple[float | Floats, float | Floats]:
    """Convert GCJ-02 degrees to WGS-84 degrees, exact to 1e-9; scalars or arrays of one shape.

    >>> "%.6f %.6f" % to_wgs84(*to_gcj02(120.24, 29.71))
    '120.240000 29.710000'
    """
    if isinstance(lon, np.ndarray) and isinstance(lat, np.ndarray):
        return _inverse_many(lon, lat)
    goal_x, goal_y = float(lon), float(lat)
    if not _covered(goal_x, goal_y):
        return goal_x, goal_y
    x, y = goal_x, goal_y
    for _ in range(STEPS_AT_MOST):
        east, north = _shift(x, y)
        next_x, next_y = goal_x - east, goal_y - north
        moved = max(abs(next_x - x), abs(next_y - y))
        x, y = next_x, next_y
        if moved < TOLERANCE_DEG:
            break
    return x, y


def _covered(lon: float, lat: float) -> bool:
    return WEST <= lon <= EAST and SOUTH <= lat <= NORTH


def _covered_many(lon: Floats, lat: Floats) -> npt.NDArray[np.bool_]:
    return (lon >= WEST) & (lon <= EAST) & (lat >= SOUTH) & (lat <= NORTH)


def _inverse_many(lon: Floats, lat: Floats) -> tuple[Floats, Floats]:
    inside = _covered_many(lon, lat)
    goal_x, goal_y = lon[inside], lat[inside]
    x, y = goal_x, goal_y
    for _ in range(STEPS_AT_MOST):
        east, north = _shift_many(x, y)
        next_x, next_y = goal_x - east, goal_y - north
        moved = max(
            float(np.max(np.abs(next_x - x), initial=0.0)),
            float(np.max(np.abs(next_y - y), initial=0.0)),
        )
        x, y = next_x, next_y
        if moved < TOLERANCE_DEG:
            break
    out_x, out_y = lon.astype(np.float64), lat.astype(np.float64)
    out_x[inside], out_y[inside] = x, y
    return out_x, out_y


def _shift(lon: float, lat: float) -> tuple[float, float]:
    """The published shift in degrees, for one point."""
    x, y = lon - 105.0, lat - 35.0
    root, pi = math.sqrt(abs(x)), math.pi
    wave = 20.0 * math.sin(6.0 * x * pi) + 20.0 * math.sin(2.0 * x * pi)
    north = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * root
    north += (
        wave
        + 20.0 * math.sin(y * pi)
        + 40.0 * math.sin(y / 3.0 * pi)
        + 160.0 * math.sin(y / 12.0 * pi)
        + 320.0 * math.sin(y * pi / 30.0)
    ) * (2.0 / 3.0)
    east = 300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * root
    east += (
        wave
        + 20.0 * math.sin(x * pi)
        + 40.0 * math.sin(x / 3.0 * pi)
        + 150.0 * math.sin(x / 12.0 * pi)
        + 300.0 * math.sin(x / 30.0 * pi)
    ) * (2.0 / 3.0)
    phi = math.radians(lat)
    magic = 1.0 - ECCENTRICITY_SQUARED * math.sin(phi) ** 2
    meridian = SEMI_MAJOR_M * (1.0 - ECCENTRICITY_SQUARED) / (magic * math.sqrt(magic))
    parallel = SEMI_MAJOR_M / math.sqrt(magic) * math.cos(phi)
    return math.degrees(east / parallel), math.degrees(north / meridian)


def _shift_many(lon: Floats, lat: Floats) -> tuple[Floats, Floats]:
    """The published shift in degrees, for arrays; the same formula as `_shift`."""
    x, y = lon - 105.0, lat - 35.0
    root, pi = np.sqrt(np.abs(x)), math.pi
    wave = 20.0 * np.sin(6.0 * x * pi) + 20.0 * np.sin(2.0 * x * pi)
    north = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * root
    north = north + (
        wave
        + 20.0 * np.sin(y * pi)
        + 40.0 * np.sin(y / 3.0 * pi)
        + 160.0 * np.sin(y / 12.0 * pi)
        + 320.0 * np.sin(y * pi / 30.0)
    ) * (2.0 / 3.0)
    east = 300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * root
    east = east + (
        wave
        + 20.0 * np.sin(x * pi)
        + 40.0 * np.sin(x / 3.0 * pi)
        + 150.0 * np.sin(x / 12.0 * pi)
        + 300.0 * np.sin(x / 30.0 * pi)
    ) * (2.0 / 3.0)
    phi = np.radians(lat)
    magic = 1.0 - ECCENTRICITY_SQUARED * np.sin(phi) ** 2
    meridian = SEMI_MAJOR_M * (1.0 - ECCENTRICITY_SQUARED) / (magic * np.sqrt(magic))
    parallel = SEMI_MAJOR_M / np.sqrt(magic) * np.cos(phi)
    return np.degrees(east / parallel), np.degrees(north / meridian)
