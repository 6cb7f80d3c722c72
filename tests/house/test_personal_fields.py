"""Every column that may hold words about a person is told apart, with a purpose and a term."""

from __future__ import annotations

import re
from collections.abc import Iterable

from django.apps import apps
from django.contrib.postgres.fields import ArrayField
from django.db import models

from anlan.privacy.queries import HELD
from anlan.privacy.rules import read_fields

TEXTS = (
    models.CharField, models.TextField, models.JSONField, models.BinaryField, models.FileField,
    models.GenericIPAddressField, ArrayField,
)  # fmt: skip
POINTS = {"lon", "lat"}


def list_columns(tables: Iterable[type[models.Model]]) -> set[str]:
    return {
        f"{table._meta.label_lower}.{field.name}"
        for table in tables
        for field in table._meta.concrete_fields
        if isinstance(field, TEXTS) or field.name in POINTS
    }


def ours() -> list[type[models.Model]]:
    return [model for model in apps.get_models() if model.__module__.startswith("anlan.")]


def test_every_column_is_classified_and_every_classified_column_exists() -> None:
    fields = read_fields()
    classified = {*fields.personal, *fields.not_personal}
    columns = list_columns(ours())
    assert columns - classified == set(), "say in privacy/fields.yaml whether these are personal"
    assert classified - columns == set(), "privacy/fields.yaml names columns that do not exist"
    assert set(fields.personal) & set(fields.not_personal) == set()


def test_a_planted_column_is_noticed() -> None:
    class Planted(models.Model):
        nickname = models.TextField()
        faces = ArrayField(models.IntegerField())
        note = models.JSONField()
        age = models.IntegerField()

        class Meta:
            app_label = "planted"
            managed = False

    try:
        found = list_columns([Planted])
        assert found == {
            "planted.planted.nickname",
            "planted.planted.faces",
            "planted.planted.note",
        }
        assert found - {*read_fields().personal, *read_fields().not_personal} == found
    finally:
        apps.all_models["planted"].clear()
        apps.clear_cache()


def test_every_personal_column_has_a_term_that_a_question_can_prove() -> None:
    wanted = {(f.name, term) for f in read_fields().personal.values() for term in f.terms}
    assert {(held.field, held.term) for held in HELD} == wanted


def test_every_term_says_where_it_comes_from() -> None:
    for term in read_fields().terms.values():
        assert term.days > 0
        assert term.source
        assert 0 < term.confidence <= 1
        assert {"zh", "en"} <= set(term.since)
        assert re.search(r"法典?\W+art\. \d+", term.source), f"{term.source} cites no article"
        if term.confidence < 1:
            assert "默认值(待核)" in term.source
    for field in read_fields().personal.values():
        assert field.about in ("REPORTER", "STAFF")
        assert {"zh", "en"} <= set(field.purpose)
        assert {"zh", "en"} <= set(field.basis)
        assert re.search(r"art\. \d+", field.basis["en"])
        assert re.search(r"法第.+条", field.basis["zh"])
        assert {"zh", "en"} <= set(field.seen_by)
