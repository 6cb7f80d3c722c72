"""All writes of the room."""

from anlan.notices.actions.credentials import tell_credential
from anlan.notices.actions.sending import (
    claim_due,
    forget_about,
    forget_notices,
    mark_read,
    notify,
    record_outcome,
    retry_notice,
)

__all__ = [
    "claim_due",
    "forget_about",
    "forget_notices",
    "mark_read",
    "notify",
    "record_outcome",
    "retry_notice",
    "tell_credential",
]
