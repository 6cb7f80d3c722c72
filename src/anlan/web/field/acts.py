"""The outbox of a phone: what it sends when the network is back, and what it is told to keep.

One request carries some acts in the phone's order, each with its photos; each gets an answer of its own.
The phone sends again what got none. A refusal comes with a code and a sentence in the reader's language.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import partial
from hashlib import sha256
from typing import Any
from uuid import UUID

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, JsonResponse
from django.middleware.csrf import get_token
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from anlan.cases import queries as cases
from anlan.dispatch import actions, queries, rules
from anlan.dispatch.actions.acts import Doing
from anlan.documents import rules as document_rules
from anlan.intake import rules as intake
from anlan.kernel.actor import PLACE_ROLES, Actor
from anlan.kernel.canonical import digest
from anlan.kernel.clock import now
from anlan.kernel.errors import AnlanError, Invalid, TooMany, Unavailable
from anlan.kernel.reading import read_json
from anlan.people import policies
from anlan.web.field.report import list_own_places
from anlan.web.middleware import StaffRequest
from anlan.web.staff import moves

ACTS_LIMIT = 10
PHOTOS_KEPT = 4
"""Small photos of each errand that a phone keeps for the way."""


class BatchBroken(Invalid):
    """What was sent is no list of at most {limit} acts with the phone's clock."""


class ActBroken(Invalid):
    """Something is missing in what was sent, or is not right: {faults}"""


class ActForm(forms.Form):
    """One act. Times are milliseconds; `made` by the phone's clock, `ago` by its counter."""

    key = forms.UUIDField()
    kind = forms.ChoiceField(choices=[(kind.value, kind.value) for kind in rules.ActKind])
    number = forms.IntegerField(min_value=1, max_value=2**31 - 1)
    after = forms.IntegerField(min_value=0, max_value=2**31 - 1)
    made = forms.FloatField(min_value=0, max_value=2**53)
    ago = forms.FloatField(required=False, min_value=0, max_value=2**43)
    offset = forms.FloatField(required=False, min_value=-(2**43), max_value=2**43)
    move = forms.SlugField(required=False, max_length=32)
    about = forms.UUIDField(required=False)
    seen = forms.IntegerField(required=False, min_value=0, max_value=2**31 - 1)
    note = forms.CharField(required=False, max_length=moves.NOTE_LIMIT)
    outcome = forms.CharField(required=False, max_length=16)
    text = forms.CharField(required=False, max_length=intake.TEXT_LIMIT)
    lon = forms.FloatField(required=False)
    lat = forms.FloatField(required=False)
    place = forms.CharField(required=False, max_length=32)
    place_text = forms.CharField(required=False, max_length=300)
    matter = forms.CharField(required=False, max_length=64)

    def clean(self) -> dict[str, Any]:
        """Ask for what each kind needs."""
        given = super().clean() or {}
        if given.get("kind") == rules.ActKind.REPORT:
            if not given.get("text"):
                self.add_error("text", gettext("What is wrong?"))
        elif not given.get("about"):
            self.add_error("about", "?")
        return given


@policies.seated(*PLACE_ROLES)
@require_safe
@never_cache
def keep(request: StaffRequest) -> JsonResponse:
    """Tell a phone who is signed in, what time it is, and which pages to keep for the way."""
    actor = request.actor
    pages, photos = [], []
    for errand in queries.list_running_for(actor=actor):
        pages.append(reverse("field:case", args=[errand.case_id]))
        photos += [
            reverse("field:small_photo", args=[photo])
            for photo in cases.list_photo_ids(case_id=errand.case_id)[:PHOTOS_KEPT]
        ]
    return JsonResponse(
        {
            "now": _milliseconds(now()),
            "person": str(actor.id),
            "csrf": get_token(request),
            "pages": [reverse("field:today"), reverse("field:report"), *pages],
            "photos": photos,
        }
    )


@policies.seated(*PLACE_ROLES)
@require_POST
def take(request: StaffRequest) -> JsonResponse:
    """Take some acts, one after the other; what follows one that has to wait waits, too."""
    sent = _read(request)
    if sent["person"] != str(request.actor.id):
        raise rules.ActOfSomebodyElse()
    answers = []
    for raw in sent["acts"]:
        answer = _take_one(request, sent, raw)
        answers.append(answer)
        if answer["outcome"] == "LATER":
            break
    return JsonResponse({"now": _milliseconds(now()), "answers": answers})


def _read(request: HttpRequest) -> dict[str, Any]:
    """Read the envelope. Raises BatchBroken."""
    try:
        sent = read_json(request.POST.get("sent", ""))
        sent["clock"] = _instant(float(sent["clock"]))
        sent["device"] = UUID(str(sent["device"]))
        acts = sent["acts"]
        if not isinstance(acts, list) or not 0 < len(acts) <= ACTS_LIMIT:
            raise BatchBroken(limit=ACTS_LIMIT)
        if not all(isinstance(act, dict) for act in acts):
            raise BatchBroken(limit=ACTS_LIMIT)
        sent["person"] = str(sent["person"])
    except (ValueError, TypeError, KeyError, OverflowError, OSError):
        raise BatchBroken(limit=ACTS_LIMIT) from None
    return dict(sent)


def _take_one(request: StaffRequest, sent: dict[str, Any], raw: dict[str, Any]) -> dict[str, Any]:
    form = ActForm({name: value for name, value in raw.items() if value is not None})
    answer: dict[str, Any] = {"key": str(raw.get("key", ""))[:36]}
    try:
        if not form.is_valid():
            raise ActBroken(faults=", ".join(sorted(form.errors)))
        given = form.cleaned_data
        files = request.FILES.getlist(f"photo-{given['key']}")
        doing = _doing(request.actor, sent, given, files)
        act = actions.take_act(
            actor=request.actor,
            doing=doing,
            keep_photos=partial(moves.keep_photos, actor=request.actor, files=files),
            at=now(),
        )
    except (TooMany, Unavailable, rules.ActOutOfOrder) as wrong:
        return answer | {"outcome": "LATER", "code": wrong.code, "last": wrong.data.get("last"),
                         "message": wrong.message}  # fmt: skip
    except AnlanError as wrong:
        return answer | {"outcome": "REFUSED", "code": wrong.code, "message": wrong.message}
    answer |= {"outcome": act.outcome, "code": act.code, "said_at": _milliseconds(act.said_at)}
    if act.case_id:
        answer["case"] = reverse("field:case", args=[act.case_id])
    if act.outcome == rules.ActOutcome.REFUSED:
        answer["message"] = tell_refusal(act.code)
    return answer


def _doing(
    actor: Actor, sent: dict[str, Any], given: dict[str, Any], files: list[UploadedFile[Any]]
) -> Doing:
    fixed = {name: value for name, value in given.items() if name not in ("after", "ago")}
    photos = []
    for file in files:
        photos.append(sha256(file.read(document_rules.FILE_LIMIT_BYTES + 1)).hexdigest())
        file.seek(0)
    ago, offset = given["ago"], given["offset"]
    kind = rules.ActKind(given["kind"])
    return Doing(
        key=given["key"], kind=kind, device=sent["device"], number=given["number"],
        after=given["after"], move=given["move"], about=given["about"], seen=given["seen"] or 0,
        note=given["note"].replace("\0", ""), outcome=given["outcome"],
        digest=digest([{name: str(value) for name, value in fixed.items()}, photos]),
        clock=rules.PhoneClock(
            sent=sent["clock"], made=_instant(given["made"]),
            ago=None if ago is None else timedelta(milliseconds=ago),
            offset=None if offset is None else timedelta(milliseconds=offset),
        ),
        report=_report(actor, given) if kind is rules.ActKind.REPORT else None,
    )  # fmt: skip


def _report(actor: Actor, given: dict[str, Any]) -> intake.Report:
    places = list_own_places(actor)
    return intake.Report(
        text=given["text"],
        channel=intake.Channel.FIELD,
        lon=given["lon"],
        lat=given["lat"],
        place_code=given["place"] or (places[0].code if places else ""),
        place_text=given["place_text"],
        stated_matter=given["matter"],
        sender=actor.as_sender,
        idempotency_key=str(given["key"]),
    )


def _instant(milliseconds: float) -> datetime:
    return datetime.fromtimestamp(milliseconds / 1000, UTC)


def _milliseconds(at: datetime) -> int:
    return round(at.timestamp() * 1000)


def tell_refusal(code: str) -> str:
    """Say in the reader's language why an act was refused; what others did meanwhile in full."""
    wrong = _SENTENCES.get(code)
    if wrong is not None:
        return wrong.message
    if code == "MOVE_INCOMPLETE":
        return gettext("Words are missing. Do it again and say what you found or did.")
    if code in _OF_PHOTOS:
        return gettext("A photo could not be read. Do it again with another photo, or without.")
    return gettext("This was not possible as the case stands now. Open it and see what is.")


_SENTENCES: dict[str, AnlanError] = {
    wrong.code: wrong
    for wrong in (
        rules.ClosedMeanwhile(), rules.ChangedMeanwhile(), rules.RecalledMeanwhile(),
        rules.LapsedMeanwhile(), rules.NotNeededMeanwhile(), rules.EndedAlready(),
    )
}  # fmt: skip
_OF_PHOTOS = frozenset(
    {
        "FILE_EMPTY", "FILE_TOO_LARGE", "WRONG_FILE_TYPE", "PICTURE_TOO_LARGE", "PICTURE_MOVES",
        "PICTURE_BROKEN", "FORM_BROKEN",
    }
)  # fmt: skip
