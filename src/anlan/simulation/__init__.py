"""A county's day, played against the real system in minutes; everything in it is made up.

Nouns: script (what is played), cast (the people of the day), day (what happens), judgement (times and
invariants read from the database). The scene: 1,500 reports, 400 workers, people who do not answer,
networks that drop so that answers come late or twice, and one hour of storm. Every write is a real
action with the day's own instants as `at`. Chance comes from a seed and from what is concerned (this
case, that answer), so that the same script gives the same figures.
"""
