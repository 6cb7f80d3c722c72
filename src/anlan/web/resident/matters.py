"""What a report may be about: three suggestions while it is typed, or the whole list to choose from."""

from __future__ import annotations

from anlan.cases.queries import get_catalogue
from anlan.cases.rules import MATTER_CLASS_LABELS, MatterClass, MatterInfo
from anlan.intake.rules import PointMalformed
from anlan.triage.queries import suggest
from anlan.triage.rules import NoMatters
from anlan.web.resident import draft as drafts
from anlan.web.resident import places
from anlan.web.resident.draft import Draft
from anlan.web.staff import words

SHOWN = 3
NAMED_FROM_CHARACTERS = 2
"""From so many on, the text is looked for in names and keywords of matters …"""

READ_FROM_CHARACTERS = 4
"""… and from so many on, it is read as somebody's words."""

READ_FROM_PROBABILITY = 0.02
SEARCH_CHARACTERS = 12
"""A longer text tells a story; it is no name of a matter."""


def suggest_matters(draft: Draft) -> list[MatterInfo]:
    """Suggest up to three matters for what has been typed; one that was chosen stays among them."""
    jurisdiction = _find_jurisdiction(draft)
    if jurisdiction is None or len(draft.text) < NAMED_FROM_CHARACTERS:
        return []
    found = _find_named(jurisdiction, draft.text)[:SHOWN]
    if len(draft.text) >= READ_FROM_CHARACTERS:
        try:
            likely = suggest(jurisdiction=jurisdiction, text=draft.text)
        except NoMatters:
            likely = []
        found += [
            matter
            for matter, probability in likely
            if matter not in found
            and (probability >= READ_FROM_PROBABILITY or matter.code == draft.matter)
        ]
    kept = [matter for matter in found if matter.code == draft.matter]
    return (kept + [matter for matter in found if matter not in kept])[:SHOWN]


def list_matters(draft: Draft) -> list[tuple[str, list[tuple[str, str]]]]:
    """List all matters by class as (code, name), for choosing instead of typing."""
    jurisdiction = _find_jurisdiction(draft)
    of_class: dict[str, list[tuple[str, str]]] = {each.value: [] for each in MatterClass}
    for (code, _), matter in get_catalogue().by_code.items():
        if code == jurisdiction:
            of_class[matter.matter_class].append((matter.code, words.name(matter)))
    return [
        (words.from_pair(MATTER_CLASS_LABELS[MatterClass(code)]), found)
        for code, found in of_class.items()
        if found
    ]


def name_matter(draft: Draft, code: str) -> str:
    """Name a matter of the place that the report is about; empty for one that is not known there."""
    jurisdiction = _find_jurisdiction(draft)
    matter = get_catalogue().by_code.get((jurisdiction or "", code))
    return words.name(matter) if matter else ""


def _find_named(jurisdiction: str, text: str) -> list[MatterInfo]:
    wanted = text.casefold()
    if len(wanted) > SEARCH_CHARACTERS:
        return []
    ranked = []
    for (code, _), matter in get_catalogue().by_code.items():
        if code != jurisdiction:
            continue
        names = (matter.name.casefold(), matter.name_en.casefold())
        if any(name.startswith(wanted) for name in names):
            ranked.append((0, matter.code, matter))
        elif any(wanted in name for name in names):
            ranked.append((1, matter.code, matter))
        elif any(wanted in word.casefold() for word in matter.keywords):
            ranked.append((2, matter.code, matter))
    return [matter for *_, matter in sorted(ranked, key=lambda each: each[:2])]


def _find_jurisdiction(draft: Draft) -> str | None:
    try:
        point = drafts.make_report(draft)
    except PointMalformed:
        return places.find_jurisdiction(draft.place_code, None, None)
    return places.find_jurisdiction(draft.place_code, point.lon, point.lat)
