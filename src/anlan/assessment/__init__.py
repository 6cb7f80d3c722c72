"""Assessment of places (平安考核): a score card a year or month, of which every point can be followed.

Nouns: scheme (weights, goals, deductions, vetoes, caps and the award ladder as data, in versions with the period from which they hold),
card (a place's published score, frozen with the ledger's root), objection (what the assessed place holds against its card,
decided at the level above by a day). The scene: a town reads why it lost 12.4 points, that its rank could be 4 as well as 9, objects to one
figure, and gets a corrected card that says what changed. Places only, never persons.
Algorithm page: docs/algorithms/composite-scores.md.
"""
