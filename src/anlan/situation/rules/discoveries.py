"""Which of many alarms are reported, so that few of those reported are false.

Sources: Y. Benjamini, Y. Hochberg, J. R. Stat. Soc. B 57 (1995); Y. Benjamini, D. Yekutieli, Ann. Stat. 29 (2001).
Page: docs/algorithms/false-discoveries.md.
"""

from __future__ import annotations

import numpy as np

from anlan.situation.rules.panels import Floats


def adjust_p_values(p_values: Floats, *, is_dependent: bool = False) -> Floats:
    """Give each p-value the smallest rate of false discoveries at which it is still reported; NaN stays.

    is_dependent: take the bound that holds under any dependence (Benjamini–Yekutieli); else that for independent or
    positively dependent ones (Benjamini–Hochberg).

    >>> adjust_p_values(np.array([0.01, 0.04, 0.03, 0.5])).round(4).tolist()
    [0.04, 0.0533, 0.0533, 0.5]
    """
    flat = np.ravel(np.asarray(p_values, dtype=float))
    out = np.full(flat.shape, np.nan)
    known = np.flatnonzero(~np.isnan(flat))
    count = len(known)
    order = known[np.argsort(flat[known], kind="stable")]
    ranks = np.arange(1, count + 1)
    harmonic = float((1 / ranks).sum()) if is_dependent else 1.0
    raised = flat[order] * count * harmonic / ranks
    # The step-up rule: a p-value is reported with every larger one that is.
    out[order] = np.minimum(np.minimum.accumulate(raised[::-1])[::-1], 1.0)
    return out.reshape(np.shape(p_values))
