"""What stands on a report besides its figures: state, version, digest, what a correction changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext

from anlan.cases.rules import local_date
from anlan.indicators.rules.lights import Light
from anlan.places.queries import get_gazetteer
from anlan.reports.printing import words
from anlan.reports.printing.papers import tell_paper_change
from anlan.reports.rules.content import Content
from anlan.situation.rules.papers import PaperContent

if TYPE_CHECKING:
    from anlan.reports.models import Report


@dataclass(frozen=True, slots=True)
class Signed:
    """How far a version has come. day: local date (ISO) on which it was signed."""

    state: str = ""
    version: int = 0
    day: str = ""
    digest: str = ""
    ledger_size: int | None = None
    ledger_root: str = ""
    reason: str = ""
    changes: Sequence[Any] = field(default=())


def signed_of(report: Report | None) -> Signed:
    """Tell how far a version has come; nothing for figures as they are."""
    if report is None:
        return Signed()
    zone = get_gazetteer().time_zone(report.place_id)
    return Signed(
        report.state, report.version, str(local_date(report.signed_at, zone)) if report.signed_at else "", report.digest,
        report.ledger_size, report.ledger_root, report.reason, tuple(tuple(one) for one in report.changes),
    )  # fmt: skip


def seal_of(content: Content | PaperContent, signed: Signed) -> dict[str, Any]:
    """Put a version's state into words, in the present language."""
    is_signed = signed.state in ("SIGNED", "REPLACED")
    if signed.state == "REPLACED":
        status = gettext("Version %(version)s, corrected since") % {"version": signed.version}
    elif is_signed:
        status = gettext("Version %(version)s, signed %(day)s") % {
            "version": signed.version, "day": words.show_date(signed.day),
        }  # fmt: skip
    elif signed.version:
        status = gettext("Version %(version)s, not signed yet") % {"version": signed.version}
    else:
        status = gettext("Not signed: figures as of %(day)s") % {
            "day": words.show_date(content.made_at),
        }  # fmt: skip
    digest = ""
    if is_signed:
        digest = gettext("SHA-256 %(digest)s; ledger of %(size)s entries, root %(root)s") % {
            "digest": signed.digest, "size": signed.ledger_size, "root": signed.ledger_root,
        }  # fmt: skip
    changes = [tell_change(change, content) for change in signed.changes]
    if signed.reason:
        changes.insert(0, gettext("Why: %(reason)s") % {"reason": signed.reason})
    return {"status": status, "stamp": status, "digest": digest, "changes": changes}


def tell_change(change: Any, content: Content | PaperContent) -> str:
    """Say what a correction changed, or late figures have since."""
    if isinstance(content, PaperContent):
        return tell_paper_change(change)
    code, before, now, light_before, light_now = change
    line = content.find(code)
    text = f"{words.pick(line.zh, line.en) if line else code}: "
    decimals = line.decimals if line else 1
    text += f"{words.number(before, decimals)} → {words.number(now, decimals)}"
    if light_before != light_now and light_before and light_now:
        text += (
            f" ({words.LIGHT_WORDS[Light(light_before)]} → {words.LIGHT_WORDS[Light(light_now)]})"
        )
    return text
