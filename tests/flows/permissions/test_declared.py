"""Every address and method stands in the matrix, under the policy that the code declares."""

from __future__ import annotations

import doctest

import pytest
from django.test import Client

from tests.flows.permissions import matrix
from tests.flows.permissions.declared import declared, known, list_missing
from tests.flows.permissions.matrix import FOLDER, Who, list_doors
from tests.flows.permissions.page import as_markdown
from tests.flows.permissions.worlds import Scene, knock, undone
from tests.house.floors import PROJECT

pytestmark = pytest.mark.django_db

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
DESK = Who("TOWN_DESK", True, True)
LINE = (
    "Give each a line in tests/flows/permissions/doors.yaml: its policy, what it is about (rules.yaml) "
    "and what a caller sends"
)


def test_every_address_stands_in_the_matrix() -> None:
    missing = list_missing()
    assert not missing, f"not in the matrix: {missing}. {LINE}"
    gone = sorted(set(known()) - set(declared()))
    assert not gone, f"in the matrix, but no address of the product: {gone}"


def test_code_and_matrix_declare_the_same() -> None:
    differing = {
        address: (policy, known()[address])
        for address, policy in declared().items()
        if known().get(address, {policy}) != {policy}
    }
    assert not differing, f"the code's policy and the matrix's: {differing}"


@pytest.mark.parametrize("address", sorted({door.address for door in list_doors()}))
def test_no_address_takes_a_method_that_is_not_in_the_matrix(
    scene: Scene, visitor: Client, address: str
) -> None:
    doors = [door for door in list_doors() if door.address == address]
    if doors[0].about == "nothing":
        pytest.skip("answers 404 whatever the method")
    own = {door.method for door in doors}
    for method in set(METHODS) - own:
        visitor_method = getattr(visitor, method.lower())
        with undone():
            answer = knock(scene, visitor, doors[0], DESK, send_by=visitor_method)
        assert answer.status_code == 405, f"{method} {address}: {answer.status_code}"


def test_the_page_is_what_the_matrix_says() -> None:
    page = PROJECT / "docs" / "reference" / "permissions.md"
    told = "run: .venv/bin/python -m tests.flows.permissions > docs/reference/permissions.md"
    assert page.read_text(encoding="utf-8") == as_markdown(), told


def test_nothing_is_undeclared() -> None:
    assert " 0 undeclared." in as_markdown()


def test_examples() -> None:
    assert doctest.testmod(matrix).failed == 0


def test_no_door_has_two_lines() -> None:
    """YAML takes the last of two without a word, and a merge of two branches keeps both."""
    doors = [
        line.partition(": {")[0]
        for line in (FOLDER / "doors.yaml").read_text(encoding="utf-8").splitlines()
        if ": {" in line and not line.startswith("#")
    ]
    assert len(doors) > 100
    assert sorted({door for door in doors if doors.count(door) > 1}) == []
