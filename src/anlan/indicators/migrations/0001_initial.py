"""The register, values, returns (seen from a seat over their place, as `visible_to` says), and codes that ended."""

import django.db.models.deletion
from django.db import migrations, models

import anlan.kernel.ids
import anlan.places.models
from anlan.kernel.sql import row_policy

RETURN = """
    place_path <@ (SELECT anlan_wide_places())
    OR EXISTS (
        SELECT FROM unnest(
            (SELECT anlan_narrow_departments()), (SELECT anlan_narrow_places())
        ) AS seat (department, place)
        WHERE indicators_return.place_path <@ seat.place
            AND indicators_return.department = seat.department
    )
"""


class Migration(migrations.Migration):
    # New tables, which the version before does not read.
    expands = True

    dependencies = [
        ("config", "0002_row_level_security"),
        ("places", "0002_jurisdiction_boundaries"),
    ]

    operations = [
        migrations.CreateModel(
            name="RegisterVersion",
            fields=[
                (
                    "jurisdiction",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="+",
                        serialize=False,
                        to="places.jurisdiction",
                    ),
                ),
                ("families", models.JSONField()),
                ("lights", models.JSONField()),
                ("lights_source", models.TextField()),
                ("number", models.BigIntegerField()),
            ],
        ),
        migrations.CreateModel(
            name="Indicator",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("code", models.CharField(max_length=40)),
                ("family", models.CharField(max_length=40)),
                ("name", models.CharField(max_length=80)),
                ("name_en", models.CharField(max_length=120)),
                ("unit", models.CharField(blank=True, max_length=40)),
                ("unit_en", models.CharField(blank=True, max_length=40)),
                ("decimals", models.PositiveSmallIntegerField()),
                ("direction", models.CharField(max_length=8)),
                ("formula", models.JSONField()),
                ("cadence", models.CharField(max_length=8)),
                ("department", models.CharField(blank=True, max_length=32)),
                ("low", models.FloatField()),
                ("high", models.FloatField()),
                ("due_day", models.PositiveSmallIntegerField()),
                ("source", models.TextField()),
                ("confidence", models.FloatField()),
                ("position", models.PositiveSmallIntegerField()),
                ("is_active", models.BooleanField(default=True)),
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
        migrations.CreateModel(
            name="Return",
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
                ("department", models.CharField(blank=True, max_length=32)),
                ("month_date", models.DateField()),
                ("cells", models.JSONField()),
                ("digest", models.CharField(max_length=64)),
                ("reason", models.CharField(blank=True, default="", max_length=500)),
                ("procedure_version", models.PositiveSmallIntegerField()),
                ("state", models.CharField(max_length=16)),
                ("due_at", models.DateTimeField(null=True)),
                ("given_by", models.UUIDField(null=True)),
                ("given_at", models.DateTimeField()),
                ("decided_by", models.UUIDField(null=True)),
                ("decided_at", models.DateTimeField(null=True)),
                ("note", models.CharField(blank=True, default="", max_length=500)),
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
            name="Succession",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("old_code", models.CharField(max_length=20)),
                ("share", models.FloatField(default=1.0)),
                ("changed_date", models.DateField()),
                ("source", models.TextField(blank=True, default="")),
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
            name="Value",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("month_date", models.DateField()),
                ("numerator", models.FloatField(null=True)),
                ("denominator", models.FloatField(null=True)),
                ("value", models.FloatField(null=True)),
                ("is_returned", models.BooleanField(default=False)),
                (
                    "indicator",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="indicators.indicator",
                    ),
                ),
                (
                    "place",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="places.place",
                    ),
                ),
                (
                    "returned_in",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="indicators.return",
                    ),
                ),
            ],
        ),
        migrations.AddConstraint(
            model_name="indicator",
            constraint=models.UniqueConstraint(
                fields=("jurisdiction", "code"), name="indicators_indicator_once"
            ),
        ),
        migrations.AddIndex(
            model_name="return",
            index=models.Index(
                fields=["place_path", "state", "month_date"], name="indicators_return_place"
            ),
        ),
        migrations.AddIndex(
            model_name="return",
            index=models.Index(
                condition=models.Q(("state__in", ("GIVEN",))),
                fields=["due_at"],
                name="indicators_return_due",
            ),
        ),
        migrations.AddConstraint(
            model_name="succession",
            constraint=models.UniqueConstraint(
                fields=("old_code", "place"), name="indicators_succession_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="succession",
            constraint=models.CheckConstraint(
                condition=models.Q(("share__gt", 0), ("share__lte", 1)),
                name="indicators_succession_share",
            ),
        ),
        migrations.AddIndex(
            model_name="value",
            index=models.Index(fields=["month_date", "place"], name="indicators_value_month"),
        ),
        migrations.AddConstraint(
            model_name="value",
            constraint=models.UniqueConstraint(
                fields=("indicator", "place", "month_date"), name="indicators_value_once"
            ),
        ),
        migrations.RunSQL(*row_policy("indicators_return", RETURN)),
    ]
