"""Synthetic storm nights: the plan against nearest-first, and how long planning takes.

Three nights of a county's shape (the demo county's villages and towns, drawn from a seed; nothing here
is real): the published one with 500 cases and 60 teams, a harder one (more cases than the shifts can
take, scarce skills), and one where nearest-first has little to lose (cases lie close around the
teams' own towns and are theirs alone, every team can do all, terms far off). Ratio: cost of the plan ÷ cost of the better nearest-first on the published night.
"""

from __future__ import annotations

import time
from typing import Any

from anlan.dispatch.rules import storm
from bench.nights import NIGHTS, make_night

LIMIT_SECONDS = 10


def run() -> dict[str, Any]:
    """Plan every night; seconds are wall time on the machine at hand."""
    nights = {}
    for name in NIGHTS:
        calls, teams = make_night(name)
        began = time.perf_counter()
        plan = storm.solve(calls, teams, clock=time.perf_counter)
        seconds = time.perf_counter() - began
        wrong = storm.check_plan(plan, calls, teams)
        if wrong:
            raise AssertionError(wrong)
        nights[name] = {
            "cases": len(calls), "teams": len(teams), "ratio": plan.ratio,
            "seconds": round(seconds, 2), "rounds": plan.rounds, "is_cut": plan.is_cut,
            "optimised": _tell(plan.figures), "nearest_first": _tell(plan.nearest),
            "urgent_nearest_first": _tell(plan.urgent_nearest),
        }  # fmt: skip
    published = nights["published"]
    return {
        "bench": "storm",
        "ratio": published["ratio"],
        "seconds": published["seconds"],
        "limit_seconds": LIMIT_SECONDS,
        "nights": nights,
        "data": "synthetic",
    }


def _tell(figures: storm.Figures) -> dict[str, float]:
    return {
        "cost": round(figures.cost), "weighted_lateness": round(figures.weighted_lateness),
        "mean_wait_minutes": figures.mean_wait_minutes,
        "longest_wait_minutes": figures.longest_wait_minutes,
        "within_limits": figures.within_limits, "left": figures.left,
        "travel_minutes": round(figures.travel_minutes),
    }  # fmt: skip
