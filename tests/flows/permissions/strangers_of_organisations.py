"""Strangers at actions of signing in through an organisation."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import uuid4

from anlan.people import actions as people
from anlan.people import queries
from anlan.people.rules import (
    LinkUnknown,
    NotYourAccount,
    Organisation,
    OrganisationAway,
    RequestWrong,
)
from tests.flows.permissions.worlds import Scene
from tests.make import NOW

STATE = f"{uuid4().hex}.made-up"


def _nobody_answers(*_: Any) -> Any:
    raise OrganisationAway(organisation="city")


def _with_city(attempt: Callable[[Scene], Any]) -> Callable[[Scene], Any]:
    """Have an organisation configured while somebody tries."""

    def tried(scene: Scene) -> Any:
        city = Organisation(
            code="city", name={"zh": "市", "en": "City"}, issuer="https://id.example", client_id="a"
        )
        queries.connect_organisations([city], ask=_nobody_answers)
        try:
            return attempt(scene)
        finally:
            queries.connect_organisations([], ask=_nobody_answers)

    return tried


Attempts = dict[str, list[tuple[type[Exception], Callable[[Scene], Any]]]]

AT_ORGANISATIONS: Attempts = {
    "anlan.people.actions.organisations.begin_link": [
        (NotYourAccount, _with_city(lambda s: people.begin_link(
            actor=s.world.partner("system"), code="city", back="/", at=NOW))),
    ],
    "anlan.people.actions.organisations.offer_link": [
        (RequestWrong, _with_city(lambda s: people.offer_link(
            actor=s.world.actor("other_desk"), code="city", state=STATE, answer="x", back="/",
            at=NOW))),
    ],
    "anlan.people.actions.organisations.sign_in_through_organisation": [
        (RequestWrong, _with_city(lambda s: people.sign_in_through_organisation(
            code="city", state=STATE, answer="x", back="/", at=NOW))),
    ],
    "anlan.people.actions.organisations.confirm_link": [
        (RequestWrong, lambda s: people.confirm_link(
            actor=s.world.actor("other_desk"), offer_id=uuid4(), at=NOW)),
    ],
    "anlan.people.actions.organisations.remove_link": [
        (LinkUnknown, lambda s: people.remove_link(
            actor=s.world.actor("other_desk"), link_id=uuid4(), at=NOW)),
    ],
}  # fmt: skip
