"""What leaders sign once a month for every place: the two reports (两张报表), economy left and safety right, and the analysis paper.

Nouns: report (a version of a place's month, frozen when it is signed), line (an indicator with change, rank and light), decision (one of the
three things that need the reader), receipt (who was sent it, and has read it). The scene: on the tenth the
county's leader reads on two pages what changed, what is out of line, and what is still to be done about it.
How lights and ranks come about: docs/algorithms/funnel-limits.md.
"""
