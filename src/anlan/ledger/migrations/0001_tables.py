"""Tables of the ledger."""

from django.db import migrations, models

import anlan.ledger.models


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Checkpoint",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("size", models.BigIntegerField()),
                ("root", models.BinaryField()),
                ("at", models.DateTimeField()),
                ("note", models.TextField()),
            ],
        ),
        migrations.CreateModel(
            name="Leaf",
            fields=[
                (
                    "leaf_index",
                    models.BigIntegerField(primary_key=True, serialize=False),
                ),
                ("entry_id", models.BigIntegerField(unique=True)),
                ("hash", models.BinaryField()),
            ],
        ),
        migrations.CreateModel(
            name="Node",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "level",
                        "position",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("level", models.SmallIntegerField()),
                ("position", models.BigIntegerField()),
                ("hash", models.BinaryField()),
            ],
        ),
        migrations.CreateModel(
            name="LedgerEntry",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("about_kind", models.TextField()),
                ("about_id", models.TextField()),
                ("what", models.TextField()),
                ("at", models.DateTimeField()),
                ("body", models.TextField()),
                (
                    "xid",
                    anlan.ledger.models.TransactionIdField(
                        db_default=models.Func(function="pg_current_xact_id"),
                        editable=False,
                    ),
                ),
            ],
            options={
                "db_table": "ledger_entry",
                "indexes": [
                    models.Index(fields=["about_id"], name="ledger_entry_about"),
                    models.Index(fields=["xid"], name="ledger_entry_xid"),
                ],
            },
        ),
        migrations.CreateModel(
            name="Progress",
            fields=[
                ("id", models.SmallIntegerField(primary_key=True, serialize=False)),
                ("snapshot", models.TextField()),
                ("cluster", models.TextField()),
                ("sequenced_at", models.DateTimeField()),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("id", 1)), name="ledger_progress_one_row"
                    )
                ],
            },
        ),
    ]
