"""Figures by place × matter × day: the only analytics across rooms.

Nouns: daily figure, delta. Database triggers on cases and ratings write a delta in the same
transaction as the change; a job folds deltas into daily figures; every question adds both, so
that the answer equals a recount at any moment. Algorithm page: docs/algorithms/rollup.md.
"""
