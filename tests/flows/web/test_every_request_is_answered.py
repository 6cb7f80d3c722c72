"""What fails outside of Django's nets is told to the reader, too."""

from __future__ import annotations

import logging
from typing import Any

import pytest
from django.core.handlers import wsgi
from django.db import OperationalError
from django.test import RequestFactory

from anlan.config.serving.handler import Handler


@pytest.mark.parametrize(
    ("failure", "status"),
    [(OperationalError("gone"), "503 Service Unavailable"), (KeyError("x"), "500 Internal Server Error")],
)  # fmt: skip
def test_a_failure_before_the_first_net_is_told_and_recorded(
    failure: Exception,
    status: str,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fail(_: str) -> None:
        raise failure

    told: list[Any] = []
    monkeypatch.setattr(wsgi, "set_script_prefix", fail)
    with caplog.at_level(logging.ERROR):
        environ = RequestFactory().get("/").environ
        body = b"".join(Handler()(environ, lambda *answer: told.extend(answer)))
    assert told[0] == status
    assert dict(told[1])["Content-Length"] == str(len(body))
    assert "请稍后再试" in body.decode()
    assert "outside of every net" in caplog.text
