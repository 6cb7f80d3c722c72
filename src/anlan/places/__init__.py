"""Where things are: the tree of places and who has a seat where.

Nouns: jurisdiction (a country's or city's rules and names, loaded from a folder of files), place
(a node of the tree, from the top level down to the grid), shape (its outline in WGS-84),
department, unit (a department's seat at a place: what a case is routed to), gazetteer (all of
it in memory, which answers "which grid is this point in" and "who is nearest above").

The scene: a resident drops a pin on a broken street lamp in 诸暨. The pin's grid is found in
microseconds, and the nearest unit above it that looks after street lamps is the one that gets it.
Nothing in code knows Zhejiang: levels, code widths and seats come from the jurisdiction's files.
"""
