"""`anlan doctor`: what is wrong with this installation, and the mend."""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Iterator
from typing import Any

import click
import polib

from anlan.cli import database_running, set_up_django
from anlan.config import env, secret_files, translations
from anlan.config.database import address
from anlan.config.operating import doctor
from anlan.config.operating.doctor import findings, machine
from anlan.kernel import errors
from anlan.kernel.errors import AnlanError


@click.command(name="doctor")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object for programs.")
def command(as_json: bool) -> None:
    """Find what is wrong with this installation, and say how to mend it.

    Looks at variables, files, disk, addresses, the database, what it holds, workers and notices.
    Changes nothing. Exit code 0: nothing wrong (there may be advice); 1: something must be mended.

    \b
    Examples:
      anlan doctor
      anlan doctor --json | jq '.findings[].code'
    """
    _speak()
    found = list(examine())
    faults = [each for each in found if each.is_fault]
    if as_json:
        rows = [_as_row(each) for each in found]
        click.echo(json.dumps({"ok": not faults, "findings": rows}, ensure_ascii=False, indent=1))
    else:
        _print(found)
    raise SystemExit(1 if faults else 0)


def examine() -> Iterator[doctor.Finding]:
    """Run every check that can be run."""
    home = env.get_home()
    machine_findings = list(doctor.run(doctor.list_machine_checks()))
    # Settings are needed for everything that follows, and the words for what was found.
    unusable = (
        env.SettingInvalid | secret_files.SecretUnusable | findings.KeyMissing | findings.HomeNotWritable
    )  # fmt: skip
    if any(isinstance(each.error, unusable) for each in machine_findings):
        yield from machine_findings
        return
    if not address.is_outside() and not machine.has_data(home):
        yield from machine_findings
        yield doctor.Finding("database", findings.DatabaseNotMade(home=home))
        return
    set_up_django()
    yield from machine_findings
    with contextlib.ExitStack() as stack:
        try:
            stack.enter_context(database_running())
        except AnlanError as wrong:
            yield doctor.Finding("database", wrong)
            return
        of_database = list(doctor.run(doctor.list_database_checks()))
        yield from of_database
        unfit = findings.TablesBehind | findings.TablesAhead
        if not any(isinstance(each.error, unfit) for each in of_database):
            yield from doctor.run(doctor.list_content_checks())


def _speak() -> None:
    """Speak the language of the terminal also where Django cannot be set up."""
    spoken = os.environ.get("LC_ALL") or os.environ.get("LANG") or ""
    if spoken.startswith("zh"):
        chinese = polib.pofile(str(next(translations.SOURCE.glob("zh_Hans/LC_MESSAGES/*.po"))))
        words = {entry.msgid: entry.msgstr for entry in chinese if entry.translated()}
        errors.set_translator(lambda text: words.get(text, text))


def _as_row(found: doctor.Finding) -> dict[str, Any]:
    return {
        "check": found.check,
        "code": found.error.code,
        "level": "fault" if found.is_fault else "advice",
        "message": found.error.message,
        "data": {name: str(value) for name, value in found.error.data.items()},
    }


def _print(found: list[doctor.Finding]) -> None:
    from django.utils.translation import gettext

    for each in sorted(found, key=lambda each: not each.is_fault):
        mark, colour = ("✗", "red") if each.is_fault else ("·", "yellow")
        click.secho(f"{mark} {each.error.message}", fg=colour)
        click.secho(f"  ({each.error.code})", dim=True)
    if not found:
        click.secho(gettext("Nothing is wrong."), fg="green")
