"""How a fuzz target runs: a short slice that is always the same in `make test`, long and seeded in
`make fuzz`, which counts what it did.

    @fuzz(data=st.binary())
    @example(data=b"what once broke it")
    def test_something(data: bytes) -> None: ...

A target may refuse what it is given with the error that its room declares; anything else that is
raised is a finding. FUZZ_SECONDS (per target), FUZZ_SEED and FUZZ_REPORT come from `tests.fuzz`.
"""

from __future__ import annotations

import contextlib
import functools
import json
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings

from anlan.kernel.errors import AnlanError

SECONDS = float(os.environ.get("FUZZ_SECONDS", "0"))
SEED = int(os.environ.get("FUZZ_SEED", "1"))
SLICE_EXAMPLES, ROUND_EXAMPLES = 40, 500


def tell(target: str, **figures: Any) -> None:
    """Put one line of figures where `tests.fuzz` prints them from."""
    if report := os.environ.get("FUZZ_REPORT"):
        with Path(report).open("a", encoding="utf-8") as file:
            file.write(json.dumps({"target": target} | figures) + "\n")


def check_refusal(refused: AnlanError) -> None:
    """Make sure that a refusal is a declared one, with a message that can be shown."""
    assert type(refused) is not AnlanError
    assert refused.message.encode("utf-8", "replace")


@contextlib.contextmanager
def refusal_allowed(*also: type[Exception]) -> Iterator[None]:
    """Let pass what a room declares, with a message that can be shown."""
    try:
        yield
    except also:
        pass
    except AnlanError as refused:
        check_refusal(refused)


def fuzz(
    *, examples: int = SLICE_EXAMPLES, needs: tuple[str, ...] = (), **strategies: Any
) -> Callable[..., Callable[..., None]]:
    """Make a test that feeds a function from strategies, as long as the run wants it.

    needs: fixtures, one for all examples.
    """

    def wrap(target: Callable[..., None]) -> Callable[..., None]:
        count = 0

        @functools.wraps(target)
        def counted(*args: Any, **kwargs: Any) -> None:
            nonlocal count
            count += 1
            target(*args, **kwargs)

        def run(request: pytest.FixtureRequest) -> None:
            fixtures = {name: request.getfixturevalue(name) for name in needs}
            started, number, outcome = time.monotonic(), 0, "broken"
            try:
                while True:
                    one = settings(
                        max_examples=ROUND_EXAMPLES if SECONDS else examples,
                        derandomize=not SECONDS,
                        phases=[
                            Phase.explicit,
                            Phase.generate,
                            *([Phase.shrink] if SECONDS else []),
                        ],
                        database=None,
                        deadline=None,
                        suppress_health_check=list(HealthCheck),
                    )(given(**strategies)(counted))
                    if SECONDS:
                        one = seed(SEED + number)(one)
                    one(**fixtures)
                    number += 1
                    if time.monotonic() - started >= SECONDS:
                        break
                outcome = "held"
            finally:
                took = round(time.monotonic() - started, 1)
                tell(target.__name__, outcome=outcome, examples=count, seconds=took)

        run.__name__, run.__doc__ = target.__name__, target.__doc__
        run.__module__ = target.__module__
        return pytest.mark.usefixtures(*needs)(run) if needs else run

    return wrap
