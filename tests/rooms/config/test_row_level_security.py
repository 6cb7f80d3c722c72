"""The second wall: what a query that forgets `visible_to` gets, whoever runs it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest
from django.apps import apps
from django.db import ProgrammingError, connection, transaction
from django.db.models import Model

from anlan.cases import actions as cases
from anlan.cases.models import Case, CaseSignal, Step
from anlan.cases.queries import access_case
from anlan.cases.rules import Given
from anlan.documents.models import Document
from anlan.intake.models import Contact, Signal
from anlan.kernel import scope
from anlan.kernel.actor import Actor
from anlan.triage.models import Decision
from tests.make import IN_OTHER_GRID, NOW, PEOPLE, World
from tests.worlds.fixtures import *  # noqa: F403

# Tables that hold nothing of a matter or a person's own: every scope reads them alike.
OPEN_TO_EVERY_SCOPE = {
    "people_": "accounts, duties, sign-ins: read before anybody's scope is known",
    "places_": "jurisdictions, grids, units: public knowledge",
    "cases_catalogueversion": "public knowledge",
    "cases_deadlineprofile": "public knowledge",
    "cases_matter": "public knowledge",
    "dispatch_runcard": "public knowledge: who comes to which kind of case",
    "cases_sweep": "up to which instant clocks have been told of",
    "cases_untold": "ids of cases just opened, for a second",
    "triage_routing": "rules of routing: which unit gets which matter; nothing of a matter itself",
    "triage_rulecount": "how often a rule decided or failed, by place and day; no case, no person",
    "triage_pick": "how often which place or unit was picked in a doubt; no case, no person",
    "triage_classifierversion": "trained weights, no text",
    "intake_importrun": "how far a file was taken in; only the owner imports",
    "intake_importreject": "rows set aside; only the owner imports",
    "rollup_": "counts by place, matter and day",
    "indicators_registerversion": "public knowledge",
    "indicators_indicator": "public knowledge: what is counted, and how",
    "indicators_succession": "public knowledge: which code became which",
    "indicators_value": "figures by place and month",
    "assessment_schemeversion": "public knowledge: how places are scored",
    "assessment_pastresult": "in which years a place passed",
    "situation_review": "which weeks were judged, and how many series",
    "ledger_": "ids and digests, no personal data; the application may only append",
    "procrastinate_": "the queue: ids only",
    "django_": "migrations",
    "privacy_term": "how long personal fields are kept: public knowledge",
    "privacy_proof": "what the nightly erasure counted; no personal data",
}


@pytest.fixture
def matters(world: World) -> World:
    """Cases of several places and departments, handled, dispatched and closed."""
    texts = ["村口路灯坏了三天，晚上看不清路", "工地半夜施工太吵", "邻居堆放杂物堵住消防通道"]
    for text in texts:
        for point in (None, IN_OTHER_GRID):
            given = {"lon": point[0], "lat": point[1]} if point else {}
            taken = world.take(text, **given)
            desk = world.actor("other_desk" if point else "desk")
            move(desk, taken.case_id, "accept")
    first = Case.objects.order_by("opened_at", "id").first()
    assert first is not None
    first.responders = [world.person_ids["other_grid"]]
    first.save(update_fields=["responders"])
    with connection.cursor() as cursor:
        # The test is one transaction, to whose end every case that was moved is held.
        cursor.execute("SELECT set_config('anlan.held', '', true)")
    return world


def move(actor: Actor, case_id: Any, code: str, **given: Any) -> None:
    cases.move_case(actor=actor, case_id=case_id, move=code, given=Given(**given), at=NOW)


def ids(model: type[Model]) -> set[Any]:
    return set(model.objects.values_list("pk", flat=True))  # type: ignore[attr-defined]


@pytest.mark.parametrize("login", PEOPLE)
def test_a_query_that_forgets_its_filter_shows_what_the_filter_would(
    matters: World, login: str
) -> None:
    actor = matters.actor(login)
    seen = set(Case.objects.open_to(actor).values_list("pk", flat=True))
    everything = ids(Case)
    signals = set(CaseSignal.objects.filter(case_id__in=seen).values_list("signal_id", flat=True))
    steps = set(Step.objects.filter(case_id__in=seen).values_list("pk", flat=True))
    with scope.acting(scope.of(actor)):
        assert ids(Case) == seen
        assert ids(Step) == steps
        assert ids(CaseSignal) == ids(Signal) == ids(Contact) == signals
        assert set(Decision.objects.values_list("case_id", flat=True)) == seen
        unseen = everything - seen
        assert Case.objects.filter(pk__in=unseen).update(title="其他") == 0
    if login in ("desk", "centre", "other_desk"):
        assert seen
    if login in ("volunteer", "resident", "safety"):
        assert not seen


def test_without_a_scope_nothing_is_seen_and_nothing_written(matters: World) -> None:
    token = scope._current.set(None)  # type: ignore[arg-type]
    try:
        for model in under_security():
            assert not model.objects.exists(), model  # type: ignore[attr-defined]
        with pytest.raises(ProgrammingError, match="row-level security"), transaction.atomic():
            Document.objects.create(
                sha256="0" * 64, thumbnail_sha256="0" * 64, media_type="image/jpeg", size_bytes=1,
                width=1, height=1, name="x", kept_at=NOW,
            )  # fmt: skip
    finally:
        scope._current.reset(token)


def under_security() -> list[type[Model]]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT relname FROM pg_class WHERE relrowsecurity")
        tables = {name for (name,) in cursor.fetchall()}
    return [model for model in apps.get_models() if model._meta.db_table in tables]


def test_every_table_stands_behind_the_wall_or_says_why_not(db: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname, relrowsecurity FROM pg_class"
            " WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
        )
        tables = dict(cursor.fetchall())
    bare = {
        name
        for name, secured in tables.items()
        if not secured and not name.startswith(tuple(OPEN_TO_EVERY_SCOPE))
    }
    assert not bare, (
        "give these tables a policy (kernel/sql.py), or say here why every scope may read them"
    )
    assert sum(tables.values()) >= 11


def test_the_application_owns_nothing_and_bypasses_nothing(db: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user")
        assert cursor.fetchone() == ("anlan_app",)
        cursor.execute(
            "SELECT rolsuper, rolbypassrls, rolcreaterole, rolcreatedb FROM pg_roles"
            " WHERE rolname = 'anlan_app'"
        )
        assert cursor.fetchone() == (False, False, False, False)
        cursor.execute("SELECT count(*) FROM pg_class WHERE relowner = 'anlan_app'::regrole")
        assert cursor.fetchone() == (0,)
    for statement in ("UPDATE ledger_entry SET what = 'x'", "DELETE FROM ledger_leaf",
                      "TRUNCATE cases_case", "DROP TABLE cases_case"):  # fmt: skip
        with pytest.raises(ProgrammingError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)


def test_whoever_hands_a_case_on_can_finish_the_move(matters: World) -> None:
    """The change takes the case out of the actor's sight, and is made all the same."""
    case = Case.objects.filter(responders__contains=[matters.person_ids["other_grid"]]).get()
    worker = matters.actor("other_grid")
    with scope.acting(scope.of(worker)), transaction.atomic():
        held = access_case(actor=worker, case_id=case.id, lock=True)
        held.responders = []
        held.save(update_fields=["responders"])
        assert ids(Case) >= {case.id}, "held to the end of the transaction"


def test_a_proved_code_opens_one_matter(matters: World) -> None:
    signal = Signal.objects.order_by("received_at", "id").first()
    assert signal is not None
    with scope.acting(scope.NOTHING):
        assert not ids(Case)
        scope.open_code(signal.code)
        assert ids(Signal) == {signal.pk}
        assert len(ids(Case)) == 1
    assert len(ids(Case)) > 1


def test_a_scope_ends_with_its_savepoint(matters: World) -> None:
    whole = ids(Case)
    with scope.acting(scope.of(matters.actor("desk"))):
        narrow = ids(Case)
        with scope.acting(scope.EVERYTHING), suppress(ZeroDivisionError), transaction.atomic():
            assert ids(Case) == whole
            raise ZeroDivisionError
        assert ids(Case) == narrow


@pytest.fixture
def one_connection(transactional_db: None) -> Iterator[None]:
    """A pool of one, so that the next user gets the very connection."""
    options = connection.settings_dict["OPTIONS"]
    pool = options["pool"]
    connection.close()
    connection.close_pool()
    options["pool"] = {**pool, "min_size": 1, "max_size": 1}
    yield
    connection.close()
    connection.close_pool()
    options["pool"] = pool


def test_a_pooled_connection_carries_no_scope_over(
    one_connection: None, lasting_world: World
) -> None:
    lasting_world.take()
    connection.close()
    seen: list[tuple[int, str, int]] = []

    def look(as_scope: scope.Scope | None, fail: bool) -> None:
        token = scope._current.set(as_scope)  # type: ignore[arg-type]
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(
                    "SELECT pg_backend_pid(), current_setting('anlan.scope', true), count(*)"
                    " FROM cases_case"
                )
                seen.append(cursor.fetchone())
                if fail:
                    cursor.execute("SELECT 1 / 0")
        except Exception:  # noqa: BLE001 - the failure is the point
            pass
        finally:
            scope._current.reset(token)
            connection.close()

    for as_scope, fail in [(scope.EVERYTHING, False), (None, False), (scope.EVERYTHING, True),
                           (None, False), (scope.NOTHING, False)]:  # fmt: skip
        thread = threading.Thread(target=look, args=[as_scope, fail])
        thread.start()
        thread.join()
    assert len({pid for pid, _, _ in seen}) == 1, "one connection served all"
    assert [(said, count) for _, said, count in seen] == [
        ("all", 1), ("", 0), ("all", 1), ("", 0), ("{}", 0),
    ]  # fmt: skip
