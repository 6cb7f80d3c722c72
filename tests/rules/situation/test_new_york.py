"""New York's leukaemia of 1978-1982, 281 census tracts: the scan against what SaTScan published for these counts.

new_york.csv: R package spData 2.2.1 (CC0), its NY8: population of 1980, cases (shared among tracts where one could not be told),
centres of the tracts' outlines in UTM zone 18. SaTScan 9.3 and 9.6 took the cases rounded down, 552 in all. It was given other centres, so
its clusters are held one by one; the second lies where both maps agree, and is found by ours as well.
"""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest

from anlan.situation.rules.clusters import find_clusters
from tests.rules.situation.test_clusters import look_at_all

SATSCAN = [
    # tracts, population, cases, log-likelihood ratio
    ([52, 50, 37, 49, 38, 48, 53, 39, 15, 47, 51, 1, 40, 44, 16, 2, 55, 36, 14, 43, 13, 45, 3, 35, 17, 11, 12, 46], 111674, 100, 14.083511),
    ([52, 50, 53, 38, 49, 48, 15, 39, 37, 1, 16, 44, 47, 40, 14, 2, 51, 13, 43, 45, 17, 55, 11, 3, 12, 46, 36, 35, 54, 10, 5], 119050, 106, 14.780276),
    ([49, 48, 50, 47, 1, 15, 51, 2, 13, 14, 3, 35, 16, 52, 36, 37, 12, 11, 5, 17, 10, 4, 6, 38, 18, 9], 95249, 85, 11.577255),
    ([89, 88, 87, 84, 90, 86, 92, 85], 34083, 38, 9.019716),
    ([88, 87, 92, 86, 89, 91, 93, 85, 90], 40696, 42, 8.287056),
    ([62, 64, 67, 65], 24571, 25, 4.651839),
    ([166, 159, 167], 8839, 11, 3.209485),
]  # fmt: skip


@pytest.fixture(scope="module")
def new_york():
    with (Path(__file__).parent / "new_york.csv").open(encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    assert [int(row["tract"]) for row in rows] == list(range(1, 282))
    return tuple(
        np.array([float(row[name]) for row in rows])
        for name in ("x_km", "y_km", "population", "cases")
    )


@pytest.mark.parametrize(("tracts", "population", "count", "ratio"), SATSCAN)
def test_a_cluster_has_the_ratio_that_was_published(new_york, tracts, population, count, ratio):
    _, _, people, cases = new_york
    cases = np.floor(cases)
    inside = np.isin(np.arange(1, 282), tracts)
    assert (people[inside].sum(), cases[inside].sum()) == (population, count)
    assert (people.sum(), cases.sum()) == (1057673, 552)
    # A map of two places: the cluster, and all else.
    parts = [
        np.array([[values[inside].sum()], [values[~inside].sum()]]) for values in (cases, people)
    ]
    found = find_clusters(np.array([0.0, 1.0]), np.zeros(2), *parts, deals=0)
    assert found[0].places == (0,)
    assert found[0].ratio == pytest.approx(ratio, abs=1e-6)


def test_the_second_cluster_is_found_as_published(new_york):
    x, y, people, cases = new_york
    found = find_clusters(x, y, np.floor(cases)[:, None], people[:, None], deals=199)
    first, second = found[:2]
    assert first.p_value == 0.005
    assert second.ratio == pytest.approx(8.287056, abs=1e-6)
    assert sorted(place + 1 for place in second.places) == [85, 86, 87, 88, 89, 90, 91, 92, 93]
    assert second.p_value <= 0.05


def test_on_the_whole_map_the_best_is_what_looking_one_by_one_gives(new_york):
    x, y, people, cases = new_york
    for counts in (cases, np.floor(cases)):
        whole = np.round(counts * 100000)[
            :, None
        ]  # the scan takes whole cases; ratios grow by as much
        best = look_at_all(x, y, whole, people[:, None]) / 100000
        found = find_clusters(x, y, whole, people[:, None], deals=0)[0]
        assert found.ratio / 100000 == pytest.approx(best, abs=1e-9)
    assert best == pytest.approx(14.364045, abs=1e-6)
