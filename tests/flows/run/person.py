"""Somebody who works with the product in a browser, and what commands print about accounts."""

from __future__ import annotations

import re

import httpx


def read(printed: str, name: str) -> str:
    found = re.search(rf"^{name}: (.+)$", printed, re.MULTILINE)
    assert found is not None, printed
    return found[1]


class Person:
    """Somebody with a browser: signs in by the form, then calls the API with the cookie."""

    def __init__(self, url: str, login: str, password: str, *, timeout_s: float = 30) -> None:
        headers = {"Accept-Language": "en"}
        self.client = httpx.Client(base_url=url, timeout=timeout_s, headers=headers)
        self.client.get("/sign-in")
        sent = {"login": login, "password": password, "csrfmiddlewaretoken": self._csrf}
        assert self.client.post("/sign-in", data=sent).status_code == 302

    @property
    def _csrf(self) -> str:
        return self.client.cookies["csrftoken"]

    def get(self, path: str) -> httpx.Response:
        return self.client.get(path)

    def post(self, path: str, **body: object) -> httpx.Response:
        headers = {"X-CSRFToken": self._csrf}
        return self.client.post(f"/api/v1{path}", json=body, headers=headers)
