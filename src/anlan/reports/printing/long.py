"""The two curves as words and as a picture (SVG) that stands alone."""

from __future__ import annotations

from typing import Any

from django.template.loader import render_to_string
from django.utils.translation import gettext, override

from anlan.reports.printing import words
from anlan.reports.rules import curves as rules


def show_curves(curves: rules.Curves) -> dict[str, Any]:
    """Give what the templates show, in the present language."""
    drawn, years = rules.draw(curves)
    shown = []
    for number, one in enumerate(drawn):
        curve, (first, last) = one.curve, (one.points[0], one.points[-1])
        name, unit = words.pick(curve.zh, curve.en), words.pick(curve.unit_zh, curve.unit_en)
        shown.append(
            {
                "side": curve.side.lower(), "name": name, "unit": unit, "solid": one.solid, "dashed": one.dashed, "is_right": number > 0,
                "points": [(x, y, year, words.number(value, curve.decimals)) for x, y, year, value in one.points],
                "ticks": [(y, f"{value:g}") for y, value in one.ticks],
                "says": gettext("%(name)s: %(first)s %(unit)s in %(from)s, %(last)s %(unit)s in %(to)s (%(change)s).") % {
                    "name": name, "unit": unit, "from": first[2], "to": last[2], "first": words.number(first[3], curve.decimals),
                    "last": words.number(last[3], curve.decimals),
                    "change": "–" if one.change is None else f"{one.change:+.0f}%".replace("-", "−"),
                },
            }
        )  # fmt: skip
    return {
        "title": words.pick(curves.zh, curves.en), "curves": shown, "years": years, "source": curves.source,
        "is_default": curves.confidence < 0.9, "width": rules.WIDTH, "height": rules.HEIGHT, "left": rules.LEFT,
        "right": rules.RIGHT, "base": rules.BASE, "top": rules.TOP,
        "has_gaps": any(one["dashed"] for one in shown),
    }  # fmt: skip


def to_svg(curves: rules.Curves, *, language: str) -> str:
    """Draw the curves as a picture of its own."""
    with override(language):
        return render_to_string("reports/curves.svg", show_curves(curves) | {"is_alone": True})
