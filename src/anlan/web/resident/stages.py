"""What the state of a case means for whoever reported it: one sentence in place of the desk's word.

States that end a case by a person's word (declined, offline) say it in that person's note, which stands
in the story; they have no sentence here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django_stubs_ext import StrPromise

SENTENCES: dict[str, StrPromise] = {
    "RECEIVED": _("%(desk)s has it and decides by the time given here whether to take it on."),
    "ACCEPTED": _("%(desk)s has taken it on and now chooses who handles it."),
    "ASSIGNED": _("%(unit)s has been given it and is to begin."),
    "HANDLING": _("%(unit)s is at work on it."),
    "HANDLED": _("%(unit)s says it is done; %(desk)s checks it."),
    "VERIFIED": _("It has been checked; %(desk)s closes it, and then you say whether it was done."),
}


def explain(state: str, *, unit: str, desk: str) -> str:
    """Say what happens now; empty where the story says it."""
    sentence = SENTENCES.get(state)
    return str(sentence) % {"unit": unit, "desk": desk} if sentence else ""
