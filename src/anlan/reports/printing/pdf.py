"""The reports as PDF: typst lays out what `words` says. The compiler is kept, so that a second report takes milliseconds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any, Literal

from django.utils.translation import gettext, override
from django.utils.translation import gettext_lazy as _

from anlan.documents.printing import find_fonts, load_template, print_template
from anlan.indicators.rules import months
from anlan.indicators.rules.lights import Light
from anlan.indicators.rules.register import Side
from anlan.reports.printing import words
from anlan.reports.rules.content import Content

TITLES = {Side.ECONOMY: _("Economic report"), Side.SAFETY: _("Safety report")}
PEERS_SHOWN = 12
REDS_SHOWN = 7
PACKAGE, TEMPLATE = "anlan.reports.printing", "two.typ"


def to_pdf(content: Content, *, language: str, seal: Mapping[str, Any]) -> bytes:
    """Print a report. seal: state, version, digest, changes, as `seal_of` gives them. Raises FontMissing, PrintingFailed."""
    made: bytes = _compile(content, language, seal, "pdf")
    return made


def to_png(content: Content, *, language: str, seal: Mapping[str, Any]) -> list[bytes]:
    """Draw a report's pages as pictures. Raises FontMissing, PrintingFailed."""
    pages = _compile(content, language, seal, "png")
    return pages if isinstance(pages, list) else [pages]


def _compile(
    content: Content, language: str, seal: Mapping[str, Any], form: Literal["pdf", "png"]
) -> Any:
    with override(language):
        data = _tell(content, seal)
    return print_template(PACKAGE, TEMPLATE, data, form)


def _tell(content: Content, seal: Mapping[str, Any]) -> dict[str, Any]:
    sides = []
    for side in (Side.ECONOMY, Side.SAFETY):
        lines = [words.show_line(line, content) for line in content.of_side(side)]
        sides.append(
            {
                "title": str(TITLES[side]), "inset": _spread(lines), "charts": _list_charts(content, side),
                "lines": [asdict(one) for one in lines],
                "reds": [
                    {"name": one.name, "light": one.light, "why": one.why, "behind": _tell_behind(one)}
                    for light in ("red", "amber") for one in lines if one.light == light
                ][:REDS_SHOWN],
            }
        )  # fmt: skip
    own = [one.code for one in content.peers].index(content.place.code)
    first = max(0, min(own - PEERS_SHOWN // 2, len(content.peers) - PEERS_SHOWN))
    window = slice(first, first + PEERS_SHOWN)
    defaults = [one for one in content.lines if one.confidence < 0.9]
    sources = list(dict.fromkeys(line.source for line in content.lines))
    place, month = words.name(content.place), words.show_month(content.month)
    return {
        "lang": "zh" if words.is_chinese() else "en",
        "title": gettext("The two reports: %(place)s, %(month)s") % {"place": place, "month": month},
        "office": words.name(content.office), "place": place, "month": month, "status": seal["status"],
        "sides": sides, "lead": words.tell_lead(content),
        "columns": ["", *(str(text) for text in COLUMNS)],
        "decisions_title": gettext("Three things for you to decide"), "nothing": gettext("Nothing needs your decision this month."),
        "what": gettext("What"), "owner": gettext("Owner"), "due": gettext("Decide by"),
        "decisions": [
            {"says": words.tell_decision(one), "owner": words.pick(one.owner_zh, one.owner_en), "due": words.show_day(one.due)}
            for one in content.decisions
        ],
        "reds_title": gettext("Red and amber: why, and what is still open"), "annex": gettext("Annex"),
        "rules_title": gettext("Rules of the lights"), "rules": [*words.list_rules(content), content.lights_source],
        "changes_title": gettext("What this version corrects"), "changes": list(seal["changes"]),
        "peers_title": gettext("Beside its peers"), "peers": [words.name(one) for one in content.peers[window]], "own": own - first,
        "peer_rows": [
            {"name": words.pick(line.zh, line.en), "values": [words.number(value, line.decimals) for value in line.peers[window]]}
            for line in content.lines
        ],
        "sources_title": gettext("Sources"),
        "sources": "；".join(sources) + "。 " + (
            gettext("%(count)s of %(all)s definitions are defaults still to be checked (默认值(待核)).")
            % {"count": len(defaults), "all": len(content.lines)} if defaults else ""
        ),
        "footer": gettext("For use within the offices of %(place)s. Figures of places, not of persons.") % {"place": place},
        "charts_title": gettext("Thirteen months"), "charts_note": gettext("small at the right, ring and dots: the year before"),
        "key_lights": [(light.lower(), str(words.LIGHT_WORDS[light])) for light in Light],
        "key_notes": gettext("Changes in brackets are explained by chance; ranks in brackets are those that chance leaves open. Rules of the lights and sources: annex."),
        "stamp": seal["stamp"], "digest_title": gettext("Digest and ledger"), "digest": seal["digest"],
    }  # fmt: skip


def _spread(lines: Sequence[words.Shown]) -> float:
    """Give the space above and below a row, in points: few rows fill the page, many still fit on it."""
    rows = len(lines) + 0.7 * len({one.family for one in lines})
    return max(2.2, min(5.2, 112 / rows - 1.2))


def _list_charts(content: Content, side: Side) -> list[dict[str, Any]]:
    """Thirteen months of a side's indicators for what is left of its page: red ones first on the safety side, the register's order on the other."""
    lines = content.of_side(side)
    if side is Side.SAFETY:
        worst = list(Light)
        lines = sorted(lines, key=lambda line: worst.index(Light(line.light)))
    found = []
    for line in lines:
        shown = words.show_line(line, content)
        first = months.months_before(line.month, len(line.series) - 1)
        found.append(
            {
                "name": shown.name, "unit": shown.unit, "value": shown.value, "before": words.number(line.year_before, line.decimals),
                "series": list(shown.series), "light": shown.light, "first": first.replace("-", "."), "last": line.month.replace("-", "."),
            }
        )  # fmt: skip
    return found


COLUMNS = (
    _("Indicator"), _("Value"), _("On month"), _("On year"), _("Rank"), _("13 months"),
)  # fmt: skip


def _tell_behind(one: words.Shown) -> str:
    if not one.behind:
        return ""
    return gettext("Open behind it: %(open)s cases, %(late)s of them late.") % {
        "open": one.behind, "late": one.behind_late,
    }  # fmt: skip


def warm() -> Sequence[str]:
    """Load fonts and compiler now; give the families used. Raises FontMissing."""
    load_template(PACKAGE, TEMPLATE)
    return find_fonts()
