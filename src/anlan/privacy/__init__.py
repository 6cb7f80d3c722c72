"""What the product promises those whose data it holds, kept by jobs and provable afterwards.

Nouns: personal field (which column is about a person, why it is held, how long), proof (a run
that erased what was over its term, and counted afterwards), key (on the ring that seals), trail
(who looked at a report and why), break-glass grant.
Scene: a resident asks what became of her telephone number. The tracking page says who looked
at it and when; the night after its term it is gone, and a proof says that none is left.
It stands above every room that stores something about persons, because it reads and erases in all
of them; each room erases its own rows by its own actions.
"""
