"""The award ladder: years passed in a row, and what they earn."""

from __future__ import annotations

from collections.abc import Mapping

from anlan.assessment.rules.schemes import Ladder, Step


def count_run(passed: Mapping[int, bool], *, year: int) -> int:
    """Count the years passed in a row up to a year; a year nobody knows of ends the run.

    >>> count_run({2023: True, 2024: True, 2025: True, 2021: True}, year=2025)
    3
    """
    count = 0
    while passed.get(year - count):
        count += 1
    return count


def find_award(ladder: Ladder, run: int) -> tuple[Step | None, int]:
    """Give the highest step that a run has reached, and the stars after the last step.

    >>> steps = (Step(3, "鼎", "Tripod"), Step(6, "铜鼎", "Bronze tripod"))
    >>> find_award(Ladder(steps, 3), 13)[1], find_award(Ladder(steps, 3), 2)
    (2, (None, 0))
    """
    reached = [step for step in ladder.steps if step.years <= run]
    if not reached:
        return None, 0
    is_last = reached[-1] == ladder.steps[-1]
    stars = (run - reached[-1].years) // ladder.star_every if is_last and ladder.star_every else 0
    return reached[-1], stars


def years_to_next(ladder: Ladder, run: int) -> int | None:
    """Tell how many years more the next step or star takes; None where nothing comes after.

    >>> years_to_next(Ladder((Step(3, "鼎", "Tripod"),), 3), 4)
    2
    """
    for step in ladder.steps:
        if step.years > run:
            return step.years - run
    if not ladder.steps or not ladder.star_every:
        return None
    return ladder.star_every - (run - ladder.steps[-1].years) % ladder.star_every
