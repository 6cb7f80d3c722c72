"""Keys and when they retire; personal fields, their purposes and terms."""

from anlan.privacy.rules.fields import (
    Field,
    Fields,
    Term,
    TermTooLong,
    TermUnknown,
    check_days,
    get_default_term,
    read_fields,
)
from anlan.privacy.rules.keys import (
    KeysRotated,
    KeyStillNeeded,
    Resealed,
    may_retire,
)

__all__ = [
    "Field",
    "Fields",
    "KeyStillNeeded",
    "KeysRotated",
    "Resealed",
    "Term",
    "TermTooLong",
    "TermUnknown",
    "check_days",
    "get_default_term",
    "may_retire",
    "read_fields",
]
