"""Every call of the API, driven from its own description: it never fails, and answers as described.

schemathesis makes requests from the OpenAPI description, right ones and wrong ones; they run through
all middleware against the database, as nobody, as partner systems and as staff. So that they get
further than "there is no such case", some parts are replaced by what the world holds.
A slice here; `make fuzz` goes on for minutes.
"""

from __future__ import annotations

import contextlib
import json
import time
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from io import BytesIO
from itertools import count
from typing import Any
from uuid import uuid4

import pytest
import schemathesis
from django.conf import settings as django_settings
from django.core.handlers.wsgi import WSGIHandler
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from hypothesis.errors import Unsatisfiable
from PIL import Image
from schemathesis import Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import FailureGroup
from schemathesis.specs.openapi import checks

from anlan.people.policies import SIGN_IN_COOKIE
from tests.fuzz.running import SECONDS, SEED, tell
from tests.make import IN_GRID, World

CALLERS = ("", "app", "police", "desk", "grid", "system")
CHECKS = [
    not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_headers_conformance,
    checks.response_schema_conformance,
]
MODES = (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)
TOKEN = "f" * 32
MOVES = [
    "accept",
    "dispatch",
    "assign_down",
    "close",
    "verify",
    "reclassify",
    "return_up",
    "merge",
    "start",
    "finish",
    "ask",
]


def fill(name: str, known: Known, pick: Callable[[int], int]) -> Any:
    """Give a value that the world knows for a part of a request; None for parts left as made."""
    found: dict[str, list[Any]] = {
        "case_id": known.cases, "code": known.codes, "tracking_code": known.tracking,
        "dispatch_id": known.dispatches, "duty_ids": [[each] for each in known.duties],
        "lon": [IN_GRID[0]], "lat": [IN_GRID[1]], "place_code": [""], "datum": ["wgs84"],
        "matter": ["", "STREET_LAMP"], "photos": [[]], "text": ["村口路灯坏了", "丢了一条狗"],
        "move": [*MOVES, "sign_for", "arrive", "finish", "decline", "recall", "go_offline"],
        "expected_seq": [None], "q": ["路灯", *known.codes], "after": [""], "unit_id": known.units,
        "file": [known.photo], "Idempotency-Key": known.keys,
    }  # fmt: skip
    values = found.get(name)
    return values[pick(len(values))] if values else None


@dataclass
class Known:
    """What requests may name, growing with what answers tell."""

    photo: bytes
    duties: list[int]
    units: list[int]
    cases: list[str] = field(default_factory=list)
    codes: list[str] = field(default_factory=list)
    tracking: list[str] = field(default_factory=list)
    dispatches: list[str] = field(default_factory=list)
    keys: list[str] = field(default_factory=lambda: [uuid4().hex for _ in range(3)])

    def learn(self, answer: Any) -> None:
        """Note what a call has made."""
        for each in answer if isinstance(answer, list) else [answer]:
            if "tracking_code" in each:
                self.cases.append(each["case_id"])
                self.codes.append(each["code"])
                self.tracking.append(each["tracking_code"])
            elif "duty_id" in each and "case_id" in each:
                self.dispatches.append(each["id"])


def from_many_addresses(app: Any) -> Any:
    """Let requests come from many addresses, or looks at tracking codes would soon be refused."""
    numbers = count()

    def respond(environ: dict[str, Any], start: Any) -> Iterable[bytes]:
        environ["REMOTE_ADDR"] = f"10.0.{next(numbers) // 40 % 250}.1"
        answer: Iterable[bytes] = app(environ, start)
        return answer

    return respond


def headers_of(world: World, caller: str) -> dict[str, str]:
    if not caller:
        return {}
    if caller in world.clients:
        return {"Authorization": f"Bearer {world.clients[caller].token}"}
    cookies = {SIGN_IN_COOKIE: world.token(caller), django_settings.CSRF_COOKIE_NAME: TOKEN}
    return {
        "Cookie": "; ".join(f"{name}={value}" for name, value in cookies.items()),
        "X-CSRFToken": TOKEN,
    }


@dataclass
class Figures:
    requests: int = 0
    statuses: Counter[int] = field(default_factory=Counter)
    server_errors: int = 0
    undocumented: int = 0
    other: int = 0
    findings: dict[tuple[str, ...], str] = field(default_factory=dict)

    def note(self, case: Case, caller: str, failed: FailureGroup, status: int) -> None:
        kinds = sorted(type(each).__name__ for each in failed.exceptions)
        self.server_errors += "ServerError" in kinds
        self.undocumented += "UndefinedStatusCode" in kinds
        self.other += not {"ServerError", "UndefinedStatusCode"} & set(kinds)
        key = (case.operation.label, str(status), *kinds)
        self.findings.setdefault(key, f"as {caller or 'nobody'}: {failed}")


def make_known(world: World) -> Known:
    buffer = BytesIO()
    Image.new("RGB", (8, 8), "navy").save(buffer, "PNG")
    units = [world.unit_id("330999001", "CONSTRUCTION")]
    known = Known(buffer.getvalue(), list(world.duty_ids.values()), units)
    for number in range(3):
        taken = world.take(idempotency_key=f"first {number}")
        known.learn(
            {
                "tracking_code": taken.tracking_code,
                "case_id": str(taken.case_id),
                "code": taken.code,
            }
        )
    return known


def call(case: Case, headers: dict[str, str], known: Known, pick: Callable[[int], int]) -> Any:
    """Send a request, some of its parts replaced."""
    parts: list[Any] = [case.path_parameters, case.query, case.headers, case.body]
    for part in parts:
        if isinstance(part, dict) or hasattr(part, "items"):
            for name in list(part):
                value = fill(name, known, pick) if pick(4) else None
                if value is not None:
                    part[name] = value
    return case.call(headers=headers)


@pytest.mark.filterwarnings("default")  # of the tool's own; the product's count in all other tests
def test_every_call_answers_as_described(lasting_world: World) -> None:
    known, figures = make_known(lasting_world), Figures()
    app = from_many_addresses(WSGIHandler())
    schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", app)
    operations = [each.ok() for each in schema.get_all_operations()]
    started, number = time.monotonic(), 0

    def drive(operation: Any, caller: str, mode: GenerationMode) -> None:
        headers = headers_of(lasting_world, caller)

        @seed(SEED + number)
        @settings(
            max_examples=6 if SECONDS else 3,
            phases=[Phase.generate], database=None, deadline=None,
            suppress_health_check=list(HealthCheck),
        )  # fmt: skip
        @given(data=st.data())
        def one(data: st.DataObject) -> None:
            case = data.draw(operation.as_strategy(mode))
            rest = data.draw(st.randoms(use_true_random=False))
            response = call(case, headers, known, rest.randrange)
            figures.requests += 1
            figures.statuses[response.status_code] += 1
            if response.status_code == 201 and response.content.startswith((b"{", b"[")):
                known.learn(json.loads(response.content))
            try:
                case.validate_response(response, checks=CHECKS)
            except FailureGroup as failed:
                figures.note(case, caller, failed, response.status_code)

        # Nothing wrong can be sent to a call that takes nothing
        with contextlib.suppress(Unsatisfiable):
            one()

    while True:
        for position, caller in enumerate(CALLERS):
            for operation in operations:
                for mode in MODES if SECONDS else (MODES[position % 3 % 2],):
                    drive(operation, caller, mode)
        number += 1
        if time.monotonic() - started >= SECONDS:
            break
    tell(
        "api_calls", requests=figures.requests, operations=len(operations),
        callers=len(CALLERS), server_errors=figures.server_errors,
        undocumented=figures.undocumented, other=figures.other,
        seconds=round(time.monotonic() - started, 1),
        statuses=json.dumps(dict(sorted(figures.statuses.items()))),
    )  # fmt: skip
    assert not figures.findings, "\n\n".join(figures.findings.values())
    assert len(operations) == sum(len(methods) for methods in schema.raw_schema["paths"].values())
    assert {200, 201, 401, 403, 404, 422} <= set(figures.statuses)
