"""Scores, ranks and lost points in the reader's language. A rank is never told without the ranks that are open to it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from anlan.assessment.rules.cards import Card, Change, Measured
from anlan.assessment.rules.ladder import find_award, years_to_next
from anlan.assessment.rules.ranks import Doubt
from anlan.assessment.rules.schemes import Mean, Scheme, Way
from anlan.assessment.rules.scoring import Cause, Loss
from anlan.rollup.rules import read_month
from anlan.web.staff import words

WAYS = {
    Way.MINMAX: _("worst to best peer"), Way.ZSCORE: _("distance from the mean"), Way.RANK: _("share of worse peers"),
    Way.TARGET: _("stated goal"),
}  # fmt: skip
MEANS = {Mean.ARITHMETIC: _("arithmetic mean"), Mean.GEOMETRIC: _("geometric mean")}
DOUBTS = {
    Doubt.WEIGHTS: _("if weights were others"), Doubt.METHOD: _("if points were given another way"), Doubt.CHANCE: _("by chance in small counts"),
}  # fmt: skip
CAUSES = {
    Cause.DEDUCTION: _("Deduction"),
    Cause.CAP: _("Cap"),
    Cause.VETO: _("Veto"),
    Cause.INDICATOR: _("Points"),
}
TRACK, PAD = 120.0, 6.0


@dataclass(frozen=True, slots=True)
class Rank:
    """A rank as it is shown: always with its interval. is_open: more than half of all ranks are open. x…: of the drawing."""

    rank: int
    first: int
    last: int
    of: int
    is_open: bool
    x: float
    x_first: float
    width: float

    @property
    def range(self) -> str:
        """The ranks that are open."""
        return str(self.first) if self.first == self.last else f"{self.first}–{self.last}"


def show_rank(rank: int | None, first: int | None, last: int | None, of: int) -> Rank | None:
    """Show a rank with its interval; None where there is no score."""
    if rank is None or first is None or last is None:
        return None
    step = (TRACK - 2 * PAD) / max(of - 1, 1)
    at = [PAD + step * (one - 1) for one in (rank, first, last)]
    return Rank(
        rank,
        first,
        last,
        of,
        last - first + 1 > max(1.0, of / 2),
        round(at[0], 1),
        round(at[1] - 4, 1),
        round(at[2] - at[1] + 8, 1),
    )


def number(value: float | None, decimals: int = 1) -> str:
    """Show a number; a dash where none is known."""
    return "–" if value is None else f"{value:,.{decimals}f}".replace("-", "−")


def show_period(period: str) -> str:
    """Name a year or month."""
    if len(period) == 4:
        return f"{period}年" if words.is_chinese() else period
    first, _until = read_month(period)
    if words.is_chinese():
        return f"{first.year}年{first.month}月"
    return f"{words.MONTHS_EN[first.month - 1]} {first.year}"


def unit_of(one: Measured) -> str:
    """Name an indicator's unit."""
    return words.pick(one.unit_zh, one.unit_en)


def value_of(one: Measured) -> str:
    """Show a value with its unit."""
    unit = unit_of(one)
    return number(one.value, one.decimals) + (f" {unit}" if unit and one.value is not None else "")


def tell_award(scheme: Scheme, run: int) -> str:
    """Say what the years passed in a row have earned, and what comes next."""
    step, stars = find_award(scheme.ladder, run)
    more = years_to_next(scheme.ladder, run)
    said = words.pick(step.zh, step.en) + "★" * stars if step else ""
    if run:
        years = gettext("%(years)s years passed in a row") % {"years": run}
        said = f"{said} · {years}" if said else years
    if more is not None and run:
        said += " · " + gettext("%(years)s more for the next step") % {"years": more}
    return said


def show_parts(card: Card) -> list[dict[str, Any]]:
    """Show the parts of a score: value, how it became points, weight, points lost by it."""
    lost = {loss.rule: loss.points for loss in card.losses if loss.cause is Cause.INDICATOR}
    rows = []
    for n, part in enumerate(card.read_scheme().parts):
        one = card.find(part.indicator)
        way = str(WAYS[part.way])
        if part.way is Way.TARGET:
            way = gettext("goal %(goal)s, nothing at %(zero)s") % {
                "goal": f"{part.goal:g}",
                "zero": f"{part.zero:g}",
            }
        rows.append(
            {
                "code": part.indicator, "name": words.pick(one.zh, one.en), "value": value_of(one), "way": way,
                "points": number(card.points[n], 0), "weight": number(part.weight, 0 if part.weight == int(part.weight) else 1),
                "lost": number(lost.get(n, 0.0)) if card.points[n] is not None else "–", "source": one.source,
                "is_default": one.confidence < 0.9, "months": one.months, "is_short": one.months < card.of_months,
                "of": _tell_of(one),
            }
        )  # fmt: skip
    return rows


def _tell_of(one: Measured) -> str:
    if one.numerator is None:
        return ""
    if one.denominator is None:
        return number(one.numerator, 0)
    return f"{number(one.numerator, 0)} ÷ {number(one.denominator, 0)}"


def show_losses(card: Card) -> list[dict[str, Any]]:
    """Say for every lost point what it was lost for, the most first."""
    scheme = card.read_scheme()
    return [
        {"points": "−" + number(loss.points), "cause": str(CAUSES[loss.cause]), "is_rule": loss.cause is not Cause.INDICATOR,
         "name": _name(card, loss.indicator), "says": _tell_loss(card, scheme, loss)}
        for loss in sorted(card.losses, key=lambda one: -one.points)
        if loss.points >= 0.05 or loss.cause is not Cause.INDICATOR
    ]  # fmt: skip


def _name(card: Card, code: str) -> str:
    one = card.find(code)
    return words.pick(one.zh, one.en)


def _tell_loss(card: Card, scheme: Scheme, loss: Loss) -> str:
    one = card.find(loss.indicator)
    if loss.cause is Cause.INDICATOR:
        part = scheme.parts[loss.rule]
        return gettext("%(value)s gives %(points)s of 100 points; the weight is %(weight)s.") % {
            "value": value_of(one), "points": number(card.points[loss.rule], 0), "weight": f"{part.weight:g}",
        }  # fmt: skip
    rule = scheme.deductions[loss.rule] if loss.cause is Cause.DEDUCTION else scheme.bars[loss.rule]
    return gettext("%(why)s: it was %(value)s.") % {
        "why": words.pick(rule.why_zh, rule.why_en),
        "value": value_of(one),
    }


def show_alone(card: Card) -> list[tuple[str, str]]:
    """Say which ranks each cause alone would leave open."""
    return [
        (str(DOUBTS[doubt]), str(ends[0]) if ends[0] == ends[1] else f"{ends[0]}–{ends[1]}")
        for doubt in Doubt
        if (ends := card.alone.get(doubt.value))
    ]


def tell_change(change: Change, card: Card) -> str:
    """Say what a corrected card changed."""
    what, code, before, now = change
    names = {
        "SCORE": gettext("Score"), "RANK": gettext("Rank"), "FIRST": gettext("Best rank open"), "LAST": gettext("Worst rank open"),
        "RUN": gettext("Years passed in a row"), "PASSED": gettext("Passed"),
    }  # fmt: skip
    if what == "PASSED":
        yes, no = gettext("yes"), gettext("no")
        return f"{names[what]}: {yes if before else no} → {yes if now else no}"
    decimals = 0 if what in ("RANK", "FIRST", "LAST", "RUN") else 1
    name = names.get(what, "")
    if what in ("VALUE", "POINTS"):
        one = card.find(code)
        decimals = one.decimals if what == "VALUE" else 0
        name = words.pick(one.zh, one.en)
        if what == "POINTS":
            name = gettext("Points for %(name)s") % {"name": name}
    return f"{name}: {number(before, decimals)} → {number(now, decimals)}"
