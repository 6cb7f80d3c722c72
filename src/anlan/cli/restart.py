"""`anlan restart`: the program as it lies there now takes over, without a failed request."""

from __future__ import annotations

import click

from anlan.config import env, restarting

_WITHIN_S = 240


@click.command()
def restart() -> None:
    """Take up a changed program or changed variables' files without a failed request.

    Asks the running `anlan run` (or `anlan web`) on this ANLAN_HOME: a new web server starts beside
    the old one on the same socket, and only when it can answer the old one finishes what it has and
    ends; then the worker. Tables are changed first if the version that runs can live with the
    change; otherwise nothing is done and the message says so. Environment variables stay those that
    the running command was started with.

    \b
    Example:
      pip install --upgrade anlan && anlan restart
    """
    restarting.ask(env.get_home(), within_s=_WITHIN_S, tell=click.echo)
    click.echo("restarted")
