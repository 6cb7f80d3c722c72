"""Every cell of the matrix at the pages: the request is sent, the answer is the one due."""

from __future__ import annotations

import pytest
from django.test import Client

from tests.flows.permissions.cells import try_door
from tests.flows.permissions.matrix import Door, list_doors
from tests.flows.permissions.worlds import Scene

pytestmark = pytest.mark.django_db

DOORS = [door for door in list_doors() if not door.is_of_api]


@pytest.mark.parametrize("door", DOORS, ids=lambda door: door.id)
def test_everybody_gets_the_answer_that_is_due(scene: Scene, visitor: Client, door: Door) -> None:
    try_door(scene, visitor, door)
