"""Reads of the room: which key sealed what, what is held over its term, proofs."""

from anlan.privacy.queries.access import (
    find_case_for_access,
    get_access_roles,
    has_open_access,
    list_access_over,
    list_looks_under,
    list_own_access,
)
from anlan.privacy.queries.exports import (
    describe_person,
    describe_signal,
    get_titled_case,
    list_held_about_reporters,
    list_other_signals,
    list_photos_of_signal,
)
from anlan.privacy.queries.held import HELD, Held, list_over_term
from anlan.privacy.queries.looks import find_request, list_looks
from anlan.privacy.queries.sealed import SEALED_COLUMNS, SealedColumn, count_sealed, has_older_keys
from anlan.privacy.queries.terms import count_over_term, get_terms, list_newest_proofs, list_proofs

__all__ = [
    "HELD",
    "SEALED_COLUMNS",
    "Held",
    "SealedColumn",
    "count_over_term",
    "count_sealed",
    "describe_person",
    "describe_signal",
    "find_case_for_access",
    "find_request",
    "get_access_roles",
    "get_terms",
    "get_titled_case",
    "has_older_keys",
    "has_open_access",
    "list_access_over",
    "list_held_about_reporters",
    "list_looks",
    "list_looks_under",
    "list_newest_proofs",
    "list_other_signals",
    "list_over_term",
    "list_own_access",
    "list_photos_of_signal",
    "list_proofs",
]
