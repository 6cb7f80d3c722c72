"""Somebody who works with the product in a browser, and what commands print about accounts."""

from __future__ import annotations

import base64
import re
import time

import httpx
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP


def read(printed: str, name: str) -> str:
    found = re.search(rf"^{name}: (.+)$", printed, re.MULTILINE)
    assert found is not None, printed
    return found[1]


OWN_PASSWORD = "four words nobody joins"


class Person:
    """Somebody with a browser: signs in by the form, then calls the API with the cookie.

    A given password is changed for an own one first, and a second factor set up where the role asks
    for it: with an app of its own, made from the secret as it is typed.
    """

    def __init__(self, url: str, login: str, password: str, *, timeout_s: float = 30) -> None:
        headers = {"Accept-Language": "en"}
        self.client = httpx.Client(base_url=url, timeout=timeout_s, headers=headers)
        self.client.get("/sign-in")
        where = self._send("/sign-in", login=login, password=password).headers["location"]
        if where == "/sign-in/password":
            own = {"password": OWN_PASSWORD, "again": OWN_PASSWORD}
            where = self._send(where, **own).headers["location"]
        if where == "/sign-in/enrol":
            secret = re.search(r'<code class="secret"[^>]*>([^<]+)</code>', self.get(where).text)
            assert secret is not None
            key = base64.b32decode(secret[1].replace(" ", ""))
            app = TOTP(key, 6, SHA1(), 30)  # noqa: S303 – what apps compute (RFC 6238)
            assert (
                self._send(where, code=app.generate(int(time.time())).decode()).status_code == 200
            )

    def _send(self, path: str, **fields: str) -> httpx.Response:
        answer = self.client.post(path, data={**fields, "csrfmiddlewaretoken": self._csrf})
        assert answer.status_code in (200, 302), answer.text
        return answer

    @property
    def _csrf(self) -> str:
        return self.client.cookies["csrftoken"]

    def get(self, path: str) -> httpx.Response:
        return self.client.get(path)

    def post(self, path: str, **body: object) -> httpx.Response:
        headers = {"X-CSRFToken": self._csrf}
        return self.client.post(f"/api/v1{path}", json=body, headers=headers)
