"""`anlan people` from the outside."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import pytest
from click.testing import CliRunner, Result

from anlan import cli
from anlan.cli import people
from anlan.people import actions, queries, rules
from anlan.places.queries import forget_gazetteer
from tests.rooms.people.worlds import World

TODAY = datetime.now(UTC)
OWN, GIVEN = "雨水沟 铜桥 四月天的伞", "ditch-copper-vapour"


@pytest.fixture
def run(world: World, monkeypatch: pytest.MonkeyPatch) -> Iterator[object]:
    @contextmanager
    def as_it_runs() -> Iterator[None]:
        yield

    monkeypatch.setattr(cli, "database_running", as_it_runs)
    monkeypatch.setattr(cli, "set_up_django", lambda: None)
    forget_gazetteer()
    yield lambda *arguments, typed="": CliRunner().invoke(people.group, arguments, input=typed)
    forget_gazetteer()


def test_an_account_is_opened_listed_and_given_a_new_password(run: object) -> None:
    assert callable(run)
    made: Result = run(
        *("add", "chen", "--name", "陈刚", "--role", "grid_worker", "--place", "330681001002"),
        "--generate",
    )
    assert made.exit_code == 0, made.output
    password = re.search(r"^password: (\S+)$", made.output, re.MULTILINE)
    assert password
    signed_in = actions.sign_in(login="chen", password=password[1], at=TODAY)
    assert signed_in.step is rules.Step.PASSWORD
    chosen = actions.choose_password(token=signed_in.token, password=OWN, at=TODAY)
    assert [seat.role for seat in chosen.actor.seats] == ["GRID_WORKER"]
    assert "330681001002" in run("list").output
    changed: Result = run("password", "chen", typed=f"{GIVEN}\n{GIVEN}\n")
    assert changed.exit_code == 0, changed.output
    assert actions.sign_in(login="chen", password=GIVEN, at=TODAY).actor.name == "陈刚"
    assert run("close", "chen").exit_code == 0
    assert "(closed)" in run("list").output


def test_nothing_is_half_made_when_the_department_is_unknown(run: object) -> None:
    assert callable(run)
    failed: Result = run(
        *("add", "chen", "--name", "陈刚", "--role", "DEPARTMENT", "--place", "330681"),
        *("--department", "MAGIC", "--generate"),
    )
    assert isinstance(failed.exception, rules.DepartmentUnknown)
    with pytest.raises(rules.PersonUnknown):
        queries.get_person(login="chen")


def test_a_machine_account_shows_its_token_once(run: object) -> None:
    assert callable(run)
    made: Result = run(
        *("client", "add", "110", "--channel", "POLICE_110", "--role", "COUNTY_CENTRE"),
        *("--place", "330681", "--callback", "https://110.example/in"),
    )
    assert made.exit_code == 0, made.output
    token = re.search(r"^token: (\S+)$", made.output, re.MULTILINE)
    assert token
    live = queries.find_client(token=token[1], at=TODAY)
    assert live is not None
    assert token[1] not in run("client", "list").output
    assert run("client", "revoke", str(live.client_id)).exit_code == 0
    assert queries.find_client(token=token[1], at=TODAY) is None


def test_a_duty_is_added_and_ended(run: object) -> None:
    assert callable(run)
    added: Result = run(
        *("duty", "add", "desk.one", "--role", "MEDIATOR", "--place", "330681"),
        *("--from", "2026-01-01"),
    )
    number = added.output.split(":")[0]
    ended: Result = run("duty", "end", number, "--until", "2026-02-01")
    assert ended.exit_code == 0, ended.output
    assert "2026-01-01 – 2026-02-01" in ended.output
