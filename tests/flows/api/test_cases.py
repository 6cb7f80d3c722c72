"""Those who handle matters work through the API: lists, moves, dispatches, transfers from 110."""

from __future__ import annotations

from typing import Any

import pytest

from anlan.api.cases import CasesOut, CaseWhole
from anlan.api.dispatch import DispatchOut, RecommendationOut, ResponderOut
from anlan.api.intake import SignalOut
from anlan.cases.actions import take_words
from anlan.cases.models import Case
from anlan.dispatch.models import Dispatch
from anlan.intake.models import Signal
from tests.flows.api.calls import Api
from tests.make import IN_OTHER_GRID, TOWN, VILLAGE, World


@pytest.fixture
def desk(world: World) -> Api:
    return Api(world, "desk")


def move(api: Api, case: Any, code: str, **given: Any) -> Any:
    return api.post(f"/cases/{case}/moves", {"move": code} | given)


def test_a_desk_sees_its_town_and_nothing_else(desk: Api, world: World) -> None:
    here = world.take().case_id
    there = world.take(lon=IN_OTHER_GRID[0], lat=IN_OTHER_GRID[1]).case_id
    found = desk.get("/cases").json()
    CasesOut.model_validate(found)
    assert [case["id"] for case in found["cases"]] == [str(here)]
    refused = desk.get(f"/cases/{there}")
    assert (refused.status_code, refused.json()["code"]) == (404, "CASE_NOT_VISIBLE")
    assert len(Api(world, "system").get("/cases").json()["cases"]) == 2


def test_a_long_list_is_continued_by_its_key(desk: Api, world: World) -> None:
    taken = {str(world.take(f"第{n}盏路灯不亮").case_id) for n in range(5)}
    seen: list[str] = []
    after = ""
    for _ in range(3):
        page = desk.get("/cases", {"limit": 2, "after": after}).json()
        seen += [case["id"] for case in page["cases"]]
        after = page["after"]
    assert after == ""
    assert set(seen) == taken
    assert len(seen) == 5


def test_a_list_is_narrowed(desk: Api, world: World) -> None:
    lamp = world.take().case_id
    quarrel = world.take("房东不退押金，租房合同没到期就赶人").case_id
    by_class = desk.get("/cases", {"matter_class": ["DISPUTE"]}).json()["cases"]
    assert [case["id"] for case in by_class] == [str(quarrel)]
    by_text = desk.get("/cases", {"text": "路灯"}).json()["cases"]
    assert [case["id"] for case in by_text] == [str(lamp)]
    assert desk.get("/cases", {"state": ["CLOSED"]}).json()["cases"] == []


def test_a_case_is_shown_whole(desk: Api, world: World) -> None:
    case_id = world.take(place_text="东湾村口小卖部旁").case_id
    case = desk.get(f"/cases/{case_id}").json()
    CaseWhole.model_validate(case)
    assert case["text"].startswith("村口路灯")
    assert case["place_text"] == "东湾村口小卖部旁"
    assert [step["move"] for step in case["steps"]] == ["open"]
    offered = {each["move"] for each in case["moves"]}
    assert {"accept", "assign_down", "decline"} <= offered
    assert case["moves"] == desk.get(f"/cases/{case_id}/moves").json()
    assert "13800000000" not in str(case)


def test_a_case_goes_from_desk_to_unit_and_is_closed(desk: Api, world: World) -> None:
    case_id = world.take().case_id
    builder = Api(world, "builder")
    assert move(desk, case_id, "accept").json()["state"] == "ACCEPTED"
    unit_id = world.unit_id(TOWN, "CONSTRUCTION")
    assigned = move(desk, case_id, "assign_down", unit_id=unit_id).json()
    assert (assigned["state"], assigned["unit"]["id"]) == ("ASSIGNED", unit_id)
    assert move(builder, case_id, "sign_for").json()["state"] == "HANDLING"
    assert move(builder, case_id, "handle", note="灯泡已更换").json()["state"] == "HANDLED"
    assert move(desk, case_id, "verify").json()["state"] == "VERIFIED"
    closed = move(desk, case_id, "close", outcome="SOLVED", note="已修好").json()
    assert (closed["state"], closed["outcome"], closed["due_at"]) == ("CLOSED", "SOLVED", None)
    assert closed["seq"] == 7


@pytest.mark.parametrize(
    ("who", "given", "status", "code"),
    [
        ("desk", {"move": "close"}, 409, "MOVE_NOT_ALLOWED"),
        ("builder", {"move": "accept"}, 403, "MOVE_NOT_YOURS"),
        ("desk", {"move": "assign_down"}, 422, "MOVE_INCOMPLETE"),
        ("desk", {"move": "assign_down", "unit_id": 999_999}, 422, "UNIT_OUT_OF_REACH"),
        ("desk", {"move": "assign_down", "unit_id": 2**70}, 422, "FIELDS_INVALID"),
        ("desk", {"move": "accept", "expected_seq": 9}, 409, "CASE_CHANGED"),
        ("desk", {"move": "reclassify", "matter": "DRAGONS"}, 422, "MATTER_UNKNOWN"),
        ("desk", {"move": "dance"}, 409, "MOVE_NOT_ALLOWED"),
        ("desk", {"move": "decline", "note": "a\x00b"}, 422, "FIELDS_INVALID"),
        ("other_desk", {"move": "accept"}, 404, "CASE_NOT_VISIBLE"),
        ("resident", {"move": "accept"}, 403, "SEAT_NEEDED"),
    ],
)
def test_a_move_that_cannot_be_made_changes_nothing(
    world: World, who: str, given: dict[str, Any], status: int, code: str
) -> None:
    case_id = world.take().case_id
    answer = Api(world, who).post(f"/cases/{case_id}/moves", given)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    case = Case.objects.get(pk=case_id)
    assert (case.state, case.seq) == ("RECEIVED", 1)


def test_a_desk_reads_whom_a_rule_proposes_and_sends_them(desk: Api, world: World) -> None:
    case_id = world.take("消防通道停满了车").case_id
    found = desk.get(f"/cases/{case_id}/recommendation").json()
    RecommendationOut.model_validate(found)
    assert found["card"] == "FIRE"
    workers, officers = found["proposals"]
    assert (workers["wanted"], workers["missing"], workers["holders"]) == (2, 1, 1)
    assert (officers["missing"], officers["reasons"]) == (1, {})
    duties = [each["duty_id"] for need in (workers, officers) for each in need["chosen"]]
    asked = desk.post(f"/cases/{case_id}/dispatches", {"duty_ids": duties})
    assert [each["rung"] for each in asked.json()] == ["CHOSEN", "CHOSEN"]
    again = desk.get(f"/cases/{case_id}/recommendation").json()["proposals"]
    assert [(need["asked"], need["reasons"]) for need in again] == [(1, {"HERE": 1})] * 2
    refused = Api(world, "principal").get(f"/cases/{case_id}/recommendation")
    assert (refused.status_code, refused.json()["code"]) == (403, "SENDING_NOT_YOURS")


def test_a_desk_sends_people_who_sign_for_the_case(desk: Api, world: World) -> None:
    case_id = world.take("垃圾桶满了好几天没人收").case_id
    responders = desk.get(f"/cases/{case_id}/responders").json()
    for responder in responders:
        ResponderOut.model_validate(responder)
    duties = {responder["role"]: responder["duty_id"] for responder in responders}
    asked = desk.post(
        f"/cases/{case_id}/dispatches",
        {"duty_ids": [duties["GRID_WORKER"], duties["VILLAGE_CADRE"]], "note": "请尽快去看"},
    )
    assert asked.status_code == 201
    for each in asked.json():
        DispatchOut.model_validate(each)
    assert desk.get(f"/cases/{case_id}").json()["state"] == "ASSIGNED"

    mine = next(each for each in asked.json() if each["role"] == "GRID_WORKER")
    grid = Api(world, "grid")
    signed = grid.post(f"/dispatches/{mine['id']}/moves", {"move": "sign_for"})
    assert signed.json()["signed_at"] == "2026-03-10T02:00:00Z"
    assert desk.get(f"/cases/{case_id}").json()["state"] == "HANDLING"
    assert grid.post(f"/dispatches/{mine['id']}/moves", {"move": "arrive"}).status_code == 200
    foreign = Api(world, "other_grid").post(f"/dispatches/{mine['id']}/moves", {"move": "finish"})
    assert (foreign.status_code, foreign.json()["code"]) == (404, "DISPATCH_NOT_VISIBLE")
    listed = desk.get(f"/cases/{case_id}/dispatches").json()
    assert len(listed) == 2


def test_nobody_can_be_sent_who_does_not_serve_the_place(desk: Api, world: World) -> None:
    case_id = world.take().case_id
    path = f"/cases/{case_id}/dispatches"
    for duty_ids, code in (
        ([], "NOBODY_CHOSEN"),
        ([world.duty_ids["other_grid"]], "RESPONDER_NOT_FITTING"),
    ):
        answer = desk.post(path, {"duty_ids": duty_ids})
        assert (answer.status_code, answer.json()["code"]) == (422, code)
    assert not Dispatch.objects.exists()


def test_110_hands_over_a_quarrel_and_two_people_are_sent_at_once(desk: Api, world: World) -> None:
    police = Api(world, "police")
    body = police.signal(text="租客报警：房东不退押金，双方争吵", external_ref="JQ2026031000017")
    answer = police.post("/transfers", body)
    assert answer.status_code == 201
    taken = answer.json()
    SignalOut.model_validate(taken)
    assert taken["matter"]["code"] == "TENANCY"
    roles = {each["role"] for each in desk.get(f"/cases/{taken['case_id']}/dispatches").json()}
    assert roles == {"GRID_WORKER", "VILLAGE_CADRE"}
    assert [case["id"] for case in desk.get("/cases").json()["cases"]] == [taken["case_id"]]
    signal = Signal.objects.get()
    assert (signal.channel, signal.external_ref) == ("POLICE_110", "JQ2026031000017")

    again = police.post("/transfers", body)
    assert (again.status_code, again.json()) == (200, taken)
    assert Dispatch.objects.count() == 2


def test_a_transfer_without_a_place_waits_at_the_county(world: World) -> None:
    police = Api(world, "police")
    answer = police.post("/transfers", {"text": "噪音扰民", "external_ref": "JQ-2"})
    assert answer.status_code == 201
    assert answer.json()["place"]["code"] == "330999"
    assert answer.json()["needs_person"]


def test_a_case_in_a_village_is_listed_for_its_grid_lead(world: World) -> None:
    case_id = world.take(lon=None, lat=None, place_code=VILLAGE).case_id
    assert [c["id"] for c in Api(world, "lead").get("/cases").json()["cases"]] == [str(case_id)]
    assert Api(world, "other_grid").get("/cases").json()["cases"] == []


def test_words_of_a_report_are_searched_within_ones_places(desk: Api, world: World) -> None:
    here = world.take("桥头的路灯坏了", idempotency_key="a").case_id
    there = world.take("河边路灯坏了", lon=IN_OTHER_GRID[0], lat=IN_OTHER_GRID[1]).case_id
    take_words(case_ids=[here, there])
    assert [c["id"] for c in desk.get("/cases", {"q": "路灯"}).json()["cases"]] == [str(here)]
    assert desk.get("/cases", {"q": "河边"}).json() == {"cases": [], "after": ""}
    both = Api(world, "system").get("/cases", {"q": "路灯", "limit": 1}).json()
    assert [c["id"] for c in both["cases"]] == [str(there)]
    rest = Api(world, "system").get("/cases", {"q": "路灯", "after": both["after"]}).json()
    assert [c["id"] for c in rest["cases"]] == [str(here)]
    refused = desk.get("/cases", {"q": "路灯", "after": "2026-03-10T02:00:00+00:00~x"})
    assert (refused.status_code, refused.json()["code"]) == (422, "AFTER_MALFORMED")
