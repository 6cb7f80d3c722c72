"""Situation analysis (形势分析): what is unusual is said before anybody asks.

Nouns: series (counts of a place and matter over time), bound (what is still usual), alarm, finding (an
alarm in a sentence with numbers, accepted as a duty or dismissed with a reason). The scene: on Monday a leader
reads that lift breakdowns in two towns are far above what five years let expect, and who looks after it by when.
Counts of events at places only, never of persons. Algorithm pages: docs/algorithms/.
"""
