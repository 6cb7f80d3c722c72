"""Whoever raised a matter says whether it was done (老百姓说了算).

Nouns: rating (satisfied or not, with words, once for each closing). The scene: the street lamp is
reported repaired but still dark; the resident opens the link, answers "not satisfied", and the case
is back with the unit with its clock running.
"""
