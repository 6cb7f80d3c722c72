"""Minutes of meetings over analysis papers: seen from a seat over their place."""

import django.db.models.deletion
from django.db import migrations, models

import anlan.kernel.ids
import anlan.places.models
from anlan.kernel.sql import row_policy


class Migration(migrations.Migration):
    # A new table, which the version before does not read.
    expands = True

    dependencies = [
        ("places", "0002_jurisdiction_boundaries"),
        ("situation", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="Minute",
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
                ("month_date", models.DateField()),
                ("held_date", models.DateField()),
                ("present", models.CharField(max_length=500)),
                ("decided", models.CharField(max_length=2000)),
                ("noted_at", models.DateTimeField()),
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
            options={
                "indexes": [
                    models.Index(fields=["place_path", "month_date"], name="situation_minute_place")
                ],
            },
        ),
        migrations.RunSQL(
            *row_policy("situation_minute", "place_path <@ (SELECT anlan_wide_places())")
        ),
    ]
