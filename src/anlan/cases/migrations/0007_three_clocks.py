"""Three clocks and their pauses; sweeps remember how far they came instead of marking each case.

Clocks of cases that are there already have been told of up to now. The update clock of an open case
starts with the next thing that its reporter is told.
"""

from typing import Any

from django.db import migrations, models
from django.db.models import Q

FILL = """
UPDATE cases_case SET response_due_at = due_at WHERE state = 'RECEIVED';
INSERT INTO cases_sweep (id, swept_until)
SELECT 1, CASE WHEN EXISTS (SELECT FROM cases_case) THEN now() END;
"""


def instant() -> Any:
    return models.DateTimeField(null=True)


class Migration(migrations.Migration):
    dependencies = [("cases", "0006_search_stays_in_segments")]
    operations = [
        migrations.RemoveField("case", "told_light"),
        migrations.AddField("case", "response_due_at", instant()),
        migrations.AddField("case", "update_due_at", instant()),
        migrations.AddField("case", "paused_at", instant()),
        migrations.AddField("case", "pause_ends_at", instant()),
        migrations.AddField(
            "deadlineprofile", "update_amount", models.PositiveSmallIntegerField(default=1)
        ),
        migrations.AddField(
            "deadlineprofile",
            "update_unit",
            models.CharField(default="WORKING_DAY", max_length=16),
        ),
        migrations.AddField(
            "deadlineprofile", "pause_amount", models.PositiveSmallIntegerField(default=10)
        ),
        migrations.AddField(
            "deadlineprofile",
            "pause_unit",
            models.CharField(default="WORKING_DAY", max_length=16),
        ),
        migrations.AddIndex(
            "case",
            models.Index(
                condition=Q(paused_at__isnull=False),
                fields=["pause_ends_at"],
                name="cases_case_paused",
            ),
        ),
        migrations.CreateModel(
            name="Sweep",
            fields=[
                ("id", models.SmallIntegerField(default=1, primary_key=True, serialize=False)),
                ("swept_until", models.DateTimeField(null=True)),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(condition=Q(id=1), name="cases_sweep_one_row")
                ]
            },
        ),
        migrations.RunSQL(FILL, migrations.RunSQL.noop),
    ]
