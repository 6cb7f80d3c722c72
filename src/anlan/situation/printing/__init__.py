"""The analysis paper on A4: typst lays out what the page says. No database is asked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from anlan.documents.printing import print_template


def to_pdf(said: Mapping[str, Any]) -> bytes:
    """Print a paper. said: all its words, as `paper.typ` names them. Raises FontMissing, PrintingFailed."""
    made: bytes = print_template("anlan.situation.printing", "paper.typ", said)
    return made
