"""Tables respect the floors, too: import contracts see neither `"room.Model"` nor SQL."""

import re

import pytest
from django.apps import apps
from django.db import models

from tests.house.floors import SOURCE, get_floors, list_modules, may_use

OURS = [model for model in apps.get_models() if model.__module__.startswith("anlan.")]
TABLES = {model._meta.db_table: model._meta.app_label for model in OURS}


def foreign_keys() -> list[models.ForeignKey]:
    return [
        field
        for model in OURS
        for field in model._meta.get_fields()
        if isinstance(field, models.ForeignKey | models.ManyToManyField)
        and not field.remote_field.parent_link
    ]


def test_there_are_tables_to_check() -> None:
    assert "places_place" in TABLES
    assert any(field.model._meta.label == "places.Place" for field in foreign_keys())


@pytest.mark.parametrize("field", foreign_keys(), ids=str)
def test_foreign_keys_point_to_the_same_room_or_down(field: models.ForeignKey) -> None:
    room = field.model._meta.app_label
    other = field.related_model._meta.app_label
    assert may_use(room, other), f"{room} may not refer to {other}"


def test_tables_are_named_after_their_room() -> None:
    for model in OURS:
        assert model._meta.db_table.startswith(f"{model._meta.app_label}_"), model


def test_no_table_has_a_hidden_order() -> None:
    assert [model for model in OURS if model._meta.ordering] == []


def test_sql_names_only_tables_of_the_same_room_or_below() -> None:
    # Tables made by hand in a migration are known by their room's prefix.
    rooms = "|".join(room for room in get_floors() if (SOURCE / room / "migrations").exists())
    made = re.compile(rf"CREATE (?:UNLOGGED )?TABLE (?:IF NOT EXISTS )?(({rooms})_\w+)")
    tables = dict(TABLES)
    for path in SOURCE.glob("*/migrations/*.py"):
        tables.update(dict(made.findall(path.read_text(encoding="utf-8"))))
    word = re.compile(r"\b(" + "|".join(sorted(tables, key=len, reverse=True)) + r")\b")
    wrong = []
    for path in [*sorted(SOURCE.rglob("*.sql")), *list_modules()]:
        room = path.relative_to(SOURCE).parts[0]
        if room not in get_floors():
            continue
        named = sorted(set(word.findall(path.read_text(encoding="utf-8"))))
        wrong += [
            f"{path.relative_to(SOURCE)} names {table}"
            for table in named
            if not may_use(room, tables[table])
        ]
    assert wrong == []


def test_rooms_without_django_have_no_tables() -> None:
    assert not (SOURCE / "kernel" / "models.py").exists()
