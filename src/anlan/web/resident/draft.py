"""The report form as it was sent: its fields, what is wrong with each, and the report it makes.

Faults are kept by field, so that each stands next to what it is about. Obstacles that rooms raise
are put into words a resident can act on; what only the rooms know is left to them.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest
from django.utils.translation import gettext

from anlan.cases.rules import MatterUnknown
from anlan.intake import rules as intake
from anlan.intake.rules import Channel, ContactDetails, Report
from anlan.kernel.errors import AnlanError
from anlan.places.rules import PlaceInfo, PlaceUnknown
from anlan.web.resident import photos, places

SENDER = "web"
ELSEWHERE = "?"
"""Sent as the place's code by those whose place is not in the list: a person finds it then."""

_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_PHONE = re.compile(r"[+]?[\d() .\-]{5,24}")
_TYPED = (
    "text", "matter", "listed", "place_text", "place_code", "lon", "lat",
    "contact_name", "contact_phone", "contact_email", "join",
)  # fmt: skip
_LENGTHS = {"place_text": 300, "contact_name": 60, "contact_phone": 25, "contact_email": 254}


@dataclass(slots=True)
class Draft:
    """What stands in the form. Everything is text, as typed; `token` makes sending twice harmless."""

    text: str = ""
    matter: str = ""
    listed: str = ""
    """A matter chosen from the whole list; one that was suggested and chosen goes before it."""
    place_text: str = ""
    place_code: str = ""
    lon: str = ""
    lat: str = ""
    contact_name: str = ""
    contact_phone: str = ""
    contact_email: str = ""
    join: str = ""
    """The case that this report is to join, `new` for none of those shown; empty where none was shown."""
    token: str = field(default_factory=lambda: str(uuid4()))
    photos: list[UploadedFile[Any]] = field(default_factory=list)
    choices: list[PlaceInfo] = field(default_factory=list)
    faults: dict[str, str] = field(default_factory=dict)

    @property
    def has_contact(self) -> bool:
        return bool(self.contact_name or self.contact_phone or self.contact_email)

    @property
    def is_elsewhere(self) -> bool:
        return self.place_code == ELSEWHERE

    def blame(self, wrong: AnlanError) -> None:
        """Put an obstacle next to the field it is about; raise it again if it is about none."""
        match wrong:
            case intake.TextMissing() | intake.TextTooLong() | intake.ControlCharacters():
                self.faults["text"] = wrong.message
            case intake.PlaceMissing():
                self.faults["place"] = gettext(
                    "Say where it is: set a pin or find the place by name."
                )
            case intake.PointOutside() | intake.PointMalformed():
                self.faults["place"] = gettext(
                    "This spot lies outside the area we serve. Move the pin, or find the place by name."
                )
            case PlaceUnknown():
                self.place_code = ""
                self.faults["place"] = gettext("We do not know this place. Find it by name again.")
            case MatterUnknown():
                # The suggestion was of another place: the text alone decides then.
                self.matter = ""
            case _:
                raise wrong


def read(request: HttpRequest) -> Draft:
    """Read the form that was sent."""
    draft = Draft()
    for name in _TYPED:
        setattr(draft, name, request.POST.get(name, "").strip())
    draft.matter = draft.matter or draft.listed
    if _is_token(request.POST.get("token", "")):
        draft.token = request.POST["token"]
    draft.photos = photos.read_photos(request)
    return draft


def check(draft: Draft) -> None:
    """Find everything that is wrong, all at once, so that nobody has to send three times."""
    try:
        intake.check_text(draft.text)
    except AnlanError as wrong:
        draft.blame(wrong)
    _check_place(draft)
    try:
        photos.check_number(draft.photos)
    except photos.TooManyPhotos as wrong:
        draft.faults["photos"] = wrong.message
    if draft.contact_email and not _EMAIL.fullmatch(draft.contact_email):
        draft.faults["contact_email"] = gettext("This is not an e-mail address.")
    if draft.contact_phone and not _PHONE.fullmatch(draft.contact_phone):
        draft.faults["contact_phone"] = gettext("This is not a telephone number.")
    for name, limit in _LENGTHS.items():
        value = getattr(draft, name)
        if len(value) > limit or any(unicodedata.category(c) in ("Cc", "Cs") for c in value):
            where = "place" if name == "place_text" else name
            draft.faults[where] = gettext("At most %(limit)d plain characters fit here.") % {
                "limit": limit
            }


def make_report(draft: Draft) -> Report:
    """Make the report that intake takes. Raises PointMalformed."""
    lon, lat = _point(draft)
    return Report(
        text=draft.text,
        channel=Channel.WEB,
        lon=lon,
        lat=lat,
        place_code="" if draft.is_elsewhere else draft.place_code,
        place_text=draft.place_text,
        stated_matter=draft.matter,
        contact=ContactDetails(draft.contact_name, draft.contact_phone, draft.contact_email),
        sender=SENDER,
        idempotency_key=draft.token,
    )


def _check_place(draft: Draft) -> None:
    try:
        lon, lat = _point(draft)
        if lon is not None and lat is not None:
            if places.find_spot(lon, lat) is None and not draft.place_code:
                raise intake.PointOutside(lon=lon, lat=lat)
            return
        if draft.place_code and not draft.is_elsewhere:
            draft.choices = [places.get_place(draft.place_code)]
            return
    except AnlanError as wrong:
        draft.blame(wrong)
        return
    if not draft.place_text:
        draft.blame(intake.PlaceMissing())
    elif not draft.is_elsewhere:
        _choose_by_name(draft)


def _choose_by_name(draft: Draft) -> None:
    draft.choices = places.find_places(draft.place_text)
    exact = [place for place in draft.choices if draft.place_text in (place.name, place.name_en)]
    if len(exact) == 1 or len(draft.choices) == 1:
        draft.place_code = (exact or draft.choices)[0].code
    elif draft.choices:
        draft.faults["place"] = gettext("Several places are called so. Choose one.")
    else:
        draft.faults["place"] = gettext(
            "No place here is called “%(name)s”. Try a shorter name, or choose “not in the list”."
        ) % {"name": draft.place_text}


def _point(draft: Draft) -> tuple[float | None, float | None]:
    if not draft.lon and not draft.lat:
        return None, None
    try:
        lon, lat = float(draft.lon), float(draft.lat)
    except ValueError:
        raise intake.PointMalformed(lon=draft.lon[:20], lat=draft.lat[:20]) from None
    intake.check_point(lon, lat)
    return lon, lat


def _is_token(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True
