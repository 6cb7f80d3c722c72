"""Batches: the plans of storm nights and what became of each of their cases; for whoever asked."""

import django.db.models.deletion
from django.db import migrations, models

import anlan.kernel.ids
from anlan.kernel.sql import row_policy

OWN = "asked_by = (SELECT anlan_person())"
OF_OWN = """
    EXISTS (SELECT FROM dispatch_batch AS mine WHERE mine.id = dispatch_batchitem.batch_id)
    AND EXISTS (SELECT FROM cases_case AS seen WHERE seen.id = dispatch_batchitem.case_id)
"""


class Migration(migrations.Migration):
    # New tables, which the version before does not read.
    expands = True

    dependencies = [
        ("cases", "0007_three_clocks"),
        ("dispatch", "0005_offers"),
        ("people", "0004_lentseat"),
        ("places", "0002_jurisdiction_boundaries"),
    ]

    operations = [
        migrations.CreateModel(
            name="Batch",
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
                ("state", models.CharField(max_length=16)),
                ("levels", models.JSONField(default=list)),
                ("classes", models.JSONField(default=list)),
                ("asked_by", models.UUIDField()),
                ("asked_at", models.DateTimeField()),
                ("progress", models.PositiveSmallIntegerField(default=0)),
                ("planned_at", models.DateTimeField(null=True)),
                ("confirmed_at", models.DateTimeField(null=True)),
                ("sent_at", models.DateTimeField(null=True)),
                ("seats", models.JSONField(default=list)),
                ("figures", models.JSONField(default=dict)),
                (
                    "place",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="places.place",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="BatchItem",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", models.PositiveSmallIntegerField(default=0)),
                ("arrives_at", models.DateTimeField(null=True)),
                ("seq", models.PositiveIntegerField()),
                ("state", models.CharField(max_length=16)),
                ("reason", models.CharField(blank=True, default="", max_length=64)),
                (
                    "batch",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="items",
                        to="dispatch.batch",
                    ),
                ),
                (
                    "case",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="cases.case",
                    ),
                ),
                (
                    "duty",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="people.duty",
                    ),
                ),
            ],
        ),
        migrations.AddIndex(
            model_name="batch",
            index=models.Index(fields=["asked_by", "-asked_at"], name="dispatch_batch_own"),
        ),
        migrations.AddConstraint(
            model_name="batchitem",
            constraint=models.UniqueConstraint(
                fields=("batch", "case"), name="dispatch_batchitem_once"
            ),
        ),
        migrations.RunSQL(*row_policy("dispatch_batch", OWN)),
        migrations.RunSQL(*row_policy("dispatch_batchitem", OF_OWN)),
    ]
