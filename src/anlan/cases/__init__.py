"""The life of a matter from opening to close: who holds it, what may be done, by when.

Nouns: matter (an entry of the catalogue), case (one matter raised, with one code), step (one
move in its life), deadline profile. The scene: the town desk accepts, assigns down, the grid
worker signs and handles, the desk verifies and closes; every move is checked against the
procedure in `procedures/case.yaml`, written to the ledger, and told upward as an event.
"""
