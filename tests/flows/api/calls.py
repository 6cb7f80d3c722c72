"""How stories call the API: one class, as a partner system, a person or nobody."""

from __future__ import annotations

import json
from typing import Any

from django.test import Client

from anlan.people.policies import SIGN_IN_COOKIE
from tests.make import CLIENTS, IN_GRID, World

ROOT = "/api/v1"


class Api:
    """Calls as `who`: a partner system of CLIENTS, a login of PEOPLE, or nobody ("")."""

    def __init__(self, world: World, who: str = "", **options: Any) -> None:
        self.client = Client(**options)
        self.headers: dict[str, str] = {"Accept-Language": "en"}
        if who in CLIENTS:
            self.headers["Authorization"] = f"Bearer {world.clients[who].token}"
        elif who:
            self.client.cookies[SIGN_IN_COOKIE] = world.token(who)

    def get(self, path: str, query: dict[str, Any] | None = None, **headers: str) -> Any:
        return self.client.get(ROOT + path, query or {}, headers=self.headers | headers)

    def post(self, path: str, body: Any, **headers: str) -> Any:
        data = body if isinstance(body, bytes) else json.dumps(body)
        return self.client.post(
            ROOT + path, data, content_type="application/json", headers=self.headers | headers
        )

    def signal(self, **given: Any) -> dict[str, Any]:
        """Make the body of a report from the first grid."""
        body = {"text": "村口路灯坏了三天，晚上看不清路", "lon": IN_GRID[0], "lat": IN_GRID[1]}
        return body | given
