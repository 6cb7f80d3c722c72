"""An inclusion proof as a file that anybody can check without the database."""

from __future__ import annotations

import json
from dataclasses import dataclass

from anlan.kernel.reading import read_json
from anlan.ledger.rules.errors import ProofUnreadable
from anlan.ledger.rules.tree import leaf_hash, root_from_inclusion


@dataclass(frozen=True, slots=True)
class InclusionProof:
    """That the entry with this body is leaf `leaf_index` of the log of `size` entries."""

    entry_id: int
    body: str
    leaf_index: int
    size: int
    root: bytes
    hashes: tuple[bytes, ...]
    """Siblings on the way from the leaf to the root, lowest first."""
    checkpoint: str
    """The signed note for exactly this size; empty when none was made."""

    def is_valid(self) -> bool:
        """Tell whether body and hashes lead to the root that the proof names."""
        return self.root == root_from_inclusion(
            index=self.leaf_index,
            size=self.size,
            leaf=leaf_hash(self.body),
            proof=self.hashes,
        )

    def to_json(self) -> str:
        """Write the proof as indented JSON, hashes in hex."""
        return json.dumps(
            {
                "kind": "anlan-ledger-inclusion",
                "entry_id": self.entry_id,
                "body": self.body,
                "leaf_index": self.leaf_index,
                "size": self.size,
                "root": self.root.hex(),
                "hashes": [value.hex() for value in self.hashes],
                "checkpoint": self.checkpoint,
            },
            ensure_ascii=False,
            indent=2,
        )


def read_proof(text: str) -> InclusionProof:
    """Read what `InclusionProof.to_json` wrote. Raises ProofUnreadable."""
    try:
        raw = read_json(text)
        if raw["kind"] != "anlan-ledger-inclusion":
            raise ProofUnreadable(reason=f"its kind is {raw['kind']!r}")
        return InclusionProof(
            entry_id=int(raw["entry_id"]),
            body=str(raw["body"]),
            leaf_index=int(raw["leaf_index"]),
            size=int(raw["size"]),
            root=bytes.fromhex(raw["root"]),
            hashes=tuple(bytes.fromhex(value) for value in raw["hashes"]),
            checkpoint=str(raw["checkpoint"]),
        )
    except (ValueError, KeyError, TypeError) as wrong:
        raise ProofUnreadable(reason=repr(wrong)) from wrong
