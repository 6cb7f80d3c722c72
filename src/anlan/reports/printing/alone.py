"""The reports as one page that stands alone: no file beside it, no script; figures fold open."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import resources
from typing import Any

from django.template.loader import render_to_string
from django.utils.translation import gettext, override

from anlan.indicators.rules.register import Side
from anlan.reports.printing import words
from anlan.reports.printing.pdf import TITLES
from anlan.reports.printing.sparks import draw_spark
from anlan.reports.rules.content import Content


def to_html(content: Content, *, language: str, seal: Mapping[str, Any]) -> bytes:
    """Write a report as a page of its own."""
    style = (resources.files("anlan.reports") / "static" / "reports" / "two.css").read_text(
        encoding="utf-8"
    )
    with override(language):
        context = show_content(content, seal) | {
            "style": style,
            "is_alone": True,
            "lang": "zh-Hans" if words.is_chinese() else "en",
        }
        return render_to_string("reports/alone.html", context).encode()


def show_content(content: Content, seal: Mapping[str, Any]) -> dict[str, Any]:
    """Give what the templates show, in the present language."""
    sides = []
    for side in (Side.ECONOMY, Side.SAFETY):
        rows, family = [], ""
        for line in content.of_side(side):
            shown = words.show_line(line, content)
            rows.append(
                {
                    "line": shown, "spark": draw_spark(shown.series), "family": shown.family if shown.family != family else "",
                    "peers": [
                        (words.name(name), words.number(value, line.decimals), name.code == content.place.code)
                        for name, value in zip(content.peers, line.peers, strict=True)
                    ],
                }
            )  # fmt: skip
            family = shown.family
        sides.append({"code": side.lower(), "title": str(TITLES[side]), "rows": rows})
    place, month = words.name(content.place), words.show_month(content.month)
    return {
        "place": place, "month_words": month, "status": seal["status"], "digest": seal["digest"], "changes": seal["changes"],
        "title": gettext("The two reports: %(place)s, %(month)s") % {"place": place, "month": month},
        "lead": words.tell_lead(content), "sides": sides, "rules": [*words.list_rules(content), content.lights_source],
        "decisions": [
            {"says": words.tell_decision(one), "owner": words.pick(one.owner_zh, one.owner_en), "due": words.show_day(one.due),
             "kind": one.kind, "about": one.about}
            for one in content.decisions
        ],
    }  # fmt: skip
