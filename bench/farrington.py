"""Synthetic weekly counts of ten years, 1,000 series: bounds of the newest week and of a year's back-test, against R.

R `surveillance` is timed in the same run where it is installed (Debian: r-cran-surveillance), on some of the series, because it
takes minutes for all; a fit of one series does not depend on the others. Elsewhere its recorded time counts: 7.5 s for the newest week
of 1,000 series, 300 s for a year's back-test (R 4.2, surveillance 1.20.3, one core of a two-core machine).
"""

from __future__ import annotations

import shutil
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

from anlan.situation.rules import farrington
from anlan.situation.rules.panels import Panel

SERIES, WEEKS, R_SERIES = 1_000, 520, 60
RECORDED = {"newest": 7.5, "year": 300.0}
SETTING = {
    "noPeriods": 10, "b": 5, "w": 3, "weightsThreshold": 2.58, "pastWeeksNotIncluded": 26,
    "pThresholdTrend": 1, "alpha": 0.01, "thresholdMethod": "nbPlugin",
}  # fmt: skip
_R = """
suppressPackageStartupMessages(library(surveillance))
counts <- t(as.matrix(read.csv("counts.csv", header = FALSE)))
s <- sts(counts, epoch = 13000 + 7 * seq_len(nrow(counts)), frequency = 52, epochAsDate = TRUE)
took <- system.time(for (i in 1:1) farringtonFlexible(s, list(range = nrow(counts), noPeriods = 10,
  b = 5, w = 3, weightsThreshold = 2.58, pastWeeksNotIncluded = 26, pThresholdTrend = 1, alpha = 0.01,
  thresholdMethod = "nbPlugin")))
cat(took[["elapsed"]])
"""


def run() -> dict[str, Any]:
    """Time both; the ratio is R's time ÷ ours for the newest week, the smaller of measured and recorded."""
    counts = _draw()
    times = 13_000 + 7 * np.arange(1, WEEKS + 1)
    panel = Panel(
        tuple(str(row) for row in range(SERIES)), 52, True, times, counts, np.ones_like(counts)
    )
    setting = farrington.read_setting(SETTING)
    newest = min(_time(panel, setting, (WEEKS,)) for _ in range(3))
    year = _time(panel, setting, tuple(range(WEEKS - 51, WEEKS + 1)))
    measured = _time_r(counts)
    r_newest = min(RECORDED["newest"], measured or RECORDED["newest"])
    return {
        "bench": "farrington",
        "ratio": round(r_newest / newest, 1),
        "year_ratio": round(RECORDED["year"] / year, 1),
        "newest_s": round(newest, 3), "year_s": round(year, 2),
        "r_newest_s": measured and round(measured, 2),
        "r": "measured here" if measured else "recorded", "r_recorded_s": RECORDED,
        "series": SERIES, "weeks": WEEKS, "data": "synthetic",
    }  # fmt: skip


def _draw() -> Any:
    chance = np.random.default_rng(1)
    week = np.arange(WEEKS)
    level = np.exp(chance.normal(0.8, 1, (SERIES, 1)))
    season = np.exp(0.3 * np.sin(2 * np.pi * (week / 52 + chance.random((SERIES, 1)))))
    return chance.poisson(level * season * chance.gamma(2, 0.5, (SERIES, WEEKS))).astype(float)


def _time(panel: Panel, setting: farrington.Setting, points: tuple[int, ...]) -> float:
    began = time.perf_counter()
    farrington.compute_bounds(panel, setting, points)
    return time.perf_counter() - began


def _time_r(counts: Any) -> float | None:
    """R's seconds for the newest week of all series, from some of them; None without R."""
    if shutil.which("Rscript") is None:
        return None
    with tempfile.TemporaryDirectory() as folder:
        np.savetxt(Path(folder) / "counts.csv", counts[:R_SERIES], fmt="%d", delimiter=",")
        done = subprocess.run(
            ["Rscript", "-e", _R], cwd=folder, capture_output=True, text=True, check=False
        )
    if done.returncode:
        return None
    return float(done.stdout.split()[-1]) * SERIES / R_SERIES
