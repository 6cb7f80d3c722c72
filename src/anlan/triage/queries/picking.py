"""What a case is in doubt about, the candidates, and what was picked there before."""

from __future__ import annotations

from dataclasses import dataclass

from anlan.cases.models import Case
from anlan.cases.queries import get_catalogue
from anlan.places.queries import get_gazetteer
from anlan.places.rules import DESK, GRID_TEAM
from anlan.triage import rules
from anlan.triage.models import Decision, Pick
from anlan.triage.queries import find_decision
from anlan.triage.queries.routing import get_rules
from anlan.triage.rules.picking import Doubt, DoubtKind, Picked, find_doubt, order_picks


@dataclass(frozen=True, slots=True)
class Question:
    """What a person is asked about a case: the doubt, and the candidates, most often picked first."""

    doubt: Doubt
    matter: str
    candidates: tuple[Picked, ...]


def find_question(*, case: Case) -> Question | None:
    """Find what is asked about a case that needs a person; the caller has been let in. Two statements at most."""
    if not case.needs_person or case.state not in ("RECEIVED", "ACCEPTED"):
        return None
    decision = find_decision(case_id=case.id)
    if decision is None:
        return None
    gazetteer = get_gazetteer()
    place = gazetteer.place(case.place_id)
    above = gazetteer.place(place.parent_id) if place.parent_id is not None else place
    doubt = find_doubt(decision.reason, place_code=place.code, around_code=above.code)
    if doubt is None:
        return None
    is_border = doubt.kind is DoubtKind.BORDER
    candidates = doubt.key.split("|") if is_border else _units(case, decision)
    matter = get_catalogue().matters[case.matter_id].code
    times = dict(
        Pick.objects.filter(
            jurisdiction_id=place.jurisdiction, kind=doubt.kind, doubt=doubt.key, matter=matter
        ).values_list("pick", "times")
    )
    picks = order_picks(candidates, times)
    return Question(doubt, matter, tuple(picks)) if picks else None


def _units(case: Case, decision: Decision) -> list[str]:
    """List the units that the matters in question belong to, nearest the case, and the grid team."""
    gazetteer, catalogue = get_gazetteer(), get_catalogue()
    own = catalogue.matters[case.matter_id]
    thought_of = [
        catalogue.by_code.get((own.jurisdiction, code))
        for code, _share in decision.reason["matter"].get("top", ())
    ]
    departments = [own.department, *(m.department for m in thought_of if m), GRID_TEAM]
    found = (gazetteer.nearest_unit(case.place_id, each) for each in departments if each != DESK)
    return list(dict.fromkeys(str(unit.id) for unit in found if unit is not None))


def route_at(*, case: Case, place_code: str, text: str, channel: str) -> rules.Route:
    """Find where a case would go from another place, by the rules in force now."""
    gazetteer = get_gazetteer()
    place = gazetteer.place_by_code(place_code)
    return rules.route_by_rules(
        gazetteer,
        get_rules(place.jurisdiction),
        rules.Facts(
            get_catalogue().matters[case.matter_id],
            place.id,
            place.path,
            channel,
            text,
            case.opened_at,
            gazetteer.calendar(place.id),
            gazetteer.time_zone(place.id),
        ),
    )
