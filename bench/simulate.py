"""A county's whole day played against the real system: 1,500 reports, 400 workers, an hour of storm.

Times are simulated minutes; `faster` is how many times faster than the clock the day was played. All
invariants have to hold. The ratio is the share of cases closed within their limit. Synthetic throughout.
"""

from __future__ import annotations

import os
import time
from typing import Any

from anlan.cli import simulate
from anlan.simulation.script import Script


def run() -> dict[str, Any]:
    """Play one day."""
    for name in [name for name in os.environ if name.startswith("ANLAN_")]:
        del os.environ[name]
    script = Script(county="330681", seed=1)
    with simulate.instance(script):
        began = time.perf_counter()
        played = simulate.play(script)
        seconds = time.perf_counter() - began
    if not played.judgement.holds:
        raise AssertionError(played.judgement.broken)
    return {
        "bench": "simulate",
        "ratio": played.judgement.closed_in_time,
        "seconds": round(seconds, 1),
        "faster": round(script.hours * 3600 / seconds),
        **simulate.as_plain(script, played),
    }
