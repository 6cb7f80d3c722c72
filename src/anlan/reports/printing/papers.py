"""The analysis paper in the reader's language: what the page shows and what typst lays out, from the frozen value alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from django.utils.translation import gettext, ngettext, override, pgettext

from anlan.documents.printing import print_template
from anlan.reports.printing import words
from anlan.situation.rules.papers import Change, Duty, Line, Name, PaperContent, Told, change

SHOWN = 20
SMALL = 20
"""Changes against fewer cases are told in cases: per cent would only show chance."""
WEEK = timedelta(days=7)


def show_paper(content: PaperContent) -> dict[str, Any]:
    """Put a paper into words, in the present language."""
    findings = [_show_told(one) for one in content.findings]
    last = date.fromisoformat(content.last_week)
    return {
        "place": _name(content.place), "title_month": words.show_month(content.month),
        "title": gettext("%(place)s: analysis of %(month)s") % {"place": _name(content.place), "month": words.show_month(content.month)},
        "is_over": content.is_over, "sentences": _tell_total(content.total), "total": _show_line(content.total, gettext("Together")),
        "matters": [_show_line(line, _named(content, "MATTER", line)) for line in content.matters[:SHOWN]],
        "matters_left": max(0, len(content.matters) - SHOWN),
        "parts": [
            _show_line(line, _named(content, "PLACE", line)) for line in content.places if line.key != content.place.code
        ],
        "weeks": list(content.weeks), "first_week": words.show_day(str(last - WEEK * (len(content.weeks) - 1))),
        "last_week": words.show_day(content.last_week), "findings": findings,
        "open": [_show_told(one) for one in content.open], "duties": [_show_duty(one) for one in content.duties],
        "made": words.show_date(content.made_at),
    }  # fmt: skip


def _name(of: Name) -> str:
    return words.pick(of.zh, of.en)


def _named(content: PaperContent, kind: str, line: Line) -> str:
    return words.pick(*content.names.get(f"{kind}:{line.key}", (line.key, line.key)))


def _show_week(monday: str) -> str:
    return f"{words.show_day(monday)} – {words.show_day(str(date.fromisoformat(monday) + timedelta(days=6)))}"


def _tell_due(due: str) -> str:
    return gettext("until %(day)s") % {"day": words.show_day(due)} if due else ""


def _show_told(one: Told) -> dict[str, Any]:
    return {
        "place": _name(one.place), "matter": _name(one.matter) or gettext("No longer in the catalogue"), "week": _show_week(one.week),
        "sentence": ngettext(
            "%(count)s case; usual are %(expected)s, up to %(bound)s.", "%(count)s cases; usual are %(expected)s, up to %(bound)s.", one.observed
        ) % {"count": one.observed, "expected": f"{one.expected:.1f}", "bound": f"{one.bound:.0f}"},
        "state": one.state.code, "state_words": _name(one.state), "unit": _name(one.unit), "note": one.note,
        "closing_note": one.closing_note, "due": _tell_due(one.due), "is_late": one.is_late,
    }  # fmt: skip


def _show_duty(one: Duty) -> dict[str, Any]:
    about = [_name(one.place), _name(one.matter)]
    if one.held:
        about[1] = gettext("meeting of %(day)s") % {"day": words.show_day(one.held)}
    return {
        "about": " · ".join(part for part in about if part), "note": one.note, "unit": _name(one.unit), "state_words": _name(one.state),
        "due": _tell_due(one.due), "is_late": one.is_late,
    }  # fmt: skip


def _show_line(line: Line, name: str) -> dict[str, Any]:
    return {
        "name": name, "now": line.now, "before": line.before, "year_before": line.year_before,
        "to_before": _show_change(line.now, line.before), "to_year": _show_change(line.now, line.year_before),
        "closed": line.closed,
        "late": "–" if line.late_share is None else f"{100 * line.late_share:.0f} %",
    }  # fmt: skip


def _show_change(count: int, then: int) -> str:
    share = change(count, then)
    text = f"{count - then:+d}" if then < SMALL or share is None else f"{100 * share:+.0f} %"
    # A true minus, and no sign before nothing.
    return text.replace("-", "−").replace("+0", "±0").replace("−0", "±0")


def _tell_total(total: Line) -> list[str]:
    said = [
        ngettext("%(count)s case was opened.", "%(count)s cases were opened.", total.now)
        % {"count": f"{total.now:,}"},
        gettext("The month before: %(before)s (%(change)s). A year before: %(year)s (%(year_change)s).")
        % {
            "before": f"{total.before:,}", "change": _show_change(total.now, total.before),
            "year": f"{total.year_before:,}", "year_change": _show_change(total.now, total.year_before),
        },
    ]  # fmt: skip
    if total.closed:
        said.append(
            gettext("%(closed)s were closed, %(late)s of them late.")
            % {"closed": f"{total.closed:,}", "late": f"{total.closed_late:,}"}
        )
    return said


def tell_paper_change(one: Change) -> str:
    """Say what a correction changed, or late figures have since."""
    what, zh, en, figure, before, now = one
    name = words.pick(zh, en) or gettext("Together")
    if what == "FINDING":
        text = (
            gettext("%(about)s stands out now")
            if before is None
            else gettext("%(about)s no longer stands out")
        )
        return text % {"about": name}  # fmt: skip
    figures = {
        "opened": pgettext("figures", "opened"), "closed": pgettext("figures", "closed"), "late": pgettext("figures", "closed late"),
    }  # fmt: skip
    return f"{name}, {figures[figure]}: {before} → {now}"


def to_paper_pdf(
    content: PaperContent,
    *,
    language: str,
    seal: Mapping[str, Any],
    minutes: Sequence[Mapping[str, Any]] = (),
) -> bytes:
    """Print a paper; minutes: of meetings held over it, added behind. Raises FontMissing, PrintingFailed."""
    with override(language):
        data = _tell_print(content, seal, minutes)
    made: bytes = print_template("anlan.reports.printing", "paper.typ", data)
    return made


def _tell_minute(one: Mapping[str, Any]) -> str:
    agreed = [f"{each['text']} – {each['unit']} ({each['state_words']})" for each in one["agreed"]]
    return "; ".join([one["decided"], *agreed])


def _tell_print(
    content: PaperContent, seal: Mapping[str, Any], minutes: Sequence[Mapping[str, Any]]
) -> dict[str, Any]:
    shown = show_paper(content)

    def lines(rows: Sequence[Mapping[str, Any]]) -> list[dict[str, str]]:
        return [{name: str(value) for name, value in row.items()} for row in rows]

    def said(one: Mapping[str, Any]) -> dict[str, str]:
        parts = (one["state_words"], one["unit"], one["note"], one["closing_note"], one["due"])
        return {
            "head": f"{one['place']} · {one['matter']}", "says": f"({one['week']}) {one['sentence']}",
            "state": " · ".join(part for part in parts if part), "late": "1" if one["is_late"] else "",
        }  # fmt: skip

    left = shown["matters_left"]
    return {
        "lang": "zh" if words.is_chinese() else "en", "title": shown["title"], "office": _name(content.office), "status": seal["status"],
        "note": "" if content.is_over else gettext("This month is not over: figures until the day it was made, compared with whole months."),
        "lead": " ".join(shown["sentences"]), "weeks": shown["weeks"], "weeks_title": gettext("Cases opened a week, over a year"),
        "first": shown["first_week"], "last": shown["last_week"],
        "open_title": gettext("Open questions"), "open": [said(one) for one in shown["open"]],
        "no_open": gettext("None: everything that stood out is decided, and no duty is late."),
        "findings_title": gettext("What stood out"), "findings": [said(one) for one in shown["findings"]], "nothing": gettext("Nothing."),
        "columns": [
            "", gettext("Opened"), gettext("Month before"), pgettext("figures", "Change"), gettext("Year before"), pgettext("figures", "Change"),
            pgettext("figures", "Closed"), pgettext("figures", "Late"),
        ],
        "matters_title": gettext("By matter"), "matters": lines(shown["matters"]), "total": lines([shown["total"]])[0],
        "left": ngettext(
            "%(number)s smaller matter is counted in the sum only.", "%(number)s smaller matters are counted in the sum only.", left
        ) % {"number": left} if left else "",
        "places_title": gettext("By place"), "parts": lines(shown["parts"]),
        "sources": gettext(
            "Changes against less than 20 cases are told in cases, others in per cent. Made %(made)s from the daily figures, which equal a recount of the cases."
        ) % {"made": shown["made"]},
        "duties_title": gettext("Follow-up"), "no_duty": gettext("No duty is open."),
        "duty_columns": [gettext("To be done"), gettext("About"), gettext("Owner"), gettext("Due")],
        "duties": [{**one, "is_late": "1" if one["is_late"] else ""} for one in shown["duties"]],
        "changes_title": gettext("What this version corrects"), "changes": list(seal["changes"]),
        "minutes_title": gettext("Minutes of meetings over this paper"),
        "minutes": [{"head": one["held"], "says": _tell_minute(one), "state": one["present"], "late": ""} for one in minutes],
        "digest_title": gettext("Digest and ledger"), "digest": seal["digest"],
        "footer": gettext("For use within the offices of %(place)s. Figures of places, not of persons.") % {"place": shown["place"]},
    }  # fmt: skip
