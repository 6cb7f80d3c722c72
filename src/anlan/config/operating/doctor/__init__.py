"""`anlan doctor`: small checks, each independent, that find what a fresh operator gets wrong.

A check is a function that yields what it finds, as errors whose message says how to mend it. Checks
of the machine need nothing; checks of the database are left out when it does not answer, checks of
what it holds also when its tables do not fit. A check that itself breaks is a finding, too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from anlan.kernel.errors import AnlanError

Check = Callable[[], Iterator[AnlanError]]


class CheckBroken(AnlanError):
    """The check {check} could not be made ({reason}). This is a fault of anlan, or of what it looked at."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was found; `is_fault` False: advice."""

    check: str
    error: AnlanError

    @property
    def is_fault(self) -> bool:
        from anlan.config.operating.doctor.findings import Advice

        return not isinstance(self.error, Advice)


def list_machine_checks() -> Sequence[Check]:
    """List the checks that need no database."""
    from anlan.config.operating.doctor import machine

    return (
        machine.check_variables, machine.check_home, machine.check_secret_files, machine.check_port,
        machine.check_addresses, machine.check_email, machine.check_fonts,
        machine.check_prepared_files,
    )  # fmt: skip


def list_database_checks() -> Sequence[Check]:
    """List the checks that need a database that answers."""
    from anlan.config.operating.doctor import database

    return (
        database.check_link, database.check_role, database.check_log, database.check_connections, database.check_clock,
        database.check_tables,
    )  # fmt: skip


def list_content_checks() -> Sequence[Check]:
    """List the checks that need this version's tables."""
    from anlan.config.operating.doctor import contents, running

    return (
        contents.check_places, contents.check_desks, contents.check_holidays,
        contents.check_demo_accounts, contents.check_keys, contents.check_clock_against_ledger,
        running.check_workers, running.check_notices, running.check_backups, running.check_ledger,
    )  # fmt: skip


def run(checks: Sequence[Check]) -> Iterator[Finding]:
    """Run checks one after the other; none keeps the next from running."""
    from anlan.config.operating.logs import name_exception

    for check in checks:
        name = check.__name__.removeprefix("check_")
        try:
            for error in check():
                yield Finding(name, error)
        except AnlanError as error:
            yield Finding(name, error)
        except Exception as broken:  # noqa: BLE001 - told as a finding
            yield Finding(name, CheckBroken(check=name, reason=name_exception(broken)))
