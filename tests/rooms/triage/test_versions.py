"""A classifier learns from the desk, runs in shadow, is promoted or refused, and put back."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.db import connections

from anlan.cases.models import CaseSignal
from anlan.cases.rules import CasesOpened
from anlan.config.wiring import REACTIONS
from anlan.kernel import scope
from anlan.kernel.actor import SYSTEM
from anlan.kernel.errors import AnlanError
from anlan.kernel.permits import InstallationOnly
from anlan.triage import actions, queries
from anlan.triage.models import ClassifierVersion, ShadowProposal
from anlan.triage.queries.versions import measure_shadow
from anlan.triage.rules import NoMatters
from anlan.triage.rules.versions import (
    AlreadyActive,
    NotInShadow,
    NoVersionBefore,
    ReasonMissing,
    ShadowTooShort,
    TooFewAnswers,
    VersionUnknown,
    WorseInShadow,
    WorseOnAnswers,
)
from tests.make import IN_OTHER_GRID, JURISDICTION, NOW, World
from tests.rooms.triage.answering import (
    NEW_WORD,
    active,
    answer,
    answer_sixty,
    entries,
    forget,
    move,
    texts,
    train,
)

# Learning


def test_a_new_version_learns_from_the_desk_and_runs_in_shadow(answered: World) -> None:
    before = active()
    version = train()
    assert (version.is_active, version.is_shadow, version.shadow_from) == (False, True, NOW)
    assert (version.desk_texts_count, version.learned_until) == (60, NOW)
    assert "60 corrected, 0 confirmed" in version.data_source
    assert active() == before
    assert version.scores["cross"]["count"] == 60
    assert version.scores["cross"]["right"] > 45
    assert version.scores["held_out"]["right"] > version.scores["held_out_active"]["right"]
    assert version.marks == {}, "sixty answers measure no mark"
    trained = queries.bind_version(version)
    assert trained.choose(f"{NEW_WORD}在树上").matter.code == "GARBAGE"
    assert queries.get_trained(JURISDICTION).choose(f"{NEW_WORD}在树上").confidence < 0.9
    (kept,) = entries("classifier.trained")
    assert (kept["desk_texts"], kept["cross"]) == (60, version.scores["cross"])
    second = train()
    version.refresh_from_db()
    assert (version.is_shadow, second.is_shadow) == (False, True)


def test_the_same_answers_give_the_same_version(answered: World) -> None:
    assert bytes(train().blob) == bytes(train().blob)


def test_later_answers_are_not_learned(answered: World) -> None:
    answer(answered, "井盖不见了", "ROAD_DAMAGE", at=NOW + timedelta(hours=1))
    assert train().desk_texts_count == 60
    assert train(at=NOW + timedelta(hours=1)).desk_texts_count == 61


def test_a_report_sent_twice_is_learned_once(answered: World) -> None:
    answer(answered, texts(1)[0][0], texts(1)[0][1])
    assert train().desk_texts_count == 60


def test_with_too_few_answers_nothing_is_learned(world: World) -> None:
    answer(world, "垃圾没人收", "GARBAGE")
    with pytest.raises(TooFewAnswers) as refused:
        train()
    assert refused.value.data["count"] == 1
    assert ClassifierVersion.objects.count() == 1
    assert entries("classifier.trained") == []


def test_measured_marks_decide_what_stands_by_itself(answered: World) -> None:
    version = train()
    ClassifierVersion.objects.filter(pk=version.pk).update(
        marks={"alone": 0.2, "with_keyword": 2.0}
    )
    version.refresh_from_db()
    trained = queries.bind_version(version)
    alone = trained.choose(f"{NEW_WORD}又来了")
    assert (alone.by, alone.is_sure, alone.needed) == ("MODEL", True, 0.2)
    named = trained.choose("路灯坏了")
    assert (named.by, named.is_sure) == ("KEYWORDS", False)


# In shadow


def test_new_signals_are_proposed_for_in_shadow_without_their_words(answered: World) -> None:
    version = train()
    forget()
    taken = [answered.take(f"{NEW_WORD}又多了"), answered.take("路灯", stated_matter="GARBAGE")]
    ids = [one.case_id for one in taken]
    with scope.acting(scope.Scope(cases=tuple(ids))):
        assert actions.record_shadow(case_ids=ids, at=NOW) == 2
        assert actions.record_shadow(case_ids=ids, at=NOW) == 2
    rows = ShadowProposal.objects.filter(version=version)
    assert rows.count() == 2, "once each"
    row = rows.get(case_id=ids[0])
    assert row.active == active()
    assert row.proposed["shadow"]["top"][0][0] == "GARBAGE"
    assert set(row.proposed["active"]) == {"by", "top", "is_sure", "needed"}
    assert NEW_WORD not in str(row.proposed)
    assert rows.get(case_id=ids[1]).proposed["active"]["top"][0][0] == "STREET_LAMP"
    with scope.acting(scope.of(answered.actor("other_desk"))):
        assert not ShadowProposal.objects.exists()


def test_without_a_version_in_shadow_nothing_is_recorded(world: World) -> None:
    assert actions.record_shadow(case_ids=[world.take().case_id], at=NOW) == 0
    assert "triage.record_shadow" in REACTIONS[CasesOpened]


def test_shadow_is_compared_with_the_version_in_use_and_with_the_desk(answered: World) -> None:
    version = train()
    forget()
    later = NOW + timedelta(hours=1)
    right = [answer(answered, f"{NEW_WORD}又多{n}", "GARBAGE", at=later) for n in "一二三"]
    open_yet = answered.take(f"{NEW_WORD}没人管")
    actions.record_shadow(case_ids=[*right, open_yet.case_id], at=NOW)
    found = measure_shadow(version=version)
    assert found.signals == 4
    assert (found.ours.count, found.ours.right, found.ours.accuracy) == (3, 3, 1.0)
    assert found.theirs.count == 3
    assert found.theirs.right < 3
    assert found.alike == 4 - sum(
        row["shadow"]["top"][0][0] != row["active"]["top"][0][0]
        for row in ShadowProposal.objects.values_list("proposed", flat=True)
    )


# Promotion


@pytest.fixture
def ready(answered: World, settings: Any) -> tuple[World, ClassifierVersion]:
    """A version in shadow that has seen three answered reports; three are enough here."""
    settings.SHADOW_HOURS, settings.SHADOW_SIGNALS, settings.SHADOW_ANSWERS = 24, 3, 3
    version = train()
    forget()
    later = NOW + timedelta(hours=1)
    ids = [answer(answered, f"{NEW_WORD}又多{n}", "GARBAGE", at=later) for n in "一二三"]
    actions.record_shadow(case_ids=ids, at=later)
    return answered, version


DUE = NOW + timedelta(hours=24)


def promote(version: int, **given: Any) -> Any:
    return actions.promote_version(**{"actor": SYSTEM, "version": version, "at": DUE} | given)


def test_a_better_version_is_promoted_and_used(
    ready: tuple[World, ClassifierVersion], django_capture_on_commit_callbacks: Any
) -> None:
    world, version = ready
    before = active()
    with django_capture_on_commit_callbacks(execute=True):
        promote(version.pk)
    version.refresh_from_db()
    assert active() == version
    assert (version.is_shadow, version.replaced) == (False, before)
    assert queries.get_trained(JURISDICTION).version_id == version.pk
    taken = world.take(f"{NEW_WORD}在屋顶")
    decision = queries.find_decision(case_id=taken.case_id)
    assert decision is not None
    assert (decision.classifier_id, decision.matter.code) == (version.pk, "GARBAGE")
    (kept,) = entries("classifier.promoted")
    assert (kept["before"], kept["shadow"]["ours"]["right"]) == (before.pk, 3)
    with pytest.raises(AlreadyActive):
        promote(version.pk)


@pytest.mark.parametrize(
    ("setting", "value", "at"),
    [
        (None, None, DUE - timedelta(minutes=1)),
        ("SHADOW_SIGNALS", 4, DUE),
        ("SHADOW_ANSWERS", 4, DUE),
    ],
)
def test_a_version_that_has_seen_too_little_is_refused(
    ready: tuple[World, ClassifierVersion], settings: Any, setting: str | None, value: int, at: Any
) -> None:
    before = active()
    if setting:
        setattr(settings, setting, value)
    with pytest.raises(ShadowTooShort):
        promote(ready[1].pk, at=at)
    assert active() == before
    assert entries("classifier.promoted") == []


def test_a_version_that_does_worse_in_shadow_is_refused_with_figures(
    ready: tuple[World, ClassifierVersion],
) -> None:
    _, version = ready
    before = active()
    for row in ShadowProposal.objects.filter(version=version):
        row.proposed = {"shadow": row.proposed["active"], "active": row.proposed["shadow"]}
        row.save()
    with pytest.raises(WorseInShadow) as refused:
        promote(version.pk)
    assert refused.value.data["active_right"] == 3
    assert refused.value.data["right"] < 3
    assert active() == before


def test_a_version_that_does_worse_on_answers_neither_has_learned_from_is_refused(
    ready: tuple[World, ClassifierVersion],
) -> None:
    world, version = ready
    # Since then the desk has understood the word otherwise, and another version has learned that.
    for n in "四五六七八九十百千":
        answer(world, f"{NEW_WORD}又多{n}", "ROAD_DAMAGE", at=NOW + timedelta(hours=2))
    rival = train(at=NOW + timedelta(hours=3))
    for_test = {"is_active": False, "is_shadow": False}
    ClassifierVersion.objects.update(**for_test)
    ClassifierVersion.objects.filter(pk=rival.pk).update(is_active=True, learned_until=NOW)
    ShadowProposal.objects.update(active=rival)
    with pytest.raises(WorseOnAnswers):
        promote(version.pk)
    assert active() == rival


def test_what_was_never_in_shadow_is_not_promoted(world: World) -> None:
    first = active()
    ClassifierVersion.objects.filter(pk=first.pk).update(is_active=False)
    second = actions.train_classifier(
        actor=SYSTEM, jurisdiction=JURISDICTION, texts=["路灯", "垃圾"], labels=["A", "B"],
        data_source="test", scores={}, at=NOW,
    )  # fmt: skip
    with pytest.raises(NotInShadow):
        promote(first.pk)
    assert active().pk == second
    with pytest.raises(VersionUnknown):
        promote(999_999)


# And back


def test_rolling_back_puts_the_version_before_back(
    ready: tuple[World, ClassifierVersion], django_capture_on_commit_callbacks: Any
) -> None:
    before = active()
    promote(ready[1].pk)
    roll_back = {"actor": SYSTEM, "jurisdiction": JURISDICTION, "at": DUE}
    with pytest.raises(ReasonMissing):
        actions.roll_back(**roll_back, reason="  ")
    assert active() == ready[1]
    with django_capture_on_commit_callbacks(execute=True):
        assert actions.roll_back(**roll_back, reason="把鸟窝都当成垃圾") == before
    assert active() == before
    assert queries.get_trained(JURISDICTION).version_id == before.pk
    (kept,) = entries("classifier.rolled_back")
    assert (kept["from"], kept["reason"]) == (ready[1].pk, "把鸟窝都当成垃圾")
    with pytest.raises(NoVersionBefore):
        actions.roll_back(**roll_back, reason="再退一步")
    with pytest.raises(NoMatters):
        actions.roll_back(**roll_back | {"jurisdiction": "ELSEWHERE"}, reason="x")


def test_evaluating_keeps_the_figures_and_changes_nothing_else(
    ready: tuple[World, ClassifierVersion],
) -> None:
    _, version = ready
    before = active()
    found = actions.evaluate_version(actor=SYSTEM, version=version.pk, at=DUE)
    assert found.cross is not None
    assert found.ours is not None
    assert found.theirs is not None
    assert found.shadow is not None
    assert found.cross.count == 60
    assert found.ours.count == found.theirs.count == 63
    assert found.ours.right > found.theirs.right
    version.refresh_from_db()
    assert version.scores == found.as_json()
    assert active() == before
    (kept,) = entries("classifier.evaluated")
    assert kept["held_out"] == found.ours.as_json()
    of_active = actions.evaluate_version(actor=SYSTEM, version=before.pk, at=DUE)
    assert of_active.cross is of_active.theirs is of_active.shadow is None
    assert of_active.ours is not None
    assert of_active.ours.right == found.theirs.right


@pytest.mark.parametrize("login", ["desk", "leader", "principal"])
def test_only_the_installation_touches_versions(world: World, login: str) -> None:
    actor = world.actor(login)
    attempts: list[Callable[[], Any]] = [
        lambda: train(actor=actor),
        lambda: promote(active().pk, actor=actor),
        lambda: actions.evaluate_version(actor=actor, version=active().pk, at=NOW),
        lambda: actions.roll_back(actor=actor, jurisdiction=JURISDICTION, reason="x", at=NOW),
    ]
    for attempt in attempts:
        with pytest.raises(InstallationOnly):
            attempt()


def test_answers_of_another_place_count_for_the_same_jurisdiction(answered: World) -> None:
    lon, lat = IN_OTHER_GRID
    taken = answered.take("垃圾又满了", lon=lon, lat=lat)
    move(answered, taken.case_id, "accept", "other_desk")
    assert train().desk_texts_count == 61
    assert CaseSignal.objects.count() == 61


def test_two_who_promote_and_roll_back_at_once_leave_one_version_in_use(
    lasting_world: World, settings: Any
) -> None:
    settings.SHADOW_HOURS = settings.SHADOW_SIGNALS = settings.SHADOW_ANSWERS = 0
    answer_sixty(lasting_world)
    version = train()

    def act(number: int) -> str:
        try:
            if number % 2:
                promote(version.pk)
            else:
                actions.roll_back(actor=SYSTEM, jurisdiction=JURISDICTION, reason="probe", at=DUE)
        except AnlanError as obstacle:
            return obstacle.code
        finally:
            connections.close_all()
        return "done"

    with ThreadPoolExecutor(4) as pool:
        ended = set(pool.map(act, range(6)))
    assert "done" in ended
    assert ended <= {"done", "ALREADY_ACTIVE", "NO_VERSION_BEFORE"}
    assert ClassifierVersion.objects.filter(is_active=True).count() == 1
