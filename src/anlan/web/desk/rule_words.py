"""A routing rule in words: its conditions, where it sends, and what it said of a case."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext

from anlan.cases.queries import get_catalogue
from anlan.cases.rules import LEVEL_LABELS, MATTER_CLASS_LABELS, Level, MatterClass
from anlan.intake.rules import CHANNEL_LABELS, Channel
from anlan.places.queries import get_gazetteer
from anlan.triage.queries import routing
from anlan.triage.rules import Days, Target
from anlan.web.staff import words

if TYPE_CHECKING:
    from anlan.triage.models import RoutingRule


def tell_conditions(row: RoutingRule) -> list[str]:
    """List what a rule asks for, one line each; the place always."""
    catalogue, gazetteer = get_catalogue(), get_gazetteer()
    matters = [(code, catalogue.by_code.get((row.jurisdiction_id, code))) for code in row.matters]
    lines = [
        gettext("place: %(place)s and below") % {"place": words.name(gazetteer.place(row.place_id))}
    ]
    lists = (
        (gettext("matter: %(names)s"), [words.name(matter) if matter else code for code, matter in matters]),
        (gettext("class: %(names)s"),
         [words.from_pair(MATTER_CLASS_LABELS[MatterClass(code)]) for code in row.classes]),
        (gettext("level: %(names)s"),
         [words.from_pair(LEVEL_LABELS[Level(code)]) for code in row.levels]),
        (gettext("came by: %(names)s"),
         [words.from_pair(CHANNEL_LABELS[Channel(code)]) for code in row.channels]),
        (gettext("the text says: %(names)s"), list(row.words)),
    )  # fmt: skip
    lines += [say % {"names": gettext(", ").join(names)} for say, names in lists if names]
    if row.days:
        lines.append(
            gettext("on working days") if row.days == Days.WORKING else gettext("on days off")
        )
    if row.from_time or row.until_time:
        lines.append(
            gettext("between %(from)s and %(until)s")
            % {
                "from": f"{row.from_time:%H:%M}" if row.from_time else "00:00",
                "until": f"{row.until_time:%H:%M}" if row.until_time else "24:00",
            }
        )
    if row.valid_from or row.valid_until:
        lines.append(
            gettext("valid from %(from)s until %(until)s")
            % {
                "from": words.show_day(row.valid_from) if row.valid_from else "…",
                "until": words.show_day(row.valid_until) if row.valid_until else "…",
            }
        )
    return lines


def tell_target(row: RoutingRule) -> str:
    """Say where a rule sends."""
    if row.target == Target.PERSON:
        return gettext("a person at the desk decides")
    if row.target == Target.DEPARTMENT:
        department = name_department(row.department, row.place_id)
        return gettext("nearest office of %(department)s") % {"department": department}
    unit = get_gazetteer().unit(row.unit_id or 0)
    return words.name(unit) if unit else gettext("a unit that is gone")


def name_department(code: str, place_id: int) -> str:
    """Name a department by its highest office in reach of a place; by its code where it has none."""
    gazetteer = get_gazetteer()
    for place in gazetteer.lineage(place_id):
        if unit := gazetteer.unit_at(place.id, code):
            return words.name(unit)
    return code


def tell_route(route: Mapping[str, Any]) -> str:
    """Say why a case went where it went, from its decision's reason."""
    number = route.get("rule")
    if not number:
        return {
            "GRID": gettext("The grid team handles this matter on the spot."),
            "SEAT": gettext("This is the department's nearest office, going up from the place."),
            "DESK": gettext("It waits at the command desk for somebody to choose a unit."),
        }.get(route.get("by", ""), "")
    row = routing.find_rule(rule_id=int(number))
    place_in_list = {"position": route.get("position", "?")}
    if row is None:
        return gettext("Rule %(position)s, which has been removed since.") % place_in_list
    said = gettext("Rule %(position)s, because %(conditions)s. %(why)s") % {
        "position": route.get("position", "?"),
        "conditions": gettext("; ").join(tell_conditions(row)),
        "why": row.why,
    }
    if route.get("by") == "RULE_PERSON":
        said += " " + gettext("It leaves the choice to a person.")
    return said


def tell_failures(route: Mapping[str, Any]) -> list[str]:
    """Name the rules that could not be followed for a case."""
    return [
        gettext("Routing rule no. %(number)s could not be followed: %(problem)s.")
        % {"number": number, "problem": problem}
        for number, problem in route.get("errors", ())
    ]
