"""Acts from the outbox of a phone: seen by whoever made them, and with their case."""

import django.db.models.deletion
from django.db import migrations, models

import anlan.kernel.ids
from anlan.kernel.sql import row_policy

RULE = """
    person_id = (SELECT anlan_person())
    OR EXISTS (SELECT FROM cases_case AS mine WHERE mine.id = dispatch_act.case_id)
"""


class Migration(migrations.Migration):
    # A new table, which the version before does not read.
    expands = True
    dependencies = [
        ("cases", "0010_search_by_tokens_alone"),
        ("dispatch", "0007_carried_over"),
        ("people", "0007_recovery"),
    ]

    operations = [
        migrations.CreateModel(
            name="Act",
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
                ("key", models.UUIDField()),
                ("body_digest", models.CharField(max_length=64)),
                ("device", models.UUIDField()),
                ("number", models.PositiveIntegerField()),
                ("kind", models.CharField(max_length=8)),
                ("move", models.CharField(blank=True, default="", max_length=32)),
                ("at", models.DateTimeField()),
                ("said_at", models.DateTimeField()),
                ("is_sure", models.BooleanField()),
                ("clock_off_s", models.IntegerField()),
                ("outcome", models.CharField(max_length=8)),
                ("code", models.CharField(blank=True, default="", max_length=64)),
                (
                    "case",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="cases.case",
                    ),
                ),
                (
                    "dispatch",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="dispatch.dispatch",
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="people.person",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("person", "key"), name="dispatch_act_once"),
                    models.UniqueConstraint(
                        fields=("person", "device", "number"), name="dispatch_act_in_order"
                    ),
                ],
            },
        ),
        migrations.RunSQL(*row_policy("dispatch_act", RULE)),
    ]
