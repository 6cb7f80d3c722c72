"""Reads of the room: which key sealed what, what is held over its term, proofs."""

from anlan.privacy.queries.held import HELD, Held, list_over_term
from anlan.privacy.queries.sealed import SEALED_COLUMNS, SealedColumn, count_sealed, has_older_keys
from anlan.privacy.queries.terms import count_over_term, get_terms, list_newest_proofs, list_proofs

__all__ = [
    "HELD",
    "SEALED_COLUMNS",
    "Held",
    "SealedColumn",
    "count_over_term",
    "count_sealed",
    "get_terms",
    "has_older_keys",
    "list_newest_proofs",
    "list_over_term",
    "list_proofs",
]
