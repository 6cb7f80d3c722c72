"""What the classifier would propose now for a text, with the phrases that spoke for each matter.

Worked out when a page asks for it, from the classifier in memory; nothing of it is stored, so that no
signal waits for it and no phrase outlives its report.
"""

from __future__ import annotations

from dataclasses import dataclass

from anlan.cases.rules import MatterInfo
from anlan.triage.queries import get_trained


@dataclass(frozen=True, slots=True)
class Proposal:
    """One matter that a text may be about: its probability, and what in the text spoke for it.

    keywords: words of the catalogue that stand in the text. phrases: runs of characters that the
    classifier counts for this matter beyond the average one; strongest first.
    """

    matter: MatterInfo
    probability: float
    keywords: tuple[str, ...]
    phrases: tuple[str, ...]


def propose(*, jurisdiction: str, text: str) -> tuple[Proposal, ...]:
    """Propose up to three matters, likeliest first. Raises NoMatters without a catalogue."""
    trained = get_trained(jurisdiction)
    choice = trained.choose(text)
    position = {matter.code: index for index, matter in enumerate(trained.matters)}
    keywords = trained.keywords.find(text)
    return tuple(
        Proposal(
            matter=trained.matters[position[code]],
            probability=probability,
            keywords=tuple(keywords.get(position[code], ())),
            phrases=trained.explain(text, code),
        )
        for code, probability in choice.top
    )
