"""The ledger: what was done, by whom and when, in a log whose past cannot be changed unseen.

Nouns: entry (one thing that was done), leaf (an entry's place and hash in the tree), node (hash of
a complete subtree), root (one hash for the whole log at a size), checkpoint (a signed root that
people outside keep), proof (the few hashes that tie an entry or an old root to a root).

Scene: an inspector keeps the checkpoint he was handed in January. In June he checks that nothing
older was changed since, without trusting those who run the database. Guarantees and their
argument: docs/algorithms/ledger.md.
"""
