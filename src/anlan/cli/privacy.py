"""`anlan privacy`: what is held about persons and for how long; proofs; access and erasure."""

from __future__ import annotations

from pathlib import Path
from uuid import UUID

import click

from anlan.cli import with_django
from anlan.kernel.actor import SYSTEM
from anlan.kernel.clock import now


@click.group()
def group() -> None:
    """What is held about persons: why, how long, and the proof that it was erased.

    \b
      anlan privacy fields                          every personal column, purpose, term
      anlan privacy term NOTICE 90 --source "…"     keep notices for 90 days here
      anlan privacy proofs                          what the nightly runs erased and left
      anlan privacy export 7KQF9-2MX4T copy.zip     a reporter's data, at his request
      anlan privacy erase 7KQF9-2MX4T               erase it
    """


@group.command()
@with_django
def fields() -> None:
    """List every personal column: about whom, for what, seen by whom, how long."""
    from django.utils.translation import get_language

    from anlan.privacy import queries, rules

    language = "zh" if (get_language() or "").startswith("zh") else "en"
    terms = queries.get_terms()
    for code, term in terms.items():
        mark = " (default)" if term.is_default else ""
        click.secho(f"{code}: {term.days} d {term.since[language]}{mark}", bold=True)
        click.echo(f"  source: {term.source}; confidence {term.confidence:g}")
        for field in rules.read_fields().personal.values():
            if code in field.terms:
                click.echo(f"  {field.name:<36} {field.about:<9} {field.purpose[language]}")
                click.echo(f"  {'':<36} {'':<9} {field.seen_by[language]}")


@group.command()
@click.argument("code")
@click.argument("days", type=int)
@click.option("--source", required=True, help="Who decided so, and where it is written.")
@click.option("--confidence", type=click.FloatRange(0, 1), default=1.0, show_default=True)
@with_django
def term(code: str, days: int, source: str, confidence: float) -> None:
    """Keep what ends under term CODE for DAYS days here."""
    from anlan.privacy import actions

    changed = actions.set_term(
        actor=SYSTEM, code=code.upper(), days=days, source=source, confidence=confidence, at=now()
    )
    click.echo(f"{changed.code}: {changed.days} d; the next nightly run keeps to it")


@group.command()
@click.option("--all", "every", is_flag=True, help="Of all runs; without it, the newest.")
@with_django
def proofs(every: bool) -> None:
    """Show what was erased and what was left over its term; exit 1 when anything was left."""
    from anlan.privacy import queries

    found = queries.list_proofs() if every else queries.list_newest_proofs()
    if not found:
        click.echo("no run yet; a worker makes one each night")
    for proof in found:
        click.echo(
            f"{proof.at:%Y-%m-%d %H:%M}  {proof.term:<14} {proof.days:>4} d  "
            f"{proof.erased:>8} erased  {proof.left:>4} left"
        )
    if any(proof.left for proof in found):
        raise SystemExit(1)


@group.command()
@with_django
def keep() -> None:
    """Keep the terms here and now, as the nightly job does, and show the proofs."""
    from anlan.privacy import actions, queries

    actions.keep_terms(at=now())
    for proof in queries.list_newest_proofs():
        click.echo(f"{proof.term:<14} {proof.erased:>8} erased  {proof.left:>4} left")


@group.command("export")
@click.argument("code")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@with_django
def export_signal(code: str, file: Path) -> None:
    """Write all that is held about the sender of report CODE to FILE, a zip.

    Make sure first that whoever asks is the sender.
    """
    from anlan.privacy import actions

    packed = actions.export_signal(actor=SYSTEM, signal_id=_find_signal(code), at=now())
    file.write_bytes(packed)
    click.echo(f"{file}: {len(packed)} bytes")


@group.command("erase")
@click.argument("code")
@click.option("--yes", is_flag=True, help="Do not ask.")
@with_django
def erase_signal(code: str, yes: bool) -> None:
    """Erase what is held about the sender of report CODE; what an open case needs, after its close."""
    from anlan.privacy import actions

    signal_id = _find_signal(code)
    if not yes:
        click.confirm("This cannot be undone. Erase it?", abort=True)
    is_done = actions.erase_signal(actor=SYSTEM, signal_id=signal_id, at=now())
    click.echo(
        "erased" if is_done else "the contact is erased; the rest in the night after the close"
    )


@group.command("export-person")
@click.argument("login")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@with_django
def export_person(login: str, file: Path) -> None:
    """Write all that is held about the account LOGIN to FILE, a zip."""
    from anlan.people import queries
    from anlan.privacy import actions

    person = queries.get_person(login=login)
    packed = actions.export_person(actor=SYSTEM, person_id=person.id, at=now())
    file.write_bytes(packed)
    click.echo(f"{file}: {len(packed)} bytes")


@group.command("erase-person")
@click.argument("login")
@click.option("--yes", is_flag=True, help="Do not ask.")
@with_django
def erase_person(login: str, yes: bool) -> None:
    """Erase who the closed account LOGIN belonged to; past acts keep an author without a name."""
    from anlan.people import actions, queries

    person = queries.get_person(login=login)
    if not yes:
        click.confirm("This cannot be undone. Erase it?", abort=True)
    actions.erase_person(actor=SYSTEM, person_id=person.id, at=now())
    click.echo("erased")


def _find_signal(code: str) -> UUID:
    from anlan.intake import queries, rules
    from anlan.kernel import codes

    found = queries.find_signal_by_code(code=codes.normalise(code)[: codes.CODE_LENGTH])
    if found is None:
        raise rules.SignalUnknown()
    return found.id
