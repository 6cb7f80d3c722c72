"""Whoever's means of signing in have changed hears of it, in the app and by e-mail, once."""

from __future__ import annotations

from uuid import uuid4

import pytest

from anlan.kernel.actor import SYSTEM
from anlan.notices import actions
from anlan.notices.models import Notice
from anlan.people import actions as people
from anlan.people.rules import Change
from tests.rooms.people.worlds import NOW

pytestmark = pytest.mark.django_db
PASSWORD = "ditch-copper-vapour"


def tell(email: str, locale: str = "en", change: str = "PASSWORD_CHANGED") -> list[Notice]:
    person = people.create_person(
        actor=SYSTEM, login="wang", name="王", password=PASSWORD, email=email, locale=locale, at=NOW
    )
    for _ in range(2):
        actions.tell_credential(person_id=person.id, change=change, mark="m1", at=NOW)
    return list(Notice.objects.order_by("channel"))


def test_in_the_app_and_by_mail_once() -> None:
    mail, app = tell("wang@example.cn")
    assert (mail.channel, app.channel) == ("EMAIL", "IN_APP")
    assert mail.subject == app.subject == "Your password was changed"
    assert app.link == "/account/"


def test_without_an_address_in_the_app_only_and_in_the_owners_language() -> None:
    (notice,) = tell("", "zh-hans")
    assert notice.subject == "您的密码已修改"


@pytest.mark.parametrize("change", Change)
def test_every_change_has_words(change: Change) -> None:
    assert tell("", change=change.value)[0].subject


def test_nobody_there_is_told_nothing() -> None:
    actions.tell_credential(person_id=uuid4(), change="PASSWORD_SET", mark="m", at=NOW)
    assert not Notice.objects.exists()
