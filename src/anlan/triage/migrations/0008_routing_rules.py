"""Routing rules, and the number that changes with them."""

import django.db.models.constraints
import django.db.models.deletion
from django.db import migrations, models

import anlan.places.models


class Migration(migrations.Migration):
    expands = True
    dependencies = [
        ("places", "0002_jurisdiction_boundaries"),
        ("triage", "0007_hot_topics"),
    ]
    operations = [
        migrations.CreateModel(
            name="RoutingVersion",
            fields=[
                ("id", models.SmallIntegerField(default=1, primary_key=True, serialize=False)),
                ("number", models.BigIntegerField(default=anlan.places.models.new_version)),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("id", 1)), name="triage_routing_one_row"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="RoutingRule",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("position", models.PositiveIntegerField()),
                ("is_active", models.BooleanField(default=True)),
                ("matters", models.JSONField(default=list)),
                ("classes", models.JSONField(default=list)),
                ("levels", models.JSONField(default=list)),
                ("channels", models.JSONField(default=list)),
                ("words", models.JSONField(default=list)),
                ("days", models.CharField(blank=True, default="", max_length=8)),
                ("from_time", models.TimeField(null=True)),
                ("until_time", models.TimeField(null=True)),
                ("valid_from", models.DateField(null=True)),
                ("valid_until", models.DateField(null=True)),
                (
                    "target",
                    models.CharField(
                        choices=[
                            ("UNIT", "UNIT"),
                            ("DEPARTMENT", "DEPARTMENT"),
                            ("PERSON", "PERSON"),
                        ],
                        max_length=16,
                    ),
                ),
                ("unit_id", models.BigIntegerField(null=True)),
                ("department", models.CharField(blank=True, default="", max_length=32)),
                ("why", models.CharField(max_length=300)),
                ("changed_at", models.DateTimeField()),
                ("changed_by", models.UUIDField(null=True)),
                (
                    "jurisdiction",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="places.jurisdiction",
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
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        deferrable=django.db.models.constraints.Deferrable["DEFERRED"],
                        fields=("jurisdiction", "position"),
                        name="triage_rule_in_order",
                    )
                ],
            },
        ),
        migrations.RunSQL(
            "INSERT INTO triage_routingversion (id, number) VALUES (1, 1)", migrations.RunSQL.noop
        ),
    ]
