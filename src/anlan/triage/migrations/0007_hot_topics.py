"""Hot topics and their signals; a signal is seen with its case, a topic with any of its signals."""

import django.db.models.deletion
from django.db import migrations, models

from anlan.kernel.sql import row_policy

OF_MEMBER = "EXISTS (SELECT FROM cases_case AS mine WHERE mine.id = triage_topicmember.case_id)"
OF_TOPIC = "EXISTS (SELECT FROM triage_topicmember AS mine WHERE mine.topic_id = triage_topic.id)"


class Migration(migrations.Migration):
    expands = True
    dependencies = [
        ("cases", "0007_three_clocks"),
        ("intake", "0001_initial"),
        ("places", "0002_jurisdiction_boundaries"),
        ("triage", "0006_signals_start_three_clocks"),
    ]

    operations = [
        migrations.CreateModel(
            name="Topic",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("key", models.UUIDField()),
                ("family", models.CharField(max_length=64)),
                ("phrases", models.JSONField()),
                ("found_at", models.DateTimeField()),
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
            name="TopicMember",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("at", models.DateTimeField()),
                (
                    "case",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="cases.case",
                    ),
                ),
                (
                    "signal",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="intake.signal",
                    ),
                ),
                (
                    "topic",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="members",
                        to="triage.topic",
                    ),
                ),
            ],
        ),
        migrations.AddConstraint(
            model_name="topic",
            constraint=models.UniqueConstraint(
                fields=("jurisdiction", "key"), name="triage_topic_once"
            ),
        ),
        migrations.AddIndex(
            model_name="topicmember",
            index=models.Index(fields=["at"], name="triage_topicmember_at"),
        ),
        migrations.AddConstraint(
            model_name="topicmember",
            constraint=models.UniqueConstraint(
                fields=("topic", "signal"), name="triage_topicmember_once"
            ),
        ),
        migrations.RunSQL(*row_policy("triage_topicmember", OF_MEMBER)),
        migrations.RunSQL(*row_policy("triage_topic", OF_TOPIC)),
    ]
