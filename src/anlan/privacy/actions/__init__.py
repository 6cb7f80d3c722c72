"""All writes of the room."""

from anlan.privacy.actions.keys import (
    destroy_key,
    prepare_key,
    recall_key,
    reseal_all,
    reseal_batch,
    retire_key,
    retire_unused,
    rotate_keys,
)
from anlan.privacy.actions.retention import erase_cases, keep_terms, set_term

__all__ = [
    "destroy_key",
    "erase_cases",
    "keep_terms",
    "prepare_key",
    "recall_key",
    "reseal_all",
    "reseal_batch",
    "retire_key",
    "retire_unused",
    "rotate_keys",
    "set_term",
]
