"""`anlan triage` from the outside."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from click.testing import Result

from anlan.cli import triage as command
from anlan.kernel.errors import AnlanError
from anlan.triage.models import ClassifierVersion
from anlan.triage.rules import NoMatters
from anlan.triage.rules.versions import (
    NoVersionBefore,
    ReasonMissing,
    TooFewAnswers,
    VersionUnknown,
)
from tests.make import JURISDICTION, World
from tests.rooms.triage.answering import (
    active,
)


def test_the_command_from_learning_to_rolling_back(
    answered: World, run: Callable[..., Result], settings: Any
) -> None:
    settings.SHADOW_HOURS = settings.SHADOW_SIGNALS = settings.SHADOW_ANSWERS = 0
    first = active().pk
    trained = run("train")
    assert trained.exit_code == 0, trained.output
    version = ClassifierVersion.objects.get(is_shadow=True).pk
    assert f"version {version} runs in shadow: the desk: 60 corrected" in trained.output
    assert "fewer than 200 answers" in trained.output
    for listed in (
        run("versions"),
        run("evaluate"),
        run("versions", "--jurisdiction", JURISDICTION),
    ):
        assert listed.exit_code == 0, listed.output
        assert "IN USE" in listed.output
        assert "SHADOW" in listed.output
    measured = run("evaluate", version)
    assert "cross-validation" in measured.output
    assert "of 60 right" in measured.output
    promoted = run("promote", version)
    assert f"version {version} is in use" in promoted.output
    back = run("rollback", "--reason", "试一试")
    assert f"version {first} is in use again" in back.output, back.output
    assert active().pk == first


@pytest.mark.parametrize(
    ("arguments", "obstacle"),
    [
        (("train",), TooFewAnswers),
        (("train", "--jurisdiction", "ELSEWHERE"), NoMatters),
        (("promote", "999999"), VersionUnknown),
        (("evaluate", "999999"), VersionUnknown),
        (("rollback", "--reason", " "), ReasonMissing),
        (("rollback", "--reason", "x"), NoVersionBefore),
        (("versions", "--jurisdiction", "ELSEWHERE"), command.NothingToEvaluate),
    ],
)
def test_the_command_names_the_obstacle(
    run: Callable[..., Result], arguments: tuple[str, ...], obstacle: type[AnlanError]
) -> None:
    assert isinstance(run(*arguments).exception, obstacle)


@pytest.mark.parametrize("arguments", [("promote",), ("promote", "two"), ("rollback",)])
def test_the_command_asks_for_what_is_missing(
    run: Callable[..., Result], arguments: tuple[str, ...]
) -> None:
    assert run(*arguments).exit_code == 2
