"""Near a border the desk clicks one of two places; the next time the page remembers."""

from __future__ import annotations

from collections.abc import Callable

from django.test import Client

from anlan.cases.models import Case
from tests.make import GRID, NEAR_BORDER, World

Browser = Callable[..., Client]
SECOND_GRID = "330999001201002"


def test_one_click_and_the_next_time_it_stands_first(world: World, browser: Browser) -> None:
    def at_border() -> str:
        taken = world.take(lon=NEAR_BORDER[0], lat=NEAR_BORDER[1])
        return f"/desk/cases/{taken.case_id}"

    desk = browser("desk")
    first = at_border()
    page = desk.get(first).content.decode()
    assert "On which side of the border" in page
    assert page.index(f'value="{GRID}"') < page.index(f'value="{SECOND_GRID}"')
    assert "picked here before" not in page
    assert "On which side" not in browser("grid").get(first).content.decode()

    answer = desk.post(f"{first}/pick", {"seq": "1", "pick": SECOND_GRID})
    assert answer["Location"] == first
    assert Case.objects.get().place.code == SECOND_GRID
    page = desk.get(first).content.decode()
    assert "On which side" not in page
    assert "Correct the place" in page

    second = at_border()
    page = desk.get(second).content.decode()
    assert page.index(f'value="{SECOND_GRID}"') < page.index(f'value="{GRID}"')
    assert "picked here before, once" in page
    for sent, status in (
        ({}, 422),
        ({"seq": "x", "pick": GRID}, 409),
        ({"seq": "1", "pick": "330999002201001"}, 422),
        ({"seq": "9", "pick": GRID}, 409),
    ):
        assert desk.post(f"{second}/pick", sent).status_code == status
    assert desk.get(f"{second}/pick").status_code == 405
    assert (
        browser("other_desk").post(f"{second}/pick", {"seq": "1", "pick": GRID}).status_code == 404
    )
