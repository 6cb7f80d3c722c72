"""Schemes, results, cards and objections; the latter two are seen from a seat over their place."""

import django.db.models.deletion
from django.db import migrations, models

import anlan.kernel.ids
import anlan.places.models
from anlan.kernel.sql import row_policy

IN_PLACES = "place_path <@ (SELECT anlan_wide_places())"


class Migration(migrations.Migration):
    # New tables, which the version before does not read.
    expands = True
    initial = True

    dependencies = [
        ("places", "0002_jurisdiction_boundaries"),
        ("config", "0002_row_level_security"),
    ]

    operations = [
        migrations.CreateModel(
            name="Card",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=anlan.kernel.ids.new_id,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("place_path", anlan.places.models.LtreeField()),
                ("scheme", models.CharField(max_length=40)),
                ("period", models.CharField(max_length=7)),
                ("version", models.PositiveSmallIntegerField()),
                ("is_current", models.BooleanField()),
                ("content", models.JSONField()),
                ("digest", models.CharField(max_length=64)),
                ("reason", models.CharField(blank=True, default="", max_length=1000)),
                ("changes", models.JSONField(default=list)),
                ("published_at", models.DateTimeField()),
                ("objections_until", models.DateTimeField()),
                ("ledger_size", models.BigIntegerField()),
                ("ledger_root", models.CharField(max_length=64)),
                (
                    "place",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="places.place",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Objection",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=anlan.kernel.ids.new_id,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("place_path", anlan.places.models.LtreeField()),
                ("indicator", models.CharField(max_length=40)),
                ("value", models.FloatField(null=True)),
                ("text", models.CharField(max_length=1000)),
                ("procedure_version", models.PositiveSmallIntegerField()),
                ("state", models.CharField(max_length=16)),
                ("due_at", models.DateTimeField(null=True)),
                ("filed_at", models.DateTimeField()),
                ("answer", models.CharField(blank=True, default="", max_length=1000)),
                ("decided_value", models.FloatField(null=True)),
                ("decided_at", models.DateTimeField(null=True)),
                (
                    "card",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="objections",
                        to="assessment.card",
                    ),
                ),
                (
                    "corrected",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="assessment.card",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="PastResult",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("scheme", models.CharField(max_length=40)),
                ("year", models.PositiveSmallIntegerField()),
                ("is_passed", models.BooleanField()),
                ("source", models.CharField(max_length=300)),
                (
                    "place",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="places.place",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="SchemeVersion",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("code", models.CharField(max_length=40)),
                ("version", models.PositiveSmallIntegerField()),
                ("since", models.CharField(max_length=7)),
                ("content", models.JSONField()),
                ("digest", models.CharField(max_length=64)),
                ("loaded_at", models.DateTimeField()),
                (
                    "jurisdiction",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="places.jurisdiction",
                    ),
                ),
            ],
        ),
        migrations.AddIndex(
            model_name="card",
            index=models.Index(
                fields=["place_path", "scheme", "period"], name="assessment_card_place"
            ),
        ),
        migrations.AddConstraint(
            model_name="card",
            constraint=models.UniqueConstraint(
                fields=("place", "scheme", "period", "version"), name="assessment_card_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="card",
            constraint=models.UniqueConstraint(
                condition=models.Q(("is_current", True)),
                fields=("place", "scheme", "period"),
                name="assessment_card_one_current",
            ),
        ),
        migrations.AddIndex(
            model_name="objection",
            index=models.Index(fields=["place_path", "state"], name="assessment_objection_place"),
        ),
        migrations.AddIndex(
            model_name="objection",
            index=models.Index(
                condition=models.Q(("state__in", ("FILED",))),
                fields=["due_at"],
                name="assessment_objection_due",
            ),
        ),
        migrations.AddConstraint(
            model_name="pastresult",
            constraint=models.UniqueConstraint(
                fields=("place", "scheme", "year"), name="assessment_past_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="schemeversion",
            constraint=models.UniqueConstraint(
                fields=("jurisdiction", "code", "version"), name="assessment_scheme_once"
            ),
        ),
        migrations.RunSQL(*row_policy("assessment_card", IN_PLACES)),
        migrations.RunSQL(*row_policy("assessment_objection", IN_PLACES)),
    ]
