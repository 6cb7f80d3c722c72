"""`python -m tests.faults`: play rounds, a line each; then the table of what came of them."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

import click

from tests.faults import breaking, cluster, product, table
from tests.faults.rounds import Course, Round


@click.command()
@click.option("--rounds", default=13, show_default=True, help="How many rounds.")
@click.option("--seed", default=1, show_default=True, help="Decides order, moments and victims.")
@click.option("--only", multiple=True, help="Play only this kind (several times: these).")
@click.option(
    "--outside",
    type=click.Choice(["synchronous", "asynchronous"]),
    help="Instead: an outside primary with such a replica; the primary is killed each round.",
)
@click.option("--wait", default=180.0, show_default=True, help="Seconds for the last notices.")
@click.option("--json", "file", type=click.Path(path_type=Path), help="Write the rounds here.")
def main(
    rounds: int,
    seed: int,
    only: tuple[str, ...],
    outside: str | None,
    wait: float,
    file: Path | None,
) -> None:
    """Break the product under load and count what is left."""
    # Ended from outside, it takes its instance and its disk with it.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    kinds = {name: kind for name, kind in breaking.KINDS.items() if not only or name in only}
    done: list[Round] = []
    with contextlib.ExitStack() as stack:
        make_whole: Callable[[], None] = _nothing
        if outside:
            pair = stack.enter_context(cluster.running(is_synchronous=outside == "synchronous"))
            kinds = {"primary killed": breaking.make_failover(pair)}
            make_whole = pair.make_whole
            running = stack.enter_context(
                product.running(with_volume=False, ANLAN_DATABASE_URL=pair.url)
            )
        else:
            running = stack.enter_context(product.running())
        for name, reason in breaking.find_missing(running).items():
            if kinds.pop(name, None):
                click.secho(f"SKIPPED: {name}: {reason}", fg="yellow", bold=True)
        course = Course(running, seed=seed, make_whole=make_whole)
        began = time.monotonic()
        try:
            for each in course.play(kinds, rounds):
                done.append(each)
                _tell(each)
        except KeyboardInterrupt:
            click.echo(f"stopped after {len(done)} rounds")
        at_the_end = course.end(wait_s=wait)
        for found in at_the_end:
            click.secho(f"  at the end: {found.kind}: {found.what}", fg="red")
        click.echo(f"answers: {dict(running.counts)}")
        click.echo(
            f"{course.journal.count()} acknowledged writes, {time.monotonic() - began:.0f} s"
        )
    told = [each.to_data() for each in done]
    click.echo(table.make_table(told))
    if file:
        data = {"rounds": told, "at_the_end": [dataclasses.asdict(each) for each in at_the_end]}
        file.write_text(json.dumps(data, ensure_ascii=False, indent=1), encoding="utf-8")
    if at_the_end or any(each.findings for each in done):
        sys.exit(1)


def _nothing() -> None:
    pass


def _tell(each: Round) -> None:
    click.echo(
        f"{each.number:4} {each.kind:18} {each.detail:42} {each.writes:4} writes  "
        f"web {each.web_back_s:5.1f} s  jobs {each.work_back_s:5.1f} s  "
        + ("ok" if not each.findings else "")
    )
    for found in each.findings:
        click.secho(f"     {found.kind} (round {found.round}): {found.what}", fg="red")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
