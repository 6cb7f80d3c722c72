"""Every door's answer, whatever it is, carries the headers that browsers go by."""

from __future__ import annotations

import pytest
from django.test import Client

from tests.flows.permissions.matrix import Door, Who, list_doors
from tests.flows.permissions.worlds import Scene, knock, undone

pytestmark = pytest.mark.django_db

CALLERS = (Who("TOWN_DESK", True, True), Who("TOWN_DESK", True, True, "API"), Who())


@pytest.mark.parametrize("door", list_doors(), ids=lambda door: door.id)
def test_the_headers_are_there(scene: Scene, visitor: Client, door: Door) -> None:
    for who in CALLERS:
        with undone():
            answer = knock(scene, visitor, door, who)
            if answer.streaming:
                b"".join(answer)  # to its end, which closes the file
        kind = answer.headers.get("Content-Type", "")
        told = f"{who.key} got {answer.status_code} {kind}"
        assert answer["X-Content-Type-Options"] == "nosniff", told
        assert "default-src 'none'" in answer["Content-Security-Policy"], told
        assert answer["Referrer-Policy"], told
        assert answer["X-Frame-Options"] == "DENY", told
        if kind.startswith("text/") or kind.partition(";")[0].endswith("xml"):
            assert "charset=utf-8" in kind, told
        if door.is_of_api and not kind.startswith("text/html"):
            assert answer["Content-Disposition"].startswith("attachment; filename="), told
