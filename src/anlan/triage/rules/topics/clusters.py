"""Which signals are near-same: by their words, asked for more the further apart they lie."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from scipy import sparse
from scipy.sparse import csgraph

from anlan.triage.rules.topics.hearing import Heard

TIES = {"VILLAGE": 0.07, "TOWN": 0.09, "BEYOND": 0.12}
"""How alike two texts must be, by the lowest place that both lie in. Ours, set on the trial messages."""
COHESION = 0.6
"""Share of the tie that members must keep on average."""
ONE_TOPIC = 0.34
"""Clusters whose middles are so alike are one topic."""
RARITY_POWER = 1.5
AS_IF_OF = 2000
"""Fewer texts are weighed as if they stood among so many: what six of twenty say is no common word yet."""
COMPONENT_LIMIT = 3000
ROWS_AT_ONCE = 1000


def weigh(texts: Sequence[str]) -> sparse.csr_matrix | None:
    """Give each text its 2- and 3-grams, rare ones counting more; None where there are none."""
    # Loaded where topics are looked for: no server should pay for it at its start.
    from sklearn.feature_extraction.text import CountVectorizer
    from sklearn.preprocessing import normalize

    counter = CountVectorizer(analyzer="char", ngram_range=(2, 3), dtype=np.float32)
    try:
        counted = counter.fit_transform(texts)
    except ValueError:  # no text has two characters
        return None
    held_by = np.bincount(counted.indices, minlength=counted.shape[1])
    rarity = np.log((1 + max(len(texts), AS_IF_OF)) / (1 + held_by)) ** RARITY_POWER
    counted.data = (1 + np.log(counted.data)).astype(np.float32)
    rows = normalize(counted @ sparse.diags(rarity.astype(np.float32)))
    # What one text alone says makes it longer, and ties it to nothing.
    return sparse.csr_matrix(rows[:, held_by > 1])


def cluster(
    block: npt.NDArray[np.int64], signals: Sequence[Heard], rows: sparse.csr_matrix, *, least: int
) -> list[list[int]]:
    """Cluster the signals of one family; lists of indices into `signals`, each in its order."""
    mine = rows[block]
    ties = _tie(mine, [signals[index] for index in block])
    clusters: list[npt.NDArray[np.int64]] = []
    for component in _components(ties, least=2):
        clusters += _part(ties, component)
    clusters = _join(mine, clusters)
    return [
        [int(block[index]) for index in members] for members in clusters if len(members) >= least
    ]


def _tie(rows: sparse.csr_matrix, signals: Sequence[Heard]) -> sparse.csr_matrix:
    """How alike each pair is, in shares of what their places ask for; weak pairs are left out."""
    towns = np.array([one.town for one in signals])
    villages = np.array([one.village for one in signals])
    back = rows.T.tocsr()
    parts = []
    for begin in range(0, rows.shape[0], ROWS_AT_ONCE):
        alike = (rows[begin : begin + ROWS_AT_ONCE] @ back).tocoo()
        near = alike.row + begin
        kept = (alike.data >= TIES["VILLAGE"] * COHESION / 2) & (near != alike.col)
        row, col, data = near[kept], alike.col[kept], alike.data[kept]
        same_town = (towns[row] == towns[col]) & (towns[row] != 0)
        same_village = (villages[row] == villages[col]) & (villages[row] != 0)
        asked = np.where(
            same_village, TIES["VILLAGE"], np.where(same_town, TIES["TOWN"], TIES["BEYOND"])
        )
        parts.append((row, col, data / asked))
    row, col, data = (np.concatenate(part) for part in zip(*parts, strict=True))
    count = rows.shape[0]
    return sparse.csr_matrix((data.astype(np.float32), (row, col)), (count, count))


def _components(ties: sparse.csr_matrix, *, least: int) -> list[npt.NDArray[np.int64]]:
    """Connected signals; where too many hang together, more likeness is asked for until they do not."""
    found = []
    waiting = [(np.arange(ties.shape[0]), 1.0)]
    while waiting:
        members, asked = waiting.pop()
        inside = ties[members][:, members].tocoo()
        strong = inside.data >= asked
        shape = (len(members), len(members))
        graph = sparse.csr_matrix(
            (inside.data[strong], (inside.row[strong], inside.col[strong])), shape
        )
        _, label = csgraph.connected_components(graph, directed=False)
        for number in np.flatnonzero(np.bincount(label) >= least):
            part = members[label == number]
            if len(part) > COMPONENT_LIMIT:
                waiting.append((part, asked * 1.25))
            else:
                found.append(part)
    return sorted(found, key=lambda part: int(part[0]))


def _part(ties: sparse.csr_matrix, component: npt.NDArray[np.int64]) -> list[npt.NDArray[np.int64]]:
    """Part what only hangs together by a chain: members of a cluster are alike on average."""
    from scipy.cluster.hierarchy import fcluster, linkage
    from scipy.spatial.distance import squareform

    if len(component) == 2:
        return [component]
    dense = np.asarray(ties[component][:, component].todense())
    # A tie of 1 is likeness enough; what is alike beyond 5 is the same text.
    far = 1 - np.minimum((dense + dense.T) / 2, 5.0) / 5.0
    np.fill_diagonal(far, 0)
    label = fcluster(
        linkage(squareform(far, checks=False), "average"), 1 - COHESION / 5.0, "distance"
    )
    return [component[label == number] for number in np.unique(label)]


def _join(
    rows: sparse.csr_matrix, clusters: list[npt.NDArray[np.int64]]
) -> list[npt.NDArray[np.int64]]:
    """Join clusters whose middles are alike: one matter, told at length and in short."""
    from sklearn.preprocessing import normalize

    clusters = [members for members in clusters if len(members) > 1]
    if len(clusters) < 2:
        return clusters
    owner = np.repeat(np.arange(len(clusters)), [len(members) for members in clusters])
    picked = (np.ones(len(owner), np.float32), (owner, np.concatenate(clusters)))
    middles = normalize(sparse.csr_matrix(picked, (len(clusters), rows.shape[0])) @ rows)
    alike = (middles @ middles.T).tocoo()
    close = alike.data >= ONE_TOPIC
    graph = sparse.csr_matrix(
        (alike.data[close], (alike.row[close], alike.col[close])), alike.shape
    )
    _, label = csgraph.connected_components(graph, directed=False)
    return [
        np.sort(np.concatenate([clusters[i] for i in np.flatnonzero(label == number)]))
        for number in range(label.max() + 1)
    ]
