"""A worker who is sent to a case of the whole village handles it, though his seat is one grid."""

from __future__ import annotations

from datetime import timedelta

import pytest

from anlan.cases import actions as cases
from anlan.cases import queries
from anlan.cases.rules import CaseNotVisible, Given
from anlan.dispatch import actions as dispatch
from tests.make import NOW, VILLAGE, World


def test_a_worker_handles_what_he_was_sent_to_and_nothing_else(world: World) -> None:
    taken = world.take(lon=None, lat=None, place_code=VILLAGE)
    grid, desk = world.actor("grid"), world.actor("desk")
    with pytest.raises(CaseNotVisible):
        queries.access_case(actor=grid, case_id=taken.case_id)
    [sent] = dispatch.dispatch_case(
        actor=desk, case_id=taken.case_id, duty_ids=[world.duty_ids["grid"]], at=NOW
    )
    dispatch.move_dispatch(actor=grid, dispatch_id=sent.id, move="sign_for", at=NOW)
    case = queries.access_case(actor=grid, case_id=taken.case_id)
    assert case.state == "HANDLING"
    assert case.responders == [grid.id]
    case = cases.move_case(
        actor=grid, case_id=case.id, move="handle", given=Given(note="已修好"), at=NOW
    )
    assert case.state == "HANDLED"
    dispatch.move_dispatch(
        actor=grid, dispatch_id=sent.id, move="finish", at=NOW + timedelta(minutes=1)
    )
    with pytest.raises(CaseNotVisible):
        queries.access_case(actor=grid, case_id=taken.case_id)
