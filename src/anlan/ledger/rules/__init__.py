"""Pure arithmetic of the ledger: the text of an entry, the tree, the signed note."""

from anlan.ledger.rules.entry import EntryView, entry_body

__all__ = ["EntryView", "entry_body"]
