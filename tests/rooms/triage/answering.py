"""Answers of the desk to learn from, and what the tests of versions ask."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

from anlan.cases import actions as cases
from anlan.cases.rules import Given
from anlan.kernel.actor import SYSTEM
from anlan.ledger.models import LedgerEntry
from anlan.triage import actions, queries
from anlan.triage.models import ClassifierVersion
from anlan.triage.queries.versions import forget_shadows
from tests.make import JURISDICTION, NOW, World

SAID = {
    "STREET_LAMP": ("路灯不亮", "灯坏了没人修"),
    "GARBAGE": ("垃圾没人收", "垃圾桶满了"),
    "ROAD_DAMAGE": ("路面有坑", "水泥路塌了"),
}
NEW_WORD = "鸟窝"
"""A word of which nothing but the desk knows that it means garbage here."""


def texts(count: int) -> list[tuple[str, str]]:
    return [
        (f"{'甲乙丙丁戊己庚辛壬癸'[i % 10]}{'东南西北中'[i // 10 % 5]}街{said[i % 2]}", code)
        for code, said in SAID.items()
        for i in range(count)
    ]


def move(world: World, own: UUID, code: str, login: str = "desk", **given: Any) -> None:
    at = given.pop("at", NOW)
    cases.move_case(actor=world.actor(login), case_id=own, move=code, given=Given(**given), at=at)


def answer(world: World, text: str, code: str, *, at: Any = NOW, **given: Any) -> UUID:
    """Let a report be taken, and let the desk say what it is about."""
    taken = world.take(text, **given)
    move(world, taken.case_id, "reclassify", matter=code, at=at)
    return taken.case_id


def answer_sixty(world: World) -> None:
    """Let sixty reports be answered, among them a word that only the desk understands."""
    for text, code in texts(16):
        answer(world, text, code)
    for i in range(12):
        answer(world, f"{NEW_WORD}又来了{'一二三四五六七八九十百千'[i]}", "GARBAGE")


def train(**given: Any) -> ClassifierVersion:
    return actions.train_version(
        **{"actor": SYSTEM, "jurisdiction": JURISDICTION, "at": NOW} | given
    )


def active() -> ClassifierVersion:
    return ClassifierVersion.objects.get(is_active=True)


def entries(what: str) -> list[dict[str, Any]]:
    found = LedgerEntry.objects.filter(what=what).order_by("id")
    return [json.loads(entry.body)["data"] for entry in found]


def forget() -> None:
    queries.forget_trained()
    forget_shadows()
