"""Whoever opens many public boards slows down strangers, not those who command."""

from __future__ import annotations

import asyncio
import time
from itertools import pairwise
from typing import Any

import pytest

from anlan.places.queries import get_gazetteer
from anlan.web.command import live
from tests.make import COUNTY, World


def test_boards_of_those_who_command_come_before_any_number_of_public_ones(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[tuple[str, bool]] = []

    def note(place: Any, is_public: bool) -> bytes:
        read.append((place.code, is_public))
        time.sleep(0.02)
        return b"{}"

    monkeypatch.setattr(live, "_read", note)
    monkeypatch.setattr(live, "EVERY_S", 0.05)
    gazetteer = get_gazetteer()
    county = gazetteer.place_by_code(COUNTY)
    crowd = list(gazetteer.places.values())[:40]

    async def watch() -> None:
        hub = live.Hub()
        for place in crowd:
            hub.join(live.Reader(place, is_public=True, token=""))
        hub.join(live.Reader(county, is_public=False, token=""))
        while {code for code, is_public in read if is_public} < {place.code for place in crowd}:
            await asyncio.sleep(0.01)
        hub.readers.clear()

    asyncio.run(asyncio.wait_for(watch(), 60))
    rounds = [index for index, board in enumerate(read) if board == (COUNTY, False)]
    # One round read the county first, and no round read the whole crowd before it came again.
    assert len(rounds) > 5
    assert max(later - earlier for earlier, later in pairwise(rounds)) < len(crowd)


def test_a_reading_that_breaks_ends_its_streams_so_that_browsers_come_again(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(place: Any, is_public: bool) -> bytes:
        raise LookupError("places were loaded anew")

    monkeypatch.setattr(live, "_read", fail)
    county = get_gazetteer().place_by_code(COUNTY)

    async def watch() -> None:
        hub = live.Hub()
        reader = live.Reader(county, is_public=False, token="")
        hub.join(reader)
        await reader.news.wait()
        assert reader.is_over
        with pytest.raises(LookupError):
            await hub._runs  # type: ignore[misc]

    asyncio.run(asyncio.wait_for(watch(), 30))
