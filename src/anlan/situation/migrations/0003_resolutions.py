"""What meetings decided to be done, with owner and day: seen from a seat over its place."""

import django.db.models.deletion
from django.db import migrations, models
from django.db.models import Q

import anlan.kernel.ids
import anlan.places.models
from anlan.kernel.sql import row_policy


def _refers(to: str) -> "models.ForeignKey[models.Model]":
    return models.ForeignKey(
        db_index=False,
        on_delete=django.db.models.deletion.PROTECT,
        related_name="+",
        to=to,
    )


class Migration(migrations.Migration):
    # A new table, which the version before does not read.
    expands = True

    dependencies = [
        ("places", "0002_jurisdiction_boundaries"),
        ("situation", "0002_minutes"),
    ]

    operations = [
        migrations.CreateModel(
            name="Resolution",
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
                ("held_date", models.DateField()),
                ("text", models.CharField(max_length=500)),
                ("procedure_version", models.PositiveSmallIntegerField()),
                ("state", models.CharField(max_length=16)),
                ("due_at", models.DateTimeField(null=True)),
                ("closing_note", models.CharField(blank=True, default="", max_length=500)),
                ("closed_at", models.DateTimeField(null=True)),
                (
                    "minute",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="resolutions",
                        to="situation.minute",
                    ),
                ),
                ("place", _refers("places.place")),
                ("unit", _refers("places.unit")),
            ],
            options={
                "indexes": [
                    models.Index(fields=["place_path", "state"], name="situation_resolution_place"),
                    models.Index(
                        condition=Q(due_at__isnull=False),
                        fields=["due_at"],
                        name="situation_resolution_due",
                    ),
                ],
            },
        ),
        migrations.RunSQL(
            *row_policy("situation_resolution", "place_path <@ (SELECT anlan_wide_places())")
        ),
    ]
