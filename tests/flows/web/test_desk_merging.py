"""The desk looks at two cases side by side, merges them, and separates them again."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import quote

from django.test import Client

from anlan.cases.models import Case
from anlan.kernel import codes
from tests.make import IN_OTHER_GRID, World

Browser = Callable[..., Client]
LAMP, SAME = "村口路灯坏了三天，晚上看不清路", "村口的路灯坏了,晚上太黑"


def test_two_lamps_become_one_and_two_again(world: World, browser: Browser) -> None:
    lead, other = world.take(LAMP), world.take(SAME)
    desk = browser("desk")
    page = desk.get(f"/desk/cases/{other.case_id}").content.decode()
    address = f"/desk/cases/{other.case_id}/beside?code={quote(codes.show(lead.code))}"
    assert address.replace("&", "&amp;") in page
    page = desk.get(address).content.decode()
    assert "Are these two the same?" in page
    assert LAMP in page
    assert SAME in page
    answer = desk.post(
        f"/desk/cases/{other.case_id}/moves/merge",
        {"seq": 1, "case": str(lead.case_id), "case_seq": 1},
    )
    assert answer["Location"] == f"/desk/cases/{lead.case_id}"
    page = desk.get(answer["Location"]).content.decode()
    assert "Merged into this case" in page
    assert "2 people reported this" in page
    assert SAME in page
    page = desk.get(f"/desk/cases/{other.case_id}").content.decode()
    assert "the work goes on there" in page
    assert browser("grid").get(f"/field/cases/{other.case_id}").status_code == 200

    resident = Client(headers={"accept-language": "en"})
    page = resident.get(f"/track/{other.tracking_code}").content.decode()
    assert codes.tracking_code(other.code) in page
    assert LAMP not in page
    assert "goes on together with another report" in page

    sent = {"case": str(lead.case_id), "case_seq": 2}
    assert desk.post(f"/desk/cases/{other.case_id}/moves/separate", sent).status_code == 302
    assert Case.objects.get(pk=other.case_id).state == "RECEIVED"


def test_what_cannot_be_merged_says_why(world: World, browser: Browser) -> None:
    lead, other = world.take(LAMP), world.take(SAME)
    desk = browser("desk")

    def beside(code: str, who: Client = desk) -> str:
        answer = who.get(f"/desk/cases/{other.case_id}/beside", {"code": code}, follow=True)
        assert answer.status_code == 200
        return str(answer.content.decode())

    Case.objects.filter(pk=lead.case_id).update(state="CLOSED", due_at=None, amber_at=None)
    assert "is not being worked on" in beside(lead.code) or "cannot be merged" in beside(lead.code)
    assert "cannot be merged with itself" in beside(other.code)
    far = world.take(LAMP, lon=IN_OTHER_GRID[0], lat=IN_OTHER_GRID[1])
    for hidden in (far.code, "7KQF92MX4T", "<b>", ""):
        page = beside(hidden)
        assert "Are these two" not in page
        assert "Merge into" not in page
    third = world.take(SAME)
    assert "in charge of both" in beside(third.code, browser("grid"))
    stale = {"seq": 1, "case": str(third.case_id), "case_seq": 9}
    assert desk.post(f"/desk/cases/{other.case_id}/moves/merge", stale).status_code == 409
    for broken in ({"case": "x", "case_seq": 1}, {"case": str(third.case_id)}, {}):
        answer = desk.post(f"/desk/cases/{other.case_id}/moves/merge", broken)
        assert answer.status_code == 422


def test_a_merged_case_stands_in_its_own_tab_until_the_two_are_separated(
    world: World, browser: Browser
) -> None:
    lead, other = world.take(LAMP), world.take(SAME)
    desk = browser("desk")
    own, goes_on = codes.show(other.code), f"goes on in {codes.show(lead.code)}"

    def tab(code: str, who: Client = desk) -> str:
        return str(who.get("/desk/", {"tab": code}).content.decode())

    assert "Nothing is merged" in tab("merged")
    desk.post(
        f"/desk/cases/{other.case_id}/moves/merge",
        {"seq": 1, "case": str(lead.case_id), "case_seq": 1},
    )
    merged = tab("merged")
    assert own in merged
    assert goes_on in merged
    assert f'href="/desk/cases/{lead.case_id}"' in merged
    assert "Clock stopped" in merged
    for code in ("all", "accept", "closed"):
        assert own not in tab(code)
    assert goes_on in tab("every")
    assert own not in tab("merged", browser("other_desk"))
    desk.post(
        f"/desk/cases/{other.case_id}/moves/separate",
        {"case": str(lead.case_id), "case_seq": 2},
    )
    assert own not in tab("merged")
    assert own in tab("all")
    assert own in tab("accept")


def test_the_code_of_a_lead_that_may_not_be_seen_is_not_shown(
    world: World, browser: Browser
) -> None:
    lon, lat = IN_OTHER_GRID
    lead, other = world.take(LAMP, lon=lon, lat=lat), world.take(SAME)
    browser("centre").post(
        f"/desk/cases/{other.case_id}/moves/merge",
        {"seq": 1, "case": str(lead.case_id), "case_seq": 1},
    )
    assert Case.objects.get(pk=other.case_id).state == "MERGED"
    page = browser("desk").get("/desk/", {"tab": "merged"}).content.decode()
    assert codes.show(other.code) in page
    assert codes.show(lead.code) not in page
    assert str(lead.case_id) not in page
