"""Words for times, terms and names, in the reader's language.

Labels stored in pairs (zh, en) are chosen here; times are shown in the zone of the place they belong
to, as short as they can be without doubt.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

from django.utils.translation import get_language, gettext, ngettext, pgettext

WHOLE_HOURS_FROM = 10
"""A span of so many hours is told without its minutes."""
MONTHS_EN = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


class Named(Protocol):
    """Anything with a Chinese and an English name."""

    @property
    def name(self) -> str: ...
    @property
    def name_en(self) -> str: ...


class Labelled(Protocol):
    """Anything with a Chinese and an English label."""

    @property
    def zh(self) -> str: ...
    @property
    def en(self) -> str: ...


def is_chinese() -> bool:
    """Tell whether the reader reads Chinese."""
    return (get_language() or "zh").startswith("zh")


def pick(zh: str, en: str) -> str:
    """Pick the reader's one of two wordings; the other where one is missing."""
    return (zh or en) if is_chinese() else (en or zh)


def name(of: Named) -> str:
    """Name a place, unit or matter."""
    return pick(of.name, of.name_en)


def label(of: Labelled) -> str:
    """Label a state, move or level of the tree."""
    return pick(of.zh, of.en)


def from_pair(labels: Mapping[str, str]) -> str:
    """Pick from a pair {"zh", "en"}."""
    return pick(labels["zh"], labels["en"])


@dataclass(frozen=True, slots=True)
class Instant:
    """A moment as a person reads it: `short` today without the date, `full` with everything."""

    iso: str
    short: str
    full: str

    def __str__(self) -> str:
        return self.short


def show_instant(instant: datetime, *, zone: str, at: datetime) -> Instant:
    """Show a UTC instant in local time."""
    here, today = instant.astimezone(ZoneInfo(zone)), at.astimezone(ZoneInfo(zone))
    clock = f"{here:%H:%M}"
    if is_chinese():
        day, year = show_day(here.date()), f"{here.year}年"
        full = f"{year}{day} {clock}"
        dated = f"{day} {clock}" if here.year == today.year else full
    else:
        day = show_day(here.date())
        full = f"{day} {here.year} {clock}"
        dated = f"{day} {clock}" if here.year == today.year else full
    short = clock if here.date() == today.date() else dated
    return Instant(instant.isoformat(), short, full)


def show_day(day: date) -> str:
    """Show a local date without its year."""
    if is_chinese():
        return f"{day.month}月{day.day}日"
    return f"{day.day} {MONTHS_EN[day.month - 1]}"


def show_span(span: timedelta) -> str:
    """Say how long something lasts, in the two largest units that matter."""
    minutes = max(0, int(span.total_seconds() // 60))
    days, hours = divmod(minutes // 60, 24)
    if days >= 10:
        return ngettext("%(count)d day", "%(count)d days", days) % {"count": days}
    shows_minutes = minutes % 60 and not days and hours < WHOLE_HOURS_FROM
    parts = [
        gettext("%(days)d d") % {"days": days} if days else "",
        gettext("%(hours)d h") % {"hours": hours} if hours else "",
        gettext("%(minutes)d min") % {"minutes": minutes % 60} if shows_minutes else "",
    ]
    return " ".join(part for part in parts if part) or gettext("less than a minute")


def show_remaining(due_at: datetime | None, at: datetime) -> str:
    """Say how much of a term is left or by how much it is over; empty when no clock runs."""
    if due_at is None:
        return ""
    if at >= due_at:
        return gettext("%(span)s over") % {"span": show_span(at - due_at)}
    return gettext("%(span)s left") % {"span": show_span(due_at - at)}


def show_ago(instant: datetime, at: datetime) -> str:
    """Say how long ago something was."""
    if at - instant < timedelta(minutes=1):
        return pgettext("time", "just now")
    return gettext("%(span)s ago") % {"span": show_span(at - instant)}


def list_span_words() -> dict[str, str]:
    """Give the words of `show_remaining` for a script that goes on counting in the page (tick.js)."""
    return {
        "over": gettext("%(span)s over"),
        "left": gettext("%(span)s left"),
        "days": ngettext("%(count)d day", "%(count)d days", 10),
        "d": gettext("%(days)d d"),
        "h": gettext("%(hours)d h"),
        "min": gettext("%(minutes)d min"),
        "less": gettext("less than a minute"),
    }
