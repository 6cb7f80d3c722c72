"""The queue: one page of cases in the order of their deadlines, tabs with counts, a few filters.

The page costs one statement for the cases whatever the scope; the counts of the tabs come after
the first paint from their own address, so that nobody waits for them.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING
from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from django.views.decorators.http import require_safe

from anlan.cases import queries as cases
from anlan.cases import rules as case_rules
from anlan.cases.queries import Filter
from anlan.kernel import codes
from anlan.kernel.actor import PLACE_ROLES, Actor
from anlan.kernel.clock import now
from anlan.people import policies
from anlan.places.queries import get_gazetteer
from anlan.places.rules import PlaceInfo
from anlan.web import maps
from anlan.web.command import addresses
from anlan.web.desk import filters
from anlan.web.middleware import StaffRequest
from anlan.web.staff import words
from anlan.web.staff.cases import show_card, show_class, show_ms, units_of

if TYPE_CHECKING:
    from django_stubs_ext import StrPromise

COUNT_LIMIT = 1000
ENDED = ("CLOSED", "DECLINED", "OFFLINE")


@dataclass(frozen=True, slots=True)
class Tab:
    """One saved filter. `explains` is what an empty queue says."""

    code: str
    label: StrPromise
    explains: StrPromise
    wanted: Filter
    mark: str = ""


TABS = (
    Tab(
        "all", pgettext_lazy("queue", "All open"),
        _("No open case in your places. A new report appears here by itself within seconds."),
        Filter(),
    ),
    Tab(
        "accept", pgettext_lazy("queue", "To accept"),
        _("Nothing waits to be accepted. New reports stop here first: accept them or assign them straight on."),
        Filter(states=("RECEIVED",)),
    ),
    Tab(
        "person", pgettext_lazy("queue", "Needs a person"),
        _("Nothing is in doubt. Here lie reports whose matter or place the machine was not sure of."),
        Filter(needs_person=True), "person",
    ),
    Tab(
        "red", pgettext_lazy("queue", "Overdue"),
        _("Nothing is overdue. Cases whose time has run out stand here, the latest first."),
        Filter(light=case_rules.Light.RED), "RED",
    ),
    Tab(
        "amber", pgettext_lazy("queue", "Due soon"),
        _("Nothing is close to its deadline. Cases turn amber when 80 % of their time is used up."),
        Filter(light=case_rules.Light.AMBER), "AMBER",
    ),
    Tab(
        "word", pgettext_lazy("queue", "Waiting for word"),
        _("Every reporter has heard something in time. Report back, and the next term begins."),
        Filter(needs_word=True), "word",
    ),
    Tab(
        "mine", pgettext_lazy("queue", "With us"),
        _("Your own unit holds nothing. Cases that were handed to your unit stand here."),
        Filter(),
    ),
    Tab(
        "merged", pgettext_lazy("queue", "Merged"),
        _("Nothing is merged. A case that was merged into another stands here until the two are separated again."),
        Filter(merged=True, only_open=False),
    ),
    Tab(
        "closed", pgettext_lazy("queue", "Closed"),
        _("Nothing has been closed yet."),
        Filter(states=ENDED, only_open=False),
    ),
    Tab(
        "every", pgettext_lazy("queue", "Open and closed"),
        _("No case in your places yet."),
        Filter(only_open=False),
    ),
)  # fmt: skip
BY_CODE = {tab.code: tab for tab in TABS}


@dataclass(frozen=True, slots=True)
class Wish:
    """What the address asks for, every field checked."""

    tab: Tab
    text: str
    matter_class: str
    unit_id: int | None
    place: PlaceInfo | None = None
    """Only cases of this place and below; a board leads here."""

    def address(self, **changes: str) -> str:
        """Write the address of this queue with some fields changed."""
        fields = {"tab": self.tab.code, "q": self.text, "class": self.matter_class,
                  "place": self.place.code if self.place else "", **changes}  # fmt: skip
        shown = {k: v for k, v in fields.items() if v and (k, v) != ("tab", "all")}
        return reverse("desk:queue") + ("?" + urlencode(shown) if shown else "")

    @property
    def is_search(self) -> bool:
        """Words are looked for in the reports of all cases, closed ones too, by the index."""
        return bool(self.text) and self.tab.code == "every"

    def filter(self, tab: Tab | None = None) -> Filter:
        """Give the filter of a tab (this one's when none is named) under the same narrowing."""
        tab = tab or self.tab
        return replace(
            tab.wanted,
            text=self.text,
            matter_classes=(self.matter_class,) if self.matter_class else (),
            unit_id=self.unit_id if tab.code == "mine" else None,
            place_path=self.place.path if self.place else "",
        )


def read_wish(request: StaffRequest) -> Wish:
    """Read the address; what it does not know it ignores."""
    asked = request.GET
    matter_class = asked.get("class", "")
    units = units_of(request.actor)
    return Wish(
        tab=BY_CODE.get(asked.get("tab", "all"), TABS[0]),
        text=asked.get("q", "").replace("\0", "").strip()[:60],
        matter_class=matter_class if matter_class in case_rules.MatterClass.__members__ else "",
        unit_id=units[0].id if units else None,
        place=get_gazetteer().find_place_by_code(asked.get("place", "")[:64]),
    )


@policies.seated(*PLACE_ROLES)
@require_safe
def queue(request: StaffRequest) -> HttpResponse:
    """Show the queue; to htmx asking for more, only the next rows."""
    at, wish = now(), read_wish(request)
    if found := _typed_code(request.actor, wish.text):
        return redirect("desk:case", case_id=found)
    after = request.GET.get("after", "")
    if wish.is_search:
        page = cases.search_cases(
            actor=request.actor, text=wish.text, wanted=replace(wish.filter(), text=""), at=at,
            after=after if cases.is_search_key(after) else "",
        )  # fmt: skip
    else:
        page = cases.list_cases(
            actor=request.actor, wanted=wish.filter(), at=at, after=_checked(after)
        )
    lead_codes = cases.find_lead_codes(actor=request.actor, cases=page.cases)
    context = {
        "rows": [show_card(case, at=at, lead_codes=lead_codes) for case in page.cases],
        "now_ms": show_ms(at),
        "span_words": json.dumps(words.list_span_words(), ensure_ascii=False),
        "more": wish.address(after=page.after) if page.after else "",
        "wish": wish,
        "at": at,
    }
    if request.headers.get("HX-Request") and after:
        return render(request, "desk/_rows.html", context)
    units = units_of(request.actor)
    context |= {
        "tabs": [(tab, wish.address(tab=tab.code)) for tab in TABS if _has_tab(tab, wish)],
        "classes": [(c.value, show_class(c)) for c in case_rules.MatterClass],
        "unit": words.name(units[0]) if units else "",
        "counts_address": reverse("desk:counts") + "?" + wish.address().partition("?")[2],
        "search_address": wish.address(tab="every") if wish.text and not wish.is_search else "",
        "plain_address": wish.address(q="", place="", **{"class": ""}),
        "kept": (kept := filters.show_filters(request.actor, wish.address())),
        "is_view_kept": any(one.is_here for one in kept),
        "is_view": wish.address() != reverse("desk:queue"),
        "may_lend": filters.may_lend(request.actor),
        "outlines": " ".join(maps.list_outlines()),
        "is_narrowed": bool(wish.text or wish.matter_class or wish.place),
        "place_name": words.name(wish.place) if wish.place else "",
        "stream": (stream := addresses.get_desk_stream(request)),
    }
    return addresses.let_listen(render(request, "desk/queue.html", context), stream)


@policies.seated(*PLACE_ROLES)
@require_safe
def counts(request: StaffRequest) -> HttpResponse:
    """Count every tab, up to a thousand each; for htmx, after the first paint."""
    at, wish = now(), read_wish(request)
    tabs = [tab for tab in TABS if tab.wanted.only_open and _has_tab(tab, wish)]
    wanted = [wish.filter(tab) for tab in tabs]
    numbers = cases.count_cases(actor=request.actor, wanted=wanted, at=at, limit=COUNT_LIMIT)
    counted = list(zip(tabs, numbers, strict=True))
    return render(request, "desk/_counts.html", {"counted": counted, "limit": COUNT_LIMIT})


def _has_tab(tab: Tab, wish: Wish) -> bool:
    return tab.code != "mine" or wish.unit_id is not None


def _checked(after: str) -> str:
    """Keep a well-formed continuation; anything else begins at the top."""
    instant, _sep, case_id = after.partition("~")
    try:
        has_zone = datetime.fromisoformat(instant).tzinfo is not None
        UUID(case_id)
    except ValueError:
        return ""
    return after if has_zone else ""


def _typed_code(actor: Actor, text: str) -> UUID | None:
    """Find the case whose whole code was typed into the search, if the actor may see it."""
    if len(codes.normalise(text)) != codes.CODE_LENGTH or not text.isascii():
        return None
    try:
        return cases.get_case_by_code(actor=actor, code=text).id
    except case_rules.CaseNotVisible:
        return None
