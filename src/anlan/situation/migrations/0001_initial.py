"""Weekly reviews, and findings: seen from a seat over their place, as `visible_to` says."""

import django.db.models.deletion
from django.db import migrations, models

import anlan.kernel.ids
import anlan.places.models
from anlan.kernel.sql import row_policy

FINDING = "place_path <@ (SELECT anlan_wide_places())"


class Migration(migrations.Migration):
    # New tables, which the version before does not read.
    expands = True

    dependencies = [
        ("cases", "0008_lists_that_do_not_grow"),
        ("places", "0002_jurisdiction_boundaries"),
    ]

    operations = [
        migrations.CreateModel(
            name="Finding",
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
                ("week_date", models.DateField()),
                ("method", models.CharField(max_length=8)),
                ("observed", models.PositiveIntegerField()),
                ("expected", models.FloatField()),
                ("bound", models.FloatField()),
                ("p_value", models.FloatField()),
                ("adjusted", models.FloatField()),
                ("history", models.JSONField()),
                ("found_at", models.DateTimeField()),
                ("procedure_version", models.PositiveSmallIntegerField()),
                ("state", models.CharField(max_length=16)),
                ("due_at", models.DateTimeField(null=True)),
                ("note", models.CharField(blank=True, default="", max_length=500)),
                ("closing_note", models.CharField(blank=True, default="", max_length=500)),
                ("decided_at", models.DateTimeField(null=True)),
                ("closed_at", models.DateTimeField(null=True)),
                (
                    "matter",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="cases.matter",
                    ),
                ),
                (
                    "place",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="places.place",
                    ),
                ),
                (
                    "unit",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="places.unit",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        fields=["place_path", "state", "week_date"], name="situation_finding_place"
                    ),
                    models.Index(
                        condition=models.Q(("due_at__isnull", False)),
                        fields=["due_at"],
                        name="situation_finding_due",
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("place", "matter", "week_date"), name="situation_finding_once"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Review",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("week_date", models.DateField()),
                ("series_count", models.PositiveIntegerField()),
                ("found_count", models.PositiveIntegerField()),
                ("judged_at", models.DateTimeField()),
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
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("jurisdiction", "week_date"), name="situation_review_once"
                    )
                ],
            },
        ),
        migrations.RunSQL(*row_policy("situation_finding", FINDING)),
    ]
