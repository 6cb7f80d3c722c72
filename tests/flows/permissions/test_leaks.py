"""What a right answer could still give away: hidden and absent things answer alike, in every respect.

Alike are status, headers, body but for the identifiers that were sent, and the statements to the
database with their values taken out: the same work takes the same time. Each test sends two requests that
differ in one thing only, namely whether something exists that the sender may not see.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any
from unittest.mock import patch

import pytest
from django.test import Client

from anlan.cases.models import Case, CaseSignal
from anlan.dispatch import actions as dispatch
from anlan.documents import actions as documents
from anlan.kernel import codes
from anlan.kernel.actor import SYSTEM
from anlan.kernel.ids import new_id
from anlan.notices.models import Notice
from anlan.people import actions as people
from anlan.people import rules as people_rules
from anlan.people.policies import SIGN_IN_COOKIE
from anlan.triage import actions as triage
from tests.flows.permissions.matrix import Door, Who, list_doors
from tests.flows.permissions.traces import Trace, trace
from tests.flows.permissions.worlds import Scene, knock, picture, undone
from tests.make import IN_GRID, IN_OTHER_GRID, NEAR_BORDER, NOW, OTHER_TOWN, PASSWORD, TOWN

pytestmark = pytest.mark.django_db

DESK = Who("TOWN_DESK", True, True)
NEIGHBOUR = Who("TOWN_DESK", False, True)
OTHER_OFFICE = Who("DEPARTMENT", True, False)
RESIDENT = Who("RESIDENT", True, True)
PARTNER = Who("TOWN_DESK", True, True, "API")
IDS = ("case_id", "dispatch_id", "document_id", "signal_id", "notice_id")


@pytest.fixture(scope="module")
def far(scene: Scene) -> dict[str, Any]:
    """Give the identifiers of a matter in the other town, with everything that belongs to one."""
    photo = documents.keep_photo(actor=SYSTEM, file=picture(), name="far.png", at=NOW)
    taken = triage.take_signal(
        actor=SYSTEM,
        report=scene.world.report("河边的灯杆倒了", lon=IN_OTHER_GRID[0], lat=IN_OTHER_GRID[1]),
        at=NOW,
        photos=(photo.id,),
    )
    [sent] = dispatch.dispatch_case(
        actor=scene.world.actor("other_desk"), case_id=taken.case_id,
        duty_ids=[scene.world.duty_ids["other_grid"]], at=NOW,
    )  # fmt: skip
    dispatch.tell_dispatched(dispatch_id=sent.id, at=NOW)
    return {
        "case_id": taken.case_id,
        "dispatch_id": sent.id,
        "document_id": photo.id,
        "signal_id": CaseSignal.objects.get(case_id=taken.case_id).signal_id,
        "notice_id": Notice.objects.get(person_id=sent.person_id).id,
        "code": codes.show(taken.code),
        "tracking_code": taken.tracking_code,
    }


def absent() -> dict[str, Any]:
    """Give identifiers that nothing has, as well-formed as those of the product."""
    code = codes.new_code()
    return {
        **{name: new_id() for name in IDS},
        "code": codes.show(code),
        "tracking_code": codes.tracking_code(code),
    }


def takes_an_id(door: Door) -> bool:
    sends = str(door.data.get("send", ""))
    names = [*IDS] if "tracking_code" not in door.address else []
    if door.about == "what_was_sent":
        names.append("code")
    return any(f"{{{name}}}" in door.address or f"${name}" in sends for name in names)


ID_DOORS = [
    door for door in list_doors() if takes_an_id(door) and door.move in ("", "accept", "sign_for")
]


def test_the_doors_that_take_an_identifier_are_found() -> None:
    assert len(ID_DOORS) > 20


@pytest.mark.parametrize("door", ID_DOORS, ids=lambda door: door.id)
def test_what_is_hidden_answers_like_what_does_not_exist(
    scene: Scene, visitor: Client, far: dict[str, Any], door: Door
) -> None:
    nothing = absent()
    for who in (DESK, RESIDENT, PARTNER):
        hidden, gone = (
            trace(partial(knock, scene, visitor, door, who, **ids), *ids.values())
            for ids in (far, nothing)
        )
        assert hidden == gone, f"{who.key} at {door.id}"
        assert hidden.files_opened == 0
    for who in (NEIGHBOUR, OTHER_OFFICE):
        own = {name: scene.names[name] for name in (*IDS, "code")}
        hidden, gone = (
            trace(partial(knock, scene, visitor, door, who, **ids), *ids.values())
            for ids in (own, nothing)
        )
        assert hidden == gone, f"{who.key} at {door.id}"


@pytest.mark.parametrize(
    "door",
    [door for door in ID_DOORS if re.search(r"dispatch_id|signal_id", door.address)
     and "case_id" in door.address],
    ids=lambda door: door.id,
)  # fmt: skip
def test_behind_a_matter_that_is_seen_hidden_parts_of_others_are_absent_too(
    scene: Scene, visitor: Client, far: dict[str, Any], door: Door
) -> None:
    case = {"case_id": scene.case_id}
    nothing = absent()
    hidden = trace(lambda: knock(scene, visitor, door, DESK, **(far | case)), *far.values())
    gone = trace(lambda: knock(scene, visitor, door, DESK, **(nothing | case)), *nothing.values())
    assert hidden == gone
    assert hidden.status == 404


def test_a_trace_tells_apart_what_differs(scene: Scene, visitor: Client) -> None:
    door = next(door for door in ID_DOORS if door.key == "GET desk/cases/{case_id}")
    seen, hidden = (trace(partial(knock, scene, visitor, door, who)) for who in (DESK, NEIGHBOUR))
    assert seen.status != hidden.status
    assert seen.body != hidden.body
    assert len(seen.statements) > len(hidden.statements)


def browse(scene: Scene, visitor: Client, who: Who, address: str) -> Callable[[], Any]:
    door = Door(f"GET {address}", "", "", {})
    return lambda: knock(scene, visitor, door, who)


LISTS = [
    "api/v1/cases", "api/v1/cases?only_open=false&limit=1", "api/v1/cases?text=灯",
    "api/v1/cases?light=GREEN", "desk/", "desk/?tab=accept", "desk/?tab=person", "desk/?q=灯",
    "desk/?tab=closed", "desk/counts", "desk/counts?q=灯", "field/", "notices/",
]  # fmt: skip


@pytest.mark.parametrize("address", LISTS)
def test_lists_counts_and_searches_do_not_notice_what_is_hidden(
    scene: Scene, visitor: Client, address: str
) -> None:
    look = browse(scene, visitor, DESK, address)
    before = trace(look)
    with undone():
        for number in range(3):
            scene.world.take(f"灯又坏了 {number}", lon=IN_OTHER_GRID[0], lat=IN_OTHER_GRID[1])
        assert trace(look) == before
    with undone():
        scene.world.take("灯又坏了", lon=NEAR_BORDER[0], lat=NEAR_BORDER[1])
        is_noticed = trace(look).body != before.body
    is_own_list = address != "notices/" and "closed" not in address and "limit" not in address
    assert is_noticed == is_own_list or "limit" in address, "the test looks at nothing"


def test_a_search_for_a_hidden_code_or_unit_finds_what_one_for_an_absent_code_finds(
    scene: Scene, visitor: Client, far: dict[str, Any]
) -> None:
    code, nothing = far["code"], codes.show(codes.new_code())
    for address in ("desk/?q={}", "desk/counts?q={}", "api/v1/cases?text={}"):
        found, gone = (
            trace(browse(scene, visitor, DESK, address.format(each)), each)
            for each in (code, nothing)
        )
        assert found == gone, address
    unit = scene.world.unit_id(OTHER_TOWN, "DESK")
    found, gone = (
        trace(browse(scene, visitor, DESK, f"api/v1/cases?unit_id={each}"), each)
        for each in (unit, 31_999)
    )
    assert found == gone


def wrong(tracking_code: str) -> str:
    """Change the secret group of a tracking code."""
    last = "Z" if tracking_code[-1] != "Z" else "Y"
    return tracking_code[:-1] + last


TRACKING = [door for door in list_doors() if "tracking_code" in door.address] + [
    door for door in list_doors() if "tokens/" in door.address
]


@pytest.mark.parametrize("door", TRACKING, ids=lambda door: door.id)
def test_a_wrong_secret_tells_nothing_of_the_code_before_it(
    scene: Scene, visitor: Client, far: dict[str, Any], door: Door
) -> None:
    known, unknown = (wrong(each["tracking_code"]) for each in (far, absent()))
    code = "code" if "{code}" in door.address else "tracking_code"
    found = trace(lambda: knock(scene, visitor, door, Who(), **{code: known}), known)
    gone = trace(lambda: knock(scene, visitor, door, Who(), **{code: unknown}), unknown)
    assert found == gone
    assert found.status == 404


def test_a_tracking_code_opens_its_own_photos_and_no_others(
    scene: Scene, visitor: Client, far: dict[str, Any]
) -> None:
    door = next(door for door in TRACKING if "photos" in door.address)
    of_others, of_the_handling, none = (
        trace(lambda photo=photo: knock(scene, visitor, door, Who(), document_id=photo), photo)
        for photo in (far["document_id"], scene.names["document_id"], new_id())
    )
    assert of_others == of_the_handling == none
    assert (none.status, none.files_opened) == (404, 0)


def test_unknown_wrong_locked_and_closed_sign_ins_do_the_same_work(
    scene: Scene, visitor: Client, settings: Any
) -> None:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.PBKDF2PasswordHasher"]
    for login in ("open.one", "locked.one", "closed.one"):
        person = people.create_person(
            actor=SYSTEM, login=login, name=login, password=PASSWORD, at=NOW, is_demo=True
        )
        if login == "closed.one":
            people.close_person(actor=SYSTEM, person_id=person.id, at=NOW)
    for _ in range(people_rules.ATTEMPTS_ALLOWED):
        with pytest.raises(people_rules.SignInFailed):
            people.sign_in(login="locked.one", password="wrong " * 3, at=NOW)

    def attempt(login: str, password: str) -> tuple[Trace, int]:
        form = {"login": login, "password": password}
        with patch("django.contrib.auth.hashers.PBKDF2PasswordHasher.encode", _hash) as hashed:
            _hashes.clear()
            found = trace(lambda: visitor.post("/sign-in", form), login)
        assert hashed
        return found, len(_hashes)

    wrong_password = attempt("open.one", "wrong " * 3)
    assert wrong_password[0].status == 401
    assert wrong_password[1] == 1
    for login, password in (
        ("nobody.one", "wrong " * 3), ("locked.one", "wrong " * 3), ("locked.one", PASSWORD),
        ("closed.one", PASSWORD), ("closed.one", "wrong " * 3),
    ):  # fmt: skip
        assert attempt(login, password) == wrong_password, login


_hashes: list[int] = []


def _hash(self: Any, password: str, salt: str, iterations: int | None = None) -> str:
    _hashes.append(iterations or self.iterations)
    return f"pbkdf2_sha256${iterations or self.iterations}${salt}$x"


@pytest.mark.parametrize("who", [PARTNER, DESK])
def test_the_idempotency_keys_of_others_are_free(scene: Scene, visitor: Client, who: Who) -> None:
    body = {"text": "村口路灯坏了三天", "lon": IN_GRID[0], "lat": IN_GRID[1]}
    owner = Who("RESIDENT", True, True, "API", is_sender=True)

    def send(who: Who, key: str, **changes: Any) -> Any:
        headers: dict[str, str] = {"idempotency-key": key}
        visitor.cookies.clear()
        if who.channel:
            headers["authorization"] = f"Bearer {scene.tokens[who.key]}"
        else:
            visitor.cookies[SIGN_IN_COOKIE] = scene.tokens[who.key]
        return visitor.post(
            "/api/v1/signals", body | changes, content_type="application/json", headers=headers
        )

    with undone():
        first = send(owner, "key-1").json()
        for changes in ({}, {"text": "另外一件事"}):
            taken, fresh = (trace(partial(send, who, key, **changes)) for key in ("key-1", "key-2"))
            assert taken.status == fresh.status == 201
            assert taken.statements == fresh.statements
            assert first["code"] not in taken.body
        assert send(owner, "key-1").json() == first


def test_photos_units_and_duties_of_others_are_as_unknown_as_none(
    scene: Scene, visitor: Client, far: dict[str, Any]
) -> None:
    def post(address: str, body: dict[str, Any]) -> Callable[[], Any]:
        door = Door(f"POST api/v1/{address}", "", "", {"send": {"json": body}})
        return lambda: knock(scene, visitor, door, DESK)

    signal = {"text": "路灯坏了", "lon": IN_GRID[0], "lat": IN_GRID[1]}
    moves, sent = f"cases/{scene.case_id}/moves", f"cases/{scene.case_id}/dispatches"
    pairs: list[tuple[Callable[[Any], Callable[[], Any]], Any, Any, int]] = [
        (lambda photo: post("signals", signal | {"photos": [str(photo)]}),
         far["document_id"], new_id(), 422),
        (lambda photo: post(moves, {"move": "report_back", "note": "x", "photos": [str(photo)]}),
         far["document_id"], new_id(), 422),
        (lambda unit: post(moves, {"move": "co_handle", "unit_id": unit}),
         scene.world.unit_id(OTHER_TOWN, "DESK"), 31_999, 422),
        (lambda duty: post(sent, {"duty_ids": [duty]}),
         scene.world.duty_ids["other_grid"], 31_999, 422),
    ]  # fmt: skip
    Case.objects.filter(pk=scene.case_id).update(state="HANDLING")
    for make, existing, none, status in pairs:
        found, gone = trace(make(existing), existing), trace(make(none), none)
        assert found == gone
        assert found.status == status


def test_a_quarrel_is_no_public_request(scene: Scene, visitor: Client) -> None:
    quarrel = scene.world.take("楼上半夜拖椅子睡不着")
    lamp = scene.world.take("村口路灯坏了三天")
    code, none = codes.show(quarrel.code), codes.show(codes.new_code())
    for address in (
        "open311/v2/requests/{}.json", "open311/v2/requests/{}.xml",
        "open311/v2/requests.json?service_request_id={}",
    ):  # fmt: skip
        for who in (Who(), PARTNER):
            key = f"{'&' if '?' in address else '?'}api_key={scene.tokens[who.key]}"
            found, gone = (
                trace(browse(scene, visitor, who, address.format(each) + key), each)
                for each in (code, none)
            )
            assert found == gone, address
        shown = trace(browse(scene, visitor, Who(), address.format(codes.show(lamp.code))))
        assert codes.show(lamp.code) in shown.body
    listed = trace(browse(scene, visitor, Who(), "open311/v2/requests.json")).body
    assert code not in listed
    assert codes.show(lamp.code) in listed


def test_tokens_that_hold_no_more_look_like_tokens_that_never_did(
    scene: Scene, visitor: Client
) -> None:
    made = [
        people.create_api_client(
            actor=SYSTEM, name=name, channel="API", role="TOWN_DESK", at=NOW - timedelta(days=9),
            place_id=scene.world.place_id(TOWN), expires_at=NOW - days,
        )
        for name, days in (("revoked", timedelta(days=-9)), ("expired", timedelta(days=1)))
    ]  # fmt: skip
    people.revoke_api_client(actor=SYSTEM, client_id=made[0].client_id, at=NOW)
    found = {
        trace(
            lambda token=token: visitor.get(
                "/api/v1/cases", headers={"authorization": f"Bearer {token}"}
            )
        )
        for token in (made[0].token, made[1].token, "x" * 43)
    }
    assert [each.status for each in found] == [401]


def test_what_is_told_to_the_reporter_is_what_was_written_for_him(
    scene: Scene, visitor: Client
) -> None:
    for door in [
        door for door in TRACKING if door.method == "GET" and "photos" not in door.address
    ]:
        body = trace(lambda door=door: knock(scene, visitor, door, Who())).body
        names = ("desk 同志", "grid 同志", "13800000000", "陈晓")
        assert not [name for name in names if name in body], door.id
