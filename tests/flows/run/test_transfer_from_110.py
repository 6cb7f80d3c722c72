"""110 hands a tenancy quarrel over: sent in parallel, mediated on the spot, reported back, rated by the caller.

The product runs as its operators run it: an empty installation, places, people and the partner
system set up by commands beside the running server, everything else over HTTP; on an outside
PostgreSQL. What 110 hears comes by signed webhook, as docs/how-to/connect-110.md tells partners.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import uuid
from collections.abc import Callable, Iterator

import httpx
import psycopg
import pytest
from psycopg import sql

from anlan.config import env
from anlan.config.database import address
from tests.flows.run.installed import give_files
from tests.flows.run.instance import Instance, wait_until
from tests.flows.run.person import Person, read
from tests.make import COUNTY, GRID, IN_GRID, TOWN, VILLAGE
from tests.rooms.notices.receivers import Received, http_receiver

PEOPLE = {
    "desk": ("TOWN_DESK", TOWN, ""), "grid": ("GRID_WORKER", GRID, ""),
    "cadre": ("VILLAGE_CADRE", VILLAGE, ""), "team": ("DEPARTMENT", TOWN, "MEDIATION"),
}  # fmt: skip
SENT = ("team", "cadre", "grid")
INCIDENT = "JQ2026112400017"


@pytest.fixture
def outside_url(database_server: None) -> Iterator[str]:
    """Make an empty database on a server that anlan has not started."""
    server_url = address.get_url(env.get_home())
    name = sql.Identifier(f"outside_{uuid.uuid4().hex[:8]}")
    how = sql.SQL(
        "CREATE DATABASE {} TEMPLATE template0 ENCODING 'UTF8' LOCALE_PROVIDER libc "
        "LC_COLLATE 'C' LC_CTYPE 'C.UTF-8'"
    )
    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute(how.format(name))
        yield psycopg.conninfo.make_conninfo(server_url, dbname=name.as_string().strip('"'))
        connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(name))


def check_signature(pushed: Received, secret: str) -> None:
    """Check a push as the documentation tells partners to."""
    parts = dict(part.split("=") for part in pushed.headers["x-anlan-signature"].split(","))
    signed = f"{parts['t']}.".encode() + pushed.body
    assert hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest() == parts["v1"]


def test_a_tenancy_quarrel_from_110_is_mediated_reported_back_and_rated(
    make_instance: Callable[..., Instance], outside_url: str
) -> None:
    instance = make_instance(
        ANLAN_DATABASE_URL=outside_url,
        ANLAN_WEB_PROCESSES="1",
        ANLAN_WEBHOOK_NETWORKS="127.0.0.0/8",
    )
    give_files(instance).start("--no-demo")
    instance.wait()
    assert not (instance.home / "postgres" / "data").exists(), "no server of its own"
    instance.anlan("places", "load", "tests/worlds/small")
    passwords = {
        login: read(
            instance.anlan(
                "people", "add", login, "--name", login, "--role", role, "--place", place,
                "--generate", *(["--department", department] if department else []),
            ),
            "password",
        )
        for login, (role, place, department) in PEOPLE.items()
    }  # fmt: skip
    with http_receiver() as receiver:
        made = instance.anlan(
            "people", "client", "add", "110", "--channel", "POLICE_110", "--role", "RESIDENT",
            "--place", COUNTY, "--callback", f"{receiver.url}progress",
        )  # fmt: skip
        token, secret = read(made, "token"), read(made, "callback secret")
        body = {
            "text": "租客报警：房东不退押金，双方争吵", "external_ref": INCIDENT,
            "lon": IN_GRID[0], "lat": IN_GRID[1],
        }  # fmt: skip
        answer = wait_until(
            lambda: instance.ask("/api/v1/transfers", body, Authorization=f"Bearer {token}"),
            within_s=5,
        )
        assert answer.status == 201, instance.log().partition("an API call failed")[2][:5000]
        case_id = answer.json()["case_id"]

        people = {login: Person(instance.url, login, passwords[login]) for login in PEOPLE}
        desk = people["desk"]
        assert INCIDENT in desk.get(f"/desk/cases/{case_id}").text
        sent = desk.get(f"/api/v1/cases/{case_id}/dispatches").json()
        assert [each["role"] for each in sent] == ["DEPARTMENT", "VILLAGE_CADRE", "GRID_WORKER"]
        assert len({each["asked_at"] for each in sent}) == 1, "all in the same moment"
        errands = dict(zip(SENT, [each["id"] for each in sent], strict=True))
        # The team signs first and stops nobody: all three come, each step by step.
        for login in SENT:
            assert "房东不退押金" in people[login].get("/field/").text
        states = ("SIGNED", "ON_THE_WAY", "ARRIVED")
        for move, state in zip(("sign_for", "set_out", "arrive"), states, strict=True):
            for login in SENT:
                moved = people[login].post(f"/dispatches/{errands[login]}/moves", move=move)
                assert moved.json()["state"] == state, moved.text
        steps = [
            (people["team"], {"move": "handle", "note": "双方当面说开，押金已退"}),
            (desk, {"move": "verify"}),
            (desk, {"move": "close", "note": "已调解", "outcome": "MEDIATED"}),
        ]  # fmt: skip
        for person, step in steps:
            moved = person.post(f"/cases/{case_id}/moves", **step)
            assert moved.status_code == 200, moved.text

        for login in SENT:
            moved = people[login].post(f"/dispatches/{errands[login]}/moves", move="finish")
            assert moved.json()["state"] == "DONE", moved.text

        def moves() -> list[str]:
            return [json.loads(pushed.body)["move"] for pushed in receiver.received]

        wanted = ["assign_transfer", "sign_for", "handle", "verify", "close"]
        wait_until(lambda: set(wanted) <= set(moves()), within_s=30, what="every step pushed")
        assert len(moves()) == len(set(moves())), "each step once"
        for pushed in receiver.received:
            assert pushed.path == "/progress"
            check_signature(pushed, secret)
        told = {json.loads(each.body)["move"]: json.loads(each.body) for each in receiver.received}
        assert {each["external_ref"] for each in told.values()} == {INCIDENT}
        assert (told["close"]["state"], told["close"]["note"]) == ("CLOSED", "已调解")
        assert [told[move]["step"] for move in wanted] == sorted(
            told[move]["step"] for move in wanted
        )
        # The caller, who was given the code, says whether it was done.
        track = f"{instance.url}/api/v1/track/{answer.json()['tracking_code']}"
        assert httpx.get(track).json()["may_rate"]
        rated = httpx.post(
            f"{track}/rating", json={"is_satisfied": True, "comment": "当场就解决了"}
        )
        assert rated.status_code == 201, rated.text
        page = desk.get(f"/desk/cases/{case_id}").text
        assert "The reporter is satisfied." in page
        assert "当场就解决了" in page
    for person in people.values():
        person.client.close()
    assert instance.stop() == 0
