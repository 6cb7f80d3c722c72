"""What goes on in a place just now: open matters by deadline, today against usual days, slow links.

Nouns: board, tally, link, band. Scene: a county's duty leader at the wall at 3 a.m. sees one town turn dark,
opens it, then its village, then the case. Nothing is written here; figures come from `rollup` and `cases`.
The public board shows the same figures, small counts held back. Algorithm page: docs/algorithms/board.md.
"""
