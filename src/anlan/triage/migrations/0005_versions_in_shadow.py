"""Versions of the classifier that run in shadow, and what they proposed; seen with the case, like decisions."""

import django.db.models.deletion
from django.db import migrations, models

from anlan.kernel.sql import row_policy

RULE = "EXISTS (SELECT FROM cases_case AS mine WHERE mine.id = triage_shadowproposal.case_id)"


class Migration(migrations.Migration):
    expands = True
    dependencies = [
        ("cases", "0006_search_stays_in_segments"),
        ("intake", "0001_initial"),
        ("places", "0002_jurisdiction_boundaries"),
        ("triage", "0004_signals_one_after_the_other"),
    ]

    operations = [
        migrations.CreateModel(
            name="ShadowProposal",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("proposed", models.JSONField()),
                ("proposed_at", models.DateTimeField()),
            ],
        ),
        migrations.AddField(
            model_name="classifierversion",
            name="desk_texts_count",
            field=models.PositiveIntegerField(db_default=0, default=0),
        ),
        migrations.AddField(
            model_name="classifierversion",
            name="is_shadow",
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.AddField(
            model_name="classifierversion",
            name="learned_until",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="classifierversion",
            name="marks",
            field=models.JSONField(db_default=models.Value({}, models.JSONField()), default=dict),
        ),
        migrations.AddField(
            model_name="classifierversion",
            name="replaced",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="triage.classifierversion",
            ),
        ),
        migrations.AddField(
            model_name="classifierversion",
            name="shadow_from",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddConstraint(
            model_name="classifierversion",
            constraint=models.UniqueConstraint(
                condition=models.Q(("is_shadow", True)),
                fields=("jurisdiction",),
                name="triage_one_shadow_classifier",
            ),
        ),
        migrations.AddField(
            model_name="shadowproposal",
            name="active",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="triage.classifierversion",
            ),
        ),
        migrations.AddField(
            model_name="shadowproposal",
            name="case",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="+", to="cases.case"
            ),
        ),
        migrations.AddField(
            model_name="shadowproposal",
            name="signal",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="intake.signal",
            ),
        ),
        migrations.AddField(
            model_name="shadowproposal",
            name="version",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="triage.classifierversion",
            ),
        ),
        migrations.AddConstraint(
            model_name="shadowproposal",
            constraint=models.UniqueConstraint(
                fields=("signal", "version"), name="triage_shadowproposal_once"
            ),
        ),
        migrations.RunSQL(*row_policy("triage_shadowproposal", RULE)),
    ]
