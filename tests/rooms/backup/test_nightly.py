"""The night's backup: made when due, and never failing in silence."""

from __future__ import annotations

import logging
import subprocess
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from anlan.backup import tasks
from anlan.kernel import scope
from anlan.notices.models import Notice

NIGHT = int(datetime(2026, 11, 27, 23, 7, tzinfo=UTC).timestamp())


@pytest.fixture
def failing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[Any]:
    """Have the command fail as on a full disk; gives what was run."""
    ran: list[Any] = []

    def run(command: Any, **_: Any) -> Any:
        ran.append(command)
        return subprocess.CompletedProcess(
            command, 1, "", "anlan: no space left (BACKUP_NOT_WRITTEN)"
        )

    monkeypatch.setattr(tasks.subprocess, "run", run)
    monkeypatch.setenv("ANLAN_BACKUP_FOLDER", str(tmp_path / "shelf"))
    monkeypatch.setenv("ANLAN_BACKUP_HOUR", "3")
    return ran


def list_told() -> list[str]:
    with scope.acting(scope.EVERYTHING):
        return list(Notice.objects.filter(about_kind="backup").values_list("body", flat=True))


def test_a_failed_night_is_told_once_a_day_and_tried_again(
    db: None, settings: Any, failing: list[Any], caplog: pytest.LogCaptureFixture
) -> None:
    settings.OPERATORS = ["operator@example.org"]
    with caplog.at_level(logging.ERROR, logger="anlan.backup"):
        assert tasks.make_nightly(NIGHT).startswith("failed")
        assert tasks.make_nightly(NIGHT + 600).startswith("failed")
    assert len(failing) == 2, "tried again"
    assert len(list_told()) == 1
    assert "BACKUP_NOT_WRITTEN" in list_told()[0]


def test_where_nobody_can_be_told_it_stands_in_the_log(
    db: None, settings: Any, failing: list[Any], caplog: pytest.LogCaptureFixture
) -> None:
    settings.OPERATORS, settings.CHAT_URL = [], ""
    with caplog.at_level(logging.ERROR, logger="anlan.backup"):
        tasks.make_nightly(NIGHT)
    assert list_told() == []
    assert "BACKUP_NOT_WRITTEN" in caplog.text
