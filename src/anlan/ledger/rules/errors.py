"""What can stand in the way of a write to, a proof from, or a check of the ledger."""

from anlan.kernel.errors import AnlanError, Conflict, Invalid, NotFound


class EntryUnknown(NotFound):
    """The ledger has no entry {entry_id}."""


class EntryPending(Conflict):
    """Entry {entry_id} waits for its place in the tree. Try again in a few seconds; if it stays so, see whether a worker runs."""


class TreeDamaged(AnlanError):
    """Stored hashes of the ledger are missing: level {level}, positions {low} to {high}. Run "anlan ledger verify"."""


class SequencerNotAlone(Conflict):
    """The sequencer must run in a transaction of its own that has written nothing yet."""


class SigningKeyUnreadable(AnlanError):
    """The key that signs checkpoints cannot be read from {path}: {reason}. Restore it from your backup."""


class SigningKeyMissing(AnlanError):
    """Checkpoints exist, but the key that signed them is not at {path}. Copy it there from the host that made them, or from your backup."""


class ProofUnreadable(Invalid):
    """This is not an inclusion proof made by "anlan ledger prove": {reason}."""
