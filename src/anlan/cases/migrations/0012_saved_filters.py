"""Filters of the queue kept under a name: seen by whoever keeps them, and by the desk they are lent to."""

import django.db.models.deletion
from django.db import migrations, models

import anlan.kernel.ids
from anlan.kernel.sql import row_policy

RULE = "person_id = (SELECT anlan_person()) OR lent_to <> ''"


class Migration(migrations.Migration):
    # A new table, which the version before does not read.
    expands = True
    dependencies = [
        ("cases", "0011_unchecked_references"),
        ("people", "0008_who_stands_duty"),
        ("config", "0002_row_level_security"),
    ]
    operations = [
        migrations.CreateModel(
            name="SavedFilter",
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
                ("name", models.CharField(max_length=30)),
                ("fields", models.JSONField(default=dict)),
                ("lent_to", models.CharField(blank=True, default="", max_length=255)),
                ("kept_at", models.DateTimeField()),
                (
                    "person",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="people.person",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("person", "name"), name="cases_savedfilter_once"
                    ),
                ],
                "indexes": [
                    models.Index(
                        condition=models.Q(("lent_to", ""), _negated=True),
                        fields=["lent_to"],
                        name="cases_savedfilter_lent",
                    ),
                ],
            },
        ),
        migrations.RunSQL(*row_policy("cases_savedfilter", RULE)),
    ]
