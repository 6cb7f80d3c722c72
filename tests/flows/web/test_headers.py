"""Every answer carries the headers that tell a browser what to refuse; doors count who knocks."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client, override_settings

from anlan.people.actions import rates
from anlan.web import headers

PAGES = ["/", "/api/v1/docs", "/api/v1/openapi.json", "/nowhere", "/api/v1/nowhere", "/desk/"]


@pytest.mark.django_db
@pytest.mark.parametrize("address", PAGES)
def test_every_kind_of_answer_carries_them(address: str) -> None:
    answer = Client().get(address)
    assert answer["Content-Security-Policy"] == headers.CONTENT_SECURITY_POLICY
    assert "unsafe" not in answer["Content-Security-Policy"]
    assert answer["Cross-Origin-Resource-Policy"] == "same-origin"
    assert answer["Cross-Origin-Opener-Policy"] == "same-origin"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["X-Frame-Options"] == "DENY"
    assert "geolocation=(self)" in answer["Permissions-Policy"]
    page = answer.content.decode()
    assert not re.search(r"<style|\sstyle=|\son[a-z]+=|<script(?![^>]*\bsrc=)", page), address


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("address", "name"),
    [
        ("/api/v1/openapi.json", "api.json"), ("/api/v1/nowhere", "api.json"),
        ("/api/v1/cases", "api.json"), ("/api/v1/health", "api.json"),
        ("/open311/v2/discovery.json", "api.json"), ("/open311/v2/discovery.xml", "api.xml"),
        ("/open311/v2/nowhere", "api.xml"),
    ],
)  # fmt: skip
def test_data_says_that_it_is_no_page(address: str, name: str) -> None:
    answer = Client().get(address)
    assert answer["Content-Disposition"] == f'attachment; filename="{name}"'
    assert answer["Cache-Control"] == "no-store"
    assert "Content-Disposition" not in Client().get("/api/v1/docs")
    assert "Content-Disposition" not in Client().get("/")


@pytest.mark.django_db
def test_https_is_remembered_only_when_it_is_spoken() -> None:
    with override_settings(
        SECURE_HSTS_SECONDS=31536000, SECURE_PROXY_SSL_HEADER=("HTTP_X_FORWARDED_PROTO", "https")
    ):
        plain, safe = Client().get("/"), Client().get("/", headers={"x-forwarded-proto": "https"})
    assert "Strict-Transport-Security" not in plain
    assert safe["Strict-Transport-Security"] == "max-age=31536000"


@pytest.mark.django_db
@pytest.mark.parametrize(("language", "told"), [("zh-hans", "尝试次数太多"), ("en", "too many")])
def test_passwords_from_one_address_are_counted(
    monkeypatch: pytest.MonkeyPatch, language: str, told: str
) -> None:
    monkeypatch.setattr(rates, "SIGN_IN_TRIES_PER_ADDRESS", (2, 10**9))
    client = Client(headers={"accept-language": language})
    answers: list[Any] = [
        client.post("/sign-in", {"login": f"nobody{number}", "password": "wrong"})
        for number in range(3)
    ]
    assert answers[1].status_code != 429
    assert answers[2].status_code == 429
    assert int(answers[2]["Retry-After"]) > 0
    assert told in answers[2].content.decode().lower()
