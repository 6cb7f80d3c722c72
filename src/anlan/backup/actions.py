"""What the outside asks of the room: make, prove, restore, tell."""

from __future__ import annotations

from datetime import date, datetime

from django.conf import settings
from django.utils.translation import gettext as _

from anlan.backup.making import make, ship_log, tidy
from anlan.kernel import permits
from anlan.notices import actions as notices
from anlan.notices import queries as notice_queries
from anlan.notices.rules import Channel

__all__ = ["make", "ship_log", "tell_failed", "tidy"]


@permits.inside
def tell_failed(*, problem: str, day: date, at: datetime) -> bool:
    """Tell those who run the instance that the night's backup failed, once a day.

    Raises nothing for want of addresses: then `anlan backup list` is all there is.
    """
    about = day.isoformat()
    if notice_queries.has_notice(about_kind="backup", about_id=about):
        return False
    addresses = [(Channel.EMAIL, address) for address in settings.OPERATORS]
    if settings.CHAT_URL:
        addresses.append((Channel.CHAT, settings.CHAT_URL))
    for channel, address in addresses:
        notices.notify(
            channel=channel, address=address, subject=_("The nightly backup failed"),
            body=_("The backup of {day} failed and is tried again every hour: {problem}").format(
                day=about, problem=problem
            ),
            about_kind="backup", about_id=about, at=at,
        )  # fmt: skip
    return bool(addresses)
