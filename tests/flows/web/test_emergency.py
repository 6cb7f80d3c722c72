"""Emergency access at the desk: asked for, confirmed by another, used, reviewed, told to the reporter."""

from __future__ import annotations

import pytest
from django.test import Client

from anlan.people.policies import SIGN_IN_COOKIE
from anlan.privacy.models import Access
from tests.make import World

REASON = "燃气泄漏正向邻镇扩散，须立即查看"


def staff(world: World, login: str) -> Client:
    client = Client(headers={"accept-language": "en"})
    client.cookies[SIGN_IN_COOKIE] = world.token(login)
    return client


def test_from_asking_to_review(world: World) -> None:
    taken = world.take()
    stranger, leader, desk = (staff(world, login) for login in ("other_desk", "leader", "desk"))
    case = f"/desk/cases/{taken.case_id}"
    assert stranger.get(case).status_code == 404
    answer = stranger.post(
        "/desk/emergency/ask", {"case": taken.code, "reason": REASON, "hours": "2"}, follow=True
    )
    assert "Asked. Somebody in charge" in answer.content.decode()
    access = Access.objects.get()
    assert "Waits for your decision" not in desk.get("/desk/emergency").content.decode()
    page = leader.get("/desk/emergency").content.decode()
    assert REASON in page
    assert "other_desk 同志" in page
    assert leader.post(f"/desk/emergency/{access.id}/confirm").status_code == 302
    assert stranger.get(case).status_code == 200
    assert taken.code[:5] in stranger.get("/desk/").content.decode()
    assert "Open in your places now" in desk.get("/desk/emergency").content.decode()
    told = Client(headers={"accept-language": "en"}).get(f"/track/{taken.tracking_code}/data")
    assert "emergency access, confirmed by a second person" in told.content.decode()
    assert desk.post(f"/desk/emergency/{access.id}/end_early").status_code == 302
    assert stranger.get(case).status_code == 404
    page = desk.get("/desk/emergency").content.decode()
    assert "To be reviewed" in page
    assert "the report" in page
    answer = desk.post(
        f"/desk/emergency/{access.id}/review", {"verdict": "JUSTIFIED", "note": "确有险情"}
    )
    assert answer.status_code == 302
    assert "It was justified" in desk.get("/desk/emergency").content.decode()


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"case": "00000-00000", "reason": REASON, "hours": "2"}, 404),
        ({"case": "", "place": "", "reason": REASON, "hours": "2"}, 422),
        ({"place": "330999001", "reason": "急", "hours": "2"}, 422),
        ({"place": "330999001", "reason": REASON, "hours": "²"}, 422),
        ({"place": "330999001", "reason": REASON, "hours": "-1"}, 422),
        ({"place": "330999002", "reason": REASON, "hours": "1"}, 409),
    ],
)
def test_what_is_wrong_is_said_on_the_page(
    world: World, fields: dict[str, str], status: int
) -> None:
    answer = staff(world, "other_desk").post("/desk/emergency/ask", fields)
    assert answer.status_code == status
    assert 'role="alert"' in answer.content.decode()
    assert not Access.objects.exists()


def test_the_page_costs_the_same_however_many_there_are(world: World) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    leader = staff(world, "leader")
    codes = [world.take().code for _ in range(6)]
    counts = []
    for code in codes:
        staff(world, "other_desk").post(
            "/desk/emergency/ask", {"case": code, "reason": REASON, "hours": "1"}
        )
        with CaptureQueriesContext(connection) as statements:
            assert leader.get("/desk/emergency").status_code == 200
        counts.append(len(statements))
    assert Access.objects.count() == 6
    assert counts[0] == counts[-1] <= 8
