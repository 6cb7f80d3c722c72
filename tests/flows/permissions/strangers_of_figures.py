"""Strangers' attempts at the figures that leaders read; joined to those of test_strangers.py."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from anlan.assessment import actions as assessment
from anlan.assessment.rules.objections import (
    CardUnknown,
    NotAbove,
    NotTheAssessed,
    ObjectionUnknown,
)
from anlan.indicators import actions as indicators
from anlan.indicators.rules.returns import OwnReturn, ReturnNotYours, ReturnUnknown
from anlan.kernel.procedure import MoveNotYours
from anlan.reports import actions as reports
from anlan.reports.rules.signing import ReportUnknown
from anlan.situation import actions as situation
from anlan.situation.rules.findings import FindingUnknown
from anlan.situation.rules.resolutions import ResolutionUnknown
from tests.flows.permissions.worlds import Scene
from tests.make import COUNTY, NOW, TOWN
from tests.worlds.figures import MONTH, csv_of


def _stranger(scene: Scene) -> Any:
    return scene.world.actor("other_desk")


FIGURES: dict[str, list[tuple[type[Exception] | None, Callable[[Scene], Any]]]] = {
    "anlan.indicators.actions.returns.give_return": [
        (ReturnNotYours, lambda s: indicators.give_return(
            actor=_stranger(s), data=csv_of((TOWN, "OUTPUT", MONTH, 5)), at=NOW)),
        (ReturnNotYours, lambda s: indicators.give_return(
            actor=s.world.actor("principal"), data=csv_of((TOWN, "OUTPUT", MONTH, 5)), at=NOW)),
    ],
    "anlan.indicators.actions.returns.move_return": [
        (ReturnUnknown, lambda s: indicators.move_return(
            actor=_stranger(s), return_id=s.names["return"], move="confirm", at=NOW)),
        (OwnReturn, lambda s: indicators.move_return(
            actor=s.world.actor("centre"), return_id=s.names["return"], move="confirm", at=NOW)),
    ],
    "anlan.reports.actions.drafting.draft_report": [
        (ReportUnknown, lambda s: reports.draft_report(
            actor=_stranger(s), place_code=TOWN, month=MONTH, at=NOW)),
        (MoveNotYours, lambda s: reports.draft_report(
            actor=s.world.actor("principal"), place_code=TOWN, month=MONTH, at=NOW)),
    ],
    "anlan.reports.actions.signing.move_report": [
        (ReportUnknown, lambda s: reports.move_report(
            actor=_stranger(s), report_id=s.names["report"], move="submit", at=NOW)),
        (MoveNotYours, lambda s: reports.move_report(
            actor=s.world.actor("principal"), report_id=s.names["report"], move="submit", at=NOW)),
    ],
    "anlan.reports.actions.telling.mark_read": [
        (ReportUnknown, lambda s: reports.mark_read(
            actor=_stranger(s), report_id=s.names["report"], at=NOW)),
        (None, lambda s: reports.mark_read(
            actor=s.world.actor("leader"), report_id=s.names["report"], at=NOW)),
    ],
    "anlan.assessment.actions.publishing.publish_cards": [
        (CardUnknown, lambda s: assessment.publish_cards(
            actor=s.world.actor("grid"), scheme="MONTHLY", place_code=COUNTY, period="2026-01", at=NOW)),
        (NotAbove, lambda s: assessment.publish_cards(
            actor=s.world.actor("desk"), scheme="MONTHLY", place_code=COUNTY, period="2026-01", at=NOW)),
    ],
    "anlan.assessment.actions.objecting.file_objection": [
        (CardUnknown, lambda s: assessment.file_objection(
            actor=_stranger(s), card_id=s.names["card"], indicator="LAMPS", text="邻镇来申诉", at=NOW)),
        (NotTheAssessed, lambda s: assessment.file_objection(
            actor=s.world.actor("principal"), card_id=s.names["card"], indicator="LAMPS", text="上级代申诉", at=NOW)),
    ],
    "anlan.assessment.actions.objecting.decide_objection": [
        (ObjectionUnknown, lambda s: assessment.decide_objection(
            actor=_stranger(s), objection_id=s.names["objection"], move="refuse", note="邻镇来答复", at=NOW)),
        (MoveNotYours, lambda s: assessment.decide_objection(
            actor=s.world.actor("desk"), objection_id=s.names["objection"], move="accept", note="自己采纳", at=NOW)),
    ],
    "anlan.situation.actions.meetings.move_resolution": [
        (ResolutionUnknown, lambda s: situation.move_resolution(
            actor=_stranger(s), resolution_id=s.names["resolution"], move="finish", note="邻镇来办结", at=NOW)),
        (MoveNotYours, lambda s: situation.move_resolution(
            actor=s.world.actor("desk"), resolution_id=s.names["resolution"], move="go_offline", note="自行线下处理", at=NOW)),
    ],
    "anlan.situation.actions.meetings.note_meeting": [
        (FindingUnknown, lambda s: situation.note_meeting(
            actor=_stranger(s), place_code=TOWN, month=MONTH, held=NOW.date(), present="邻镇主任", decided="不相干", at=NOW)),
        (FindingUnknown, lambda s: situation.note_meeting(
            actor=s.world.actor("grid"), place_code=TOWN, month=MONTH, held=NOW.date(), present="网格员", decided="不相干", at=NOW)),
    ],
}  # fmt: skip
