"""A partner system reports, the reporter follows and rates."""

import pytest
from tests.flows.api.calls import Api
from tests.make import IN_GRID, World


@pytest.fixture
def app(world: World) -> Api:
    return Api(world, "app")


def test_a_report_is_taken_routed_and_answered_at_once(app: Api, world: World) -> None:
    answer = app.post("/signals", app.signal(text="村口路灯坏了三天"))
    assert answer.status_code == 201
    taken = answer.json()
    assert taken["state"] == "RECEIVED"
    assert taken["matter"]["code"] == "STREET_LAMP"
    assert taken["place"]["code"] == "330999001201001"
    assert taken["unit"]["department"] == "CONSTRUCTION"
    print(taken, IN_GRID)
