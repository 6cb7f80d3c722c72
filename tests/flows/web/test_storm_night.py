"""The desk plans a storm night, looks at it, confirms; the worker sends; nobody else sees the plan."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import uuid4

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from anlan.dispatch import actions, queries
from anlan.dispatch.models import Batch, Dispatch
from anlan.kernel import clock

if TYPE_CHECKING:
    from tests.make import World

Browser = Callable[..., Client]
TEXTS = ("村口路灯坏了三天", "路面有个大坑", "垃圾好几天没人清运", "门前的路灯一直闪")


def plan(world: World, desk: Client, **form: object) -> Batch:
    from tests.make import NOW

    answer = desk.post("/desk/storm/plan", {"key": str(uuid4()), **form})
    assert answer.status_code == 302
    batch = Batch.objects.get(pk=answer["Location"].rsplit("/", 1)[1])
    assert "Planning" in desk.get(answer["Location"]).content.decode()
    actions.solve_batch(batch_id=batch.id, at=NOW)
    return batch


def test_a_storm_night_is_planned_looked_at_confirmed_and_sent(
    world: World, browser: Browser
) -> None:
    from tests.make import NOW

    for text in TEXTS:
        world.take(text)
    desk = browser("desk")
    assert "Storm night" in desk.get("/desk/").content.decode()
    assert "Make a plan" in desk.get("/desk/storm").content.decode()
    batch = plan(world, desk)
    address = f"/desk/storm/{batch.id}"
    planned = batch.items.filter(state="PLANNED").count()
    page = desk.get(address).content.decode()
    assert "Against nearest-first" in page
    assert f"Send {planned} cases as proposed" in page
    assert Dispatch.objects.count() == 0
    assert desk.post(f"{address}/send").status_code == 302
    assert desk.post(f"{address}/send").status_code == 302
    assert 'role="status"' in desk.get(address).content.decode()
    actions.send_items(batch_id=batch.id, at=NOW + timedelta(minutes=1))
    page = desk.get(address).content.decode()
    assert f"Sent {planned};" in page
    assert "as proposed" not in page
    assert Dispatch.objects.count() == planned


def test_it_speaks_chinese(world: World, browser: Browser) -> None:
    world.take()
    batch = plan(world, browser("desk"))
    page = browser("desk", language="zh-hans").get(f"/desk/storm/{batch.id}").content.decode()
    assert "与就近派单相比" in page
    assert "nearest" not in page.lower()


def test_a_plan_too_old_is_told_and_not_sent(world: World, browser: Browser) -> None:
    from tests.make import NOW

    world.take()
    desk = browser("desk")
    batch = plan(world, desk)
    with clock.frozen(NOW + timedelta(hours=2)):
        desk.post(f"/desk/storm/{batch.id}/send")
        page = desk.get(f"/desk/storm/{batch.id}").content.decode()
    assert "older than 60 minutes" in page
    assert Dispatch.objects.count() == 0


def test_nobody_else_sees_a_plan(world: World, browser: Browser) -> None:
    world.take()
    batch = plan(world, browser("desk"))
    for login in ("centre", "leader", "other_desk"):
        assert browser(login).get(f"/desk/storm/{batch.id}").status_code == 404, login
        assert browser(login).post(f"/desk/storm/{batch.id}/send").status_code == 404, login
    for login in ("grid", "principal", "builder"):
        assert browser(login).get("/desk/storm").status_code == 403, login
        assert "Storm night" not in browser(login).get("/desk/").content.decode()


def test_another_place_or_an_unknown_one_is_refused(world: World, browser: Browser) -> None:
    from tests.make import OTHER_TOWN

    desk = browser("desk")
    assert desk.post("/desk/storm/plan", {"place": OTHER_TOWN}).status_code == 403
    assert desk.post("/desk/storm/plan", {"place": "nowhere"}).status_code == 404
    assert desk.post("/desk/storm/plan", {"key": "odd", "level": "ODD"}).status_code == 302


def test_the_page_asks_few_statements_however_many_cases(world: World, browser: Browser) -> None:
    for text in TEXTS * 3:
        world.take(text)
    desk = browser("desk")
    batch = plan(world, desk)
    assert len(queries.list_items(batch_id=batch.id)) == len(TEXTS) * 3
    desk.get(f"/desk/storm/{batch.id}")
    with CaptureQueriesContext(connection) as captured:
        desk.get(f"/desk/storm/{batch.id}")
    assert len(captured) <= 8, [q["sql"][:90] for q in captured]
