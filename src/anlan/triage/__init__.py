"""From signal to case: classify, route, open; or put the question before a person.

Nouns: decision (what was proposed for a signal, how sure, and why), classifier version. The
scene: "门口路灯坏了三天" with a pin becomes STREET_LAMP at a grid of 暨阳街道, routed to the grid
team, in the time of one request, with the reason stored. Algorithm pages:
docs/algorithms/classifier.md, docs/algorithms/routing.md.
"""
