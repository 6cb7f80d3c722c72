"""Strangers' attempts at the figures that leaders read; joined to those of test_strangers.py."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from anlan.indicators import actions as indicators
from anlan.indicators.rules.returns import OwnReturn, ReturnNotYours, ReturnUnknown
from tests.flows.permissions.worlds import Scene
from tests.make import NOW, TOWN
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
}  # fmt: skip
