"""What an entry says, in the one text that is stored and hashed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from anlan.kernel import canonical
from anlan.kernel.actor import Actor

BODY_VERSION = 1


def entry_body(
    *,
    actor: Actor,
    what: str,
    about_kind: str,
    about_id: UUID | str,
    data: dict[str, Any],
    at: datetime,
) -> str:
    """Write down an entry as canonical JSON, the text whose hash is the leaf.

    The actor stands with kind and id only: names change and must be erasable. `data` follows the
    same rule: ids, codes and digests, no personal data, no floats.
    Raises TypeError for a value without canonical form, ValueError for a naive `at`.
    """
    if at.tzinfo is None:
        raise ValueError("a ledger entry needs an aware instant, this one has no time zone")
    return canonical.to_json(
        {
            "v": BODY_VERSION,
            "actor": {"kind": actor.kind.value, "id": actor.id},
            "what": what,
            "about": {"kind": about_kind, "id": str(about_id)},
            "at": at.astimezone(UTC),
            "data": data,
        }
    )


@dataclass(frozen=True, slots=True)
class EntryView:
    """An entry as other rooms read it; `leaf_index` is None until the sequencer has taken it."""

    id: int
    what: str
    about_kind: str
    about_id: str
    at: datetime
    body: str
    leaf_index: int | None
