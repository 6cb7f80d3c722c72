"""All writes of the room."""

from anlan.privacy.actions.access import ask_access, end_due_access, move_access
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
from anlan.privacy.actions.looks import record_look
from anlan.privacy.actions.requests import (
    answer_erasure,
    answer_requests,
    erase_at_desk,
    erase_by_code,
    erase_signal,
    export_at_desk,
    export_by_code,
    export_person,
    export_signal,
)
from anlan.privacy.actions.retention import erase_cases, keep_terms, set_term

__all__ = [
    "answer_erasure",
    "answer_requests",
    "ask_access",
    "destroy_key",
    "end_due_access",
    "erase_at_desk",
    "erase_by_code",
    "erase_cases",
    "erase_signal",
    "export_at_desk",
    "export_by_code",
    "export_person",
    "export_signal",
    "keep_terms",
    "move_access",
    "prepare_key",
    "recall_key",
    "record_look",
    "reseal_all",
    "reseal_batch",
    "retire_key",
    "retire_unused",
    "rotate_keys",
    "set_term",
]
