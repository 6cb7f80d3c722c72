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

__all__ = [
    "destroy_key",
    "prepare_key",
    "recall_key",
    "reseal_all",
    "reseal_batch",
    "retire_key",
    "retire_unused",
    "rotate_keys",
]
