"""Indicators: what the two reports are made of, each with formula, source and confidence.

Nouns: register (indicators as data), value (place × indicator × month), return (figures that a department hands in, signed off by
two persons), succession (a place's code that became another's). The scene: on the ninth of the month the statistics bureau sends its file, a
colleague confirms it, and beside it stands what the month's cases say. Figures of places only, never of persons.
Algorithm pages: docs/algorithms/months-of-indicators.md, docs/algorithms/funnel-limits.md.
"""
