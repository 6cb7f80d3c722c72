"""What one may read beside one's desk: boards, reports, findings. One menu in the bar of every staff page.

Each page has a letter: `g` and then the letter leads there (web/static/web/desk/keys.js). Only what a
person's seats open is listed; the pages themselves check again. Below the queue nobody would find them: it
goes on loading as one scrolls.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from anlan.assessment.rules.objections import READERS as SCORE_READERS
from anlan.boards.rules import READERS as BOARD_READERS
from anlan.kernel.actor import PLACE_ROLES, Actor, Role
from anlan.reports.rules.signing import READERS as REPORT_READERS
from anlan.web.desk.routing import EDITORS
from anlan.web.desk.situation import may_read_findings
from anlan.web.desk.storm import may_plan_storms
from anlan.web.desk.topics import may_see_topics

if TYPE_CHECKING:
    from django_stubs_ext import StrPromise


@dataclass(frozen=True, slots=True)
class Page:
    """One page of the menu: where it is, what it is called, the letter that leads to it."""

    address: str
    label: StrPromise
    letter: str


def _seated(*roles: Role) -> Callable[[Actor], bool]:
    return lambda actor: any(seat.role in roles for seat in actor.seats)


def _watching(*roles: Role) -> Callable[[Actor], bool]:
    return lambda actor: any(seat.role in roles for seat in actor.watching_seats)


PAGES: tuple[tuple[str, StrPromise, str, Callable[[Actor], bool]], ...] = (
    ("command:own", _("Live board"), "b", _watching(*BOARD_READERS)),
    ("desk:reports", _("Two reports"), "r", _seated(*REPORT_READERS)),
    ("desk:situation", _("What is unusual"), "u", may_read_findings),
    ("desk:topics", _("Hot topics"), "t", may_see_topics),
    ("desk:assessment", _("Assessment of places"), "p", _seated(*SCORE_READERS)),
    ("desk:storm", _("Storm night"), "s", may_plan_storms),
    ("desk:rules", _("Routing rules"), "w", _watching(*EDITORS)),
    ("desk:emergency", _("Emergency access"), "e", _seated(*PLACE_ROLES)),
)


def list_pages(actor: Actor | None) -> list[Page]:
    """List the pages that a person may open; none for whoever has not signed in."""
    if actor is None:
        return []
    return [Page(reverse(name), label, letter) for name, label, letter, may in PAGES if may(actor)]
