"""Reports by version, and their receipts: seen from a seat over the report's place; a receipt by its reader, too."""

import django.db.models.deletion
from django.db import migrations, models

import anlan.kernel.ids
import anlan.places.models
from anlan.kernel.sql import row_policy

REPORT = "place_path <@ (SELECT anlan_wide_places())"
RECEIPT = """
    person_id = (SELECT anlan_person())
    OR EXISTS (SELECT FROM reports_report AS mine WHERE mine.id = reports_receipt.report_id)
"""


class Migration(migrations.Migration):
    # New tables, which the version before does not read.
    expands = True

    dependencies = [
        ("people", "0007_recovery"),
        ("places", "0002_jurisdiction_boundaries"),
        ("config", "0002_row_level_security"),
    ]

    operations = [
        migrations.CreateModel(
            name="Report",
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
                ("version", models.PositiveSmallIntegerField()),
                ("content", models.JSONField()),
                ("digest", models.CharField(max_length=64)),
                ("reason", models.CharField(blank=True, default="", max_length=500)),
                ("changes", models.JSONField(default=list)),
                ("procedure_version", models.PositiveSmallIntegerField()),
                ("state", models.CharField(max_length=16)),
                ("due_at", models.DateTimeField(null=True)),
                ("note", models.CharField(blank=True, default="", max_length=500)),
                ("drafted_at", models.DateTimeField()),
                ("submitted_by", models.UUIDField(null=True)),
                ("submitted_at", models.DateTimeField(null=True)),
                ("signed_by", models.UUIDField(null=True)),
                ("signed_at", models.DateTimeField(null=True)),
                ("ledger_size", models.BigIntegerField(null=True)),
                ("ledger_root", models.CharField(blank=True, default="", max_length=64)),
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
            name="Receipt",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("sent_at", models.DateTimeField()),
                ("read_at", models.DateTimeField(null=True)),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="people.person",
                    ),
                ),
                (
                    "report",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="receipts",
                        to="reports.report",
                    ),
                ),
            ],
        ),
        migrations.AddIndex(
            model_name="report",
            index=models.Index(fields=["place_path", "month_date"], name="reports_report_place"),
        ),
        migrations.AddConstraint(
            model_name="report",
            constraint=models.UniqueConstraint(
                fields=("place", "month_date", "version"), name="reports_report_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="report",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state__in", ("DRAFT", "SUBMITTED"))),
                fields=("place", "month_date"),
                name="reports_report_one_open",
            ),
        ),
        migrations.AddConstraint(
            model_name="report",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "SIGNED")),
                fields=("place", "month_date"),
                name="reports_report_one_signed",
            ),
        ),
        migrations.AddConstraint(
            model_name="receipt",
            constraint=models.UniqueConstraint(
                fields=("report", "person"), name="reports_receipt_once"
            ),
        ),
        migrations.RunSQL(*row_policy("reports_report", REPORT)),
        migrations.RunSQL(*row_policy("reports_receipt", RECEIPT)),
    ]
