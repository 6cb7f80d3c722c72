"""Why a clock stands where it stands, told from the steps alone."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from anlan.cases.rules import Act, Clock, list_pauses, tell_clock

NOW = datetime(2026, 3, 10, 2, 0, tzinfo=UTC)
DAY = timedelta(days=1)


@dataclass
class Step:
    move: str
    days: float
    to_state: str = "HANDLING"
    data: dict[str, Any] = field(default_factory=dict)
    tells_reporter: bool = False
    seq: int = 0

    @property
    def at(self) -> datetime:
        return NOW + self.days * DAY


def due(days: float, **more: Any) -> dict[str, Any]:
    return {"close_due_at": (NOW + days * DAY).isoformat(), **more}


def acts(clock: Clock, *steps: Step) -> list[tuple[Act, float, float | None]]:
    told = tell_clock(clock, steps, closed_states={"CLOSED", "OFFLINE"})
    return [(t.act, (t.at - NOW) / DAY, (t.due_at - NOW) / DAY if t.due_at else None) for t in told]


OPENED = Step("open", 0, "RECEIVED", due(3, response_due_at=(NOW + DAY).isoformat()))


def test_an_extension_a_pause_and_the_end_are_told_in_order() -> None:
    assert acts(
        Clock.SOLUTION,
        OPENED,
        Step("assign_down", 0.5, "ASSIGNED"),
        Step("pause", 1, "ASSIGNED", {"pause_ends_at": "2026-03-17T16:00:00+00:00"}),
        Step("resume", 2, "ASSIGNED", due(5, paused_at=(NOW + DAY).isoformat())),
        Step("approve_extension", 3, data=due(8)),
        Step("close", 6, "CLOSED"),
    ) == [
        (Act.STARTED, 0, 3),
        (Act.PAUSED, 1, None),
        (Act.RESUMED, 2, 5),
        (Act.EXTENDED, 3, 8),
        (Act.STOPPED, 6, None),
    ]


def test_first_response_ends_with_acceptance() -> None:
    assert acts(Clock.RESPONSE, OPENED, Step("accept", 0.25, "ACCEPTED"), Step("pause", 1)) == [
        (Act.STARTED, 0, 1),
        (Act.STOPPED, 0.25, None),
    ]


def test_another_matter_and_a_reopening_start_it_anew() -> None:
    assert acts(
        Clock.SOLUTION,
        OPENED,
        Step("reclassify", 0.1, "RECEIVED", due(10)),
        Step("close", 2, "CLOSED"),
        Step("follow_up", 2.5, "CLOSED"),
        Step("reopen", 3, data=due(6)),
    ) == [
        (Act.STARTED, 0, 3),
        (Act.STARTED_ANEW, 0.1, 10),
        (Act.STOPPED, 2, None),
        (Act.STARTED_ANEW, 3, 6),
    ]


def test_a_move_that_ends_a_pause_lets_the_clock_run_again() -> None:
    steps = [
        OPENED,
        Step("pause", 1),
        Step("sign_for", 2, data=due(4, paused_at=(NOW + DAY).isoformat())),
        Step("pause", 3),
    ]
    assert [act for act, *_ in acts(Clock.SOLUTION, *steps)] == [
        Act.STARTED,
        Act.PAUSED,
        Act.RESUMED,
        Act.PAUSED,
    ]
    assert list_pauses(steps, until_at=NOW + 5 * DAY) == [
        (NOW + DAY, NOW + 2 * DAY),
        (NOW + 3 * DAY, NOW + 5 * DAY),
    ]


def test_cases_from_before_due_times_were_kept_still_tell_their_beginning() -> None:
    assert acts(Clock.SOLUTION, Step("open", 0, "RECEIVED"), Step("close", 1, "CLOSED")) == [
        (Act.STARTED, 0, None),
        (Act.STOPPED, 1, None),
    ]
