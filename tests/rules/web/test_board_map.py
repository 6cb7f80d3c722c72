"""Names on a board's map: the roomiest first, none over another, none beyond the edge; tiles where nothing is drawn."""

from __future__ import annotations

import random
from itertools import combinations

import pytest

from anlan.web.command.drawing import Area, Map, _lay_tiles, width_of

NAMES = ("杭州市", "宁波", "Hangzhou", "Jiyang Subdistrict", "山", "自在城东苑社区")


@pytest.mark.parametrize("seed", range(40))
def test_no_name_lies_over_another_or_beyond_the_edge(seed: int) -> None:
    chance = random.Random(seed)
    lines = chance.choice([28, 52])
    drawn = [
        (
            (chance.randint(0, 640), chance.randint(0, 320), chance.randint(5, 300)),
            chance.choice(NAMES),
        )
        for _ in range(chance.randint(1, 40))
    ]
    areas = [Area(str(n), "", x, y, wide) for n, ((x, y, wide), _name) in enumerate(drawn)]
    names = {str(n): name for n, (_spot, name) in enumerate(drawn)}
    sketch = Map(tuple(areas), False, (0, 0, 640, 320))
    letter = sketch.letter(lines)
    chosen = sketch.place_names(names, letter)
    boxes = []
    for area in areas:
        if area.code in chosen:
            half = letter * width_of(names[area.code]) / 2
            assert 2 * half <= area.wide
            assert area.x - half >= 0
            assert area.x + half <= 640
            boxes.append((area.x - half, area.y, area.x + half))
    for one, other in combinations(boxes, 2):
        assert (
            one[2] <= other[0]
            or other[2] <= one[0]
            or abs(one[1] - other[1]) >= 1.2 * letter - 1e-6
        )
    roomiest = max(areas, key=lambda area: area.wide)
    half = letter * width_of(names[roomiest.code]) / 2
    fits = 2 * half <= roomiest.wide and roomiest.x - half >= 0 and roomiest.x + half <= 640
    assert (roomiest.code in chosen) == fits


@pytest.mark.parametrize("count", [1, 2, 3, 11, 24, 90, 120])
def test_tiles_lie_side_by_side_inside_the_box(count: int) -> None:
    sketch = _lay_tiles([str(n) for n in range(count)])
    left, top, wide, high = sketch.box
    spots = {(area.x, area.y) for area in sketch.areas}
    assert len(spots) == len(sketch.areas) == count
    assert sketch.is_tiles
    for area in sketch.areas:
        assert left < area.x - area.wide / 2 < area.x + area.wide / 2 < left + wide
        assert top < area.y < top + high
    assert abs(wide / high) < 12
