"""`anlan triage`: the classifier's versions, from learning to promotion and back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from anlan.cli import with_django
from anlan.kernel.actor import SYSTEM
from anlan.kernel.clock import now
from anlan.kernel.errors import Invalid, NotFound

if TYPE_CHECKING:
    from anlan.triage.actions import Evaluation
    from anlan.triage.models import ClassifierVersion


class JurisdictionUnclear(Invalid):
    """Name one with --jurisdiction: {known}."""


class NothingToEvaluate(NotFound):
    """There is no version yet. Load a catalogue (anlan places load FOLDER), or learn (anlan triage train)."""


@click.group()
def group() -> None:
    """The classifier: learn from the desk, try in shadow, promote, roll back.

    \b
      anlan triage train            learn a new version from what the desk has corrected and confirmed;
                                    it runs in shadow from now on: it proposes, nobody sees it
      anlan triage versions         which version is in use, which in shadow, how good each is
      anlan triage evaluate 7       measure version 7 again, beside the one in use
      anlan triage promote 7        put it into use; refused while it has shown too little or is worse
      anlan triage rollback --reason "…"   put the version before it back
      anlan triage topics           what many report at once, where, and whether it is getting more
    Every step of a version is in the ledger. How to: docs/how-to/train-the-classifier.md
    """


_jurisdiction = click.option("--jurisdiction", default="", help="Needed where there are several.")


@group.command()
@_jurisdiction
@with_django
def train(jurisdiction: str) -> None:
    """Learn a new version from the desk's answers and the catalogue, and let it run in shadow."""
    from anlan.triage.actions import train_version

    with _working("learning and checking, a minute at most"):
        version = train_version(actor=SYSTEM, jurisdiction=_choose(jurisdiction), at=now())
    click.echo(f"version {version.pk} runs in shadow: {version.data_source}")
    _show_scores(version.scores)
    _show_marks(version)
    click.echo(f"When it has seen enough: anlan triage promote {version.pk}")


@group.command()
@_jurisdiction
@with_django
def versions(jurisdiction: str) -> None:
    """List all versions, the newest first."""
    _show_versions(jurisdiction)


@group.command()
@click.argument("version", type=int, required=False)
@with_django
def evaluate(version: int | None) -> None:
    """Measure VERSION by cross-validation, and beside the one in use; without VERSION list all."""
    from anlan.triage.actions import evaluate_version

    if version is None:
        _show_versions("")
        return
    with _working("learning once more on parts of the answers"):
        evaluation = evaluate_version(actor=SYSTEM, version=version, at=now())
    _show_evaluation(evaluation)


@group.command()
@click.argument("version", type=int)
@with_django
def promote(version: int) -> None:
    """Put VERSION into use; refused while it is worse, or has not run long enough in shadow."""
    from anlan.triage.actions import promote_version

    with _working("measuring it once more"):
        evaluation = promote_version(actor=SYSTEM, version=version, at=now())
    _show_evaluation(evaluation)
    click.echo(f"version {version} is in use; every process follows within seconds")


@group.command()
@_jurisdiction
@click.option("--reason", required=True, help="Why; kept in the ledger.")
@with_django
def rollback(jurisdiction: str, reason: str) -> None:
    """Put the version back that was in use before."""
    from anlan.triage.actions import roll_back

    version = roll_back(actor=SYSTEM, jurisdiction=_choose(jurisdiction), reason=reason, at=now())
    click.echo(f"version {version.pk} is in use again; every process follows within seconds")


@group.command()
@click.option("--days", type=click.Choice(["7", "30"]), default="7", show_default=True)
@with_django
def topics(days: str) -> None:
    """Find the hot topics anew, and list those of the last days."""
    from rich.console import Console
    from rich.table import Table

    from anlan.cases.queries import get_catalogue
    from anlan.places.queries import get_gazetteer
    from anlan.triage.actions import refresh_topics
    from anlan.triage.queries.topics import list_topics

    at = now()
    with _working("reading the signals of two months"):
        refresh_topics(at=at)
    found = list_topics(actor=SYSTEM, days=int(days), at=at)
    if not found:
        click.echo("No topic: nothing is reported five times in almost the same words.")
        return
    gazetteer, matters = get_gazetteer(), get_catalogue().matters
    table = Table("reports", "before", "trend", "topic", "matter", "place", "from", "to")
    for topic in found:
        place = gazetteer.place(topic.place_id).name if topic.place_id else "–"
        matter = matters.get(topic.matter_id)
        table.add_row(
            str(topic.count), str(topic.before), topic.trend.value, " · ".join(topic.phrases),
            matter.name if matter else "–", place, f"{topic.first_at:%m-%d}",
            f"{topic.last_at:%m-%d}",
        )  # fmt: skip
    width = None if Console().is_terminal else 200
    Console(width=width).print(table)


def _choose(jurisdiction: str) -> str:
    """Take the jurisdiction that was named, or the only one with a catalogue."""
    from anlan.cases.queries import get_catalogue

    known = sorted({matter.jurisdiction for matter in get_catalogue().offered})
    if jurisdiction:
        return jurisdiction
    if len(known) != 1:
        raise JurisdictionUnclear(known=", ".join(known) or "none has a catalogue yet")
    return known[0]


def _working(what: str) -> Any:
    from rich.console import Console

    return Console(stderr=True).status(what)


def _show_versions(jurisdiction: str) -> None:
    from rich.console import Console
    from rich.table import Table

    from anlan.triage.queries.versions import count_shadowed, list_versions

    found = list_versions(jurisdiction=jurisdiction)
    if not found:
        raise NothingToEvaluate()
    shadowed = count_shadowed()
    several = len({version.jurisdiction_id for version in found}) > 1
    table = Table(
        "version", *(["jurisdiction"] if several else []), "made (UTC)", "state", "desk", "texts",
        "right", "macro-F1", "top 3", "ECE", "by itself", "of these right", "in shadow", "learned from",
    )  # fmt: skip
    for version in found:
        cross = version.scores.get("cross")
        figures = (
            [f"{cross[k]:.3f}" for k in ("accuracy", "macro_f1", "top3", "calibration_error")]
            + [f"{cross[k]:.1%}" for k in ("sure", "sure_right")]
            if cross
            else ["–"] * 6
        )
        state = "IN USE" if version.is_active else "SHADOW" if version.is_shadow else ""
        table.add_row(
            str(version.pk), *([version.jurisdiction_id] if several else []),
            f"{version.made_at:%Y-%m-%d %H:%M}", state, str(version.desk_texts_count),
            str(version.texts_count), *figures, str(shadowed.get(version.pk, "")),
            version.data_source,
        )  # fmt: skip
    width = None if Console().is_terminal else 200
    Console(width=width).print(table)
    click.echo(
        "right … of these right: by cross-validation on the desk's answers, as last measured"
    )


def _show_evaluation(evaluation: Evaluation) -> None:
    _show_scores(evaluation.as_json())


def _show_scores(scores: dict[str, Any]) -> None:
    shadow = scores.get("shadow", {})
    lines = (
        ("cross-validation", scores.get("cross")),
        ("answers unseen by both, this version", scores.get("held_out")),
        ("answers unseen by both, version in use", scores.get("held_out_active")),
        ("in shadow and answered, this version", shadow.get("ours")),
        ("in shadow and answered, version in use", shadow.get("active")),
    )
    for name, figures in lines:
        if figures is None or not figures["count"]:
            click.echo(f"{name:<40} none yet")
            continue
        click.echo(
            f"{name:<40} {figures['right']} of {figures['count']} right ({figures['accuracy']:.1%}), "
            f"macro-F1 {figures['macro_f1']:.3f}, top 3 {figures['top3']:.1%}, "
            f"ECE {figures['calibration_error']:.3f}, by itself {figures['sure']:.1%} "
            f"({figures['sure_right']:.1%} of these right)"
        )
    if shadow:
        click.echo(
            f"in shadow: {shadow['signals']} reports, {shadow['alike']} with equal proposals"
        )


def _show_marks(version: ClassifierVersion) -> None:
    from anlan.triage.rules.versions import MEASURED_FROM, is_never

    if not version.marks:
        click.echo(f"fewer than {MEASURED_FROM} answers: the marks set by hand stay")
        return
    for name, words in (("alone", "without a keyword"), ("with_keyword", "with a keyword")):
        mark = version.marks[name]
        told = "never by itself" if is_never(mark) else f"by itself from {mark:.3f}"
        click.echo(f"{words}: {told}")
