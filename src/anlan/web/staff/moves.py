"""The moves that an actor may make now, each as a form, and the taking of such a form.

Which fields a move needs stands in the procedure; here each field gets its control. A form carries the
number of the last step that its reader saw, so that a stale one is refused instead of obeyed.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from anlan.cases import actions as case_actions
from anlan.cases import queries as cases
from anlan.cases import rules as case_rules
from anlan.documents import actions as documents
from anlan.documents import rules as document_rules
from anlan.kernel.actor import Actor
from anlan.kernel.clock import now
from anlan.kernel.errors import Invalid
from anlan.kernel.procedure import Move
from anlan.people.actions import count_photo
from anlan.places.queries import get_gazetteer
from anlan.places.rules import Gazetteer, UnitInfo
from anlan.web.staff import words

if TYPE_CHECKING:
    from anlan.cases.models import Case

NOTE_LIMIT = 2_000
PHOTOS_LIMIT = 6
PHOTOS_CHOSEN_LIMIT = 100
WITHOUT_NOTE = frozenset({"accept"})
MAIN = {
    "RECEIVED": ("accept", "assign_down"),
    "ACCEPTED": ("assign_down",),
    "ASSIGNED": ("sign_for",),
    "HANDLING": ("handle",),
    "HANDLED": ("verify", "send_back"),
    "VERIFIED": ("close",),
    "CLOSED": ("follow_up",),
}
GRAVE = frozenset({"decline", "go_offline", "supervise_red"})


class FormBroken(Invalid):
    """The form cannot be taken: {faults}"""


class PhotosInput(forms.ClearableFileInput):
    """A file control that takes several photos."""

    allow_multiple_selected = True


class PhotosField(forms.FileField):
    """Several photos; what they are is checked where they are kept."""

    widget = PhotosInput

    def clean(self, data: Any, initial: Any = None) -> list[UploadedFile[Any]]:
        """Give the list of uploaded files."""
        files = data if isinstance(data, list | tuple) else [data]
        clean_one = super().clean
        return [clean_one(file, initial) for file in files if file]


class MoveForm(forms.Form):
    """What may come with a move. `seq`: the last step its reader saw."""

    seq = forms.IntegerField(required=False, min_value=1, widget=forms.HiddenInput)
    note = forms.CharField(label=_("Note"), required=False, max_length=NOTE_LIMIT)
    unit = forms.IntegerField(label=_("Unit"), required=False)
    matter = forms.CharField(label=_("Matter"), required=False, max_length=64)
    outcome = forms.CharField(label=_("Outcome"), required=False, max_length=16)
    case = forms.UUIDField(label=_("Case"), required=False, widget=forms.HiddenInput)
    case_seq = forms.IntegerField(required=False, min_value=1, widget=forms.HiddenInput)
    signal = forms.UUIDField(label=_("Whose report tells of it"), required=False)
    photos = PhotosField(label=_("Photos"), required=False)


@dataclass(frozen=True, slots=True)
class Offer:
    """A move as it is offered: its words, and which controls its form shows."""

    code: str
    words: str
    needs: frozenset[str]
    takes_note: bool
    takes_photos: bool
    is_main: bool
    is_grave: bool
    tells_reporter: bool
    tells_photos: bool
    """Its photos, too, are shown to the reporter."""


def list_offers(*, actor: Actor, case: Case) -> list[Offer]:
    """List the moves that an actor may make on a case now, the expected ones first."""
    expected = MAIN.get(case.state, ())
    offers = [
        show_offer(move, is_main=move.code in expected)
        for move in cases.list_moves(actor=actor, case=case)
        if _makes_sense(move, case, actor)
    ]
    order = {code: number for number, code in enumerate(expected)}
    return sorted(offers, key=lambda offer: order.get(offer.code, len(order)))


def show_offer(move: Move, *, is_main: bool) -> Offer:
    """Put a move into words."""
    return Offer(
        code=move.code,
        words=words.label(move),
        needs=frozenset(move.needs),
        takes_note=move.code not in WITHOUT_NOTE,
        takes_photos=move.code in case_rules.SHOWN_WITH_PHOTOS,
        is_main=is_main,
        is_grave=move.code in GRAVE,
        tells_reporter=move.tells_reporter,
        tells_photos=move.code in case_rules.TOLD_WITH_PHOTOS,
    )


def _makes_sense(move: Move, case: Case, actor: Actor) -> bool:
    """Leave out answers to an extension that nobody asked for, a second asking or pausing.

    What concerns two cases is offered where both are shown, another place where its doubt is told.
    """
    if "case" in move.needs or "place" in move.needs:
        return False
    if move.code in ("approve_extension", "refuse_extension"):
        return case.extension_asked_by is not None and case.extension_asked_by != actor.id
    if move.code == "ask_extension":
        return case.extension_asked_by is None
    if move.code in ("pause", "resume"):
        return (case.paused_at is None) == (move.code == "pause")
    return True


@lru_cache(maxsize=1)
def _units_by_place(gazetteer: Gazetteer) -> dict[int, list[UnitInfo]]:
    found: dict[int, list[UnitInfo]] = {}
    for unit in gazetteer.units.values():
        found.setdefault(unit.place_id, []).append(unit)
    return found


def list_serving_units(case: Case) -> list[tuple[str, list[tuple[int, str]]]]:
    """List the units that serve a case's place, nearest place first: (place, [(id, name)])."""
    gazetteer = get_gazetteer()
    by_place = _units_by_place(gazetteer)
    groups = []
    for place in reversed(gazetteer.lineage(case.place_id)):
        units = [
            (unit.id, words.name(unit))
            for unit in by_place.get(place.id, [])
            if unit.id != case.unit_id or case.state in ("RECEIVED", "ACCEPTED")
        ]
        if units:
            groups.append((words.name(place), units))
    return groups


def list_outcomes() -> list[tuple[str, str]]:
    """List how a case may end: (code, words)."""
    return [(o.value, words.from_pair(case_rules.OUTCOME_LABELS[o])) for o in case_rules.Outcome]


def keep_photos(*, actor: Actor, files: list[UploadedFile[Any]]) -> tuple[UUID, ...]:
    """Keep uploaded photos, before any transaction is opened. Raises what documents raise."""
    if len(files) > PHOTOS_LIMIT:
        raise FormBroken(faults=gettext("at most %(count)d photos") % {"count": PHOTOS_LIMIT})
    for _file in files:
        count_photo(actor=actor, at=now())
    return tuple(
        documents.keep_photo(
            actor=actor,
            file=file.read(document_rules.FILE_LIMIT_BYTES + 1),
            name=file.name or "",
            at=now(),
        ).id
        for file in files
    )


def read_form(request: HttpRequest) -> dict[str, Any]:
    """Read a move's form. Raises FormBroken."""
    form = MoveForm(request.POST, request.FILES)
    if not form.is_valid():
        faults = "; ".join(
            f"{form[field].label}: {' '.join(map(str, texts))}"
            for field, texts in form.errors.items()
        )
        raise FormBroken(faults=faults)
    return form.cleaned_data


def make_move(
    *,
    actor: Actor,
    case_id: UUID,
    move: str,
    given: dict[str, Any],
    photos: tuple[UUID, ...],
    at: datetime,
) -> Case:
    """Make the move that a form asks for, its photos kept before."""
    return case_actions.move_case(
        actor=actor,
        case_id=case_id,
        move=move,
        given=case_rules.Given(
            note=given["note"],
            unit_id=given["unit"],
            matter=given["matter"],
            outcome=given["outcome"],
            photos=photos,
            case_id=given["case"],
            case_seq=given["case_seq"],
        ),
        at=at,
        expected_seq=given["seq"],
    )


def take_move(request: HttpRequest, *, actor: Actor, case_id: UUID, move: str) -> Case:
    """Take a move's form: check it, keep its photos, make the move.

    Raises FormBroken, and what `move_case` and `keep_photo` raise.
    """
    given = read_form(request)
    # Nobody fills the store with photos for cases that he may not see.
    cases.access_case(actor=actor, case_id=case_id)
    photos = keep_photos(actor=actor, files=given["photos"])
    return make_move(actor=actor, case_id=case_id, move=move, given=given, photos=photos, at=now())
