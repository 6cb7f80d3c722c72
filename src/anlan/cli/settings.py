"""`anlan settings`: every environment variable, with its value or as the reference page."""

from __future__ import annotations

import os

import click

from anlan.config import env


@click.command()
@click.option("--markdown", is_flag=True, help="Print the page docs/reference/settings.md.")
def settings(markdown: bool) -> None:
    """List every environment variable anlan reads, its value and what it is for."""
    if markdown:
        click.echo(as_markdown(), nl=False)
        return
    for variable in env.VARIABLES:
        value = os.environ.get(variable.name, "")
        shown = "(set)" if value and variable.is_secret else value
        click.secho(variable.name, bold=True, nl=False)
        click.echo(f" = {shown or variable.default or '(empty)'}  [{variable.kind}]")
        click.echo(f"    {variable.help}")
    for name in env.list_unknown():
        click.secho(f"{name} is set but means nothing: misspelt?", fg="yellow", err=True)


def as_markdown() -> str:
    """Write the reference page of settings."""
    lines = [
        "# Settings",
        "",
        "Every environment variable anlan reads. Made by `anlan settings --markdown` from",
        "`src/anlan/config/variables.py`; a test compares the two.",
        "",
        "| variable | kind | default | what it is for |",
        "|---|---|---|---|",
    ]
    for variable in env.VARIABLES:
        default = f"`{variable.default}`" if variable.default else "–"
        lines.append(f"| `{variable.name}` | {variable.kind} | {default} | {variable.help} |")
    return "\n".join(lines) + "\n"
