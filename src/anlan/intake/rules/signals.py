"""What a signal may contain, and how its sender's words are checked.

Text: 1–10,000 characters after trimming, no control characters but line break and tab.
"""

from __future__ import annotations

import math
import unicodedata
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from anlan.kernel.canonical import digest
from anlan.kernel.errors import Conflict, Invalid

TEXT_LIMIT = 10_000
CONTACT_RETENTION_DAYS = 180


class Channel(StrEnum):
    """The way a signal came in."""

    WEB = "WEB"
    FIELD = "FIELD"
    API = "API"
    OPEN311 = "OPEN311"
    IMPORT = "IMPORT"
    POLICE_110 = "POLICE_110"


CHANNEL_LABELS: dict[Channel, dict[str, str]] = {
    Channel.WEB: {"zh": "网页上报", "en": "Web form"},
    Channel.FIELD: {"zh": "网格上报", "en": "Field report"},
    Channel.API: {"zh": "接口", "en": "API"},
    Channel.OPEN311: {"zh": "Open311", "en": "Open311"},
    Channel.IMPORT: {"zh": "文件导入", "en": "File import"},
    Channel.POLICE_110: {"zh": "110 移交", "en": "Transfer from 110"},
}


class RunState(StrEnum):
    RUNNING = "RUNNING"
    DONE = "DONE"


class TextMissing(Invalid):
    """The report has no text. Say in a few words what is wrong and where."""


class TextTooLong(Invalid):
    """The report has {length} characters; {limit} is the most. Shorten it, or attach a photo."""


class ControlCharacters(Invalid):
    """The text contains control characters (the first at position {position}). Remove them and send again."""


class PointMalformed(Invalid):
    """The point {lon}, {lat} is not a longitude (−180 to 180) and latitude (−90 to 90)."""


class PlaceMissing(Invalid):
    """The report names no place. Set a pin on the map or choose the place by name."""


class PointOutside(Invalid):
    """The point {lon}, {lat} lies in no grid of this instance. Move the pin, or choose the place by name."""


class IdempotencyKeyReused(Conflict):
    """The idempotency key {key} was used before with another body. Use a new key for a new report."""


class ImportOvertaken(Conflict):
    """Another import of this file is running. Nothing was taken twice; let it finish."""


class SignalUnknown(Invalid):
    """No report has this code. Check each group of five characters."""

    status = 404


@dataclass(frozen=True, slots=True)
class ContactDetails:
    """How to reach whoever raised a matter."""

    name: str = ""
    phone: str = ""
    email: str = ""

    def __bool__(self) -> bool:
        return bool(self.name or self.phone or self.email)


def contact_context(signal_id: UUID) -> bytes:
    """Name what a sealed contact belongs to, so that it opens in that row only."""
    return f"intake.contact:{signal_id}".encode()


@dataclass(frozen=True, slots=True)
class Report:
    """What somebody reports. Point in WGS-84 degrees; `place_code` when chosen by name."""

    text: str
    channel: Channel
    lon: float | None = None
    lat: float | None = None
    place_code: str = ""
    place_text: str = ""
    stated_matter: str = ""
    contact: ContactDetails = ContactDetails()
    sender: str = ""
    idempotency_key: str | None = None
    external_ref: str = ""

    def body_digest(self) -> str:
        """Fingerprint what was sent, so that a repeated key can be told from a new report."""
        return digest(
            [self.text, repr(self.lon), repr(self.lat), self.place_code, self.place_text,
             self.stated_matter, self.contact.name, self.contact.phone, self.contact.email,
             self.external_ref]
        )  # fmt: skip


def check_text(text: str) -> str:
    """Trim a report's text and make sure it can be kept.

    Raises TextMissing, TextTooLong, ControlCharacters.

    >>> check_text("  路灯不亮 ")
    '路灯不亮'
    """
    text = text.strip()
    if not text:
        raise TextMissing()
    if len(text) > TEXT_LIMIT:
        raise TextTooLong(length=len(text), limit=TEXT_LIMIT)
    if not text.isprintable():
        for position, character in enumerate(text):
            if unicodedata.category(character) in ("Cc", "Cs") and character not in "\n\r\t":
                raise ControlCharacters(position=position)
    return text


def check_point(lon: float | None, lat: float | None) -> tuple[float, float] | None:
    """Make sure a point is one, or absent. Raises PointMalformed."""
    if lon is None and lat is None:
        return None
    if (
        lon is None or lat is None or not (math.isfinite(lon) and math.isfinite(lat))
        or not (-180 <= lon <= 180 and -90 <= lat <= 90)
    ):  # fmt: skip
        raise PointMalformed(lon=lon, lat=lat)
    return lon, lat
