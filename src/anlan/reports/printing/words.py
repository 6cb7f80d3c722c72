"""Numbers, changes, ranks and decisions of a report in the reader's language."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import get_language, gettext, ngettext
from django.utils.translation import gettext_lazy as _

from anlan.indicators.rules.lights import Light, Why
from anlan.indicators.rules.register import Side
from anlan.reports.rules.content import Content, Decision, Line, Name
from anlan.rollup.rules import read_month

CLEAR_BELOW = 0.05
"""A change is told as one when chance alone makes it more seldom than this."""
MONTHS_EN = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December",
)  # fmt: skip
SIDES = {Side.ECONOMY: _("Economy"), Side.SAFETY: _("Safety")}
LIGHT_WORDS = {
    Light.RED: _("Red"), Light.AMBER: _("Amber"), Light.GREEN: _("Green"), Light.NONE: _("No light"),
}  # fmt: skip
LACKS = {
    "NOT_RETURNED": _("not returned yet"), "NO_BASE": _("no denominator"), "NOTHING": _("no case"),
    "NOT_HERE": _("not counted here"),
}  # fmt: skip


def is_chinese() -> bool:
    """Tell whether the reader reads Chinese."""
    return (get_language() or "zh").startswith("zh")


def pick(zh: str, en: str) -> str:
    """Pick one of two wordings."""
    return (zh or en) if is_chinese() else (en or zh)


def name(of: Name) -> str:
    """Name a place or unit."""
    return pick(of.zh, of.en)


def show_month(month: str) -> str:
    """Name a month."""
    first, _until = read_month(month)
    return (
        f"{first.year}年{first.month}月"
        if is_chinese()
        else f"{MONTHS_EN[first.month - 1]} {first.year}"
    )


def show_day(day: str) -> str:
    """Show a date (ISO) without its year."""
    month, number = int(day[5:7]), int(day[8:10])
    return f"{month}月{number}日" if is_chinese() else f"{number} {MONTHS_EN[month - 1][:3]}"


def show_date(day: str) -> str:
    """Show a date, or the date of an instant as it is written (ISO), with its year."""
    return f"{day[:4]}年{show_day(day)}" if is_chinese() else f"{show_day(day)} {day[:4]}"


@dataclass(frozen=True, slots=True)
class Shown:
    """A line in words. is_clear, year_is_clear: the change is more than chance; series: for a small curve."""

    code: str
    name: str
    family: str
    value: str
    unit: str
    as_of: str
    change: str
    is_clear: bool
    year: str
    year_is_clear: bool
    rank: str
    rank_says: str
    is_ranked: bool
    light: str
    light_words: str
    why: str
    series: Sequence[float | None]
    behind: int
    behind_late: int
    is_default: bool
    source: str


def show_line(line: Line, content: Content) -> Shown:
    """Show a line."""
    has_value = line.value is not None
    behind = content.behind.get(line.code, (0, 0))
    return Shown(
        code=line.code, name=pick(line.zh, line.en), family=pick(line.family_zh, line.family_en),
        value=number(line.value, line.decimals) if has_value else "–",
        unit=pick(line.unit_zh, line.unit_en) if has_value else str(LACKS.get(line.lack, "")),
        as_of="" if line.month == content.month else show_month(line.month),
        change=show_change(line.change, line), is_clear=line.change is None or _is_clear(line.change_chance),
        year=show_change(line.year_change, line), year_is_clear=line.year_change is None or _is_clear(line.year_chance),
        rank=show_rank(line), rank_says=_tell_rank(line), is_ranked=line.is_told_apart, light=line.light.lower(),
        light_words=str(LIGHT_WORDS[Light(line.light)]), why=tell_why(line), series=line.series[:: line.step], behind=behind[0],
        behind_late=behind[1], is_default=line.confidence < 0.9, source=line.source,
    )  # fmt: skip


def number(value: float | None, decimals: int) -> str:
    """Write a number with its decimals and a true minus.

    >>> number(-1234.56, 1), number(None, 0)
    ('−1,234.6', '–')
    """
    return "–" if value is None else f"{value:,.{decimals}f}".replace("-", "−")


def show_change(change: float | None, line: Line) -> str:
    """Write a change: per cent, of percentages in points."""
    if change is None:
        return "–"
    text = f"{change:+,.1f}".replace("-", "−")
    if text in ("+0.0", "−0.0"):
        text = "±0.0"
    if line.is_points:
        return gettext("%(change)s pt") % {"change": text}
    return f"{text}%"


def _is_clear(chance: float | None) -> bool:
    """What chance is not judged for counts as clear: it is stated."""
    return chance is None or chance < CLEAR_BELOW


def show_rank(line: Line) -> str:
    """Write the rank with what chance leaves open, or the open ranks alone where it says nothing."""
    if line.rank is None or line.direction == "NONE":
        return "–"
    if not line.is_told_apart:
        return f"{line.first}–{line.last}/{line.of}"
    if line.first == line.last:
        return f"{line.rank}/{line.of}"
    return f"{line.rank}/{line.of} ({line.first}–{line.last})"


def _tell_rank(line: Line) -> str:
    if line.rank is None or line.direction == "NONE":
        return gettext("not ranked")
    if line.is_ranked_by_year:
        return gettext("rank %(rank)s of %(of)s by the change on the year before, 1 is best") % {
            "rank": line.rank, "of": line.of,
        }  # fmt: skip
    if not line.is_told_apart:
        return gettext("not to be told apart from its peers: any rank from %(first)s to %(last)s of %(of)s") % {
            "first": line.first, "last": line.last, "of": line.of,
        }  # fmt: skip
    return gettext("rank %(rank)s of %(of)s, 1 is best; chance leaves open %(first)s to %(last)s") % {
        "rank": line.rank, "of": line.of, "first": line.first, "last": line.last,
    }  # fmt: skip


def tell_why(line: Line) -> str:
    """Say what decided a light."""
    if line.why == Why.PEERS and line.outer and line.inner and line.centre is not None:
        limits = line.outer if line.light == Light.RED else line.inner
        return gettext("Peers come to %(centre)s together; for a place of this size chance explains %(low)s to %(high)s.") % {
            "centre": number(line.centre, line.decimals), "low": number(limits[0], line.decimals),
            "high": number(limits[1], line.decimals),
        }  # fmt: skip
    if line.why == Why.YEAR:
        return gettext("A year before it was %(before)s (%(change)s).") % {
            "before": number(line.year_before, line.decimals), "change": show_change(line.year_change, line),
        }  # fmt: skip
    return ""


def tell_decision(one: Decision) -> str:
    """Say what is to be decided."""
    about = pick(one.about_zh, one.about_en)
    match one.kind:
        case "LIGHT":
            return gettext("%(about)s is red: decide what is to be done.") % {"about": about}
        case "LATE":
            return ngettext(
                "%(count)s case of this unit is late, by %(days)s days at most: clear or reassign.",
                "%(count)s cases of this unit are late, by %(days)s days at most: clear or reassign.",
                one.count,
            ) % {"count": one.count, "days": one.days}  # fmt: skip
        case "FINDING":
            return gettext("%(about)s: %(count)s cases in a week, far above usual. Make it a duty or dismiss it.") % {
                "about": about, "count": one.count,
            }  # fmt: skip
        case _:
            return gettext("Not returned: %(about)s.") % {"about": about}


def tell_lead(content: Content) -> str:
    """Sum the report up in a sentence."""
    red, amber = content.count(Light.RED), content.count(Light.AMBER)
    parts = [
        ngettext("%(count)s red light", "%(count)s red lights", red) % {"count": red},
        ngettext("%(count)s amber", "%(count)s amber", amber) % {"count": amber},
    ]
    late = max((pair[1] for pair in content.behind.values()), default=0)
    if late:
        parts.append(
            ngettext("%(count)s case late", "%(count)s cases late", late) % {"count": late}
        )
    return ("，" if is_chinese() else ", ").join(parts) + ("。" if is_chinese() else ".")


def list_rules(content: Content) -> list[str]:
    """State the rules of the lights with the thresholds of this report."""
    given = content.lights
    return [
        gettext("Counted: red beyond the %(red)s %% limits of its peers on the bad side, or worse than a year before beyond %(red)s %% chance; amber by %(amber)s %%.")
        % {"red": f"{given['red_percent']:g}", "amber": f"{given['amber_percent']:g}"},
        gettext("Stated by departments: red when %(red)s %% or more worse than a year before, amber from %(amber)s %% (percentages: in points).")
        % {"red": f"{-given['stated_red_change_percent']:g}", "amber": f"{-given['stated_amber_change_percent']:g}"},
        gettext("Ranks: 1 is best; in brackets the ranks that chance leaves open. A range alone means that the place cannot be told apart from its peers."),
        gettext("Changes in brackets are explained by chance. Amounts are ranked by their change on the year before. Indicators without a direction have no light."),
    ]  # fmt: skip
