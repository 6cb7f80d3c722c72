"""Every error of the product can be told to a person: it has a code, a status and a full message."""

import importlib
import pkgutil
import string
from collections.abc import Iterator

import pytest

import anlan
from anlan.kernel import errors

SIX = {"Invalid": 422, "NotFound": 404, "NotAllowed": 403, "Conflict": 409, "TooMany": 429,
       "Unavailable": 503}  # fmt: skip


def all_errors() -> list[type[errors.AnlanError]]:
    """List every error class of the rooms' rules and of the kernel."""

    def is_pure(module: str) -> bool:
        return ".rules" in module or module.startswith("anlan.kernel")

    for found in pkgutil.walk_packages(anlan.__path__, "anlan."):
        if is_pure(found.name):
            importlib.import_module(found.name)

    def below(parent: type[errors.AnlanError]) -> Iterator[type[errors.AnlanError]]:
        for child in parent.__subclasses__():
            yield child
            yield from below(child)

    return [e for e in below(errors.AnlanError) if is_pure(e.__module__)]


ERRORS = all_errors()


@pytest.fixture(autouse=True)
def in_english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(errors, "_translate", str)


@pytest.mark.parametrize("error", ERRORS, ids=lambda e: e.__name__)
def test_each_error_says_what_happened(error: type[errors.AnlanError]) -> None:
    fields = [name for _, name, _, _ in string.Formatter().parse(error.template()) if name]
    assert all(name.isidentifier() for name in fields), "placeholders are plain names"
    message = error(**{name: f"<{name}{{}}>" for name in fields}).message
    for name in fields:
        assert f"<{name}{{}}>" in message
    # A message that ends with its reason stops as the reason does.
    assert message.endswith((".", "?", "…")) or error.template().endswith(("}", ")"))
    assert error.code == error.code.upper()
    assert error.status in {*SIX.values(), 401, 413, 415, 500, 507}


def test_codes_tell_errors_apart() -> None:
    codes = [error.code for error in ERRORS]
    assert len(codes) > 60
    # One obstacle, two answers: a look-up of such a point finds nothing, a report of it is invalid.
    assert {code for code in codes if codes.count(code) > 1} == {"POINT_OUTSIDE"}


@pytest.mark.parametrize(("name", "status"), SIX.items())
def test_the_six_kinds_carry_their_status(name: str, status: int) -> None:
    assert getattr(errors, name).status == status


def test_a_subclass_is_named_after_its_obstacle_and_speaks_its_docstring() -> None:
    class LampMissing(errors.NotFound):
        """There is no lamp
        at {place}."""

    made = LampMissing(place="村口 {x}")
    assert (made.code, made.status, made.data) == ("LAMP_MISSING", 404, {"place": "村口 {x}"})
    assert str(made) == "LAMP_MISSING: There is no lamp at 村口 {x}."
