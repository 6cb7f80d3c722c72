"""Cuts an outline into towns, villages and grids that fit without gap or overlap.

For jurisdictions that have no drawn grids yet. Points are strewn evenly over the outline, dealt
out to the tree by halving the area again and again (so each branch is one compact piece), and
the Voronoi cells of the points become the grids. All lines are noded together once, so that
neighbours share their border to the last digit. Same code, same result.
Algorithm page: docs/algorithms/grid-generation.md.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import shapely
from shapely import Geometry, Polygon, STRtree

from anlan.places.rules.locator import degree_lengths_m

# About a centimetre: every corner of a generated shape lies on this raster of degrees
PRECISION_DEG: Final = 1e-7
GRIDS_PER_VILLAGE: Final = (2, 6)

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Branch:
    """A place to be given a shape; one without branches below it is a grid."""

    code: str
    below: tuple[Branch, ...] = ()

    def count_leaves(self) -> int:
        """Count the grids below this place (itself, if it is one)."""
        return sum(branch.count_leaves() for branch in self.below) or 1


def seed_of(text: str) -> int:
    """Draw a number from a text that is the same on every machine."""
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big")


def count_grids(code: str, per_village: tuple[int, int] = GRIDS_PER_VILLAGE) -> int:
    """Say how many grids a village is given: within the bounds, by its code.

    >>> count_grids("330681001001"), count_grids("330681001001", (3, 3))
    (4, 3)
    """
    low, high = per_village
    return low + seed_of(code) % (high - low + 1)


def draw_outline(*, code: str, lon: float, lat: float, area_km2: float) -> Polygon:
    """Draw a plain made-up outline of a given size around a centre; not a border of anything."""
    rng = np.random.default_rng(seed_of(code))
    angle = np.linspace(0, 2 * np.pi, 96, endpoint=False)
    radius = np.ones_like(angle)
    for wave in range(2, 8):
        radius += 0.25 / wave * rng.standard_normal() * np.cos(wave * angle + rng.random() * 6.3)
    radius = np.maximum(radius, 0.4)
    x, y = radius * np.cos(angle), radius * np.sin(angle)
    size = math.sqrt(area_km2 * 1e6 / Polygon(np.column_stack([x, y])).area)
    east_m, north_m = degree_lengths_m(lat)
    return Polygon(np.column_stack([lon + x * size / east_m, lat + y * size / north_m]))


def partition(*, outline: Geometry, tree: Branch) -> dict[str, Geometry]:
    """Cut an outline (WGS-84 degrees) into the tree's places; shapes by code, the top included."""
    bounds = shapely.set_precision(shapely.make_valid(outline), PRECISION_DEG)
    # A sliver of a line or point, left by making it valid, is no land
    bounds = shapely.union_all([p for p in shapely.get_parts(bounds) if p.area > 0])
    seeds = _strew(bounds, tree.count_leaves(), np.random.default_rng(seed_of(tree.code)))
    faces, owner = _cells(bounds, seeds)
    pieces: list[list[Geometry]] = [[] for _ in seeds]
    for face, index in zip(faces, owner, strict=True):
        pieces[index].append(face)
    shapes: dict[str, Geometry] = {}
    for branch, own in _deal(tree, np.arange(len(seeds)), seeds):
        shapes[branch.code] = shapely.union_all([face for i in own for face in pieces[i]])
    return shapes


def _strew(bounds: Geometry, count: int, rng: np.random.Generator) -> Floats:
    """Strew exactly so many points evenly, but not regularly, over an outline."""
    west, south, east, north = bounds.bounds
    east_m, north_m = degree_lengths_m((south + north) / 2)
    squeeze = north_m / east_m  # degrees of longitude that are as long as one of latitude
    step = math.sqrt(bounds.area / squeeze / count)
    shapely.prepare(bounds)
    while True:
        rows = np.arange(south, north + step, step)
        columns = np.arange(west, east + step * squeeze, step * squeeze)
        x, y = (axis.ravel() for axis in np.meshgrid(columns, rows))
        shift = np.repeat(np.arange(rows.size) % 2 * 0.5, columns.size)
        x = x + (shift + rng.uniform(-0.3, 0.3, x.size)) * step * squeeze
        y = y + rng.uniform(-0.3, 0.3, y.size) * step
        inside = np.flatnonzero(shapely.contains_xy(bounds, x, y))
        if inside.size >= count:
            chosen = np.sort(rng.permutation(inside)[:count])
            return np.column_stack([x[chosen], y[chosen]])
        step *= 0.97


def _cells(bounds: Geometry, seeds: Floats) -> tuple[list[Geometry], Ints]:
    """Cut an outline into the Voronoi cells of points: faces, and the point each belongs to."""
    south, north = bounds.bounds[1], bounds.bounds[3]
    east_m, north_m = degree_lengths_m((south + north) / 2)
    metric = np.array([east_m, north_m])
    lines = [bounds.boundary]
    if len(seeds) > 1:
        edges = shapely.voronoi_polygons(
            shapely.multipoints(seeds * metric),
            extend_to=shapely.transform(bounds, lambda c: c * metric).envelope,
            only_edges=True,
        )
        lines.append(shapely.transform(edges, lambda c: c / metric))
    noded = shapely.union_all(lines, grid_size=PRECISION_DEG)
    found = shapely.get_parts(shapely.polygonize(shapely.get_parts(noded)))
    faces = found[shapely.contains(bounds, shapely.point_on_surface(found))]
    middles = shapely.get_coordinates(shapely.point_on_surface(faces)) * metric
    nearest = STRtree(shapely.points(seeds * metric)).nearest(shapely.points(middles))
    owner = np.asarray(nearest, dtype=np.int64)
    return list(faces), _mend(faces, owner)


def _mend(faces: npt.NDArray[np.object_], owner: Ints) -> Ints:
    """Give pieces that an outline's bay cuts off from their cell to the neighbour they touch.

    Without this a grid could consist of two parts with another grid's land between them.
    Islands touch nothing and stay with the nearest point.
    """
    area = shapely.area(faces)
    largest: dict[int, int] = {}
    for index in np.argsort(-area, kind="stable").tolist():
        largest.setdefault(int(owner[index]), index)
    main = set(largest.values())
    mended = owner.copy()
    tree = STRtree(faces)
    for index in np.argsort(-area, kind="stable").tolist():
        if index in main:
            continue
        touching = [i for i in tree.query(faces[index], predicate="touches").tolist() if i in main]
        if touching:
            borders = shapely.length(shapely.intersection(faces[index], faces[touching]))
            if borders.max() > 0:
                mended[index] = mended[touching[int(np.argmax(borders))]]
                main.add(index)
    return mended


def _deal(branch: Branch, own: Ints, seeds: Floats) -> Iterator[tuple[Branch, Sequence[int]]]:
    """Deal points out to the branches of a tree, each a compact group of the right size."""
    yield branch, own.tolist()
    yield from _halve(branch.below, own, seeds)


def _halve(
    branches: tuple[Branch, ...], own: Ints, seeds: Floats
) -> Iterator[tuple[Branch, Sequence[int]]]:
    if not branches:
        return
    if len(branches) == 1:
        yield from _deal(branches[0], own, seeds)
        return
    middle = len(branches) // 2
    first = sum(branch.count_leaves() for branch in branches[:middle])
    points = seeds[own]
    extent = np.ptp(points, axis=0) if own.size else np.zeros(2)
    along = own[np.argsort(points[:, int(np.argmax(extent))], kind="stable")]
    yield from _halve(branches[:middle], along[:first], seeds)
    yield from _halve(branches[middle:], along[first:], seeds)
