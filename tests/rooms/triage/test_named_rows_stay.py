"""What a signal writes has no foreign keys: triggers keep what it names, the check finds what it does not."""

from __future__ import annotations

from uuid import uuid4

import pytest
from django.apps import apps
from django.db import IntegrityError, connection, transaction
from django.db.models import ForeignKey

from anlan.backup.checking import list_dangling
from anlan.cases.models import Case, CaseSignal, Matter, Step
from anlan.intake.models import Signal
from anlan.places.models import Place, Unit
from anlan.triage.models import Decision
from tests.make import World

pytestmark = pytest.mark.usefixtures("as_owner")

UNCHECKED = sorted(
    (
        field.remote_field.model._meta.db_table,
        f"{model._meta.db_table}.{field.column}",
    )
    for model in apps.get_models()
    for field in model._meta.get_fields()
    if isinstance(field, ForeignKey) and not field.db_constraint
)


def test_every_reference_without_a_key_is_kept_by_a_trigger(world: World) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tgrelid::regclass::text, encode(tgargs, 'escape') FROM pg_trigger"
            " WHERE tgname = 'anlan_keep_named'"
        )
        kept = [
            (table, reference)
            for table, given in cursor.fetchall()
            for reference in given.split("\\000")
            if reference
        ]
    assert sorted(kept) == UNCHECKED


@pytest.mark.parametrize(
    ("table", "of_case"),
    [
        (Place, "place_id"),
        (Unit, "unit_id"),
        (Unit, "desk_id"),
        (Matter, "matter_id"),
        (Case, "id"),
    ],
)
def test_a_named_row_is_neither_deleted_nor_renumbered(
    world: World, table: type, of_case: str
) -> None:
    case = Case.objects.get(pk=world.take().case_id)
    name = table._meta.db_table  # type: ignore[attr-defined]
    named = getattr(case, of_case)
    other = uuid4() if table is Case else 0
    for statement, given in (
        (f"DELETE FROM {name} WHERE id = %s", [named]),
        (f"UPDATE {name} SET id = %s WHERE id = %s", [other, named]),
    ):
        with (
            pytest.raises(IntegrityError, match="still named by"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(statement, given)


def test_a_signal_that_is_named_stays(world: World) -> None:
    signal = Signal.objects.get(code=world.take().code)
    with (
        pytest.raises(IntegrityError, match=r"still named by intake_contact\.signal_id"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute("DELETE FROM intake_signal WHERE id = %s", [signal.id])


def test_a_row_that_nothing_names_goes(world: World) -> None:
    Place.objects.create(
        jurisdiction_id=Place.objects.first().jurisdiction_id,  # type: ignore[union-attr]
        code="SPARE", name="备用", level="GRID", path="SPARE", depth=1,
    )  # fmt: skip
    Place.objects.get(code="SPARE").delete()
    assert not Place.objects.filter(code="SPARE").exists()


def test_the_check_names_each_row_that_names_nothing(world: World) -> None:
    case_id = world.take().case_id
    assert list_dangling() == []
    Case.objects.filter(pk=case_id).update(unit_id=0)
    Step.objects.filter(case_id=case_id).update(case_id=uuid4())
    CaseSignal.objects.filter(case_id=case_id).update(case_id=uuid4())
    Decision.objects.filter(case_id=case_id).update(matter_id=0)
    assert sorted(list_dangling()) == [
        "1 rows of cases_case name no unit",
        "1 rows of cases_casesignal name no case",
        "1 rows of cases_step name no case",
        "1 rows of triage_decision name no matter",
    ]
