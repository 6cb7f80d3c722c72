"""Routing rules at the desk: the list in order, a form that tries a rule out before it is saved."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django import forms
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from anlan.cases.queries import get_catalogue
from anlan.cases.rules import LEVEL_LABELS, MATTER_CLASS_LABELS, Level, MatterClass, local_date
from anlan.intake.rules import CHANNEL_LABELS, Channel
from anlan.kernel.actor import Actor, Role
from anlan.kernel.clock import now
from anlan.kernel.errors import AnlanError
from anlan.people import policies
from anlan.places.queries import get_gazetteer
from anlan.places.rules import PlaceInfo
from anlan.triage import actions
from anlan.triage.queries import drafts
from anlan.triage.queries import routing as queries
from anlan.triage.rules import Days, Target, analyse
from anlan.web.desk.rule_words import name_department, tell_conditions, tell_target
from anlan.web.middleware import StaffRequest
from anlan.web.staff import flash, words

if TYPE_CHECKING:
    from anlan.triage.models import RoutingRule

EDITORS = (Role.TOWN_DESK, Role.COUNTY_CENTRE, Role.DUTY_LEADER)
TRIED_DAYS = 30
Choices = list[tuple[str, Any]]


@dataclass(frozen=True, slots=True)
class Row:
    """One rule of the list."""

    id: int
    position: int
    is_active: bool
    conditions: list[str]
    target: str
    why: str
    may_edit: bool
    decided: int
    failed: int
    finding: str


class Ticks(forms.MultipleChoiceField):
    """A few choices, all in sight."""

    widget = forms.CheckboxSelectMultiple


@dataclass(frozen=True, slots=True)
class Part:
    """Fields that answer one question."""

    title: str
    fields: list[forms.BoundField]


class RuleForm(forms.Form):
    """What a rule says. Choices come from the catalogue and from the places one may edit."""

    place = forms.ChoiceField(label=_("Place"), help_text=_("It and everything below."))
    matters = forms.MultipleChoiceField(label=_("Matters"), required=False)
    classes = Ticks(label=_("Classes"), required=False)
    levels = Ticks(label=_("Levels"), required=False)
    channels = Ticks(label=_("Came by"), required=False)
    words = forms.CharField(
        label=_("Words"), required=False, max_length=300,
        help_text=_("Separated by spaces; one of them stands in the report."),
    )  # fmt: skip
    days = forms.ChoiceField(label=_("Days"), required=False)
    from_time = forms.TimeField(label=_("From"), required=False)
    until_time = forms.TimeField(label=_("Until"), required=False)
    valid_from = forms.DateField(label=_("Valid from"), required=False)
    valid_until = forms.DateField(label=_("Valid until (not included)"), required=False)
    target = forms.ChoiceField(label=_("Sends to"))
    unit_id = forms.ChoiceField(label=_("Unit"), required=False)
    department = forms.ChoiceField(label=_("Department"), required=False)
    why = forms.CharField(
        label=_("Why"), max_length=300, help_text=_("Everybody reads it at the cases it decides.")
    )
    is_active = forms.BooleanField(label=_("In force"), required=False)
    seen = forms.CharField(required=False, max_length=40, widget=forms.HiddenInput)

    def __init__(self, *args: Any, actor: Actor, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        places = _editable(actor)
        offered: dict[str, Choices] = {
            "place": [(place.code, _indented(place, places[0].depth)) for place in places],
            "matters": _matters(places[0].jurisdiction),
            "classes": [(c.value, words.from_pair(MATTER_CLASS_LABELS[c])) for c in MatterClass],
            "levels": [(c.value, words.from_pair(LEVEL_LABELS[c])) for c in Level],
            "channels": [(c.value, words.from_pair(CHANNEL_LABELS[c])) for c in Channel],
            "days": [
                ("", gettext("every day")),
                (Days.WORKING.value, gettext("working days")),
                (Days.OFF.value, gettext("days off")),
            ],
            "target": [
                (Target.UNIT.value, gettext("a unit")),
                (Target.DEPARTMENT.value, gettext("a department's nearest office")),
                (Target.PERSON.value, gettext("a person at the desk decides")),
            ],
            "unit_id": [("", "–"), *_units(places)],
            "department": [("", "–"), *_departments(places)],
        }
        for name, choices in offered.items():
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)
            field.choices = choices
        for name, field in self.fields.items():
            if name != "is_active" and not isinstance(field, Ticks):
                field.widget.attrs["class"] = "input"
        self.fields["from_time"].widget.input_type = "time"
        self.fields["until_time"].widget.input_type = "time"
        self.fields["valid_from"].widget.input_type = "date"
        self.fields["valid_until"].widget.input_type = "date"

    def parts(self) -> list[Part]:
        """Give the fields by the question that they answer."""
        asked = (
            (gettext("Which reports"),
             ("matters", "place", "classes", "levels", "channels", "words")),
            (gettext("When"), ("days", "from_time", "until_time", "valid_from", "valid_until")),
            (gettext("Where to, and why"),
             ("target", "unit_id", "department", "why", "is_active")),
        )  # fmt: skip
        return [Part(title, [self[name] for name in names]) for title, names in asked]

    def draft(self) -> drafts.RuleDraft:
        """Give the draft that a valid form stands for."""
        given = self.cleaned_data
        return drafts.RuleDraft(
            place_code=given["place"], target=given["target"], why=given["why"],
            matters=tuple(given["matters"]), classes=tuple(given["classes"]),
            levels=tuple(given["levels"]), channels=tuple(given["channels"]),
            words=tuple(given["words"].split()), days=given["days"],
            from_time=given["from_time"], until_time=given["until_time"],
            valid_from=given["valid_from"], valid_until=given["valid_until"],
            unit_id=int(given["unit_id"]) if given["unit_id"] else None,
            department=given["department"], is_active=given["is_active"],
        )  # fmt: skip


def _editable(actor: Actor) -> list[PlaceInfo]:
    """List the places that an actor may write rules for, parents first; without grids."""
    gazetteer = get_gazetteer()
    found: dict[int, PlaceInfo] = {}
    for seat in actor.watching_seats:
        place = gazetteer.find_place_by_path(seat.place_path)
        if place is None or not drafts.may_edit(actor, place):
            continue
        leaf = gazetteer.jurisdiction(place.id).leaf_level
        for one in (place, *gazetteer.descendants(place.id)):
            if one.level != leaf:
                found.setdefault(one.id, one)
    return sorted(found.values(), key=lambda place: place.path)


def _indented(place: PlaceInfo, top: int) -> str:
    return "  " * (place.depth - top) + words.name(place)


def _matters(jurisdiction: str) -> Choices:
    grouped: dict[str, list[tuple[str, str]]] = {}
    for (code_of, code), matter in get_catalogue().by_code.items():
        if code_of == jurisdiction:
            label = words.from_pair(MATTER_CLASS_LABELS[MatterClass(matter.matter_class)])
            grouped.setdefault(label, []).append((code, words.name(matter)))
    return list(grouped.items())


def _units(places: list[PlaceInfo]) -> Choices:
    gazetteer = get_gazetteer()
    above = gazetteer.lineage(places[0].id)[:-1]
    grouped: dict[int, list[tuple[str, str]]] = {}
    for unit in gazetteer.units.values():
        grouped.setdefault(unit.place_id, []).append((str(unit.id), words.name(unit)))
    return [
        (words.name(place), grouped[place.id]) for place in (*above, *places) if place.id in grouped
    ]


def _departments(places: list[PlaceInfo]) -> Choices:
    codes = {unit.department for unit in get_gazetteer().units.values()}
    named = [(code, name_department(code, places[0].id)) for code in codes]
    return sorted(named, key=lambda choice: choice[1])


@policies.seated(*EDITORS)
@require_safe
def list_rules(request: StaffRequest) -> HttpResponse:
    """Show the rules in order, with what they did in the last 30 days and what is wrong with them."""
    places = _editable(request.actor)
    jurisdiction = places[0].jurisdiction if places else ""
    listed = queries.list_rules(jurisdiction=jurisdiction)
    findings = _findings(listed, jurisdiction)
    gazetteer = get_gazetteer()
    done: dict[int, queries.Record] = {}
    if places:
        today = local_date(now(), gazetteer.time_zone(places[0].id))
        since_date = today - timedelta(days=TRIED_DAYS)
        done = queries.count_decisions(actor=request.actor, since_date=since_date)
    rows = [
        Row(
            id=row.pk, position=row.position, is_active=row.is_active,
            conditions=tell_conditions(row), target=tell_target(row), why=row.why,
            may_edit=drafts.may_edit(request.actor, gazetteer.place(row.place_id)),
            decided=done.get(row.pk, queries.Record()).decided,
            failed=done.get(row.pk, queries.Record()).failed,
            finding=findings.get(row.pk, ""),
        )
        for row in listed
    ]  # fmt: skip
    return render(request, "desk/rules.html", {"rows": rows, "days": TRIED_DAYS})


def _findings(listed: list[RoutingRule], jurisdiction: str) -> dict[int, str]:
    active = [row for row in listed if row.is_active]
    matters = [m for (code, _m), m in get_catalogue().by_code.items() if code == jurisdiction]
    position = {row.pk: row.position for row in listed}
    said = {}
    for finding in analyse([queries.as_rule(row) for row in active], matters):
        others = gettext(", ").join(str(position[number]) for number in finding.by)
        if finding.kind == "UNREACHABLE":
            text = gettext("Never decides: what it asks for is taken by rule %(others)s before it.")
            if not finding.by:
                text = gettext("Never decides: nothing fits what it asks for.")
        else:
            text = gettext("Overlaps with rule %(others)s, which sends elsewhere and goes first.")
        said[finding.rule_id] = text % {"others": others}
    return said


@policies.proved
@policies.seated(*EDITORS)
@require_http_methods(["GET", "HEAD", "POST"])
def edit_rule(request: StaffRequest, rule_id: int = 0) -> HttpResponse:
    """Show a rule's form; try it out, or save it."""
    actor = request.actor
    if request.method != "POST" and not _editable(actor):
        return redirect("desk:rules")
    if request.method == "POST":
        wanted = get_gazetteer().find_place_by_code(request.POST.get("place", ""))
        if not _editable(actor) or (wanted and not drafts.may_edit(actor, wanted)):
            raise drafts.RuleOutOfReach(place=words.name(wanted) if wanted else "–")
    row = queries.find_rule(rule_id=rule_id) if rule_id else None
    if rule_id and row is None:
        raise drafts.RuleUnknown(rule=rule_id)
    if request.method != "POST":
        form = RuleForm(actor=actor, initial=_initial(row) if row else {"is_active": True})
        return _form_page(request, form, row)
    form = RuleForm(request.POST, actor=actor)
    if not form.is_valid():
        return _form_page(request, form, row)
    try:
        if request.POST.get("do") == "save":
            seen = form.cleaned_data["seen"]
            actions.save_rule(
                actor=actor, draft=form.draft(), at=now(), rule_id=row.pk if row else None,
                expected_at=datetime.fromisoformat(seen) if row and seen else None,
            )  # fmt: skip
            told = gettext("Saved. It holds everywhere within two seconds.")
            return flash.tell(redirect("desk:rules"), told)
        return _form_page(request, form, row, tried=_try(actor, form.draft(), row))
    except (AnlanError, ValueError) as wrong:
        if isinstance(wrong, AnlanError) and wrong.status not in (403, 404, 409, 422):
            raise
        return _form_page(request, form, row, fault=wrong)


def _try(actor: Actor, draft: drafts.RuleDraft, row: RoutingRule | None) -> dict[str, Any]:
    """Try a draft in its place among the rules on the last month's cases."""
    new = drafts.build_row(actor=actor, draft=draft, rule_id=row.pk if row else None)
    listed = queries.list_rules(jurisdiction=new.jurisdiction_id)
    others = [one for one in listed if row is None or one.pk != row.pk]
    new.position = row.position if row else max((one.position for one in listed), default=0) + 1
    found = queries.dry_run(
        actor=actor, jurisdiction=new.jurisdiction_id, wanted=[*others, new],
        since_at=now() - timedelta(days=TRIED_DAYS),
    )  # fmt: skip
    units = get_gazetteer().units
    changes = [
        {
            "from": words.name(units[change.from_unit_id]),
            "to": words.name(units[change.to_unit_id]),
            "count": change.count,
            "samples": change.samples,
        }
        for change in found.changes
    ]
    return {"found": found, "changes": changes}


def _initial(row: RoutingRule) -> dict[str, Any]:
    return {
        "place": get_gazetteer().place(row.place_id).code, "matters": row.matters,
        "classes": row.classes, "levels": row.levels, "channels": row.channels,
        "words": " ".join(row.words), "days": row.days, "from_time": row.from_time,
        "until_time": row.until_time, "valid_from": row.valid_from,
        "valid_until": row.valid_until, "target": row.target, "unit_id": str(row.unit_id or ""),
        "department": row.department, "why": row.why, "is_active": row.is_active,
        "seen": row.changed_at.isoformat(),
    }  # fmt: skip


def _form_page(
    request: StaffRequest, form: RuleForm, row: RoutingRule | None, **extra: Any
) -> HttpResponse:
    fault = extra.get("fault")
    status = 422 if form.errors else getattr(fault, "status", 422) if fault else 200
    context = {"form": form, "row": row, "days": TRIED_DAYS, **extra}
    return render(request, "desk/rule.html", context, status=status)


@policies.proved
@policies.seated(*EDITORS)
@require_POST
def change_rule(request: StaffRequest, rule_id: int, way: str) -> HttpResponse:
    """Move a rule up or down, or remove it."""
    if way == "remove":
        actions.remove_rule(actor=request.actor, rule_id=rule_id, at=now())
        return flash.tell(redirect("desk:rules"), gettext("Removed."))
    actions.move_rule(actor=request.actor, rule_id=rule_id, up=way == "up", at=now())
    return redirect("desk:rules")
